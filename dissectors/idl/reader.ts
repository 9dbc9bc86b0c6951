/**
 * IDL, as the specifications print it, to type descriptions. [C706] chapter 4 and MIDL's extensions. Pure: files come
 * in as text, imports through a function.
 *
 * Not handled: ACF files, `#include` of anything but declarations; pipes and bit-fields (declared, not decoded).
 */

import type { Library, NdrType } from "../ndr/types.js";
import { type Builder, createBuilder } from "./build.js";
import { buildCoclasses, buildInterfaces, nothingNumbered } from "./interfaces.js";
import { openWorld } from "./scope.js";
import type { FileSyntax, IdlFile, IdlProblem, Scope, TypeSpec } from "./syntax.js";

export type { IdlFile, IdlProblem } from "./syntax.js";

const FILE_SCOPE = { pointerDefault: "unique", msUnion: false } as const;
const NO_PARTS = { name: "", pos: Number.MAX_SAFE_INTEGER, parts: [] };

export interface IdlResult {
  library: Library;
  /**
   * What is wrong, in the order of files and lines. Types and parameters are described when they are first asked for;
   * to ask for the problems is to describe them all.
   */
  readonly problems: IdlProblem[];
  /** Reads more files, which may import those read before, into the library. Returns what they define. */
  add(files: readonly IdlFile[]): Pick<Library, "interfaces" | "coclasses">;
}

/**
 * Reads `files` and what they import. An import is looked for among the files by its last part, whatever the case, and
 * then asked of `resolveImport`; one that nobody has is a warning. Never throws: a fault is a problem and costs its
 * declaration only. Of several declarations of one type or constant the first file's counts in the library; each file
 * itself uses its own.
 */
export function readIdl(files: IdlFile[], resolveImport: (name: string) => IdlFile | null): IdlResult {
  const world = openWorld(files, resolveImport);
  const builder = createBuilder(world);
  const numbering = nothingNumbered();
  const interfaces = buildInterfaces(builder, world.files, numbering);
  const coclasses = buildCoclasses(builder, world.files);
  const types = new LazyMap<NdrType>();
  const constants = new LazyMap<bigint | string>();
  const describeLater = (of: readonly FileSyntax[]): void => {
    for (const file of of) {
      addTypes(builder, file, types);
      addConstants(builder, file, constants);
    }
  };
  describeLater(world.files);
  let complete = false;
  return {
    library: { interfaces, coclasses, types, constants },
    get problems() {
      if (!complete) {
        for (const i of interfaces) for (const m of [...i.methods, ...i.callbacks]) void m?.params;
        types.complete();
        constants.complete();
        inOrder(world.problems, files);
        complete = true;
      }
      return world.problems;
    },
    add(more) {
      const first = world.files.length;
      world.add(more);
      const added = world.files.slice(first);
      const defined = {
        interfaces: buildInterfaces(builder, added, numbering),
        coclasses: buildCoclasses(builder, added),
      };
      for (const one of defined.interfaces) interfaces.push(one);
      for (const one of defined.coclasses) coclasses.push(one);
      describeLater(added);
      complete = false;
      return defined;
    },
  };
}

function addTypes(b: Builder, file: FileSyntax, types: LazyMap<NdrType>): void {
  for (const [name, entries] of file.typedefs) {
    types.add(name, () => {
      const entry = entries.at(-1)!;
      return describe(b, file, { spec: "name", name, pos: entry.pos + 1 }, entry.scope);
    });
  }
  for (const [key, entries] of file.tags) {
    const tag = key.slice(key.indexOf(" ") + 1);
    types.add(tag, () => describe(b, file, entries.at(-1)!.spec, FILE_SCOPE));
  }
}

function describe(b: Builder, file: FileSyntax, spec: TypeSpec, scope: Scope): NdrType {
  const type = b.type(file, { attributes: [], spec, declarator: NO_PARTS }, scope, "embedded", null);
  b.finish();
  return type;
}

function addConstants(b: Builder, file: FileSyntax, constants: LazyMap<bigint | string>): void {
  for (const [name, entries] of file.constants) {
    constants.add(name, () => b.constants.named({ entry: entries.at(-1)!, file }));
  }
  for (const [name, { value }] of file.macros) {
    if (value !== null) constants.add(name, () => b.constants.fold(value, file));
  }
}

/** A map whose values are made when they are first asked for. Names that turn out to have no value are not in it. */
class LazyMap<T> implements ReadonlyMap<string, T> {
  readonly #sources = new Map<string, () => T | null>();
  readonly #values = new Map<string, T>();
  /** Names that were looked up: what they have, or that they have none, stands. */
  readonly #settled = new Set<string>();

  /** Of several values for one name the first counts. */
  add(name: string, value: () => T | null): void {
    if (!this.#settled.has(name) && !this.#sources.has(name)) this.#sources.set(name, value);
  }

  get(name: string): T | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const source = this.#sources.get(name);
    if (source === undefined) return undefined;
    const value = source();
    this.#sources.delete(name);
    this.#settled.add(name);
    if (value === null) return undefined;
    this.#values.set(name, value);
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  complete(): Map<string, T> {
    for (const name of [...this.#sources.keys()]) this.get(name);
    return this.#values;
  }

  get size(): number {
    return this.complete().size;
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    this.complete().forEach((value, key) => {
      visit(value, key, this);
    });
  }

  entries(): MapIterator<[string, T]> {
    return this.complete().entries();
  }

  keys(): MapIterator<string> {
    return this.complete().keys();
  }

  values(): MapIterator<T> {
    return this.complete().values();
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.complete().entries();
  }
}

function inOrder(problems: IdlProblem[], files: IdlFile[]): void {
  const rank = new Map(files.map((f, i) => [f.name, i] as const));
  const of = (p: IdlProblem): number => rank.get(p.file) ?? files.length;
  problems.sort((a, b) => of(a) - of(b) || a.line - b.line || a.column - b.column);
}
