/**
 * What no field covers: padding, where it is less than what alignment takes, else bytes that nothing here describes. Every byte
 * of a source that is read whole belongs to a field then.
 */
import { emptyField, type Field, isLeaf, type Range } from "../../dissectors/wire/trace.js";

/** Alignment leaves at most so many bytes. */
const LONGEST_PADDING = 7;

/**
 * Adds fields for the bytes of `range` that the leaves below `root` leave out, and puts all parts in the order of their bytes.
 * `what`: the name of those that are more than padding.
 */
export function fillGaps(root: Field, range: Range, bytes: Uint8Array, what = "undecoded"): void {
  const covered: Range[] = [];
  leaves(root, range.source, covered);
  covered.sort((a, b) => a.start - b.start);
  let at = range.start;
  const end = range.start + range.length;
  const missing: [number, number][] = [];
  for (const { start, length } of covered) {
    if (start >= end) break;
    if (start > at) missing.push([at, start]);
    at = Math.max(at, start + length);
  }
  if (at < end) missing.push([at, end]);
  for (const [from, to] of missing) {
    const gap = { source: range.source, start: from, length: to - from };
    const name = gap.length <= LONGEST_PADDING ? "padding" : what;
    const holder = holderOf(root, gap);
    const value = bytes.subarray(from, to);
    holder.children.push({ ...emptyField(name), value, range: gap });
  }
  sortParts(root);
}

function leaves(field: Field, source: number, into: Range[]): void {
  if (isLeaf(field)) {
    if (field.range !== null && field.range.source === source && field.range.length > 0)
      into.push(field.range);
    return;
  }
  for (const child of field.children) leaves(child, source, into);
}

/** The innermost structure whose own bytes go on around the gap. */
function holderOf(field: Field, gap: Range): Field {
  for (const child of field.children) {
    if (isLeaf(child) || child.range === null || child.range.source !== gap.source) continue;
    const { start, length } = child.range;
    if (start < gap.start && gap.start + gap.length < start + length) return holderOf(child, gap);
  }
  return field;
}

function sortParts(field: Field): void {
  if (isLeaf(field)) return;
  const place = (child: Field, index: number): [number, number, number] => [
    child.range?.source ?? -1,
    child.range?.start ?? -1,
    index,
  ];
  const source = field.children.find((child) => child.range !== null)?.range?.source;
  const together = field.children.every((child) => child.range === null || child.range.source === source);
  if (together && source !== undefined) {
    const keyed = field.children.map((child, index) => ({ child, key: place(child, index) }));
    keyed.sort((a, b) => a.key[1] - b.key[1] || a.key[2] - b.key[2]);
    field.children = keyed.map(({ child }) => child);
  }
  for (const child of field.children) sortParts(child);
}
