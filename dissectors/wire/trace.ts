/**
 * Names and places: a reader that notes what is read under which name, from which bytes. What it notes becomes a tree of
 * fields over the sources that they were read from. Loaded only where a tree is asked for; imported by ndr/traced.ts and
 * src/explain/ alone.
 *
 * Not handled here: how a tree is drawn, and what makes up the bytes of a source (its pieces are given by who adds it).
 */
import { WireError } from "./errors.js";
import { CAPTURED, type Flag, Reader, type Show } from "./reader.js";

/** A field of the wire, or a structure of fields. */
export interface Field {
  /** The specification's name; of an element `[n]`. */
  name: string;
  /** The value's name (of an enumeration, a code), or null where the value speaks for itself. */
  show: string | null;
  /** The value as it was read; null of what has parts. */
  value: unknown;
  /** Its bytes: of a structure, those from its first field to its last; null where it has none of its own. */
  range: Range | null;
  children: Field[];
  /** What must be said of it: cut, sealed, guessed. */
  note: string | null;
  /** Of one flag among the bits of its parent: which bits. */
  mask?: number;
  /** Only says what stands behind it and how long that is, as a tag of [X690] does: of interest among the bytes, not by itself. */
  prefix?: true;
}

/** Bytes of a source. */
export interface Range {
  /** Into `Tree.sources`. */
  source: number;
  start: number;
  length: number;
}

/** Bytes that fields were read from. */
export interface Source {
  name: string;
  kind: "frame" | "datagram" | "pdu" | "stub" | "opened" | "token" | "text";
  bytes: Uint8Array;
  /** What it was put together from, in order; none of a frame. */
  pieces: Piece[];
}

/** Bytes of a source that stand one behind another in another source, or in a frame of the capture. */
export interface Piece {
  /** In the source whose piece it is. */
  start: number;
  length: number;
  /** The source it comes from, or the frame (from 1), and the offset there. */
  from: number | { frame: number };
  at: number;
  /** The other holds them enciphered. */
  sealed: boolean;
}

export interface Tree {
  root: Field;
  sources: Source[];
}

/** Where bytes stand in the capture: offset and length in a frame. */
export interface Place {
  frame: number;
  at: number;
  length: number;
  /** The frame holds ciphertext there. */
  sealed: boolean;
}

/** Fields that one trace notes; of what comes beyond only the bytes are known. */
const MAX_FIELDS = 20_000;

/** The places in frames of the bytes of a range, in its order; several where they are split. Of what has no frame, none. */
export function where(tree: Tree, range: Range): Place[] {
  const places: Place[] = [];
  const down = (index: number, start: number, end: number, sealed: boolean): void => {
    const source = tree.sources[index];
    if (source === undefined) return;
    for (const piece of source.pieces) {
      const from = Math.max(start, piece.start);
      const to = Math.min(end, piece.start + piece.length);
      if (from >= to) continue;
      const at = piece.at + from - piece.start;
      const hidden = sealed || piece.sealed;
      if (typeof piece.from === "number") down(piece.from, at, at + to - from, hidden);
      else places.push({ frame: piece.from.frame, at, length: to - from, sealed: hidden });
    }
  };
  down(range.source, range.start, range.start + range.length, false);
  return places;
}

/** A field that has no bytes of its own yet. */
export function emptyField(name: string): Field {
  return { name, show: null, value: null, range: null, children: [], note: null };
}

/** Whether the field is read as a whole: it has no parts, or only its bits. */
export function isLeaf(field: Field): boolean {
  return field.children.length === 0 || field.children[0]!.mask !== undefined;
}

/** The smallest range that holds all parts which stand in the same source as the first. */
export function hull(children: readonly Field[]): Range | null {
  let found: Range | null = null;
  for (const { range } of children) {
    if (range === null) continue;
    if (found === null) found = { ...range };
    else if (found.source === range.source) {
      const end = Math.max(found.start + found.length, range.start + range.length);
      found.start = Math.min(found.start, range.start);
      found.length = end - found.start;
    }
  }
  return found;
}

/** What is being noted. */
export class Trace {
  readonly sources: Source[] = [];
  readonly #open: Field[];
  #left = MAX_FIELDS;

  constructor(root: Field) {
    this.#open = [root];
  }

  /** The structure whose parts are being read. */
  get current(): Field {
    return this.#open[this.#open.length - 1]!;
  }

  /** How many structures are open: what `close` goes back to. */
  get level(): number {
    return this.#open.length;
  }

  /** Makes room for the fields of another PDU. */
  renew(): void {
    this.#left = MAX_FIELDS;
  }

  addSource(source: Source): number {
    return this.sources.push(source) - 1;
  }

  /** A reader over a source, from its first byte. */
  reader(source: number, littleEndian = true, bound: string = CAPTURED): TracedReader {
    const { bytes } = this.sources[source]!;
    return new TracedReader(this, source, bytes, littleEndian, 0, bytes.length, bound, 0);
  }

  /** Opens a structure below the one that is open; `reopen` one that was read before. */
  open(name: string): Field {
    const field = emptyField(name);
    if (this.#take()) this.current.children.push(field);
    this.#open.push(field);
    return field;
  }

  reopen(field: Field): void {
    this.#open.push(field);
  }

  /** Closes what was opened at `level` and everything inside. */
  close(level: number): void {
    while (this.#open.length > level) {
      const field = this.#open.pop()!;
      if (!isLeaf(field)) field.range ??= hull(field.children);
    }
  }

  /** An element of a list that is named `[]` gets its place in the list. */
  leaf<V>(name: string, range: Range, value: V, show?: Show<V>): Field | null {
    if (!this.#take()) return null;
    const { children } = this.current;
    const shown = show === undefined ? null : show(value);
    const field: Field = { ...emptyField(name === "[]" ? `[${children.length}]` : name), value, range };
    if (typeof shown === "string") field.show = shown;
    else if (shown !== null) field.children = shown.map((flag) => bit(flag, range));
    children.push(field);
    return field;
  }

  #take(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.current.note ??= `more than ${MAX_FIELDS} fields: the rest is shown as bytes`;
    return false;
  }
}

function bit({ name, mask, set, show }: Flag, range: Range): Field {
  return { ...emptyField(name), value: set, show: show ?? (set ? "set" : "not set"), range, mask };
}

/** What of the bytes from `start` to `end` no field has, as [start, end) in their order. */
export function gaps(
  children: readonly Field[],
  source: number,
  start: number,
  end: number,
): [number, number][] {
  const taken = children
    .flatMap(({ range }) => (range !== null && range.source === source ? [range] : []))
    .sort((a, b) => a.start - b.start);
  const found: [number, number][] = [];
  let at = start;
  for (const range of taken) {
    if (range.start >= end) break;
    if (range.start > at) found.push([at, range.start]);
    at = Math.max(at, range.start + range.length);
  }
  if (at < end) found.push([at, end]);
  return found;
}

/** Notes every read that has a name. */
export class TracedReader extends Reader {
  readonly trace: Trace;
  readonly source: number;

  constructor(
    trace: Trace,
    source: number,
    data: Uint8Array,
    littleEndian: boolean,
    start: number,
    end: number,
    bound: string,
    origin: number,
  ) {
    super(data, littleEndian, start, end, bound, origin);
    this.trace = trace;
    this.source = source;
  }

  rangeFrom(start: number): Range {
    return { source: this.source, start, length: this.offset - start };
  }

  override note<V>(field: string | undefined, start: number, value: V, show?: Show<V>): void {
    if (field !== undefined) this.trace.leaf(field, this.rangeFrom(start), value, show);
  }

  override noteAt<V>(field: string | undefined, start: number, end: number, value: V, show?: Show<V>): void {
    if (field === undefined || end < start) return;
    this.trace.leaf(field, { source: this.source, start, length: end - start }, value, show);
  }

  override prefixAt<V>(name: string, start: number, end: number, value: V, show?: Show<V>): void {
    if (end <= start) return;
    const field = this.trace.leaf(name, { source: this.source, start, length: end - start }, value, show);
    if (field !== null) field.prefix = true;
  }

  override unread(field: string, start: number, end: number): void {
    for (const [from, to] of gaps(this.trace.current.children, this.source, start, end)) {
      this.noteAt(field, from, to, this.data.subarray(from, to));
    }
  }

  override also<C>(read: (r: Reader, context: C) => void, context: C): void {
    const { level, current } = this.trace;
    try {
      read(this.fork(), context);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      current.note ??= fault.message;
    } finally {
      this.trace.close(level);
    }
  }

  override u8(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.u8();
    this.note(field, start, value, show);
    return value;
  }

  override i8(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.i8();
    this.note(field, start, value, show);
    return value;
  }

  override u16(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.u16();
    this.note(field, start, value, show);
    return value;
  }

  override i16(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.i16();
    this.note(field, start, value, show);
    return value;
  }

  override u32(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.u32();
    this.note(field, start, value, show);
    return value;
  }

  override i32(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.i32();
    this.note(field, start, value, show);
    return value;
  }

  override u64(field?: string, show?: Show<bigint>): bigint {
    const start = this.offset;
    const value = super.u64();
    this.note(field, start, value, show);
    return value;
  }

  override i64(field?: string, show?: Show<bigint>): bigint {
    const start = this.offset;
    const value = super.i64();
    this.note(field, start, value, show);
    return value;
  }

  override f32(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.f32();
    this.note(field, start, value, show);
    return value;
  }

  override f64(field?: string, show?: Show<number>): number {
    const start = this.offset;
    const value = super.f64();
    this.note(field, start, value, show);
    return value;
  }

  override bytes(n: number, field?: string, show?: Show<Uint8Array>): Uint8Array {
    const start = this.offset;
    const value = super.bytes(n);
    if (n > 0) this.note(field, start, value, show);
    return value;
  }

  override skip(n: number, field?: string): void {
    const start = this.offset;
    super.skip(n);
    if (n > 0) this.note(field, start, this.data.subarray(start, this.offset));
  }

  override window(n: number, bound: string, littleEndian = this.littleEndian): Reader {
    const { start, end } = { start: this.offset, end: this.offset + n };
    super.skip(n);
    return this.#over(start, end, bound, littleEndian, start);
  }

  override windowAtMost(n: number, bound: string, littleEndian = this.littleEndian): Reader {
    if (n <= this.left) return this.window(n, bound, littleEndian);
    return this.#over(this.offset, this.end, this.bound, littleEndian, this.offset);
  }

  override over(start: number, end: number, bound: string, littleEndian = this.littleEndian): Reader {
    // The plain reader has the say on what is outside.
    super.over(start, end, bound, littleEndian);
    return this.#over(start, end, bound, littleEndian, start);
  }

  override fork(): Reader {
    const same = this.#over(this.offset, this.end, this.bound, this.littleEndian, this.origin);
    return same;
  }

  #over(start: number, end: number, bound: string, littleEndian: boolean, origin: number): TracedReader {
    return new TracedReader(this.trace, this.source, this.data, littleEndian, start, end, bound, origin);
  }

  override part<T, C>(name: string, read: (r: Reader, context: C) => T, context: C): T {
    const { trace } = this;
    const level = trace.level;
    const start = this.offset;
    const field = trace.open(name);
    try {
      return read(this, context);
    } catch (fault) {
      field.note ??= fault instanceof Error ? fault.message : null;
      throw fault;
    } finally {
      trace.close(level);
      if (isLeaf(field) && this.offset > start) field.range ??= this.rangeFrom(start);
    }
  }

  override enter(name: string, index?: number): number {
    const { level } = this.trace;
    this.trace.open(index === undefined ? name : `${name}[${index}]`);
    return level;
  }

  override leave(level = this.trace.level - 1): void {
    this.trace.close(level);
  }

  override level(): number {
    return this.trace.level;
  }

  override mark(): number {
    return this.trace.current.children.length;
  }

  override forget(from: number, to?: number): void {
    const { children } = this.trace.current;
    children.splice(from, (to ?? children.length) - from);
  }
}
