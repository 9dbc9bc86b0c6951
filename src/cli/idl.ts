/** What `raiscope idl check FILE...` does: the interfaces and methods of IDL files as a reader of the IDL would name them. */

import { showExpr } from "../../dissectors/ndr/expr.js";
import type { BaseName, Interface, Method, NdrType, Parameter } from "../../dissectors/ndr/types.js";
import { loadInterfaces } from "../interfaces.js";
import { visible } from "../output/visible.js";
import { diagnostics } from "./diagnostics.js";
import { complain, EXIT } from "./failure.js";
import { IDL_PROBLEM, readText } from "./inputs.js";
import { named, refuseSame, STDOUT } from "./same-file.js";
import { print } from "./stdout.js";

/** Levels of pointers and arrays that a type's text shows. */
const MAX_DEPTH = 16;

export async function checkIdl(files: readonly string[], options: { quiet?: boolean }): Promise<number> {
  refuseSame(STDOUT, named("input", files));
  const texts = files.map((file) => ({ name: file, text: readText(file) }));
  const { table, problems } = loadInterfaces(texts);
  const own = problems.filter((problem) => files.includes(problem.file));
  for (const { file, line, column, severity, message } of own) {
    const place = `${file}:${line}:${column}`;
    if (diagnostics.format === "json") complain(`${place}: ${message}`, { severity, code: IDL_PROBLEM });
    // As compilers say it, so that editors find the place.
    else process.stderr.write(`${visible(place)}: ${severity}: ${visible(message)}\n`);
  }
  let text = "";
  for (const file of files) {
    const defined = table.library.interfaces.filter((one) => one.file === file);
    const found = (severity: string): number =>
      own.filter((problem) => problem.file === file && problem.severity === severity).length;
    const [faults, warnings] = [found("error"), found("warning")];
    const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
    const methods = defined.reduce(
      (sum, one) => sum + one.methods.filter((method) => method !== undefined).length,
      0,
    );
    text += `${visible(file)}: ${count(defined.length, "interface")}, ${count(methods, "method")}, ${count(faults, "error")}${warnings === 0 ? "" : `, ${count(warnings, "warning")}`}\n`;
    if (options.quiet === true) continue;
    for (const one of defined) text += interfaceText(one);
  }
  await print(text);
  return own.some((problem) => problem.severity === "error") ? EXIT.failed : EXIT.ok;
}

function interfaceText(one: Interface): string {
  const traits = [
    `${one.version.major}.${one.version.minor}`,
    ...(one.object ? ["object"] : []),
    ...(one.dual ? ["dual"] : []),
    ...(one.base === null ? [] : [`from ${one.base}`]),
  ];
  let text = `\n${visible(one.name)}  ${one.uuid}  ${visible(traits.join(", "))}\n`;
  for (const method of one.methods) {
    if (method !== undefined) text += `  ${methodText(method)}\n`;
  }
  for (const method of one.callbacks) text += `  ${methodText(method)}  callback\n`;
  return text;
}

function methodText(method: Method): string {
  const opnum = String(method.opnum).padStart(3);
  const dispid = method.dispid === null ? "" : `  id(0x${method.dispid.toString(16)})`;
  if (method.notOnWire) return visible(`${opnum}  ${method.name}  not on the wire`);
  const params = method.params.map(parameterText).join(", ");
  const returns = method.returns === null ? "void" : typeText(method.returns);
  return visible(`${opnum}  ${returns} ${method.name}(${params})${dispid}`);
}

function parameterText(parameter: Parameter): string {
  const pointed = parameter.type.kind === "pointer" ? parameter.type.to : parameter.type;
  const attributes = [
    ...(parameter.in ? ["in"] : []),
    ...(parameter.out ? ["out"] : []),
    ...(parameter.retval ? ["retval"] : []),
    ...(parameter.secret === true ? ["secret"] : []),
    ...(parameter.notOnWire ? ["not on the wire"] : []),
    ...(pointed.kind === "array" ? arrayAttributes(pointed) : []),
  ];
  return `[${attributes.join(", ")}] ${typeText(parameter.type)} ${parameter.name}`;
}

/** Base types as IDL spells them where they came through no typedef. */
const BASE: { [base in BaseName]?: string } = {
  int8: "small",
  uint8: "unsigned small",
  int16: "short",
  uint16: "unsigned short",
  int32: "long",
  uint32: "unsigned long",
  int64: "hyper",
  uint64: "unsigned hyper",
  wchar: "wchar_t",
  int3264: "__int3264",
  uint3264: "unsigned __int3264",
  error_status: "error_status_t",
};

/** A type as IDL writes it, by its name where it has one. */
function typeText(type: NdrType, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  switch (type.kind) {
    case "base":
      return type.name ?? BASE[type.base] ?? type.base;
    case "pointer": {
      if (type.name !== undefined) return type.name;
      const to = type.to.kind === "array" && type.to.length === null ? type.to.element : type.to;
      return `${typeText(to, depth + 1)}*`;
    }
    case "array":
      if (type.name !== undefined) return type.name;
      return `${typeText(type.element, depth + 1)}[${type.length === null ? "" : showExpr(type.length)}]`;
    case "interface":
      return `${type.interfaceName}*`;
    case "native":
      return type.element === undefined
        ? (type.name ?? type.native)
        : `${type.native}(${typeText(type.element, depth + 1)})`;
    case "unsupported":
      return `${type.name ?? "?"} (not decoded: ${type.reason})`;
    default:
      return type.name ?? type.kind;
  }
}

function arrayAttributes(type: Extract<NdrType, { kind: "array" }>): string[] {
  return [
    ...(type.string ? ["string"] : []),
    ...(type.sizeIs === null ? [] : [`size_is(${showExpr(type.sizeIs)})`]),
    ...(type.lengthIs === null ? [] : [`length_is(${showExpr(type.lengthIs)})`]),
  ];
}
