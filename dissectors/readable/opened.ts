/** Bytes that values show as hex: where those who know what is in them read them. */
import { fromHex } from "../wire/bytes.js";
import { Reader } from "../wire/reader.js";

/** The bytes of the value at a path, which shows them as hex: from the hex digits, or from where they were read. */
export type OpenBytes = (digits: string, bound: string, path: string) => Reader;

/** From the digits. */
export const opened: OpenBytes = (digits, bound) => {
  const bytes = fromHex(digits);
  return new Reader(bytes, true, 0, bytes.length, bound);
};
