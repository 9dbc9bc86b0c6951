/**
 * IDL, as the specifications print it, to type descriptions. [C706] chapter 4 and MIDL's extensions. Pure: files come
 * in as text, imports through a function.
 *
 * Not handled: ACF files, `#include` of anything but declarations, pipes (declared, not decoded), bit-fields.
 */

import type { Library, NdrType } from "../ndr/types.js";
import { type Builder, createBuilder } from "./build.js";
import { buildCoclasses, buildInterfaces } from "./interfaces.js";
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
  const interfaces = buildInterfaces(builder);
  const coclasses = buildCoclasses(builder);
  const types = new LazyMap<NdrType>(typeSources(builder));
  const constants = new LazyMap<bigint | string>(constantSources(builder));
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
  };
}

type Sources<T> = Map<string, () => T | null>;

function typeSources(b: Builder): Sources<NdrType> {
  const sources: Sources<NdrType> = new Map();
  for (const file of b.world.files) {
    for (const [name, entries] of file.typedefs) {
      if (sources.has(name)) continue;
      sources.set(name, () => {
        const entry = entries.at(-1)!;
        return describe(b, file, { spec: "name", name, pos: entry.pos + 1 }, entry.scope);
      });
    }
    for (const [key, entries] of file.tags) {
      const tag = key.slice(key.indexOf(" ") + 1);
      if (!sources.has(tag)) sources.set(tag, () => describe(b, file, entries.at(-1)!.spec, FILE_SCOPE));
    }
  }
  return sources;
}

function describe(b: Builder, file: FileSyntax, spec: TypeSpec, scope: Scope): NdrType {
  const type = b.type(file, { attributes: [], spec, declarator: NO_PARTS }, scope, "embedded", null);
  b.finish();
  return type;
}

function constantSources(b: Builder): Sources<bigint | string> {
  const sources: Sources<bigint | string> = new Map();
  for (const file of b.world.files) {
    for (const [name, entries] of file.constants) {
      if (!sources.has(name)) sources.set(name, () => b.constants.named({ entry: entries.at(-1)!, file }));
    }
    for (const [name, { value }] of file.macros) {
      if (value !== null && !sources.has(name)) sources.set(name, () => b.constants.fold(value, file));
    }
  }
  return sources;
}

/** A map whose values are made when they are first asked for. Names that turn out to have no value are not in it. */
class LazyMap<T> implements ReadonlyMap<string, T> {
  readonly #sources: Sources<T>;
  readonly #values = new Map<string, T>();

  constructor(sources: Sources<T>) {
    this.#sources = sources;
  }

  get(name: string): T | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const value = this.#sources.get(name)?.() ?? null;
    this.#sources.delete(name);
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
