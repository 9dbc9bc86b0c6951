/** What a search looks for in texts, but for regular expressions, which need an engine of their own. */
import type { FindQuery } from "./model.js";

/** Digits as they are searched for: no blanks, no `0x`, in lower case. */
export function hexDigits(text: string): string {
  return text
    .replace(/^\s*0x/i, "")
    .replace(/[\s:,-]/g, "")
    .toLowerCase();
}

/** Whether a text holds what is searched for, whatever its case; null of a regular expression. */
export function textTest({ text, as }: FindQuery): ((of: string) => boolean) | null {
  if (as === "regex") return null;
  const wanted = as === "hex" ? hexDigits(text) : text.toLowerCase();
  return (of) => of.toLowerCase().includes(wanted);
}
