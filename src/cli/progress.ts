/** A progress bar on standard error, for a person who waits: only on a terminal, only after a second. */

import { grouped, size } from "../output/format.js";
import { diagnostics } from "./diagnostics.js";
import { standing } from "./same-file.js";

/** Milliseconds before the bar appears, and between two drawings. */
const PATIENCE = 1_000;
const REDRAW = 200;
const CELLS = 24;
/** Bytes of a capture's record header, which count towards the file's size. */
const RECORD_HEADER = 16;

export interface Progress {
  update(frames: number, bytes: number): void;
  /** Takes the bar away. */
  done(): void;
}

/** Sizes of plain files are known; of compressed ones, directories and streams they are not, and there is no bar, only counts. */
function totalSize(inputs: readonly string[]): number | null {
  let total = 0;
  for (const input of inputs) {
    if (/\.(gz|zst|zstd)$/i.test(input)) return null;
    const info = standing(input);
    if (!info?.isFile()) return null;
    total += info.size;
  }
  return total;
}

/** Null where nobody would see it. */
export function makeProgress(inputs: readonly string[], quiet: boolean): Progress | null {
  if (quiet || process.stderr.isTTY !== true || inputs.includes("-")) return null;
  if (diagnostics.format === "json") return null;
  const total = totalSize(inputs);
  const begun = performance.now();
  let drawn = begun + PATIENCE - REDRAW;
  let shown = false;
  return {
    update(frames, bytes) {
      const now = performance.now();
      if (now - drawn < REDRAW) return;
      drawn = now;
      shown = true;
      const counts = `${grouped(frames)} frames, ${size(bytes)}`;
      process.stderr.write(`\r\x1b[K${total === null ? counts : `${bar(frames, bytes, total)} ${counts}`}`);
    },
    done() {
      if (shown) process.stderr.write("\r\x1b[K");
      shown = false;
    },
  };
}

function bar(frames: number, bytes: number, total: number): string {
  const share = Math.min(1, (bytes + frames * RECORD_HEADER) / Math.max(1, total));
  const full = Math.round(share * CELLS);
  return `[${"#".repeat(full)}${".".repeat(CELLS - full)}] ${Math.floor(share * 100)}%`;
}

/** How a run tells of its progress; `threads`: who knows it where several read. */
export function progressOf(
  progress: Progress | null,
  threads: { readonly frames: number; readonly bytes: number } | null,
): Progress["update"] | null {
  if (progress === null || threads === null) return progress?.update ?? null;
  return () => progress.update(threads.frames, threads.bytes);
}
