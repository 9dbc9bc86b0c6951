/**
 * What the text forms of [MS-RAI] have in common: line ends and NULs around them, base64 broken over lines, and
 * sentences that quote what was sent. Every function here takes time linear in its input, whatever that is.
 */
import { beginning } from "../wire/text.js";

/** The text without NULs behind: terminators that were counted into its length. */
export function withoutNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

/** The text without a byte order mark in front and without line ends, spaces and NULs behind. */
export function withoutTail(text: string): string {
  let end = text.length;
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end--;
  return text.slice(text.charCodeAt(0) === 0xfeff ? 1 : 0, end);
}

function isPadding(code: number): boolean {
  return code === 0 || code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Base64 or hex as the specification prints it, broken over lines: all white space taken out. */
export function withoutSpace(text: string): string {
  return text.replace(/[ \t\r\n]+/g, "");
}

/** A value broken over lines put together again; spaces inside a line are kept. */
export function withoutLineBreaks(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .join("");
}

/** A decimal number that fits in 53 bits, else null. */
export function decimal(text: string | null): number | null {
  if (text === null || text.length > 16 || !/^\d+$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** The bytes that a base64 text with its padding stands for, or null where it is none. */
export function base64Length(text: string): number | null {
  if (text === "" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** A sentence quotes at most this much of what was sent. */
export function clipped(text: string): string {
  return text.length > 80 ? `${beginning(text, 80)}…` : text;
}

export function quoted(text: string): string {
  return `"${clipped(text)}"`;
}

export function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
