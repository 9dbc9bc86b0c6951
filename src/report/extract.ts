/**
 * What is found in the file of a report: its manifest and its packed lines. The file may come from anybody: nothing in it is believed
 * that is not checked, and nothing is unpacked here.
 */
import { CASE_FORMAT, CASE_PARTS } from "./model.js";

/** Bytes that `--extract` looks at, of one block unpacked, and of all of them. */
export const EXTRACT_LIMITS = { file: 512 << 20, manifest: 8 << 20, block: 256 << 20, all: 8 * 2 ** 30 };

/** What a manifest says of the call log. */
export interface LogClaim {
  bytes: number;
  lines: number;
  sha256: string;
}

/** Where the text of an element stands among the bytes; null where there is no such element. */
export function elementAt(
  find: (text: string, from: number) => number,
  id: string,
): { start: number; end: number } | null {
  const opens = find(` id="${id}">`, 0);
  if (opens < 0) return null;
  const start = opens + ` id="${id}">`.length;
  const end = find("</script>", start);
  return end < 0 ? null : { start, end };
}

/** The claim about the call log, or the reason why there is none. */
export function claimOf(manifest: string): LogClaim | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(manifest);
  } catch {
    return "its manifest is damaged";
  }
  if (parsed === null || typeof parsed !== "object") return "its manifest is damaged";
  const { format, records } = parsed as { format?: unknown; records?: { [name: string]: unknown } | null };
  if (typeof format !== "number") return "its manifest is damaged";
  if (format !== CASE_FORMAT) return `it is of a format that this version does not read (${format})`;
  const { bytes, lines, sha256 } = records ?? {};
  if (!isCount(bytes) || !isCount(lines) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) {
    return "its manifest is damaged";
  }
  if (bytes > EXTRACT_LIMITS.all) return "the call log that it claims to hold is too large";
  return { bytes, lines, sha256 };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a text is lines of a call log, each an object. */
export function isLog(text: string): boolean {
  if (!text.endsWith("\n")) return false;
  try {
    return text
      .slice(0, -1)
      .split("\n")
      .every((line) => line.startsWith("{") && typeof JSON.parse(line) === "object");
  } catch {
    return false;
  }
}

/** Where the packed lines stand. */
export const RECORDS = CASE_PARTS.records;
export const MANIFEST = CASE_PARTS.manifest;
