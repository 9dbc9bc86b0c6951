/**
 * How many terminal columns a text takes, and cutting, padding and wrapping by columns (Unicode Standard Annex 11).
 * The text must be visible already: escapes and control characters are not expected here.
 *
 * Not handled: ambiguous-width characters are taken as narrow; emoji sequences are counted by their parts, as wcwidth does.
 */

const PLAIN = /^[\x20-\x7e]*$/;
/** Marks, and the vowels and finals that follow the first consonant of a Hangul syllable. */
const ZERO = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7fb]/u;
const EMOJI = /\p{Emoji_Presentation}/u;

/** East Asian Wide and Fullwidth blocks as first, last code point. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d8f],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f320],
  [0x20000, 0x3fffd],
];
const REGIONAL_FIRST = 0x1f1e6;
const REGIONAL_LAST = 0x1f1ff;

function isWide(code: number): boolean {
  for (const [first, last] of WIDE) {
    if (code < first) return false;
    if (code <= last) return true;
  }
  return false;
}

/** Columns of one code point: 0, 1 or 2. */
function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (ZERO.test(character)) return 0;
  // A flag is two regional indicators and takes two columns.
  if (code >= REGIONAL_FIRST && code <= REGIONAL_LAST) return 1;
  return isWide(code) || EMOJI.test(character) ? 2 : 1;
}

/** Terminal columns that `text` takes. */
export function width(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
}

/** The longest beginning of `text` that fits in `columns`, never parting a letter from its combining marks. */
function head(text: string, columns: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    const wide = characterWidth(character);
    if (used + wide > columns) break;
    used += wide;
    end += character.length;
  }
  return text.slice(0, end);
}

/** A long word in parts of at most `columns`, none of them empty. */
function cutUp(word: string, columns: number): string[] {
  const parts: string[] = [];
  let used = 0;
  let begin = 0;
  let end = 0;
  for (const character of word) {
    const wide = characterWidth(character);
    if (used + wide > columns && end > begin) {
      parts.push(word.slice(begin, end));
      begin = end;
      used = 0;
    }
    used += wide;
    end += character.length;
  }
  return [...parts, word.slice(begin)];
}

/** `text` in at most `columns`, the cut marked with `…`. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 1) return "";
  return `${head(text, columns - 1)}…`;
}

/** `text` followed by blanks up to `columns`; longer text stays as it is. */
export function padEnd(text: string, columns: number): string {
  const missing = columns - width(text);
  return missing > 0 ? text + " ".repeat(missing) : text;
}

/** `text` behind blanks up to `columns`; longer text stays as it is. */
export function padStart(text: string, columns: number): string {
  const missing = columns - width(text);
  return missing > 0 ? " ".repeat(missing) + text : text;
}

/**
 * `text` as lines of at most `columns`: broken at blanks where there are any, inside words that are longer than a
 * line. Never loses a character but the blanks at which it breaks.
 */
export function wrap(text: string, columns: number): string[] {
  const limit = Math.max(2, columns);
  if (PLAIN.test(text)) return text.length <= limit ? [text] : wrapPlain(text, limit);
  if (width(text) <= limit) return [text];
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (width(joined) <= limit) {
      line = joined;
      continue;
    }
    // A long word starts on the line at hand when that leaves it room, as a base64 value behind its name does.
    const room = limit - width(line) - 1;
    if (width(word) > limit && line !== "" && room > limit / 2) {
      const part = head(word, room);
      line = `${line} ${part}`;
      word = word.slice(part.length);
    }
    if (line !== "") lines.push(line.trimEnd());
    const parts = width(word) > limit ? cutUp(word, limit) : [word];
    line = parts.pop()!;
    for (const part of parts) lines.push(part);
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** The same where every character is one column: the lines are found by places, and nothing is put together. */
function wrapPlain(text: string, limit: number): string[] {
  const lines: string[] = [];
  // The line at hand, which ends where the blank before the next word stands; it has nothing in it where both are the same.
  let first = 0;
  let last = 0;
  for (let at = 0; at <= text.length; ) {
    const blank = text.indexOf(" ", at);
    const end = blank < 0 ? text.length : blank;
    const empty = last === first;
    if (end - (empty ? at : first) <= limit) {
      if (empty) first = at;
      last = end;
      at = end + 1;
      continue;
    }
    const room = limit - (last - first) - 1;
    if (end - at > limit && !empty && room > limit / 2) {
      last = at + room;
      at = last;
    }
    if (!empty) lines.push(text.slice(first, last).trimEnd());
    for (; end - at > limit; at += limit) lines.push(text.slice(at, at + limit));
    first = at;
    last = end;
    at = end + 1;
  }
  if (last > first) lines.push(text.slice(first, last));
  return lines;
}
