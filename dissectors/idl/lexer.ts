/**
 * Tokens of IDL: [C706] 4.2 and Appendix F, with C's numbers, strings and characters as the preprocessor needs them.
 * Not handled: trigraphs, universal character names.
 */

import type { Report } from "./syntax.js";

export type TokenKind = "name" | "number" | "string" | "char" | "punct" | "uuid" | "end";

export interface Token {
  kind: TokenKind;
  /** As written; strings and characters without their quotes and with their escapes resolved. */
  text: string;
  /** Offset in the file; for what a macro became, where the macro was used. */
  pos: number;
  /** First of its line. */
  first: boolean;
}

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const STAR = 42;
const DOT = 46;
const SLASH = 47;
const BACKSLASH = 92;
const NBSP = 0xa0;
const BOM = 0xfeff;

/** 1: may start a name; 2: digit. */
const CLASS = new Uint8Array(128);
for (let c = 48; c <= 57; c++) CLASS[c] = 2;
for (let c = 65; c <= 90; c++) CLASS[c] = CLASS[c + 32] = 1;
CLASS[95] = 1;
CLASS[36] = 1;

const PAIRS = new Set(["<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "..", "##"]);
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", "0": "\0", a: "\x07", b: "\b", f: "\f" };
const UUID = /\(\s*[{"]*\s*([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\s*[}"]*\s*(?=\))/y;

/** Whole words and lines at once: a start-up that reads character by character is twice as slow. */
const WORD = /[A-Za-z0-9_$]+/y;
const LINE = /[^\r\n]*/y;

/** Reads tokens one by one. The last one has kind `end` and is repeated for ever. */
export interface Lexer {
  next(): Token;
}

/** A lexer over `text`. A comment without an end is reported; a quote without its
 * other half is a token by itself, as prose has them. */
export function createLexer(text: string, report: Report): Lexer {
  const length = text.length;
  let at = 0;
  let first = true;
  let uuidMayFollow = false;

  function skipBlank(): void {
    while (at < length) {
      const c = text.charCodeAt(at);
      if (c === LF || c === CR) {
        first = true;
        at++;
      } else if (c === SPACE || c === TAB || c === NBSP || c === BOM || c === 11 || c === 12) {
        at++;
      } else if (c === SLASH && text.charCodeAt(at + 1) === SLASH) {
        LINE.lastIndex = at;
        LINE.test(text);
        at = LINE.lastIndex;
      } else if (c === SLASH && text.charCodeAt(at + 1) === STAR) {
        const end = text.indexOf("*/", at + 2);
        if (end < 0) report(at, "error", 'expected "*/" to end the comment, found the end of the file');
        at = end < 0 ? length : end + 2;
      } else if (c === BACKSLASH && lineBreakAt(at + 1) > 0) {
        at += 1 + lineBreakAt(at + 1);
      } else {
        return;
      }
    }
  }

  /** Length of a line break at `i`, blanks before it included; 0 if there is none. */
  function lineBreakAt(i: number): number {
    let j = i;
    while (text.charCodeAt(j) === SPACE || text.charCodeAt(j) === TAB) j++;
    if (text.charCodeAt(j) === CR && text.charCodeAt(j + 1) === LF) return j + 2 - i;
    return text.charCodeAt(j) === LF || text.charCodeAt(j) === CR ? j + 1 - i : 0;
  }

  /** What stands between quotes; null, at the first of them, where the line ends before the second. */
  function quoted(quote: number): string | null {
    const start = at;
    let value = "";
    let from = at;
    while (at < length) {
      const c = text.charCodeAt(at);
      if (c === quote) {
        value += text.slice(from, at++);
        return value;
      }
      if (c === LF || c === CR) break;
      if (c === BACKSLASH && at + 1 < length) {
        value += text.slice(from, at);
        const e = text[at + 1]!;
        at += 2;
        if (e === "\r" && text.charCodeAt(at) === LF) at++;
        if (e !== "\n" && e !== "\r") value += ESCAPES[e] ?? e;
        from = at;
      } else {
        at++;
      }
    }
    at = start;
    return null;
  }

  function textToken(quote: number, pos: number, first: boolean): Token {
    const value = quoted(quote);
    if (value === null) return { kind: "punct", text: String.fromCharCode(quote), pos, first };
    return { kind: quote === QUOTE ? "string" : "char", text: value, pos, first };
  }

  function next(): Token {
    skipBlank();
    const pos = at;
    const isFirst = first;
    first = false;
    if (pos >= length) return { kind: "end", text: "", pos: length, first: true };
    const c = text.charCodeAt(pos);
    const cls = c < 128 ? CLASS[c]! : 0;
    if (cls === 1) {
      WORD.lastIndex = pos;
      WORD.test(text);
      at = WORD.lastIndex;
      const quote = text.charCodeAt(at);
      if (at === pos + 1 && c === 76 && (quote === QUOTE || quote === APOSTROPHE)) {
        at++;
        return textToken(quote, pos, isFirst);
      }
      const word = text.slice(pos, at);
      uuidMayFollow = word === "uuid";
      return { kind: "name", text: word, pos, first: isFirst };
    }
    if (cls === 2 || (c === DOT && CLASS[text.charCodeAt(pos + 1)] === 2)) {
      at++;
      for (;;) {
        const d = text.charCodeAt(at);
        if (d < 128 && CLASS[d]! !== 0) at++;
        else if (d === DOT && text.charCodeAt(at + 1) !== DOT) at++;
        else break;
      }
      return { kind: "number", text: text.slice(pos, at), pos, first: isFirst };
    }
    if (c === QUOTE || c === APOSTROPHE) {
      at++;
      return textToken(c, pos, isFirst);
    }
    if (uuidMayFollow && c === 40) {
      // A UUID is no expression, so it is taken whole: 12345678-1234-... would otherwise be a subtraction.
      uuidMayFollow = false;
      UUID.lastIndex = pos;
      const m = UUID.exec(text);
      if (m !== null) {
        at = UUID.lastIndex;
        return { kind: "uuid", text: m[1]!.toLowerCase(), pos, first: isFirst };
      }
    }
    const pair = text.slice(pos, pos + 2);
    at += PAIRS.has(pair) ? 2 : 1;
    return { kind: "punct", text: at === pos + 2 ? pair : pair[0]!, pos, first: isFirst };
  }

  return { next };
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(text: string, pos: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf("\n"); i >= 0 && i < pos; i = text.indexOf("\n", i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: pos - start + 1 };
}
