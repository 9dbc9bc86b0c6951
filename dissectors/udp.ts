/**
 * UDP headers [RFC 768], with whatever checksum they have: just enough to pick out one service's datagrams.
 *
 * Not handled: jumbograms (a length of 0).
 */

/** Octets of a header. */
export const UDP_HEADER = 8;

/** The payload of a datagram from or to `port`, as a view; null for any other, and for one that is cut off. */
export function udpPayload(data: Uint8Array, offset: number, end: number, port: number): Uint8Array | null {
  if (offset + UDP_HEADER > end) return null;
  const source = (data[offset]! << 8) | data[offset + 1]!;
  const destination = (data[offset + 2]! << 8) | data[offset + 3]!;
  if (source !== port && destination !== port) return null;
  const length = (data[offset + 4]! << 8) | data[offset + 5]!;
  if (length < UDP_HEADER || offset + length > end) return null;
  return data.subarray(offset + UDP_HEADER, offset + length);
}
