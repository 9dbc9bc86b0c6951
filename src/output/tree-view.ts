/**
 * A tree as text, a line a field (-V): names, values and what they mean, indented as the structures are. With bytes beside it
 * (-x) each line ends in the place of its bytes: the source's letter, the offset in it, and how many they are.
 */
import type { Field, Range } from "../../dissectors/wire/trace.js";
import type { Paint } from "./paint.js";
import type { Layout } from "./printer.js";
import { bitText, hasBits, isBit, labelsOf, type ShownTree, saidOf } from "./tree-text.js";
import { visible } from "./visible.js";
import { width, wrap } from "./width.js";

export interface TreeViewOptions extends Layout {
  paint: Paint;
  /** Values uncut. */
  full: boolean;
  /** Offsets beside the fields. */
  offsets: boolean;
}

/** Columns of a level; the lesser one where the deepest field would have too little room otherwise. */
const INDENT = 4;
const NARROW_INDENT = 2;
/** A GUID behind a short name. */
const ROOM = 44;
/** However deep a field is, so many columns are left for it. */
const LEAST_ROOM = 24;

/** The lines of a tree; its root is what the heading above says. */
export function treeView(tree: ShownTree, options: TreeViewOptions): string {
  const offsets = options.offsets ? offsetsOf(tree) : null;
  return new TreeLines(tree, options, offsets).all();
}

/** How the place of a range is written, and how many columns that takes. */
interface Offsets {
  columns: number;
  text(range: Range | null): string;
}

function offsetsOf(tree: ShownTree): Offsets {
  const labels = labelsOf(tree);
  const digits = tree.sources.map(({ bytes }) => offsetDigits(bytes.length));
  const text = (range: Range | null): string => {
    if (range === null) return "";
    const label = labels[range.source]!;
    const at = range.start.toString(16).padStart(digits[range.source]!, "0");
    return `${label === "" ? "" : `${label} `}${at}+${range.length}`;
  };
  let columns = 0;
  const visit = (field: Field): void => {
    columns = Math.max(columns, text(field.range).length);
    for (const child of field.children) visit(child);
  };
  visit(tree.root);
  return { columns, text };
}

/** Hex digits of an offset in a source of that length: four, or as many as are needed. */
export function offsetDigits(length: number): number {
  return Math.max(4, Math.max(0, length - 1).toString(16).length);
}

class TreeLines {
  readonly #tree: ShownTree;
  readonly #options: TreeViewOptions;
  readonly #offsets: Offsets | null;
  readonly #step: number;
  #text = "";

  constructor(tree: ShownTree, options: TreeViewOptions, offsets: Offsets | null) {
    this.#tree = tree;
    this.#options = options;
    this.#offsets = offsets;
    const deepest = Math.max(...topOf(tree.root).map(depthOf));
    const left = options.columns - (offsets?.columns ?? 0) - INDENT * deepest;
    this.#step = options.cut && left < ROOM ? NARROW_INDENT : INDENT;
  }

  all(): string {
    const { root } = this.#tree;
    const top = topOf(root);
    for (const field of top) this.#field(field, 0, null);
    if (root.note !== null && top[0] !== root) {
      this.#text += `${this.#options.paint("warn", `[${visible(root.note)}]`)}\n`;
    }
    return this.#text;
  }

  #field(field: Field, depth: number, around: Field | null): void {
    this.#line(field, depth, around);
    for (const child of field.children) {
      // A tag is of interest beside the bytes, and among them.
      if (child.prefix !== true || this.#offsets !== null) this.#field(child, depth + 1, field);
    }
  }

  #line(field: Field, depth: number, around: Field | null): void {
    const { paint, full, columns, cut } = this.#options;
    const bit = isBit(field);
    const name = visible(bit ? bitText(field, around?.value) : field.name);
    const said = bit ? "" : visible(saidOf(field, this.#tree, full));
    const isStructure = field.children.length > 0 && !hasBits(field);
    const note = field.note === null ? "" : `[${visible(field.note)}]`;
    const line = `${name}${said === "" ? "" : `: ${said}`}${note === "" ? "" : `  ${note}`}`;
    const place = this.#offsets?.text(field.range) ?? "";
    const right = this.#offsets === null ? 0 : this.#offsets.columns + 2;
    const indent = Math.min(this.#step * depth, Math.max(0, columns - right - LEAST_ROOM));
    const room = columns - right - indent;
    const lines = !cut || width(line) <= room ? [line] : bit ? parted(line, room) : hanging(line, room);
    for (const [index, piece] of lines.entries()) {
      const blanks = " ".repeat(index === 0 ? indent : indent + 2);
      const beside = index === 0 && place !== "" ? this.#beside(piece, room, place) : "";
      const shown = bit
        ? paintedBit(piece, field, paint)
        : painted(piece, index === 0, name, note, isStructure, paint);
      this.#text += `${blanks}${shown}${beside}\n`;
    }
  }

  #beside(piece: string, room: number, place: string): string {
    return `${" ".repeat(Math.max(0, room - width(piece)) + 2)}${this.#options.paint("dim", place)}`;
  }
}

/** A tree of one field is that field. */
function topOf(root: Field): readonly Field[] {
  return root.range !== null || root.children.length === 0 ? [root] : root.children;
}

function depthOf({ children }: Field): number {
  let deepest = 0;
  for (const child of children) deepest = Math.max(deepest, 1 + depthOf(child));
  return deepest;
}

/** Lines behind the first are two columns farther in. */
function hanging(text: string, room: number): string[] {
  const [first = "", ...rest] = wrap(text, room);
  if (rest.length === 0) return [first];
  return [first, ...wrap(text.slice(first.length).trimStart(), room - 2)];
}

/** The bits of a flag stay together where their name has no room beside them. */
function parted(line: string, room: number): string[] {
  const end = line.indexOf(" = ") + " =".length;
  return [...wrap(line.slice(0, end), room), ...wrap(line.slice(end + 1), room - 2)];
}

/** What is not set is only there to be seen when it is looked for. */
function paintedBit(piece: string, { value }: Field, paint: Paint): string {
  return value === false ? paint("dim", piece) : piece;
}

function painted(
  piece: string,
  first: boolean,
  name: string,
  note: string,
  isStructure: boolean,
  paint: Paint,
): string {
  const named = first && piece.startsWith(name) ? name.length : 0;
  const noted = note !== "" && piece.endsWith(note) ? piece.length - note.length : piece.length;
  const head = piece.slice(0, named);
  return (
    (isStructure ? paint("title", head) : paint("name", head)) +
    piece.slice(named, noted) +
    paint("warn", piece.slice(noted))
  );
}
