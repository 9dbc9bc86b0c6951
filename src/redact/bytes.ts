/**
 * Names and secrets inside bytes that records show as hex digits or as numbers: as UTF-16 and in one byte a character.
 *
 * Not handled: base64, compression, EBCDIC.
 */

import { fromHex, indexOfBytes } from "../../dissectors/wire/bytes.js";
import { latin1, utf16 } from "../../dissectors/wire/text.js";
import type { Placeholders } from "./placeholders.js";
import type { Match } from "./text-replacer.js";

/** Fewer hex digits hold no name. */
const MIN_DIGITS = 6;
const HEX = /^(?:[0-9a-fA-F]{2})+$/;
/** `NTLMSSP\0` and AUTHENTICATE_MESSAGE, which holds the responses computed from the password's hash, [MS-NLMP] 2.2.1.3. */
const NTLM_AUTHENTICATE = /4e544c4d5353500003000000/i;
const NTLM_AUTHENTICATE_BYTES = fromHex("4e544c4d5353500003000000");

export function isHex(text: string): boolean {
  return text.length >= MIN_DIGITS && text.length % 2 === 0 && HEX.test(text);
}

/** Hex digits with what is known in their bytes replaced. */
export function hideInHex(digits: string, placeholders: Placeholders): string {
  if (NTLM_AUTHENTICATE.test(digits)) return placeholders.secret("secret", digits);
  const bytes = fromHex(digits);
  const found = matchesIn(bytes, placeholders).sort((a, b) => a.start - b.start || b.end - a.end);
  let shown = "";
  let done = 0;
  for (const { start, end, placeholder } of found) {
    if (start < done) {
      // What overlaps is hidden as well.
      done = Math.max(done, end);
      continue;
    }
    shown += digits.slice(2 * done, 2 * start) + placeholder;
    done = end;
  }
  return shown + digits.slice(2 * done);
}

/** What is known in bytes, in one byte a character and in two. */
function matchesIn(bytes: Uint8Array, placeholders: Placeholders): Match[] {
  return [
    ...placeholders.findInBytes(latin1(bytes)),
    ...[0, 1].flatMap((shift) =>
      placeholders.findInBytes(utf16(bytes.subarray(shift))).map(({ start, end, placeholder }) => ({
        start: shift + 2 * start,
        end: shift + 2 * end,
        placeholder,
      })),
    ),
  ];
}

/** Where what is known stands among bytes; and of a message that authenticates by NTLM, all of it from its type on. */
export function placesIn(bytes: Uint8Array, placeholders: Placeholders): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = matchesIn(bytes, placeholders);
  const at = indexOfBytes(bytes, NTLM_AUTHENTICATE_BYTES);
  if (at >= 0) found.push({ start: at + NTLM_AUTHENTICATE_BYTES.length, end: bytes.length });
  return found;
}

/** An array of bytes or of UTF-16 code units as text to search; null where it is neither. */
export function textOfNumbers(numbers: readonly unknown[]): string[] | null {
  if (numbers.length < MIN_DIGITS / 2) return null;
  const units = numbers.filter(isCodeUnit);
  if (units.length < numbers.length) return null;
  if (units.some((n) => n > 0xff)) return [units.map((n) => String.fromCharCode(n)).join("")];
  const bytes = Uint8Array.from(units);
  return [latin1(bytes), utf16(bytes), utf16(bytes.subarray(1))];
}

function isCodeUnit(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
