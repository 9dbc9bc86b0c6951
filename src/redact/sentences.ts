/** Sentences of the program's own: names and foreign texts that they hold, known by what the sentences say around them. */

import { FOREIGN_TEXT, isAccountPrincipal, NAMING } from "./fields.js";
import type { Placeholders } from "./placeholders.js";

/** The sentence with every name in it replaced, known before or not. */
export function hideInSentence(sentence: string, placeholders: Placeholders): string {
  if (sentence.startsWith(FOREIGN_TEXT.begins)) return withoutForeignText(sentence, placeholders);
  const named = nameIn(sentence);
  if (named === null) return placeholders.replace(sentence);
  const { start, end } = named;
  const head = placeholders.replace(sentence.slice(0, start));
  const tail = placeholders.replace(sentence.slice(end));
  return head + placeholders.user(sentence.slice(start, end)) + tail;
}

/** The sentence with the numbers that proved secret replaced; indices and parts of names stay. */
export function withoutNumbers(sentence: string, numbers: ReadonlyMap<string, string>): string {
  if (numbers.size === 0) return sentence;
  return sentence.replace(/(?<![\w.[-])-?\d+(?![\w\]])/g, (number) => numbers.get(number) ?? number);
}

/** Where a sentence that names somebody does so. */
function nameIn(sentence: string): { start: number; end: number } | null {
  for (const { before, after, principal } of NAMING) {
    const found = sentence.indexOf(before);
    if (found < 0) continue;
    const start = found + before.length;
    const end = after === "" ? sentence.length : sentence.lastIndexOf(after);
    if (end <= start) continue;
    const name = sentence.slice(start, end);
    return principal ? principalIn(name, start) : accountIn(name, start);
  }
  return null;
}

/** `DOMAIN\user` or the user alone. */
function accountIn(name: string, at: number): { start: number; end: number } {
  return { start: at + name.indexOf("\\") + 1, end: at + name.length };
}

/** `user@REALM (aes256-cts-hmac-sha1-96, kvno 3)`; services are no users. */
function principalIn(name: string, at: number): { start: number; end: number } | null {
  const realm = name.lastIndexOf("@");
  const end = realm < 0 ? name.length : realm;
  return isAccountPrincipal(name.slice(0, end)) ? { start: at, end: at + end } : null;
}

function withoutForeignText(sentence: string, placeholders: Placeholders): string {
  const { opens, closes } = FOREIGN_TEXT;
  const start = sentence.indexOf(opens);
  if (start < 0) return placeholders.replace(sentence);
  const end = sentence.lastIndexOf(closes);
  const from = start + opens.length;
  const hidden = placeholders.secret("unread", sentence.slice(from, Math.max(from, end)));
  return sentence.slice(0, from) + hidden + sentence.slice(Math.max(from, end));
}
