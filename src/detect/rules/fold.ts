/** Upper and lower case as the same: Unicode's simple case folding, which keeps the number of characters. */

const BEYOND_ASCII = /[^\0-\x7f]/;

/** A text so that two are equal where they differ in case alone. */
export function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  let folded = "";
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

const isOne = (text: string): boolean =>
  text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff);

/** Dotless i has a capital that it does not share with i: they stay apart. So does the dotted capital. */
const APART: ReadonlySet<string> = new Set(["\u0131", "\u0130"]);

function foldCharacter(character: string): string {
  if (APART.has(character)) return character;
  const upper = character.toUpperCase();
  const lower = (isOne(upper) ? upper : character).toLowerCase();
  return isOne(lower) ? lower : character;
}

/** Texts whose folding is kept. */
const MAX_KEPT = 4096;
/** Longer ones are rarely met again. */
const MAX_KEPT_LENGTH = 128;

/** Folds texts that are met again and again: names of interfaces and methods, addresses. */
export class Folder {
  readonly #known = new Map<string, string>();

  fold(text: string): string {
    if (text.length > MAX_KEPT_LENGTH) return fold(text);
    let folded = this.#known.get(text);
    if (folded === undefined) {
      folded = fold(text);
      if (this.#known.size >= MAX_KEPT) this.#known.clear();
      this.#known.set(text, folded);
    }
    return folded;
  }
}
