/**
 * What the parser makes of files, as text: with it the shipped descriptions are read without being parsed. The form is this
 * project's own: JSON, and beside it what JSON cannot say, by places. Only these places are gone through when it is read.
 */
import type { FileSyntax, IdlFile } from "./syntax.js";

/** What stands in a place is an integer of C, a set. A number: it is what was met before under that number. */
const INTEGER = "i";
const SET = "s";
type Mark = number | typeof INTEGER | typeof SET | Marks;

/** Marks of the parts of a value, by their names or places; and of the value itself. */
interface Marks {
  in: { [name: string]: Mark };
  /** It stands in several places, and is to be known under this number. */
  is?: number;
  /** A map. */
  map?: true;
}

type Parts = { [name: string]: unknown };

/** A value for JSON, with its marks. */
interface Spelled {
  plain: unknown;
  marks: Mark | null;
}

/** Files as text. What `file` of each holds is not written. */
export function spellSyntax(files: readonly FileSyntax[]): string {
  const spelled = files.map(({ file: _, ...syntax }) => spell(syntax, sharedIn(syntax), new Map()));
  return JSON.stringify(spelled);
}

/** The objects that stand in several places. */
function sharedIn(value: unknown, met = new Set<object>(), shared = new Set<object>()): Set<object> {
  if (value === null || typeof value !== "object") return shared;
  if (met.has(value)) shared.add(value);
  else {
    met.add(value);
    const parts = value instanceof Map ? value.values() : Object.values(value);
    for (const part of parts) sharedIn(part, met, shared);
  }
  return shared;
}

function spell(value: unknown, shared: ReadonlySet<object>, numbers: Map<object, number>): Spelled {
  if (typeof value === "bigint") return { plain: `${value}`, marks: INTEGER };
  if (value === null || typeof value !== "object") return { plain: value, marks: null };
  if (value instanceof Set) return { plain: [...value], marks: SET };
  // Nobody adds to a list of the syntax.
  if (Array.isArray(value) && value.length === 0) return { plain: value, marks: null };
  const same = numbers.get(value);
  if (same !== undefined) return { plain: 0, marks: same };
  const marks: Marks = { in: {} };
  if (shared.has(value)) {
    marks.is = numbers.size;
    numbers.set(value, marks.is);
  }
  if (value instanceof Map) marks.map = true;
  const plain: Parts = {};
  for (const [name, part] of value instanceof Map ? value : Object.entries(value)) {
    const inside = spell(part, shared, numbers);
    plain[name] = inside.plain;
    if (inside.marks !== null) marks.in[name] = inside.marks;
  }
  const isPlain = Object.keys(marks).length === 1 && Object.keys(marks.in).length === 0;
  return { plain: Array.isArray(value) ? Object.values(plain) : plain, marks: isPlain ? null : marks };
}

/** The syntax of files, in their order, out of what `spellSyntax` wrote of them. */
export function readSyntax(text: string, files: readonly IdlFile[]): FileSyntax[] {
  const spelled = JSON.parse(text) as { plain: Omit<FileSyntax, "file">; marks: Marks }[];
  return files.map((file, i) => {
    const { plain, marks } = spelled[i]!;
    mend(plain as unknown as Parts, marks.in, []);
    return { file, ...plain };
  });
}

/** Puts right, in place, what JSON cannot say. */
function mend(value: Parts, marks: Marks["in"], shared: unknown[]): void {
  for (const name in marks) {
    const mark = marks[name]!;
    const part = value[name];
    if (typeof mark === "number") value[name] = shared[mark];
    else if (mark === INTEGER) value[name] = BigInt(part as string);
    else if (mark === SET) value[name] = new Set(part as string[]);
    else {
      if (mark.is !== undefined) shared[mark.is] = part;
      mend(part as Parts, mark.in, shared);
      if (mark.map === true) value[name] = new Map(Object.entries(part as Parts));
    }
  }
}
