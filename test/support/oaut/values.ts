/** Decoding of single natives from bytes written by hand. */
import type { Syntax } from "../../../dissectors/ndr/decode-state.js";
import type { DecodedSide, Value } from "../../../dissectors/ndr/decoded.js";
import type { NdrType } from "../../../dissectors/ndr/types.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../ndr/parse-bytes.js";
import { context, decodeValue, native } from "../ndr/types.js";

export function decode(
  type: string | NdrType,
  text: string | Uint8Array,
  syntax: Syntax = "ndr",
  littleEndian = true,
): DecodedSide {
  const bytes = typeof text === "string" ? parseBytes(text, littleEndian) : text;
  const t = typeof type === "string" ? native(type) : type;
  return decodeValue(t, new Reader(bytes, littleEndian), context(syntax));
}

/** The value, where nothing was wrong and nothing left. */
export function clean(side: DecodedSide): Value | undefined {
  if (side.error !== null) throw new Error(`${side.error.path}: ${side.error.message}`);
  if (side.notes.length > 0) throw new Error(JSON.stringify(side.notes));
  if (side.left > 0) throw new Error(`${side.left} bytes left`);
  return side.values.value;
}
