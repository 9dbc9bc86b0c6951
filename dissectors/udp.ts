/**
 * UDP headers [RFC 768], with whatever checksum they have: just enough to pick out one service's datagrams.
 *
 * Not handled: jumbograms (a length of 0).
 */

/** Bytes of a header. */
export const UDP_HEADER = 8;

/** The ports of a header that is whole. */
export function sourcePort(data: Uint8Array, offset: number): number {
  return (data[offset]! << 8) | data[offset + 1]!;
}

export function destinationPort(data: Uint8Array, offset: number): number {
  return (data[offset + 2]! << 8) | data[offset + 3]!;
}

/** The payload of a datagram whose header is whole, as a view; null for one that is cut off. */
export function udpPayload(data: Uint8Array, offset: number, end: number): Uint8Array | null {
  const length = (data[offset + 4]! << 8) | data[offset + 5]!;
  if (length < UDP_HEADER || offset + length > end) return null;
  return data.subarray(offset + UDP_HEADER, offset + length);
}
