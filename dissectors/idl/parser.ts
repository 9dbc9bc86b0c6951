/**
 * The declarations of an IDL file: [C706] 4.2 and MIDL's. A declaration that cannot be read costs itself only: the
 * fault is reported and reading goes on behind it.
 */

import type { AccessorKind } from "../ndr/types.js";
import { beginsDeclaration, expectSemicolon, push } from "./bodies.js";
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
import { GRAMMAR } from "./grammar.js";
import { tokenize } from "./lexer.js";
import { readMacros } from "./macros.js";
import type { Macro } from "./preprocessor.js";
import { define, preprocess } from "./preprocessor.js";
import { isProse, keepNumber, resynchronise } from "./recovery.js";
import type {
  Attributes,
  FileSyntax,
  IdlFile,
  InterfaceSyntax,
  MethodSyntax,
  Report,
  Scope,
} from "./syntax.js";
import { attribute, NO_ATTRIBUTES } from "./syntax.js";
import {
  parseAttributes,
  parseDeclarator,
  parseTypeSpec,
  skipParentheses,
  skipQualifiers,
} from "./typespecs.js";

const FILE_SCOPE: Scope = { pointerDefault: "unique", msUnion: false };

/** Characters of a text that a problem quotes. */
const MAX_EXCERPT = 40;

/** Reads one file by itself. Every fault is reported; what can be read is in the result. */
export function parseFile(file: IdlFile, report: Report): FileSyntax {
  const syntax: FileSyntax = {
    file,
    imports: [],
    typedefs: new Map(),
    tags: new Map(),
    constants: new Map(),
    interfaces: [],
    interfaceNames: new Set(),
    coclasses: [],
    macros: new Map(),
  };
  const pre = preprocess(file.text, report);
  for (const i of pre.includes) syntax.imports.push({ ...i, include: true });
  const c: Cursor = {
    tokens: pre.tokens,
    at: 0,
    file: syntax,
    report,
    scope: FILE_SCOPE,
    nesting: 0,
    grammar: GRAMMAR,
    operators: null,
    declares: true,
    passed: false,
  };
  const quoted: Quoted = new Map();
  while (peek(c).kind !== "end") {
    if (accept(c, "}")) {
      report(c.tokens[c.at - 1]!.pos, "error", 'expected a declaration, found "}"');
      continue;
    }
    parseDeclaration(c, null, quoted);
  }
  for (const macros of [pre.macros, quoted]) readMacros(c, macros);
  if (c.passed && isEmpty(syntax)) report(0, "error", "expected IDL, found nothing but text");
  return syntax;
}

/** Whether a file declares nothing at all. */
function isEmpty({ imports, interfaces, interfaceNames, coclasses, ...named }: FileSyntax): boolean {
  const { typedefs, tags, constants, macros } = named;
  const sizes = [imports.length, interfaces.length, interfaceNames.size, coclasses.length];
  return [...sizes, typedefs.size, tags.size, constants.size, macros.size].every((size) => size === 0);
}

/** Constants that `cpp_quote("#define …")` hands to C. */
type Quoted = Map<string, Macro>;

/** One declaration, in an interface's body or outside. Faults end here. */
function parseDeclaration(c: Cursor, owner: InterfaceSyntax | null, quoted: Quoted): void {
  const start = c.at;
  const nesting = c.nesting;
  const methods = owner?.methods.length ?? 0;
  try {
    declaration(c, owner, quoted);
  } catch (e) {
    if (!(e instanceof SyntaxFault)) throw e;
    c.nesting = nesting;
    const ended = resynchronise(c, start, owner !== null);
    const numbered = owner !== null && keepNumber(c, owner, methods, start, ended, e.message);
    if (!numbered && isProse(c, start)) {
      c.passed = true;
      c.report(
        c.tokens[start]!.pos,
        "warning",
        `expected a declaration, found the text ${excerpt(c, start)}`,
      );
    } else {
      c.report(e.pos, "error", e.message);
    }
  }
  if (c.at === start) take(c);
}

/** The beginning of the line on which a token stands, from it on. */
function excerpt(c: Cursor, start: number): string {
  const { pos } = c.tokens[start]!;
  const line = c.file.file.text
    .slice(pos, pos + MAX_EXCERPT + 1)
    .split(/[\r\n]/)[0]!
    .trimEnd();
  return line.length > MAX_EXCERPT ? `"${line.slice(0, MAX_EXCERPT)}…"` : `"${line}"`;
}

function declaration(c: Cursor, owner: InterfaceSyntax | null, quoted: Quoted): void {
  if (accept(c, ";")) return;
  const attributes = parseAttributes(c);
  skipQualifiersButConst(c);
  const t = peek(c);
  const word = t.kind === "name" ? t.text : "";
  if (word === "import" || word === "importlib") parseImport(c);
  else if (word === "cpp_quote") parseQuote(c, quoted);
  else if (word === "midl_pragma" || word === "pragma") skipPragma(c);
  else if (word === "typedef") parseTypedef(c, attributes);
  else if (isConstant(c)) parseConst(c);
  else if (word === "interface" || word === "dispinterface") parseInterface(c, attributes, owner, quoted);
  else if (word === "coclass") parseCoclass(c, attributes);
  else if (word === "library" || word === "module" || word === "namespace") parseBlock(c, quoted);
  else parseTypeOrMethod(c, attributes, owner);
}

function skipPragma(c: Cursor): void {
  take(c);
  take(c);
  if (at(c, "(")) skipParentheses(c);
  accept(c, ";");
}

function skipQualifiersButConst(c: Cursor): void {
  while (acceptWord(c, "static") || acceptWord(c, "extern") || acceptWord(c, "declare"));
}

/** `const T name = …`, also `T const name = …`; not a method that returns a const. */
function isConstant(c: Cursor): boolean {
  let constant = false;
  for (let i = 0; i < 16; i++) {
    const t = peek(c, i);
    if (isPunct(t, "=")) return constant;
    if (t.kind === "name") constant ||= t.text === "const";
    else if (!isPunct(t, "*") && !isPunct(t, "[") && !isPunct(t, "]")) return false;
  }
  return false;
}

function parseImport(c: Cursor): void {
  const isLibrary = take(c).text === "importlib";
  const parenthesis = accept(c, "(");
  do {
    const t = peek(c);
    if (t.kind !== "string") throw fault(c, "the name of a file in quotes");
    take(c);
    if (!isLibrary) c.file.imports.push({ name: t.text, pos: t.pos, include: false });
  } while (accept(c, ","));
  if (parenthesis) expect(c, ")", "after the name of the file");
  expectSemicolon(c, "after the import");
}

/** Text for C. A definition in it is kept, since the specifications write constants that way. */
function parseQuote(c: Cursor, quoted: Quoted): void {
  take(c);
  expect(c, "(", 'after "cpp_quote"');
  let text = "";
  while (peek(c).kind === "string") text += take(c).text;
  expect(c, ")", "after the quoted text");
  accept(c, ";");
  if (/^\s*#\s*define\b/.test(text)) {
    define(tokenize(text, () => {}).slice(1, -1), quoted, () => {});
  }
}

function parseTypedef(c: Cursor, before: Attributes): void {
  take(c);
  const inner = parseAttributes(c);
  const attributes = before.length === 0 ? inner : [...before, ...inner];
  const spec = parseTypeSpec(c, attributes);
  // The brace that is missing was reported already.
  if ("broken" in spec && spec.broken !== null && beginsDeclaration(c)) return;
  let named = false;
  do {
    const declarator = parseDeclarator(c);
    if (declarator.name === "") throw fault(c, "the name of the type");
    if (!named && declarator.parts.length === 0 && (spec.spec === "struct" || spec.spec === "union")) {
      spec.name = declarator.name;
      named = true;
    }
    if (at(c, "("))
      throw new SyntaxFault(`expected ";" after "${declarator.name}", found a function type`, peek(c).pos);
    push(c.file.typedefs, declarator.name, {
      kind: "typedef",
      attributes,
      spec,
      declarator,
      pos: declarator.pos,
      scope: c.scope,
    });
  } while (accept(c, ","));
  expectSemicolon(c, "after the typedef");
}

function parseConst(c: Cursor): void {
  const spec = parseTypeSpec(c);
  do {
    const declarator = parseDeclarator(c);
    if (declarator.name === "") throw fault(c, "the name of the constant");
    expect(c, "=", `after the constant "${declarator.name}"`);
    const value = parseExpression(c);
    push(c.file.constants, declarator.name, {
      kind: "const",
      pos: declarator.pos,
      value,
      member: null,
      type: { spec, declarator },
    });
  } while (accept(c, ","));
  expectSemicolon(c, "after the constant");
}

function parseInterface(
  c: Cursor,
  attributes: Attributes,
  owner: InterfaceSyntax | null,
  quoted: Quoted,
): void {
  const keyword = take(c);
  const name = expectName(c, `a name after "${keyword.text}"`);
  c.file.interfaceNames.add(name.text);
  if (accept(c, ";")) return;
  if (owner !== null) {
    c.report(
      keyword.pos,
      "error",
      `expected "}" to end the interface ${owner.name}, found "${keyword.text}"`,
    );
  }
  const i: InterfaceSyntax = {
    name: name.text,
    pos: name.pos,
    attributes,
    base: null,
    methods: [],
    dispatchOnly: keyword.text === "dispinterface",
    scope: interfaceScope(attributes),
  };
  if (accept(c, ":")) {
    do {
      skipQualifiers(c);
      const base = expectName(c, "the name of a base interface");
      i.base ??= { name: base.text, pos: base.pos };
    } while (accept(c, ","));
  }
  expect(c, "{", `after "${keyword.text} ${name.text}"`);
  c.file.interfaces.push(i);
  const outer = c.scope;
  c.scope = i.scope;
  parseMembers(c, i, quoted);
  c.scope = outer;
  accept(c, ";");
}

function parseMembers(c: Cursor, i: InterfaceSyntax, quoted: Quoted): void {
  while (!accept(c, "}")) {
    const t = peek(c);
    if (t.kind === "end" || opensInterface(c)) {
      c.report(t.pos, "error", `expected "}" to end the interface ${i.name}, found ${describeToken(t)}`);
      return;
    }
    if (i.dispatchOnly && /^(properties|methods)$/.test(t.text) && isPunct(peek(c, 1), ":")) {
      take(c);
      take(c);
      continue;
    }
    parseDeclaration(c, i, quoted);
  }
}

/** Another interface's attributes: nothing in an interface's body has a UUID but types for a type library. */
function opensInterface(c: Cursor): boolean {
  if (!at(c, "[")) return false;
  for (let n = 1; n < 200; n++) {
    const t = peek(c, n);
    if (t.kind === "end" || isPunct(t, ";") || isPunct(t, "{")) return false;
    if (isPunct(t, "]") && !isPunct(peek(c, n + 1), "[")) {
      const word = peek(c, n + 1).text;
      return /^(interface|dispinterface|coclass|library)$/.test(word) && !isPunct(peek(c, n + 3), ";");
    }
  }
  return false;
}

/** [C706] 4.2.3.6 pointer_default; MIDL takes unique where none is given. */
function interfaceScope(attributes: Attributes): Scope {
  const text = attribute(attributes, "pointer_default")?.text.trim();
  return {
    pointerDefault: text === "ptr" ? "full" : text === "ref" ? "ref" : "unique",
    msUnion: attribute(attributes, "ms_union") !== undefined,
  };
}

function parseCoclass(c: Cursor, attributes: Attributes): void {
  take(c);
  const name = expectName(c, 'a name after "coclass"');
  if (accept(c, ";")) return;
  const coclass = {
    name: name.text,
    pos: name.pos,
    attributes,
    interfaces: [] as FileSyntax["coclasses"][0]["interfaces"],
  };
  expect(c, "{", `after "coclass ${name.text}"`);
  while (!accept(c, "}")) {
    const own = parseAttributes(c);
    if (!acceptWord(c, "interface") && !acceptWord(c, "dispinterface")) {
      throw fault(c, `"interface" or "}" in the class ${name.text}`);
    }
    const member = expectName(c, "the name of an interface");
    coclass.interfaces.push({
      name: member.text,
      isDefault: attribute(own, "default") !== undefined,
      isSource: attribute(own, "source") !== undefined,
    });
    expectSemicolon(c, `after the interface ${member.text}`);
  }
  c.file.coclasses.push(coclass);
  accept(c, ";");
}

/** `library X { … }` holds declarations as any file does. */
function parseBlock(c: Cursor, quoted: Quoted): void {
  const keyword = take(c);
  while (peek(c).kind === "name" || at(c, ".")) take(c);
  expect(c, "{", `after "${keyword.text}"`);
  const isModule = keyword.text === "module";
  const functions: InterfaceSyntax | null = isModule
    ? { name: "", pos: 0, attributes: [], base: null, methods: [], dispatchOnly: false, scope: c.scope }
    : null;
  while (!accept(c, "}")) {
    if (peek(c).kind === "end") throw fault(c, `"}" to end the ${keyword.text}`);
    parseDeclaration(c, functions, quoted);
  }
  accept(c, ";");
}

function parseTypeOrMethod(c: Cursor, attributes: Attributes, owner: InterfaceSyntax | null): void {
  const isType = /^(struct|union|enum)$/.test(peek(c).text);
  if (owner === null && !isType && peek(c).kind !== "name") throw fault(c, "a declaration");
  if (owner === null && !isType) {
    const what =
      attributes.length > 0 ? '"interface", "coclass" or "typedef" after the attributes' : "a declaration";
    throw fault(c, what);
  }
  const spec = parseTypeSpec(c, attributes);
  if (isType && (at(c, ";") || (peek(c).first && owner === null))) {
    expectSemicolon(c, "after the declaration");
    return;
  }
  if (owner === null) throw fault(c, '";" after the declaration');
  const declarator = parseDeclarator(c);
  if (declarator.name === "") throw fault(c, "the name of a method");
  const m: MethodSyntax = {
    name: declarator.name,
    pos: declarator.pos,
    attributes,
    accessor: accessorOf(attributes),
    returns: { spec, declarator },
    params: [],
    broken: null,
  };
  if (owner.dispatchOnly && accept(c, ";")) {
    // A property of a dispinterface: both accessors at once.
    const value = { attributes: NO_ATTRIBUTES, spec, declarator };
    const nothing = { spec: { spec: "void" } as const, declarator: { name: "", pos: m.pos, parts: [] } };
    owner.methods.push({ ...m, accessor: "propget" });
    owner.methods.push({ ...m, accessor: "propput", returns: nothing, params: [value] });
    return;
  }
  if (!at(c, "(")) throw fault(c, `"(" after the method "${m.name}"`);
  owner.methods.push(m);
  try {
    parseParameters(c, m);
  } catch (e) {
    if (e instanceof SyntaxFault) m.broken = e.message;
    throw e;
  }
  acceptWord(c, "const");
  expectSemicolon(c, `after the method "${m.name}"`);
}

const ACCESSORS: AccessorKind[] = ["propget", "propput", "propputref"];

function accessorOf(attributes: Attributes): AccessorKind {
  return ACCESSORS.find((a) => attribute(attributes, a) !== undefined) ?? "method";
}

function parseParameters(c: Cursor, m: MethodSyntax): void {
  take(c);
  if (accept(c, ")")) return;
  for (;;) {
    const attributes = parseAttributes(c);
    if (attributes.length === 0 && at(c, "..")) throw fault(c, "a parameter");
    const spec = parseTypeSpec(c, attributes);
    const declarator = parseDeclarator(c);
    const isVoid = spec.spec === "void" && declarator.parts.length === 0 && m.params.length === 0;
    if (!(isVoid && at(c, ")"))) m.params.push({ attributes, spec, declarator });
    if (accept(c, ")")) return;
    if (!accept(c, ",")) {
      const name =
        declarator.name === "" ? `parameter ${m.params.length}` : `the parameter "${declarator.name}"`;
      throw fault(c, `"," or ")" after ${name} of "${m.name}"`);
    }
    // A comma before the closing parenthesis is a slip of the pen that costs nothing.
    if (at(c, ")")) {
      c.report(peek(c).pos, "warning", `expected a parameter of "${m.name}" after ",", found ")"`);
      take(c);
      return;
    }
  }
}
