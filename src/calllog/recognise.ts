/**
 * Whether an input is a call log, by what stands in it: some line near its beginning is a record. A log that begins in the
 * middle of a line is one as well; a name that ends in `.ndjson` or `.jsonl` also makes one of an empty file.
 */
import { type ByteSource, Replay, type Window } from "../capture/byte-source.js";
import { InputError } from "../capture/formats.js";
import type { FrameSource } from "../capture/frame.js";
import { SCHEMA } from "../events.js";
import { LogSource } from "./log-source.js";

/** Bytes that are looked at for a first record. */
const LOOK_BYTES = 1 << 16;
/** What a log's name ends in, compressed or not. */
const LOG_NAME = /\.(ndjson|jsonl)(\.(gz|zst|zstd))?$/i;
/** How every record that raiscope writes begins, for lines that are longer than what is looked at. */
const BEGINS = /^\s*\{\s*"type"\s*:\s*"(\w+)"\s*,\s*"schema"\s*:\s*(\d+)/;
/** Which part of a run a shard is. */
const PART = /^\{"type":"shard",.{0,40}"index":(\d+),"count":(\d+)/;
const NEWLINE = 0x0a;

/** What a line says of itself. */
interface Kind {
  type: string;
  schema: number;
  /** Of a part of a run. */
  index?: number;
  count?: number;
}

/**
 * The log as a source, or null where it is none. `longest`: bytes of a line that are kept. Throws InputError for records
 * that are not read: another schema's.
 */
export async function openLog(
  window: Window,
  bytes: ByteSource,
  name: string,
  longest: number,
): Promise<FrameSource | null> {
  const meant = LOG_NAME.test(name);
  if (isWide(window)) {
    throw new InputError(
      name,
      "this is text in UTF-16, as > of Windows PowerShell writes it; write call logs with -o FILE, or convert it to UTF-8",
    );
  }
  const kind = await firstKind(window, meant);
  if (kind === null) {
    return meant && window.end === window.pos
      ? new LogSource(new Replay(bytes, window), name, longest)
      : null;
  }
  if (kind.type === "shard") {
    const which = kind.index === undefined ? "a part" : `part ${kind.index} of ${kind.count}`;
    throw new InputError(name, `this is ${which} of a run: raiscope merge joins it with the others`);
  }
  if (kind.schema !== SCHEMA) throw otherSchema(name, kind);
  return new LogSource(new Replay(bytes, window), name, longest);
}

/** The first record that is found. Not more is waited for than its line. `meant`: by its name it is a log, whatever stands in it. */
async function firstKind(window: Window, meant: boolean): Promise<Kind | null> {
  let looked = 0;
  for (let more = true; ; ) {
    const bytes = window.data.subarray(window.pos, Math.min(window.end, window.pos + LOOK_BYTES));
    if (!meant && isBinary(bytes)) return null;
    const last = bytes.lastIndexOf(NEWLINE) + 1;
    const found = last > looked ? kindIn(bytes.subarray(looked, last)) : null;
    if (found !== null) return found;
    looked = Math.max(looked, last);
    if (!more || bytes.length >= LOOK_BYTES) return kindIn(bytes.subarray(looked));
    more = await window.fill(bytes.length + 1);
  }
}

/** A byte order mark of UTF-16, and the bracket that a record begins with. */
function isWide({ data, pos, end }: Window): boolean {
  if (end - pos < 4) return false;
  const [a, b, c, d] = data.subarray(pos, pos + 4);
  return (
    (a === 0xff && b === 0xfe && c === 0x7b && d === 0) || (a === 0xfe && b === 0xff && c === 0 && d === 0x7b)
  );
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 0x20 && byte !== 9 && byte !== 13 && byte !== NEWLINE);
}

function kindIn(lines: Uint8Array): Kind | null {
  for (const line of new TextDecoder().decode(lines).split("\n")) {
    const begins = BEGINS.exec(line);
    if (begins !== null) {
      const [, index, count] = PART.exec(line) ?? [];
      const part = index === undefined ? {} : { index: Number(index), count: Number(count) };
      return { type: begins[1]!, schema: Number(begins[2]), ...part };
    }
    if (!line.trimStart().startsWith("{")) continue;
    try {
      const { type, schema } = JSON.parse(line) as Partial<Kind>;
      if (typeof type === "string" && typeof schema === "number") return { type, schema };
    } catch {
      // Another line may be whole.
    }
  }
  return null;
}

function otherSchema(name: string, { type, schema }: Kind): InputError {
  if (type === "invitation") {
    return new InputError(name, "these are records of raiscope invitation, not a call log");
  }
  const whose = schema < SCHEMA ? "an earlier raiscope" : "a later raiscope";
  return new InputError(
    name,
    `this is a call log of schema ${schema}, which ${whose} wrote; this one reads schema ${SCHEMA}. ` +
      (schema < SCHEMA ? "Make it anew from the capture" : "Read it with that version"),
  );
}
