/** Reads bytes with names and places, for tests. */
import type { Reader } from "../../dissectors/wire/reader.js";
import { emptyField, type Field, isLeaf, Trace } from "../../dissectors/wire/trace.js";

/** What `read` notes of `bytes`, below a root of that name. Faults are the caller's. */
export function tracedOf(bytes: Uint8Array, read: (r: Reader) => void, littleEndian = true): Field {
  const root = emptyField("root");
  const trace = new Trace(root);
  trace.addSource({ name: "bytes", kind: "frame", bytes, pieces: [] });
  read(trace.reader(0, littleEndian));
  return root;
}

/** `name start+length value`, a line a field in the order of their bytes; tags and lengths are left out. */
export function linesOf(field: Field, depth = 0): string[] {
  if (field.prefix === true) return [];
  const place = field.range === null ? "" : ` ${field.range.start}+${field.range.length}`;
  const value = isLeaf(field) ? ` ${field.show ?? valueText(field.value)}` : "";
  const children = isLeaf(field)
    ? []
    : [...field.children].sort((a, b) => (a.range?.start ?? 0) - (b.range?.start ?? 0));
  return [
    `${"  ".repeat(depth)}${field.name}${place}${value}`,
    ...children.flatMap((child) => linesOf(child, depth + 1)),
  ];
}

function valueText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);
}

/** Leaves by their bytes, each once. */
export function leavesOf(field: Field): Field[] {
  return isLeaf(field) ? [field] : field.children.flatMap(leavesOf);
}

/** Bytes from `start` to `end` that no leaf has, as [start, end). */
export function uncovered(field: Field, start: number, end: number): [number, number][] {
  const ranges = leavesOf(field).flatMap(({ range }) => (range === null ? [] : [range]));
  ranges.sort((a, b) => a.start - b.start);
  const found: [number, number][] = [];
  let at = start;
  for (const range of ranges) {
    if (range.start > at && at < end) found.push([at, Math.min(range.start, end)]);
    at = Math.max(at, range.start + range.length);
  }
  if (at < end) found.push([at, end]);
  return found;
}

/** Whether every range lies inside of `size` bytes. */
export function insideOf(field: Field, size: number): boolean {
  const { range } = field;
  if (range !== null && (range.start < 0 || range.length < 0 || range.start + range.length > size))
    return false;
  return field.children.every((child) => insideOf(child, size));
}
