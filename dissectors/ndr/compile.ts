/**
 * Turns a type description into a codec. [C706] chapter 14, [MS-RPCE] 2.2.4 and 2.2.5. Done once for each type and
 * syntax; pointers are compiled when first followed, so that types may be cyclic.
 *
 * Not handled: pipes, transmit_as and represent_as (reported as unsupported).
 */
import { readGuid } from "../wire/guid.js";
import { compileArray } from "./array.js";
import { type Compiler, failing, fromLeaf, member } from "./codec.js";
import type { Codec, Container, DecodeState, Key, Native, Syntax } from "./decode-state.js";
import type { Value } from "./decoded.js";
import { follow, linkOf, listReferents } from "./linked-list.js";
import { compileInterfacePointer, compileNative, compilePointer } from "./pointer.js";
import { enumLeaf, primitive } from "./primitive.js";
import type { EnumType, NdrType, StructType } from "./types.js";
import { compileUnion } from "./union.js";

/** A compiler with its memory of what it compiled. */
export function makeCompiler(
  syntax: Syntax,
  natives: ReadonlyMap<string, Native>,
  wrap: (codec: Codec, type: NdrType) => Codec = same,
): Compiler {
  const memo = new WeakMap<NdrType, Codec>();
  const busy = new Set<NdrType>();
  const compiler: Compiler = {
    syntax,
    natives,
    wrap,
    codec(type) {
      const known = memo.get(type);
      if (known !== undefined) return known;
      if (busy.has(type)) return failing("a type that contains itself without a pointer");
      busy.add(type);
      const made = wrap(compile(compiler, type), type);
      busy.delete(type);
      memo.set(type, made);
      return made;
    },
  };
  return compiler;
}

function same(codec: Codec): Codec {
  return codec;
}

function compile(c: Compiler, type: NdrType): Codec {
  switch (type.kind) {
    case "base":
      return fromLeaf(...primitive(type, c.syntax));
    case "enum":
      return enumeration(c, type);
    case "struct":
      return structure(c, type);
    case "union":
      return compileUnion(c, type);
    case "pointer":
      return compilePointer(c, type);
    case "array":
      return compileArray(c, type);
    case "interface":
      return compileInterfacePointer(c, type);
    case "native":
      return compileNative(c, type);
    case "context_handle":
      return fromLeaf(4, contextHandle);
    case "unsupported":
      return failing(type.reason);
  }
}

/** [MS-RPCE] 2.2.4.6, 2.2.5.2: 16 bits unless v1_enum, 32 in NDR64. */
function enumeration(c: Compiler, type: EnumType): Codec {
  const size = type.v1 || c.syntax === "ndr64" ? 4 : 2;
  return fromLeaf(size, enumLeaf(type, size));
}

/** [C706] 14.2 ndr_context_handle: attributes and a UUID, 20 bytes. */
function contextHandle(state: DecodeState): Value {
  state.reader.align(4);
  const attributes = state.reader.u32("context_handle_attributes");
  return { attributes, uuid: readGuid(state.reader, "context_handle_uuid") };
}

/** [C706] 14.3.6, [MS-RPCE] 2.2.5.3.4: members in order, aligned to the largest; in NDR64 a gap at the end. */
function structure(c: Compiler, type: StructType): Codec {
  const members = type.fields.map((f) => member(c, f));
  let align = 1;
  let dims = 0;
  for (const m of members) {
    align = Math.max(align, m.codec.align);
    dims += m.codec.dims;
  }
  const last = members.at(-1);
  const open = dims > 0 || last?.codec.open === true;
  const gap = c.syntax === "ndr64" && !open;
  const count = members.length;

  const link = open ? -1 : linkOf(type);

  /** What stands in place. The pointer to the next element of a list goes into `unlinked`, where there is such an object. */
  const readMembers = (state: DecodeState, into: Container, key: Key, unlinked: Container | null): void => {
    state.reader.align(align);
    state.spend(count);
    const value: { [name: string]: Value } = {};
    into[key] = value;
    const outer = state.scope;
    state.scope = value;
    const at = state.depth++;
    for (let i = 0; i < count; i++) {
      const m = members[i]!;
      state.keys[at] = m.name;
      if (m.codec.leaf !== undefined) value[m.name] = m.codec.leaf(state);
      else m.codec.read(state, i === link && unlinked !== null ? unlinked : value, m.name);
    }
    state.depth = at;
    state.scope = outer;
    if (gap) state.alignSoft(align);
  };
  const read = (state: DecodeState, into: Container, key: Key): void => readMembers(state, into, key, null);
  if (link >= 0) return { align, dims, open, read, refs: listReferents(members, link, readMembers) };
  const pointing = members.filter((m) => m.codec.refs !== null);
  const refs = (state: DecodeState, into: Container, key: Key): void => follow(state, into[key], pointing);
  return { align, dims, open, read, refs: pointing.length > 0 ? refs : null };
}
