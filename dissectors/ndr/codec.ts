/**
 * What a compiled type is: closures that read it in one transfer syntax. [C706] 14.3. The kinds of types are in
 * the files beside this one; compile.ts puts them together.
 */
import { unsupported } from "../wire/errors.js";
import type { Codec, Container, DecodeState, Key, Native, Syntax } from "./decode-state.js";
import type { Value } from "./decoded.js";
import type { Field, NdrType } from "./types.js";

export interface Compiler {
  syntax: Syntax;
  natives: ReadonlyMap<string, Native>;
  /** Put round every codec. */
  wrap(codec: Codec, type: NdrType): Codec;
  codec(type: NdrType): Codec;
}

/** Reads a whole value at the top level or as a referent: counts, what stands in place, then the referents. */
export function readWhole(state: DecodeState, codec: Codec, into: Container, key: Key): void {
  if (codec.dims > 0) state.hoist(codec.dims);
  codec.read(state, into, key);
  if (codec.refs !== null) codec.refs(state, into, key);
}

/** The same for what a pointer points to. */
export function readReferent(state: DecodeState, codec: Codec, into: Container, key: Key): void {
  const at = state.pendingAt;
  const base = state.descend();
  readWhole(state, codec, into, key);
  state.ascend(at, base);
}

/** A codec for values without parts. */
export function fromLeaf(align: number, leaf: (state: DecodeState) => Value): Codec {
  const read = (state: DecodeState, into: Container, key: Key): void => {
    into[key] = leaf(state);
  };
  return { align, dims: 0, open: false, read, leaf, refs: null };
}

/** A codec for what cannot be decoded: reading it fails as unsupported. */
export function failing(reason: string): Codec {
  return {
    align: 1,
    dims: 0,
    open: false,
    read(state) {
      throw unsupported(reason, state.reader.offset);
    },
    refs: null,
  };
}

/** A field of a structure, or an arm of a union. */
export interface Member {
  name: string;
  codec: Codec;
}

/** An `[ignore]` pointer: its place is there, its referent is not. */
function ignored(c: Compiler): Codec {
  const size = c.syntax === "ndr64" ? 8 : 4;
  return fromLeaf(size, (state) => {
    state.reader.align(size);
    state.reader.skip(size);
    return null;
  });
}

export function member(c: Compiler, f: Field): Member {
  return { name: f.name, codec: f.ignore === true ? c.wrap(ignored(c), f.type) : c.codec(f.type) };
}
