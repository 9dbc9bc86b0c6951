/**
 * TCP headers [RFC 9293], with options passed over and whatever checksum they have.
 *
 * Not handled: options; state (reassembly has it).
 */

/** Made once and filled for every segment: numbers only. */
export interface TcpResult {
  sourcePort: number;
  destinationPort: number;
  /** Sequence and acknowledgment number as signed 32-bit values: differences are taken modulo 2^32. */
  sequence: number;
  acknowledgment: number;
  flags: number;
  window: number;
  /** Length of the header with its options, as it claims; less than 20 in a malformed one, which has no payload. */
  headerLength: number;
}

export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const;

/** Bytes of a header without options. */
export const TCP_HEADER = 20;
/** What must be captured to place a segment: up to the window. */
const LEAST_CAPTURED = 16;

export function newTcpResult(): TcpResult {
  return {
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 0,
    headerLength: 0,
  };
}

/** Reads the header at `offset`; false where it is cut off before its window. Never throws. */
export function decodeTcp(data: Uint8Array, offset: number, end: number, out: TcpResult): boolean {
  if (offset + LEAST_CAPTURED > end) return false;
  out.sourcePort = (data[offset]! << 8) | data[offset + 1]!;
  out.destinationPort = (data[offset + 2]! << 8) | data[offset + 3]!;
  out.sequence =
    (data[offset + 4]! << 24) | (data[offset + 5]! << 16) | (data[offset + 6]! << 8) | data[offset + 7]!;
  out.acknowledgment =
    (data[offset + 8]! << 24) | (data[offset + 9]! << 16) | (data[offset + 10]! << 8) | data[offset + 11]!;
  out.flags = data[offset + 13]!;
  out.window = (data[offset + 14]! << 8) | data[offset + 15]!;
  out.headerLength = (data[offset + 12]! >> 4) << 2;
  return true;
}
