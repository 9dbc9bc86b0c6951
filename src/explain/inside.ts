/**
 * What stands inside of values that are bytes to NDR: security descriptors, SIDs, CIM objects, lists of services. Whoever says
 * what they mean (dissectors/readable) reads them again, from where they stand, and its fields hang below the value's.
 *
 * Not handled: CIM instances whose class another call brought.
 */
import { type OpenBytes, opened } from "../../dissectors/readable/opened.js";
import type { Meanings } from "../../dissectors/readable/plan.js";
import { hex } from "../../dissectors/wire/guid.js";
import { type Field, isLeaf, type Range, type Trace, TracedReader } from "../../dissectors/wire/trace.js";
import { fillGaps } from "./gaps.js";

/**
 * Adds to the fields of `stub`, whose bytes are those of the source. `read` reads all meanings of the stub's values, and opens
 * bytes with what it is given. Where bytes were read to their end, what is left out of them is what nothing in them refers to;
 * where they have no meaning after all, they stay the run that they were.
 */
export function addInside(
  trace: Trace,
  stub: Field,
  source: number,
  read: (open: OpenBytes) => Meanings | null,
): void {
  const { bytes } = trace.sources[source]!;
  const { level } = trace;
  const fields = byPath(stub);
  const filled: { path: string; leaf: Field; range: Range; value: unknown }[] = [];
  const meanings = read((digits, bound, path) => {
    trace.close(level);
    const at = fields.get(path);
    const leaf = at === undefined ? null : leafOf(at, digits, source, bytes);
    if (leaf === null) return opened(digits, bound, path);
    const { start, length } = leaf.range!;
    filled.push({ path, leaf, range: leaf.range!, value: leaf.value });
    leaf.value = null;
    trace.reopen(leaf);
    return new TracedReader(trace, source, bytes, true, start, start + length, bound, start);
  });
  trace.close(level);
  for (const { path, leaf, range, value } of filled) {
    if (meanings?.values[path] === undefined || isLeaf(leaf)) {
      leaf.children = [];
      leaf.value = value;
    } else if (meanings.incomplete === null && leaf.note === null) {
      fillGaps(leaf, range, bytes, "unreferenced");
    }
  }
}

/** Fields by the paths that values have in the call log. */
function byPath(stub: Field): Map<string, Field> {
  const found = new Map<string, Field>();
  const visit = (field: Field, path: string): void => {
    found.set(path, field);
    for (const child of field.children) {
      visit(child, child.name.startsWith("[") ? path + child.name : `${path}.${child.name}`);
    }
  };
  for (const child of stub.children) visit(child, child.name);
  return found;
}

/** The first field without parts whose bytes these are. */
function leafOf(field: Field, digits: string, source: number, bytes: Uint8Array): Field | null {
  const { range } = field;
  if (isLeaf(field)) {
    if (range === null || range.source !== source || 2 * range.length !== digits.length) return null;
    return hex(bytes.subarray(range.start, range.start + range.length)) === digits ? field : null;
  }
  for (const child of field.children) {
    const found = leafOf(child, digits, source, bytes);
    if (found !== null) return found;
  }
  return null;
}
