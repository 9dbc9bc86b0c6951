/** Zeek's own text format of logs: a header of lines that begin with `#`, columns parted by tabs. */

import type { ZeekLog, ZeekRow, ZeekType, ZeekValue } from "./logs.js";
import { seconds } from "./times.js";

const UNSET = "-";
const EMPTY = "(empty)";

/** What stands above the rows. `opened`: when the log was opened. */
export function asciiHeader({ path, fields, types }: ZeekLog, opened: Date): string {
  return (
    "#separator \\x09\n" +
    "#set_separator\t,\n" +
    `#empty_field\t${EMPTY}\n` +
    `#unset_field\t${UNSET}\n` +
    `#path\t${path}\n` +
    `#open\t${stamp(opened)}\n` +
    `#fields\t${fields.join("\t")}\n` +
    `#types\t${types.join("\t")}\n`
  );
}

/** What ends a log. */
export function asciiFooter(closed: Date): string {
  return `#close\t${stamp(closed)}\n`;
}

/** One line. It never begins with `#`, since the first column is a time. */
export function asciiRow({ types }: ZeekLog, row: ZeekRow): string {
  let line = "";
  for (let i = 0; i < types.length; i++) {
    if (i > 0) line += "\t";
    line += field(types[i]!, row[i] ?? null);
  }
  return `${line}\n`;
}

function field(type: ZeekType, value: ZeekValue): string {
  if (value === null) return UNSET;
  if (typeof value === "number")
    return type === "time" || type === "interval" ? seconds(value) : String(value);
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "object" && "seconds" in value) return value.seconds.toFixed(6);
  if (typeof value !== "string") {
    return value.length === 0 ? EMPTY : value.map((one) => text(one).replaceAll(",", "\\x2c")).join(",");
  }
  return text(value);
}

function text(value: string): string {
  if (value === "") return EMPTY;
  if (value === UNSET) return "\\x2d";
  if (value === EMPTY) return "\\x28empty)";
  if (PLAIN.test(value)) return value;
  return PRINTABLE.test(value) ? value.replaceAll("\\", "\\\\") : escaped(value, true);
}

/** Nothing in it is escaped, or backslashes alone. */
const PLAIN = /^[ -[\]-~]*$/;
const PRINTABLE = /^[ -~]*$/;

/**
 * Control characters as `\\xNN`, and where something in it is not written as UTF-8, all that is not ASCII byte by byte. With
 * `backslashes` they are doubled, and each piece between two of them stands for itself.
 */
export function escaped(value: string, backslashes: boolean): string {
  if (backslashes)
    return value
      .split("\\")
      .map((piece) => utf8Text(piece, ""))
      .join("\\\\");
  return utf8Text(value, PRINTED_CONTROLS);
}

function utf8Text(value: string, printed: string): string {
  let whole = true;
  for (const c of value) whole &&= printed.includes(c) || !isUnwritten(c.codePointAt(0)!);
  if (whole) return value;
  let out = "";
  for (const c of value) {
    const code = c.codePointAt(0)!;
    if ((code >= 0x20 && code < 0x7f) || printed.includes(c)) out += c;
    else out += code < 0x80 ? hexOf(code) : utf8(code);
  }
  return out;
}

/** Controls that JSON has a spelling for. */
const PRINTED_CONTROLS = "\b\f\n\r\t";

/** Controls, surrogates, private use and specials. */
function isUnwritten(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xe000 && code <= 0xf8ff) ||
    (code >= 0xfff0 && code <= 0xffff)
  );
}

function hexOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function utf8(code: number): string {
  if (code < 0x800) return hexOf(0xc0 | (code >> 6)) + hexOf(0x80 | (code & 0x3f));
  const low = hexOf(0x80 | ((code >> 6) & 0x3f)) + hexOf(0x80 | (code & 0x3f));
  if (code < 0x10000) return hexOf(0xe0 | (code >> 12)) + low;
  return hexOf(0xf0 | (code >> 18)) + hexOf(0x80 | ((code >> 12) & 0x3f)) + low;
}

/** Local time, as Zeek says when a log was opened and closed. */
function stamp(at: Date): string {
  const parts = [
    at.getFullYear(),
    at.getMonth() + 1,
    at.getDate(),
    at.getHours(),
    at.getMinutes(),
    at.getSeconds(),
  ];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}
