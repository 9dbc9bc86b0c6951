/** What stands between braces: structures, unions, enumerations. [C706] 4.2.10, 4.2.12, 4.2.14. */

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
  peek,
  SyntaxFault,
  take,
} from "./cursor.js";
import { parseExpression } from "./expressions.js";
import type {
  ArmSyntax,
  Attributes,
  EnumSpec,
  Expression,
  FieldSyntax,
  StructSpec,
  UnionSpec,
} from "./syntax.js";
import { attribute } from "./syntax.js";
import { parseAttributes, parseDeclarator, parseTypeSpec } from "./typespecs.js";

/** Words that begin a declaration and can stand nowhere within one. */
export const DECLARATIONS: ReadonlySet<string> = new Set([
  "typedef",
  "interface",
  "import",
  "coclass",
  "cpp_quote",
  "library",
  "dispinterface",
]);

/** A first token of a line that shows that a declaration was never finished. */
export function beginsDeclaration(c: Cursor): boolean {
  const t = peek(c);
  if (!t.first) return false;
  if (t.kind === "name") return DECLARATIONS.has(t.text);
  return isPunct(t, "[") && /^(uuid|object|local|version|dual|odl)$/.test(peek(c, 1).text);
}

/** Takes a semicolon. One that was forgotten at the end of a line is reported and costs nothing. */
export function expectSemicolon(c: Cursor, where: string): void {
  if (accept(c, ";")) return;
  const t = peek(c);
  if (!t.first && !isPunct(t, "}")) throw fault(c, `";" ${where}`);
  c.report(t.pos, "error", `expected ";" ${where}, found ${describeToken(t)}`);
}

export function parseStructBody(c: Cursor, tag: string): StructSpec {
  const s: StructSpec = {
    spec: "struct",
    tag,
    name: tag,
    pos: take(c).pos,
    fields: [],
    broken: null,
    scope: c.scope,
  };
  enterTag(c, s);
  s.broken = guardBody(c, () => {
    while (!accept(c, "}")) parseField(c, s.fields);
  });
  return s;
}

function parseField(c: Cursor, fields: FieldSyntax[]): void {
  if (accept(c, ";")) return;
  if (beginsDeclaration(c)) throw fault(c, '"}" to end the structure');
  const attributes = parseAttributes(c);
  const spec = parseTypeSpec(c, attributes);
  if (at(c, ";")) {
    // An anonymous structure or union: its members are the outer structure's.
    take(c);
    fields.push({ attributes, spec, declarator: { name: "", pos: peek(c).pos, parts: [] } });
    return;
  }
  for (;;) {
    const declarator = parseDeclarator(c);
    if (declarator.name === "") throw fault(c, "the name of a field");
    if (at(c, ":"))
      throw new SyntaxFault(
        `expected ";" after the field "${declarator.name}", found a bit-field, which cannot be marshaled`,
        peek(c).pos,
        "with bit-fields, which cannot be marshaled",
      );
    fields.push({ attributes, spec, declarator });
    if (!accept(c, ",")) break;
  }
  expectSemicolon(c, `after the field "${fields.at(-1)!.declarator.name}"`);
}

export function parseUnionBody(
  c: Cursor,
  tag: string,
  attributes: Attributes,
  encapsulated: UnionSpec["encapsulated"],
): UnionSpec {
  const pos = take(c).pos;
  const u: UnionSpec = {
    spec: "union",
    tag,
    name: tag,
    pos,
    encapsulated,
    arms: [],
    attributes,
    broken: null,
    scope: c.scope,
  };
  enterTag(c, u);
  u.broken = guardBody(c, () => {
    while (!accept(c, "}")) u.arms.push(parseArm(c));
  });
  return u;
}

/** `[case(1, 2)] T x;`, `[default];`, `case 1: case 2: T x;`, `default: ;`; an arm without a case has no value. */
function parseArm(c: Cursor): ArmSyntax {
  if (beginsDeclaration(c)) throw fault(c, '"}" to end the union');
  const arm: ArmSyntax = { cases: [], isDefault: false, field: null };
  for (;;) {
    if (acceptWord(c, "case")) arm.cases.push(parseExpression(c));
    else if (acceptWord(c, "default")) arm.isDefault = true;
    else break;
    expect(c, ":", "after the case");
  }
  const attributes = parseAttributes(c);
  for (const a of attributes) {
    if (a.name === "case") for (const e of a.args) if (e !== null) arm.cases.push(e);
    if (a.name === "default") arm.isDefault = true;
  }
  if (accept(c, ";")) return arm;
  if (at(c, "}") && (arm.isDefault || arm.cases.length > 0)) {
    expectSemicolon(c, "after the case");
    return arm;
  }
  const spec = parseTypeSpec(c, attributes);
  const declarator = parseDeclarator(c);
  arm.field = { attributes, spec, declarator };
  expectSemicolon(c, declarator.name === "" ? "after the case" : `after the case "${declarator.name}"`);
  return arm;
}

export function parseEnumBody(c: Cursor, tag: string, attributes: Attributes): EnumSpec {
  const v1 = attribute(attributes, "v1_enum") !== undefined;
  const e: EnumSpec = { spec: "enum", tag, pos: take(c).pos, v1, members: [], broken: null };
  enterTag(c, e);
  e.broken = guardBody(c, () => {
    while (!accept(c, "}")) {
      parseAttributes(c);
      const name = expectName(c, 'a name or "}" in the enumeration');
      let value: Expression | null = null;
      if (accept(c, "=")) value = parseExpression(c);
      e.members.push({ name: name.text, pos: name.pos, value });
      if (!at(c, "}")) expect(c, ",", `or "}" after "${name.text}"`);
    }
  });
  if (c.declares) {
    e.members.forEach((m, index) => {
      push(c.file.constants, m.name, {
        kind: "const",
        pos: m.pos,
        value: m.value,
        member: { of: e, index },
        type: null,
      });
    });
  }
  return e;
}

function enterTag(c: Cursor, spec: StructSpec | UnionSpec | EnumSpec): void {
  if (spec.tag !== "" && c.declares) {
    push(c.file.tags, `${spec.spec} ${spec.tag}`, { kind: "tag", spec, pos: spec.pos });
  }
}

/**
 * A fault in a body costs the body: it is reported, and the rest up to the closing brace is passed over. Returns what makes the
 * body unusable.
 */
function guardBody(c: Cursor, parse: () => void): string | null {
  const nesting = c.nesting;
  try {
    parse();
    return null;
  } catch (e) {
    if (!(e instanceof SyntaxFault)) throw e;
    c.nesting = nesting;
    c.report(e.pos, e.unsupported === null ? "error" : "warning", e.message);
    skipBody(c);
    return e.unsupported ?? "whose declaration could not be read";
  }
}

/** To behind the brace that closes the body, or up to a line that shows that there is none. */
function skipBody(c: Cursor): void {
  for (let depth = 1; ; take(c)) {
    const t = peek(c);
    if (t.kind === "end" || beginsDeclaration(c)) return;
    if (isPunct(t, "{")) depth++;
    if (isPunct(t, "}") && --depth === 0) {
      take(c);
      return;
    }
  }
}

export function push<T>(map: Map<string, T[]>, name: string, entry: T): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [entry]);
  else list.push(entry);
}
