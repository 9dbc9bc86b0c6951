/**
 * Codecs that note what they read: names from the IDL, places from the reader. Put round the codecs of the interpreter when they
 * are compiled for a context whose `wrap` is `traced`; the values are those of the ordinary run.
 *
 * A referent is shown under its pointer, though it stands behind all that is in place. Not handled: what a hand-written decoder
 * reads without names is one field.
 */
import { emptyField, type Field, hull, isLeaf, type Trace, TracedReader } from "../wire/trace.js";
import type { Codec, Container, DecodeState, Key } from "./decode-state.js";
import type { NdrType } from "./types.js";

/** The fields of values that were read in place and may have referents, by what holds them. */
const places = new WeakMap<Trace, Map<Container, Map<Key, Field>>>();

function bound(trace: Trace, into: Container, key: Key): Field | undefined {
  return places.get(trace)?.get(into)?.get(key);
}

function bind(trace: Trace, into: Container, key: Key, field: Field): void {
  let all = places.get(trace);
  if (all === undefined) {
    all = new Map();
    places.set(trace, all);
  }
  let keys = all.get(into);
  if (keys === undefined) {
    keys = new Map();
    all.set(into, keys);
  }
  keys.set(key, field);
}

function nameOf(key: Key | undefined): string {
  return typeof key === "number" ? `[${key}]` : (key ?? "value");
}

/** The codec of a type, noting what it reads. */
export function traced(codec: Codec, type: NdrType): Codec {
  return type.kind === "base" || type.kind === "enum" ? tracedLeaf(codec) : tracedWhole(codec, type);
}

function tracedLeaf(codec: Codec): Codec {
  const plain = codec.leaf!;
  const noted = (state: DecodeState, name: string) => {
    const { reader } = state;
    if (!(reader instanceof TracedReader)) return plain(state);
    reader.align(codec.align);
    const start = reader.offset;
    const value = plain(state);
    if (isNamed(value)) reader.note(name, start, value.value, () => value.name ?? "");
    else reader.note(name, start, value);
    return value;
  };
  return {
    ...codec,
    leaf: (state) => noted(state, nameOf(state.keys[state.depth - 1])),
    read(state, into, key) {
      into[key] = noted(state, nameOf(key));
    },
  };
}

function isNamed(value: unknown): value is { value: number; name: string | null } {
  return value !== null && typeof value === "object" && "name" in value && "value" in value;
}

function tracedWhole(codec: Codec, type: NdrType): Codec {
  const read = (state: DecodeState, into: Container, key: Key): void => {
    const { reader } = state;
    if (reader instanceof TracedReader) {
      within(state, reader, into, key, codec, () => codec.read(state, into, key));
    } else codec.read(state, into, key);
  };
  const refs = codec.refs;
  const wrapped: Codec = {
    align: codec.align,
    dims: codec.dims,
    open: codec.open,
    read,
    refs:
      refs === null
        ? null
        : (state, into, key) => {
            const { reader } = state;
            const field = reader instanceof TracedReader ? bound(reader.trace, into, key) : undefined;
            if (field === undefined) refs(state, into, key);
            else {
              again((reader as TracedReader).trace, field, () => refs(state, into, key));
              if (type.kind !== "struct") showValue(field, into[key]);
            }
          },
  };
  if (codec.leaf !== undefined) {
    // Its holder is not known, nor is it needed: such a value has no referents.
    wrapped.leaf = (state) => {
      const box: { value?: never } = {};
      const key = state.keys[state.depth - 1];
      const { reader } = state;
      if (!(reader instanceof TracedReader)) return codec.leaf!(state);
      within(state, reader, box, key ?? "value", codec, () => codec.read(state, box, "value"), "value");
      return box.value!;
    };
  }
  return wrapped;
}

/** Opens the field of `into[key]` while `read` reads what stands in place. */
function within(
  state: DecodeState,
  reader: TracedReader,
  into: Container,
  key: Key,
  codec: Codec,
  read: () => void,
  at: Key = key,
): void {
  const { trace } = reader;
  const level = trace.level;
  const outer = trace.current;
  // A referent whose pointer has the same place: both are one field.
  const merged = bound(trace, into, key) === outer;
  const counts = codec.dims > 0 && !merged ? hoisted(outer, codec.dims) : [];
  const field = merged ? outer : trace.open(nameOf(key));
  if (!merged) {
    field.children.push(...counts);
    bind(trace, into, key, field);
  }
  const before = field.children.length;
  const start = aligned(reader, codec.align);
  try {
    read();
  } catch (fault) {
    field.note ??= fault instanceof Error ? fault.message : null;
    throw fault;
  } finally {
    const end = state.reader === reader ? reader.offset : start;
    if (field.children.length === before && end > start) {
      const whole = { source: reader.source, start, length: end - start };
      if (before === 0) field.range = whole;
      else field.children.push({ ...emptyField("value"), value: into[at], range: whole });
    }
    const only = field.children.length === 1 ? field.children[0]! : null;
    if (only !== null && only.name === "elements") {
      field.children = [];
      field.range = only.range;
    }
    field.range ??= hull(field.children);
    trace.close(level);
    showValue(field, into[at]);
  }
}

/** The maximum counts of a construct, which stand in front of the structure around it. */
function hoisted(outer: Field, dims: number): Field[] {
  const { children } = outer;
  let first = children.length;
  while (first > 0 && children.length - first < dims && children[first - 1]!.name === "max_count") first--;
  return children.splice(first);
}

function aligned(reader: TracedReader, align: number): number {
  const over = (reader.offset - reader.origin) % align;
  return Math.min(over === 0 ? reader.offset : reader.offset + align - over, reader.end);
}

function again(trace: Trace, field: Field, read: () => void): void {
  const level = trace.level;
  trace.reopen(field);
  try {
    read();
  } finally {
    trace.close(level);
  }
}

/** A value without parts of its own is that of the field, whatever the field was put together from. */
function showValue(field: Field, value: unknown): void {
  if (value === undefined || field.value !== null) return;
  if (value === null) {
    if (!isLeaf(field)) field.show ??= "NULL";
  } else if (typeof value !== "object") field.value = value;
}
