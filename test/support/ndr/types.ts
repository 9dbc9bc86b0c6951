/** Short hands for type descriptions in tests. */

import { NATIVES } from "../../../dissectors/natives/table.js";
import { decodeRequest } from "../../../dissectors/ndr/decode.js";
import type { NdrContext, Syntax } from "../../../dissectors/ndr/decode-state.js";
import type { DecodedSide } from "../../../dissectors/ndr/decoded.js";
import type {
  ArrayType,
  BaseName,
  Expr,
  Field,
  Method,
  NdrType,
  Parameter,
  PointerClass,
} from "../../../dissectors/ndr/types.js";
import type { Reader } from "../../../dissectors/wire/reader.js";

export const base = (b: BaseName): NdrType => ({ kind: "base", base: b });
export const n = (value: number): Expr => ({ op: "const", value: BigInt(value) });
export const id = (name: string): Expr => ({ op: "name", name });
export const bin = (operator: string, left: Expr, right: Expr): Expr => ({
  op: "binary",
  operator,
  left,
  right,
});
export const ptr = (to: NdrType, pointer: PointerClass = "unique"): NdrType => ({
  kind: "pointer",
  pointer,
  to,
});
export const struct = (...fields: [string, NdrType][]): NdrType & { kind: "struct" } => ({
  kind: "struct",
  fields: fields.map(([name, type]): Field => ({ name, type })),
});

export function array(element: NdrType, more: Partial<ArrayType> = {}): ArrayType {
  return {
    kind: "array",
    element,
    length: null,
    conformant: more.length === undefined || more.length === null,
    varying: false,
    sizeIs: null,
    lengthIs: null,
    string: false,
    ...more,
  };
}

export const native = (name: string, element?: NdrType): NdrType =>
  element === undefined ? { kind: "native", native: name } : { kind: "native", native: name, element };

export function context(syntax: Syntax, types: ReadonlyMap<string, NdrType> = new Map()): NdrContext {
  return { syntax, natives: NATIVES, types, interfaceName: () => null };
}

export function method(
  params: [string, NdrType, "in" | "out" | "inout"][],
  returns: NdrType | null = null,
): Method {
  return {
    opnum: 0,
    name: "M",
    idlName: "M",
    accessor: "method",
    dispid: null,
    params: params.map(
      ([name, type, way]): Parameter => ({ name, type, in: way !== "out", out: way !== "in", retval: false }),
    ),
    returns,
    notOnWire: false,
  };
}

/** One value as a top-level type, under the name `value`. */
export function decodeValue(type: NdrType, reader: Reader, ctx: NdrContext): DecodedSide {
  return decodeRequest(method([["value", type, "in"]]), reader, ctx);
}
