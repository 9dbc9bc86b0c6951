/**
 * What `sizeof` gives in an expression: C's size with its alignment, on a 32-bit machine, as MIDL's default has it.
 * Nothing on the wire is measured with it.
 */

import type { BaseName } from "../ndr/types.js";
import { type Core, type Declaration, type Located, splitDeclarator } from "./levels.js";
import type { World } from "./scope.js";
import type { Declared, FileSyntax, StructSpec } from "./syntax.js";
import { NO_ATTRIBUTES } from "./syntax.js";

interface Layout {
  size: number;
  align: number;
}

/** Structures that may lie within one another. */
const MAX_DEPTH = 32;
const WORD: Layout = { size: 4, align: 4 };

const C_SIZES: { readonly [K in BaseName]: number } = {
  boolean: 1,
  byte: 1,
  char: 1,
  wchar: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  int3264: 4,
  uint3264: 4,
  float: 4,
  double: 8,
  error_status: 4,
};

/** A function that measures declarations; null where a size cannot be known. `bound` folds the bounds of arrays. */
export function createSizeOf(
  world: World,
  bound: (l: Located) => bigint | string | null,
): (d: Declared, file: FileSyntax) => number | null {
  const known = new Map<StructSpec, Layout | null>();

  function layout(t: Declaration, depth: number): Layout | null {
    let times = 1;
    for (const level of t.levels) {
      if (level.kind === "pointer") return { size: WORD.size * times, align: WORD.align };
      const n = level.bound === null ? null : bound(level.bound);
      if (typeof n !== "bigint") return null;
      times *= Number(n);
    }
    const one = ofCore(t.core, depth);
    return one === null ? null : { size: one.size * times, align: one.align };
  }

  function ofCore(core: Core, depth: number): Layout | null {
    switch (core.core) {
      case "base": {
        const size = C_SIZES[core.spec.base];
        return { size, align: size };
      }
      case "native":
        return core.native === "GUID" ? { size: 16, align: 4 } : WORD;
      case "enum":
      case "context":
      case "interface":
        return WORD;
      case "struct":
        return ofStruct(core.spec, core.file, depth);
      default:
        return null;
    }
  }

  function ofStruct(spec: StructSpec, file: FileSyntax, depth: number): Layout | null {
    const measured = known.get(spec);
    if (measured !== undefined) return measured;
    // A structure that contains itself has no size.
    known.set(spec, null);
    let size = 0;
    let align = 1;
    for (const f of spec.fields) {
      const t = splitDeclarator(world, file, f.attributes, f.spec, f.declarator);
      const part = depth < MAX_DEPTH ? layout(t, depth + 1) : null;
      if (part === null) return null;
      size = Math.ceil(size / part.align) * part.align + part.size;
      align = Math.max(align, part.align);
    }
    const whole = { size: Math.ceil(size / align) * align, align };
    known.set(spec, whole);
    return whole;
  }

  return (d, file) => {
    const size = layout(splitDeclarator(world, file, NO_ATTRIBUTES, d.spec, d.declarator), 0)?.size ?? null;
    return size !== null && Number.isSafeInteger(size) ? size : null;
  };
}
