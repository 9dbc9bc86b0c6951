/**
 * CLAIM_SECURITY_ATTRIBUTE_RELATIVE_V1, [MS-DTYP] 2.4.10.1, as SDDL writes it (2.5.1.1 attribute-data).
 *
 * Not handled: types of values that the specification does not list, which leave the descriptor without a meaning.
 */
import { malformed } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import { Reader } from "../wire/reader.js";
import { utf16, wellFormed } from "../wire/text.js";
import { sddlSid } from "./sddl-sids.js";
import { readSid } from "./sid.js";

type Show = (r: Reader) => string;

const TYPES: ReadonlyMap<number, { letters: string; show: Show }> = new Map([
  [0x01, { letters: "TI", show: (r: Reader) => String(r.i64()) }],
  [0x02, { letters: "TU", show: (r: Reader) => String(r.u64()) }],
  [0x03, { letters: "TS", show: (r: Reader) => `"${terminated(r)}"` }],
  [0x05, { letters: "TD", show: (r: Reader) => sddlSid(readSid(r.window(r.u32(), "Length"))) }],
  [0x06, { letters: "TB", show: (r: Reader) => String(r.u64()) }],
  [0x10, { letters: "TX", show: (r: Reader) => hex(r.bytes(r.u32())) }],
]);

/** `("Project",TS,0x0,"Windows","SQL")`. Throws WireError. */
export function attributeText(data: Uint8Array): string {
  const r = new Reader(data, true, 0, data.length, "Attribute Data");
  const name = terminated(at(data, r.u32()));
  const type = r.u16();
  r.skip(2);
  const flags = r.u32();
  const shape = TYPES.get(type);
  if (shape === undefined) throw malformed(`an attribute of type ${type}`, 0, "ValueType");
  const parts = [`"${name}"`, shape.letters, `0x${flags.toString(16)}`];
  // Each value takes bytes of its own: together they have no more than there are.
  let left = data.length;
  for (let count = r.u32(); count > 0; count--) {
    const offset = r.u32();
    const value = at(data, offset);
    parts.push(shape.show(value));
    left -= value.offset - offset;
    if (left < 0) throw malformed("values that lie over each other", offset, "Values");
  }
  return `(${parts.join(",")})`;
}

function at(data: Uint8Array, offset: number): Reader {
  if (offset > data.length)
    throw malformed(`an offset of ${offset} within ${data.length} bytes`, 0, "Attribute Data");
  return new Reader(data, true, offset, data.length, "Attribute Data");
}

function terminated(r: Reader): string {
  const start = r.offset;
  while (r.u16() !== 0);
  return wellFormed(utf16(r.data.subarray(start, r.offset - 2)), null);
}
