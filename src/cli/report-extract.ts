/** `raiscope report --extract case.html`: the call log that a report holds, as it was written into it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { claimOf, EXTRACT_LIMITS, elementAt, isLog, MANIFEST, RECORDS } from "../report/extract.js";
import { CommandError, EXIT, nameOf, systemReason } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import { openFile } from "./outputs.js";
import { isStdout, named, refuseSame, standing } from "./same-file.js";

const NEWLINE = 0x0a;

/** Throws CommandError. */
export async function extractLog(files: readonly string[], output = "-"): Promise<number> {
  const [file = "", ...more] = files;
  if (more.length > 0) throw new CommandError("--extract takes one report", null, "usage");
  if (file === "-")
    throw new CommandError("--extract reads a file", "write standard input to a file first", "usage");
  refuseSame(named("-o", [output]), named("input", [file]));
  const bytes = readReport(file);
  const { start, end, claim } = logIn(file, bytes);
  const { stream, opened } = isStdout(output) ? { stream: process.stdout, opened: null } : openFile(output);
  const writer = new FileWriter(isStdout(output) ? "standard output" : output, stream, opened);
  try {
    writer.begin();
    const sum = createHash("sha256");
    let written = 0;
    for (const block of blocksOf(file, bytes.subarray(start, end))) {
      written += block.length;
      if (written > claim.bytes) throw damaged(file, "its call log is longer than it says");
      // What is printed may go to a terminal: JSON has no control characters.
      if (!isLog(block.toString("utf8"))) throw damaged(file, "what it holds is no call log");
      sum.update(block);
      writer.add(block);
      const wait = writer.pressure();
      if (wait !== null) await wait;
      if (writer.closed) break;
    }
    await writer.finish();
    if (writer.closed && writer.failure === null && isStdout(output)) return EXIT.ok;
    if (written < claim.bytes) throw damaged(file, "its call log is shorter than it says");
    if (sum.digest("hex") !== claim.sha256)
      throw damaged(file, "its call log is not the one that it was written with");
    return EXIT.ok;
  } catch (error) {
    if (!isStdout(output)) writer.discard();
    throw error;
  }
}

function readReport(file: string): Buffer {
  const size = standing(file)?.size ?? 0;
  if (size > EXTRACT_LIMITS.file) {
    throw new CommandError(`${nameOf(file)}: it is larger than a report (${EXTRACT_LIMITS.file >> 20} MiB)`);
  }
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`${nameOf(file)}: ${systemReason(error)}`);
  }
}

/** Where the packed call log stands, and what is said of it. Throws CommandError. */
function logIn(
  file: string,
  bytes: Buffer,
): { start: number; end: number; claim: Exclude<ReturnType<typeof claimOf>, string> } {
  const find = (text: string, from: number): number => bytes.indexOf(text, from, "latin1");
  const manifest = elementAt(find, MANIFEST);
  const records = elementAt(find, RECORDS);
  if (manifest === null || records === null) {
    throw new CommandError(
      `${nameOf(file)}: this is no report of raiscope, or it is cut short`,
      "raiscope report CAPTURE -o case.html makes one",
      "no-report",
    );
  }
  if (manifest.end - manifest.start > EXTRACT_LIMITS.manifest)
    throw damaged(file, "its manifest is too long");
  const claim = claimOf(bytes.toString("utf8", manifest.start, manifest.end));
  if (typeof claim === "string") throw damaged(file, claim);
  return { ...records, claim };
}

/** Lines of base64, unpacked one by one. Throws CommandError. */
function* blocksOf(file: string, packed: Buffer): Generator<Buffer> {
  for (let at = 0; at < packed.length; ) {
    const next = packed.indexOf(NEWLINE, at);
    const end = next < 0 ? packed.length : next;
    const line = packed.toString("latin1", at, end).trim();
    at = end + 1;
    if (line === "") continue;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line))
      throw damaged(file, "its call log is not packed as it should be");
    try {
      yield gunzipSync(Buffer.from(line, "base64"), { maxOutputLength: EXTRACT_LIMITS.block });
    } catch (error) {
      const tooLong = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
      throw damaged(file, tooLong ? "a part of its call log is too long" : "its call log cannot be unpacked");
    }
  }
}

function damaged(file: string, why: string): CommandError {
  return new CommandError(`${nameOf(file)}: the report is damaged: ${why}`, null, "report-damaged");
}
