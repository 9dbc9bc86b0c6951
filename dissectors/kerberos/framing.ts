/** How messages of a KDC are distinguished on TCP, [RFC 4120] 7.2.2: four bytes of length before each, big-endian. */

/** Tickets with a long list of groups take tens of kilobytes; Windows allows 64. */
export const MAX_MESSAGE = 128 * 1024;
export const LENGTH_SIZE = 4;
/** Lengths beyond are no messages: [RFC 5021] keeps the high bit, and no ticket takes 16 MiB. */
const MAX_DECLARED = 0x00ffffff;
/** The tags [APPLICATION 10] to [APPLICATION 14] and 30, constructed. */
const FIRST_TAGS: readonly number[] = [0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x7e];

/** The size of the message whose length field stands at `at`; 0 where no message is of that size. LENGTH_SIZE bytes must be there. */
export function messageSize(data: Uint8Array, at: number): number {
  const size = declared(data, at);
  return size > MAX_MESSAGE ? 0 : size;
}

/** Whether what `messageSize` has no size for is a message all the same, by its tag: one byte more is needed for that. */
export function isTooLong(data: Uint8Array, at: number): boolean | "need-more" {
  const size = declared(data, at);
  if (size <= MAX_MESSAGE || size > MAX_DECLARED) return false;
  const tag = data[at + LENGTH_SIZE];
  return tag === undefined ? "need-more" : FIRST_TAGS.includes(tag);
}

function declared(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}
