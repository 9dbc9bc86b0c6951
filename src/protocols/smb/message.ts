/** What passes between the reader of SMB messages and whoever understands them. */

import type { Out } from "../../rpc/output.js";
import type { Instant } from "../../time.js";
import type { GapProvenance } from "../protocol.js";

/** Bytes that came together; `end` counts from the start of the message. */
export interface Run {
  end: number;
  frame: number;
  frames: number | readonly number[];
  time: Instant;
  /** TCP sequence number behind the last of them, signed. */
  after: number;
}

/** One message; borrowed. */
export interface SmbMessage {
  /** From its header on, as far as was wanted and is there. */
  bytes: Uint8Array;
  /** The size of the whole message. */
  size: number;
  /** TCP sequence number of its first byte, signed. */
  sequence: number;
  /** Where its bytes came from, in order. */
  runs: readonly Run[];
  /** Why it is shorter than was wanted; null where it is not. */
  cut: GapProvenance | null;
}

/** Who understands messages. */
export interface MessageTaker {
  /**
   * How many bytes are wanted of a message that begins with `head`, all that is there so far: where more are wanted it is
   * asked again once these are there.
   */
  wants(from: 0 | 1, head: Uint8Array, size: number): number;
  take(from: 0 | 1, message: SmbMessage, out: Out): void;
  /** Whole messages of this direction may be missing. */
  missed(from: 0 | 1, at: GapProvenance): void;
}

/** Somebody who looks on while messages are taken. */
export interface MessageWitness {
  /**
   * A message of the connection `stream`, before it is taken. `opened`: what an encrypted one holds, borrowed; its own place is
   * that of the ciphertext.
   */
  smbMessage(stream: number, from: 0 | 1, message: SmbMessage, opened: Uint8Array | null): void;
}

/** All frames that carried a message. */
export function framesOf(runs: readonly Run[]): number | readonly number[] {
  if (runs.length === 1) return runs[0]!.frames;
  const all: number[] = [];
  for (const { frames } of runs) {
    for (const frame of typeof frames === "number" ? [frames] : frames) {
      if (all[all.length - 1] !== frame) all.push(frame);
    }
  }
  return all;
}
