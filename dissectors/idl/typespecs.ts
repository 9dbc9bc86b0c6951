/** Type specifiers, declarators and attributes. [C706] 4.2.8 to 4.2.20, with MIDL's types and attributes. */

import type { Cursor } from "./cursor.js";
import {
  accept,
  acceptWord,
  at,
  describeToken,
  expect,
  expectName,
  fault,
  isPunct,
  nested,
  peek,
  SyntaxFault,
  take,
} from "./cursor.js";
import { parseExpression, parseOptional } from "./expressions.js";
import type {
  Attribute,
  Attributes,
  Declarator,
  DeclaratorPart,
  Declared,
  Expression,
  TypeSpec,
} from "./syntax.js";
import { NO_ATTRIBUTES } from "./syntax.js";
import { BASE_WORDS, INTEGERS, PLAIN } from "./words.js";

/** Pointers or dimensions of one declarator. */
const MAX_PARTS = 32;

/** Words that stand in a type without changing what travels. */
const QUALIFIERS = new Set(
  (
    "const volatile static extern register inline __inline far near FAR NEAR __far __near __RPC_FAR __RPC_USER __cdecl " +
    "_cdecl cdecl __stdcall _stdcall stdcall __fastcall __pascal pascal PASCAL CALLBACK WINAPI RPC_ENTRY __RPC_API " +
    "STDMETHODCALLTYPE __unaligned UNALIGNED __w64 __declspec"
  ).split(" "),
);

/** Words that are never the name of anything: one of them where a name should be shows that something is missing. */
const RESERVED = new Set("typedef struct union enum interface import coclass cpp_quote".split(" "));

/** Attributes whose parentheses hold expressions. */
const WITH_EXPRESSIONS = new Set(
  (
    "size_is max_is min_is length_is first_is last_is switch_is iid_is range case id byte_count helpcontext lcid " +
    "defaultvalue helpstringcontext"
  ).split(" "),
);
const WITH_TYPE = new Set(["switch_type", "transmit_as", "wire_marshal", "represent_as"]);

export function skipQualifiers(c: Cursor): void {
  for (;;) {
    const t = peek(c);
    if (t.kind !== "name" || !QUALIFIERS.has(t.text)) return;
    take(c);
    if (t.text === "__declspec" && at(c, "(")) skipParentheses(c);
  }
}

/** Takes a balanced pair of parentheses with all that is in it, as text. */
export function skipParentheses(c: Cursor): string {
  const words: string[] = [];
  expect(c, "(", "after the attribute");
  for (let depth = 1; ; ) {
    const t = peek(c);
    if (t.kind === "end" || isPunct(t, ";")) throw fault(c, '")" after the attribute\'s value');
    take(c);
    if (isPunct(t, "(")) depth++;
    if (isPunct(t, ")") && --depth === 0) return words.join(" ");
    words.push(t.text);
  }
}

/** A type with an optional declarator, as a parameter, a cast or a macro has it. */
export function parseDeclared(c: Cursor): Declared {
  return { spec: parseTypeSpec(c), declarator: parseDeclarator(c) };
}

export function parseTypeSpec(c: Cursor, attributes: Attributes = NO_ATTRIBUTES): TypeSpec {
  skipQualifiers(c);
  const t = peek(c);
  if (t.kind !== "name") throw fault(c, "a type");
  const integer = parseInteger(c);
  if (integer !== null) return finish(c, integer);
  switch (t.text) {
    case "void":
      take(c);
      return finish(c, { spec: "void" });
    case "handle_t":
      take(c);
      return finish(c, { spec: "handle" });
    case "struct":
    case "union":
    case "enum":
      return finish(
        c,
        nested(c, () => parseTagged(c, t.text as "struct" | "union" | "enum", attributes)),
      );
    case "pipe":
      take(c);
      nested(c, () => parseTypeSpec(c));
      return { spec: "pipe", pos: t.pos };
    case "interface":
    case "coclass":
    case "dispinterface": {
      take(c);
      const name = expectName(c, "the name of an interface");
      return finish(c, { spec: "name", name: name.text, pos: name.pos });
    }
    case "SAFEARRAY":
      take(c);
      return finish(c, { spec: "safearray", element: parseSafeArrayElement(c), pos: t.pos });
  }
  take(c);
  return finish(c, { spec: "name", name: t.text, pos: t.pos });
}

function finish(c: Cursor, spec: TypeSpec): TypeSpec {
  skipQualifiers(c);
  return spec;
}

/** `SAFEARRAY(BSTR)`; also `SAFEARRAY([unique] IFoo *)`. */
function parseSafeArrayElement(c: Cursor): Declared | null {
  if (!accept(c, "(")) return null;
  const element = nested(c, () => {
    parseAttributes(c);
    return parseDeclared(c);
  });
  expect(c, ")", "after the element of SAFEARRAY");
  return element;
}

/**
 * The base types, their words in any order. A word that no longer fits is left for the declarator, so that
 * `typedef unsigned short wchar_t;` declares wchar_t.
 */
function parseInteger(c: Cursor): TypeSpec | null {
  let sign: "signed" | "unsigned" | null = null;
  let core: string | null = null;
  for (; ; take(c)) {
    const t = peek(c);
    if (t.kind !== "name") break;
    const w = t.text;
    if (!BASE_WORDS.has(w)) break;
    if (w === "const" || w === "volatile") continue;
    if ((w === "signed" || w === "unsigned") && sign === null) sign = w;
    else if (core === null && (INTEGERS.has(w) || w === "char" || (sign === null && PLAIN.has(w)))) core = w;
    else if (w === "int" && core !== null && core !== "int" && INTEGERS.has(core)) continue;
    else if (core === "int" && (w === "short" || w === "long")) core = w;
    else if (core === "long" && w === "long") core = "hyper";
    else if (core === "long" && w === "double") core = "double";
    else break;
  }
  if (core === null && sign === null) return null;
  if (core === "char") {
    return { spec: "base", base: sign === null ? "char" : sign === "signed" ? "int8" : "uint8" };
  }
  const plain = core === null ? undefined : PLAIN.get(core);
  if (plain !== undefined) return { spec: "base", base: plain };
  return { spec: "base", base: INTEGERS.get(core ?? "int")![sign === "unsigned" ? 1 : 0] };
}

function parseTagged(c: Cursor, kind: "struct" | "union" | "enum", attributes: Attributes): TypeSpec {
  take(c);
  const inner = parseAttributes(c);
  const all = inner.length === 0 ? attributes : [...attributes, ...inner];
  skipQualifiers(c);
  const tag = peek(c).kind === "name" && peek(c).text !== "switch" ? take(c) : null;
  if (kind === "union" && acceptWord(c, "switch")) return parseEncapsulated(c, tag?.text ?? "", all);
  if (at(c, "{")) {
    if (kind === "struct") return c.grammar.struct(c, tag?.text ?? "");
    if (kind === "union") return c.grammar.union(c, tag?.text ?? "", all, null);
    return c.grammar.enumeration(c, tag?.text ?? "", all);
  }
  if (tag === null) throw fault(c, `a name or "{" after "${kind}"`);
  return { spec: "tag", kind, name: tag.text, pos: tag.pos };
}

/** [C706] 4.2.12.1: `union tag switch (type discriminant) name { case 1: … }`. */
function parseEncapsulated(c: Cursor, tag: string, attributes: Attributes): TypeSpec {
  expect(c, "(", 'after "switch"');
  const type = parseTypeSpec(c);
  const discriminantName = expectName(c, "the name of the discriminant").text;
  expect(c, ")", "after the discriminant");
  const unionName = peek(c).kind === "name" ? take(c).text : "tagged_union";
  if (!at(c, "{")) throw fault(c, '"{" to begin the union');
  return c.grammar.union(c, tag, attributes, { type, discriminantName, unionName });
}

/** A declarator, named or not. */
export function parseDeclarator(c: Cursor): Declarator {
  return nested(c, () => {
    let pointers = 0;
    for (;;) {
      skipQualifiers(c);
      if (!accept(c, "*")) break;
      pointers++;
      if (pointers > MAX_PARTS) throw fault(c, `at most ${MAX_PARTS} pointers`);
    }
    let inner: Declarator = { name: "", pos: peek(c).pos, parts: [] };
    if (at(c, "(") && (isPunct(peek(c, 1), "*") || isPunct(peek(c, 1), "("))) {
      take(c);
      inner = parseDeclarator(c);
      expect(c, ")", "after the declarator");
      if (at(c, "(")) throw new SyntaxFault("expected data, found a pointer to a function", peek(c).pos);
    } else if (peek(c).kind === "name" && !RESERVED.has(peek(c).text)) {
      const t = take(c);
      inner = { name: t.text, pos: t.pos, parts: [] };
    }
    const parts: DeclaratorPart[] = inner.parts;
    while (at(c, "[") && !startsAttributes(c)) {
      if (parts.length >= MAX_PARTS) throw fault(c, `at most ${MAX_PARTS} dimensions`);
      parts.push({ part: "array", size: parseBound(c) });
    }
    for (; pointers > 0; pointers--) parts.push({ part: "pointer" });
    return inner;
  });
}

/** `[n]`, `[]`, `[*]`, `[low..high]`, `[low..*]`. */
function parseBound(c: Cursor): Expression | null {
  take(c);
  let size: Expression | null = null;
  if (accept(c, "*")) {
    // Conformant.
  } else if (!at(c, "]")) {
    size = parseExpression(c);
    if (accept(c, "..")) {
      const low = size;
      size = null;
      if (!accept(c, "*")) {
        const span: Expression = { op: "binary", operator: "-", left: parseExpression(c), right: low };
        size = { op: "binary", operator: "+", left: span, right: { op: "const", value: 1n } };
      }
    }
  }
  expect(c, "]", "after the array's bound");
  return size;
}

/** Whether a bracket after a complete declarator opens attributes of what follows: the semicolon was forgotten. */
function startsAttributes(c: Cursor): boolean {
  const t = peek(c, 1);
  if (!peek(c).first || t.kind !== "name") return false;
  return (
    WITH_EXPRESSIONS.has(t.text) ||
    /^(in|out|string|unique|ref|ptr|uuid|object|propget|propput|local|secret)$/.test(t.text)
  );
}

/** Any number of bracketed lists; commas may be missing a neighbour, as macros that vanish leave them. */
export function parseAttributes(c: Cursor): Attributes {
  if (!at(c, "[")) return NO_ATTRIBUTES;
  const all: Attribute[] = [];
  while (accept(c, "[")) {
    while (!accept(c, "]")) {
      if (accept(c, ",")) continue;
      if (peek(c).kind !== "name") throw fault(c, 'an attribute or "]"');
      all.push(parseAttribute(c));
      if (!at(c, ",") && !at(c, "]")) {
        throw fault(c, `"," or "]" after the attribute "${all.at(-1)!.name}"`);
      }
    }
  }
  return all;
}

function parseAttribute(c: Cursor): Attribute {
  const t = take(c);
  const a: Attribute = { name: t.text, pos: t.pos, args: [], text: "", type: null };
  if (!at(c, "(")) return a;
  if (WITH_TYPE.has(t.text)) {
    take(c);
    a.type = parseDeclared(c);
    expect(c, ")", `after the type in "${t.text}"`);
    return a;
  }
  if (!WITH_EXPRESSIONS.has(t.text)) {
    a.text = skipParentheses(c);
    return a;
  }
  take(c);
  do a.args.push(parseOptional(c, ")"));
  while (accept(c, ","));
  if (!at(c, ")"))
    throw new SyntaxFault(`expected "," or ")" in "${t.text}", found ${describeToken(peek(c))}`, peek(c).pos);
  take(c);
  return a;
}
