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

/** Bytes of payload that a header which is whole claims; negative where it claims less than itself. */
export function udpSize(data: Uint8Array, offset: number): number {
  return ((data[offset + 4]! << 8) | data[offset + 5]!) - UDP_HEADER;
}
