/** What `--write` writes to: a file, a ring of files, a named pipe or standard output. */

import { statSync } from "node:fs";
import type { Frame } from "../capture/frame.js";
import type { Account, Remaining } from "../capture/live/privilege.js";
import { CaptureFile, type RingLimits } from "../capture/node/ring.js";
import { openPipe, StreamCapture } from "../capture/node/stream-capture.js";
import type { InterfaceStatistics, WriterInterface } from "../capture/node/writer.js";
import { CommandError, complain, nameOf, notice, systemReason } from "./failure.js";
import { version } from "./version.js";

export interface Target {
  readonly path: string;
  readonly frames: number;
  readonly bytes: number;
  readonly files: number;
  /** Bytes of the file that is being written. */
  readonly size: number;
  readonly failure: Error | null;
  /** Frames that a slow reader cost. */
  readonly dropped: number;
  frame(frame: Frame, source: number, comment?: string | null): void;
  /** Writes what waits, and does what is due; `now` in milliseconds. */
  tick(now: number): void;
  reopen(): void;
  close(seconds: number, of: (source: number) => InterfaceStatistics): void | Promise<void>;
}

export interface TargetOptions {
  path: string;
  ring: RingLimits | null;
  lastFile: number | null;
  interfaces: readonly WriterInterface[];
  owner: Account | null;
  remaining: () => Remaining;
  onFile: (path: string) => void;
  /** The last file is full, or nobody reads any more. */
  onEnd: () => void;
}

/** Opens it while this process still may; waits for the reader of a named pipe. Throws CommandError. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { path, ring, lastFile, interfaces, owner, remaining, onFile, onEnd } = options;
  const application = `raiscope ${version()}`;
  if (path === "-")
    return new StreamCapture("standard output", process.stdout, application, interfaces, onEnd);
  try {
    if (isPipe(path)) {
      const pipe = await openPipe(path, () =>
        complain(`waiting for a reader of ${path}`, notice("capturing")),
      );
      return new StreamCapture(path, pipe, application, interfaces, onEnd);
    }
    return new CaptureFile({
      path,
      application,
      interfaces,
      ring,
      owner,
      lastFile,
      opening: (open) => remaining().opening(open),
      onFile,
      onFull: onEnd,
    });
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: cannot be written: ${systemReason(error)}`);
  }
}

function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    return false;
  }
}
