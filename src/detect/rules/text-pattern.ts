/**
 * Texts of rules with their wildcards, as the Sigma specification's "String Wildcard" and "Escape Character" describe them:
 * `*` is any text, `?` one character, a backslash takes the meaning from either and from itself, and is itself elsewhere.
 */

import { fold } from "./fold.js";

/** `*`, `?`, and a dash in any of its forms (`windash`). */
export const ANY = 0;
export const ONE = 1;
export const DASH = 2;
export type Special = typeof ANY | typeof ONE | typeof DASH;

/** Plain texts and what stands for others; no two texts follow each other. */
export type TextPattern = readonly (string | Special)[];

/** The forms of a dash before an option of a command line. */
const DASHES = "-/\u2013\u2014\u2015";

/** Puts texts that follow each other together, and drops empty ones and repeated `*`. */
export function joined(parts: TextPattern): TextPattern {
  const result: (string | Special)[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part === "" || (part === ANY && last === ANY)) continue;
    if (typeof part === "string" && typeof last === "string") result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
}

/** Reads a value of a rule. */
export function parsePattern(value: string): TextPattern {
  const parts: (string | Special)[] = [];
  let plain = "";
  for (let i = 0; i < value.length; i++) {
    const c = value[i]!;
    const next = value[i + 1];
    if (c === "\\" && (next === "*" || next === "?" || next === "\\")) {
      plain += next;
      i++;
    } else if (c === "*" || c === "?") {
      parts.push(plain, c === "*" ? ANY : ONE);
      plain = "";
    } else plain += c;
  }
  return joined([...parts, plain]);
}

export const hasWildcards = (pattern: TextPattern): boolean => pattern.some((p) => p === ANY || p === ONE);

/** The text, where it is one. */
export function plainText(pattern: TextPattern): string | null {
  if (pattern.length === 0) return "";
  return pattern.length === 1 && typeof pattern[0] === "string" ? pattern[0] : null;
}

const WORD = /[\p{L}\p{N}_]/u;

/** Every dash that begins a word and ends none, in any of its forms. */
export function withDashes(pattern: TextPattern): TextPattern {
  const parts: (string | Special)[] = [];
  for (const part of pattern) {
    if (typeof part !== "string") {
      parts.push(part);
      continue;
    }
    let plain = "";
    let before = "";
    const characters = [...part];
    characters.forEach((c, i) => {
      const next = characters[i + 1];
      if (DASHES.includes(c) && next !== undefined && WORD.test(next) && !WORD.test(before)) {
        parts.push(plain, DASH);
        plain = "";
      } else plain += c;
      before = c;
    });
    parts.push(plain);
  }
  return joined(parts);
}

/** All texts that a pattern without wildcards stands for; null where there are more than `most`. */
export function variants(pattern: TextPattern, most: number): TextPattern[] | null {
  let texts = [""];
  for (const part of pattern) {
    if (typeof part === "string") texts = texts.map((text) => text + part);
    else texts = texts.flatMap((text) => [...DASHES].map((dash) => text + dash));
    if (texts.length > most) return null;
  }
  return texts.map((text) => joined([text]));
}

export type TextTest = (text: string) => boolean;

/** Parts between two `*`. */
type Chunk = readonly (string | Special)[];

/** The test of a whole text. Unless `cased`, the text is to be folded before. Linear in the text. */
export function patternTest(pattern: TextPattern, cased: boolean): TextTest {
  const parts = cased ? pattern : pattern.map((part) => (typeof part === "string" ? fold(part) : part));
  const chunks: (string | Special)[][] = [[]];
  for (const part of parts) {
    if (part === ANY) chunks.push([]);
    else chunks.at(-1)!.push(part);
  }
  const plain = chunks.map((chunk) => plainText(chunk));
  const [first, second, third] = plain;
  if (plain.every((text) => text !== null)) {
    if (plain.length === 1) return (text) => text === first;
    if (plain.length === 2) {
      if (second === "") return (text) => text.startsWith(first!);
      if (first === "") return (text) => text.endsWith(second!);
    }
    if (plain.length === 3 && first === "" && third === "") return (text) => text.includes(second!);
  }
  return (text) => fits(text, chunks);
}

function fits(text: string, chunks: readonly Chunk[]): boolean {
  let at = matchAt(text, 0, chunks[0]!);
  if (at < 0) return false;
  if (chunks.length === 1) return at === text.length;
  for (let i = 1; i < chunks.length - 1; i++) {
    at = find(text, at, chunks[i]!);
    if (at < 0) return false;
  }
  return endsWith(text, at, chunks.at(-1)!);
}

/** Where the chunk ends that begins here; negative where it does not fit. */
function matchAt(text: string, from: number, chunk: Chunk): number {
  let at = from;
  for (const part of chunk) {
    if (typeof part === "string") {
      if (!text.startsWith(part, at)) return -1;
      at += part.length;
    } else {
      if (at >= text.length) return -1;
      if (part === DASH && !DASHES.includes(text[at]!)) return -1;
      at += text.codePointAt(at)! > 0xffff ? 2 : 1;
    }
  }
  return at;
}

/** Where the first occurrence of the chunk ends. */
function find(text: string, from: number, chunk: Chunk): number {
  const [head] = chunk;
  for (let at = from; at <= text.length; at++) {
    if (typeof head === "string") {
      at = text.indexOf(head, at);
      if (at < 0) return -1;
    }
    const end = matchAt(text, at, chunk);
    if (end >= 0) return end;
  }
  return -1;
}

function endsWith(text: string, from: number, chunk: Chunk): boolean {
  const size = (per: number): number =>
    chunk.reduce<number>((sum, part) => sum + (typeof part === "string" ? part.length : per), 0);
  // A character outside the basic plane counts twice.
  for (let at = Math.max(from, text.length - size(2)); at <= text.length - size(1); at++) {
    if (matchAt(text, at, chunk) === text.length) return true;
  }
  return false;
}
