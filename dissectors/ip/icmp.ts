/**
 * Error messages of ICMP [RFC 792] and ICMPv6 [RFC 4443], which quote the beginning of the packet that caused them.
 *
 * Not handled: all other messages, and what the error is.
 */

/** Bytes of an error message before the packet that it quotes. */
const HEADER = 8;

/** Where the packet that an error message at `data[at .. end)` quotes begins, or -1 where there is no such message. */
export function quotedPacket(data: Uint8Array, at: number, end: number, network: 4 | 6): number {
  if (at + HEADER > end) return -1;
  const type = data[at]!;
  const isError =
    network === 4 ? (type >= 3 && type <= 5) || type === 11 || type === 12 : type >= 1 && type <= 4;
  return isError ? at + HEADER : -1;
}
