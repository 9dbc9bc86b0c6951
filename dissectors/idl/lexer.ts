/**
 * Tokens of IDL: [C706] 4.2 and Appendix F, with C's numbers, strings and characters as the preprocessor needs them.
 * Not handled: trigraphs, universal character names.
 */

import type { Report } from "./syntax.js";

export type TokenKind = "name" | "number" | "string" | "char" | "punct" | "end";

export interface Token {
  kind: TokenKind;
  /** As written; strings and characters without their quotes and with their escapes resolved. */
  text: string;
  /** Offset in the file; for what a macro became, where the macro was used. */
  pos: number;
  /** First of its line. */
  first: boolean;
}

/** Characters of one file. No specification comes near. */
const MAX_TEXT = 8 * 1024 * 1024;

/**
 * Every character of a text belongs to one match: words, blanks, numbers, strings, comments, continued lines,
 * operators. One expression over the whole text is the fastest way to read it at start-up. An unfinished string goes
 * to the end of its line, an unfinished comment to the end of the text, so that no character is looked at twice.
 */
const LEXEMES = new RegExp(
  [
    "[A-Za-z_$][\\w$]*",
    "\\s+",
    "[()[\\]{},;*:]",
    "\\d\\w*(?:\\.\\d\\w*)?",
    '"(?:[^"\\\\\\r\\n]|\\\\[^])*"?',
    "'(?:[^'\\\\\\r\\n]|\\\\[^])*'?",
    "//[^\\r\\n]*",
    "/\\*[^]*?\\*/",
    "/\\*[^]*?$",
    "\\\\[ \\t]*(?:\\r\\n|\\r|\\n)",
    "->|\\.\\.|<<|>>|<=|>=|==|!=|&&|\\|\\||##",
    "[^]",
  ].join("|"),
  "g",
);

const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "0": "\0",
  a: "\x07",
  b: "\b",
  f: "\f",
};

/** All tokens of a text, the last one of kind `end`. A text or a comment without an end is reported. */
export function tokenize(text: string, report: Report): Token[] {
  const tokens: Token[] = [];
  if (text.length > MAX_TEXT) {
    report(0, "error", `expected at most ${MAX_TEXT} characters of IDL, found ${text.length}`);
    return [{ kind: "end", text: "", pos: 0, first: true }];
  }
  const lexemes = split(text);
  if (lexemes === null) {
    report(0, "error", "expected IDL, found a line of millions of characters");
    return [{ kind: "end", text: "", pos: 0, first: true }];
  }
  let first = true;
  let pos = 0;
  for (let i = 0; i < lexemes.length; i++) {
    const s = lexemes[i]!;
    const at = pos;
    pos += s.length;
    const c = s.charCodeAt(0);
    let kind: TokenKind = "punct";
    let value = s;
    if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36) {
      // L"text": the letter belongs to the quotes.
      if (s === "L" && isQuote(lexemes[i + 1])) continue;
      kind = "name";
    } else if (c === 32 && s.length === 1) {
      continue;
    } else if (c >= 48 && c <= 57) {
      kind = "number";
    } else if (c === 34 || c === 39) {
      const whole = s.length > 1 && s.charCodeAt(s.length - 1) === c && !endsEscaped(s);
      if (whole) kind = c === 34 ? "string" : "char";
      value = whole ? unescaped(s) : s[0]!;
    } else if (c === 47 && s.length > 1) {
      if (s.charCodeAt(1) === 42) {
        if (!s.endsWith("*/") || s.length < 4) {
          report(at, "error", 'expected "*/" to end the comment, found the end of the file');
        }
        first ||= hasLineBreak(s);
      }
      continue;
    } else if (c === 92 && s.length > 1) {
      continue;
    } else if (isBlank(c)) {
      first ||= hasLineBreak(s);
      continue;
    }
    tokens.push({ kind, text: value, pos: at, first });
    first = false;
  }
  tokens.push({ kind: "end", text: "", pos: text.length, first: true });
  return tokens;
}

/** null where a match is so long that the engine gives up. */
function split(text: string): string[] | null {
  try {
    return text.match(LEXEMES) ?? [];
  } catch {
    return null;
  }
}

function isQuote(s: string | undefined): boolean {
  return s !== undefined && (s.charCodeAt(0) === 34 || s.charCodeAt(0) === 39);
}

/** What `\s` matches, given that words, numbers and operators were seen already. */
function isBlank(c: number): boolean {
  return c <= 32 || c === 0xa0 || (c > 0x1000 && /\s/.test(String.fromCharCode(c)));
}

function hasLineBreak(s: string): boolean {
  return s.includes("\n") || s.includes("\r");
}

/** Whether the last quote of a string is escaped, so that the string has no end. */
function endsEscaped(s: string): boolean {
  let slashes = 0;
  for (let i = s.length - 2; i > 0 && s.charCodeAt(i) === 92; i--) slashes++;
  return slashes % 2 === 1;
}

function unescaped(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  return inner.replace(/\\(\r\n|[\s\S])/g, (_, e: string) => (/^[\r\n]/.test(e) ? "" : (ESCAPES[e] ?? e)));
}

/** The offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(starts: readonly number[], pos: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= pos) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: pos - starts[low]! + 1 };
}
