/** Reads whole inputs and writes down their frames. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Frame, type FrameSource, type SourceNote } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";

export interface Read {
  /** `number seconds.nanos/digits linkType captured/wire file hex`. */
  frames: string[];
  notes: SourceNote[];
  codes: string[];
  complete: boolean;
}

function line(frame: Frame): string {
  const time = `${frame.seconds}.${String(frame.nanos).padStart(9, "0")}/${frame.digits}`;
  const data = Buffer.from(frame.data.subarray(frame.start, frame.end));
  const length = `${data.length}/${frame.wireLength}`;
  return `${frame.number} ${time} ${frame.linkType} ${length} ${frame.file} ${data.toString("hex")}`;
}

export async function readAll(source: FrameSource): Promise<Read> {
  const frame = new Frame();
  const frames: string[] = [];
  const notes: SourceNote[] = [];
  while (await source.next(frame)) {
    frames.push(line(frame));
    notes.push(...source.takeNotes());
  }
  notes.push(...source.takeNotes());
  await source.close();
  return { frames, notes, codes: notes.map((note) => note.code), complete: source.complete };
}

/** Reads bytes as standard input, in pieces of the given sizes (over and over). */
export async function readBytes(data: Uint8Array, sizes: readonly number[] = [65_536]): Promise<Read> {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length]!);
    pieces.push(Buffer.from(data.subarray(at, at + size)));
    at += size;
  }
  return readAll(await openInputs(["-"], { stdin: Readable.from(pieces, { objectMode: false }) }));
}

/** Runs `use` with a folder that holds the given files, which is gone afterwards. */
export async function withFiles<T>(
  files: { [name: string]: Uint8Array | string },
  use: (path: (name: string) => string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  try {
    for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
    return await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
