/** How messages of a KDC are distinguished on TCP, [RFC 4120] 7.2.2: four bytes of length before each, big-endian. */

/** Tickets with a long list of groups take tens of kilobytes; Windows allows 64. */
const MAX_MESSAGE = 128 * 1024;
export const LENGTH_SIZE = 4;

/** The size of the message whose length field stands at `at`; 0 where no message is of that size. LENGTH_SIZE bytes must be there. */
export function messageSize(data: Uint8Array, at: number): number {
  const size = ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
  return size > MAX_MESSAGE ? 0 : size;
}
