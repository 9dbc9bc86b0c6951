/** What a mistyped word was meant to be. */

/** Slips that are forgiven in a word of this length. */
const slips = (length: number): number => (length < 4 ? 1 : length < 8 ? 2 : 3);

/** Letters from which on the beginning of a word stands for it. */
const MIN_BEGINNING = 3;
/** Longer words are not compared: no command or option is that long. */
const MAX_LENGTH = 40;

/** Letters left out, added, replaced or exchanged with their neighbour (optimal string alignment distance). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j - 1]! + (same ? 0 : 1), last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The known word that is nearest to this one, or null where none is near. Upper and lower case are the same. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > MAX_LENGTH) return null;
  const lower = word.toLowerCase();
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const beginning = lower.length >= MIN_BEGINNING && candidate.startsWith(lower);
    const slipped = beginning ? 0.5 : distance(lower, candidate);
    // A word of which nothing is right is another word.
    const near = slipped <= slips(candidate.length) && slipped < Math.min(lower.length, candidate.length) / 2;
    if (near && slipped < least) {
      best = candidate;
      least = slipped;
    }
  }
  return best;
}
