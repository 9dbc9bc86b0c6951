/**
 * Which declaration a name stands for: the file's own, then those of the files it imports, and as a last resort those
 * of any other file, with a warning.
 */

import { NATIVE_TYPES } from "../natives/table.js";
import { lineAndColumn, lineStarts } from "./lexer.js";
import { parseFile } from "./parser.js";
import type {
  ConstEntry,
  Declared,
  Expression,
  FileSyntax,
  IdlFile,
  IdlProblem,
  InterfaceSyntax,
  StructSpec,
  TagEntry,
  TypedefEntry,
} from "./syntax.js";
import { SDK_FILES } from "./well-known.js";

/** Problems of one file that are reported. Above this many problems the file is taken for something else. */
const MAX_PROBLEMS = 500;

/** All files of a run, and what was noticed. */
export interface World {
  files: FileSyntax[];
  problems: IdlProblem[];
  /** Structures that have a decoder of their own. */
  bound: Map<StructSpec, string>;
  /** Files that import what nobody has: that they use undeclared names says nothing new. */
  lacking: ReadonlySet<FileSyntax>;
  report(file: FileSyntax, pos: number, severity: IdlProblem["severity"], message: string): void;
  /** Reports once for each file and key. */
  reportOnce(
    file: FileSyntax,
    key: string,
    pos: number,
    severity: IdlProblem["severity"],
    message: string,
  ): void;
  /** Files whose declarations are visible in a file through its imports, nearest first. */
  visible(file: FileSyntax): FileSyntax[];
  /** Parses more files, and all that they import, behind those that are there. */
  add(files: readonly IdlFile[]): void;
}

/** A declaration with the file in which it stands. */
export interface Found<T> {
  entry: T;
  file: FileSyntax;
}

/** Parses the files and all that they import. */
export function openWorld(files: IdlFile[], resolveImport: (name: string) => IdlFile | null): World {
  const problems: IdlProblem[] = [];
  const said = new Set<string>();
  const parsed: FileSyntax[] = [];
  const byName = new Map<string, FileSyntax[]>();
  const targets = new Map<FileSyntax, FileSyntax[]>();
  const closures = new Map<FileSyntax, FileSyntax[]>();
  const lacking = new Set<FileSyntax>();
  const bound = new Map<StructSpec, string>();

  const reported = new Map<IdlFile, number>();
  const starts = new Map<IdlFile, number[]>();
  const reportAt = (file: IdlFile, pos: number, severity: IdlProblem["severity"], message: string): void => {
    const before = reported.get(file) ?? 0;
    reported.set(file, before + 1);
    if (before > MAX_PROBLEMS) return;
    const known = starts.get(file) ?? lineStarts(file.text);
    starts.set(file, known);
    const at = { file: file.name, ...lineAndColumn(known, pos) };
    if (before === MAX_PROBLEMS) {
      const end = `expected IDL, found more than ${MAX_PROBLEMS} problems: the rest are not reported`;
      problems.push({ ...at, severity: "error", message: end });
      return;
    }
    problems.push({ ...at, severity, message });
  };
  const open = (file: IdlFile): FileSyntax => {
    const syntax =
      file.parsed?.() ?? parseFile(file, (pos, severity, message) => reportAt(file, pos, severity, message));
    parsed.push(syntax);
    const key = baseName(file.name);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [syntax]);
    else same.push(syntax);
    return syntax;
  };
  const add = (more: readonly IdlFile[]): void => {
    const first = parsed.length;
    for (const file of more) open(file);
    // What is opened here is appended, and its imports are followed in turn.
    for (let i = first; i < parsed.length; i++) followImports(parsed[i]!);
    bindStructures(parsed.slice(first), bound);
  };

  function followImports(from: FileSyntax): void {
    const found: FileSyntax[] = [];
    for (const { name, pos, include } of from.imports) {
      const target = importTarget(from, name, parsed, byName) ?? fetchImport(name) ?? ownPart(from, name);
      if (target !== null && target !== from) found.push(target);
      if (target === null) {
        lacking.add(from);
        const what = include ? "included" : "imported";
        reportAt(
          from.file,
          pos,
          "warning",
          `expected "${name}" among the files, found none: nothing is ${what} from it`,
        );
      }
    }
    targets.set(from, found);
  }

  function fetchImport(name: string): FileSyntax | null {
    const file = resolveImport(name) ?? resolveImport(baseName(name));
    if (file !== null) return byName.get(baseName(file.name))?.[0] ?? open(file);
    const standIn = SDK_FILES.get(baseName(name));
    if (standIn === undefined) return null;
    const given = byName.get(standIn)?.[0];
    if (given !== undefined) return given;
    const shipped = resolveImport(standIn);
    return shipped === null ? null : open(shipped);
  }

  add(files);
  return {
    files: parsed,
    problems,
    bound,
    lacking,
    add,
    report: (file, pos, severity, message) => reportAt(file.file, pos, severity, message),
    reportOnce(file, key, pos, severity, message) {
      const id = `${parsed.indexOf(file)}\n${key}`;
      if (said.has(id)) return;
      said.add(id);
      reportAt(file.file, pos, severity, message);
    },
    visible(file) {
      let all = closures.get(file);
      if (all === undefined) {
        all = [];
        const queue = [...(targets.get(file) ?? [])].reverse();
        const seen = new Set<FileSyntax>([file]);
        for (let i = 0; i < queue.length; i++) {
          const next = queue[i]!;
          if (seen.has(next)) continue;
          seen.add(next);
          all.push(next);
          for (const target of targets.get(next) ?? []) if (!seen.has(target)) queue.push(target);
        }
        closures.set(file, all);
      }
      return all;
    },
  };
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).toLowerCase();
}

function folder(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** A specification prints several files as one: ms-tsts_tsdef.h stands in MS-TSTS.idl itself. */
function ownPart(from: FileSyntax, name: string): FileSyntax | null {
  const whole = baseName(from.file.name).replace(/\.idl$/, "");
  return baseName(name).startsWith(`${whole}_`) ? from : null;
}

/** Of several files with the name, one of the same folder, else the nearest in the order of the files. */
function importTarget(
  from: FileSyntax,
  name: string,
  parsed: FileSyntax[],
  byName: ReadonlyMap<string, FileSyntax[]>,
): FileSyntax | null {
  const same = byName.get(baseName(name));
  if (same === undefined) return null;
  const here = parsed.indexOf(from);
  const distance = (f: FileSyntax): number =>
    Math.abs(parsed.indexOf(f) - here) + (folder(f.file.name) === folder(from.file.name) ? 0 : parsed.length);
  return same.reduce((best, f) => (f !== from && (best === from || distance(f) < distance(best)) ? f : best));
}

function bindStructures(files: FileSyntax[], bound: Map<StructSpec, string>): void {
  const bind = (spec: StructSpec, native: string): void => {
    if (spec.broken !== null || bound.has(spec)) return;
    // A structure that happens to be called UUID or DECIMAL must at least look like one.
    const first = spec.fields[0]?.declarator.parts.length ?? 1;
    if (spec.fields.length > 0 && first === 0) bound.set(spec, native);
  };
  for (const file of files) {
    for (const [name, { native, pointer }] of NATIVE_TYPES) {
      if (pointer) continue;
      bindOne(file, name, (spec) => bind(spec, native));
    }
  }
}

function bindOne(file: FileSyntax, name: string, bind: (spec: StructSpec) => void): void {
  for (const e of file.typedefs.get(name) ?? []) {
    if (e.spec.spec === "struct" && e.declarator.parts.length === 0) bind(e.spec);
  }
  for (const e of file.tags.get(`struct ${name}`) ?? []) {
    if (e.spec.spec === "struct") bind(e.spec);
  }
}

/** The entry that a use at `pos` means: the last one before it, else the first one behind it. */
function pick<T extends { pos: number }>(entries: T[] | undefined, pos: number): T | null {
  if (entries === undefined) return null;
  for (let i = entries.length - 1; i >= 0; i--) if (entries[i]!.pos < pos) return entries[i]!;
  return null;
}

function find<T extends { pos: number }>(
  world: World,
  file: FileSyntax,
  pos: number,
  of: (f: FileSyntax) => T[] | undefined,
): Found<T> | null {
  const own = of(file);
  const before = pick(own, pos);
  if (before !== null) return { entry: before, file };
  for (const f of world.visible(file)) {
    const list = of(f);
    if (list !== undefined) return { entry: list[list.length - 1]!, file: f };
  }
  return own === undefined ? null : { entry: own[0]!, file };
}

function findAnywhere<T>(
  world: World,
  file: FileSyntax,
  of: (f: FileSyntax) => T[] | undefined,
): Found<T> | null {
  for (const f of world.files) {
    const list = f === file ? undefined : of(f);
    if (list !== undefined) return { entry: list[list.length - 1]!, file: f };
  }
  return null;
}

export function findTypedef(
  world: World,
  file: FileSyntax,
  name: string,
  pos: number,
): Found<TypedefEntry> | null {
  return find(world, file, pos, (f) => f.typedefs.get(name));
}

/** As findTypedef, among all files; for names that are used without an import. */
export function borrowTypedef(world: World, file: FileSyntax, name: string): Found<TypedefEntry> | null {
  return findAnywhere(world, file, (f) => f.typedefs.get(name));
}

/** The definition of `struct X`, `union X` or `enum X`. */
export function findTag(
  world: World,
  file: FileSyntax,
  kind: string,
  name: string,
  pos: number,
): Found<TagEntry> | null {
  const key = `${kind} ${name}`;
  return find(world, file, pos, (f) => f.tags.get(key)) ?? findAnywhere(world, file, (f) => f.tags.get(key));
}

export function findConstant(
  world: World,
  file: FileSyntax,
  name: string,
  pos: number,
): Found<ConstEntry> | null {
  return find(world, file, pos, (f) => f.constants.get(name));
}

export function borrowConstant(world: World, file: FileSyntax, name: string): Found<ConstEntry> | null {
  return findAnywhere(world, file, (f) => f.constants.get(name));
}

/** What a macro of this file, or of one that it imports, stands for. */
export function findMacro(
  world: World,
  file: FileSyntax,
  name: string,
): Found<{ declared: Declared | null; value: Expression | null }> | null {
  for (const f of [file, ...world.visible(file)]) {
    const entry = f.macros.get(name);
    if (entry !== undefined) return { entry, file: f };
  }
  return null;
}

/** Whether a file or one of those it sees (or, with `anywhere`, any) declares or announces the interface. */
export function isInterface(world: World, file: FileSyntax, name: string, anywhere: boolean): boolean {
  if (file.interfaceNames.has(name)) return true;
  return (anywhere ? world.files : world.visible(file)).some((f) => f.interfaceNames.has(name));
}

/** The body of an interface: in this file, in those it sees, in any. */
export function findInterface(world: World, file: FileSyntax, name: string): Found<InterfaceSyntax> | null {
  for (const f of [file, ...world.visible(file), ...world.files]) {
    const entry = f.interfaces.find((i) => i.name === name);
    if (entry !== undefined) return { entry, file: f };
  }
  return null;
}

/** The class by that name, whose default interface a pointer to it means. */
export function defaultInterface(world: World, name: string): string | null {
  for (const f of world.files) {
    const coclass = f.coclasses.find((c) => c.name === name);
    if (coclass === undefined) continue;
    return (coclass.interfaces.find((i) => i.isDefault) ?? coclass.interfaces[0])?.name ?? "IUnknown";
  }
  return null;
}
