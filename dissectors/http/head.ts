/** Where the head of an HTTP/1 message ends: [RFC 9112] 2.1. */

/** Where the head of a request ends that begins `bytes`, searched from `from` on; -1 where its end is not there yet. */
export function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x0d, Math.max(0, from)); at >= 0; at = bytes.indexOf(0x0d, at + 1)) {
    if (bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at + 4;
  }
  return -1;
}
