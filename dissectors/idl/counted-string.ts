/**
 * [MS-DTYP] 2.3.10 RPC_UNICODE_STRING, and the STRING beside it ([MS-SAMR] 2.2.2.1), as every specification declares them
 * anew: two counts of bytes and a pointer to that many characters, of which some are called unsigned short. They are reported
 * by this shape, never by their names.
 */
import type { ArrayType, BaseName, Expr, NdrType, StructType } from "../ndr/types.js";

/** The array that holds the characters of a counted string; null for every other structure. */
export function countedString({ fields }: StructType): ArrayType | null {
  const [length, maximum, buffer] = fields;
  if (fields.length !== 3 || buffer?.type.kind !== "pointer") return null;
  const array = buffer.type.to;
  if (array.kind !== "array" || !array.conformant || array.string) return null;
  const size = CHARACTERS[baseOf(array.element) ?? ""];
  if (size === undefined) return null;
  const counts = size === 1 ? BYTE_COUNTS : UNIT_COUNTS;
  if (![length, maximum].every((f) => counts.has(baseOf(f!.type) ?? ""))) return null;
  if (!isCount(array.sizeIs, maximum!.name, size)) return null;
  // [MS-EVEN] 2.2.9 declares its STRING without a length_is.
  const whole = size === 1 && array.lengthIs === null && !array.varying;
  return whole || isCount(array.lengthIs, length!.name, size) ? array : null;
}

/** Bytes of one character, by the type it is declared with. wchar_t is text without further declaration. */
const CHARACTERS: { readonly [base: string]: 1 | 2 } = { char: 1, uint16: 2 };

/** What may count the characters: numbers of 32 bits count bytes of anything, but hardly ever halves of them. */
const BYTE_COUNTS: ReadonlySet<string> = new Set(["uint16", "int16"]);
const UNIT_COUNTS: ReadonlySet<string> = new Set(["uint16", "int16", "uint32", "int32"]);

function baseOf(type: NdrType): BaseName | null {
  return type.kind === "base" && type.format === undefined ? type.base : null;
}

/** The field itself, or for units of two bytes its half. */
function isCount(e: Expr | null, field: string, size: 1 | 2): boolean {
  if (size === 1) return e?.op === "name" && e.name === field;
  if (e?.op !== "binary" || e.left.op !== "name" || e.left.name !== field || e.right.op !== "const")
    return false;
  return (e.operator === "/" && e.right.value === 2n) || (e.operator === ">>" && e.right.value === 1n);
}
