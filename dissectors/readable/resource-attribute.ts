/**
 * CLAIM_SECURITY_ATTRIBUTE_RELATIVE_V1, [MS-DTYP] 2.4.10.1, as SDDL writes it (2.5.1.1 attribute-data).
 *
 * Not handled: types of values that the specification does not list, which leave the descriptor without a meaning.
 */
import { malformed } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
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
export function attributeText(data: Reader): string {
  const r = data.over(data.offset, data.end, "Attribute Data", true);
  const size = r.left;
  const name = terminated(at(r, r.u32()));
  const type = r.u16();
  r.skip(2);
  const flags = r.u32();
  const shape = TYPES.get(type);
  if (shape === undefined) throw malformed(`an attribute of type ${type}`, 0, "ValueType");
  const parts = [`"${name}"`, shape.letters, `0x${flags.toString(16)}`];
  // Each value takes bytes of its own: together they have no more than there are.
  let left = size;
  for (let count = r.u32(); count > 0; count--) {
    const offset = r.u32();
    const value = at(r, offset);
    parts.push(shape.show(value));
    left -= value.position;
    if (left < 0) throw malformed("values that lie over each other", offset, "Values");
  }
  return `(${parts.join(",")})`;
}

function at(r: Reader, offset: number): Reader {
  const size = r.end - r.origin;
  if (offset > size) throw malformed(`an offset of ${offset} within ${size} bytes`, 0, "Attribute Data");
  return r.over(r.origin + offset, r.end, "Attribute Data");
}

function terminated(r: Reader): string {
  const start = r.offset;
  while (r.u16() !== 0);
  return wellFormed(utf16(r.data.subarray(start, r.offset - 2)), null);
}
