/**
 * Names of connections, as Zeek's look: C and a number in base 62. Zeek draws them; here they are made of who talks and since
 * when, so that every run over a capture gives the same, and so does every sensor that saw it.
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Three numbers of 32 bits, six digits each: as long as Zeek's own names. */
const SEEDS = [0x811c9dc5, 0x9747b28c, 0x5bd1e995] as const;
const DIGITS_EACH = 6;

export function uidOf(began: number, transport: string, ...ends: readonly (string | number)[]): string {
  const text = `${began} ${transport} ${ends.join(" ")}`;
  let uid = "C";
  for (const seed of SEEDS) {
    let number = hash(text, seed);
    for (let i = 0; i < DIGITS_EACH; i++) {
      uid += DIGITS[number % 62]!;
      number = Math.floor(number / 62);
    }
  }
  return uid;
}

/** FNV-1a of the text, mixed well at its end as MurmurHash3 does. */
export function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
