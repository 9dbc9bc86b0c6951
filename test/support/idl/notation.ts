/** Type descriptions in one line, for comparison: `ref -> [cb] byte` is a reference pointer to a sized array. */
import { type IdlProblem, readIdl } from "../../../dissectors/idl/reader.js";
import { showExpr } from "../../../dissectors/ndr/expr.js";
import type {
  ArrayType,
  Expr,
  Interface,
  Library,
  Method,
  NdrType,
  UnionType,
} from "../../../dissectors/ndr/types.js";

export function show(t: NdrType, within: NdrType[] = []): string {
  switch (t.kind) {
    case "base": {
      const range = t.range === undefined ? "" : ` in ${showExpr(t.range.low)}..${showExpr(t.range.high)}`;
      return `${t.base}${t.format === undefined ? "" : `/${t.format}`}${range}`;
    }
    case "enum":
      return `enum${t.v1 ? "32" : "16"}(${[...t.members].map(([v, name]) => `${name}=${v}`).join(" ")})`;
    case "struct": {
      if (within.includes(t)) return `struct ${t.name ?? "?"}`;
      const inner = [...within, t];
      const fields = t.fields.map(
        (f) => `${f.name}: ${show(f.type, inner)}${f.ignore === true ? " ignored" : ""}`,
      );
      return `{${fields.join("; ")}}`;
    }
    case "union":
      return showUnion(t, within);
    case "pointer":
      return `${t.pointer} -> ${show(t.to, within)}`;
    case "array":
      return `${showArray(t)} ${show(t.element, within)}`;
    case "interface":
      return `${t.interfaceName}${t.iidIs === undefined ? "" : `(${showExpr(t.iidIs)})`}`;
    case "native":
      return t.element === undefined ? t.native : `${t.native}(${show(t.element, within)})`;
    case "context_handle":
      return "context";
    case "unsupported":
      return `unsupported: ${t.reason}`;
  }
}

function showArray(t: ArrayType): string {
  const expr = (e: Expr | null): string => (e === null ? "" : showExpr(e));
  const size = t.conformant ? expr(t.sizeIs) : `=${expr(t.length)}`;
  return `${t.string ? "string" : ""}[${size}${t.varying ? ` from ${expr(t.lengthIs)}` : ""}]`;
}

function showUnion(t: UnionType, within: NdrType[]): string {
  const arms = t.arms.map((a) => {
    const cases = [...a.cases.map((c) => showExpr(c)), ...(a.isDefault ? ["default"] : [])].join(",");
    return `${cases}: ${a.field === null ? "-" : `${a.field.name} ${show(a.field.type, within)}`}`;
  });
  const names =
    t.encapsulated === undefined ? "" : ` ${t.encapsulated.discriminantName} ${t.encapsulated.unionName}`;
  const is = t.switchIs === undefined ? "" : ` is ${showExpr(t.switchIs)}`;
  return `union${t.msUnion === true ? "/ms" : ""}(${show(t.discriminant)}${names}${is}){${arms.join("; ")}}`;
}

export interface Read {
  library: Library;
  problems: IdlProblem[];
  /** `file:line:column severity: message`, one a problem. */
  said: string[];
}

export function read(text: string, others: { [name: string]: string } = {}): Read {
  const find = (name: string): { name: string; text: string } | null => {
    const found = others[name.toLowerCase()];
    return found === undefined ? null : { name: name.toLowerCase(), text: found };
  };
  const { library, problems } = readIdl([{ name: "t.idl", text }], find);
  const said = problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.severity}: ${p.message}`);
  return { library, problems, said };
}

const HEAD = "[uuid(12345678-1234-abcd-ef00-0123456789ab), version(1.0)";

/** The interface that `body` is, with attributes before it; nothing may be wrong with it. */
export function face(body: string, attributes = "", before = ""): Interface {
  const { library, said } = read(`${before}${HEAD}${attributes}] interface t { ${body} }`);
  if (said.length > 0) throw new Error(said.join("\n"));
  return library.interfaces.at(-1)!;
}

/** The parameters of one method, by `name: type`. */
export function params(m: Method | undefined): string[] {
  return m!.params.map((p) => `${p.name}: ${show(p.type)}`);
}

/** The parameters of `void f(parameters)` after the declarations in `before`. */
export function parameters(list: string, before = "", attributes = ""): string[] {
  return params(face(`${before} void f(${list});`, attributes).methods[0]);
}

/** What a type of this name is, among declarations. */
export function typeOf(declarations: string, name: string, attributes = ""): string {
  const { library, said } = read(`${HEAD}${attributes}] interface t { ${declarations} void f(); }`);
  if (said.length > 0) throw new Error(said.join("\n"));
  const type = library.types.get(name);
  if (type === undefined) throw new Error(`${name} is not there`);
  return show(type);
}
