/**
 * [C706] 14.2 primitive types and enumerations, with the integer types of [MS-RPCE] 2.2.4.1: each is a function
 * that aligns, reads and gives the value as it is shown.
 *
 * Not handled: EBCDIC characters, VAX, Cray and IBM floating-point formats.
 */
import { hex32, readHex64 } from "../wire/guid.js";
import { wellFormed } from "../wire/text.js";
import type { DecodeState, Syntax } from "./decode-state.js";
import { STATUS, type Value } from "./decoded.js";
import { evaluateConstant, toInteger } from "./expr.js";
import type { BaseName, BaseType, EnumType } from "./types.js";

type Leaf = (state: DecodeState) => Value;

const INTEGER_SIZE: { readonly [K in BaseName]?: number } = {
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
  error_status: 4,
  float: 4,
  int64: 8,
  uint64: 8,
  double: 8,
};

/** Bytes of a base type on the wire, which is its alignment too. */
function sizeOf(base: BaseName, syntax: Syntax): number {
  return INTEGER_SIZE[base] ?? (syntax === "ndr64" ? 8 : 4);
}

/** Alignment and reader of a base type. */
export function primitive(type: BaseType, syntax: Syntax): [align: number, leaf: Leaf] {
  const size = sizeOf(type.base, syntax);
  const plain = formatted(type, size);
  if (type.range === undefined) return [size, plain];
  const low = evaluateConstant(type.range.low);
  const high = evaluateConstant(type.range.high);
  if (low === null || high === null) return [size, plain];
  return [
    size,
    (state) => {
      const value = plain(state);
      const n = toInteger(value);
      if (n !== null && (n < low || n > high)) {
        state.note("warning", "out-of-range", `${state.path()} is ${n}, outside of ${low} to ${high}`);
      }
      return value;
    },
  ];
}

function formatted(type: BaseType, size: number): Leaf {
  if (type.format === "hex64" && size === 8) {
    return (state) => {
      state.reader.align(8);
      return readHex64(state.reader);
    };
  }
  if ((type.format === "status" || type.base === "error_status") && size === 4) {
    return (state) => {
      state.reader.align(4);
      const status = state.reader.u32();
      state.status = status;
      if (!state.returning) state.find(STATUS, status);
      return hex32(status);
    };
  }
  return LEAVES[type.base] ?? integer3264(type.base === "int3264", size);
}

function integer3264(signed: boolean, size: number): Leaf {
  if (size === 8) return signed ? LEAVES.int64! : LEAVES.uint64!;
  return signed ? LEAVES.int32! : LEAVES.uint32!;
}

const LEAVES: { readonly [K in BaseName]?: Leaf } = {
  boolean: (state) => state.reader.u8() !== 0,
  byte: (state) => state.reader.u8(),
  uint8: (state) => state.reader.u8(),
  int8: (state) => state.reader.i8(),
  char: (state) => String.fromCharCode(state.reader.u8()),
  wchar: (state) => {
    state.reader.align(2);
    return wellFormed(String.fromCharCode(state.reader.u16()), state.lone);
  },
  int16: (state) => {
    state.reader.align(2);
    return state.reader.i16();
  },
  uint16: (state) => {
    state.reader.align(2);
    return state.reader.u16();
  },
  int32: (state) => {
    state.reader.align(4);
    return state.reader.i32();
  },
  uint32: (state) => {
    state.reader.align(4);
    return state.reader.u32();
  },
  int64: (state) => {
    state.reader.align(8);
    return state.reader.i64().toString();
  },
  uint64: (state) => {
    state.reader.align(8);
    return state.reader.u64().toString();
  },
  float: (state) => {
    state.reader.align(4);
    return real(state.reader.f32());
  },
  double: (state) => {
    state.reader.align(8);
    return real(state.reader.f64());
  },
};

/** JSON has no NaN and no infinities: they are shown as text. */
export function real(n: number): Value {
  return Number.isFinite(n) ? n : String(n);
}

/** An enumeration of 2 or 4 bytes: its value, and its name where the value is a member. */
export function enumLeaf(type: EnumType, size: 2 | 4): Leaf {
  return (state) => {
    state.reader.align(size);
    const value = size === 4 ? state.reader.i32() : state.reader.u16();
    return { value, name: enumName(type, value, size) };
  };
}

function enumName(type: EnumType, value: number, size: 2 | 4): string | null {
  const other = size === 4 ? value >>> 0 : (value << 16) >> 16;
  return type.members.get(value) ?? type.members.get(other) ?? null;
}
