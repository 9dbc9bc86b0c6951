/**
 * Addresses as text: IPv4 in dotted decimal, IPv6 as [RFC 5952] recommends.
 *
 * Not handled: reading text, scopes.
 */

/** `word` is the address as a 32-bit number, first byte most significant, signed or not. */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The four words are the address from its first byte on. */
export function ipv6Text(word0: number, word1: number, word2: number, word3: number): string {
  // [RFC 5952] 5: an address that holds an IPv4 address shows it as such.
  if (word0 === 0 && word1 === 0 && word2 === 0xffff) return `::ffff:${ipv4Text(word3)}`;
  const groups: number[] = [];
  for (const word of [word0, word1, word2, word3]) groups.push(word >>> 16, word & 0xffff);
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    // The longest run of at least two zero groups, the first of equal ones.
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
    if (length > 0) i += length - 1;
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}
