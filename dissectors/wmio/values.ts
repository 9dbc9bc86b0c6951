/**
 * [MS-WMIO] 2.2.71 EncodedValue, 2.2.79 Encoded-Array and 2.2.59 QualifierSet.
 *
 * Not handled: whether a datetime or a reference has the form of one (2.3.1, 2.3.2); they stay text.
 */
import { malformed, unsupported } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { utf16 } from "../wire/text.js";
import type { CimObject, CimQualifier, CimValue } from "./cim.js";
import * as cim from "./cim-types.js";
import { type Heap, part, refText } from "./heap.js";

/** Reads the object that a value embeds: its length and its ObjectBlock. Handed down, since objects are made of values. */
export type ReadEmbedded = (r: Reader) => CimObject;

/** What values refer to: the heap of the part that they stand in. */
export interface Source {
  heap: Heap;
  embedded: ReadEmbedded;
}

/** [MS-WMIO] 2.2.71: the value at the cursor, in a table, an array or a qualifier. */
export function readEncodedValue(
  r: Reader,
  type: number,
  array: boolean,
  source: Source,
  field = "EncodedValue",
): CimValue {
  if (array) {
    const at = source.heap.item(r.u32(field, refText));
    return at === null ? null : readArray(at, type, source);
  }
  switch (type) {
    case cim.CIM_SINT8:
      return r.i8(field);
    case cim.CIM_UINT8:
      return r.u8(field);
    case cim.CIM_SINT16:
      return r.i16(field);
    case cim.CIM_UINT16:
      return r.u16(field);
    case cim.CIM_SINT32:
      return r.i32(field);
    case cim.CIM_UINT32:
      return r.u32(field);
    case cim.CIM_SINT64:
      return r.i64(field).toString();
    case cim.CIM_UINT64:
      return r.u64(field).toString();
    case cim.CIM_REAL32:
      return real(r.f32(field));
    case cim.CIM_REAL64:
      return real(r.f64(field));
    case cim.CIM_BOOLEAN:
      return r.u16(field) !== 0;
    case cim.CIM_CHAR16:
      return utf16(r.bytes(2, field), true, (units) => source.heap.decoding.lone.push(...units));
    case cim.CIM_STRING:
    case cim.CIM_DATETIME:
    case cim.CIM_REFERENCE:
      return source.heap.text(r.u32(field, refText), "Encoded-String");
    case cim.CIM_OBJECT: {
      const at = source.heap.item(r.u32(field, refText));
      return at === null ? null : source.embedded(at);
    }
    default:
      throw unsupported(`CIM type ${type}`, r.offset);
  }
}

/** [IEEE754] numbers that JSON cannot write become text. */
export function real(n: number): number | string {
  return Number.isFinite(n) ? n : String(n);
}

/** [MS-WMIO] 2.2.79: ArrayCount and as many values. */
function readArray(r: Reader, type: number, source: Source): CimValue {
  const count = r.u32("ArrayCount");
  const size = cim.cimSize(type);
  if (size === null) throw unsupported(`CIM type ${type}`, r.offset);
  r.need(count * size);
  source.heap.decoding.spend(4 + count * size, r.offset);
  if (type === cim.CIM_UINT8) return r.bytes(count, "ArrayItem");
  const values: CimValue[] = [];
  for (let i = 0; i < count; i++) values.push(readEncodedValue(r, type, false, source, "[]"));
  return values;
}

/** [MS-WMIO] 2.2.59 QualifierSet: the window behind its EncodingLength, which counts itself. */
export function qualifierSet(r: Reader): Reader {
  const length = r.u32("QualifierSet.EncodingLength");
  if (length < 4) throw malformed(`a QualifierSet of ${length} bytes`, r.offset - 4, "EncodingLength");
  return part(r, length - 4, "QualifierSet.EncodingLength");
}

/** [MS-WMIO] 2.2.62. */
const FLAVOR = flagsOf([
  [0x01, "propagated to instances"],
  [0x02, "propagated to derived classes"],
  [0x10, "not overridable"],
  [0x20, "origin propagated"],
  [0x40, "origin system"],
  [0x80, "amended"],
]);

/** Bytes of a qualifier before its value. */
const QUALIFIER_HEADER = 9;

/** Reads the qualifiers that fill a window into `into`, so that what stands before a fault is kept. */
export function readQualifiers(r: Reader, source: Source, into: CimQualifier[]): void {
  while (r.left > 0) {
    source.heap.decoding.spend(QUALIFIER_HEADER, r.offset);
    r.enter("Qualifier", into.length);
    const name = r.u32("QualifierName", refText);
    const flavor = r.u8("QualifierFlavor", FLAVOR);
    const bits = r.u32("QualifierType", cim.typeBitsText);
    const type = bits & cim.CIM_BASE;
    const array = (bits & cim.CIM_ARRAY) !== 0;
    const value = readEncodedValue(r, type, array, source, "QualifierValue");
    into.push({ name: source.heap.text(name, "name") ?? "", flavor, type, array, value });
    r.leave();
  }
}
