/**
 * IDL, as the specifications print it, to type descriptions. [C706] chapter 4 and MIDL's extensions. Pure: files come
 * in as text, imports through a function.
 *
 * Not handled: ACF files, `#include` of anything but declarations, pipes (declared, not decoded), bit-fields.
 */

import type { Library, NdrType } from "../ndr/types.js";
import { createBuilder } from "./build.js";
import { buildCoclasses, buildInterfaces } from "./interfaces.js";
import { openWorld } from "./scope.js";
import type { IdlFile, IdlProblem } from "./syntax.js";

export type { IdlFile, IdlProblem } from "./syntax.js";

const FILE_SCOPE = { pointerDefault: "unique", msUnion: false } as const;
const NO_PARTS = { name: "", pos: Number.MAX_SAFE_INTEGER, parts: [] };

/**
 * Reads `files` and what they import. An import is looked for among the files by its last part, whatever the case, and
 * then asked of `resolveImport`; one that nobody has is a warning. Never throws: what cannot be read is in `problems`,
 * in the order of files and lines, and costs its declaration only. Of several declarations of one type or constant the
 * first file's counts in the library; each file itself uses its own.
 */
export function readIdl(
  files: IdlFile[],
  resolveImport: (name: string) => IdlFile | null,
): { library: Library; problems: IdlProblem[] } {
  const world = openWorld(files, resolveImport);
  const builder = createBuilder(world);
  const interfaces = buildInterfaces(builder);
  const coclasses = buildCoclasses(builder);
  const types = new Map<string, NdrType>();
  const constants = new Map<string, bigint | string>();
  for (const file of world.files) {
    for (const [name, entries] of file.typedefs) {
      if (types.has(name)) continue;
      const entry = entries.at(-1)!;
      const spec = { spec: "name", name, pos: entry.pos + 1 } as const;
      const d = { attributes: [], spec, declarator: NO_PARTS };
      types.set(name, builder.type(file, d, entry.scope, "embedded", null));
    }
    for (const [key, entries] of file.tags) {
      const { spec } = entries.at(-1)!;
      if (types.has(spec.tag)) continue;
      const d = { attributes: [], spec, declarator: NO_PARTS };
      types.set(key.slice(key.indexOf(" ") + 1), builder.type(file, d, FILE_SCOPE, "embedded", null));
    }
    for (const [name, entries] of file.constants) {
      if (constants.has(name)) continue;
      const value = builder.constants.named({ entry: entries.at(-1)!, file });
      if (value !== null) constants.set(name, value);
    }
    for (const [name, macro] of file.macros) {
      if (constants.has(name) || macro.value === null) continue;
      const value = builder.constants.fold(macro.value, file);
      if (value !== null) constants.set(name, value);
    }
  }
  builder.finish();
  return { library: { interfaces, coclasses, types, constants }, problems: inOrder(world.problems, files) };
}

function inOrder(problems: IdlProblem[], files: IdlFile[]): IdlProblem[] {
  const rank = new Map(files.map((f, i) => [f.name, i] as const));
  const of = (p: IdlProblem): number => rank.get(p.file) ?? files.length;
  return problems.sort((a, b) => of(a) - of(b) || a.line - b.line || a.column - b.column);
}
