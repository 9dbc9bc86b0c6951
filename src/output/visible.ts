/**
 * Text from the wire made fit for a terminal or a report: nothing that moves the cursor, changes colours, reorders,
 * hides or joins lines gets through. Not for JSON, which carries every string unchanged.
 *
 * Not handled: confusable letters of different scripts, which are ordinary text.
 */

/** Printable ASCII, by far the usual case. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Controls (C0, DEL, C1), format characters (bidirectional marks, overrides and isolates, zero-width ones, tags),
 * line and paragraph separators, lone surrogates, private use, non-characters, everything else that is drawn as nothing.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** Combining marks piled higher than any script needs, which spill over the lines around them. */
const PILED = /(\p{M}{4})(\p{M}+)/gu;

const SHORT: { [character: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** `\t` `\n` `\r`, else `\xNN` below 256, `\uNNNN` below 65536, `\u{N}` above. */
function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** `text` with every character that would not show itself written as an escape. One line, whatever the input. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(HIDDEN, escaped)
    .replace(PILED, (_, kept: string, rest: string) => kept + Array.from(rest, escaped).join(""));
}
