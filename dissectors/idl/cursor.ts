/** The parser's place in a file's tokens, and the one way in which it gives up on a declaration. */

import type { Token } from "./lexer.js";
import type {
  Attributes,
  Declared,
  EnumSpec,
  FileSyntax,
  Report,
  Scope,
  StructSpec,
  UnionSpec,
} from "./syntax.js";

/** Parentheses, declarators and bodies within each other. No specification comes near. */
const MAX_NESTING = 100;

/**
 * The productions that are reached from below, which makes the grammar recursive: a type in an expression (casts, sizeof),
 * and the bodies of types.
 */
export interface Grammar {
  declared(c: Cursor): Declared;
  struct(c: Cursor, tag: string): StructSpec;
  union(c: Cursor, tag: string, attributes: Attributes, encapsulated: UnionSpec["encapsulated"]): UnionSpec;
  enumeration(c: Cursor, tag: string, attributes: Attributes): EnumSpec;
}

export interface Cursor {
  readonly grammar: Grammar;
  tokens: Token[];
  /** Index of the next token; never past the last one, which has kind `end`. */
  at: number;
  file: FileSyntax;
  report: Report;
  scope: Scope;
  nesting: number;
  /** Operators of the expression that is being read, however deep; null outside of expressions. */
  operators: number | null;
  /** False while a macro's body is parsed, which must not declare types. */
  declares: boolean;
  /** Whether prose was passed over. */
  passed: boolean;
}

/** Thrown within the parser only, and caught at the declaration that it costs. */
export class SyntaxFault extends Error {
  readonly pos: number;
  /** What is wrong with the body that this stands in, where it is IDL but does not travel; null where it is no IDL. */
  readonly unsupported: string | null;

  constructor(message: string, pos: number, unsupported: string | null = null) {
    super(message);
    this.pos = pos;
    this.unsupported = unsupported;
  }
}

export function peek(c: Cursor, ahead = 0): Token {
  return c.tokens[c.at + ahead] ?? c.tokens[c.tokens.length - 1]!;
}

export function take(c: Cursor): Token {
  const t = c.tokens[c.at]!;
  if (t.kind !== "end") c.at++;
  return t;
}

export function isPunct(t: Token, text: string): boolean {
  return t.kind === "punct" && t.text === text;
}

export function at(c: Cursor, punct: string): boolean {
  return isPunct(c.tokens[c.at]!, punct);
}

function atWord(c: Cursor, word: string): boolean {
  const t = c.tokens[c.at]!;
  return t.kind === "name" && t.text === word;
}

export function accept(c: Cursor, punct: string): boolean {
  if (!at(c, punct)) return false;
  c.at++;
  return true;
}

export function acceptWord(c: Cursor, word: string): boolean {
  if (!atWord(c, word)) return false;
  c.at++;
  return true;
}

/** Takes `punct` or gives up: `expected ")" after the parameters, found "HRESULT"`. */
export function expect(c: Cursor, punct: string, where: string): Token {
  if (!at(c, punct)) throw fault(c, `"${punct}" ${where}`);
  return take(c);
}

export function expectName(c: Cursor, what: string): Token {
  if (peek(c).kind !== "name") throw fault(c, what);
  return take(c);
}

export function fault(c: Cursor, expected: string): SyntaxFault {
  const t = peek(c);
  return new SyntaxFault(`expected ${expected}, found ${describeToken(t)}`, t.pos);
}

/** Runs one level deeper, so that hostile nesting ends in a fault and not in a full stack. */
export function nested<T>(c: Cursor, parse: () => T): T {
  if (c.nesting >= MAX_NESTING) {
    throw new SyntaxFault(`expected at most ${MAX_NESTING} levels of nesting, found more`, peek(c).pos);
  }
  c.nesting++;
  try {
    return parse();
  } finally {
    c.nesting--;
  }
}

export function describeToken(t: Token): string {
  if (t.kind === "end") return "the end of the file";
  if (t.kind === "string") return "a string";
  if (t.kind === "char") return "a character";
  return t.text.length > 40 ? `"${t.text.slice(0, 40)}…"` : `"${t.text}"`;
}
