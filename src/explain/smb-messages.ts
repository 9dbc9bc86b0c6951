/**
 * The messages of SMB that end in a frame and are not whole in it as they are: those in several segments, and what encrypted ones
 * hold where a key opened them.
 *
 * Not handled: messages that are whole in the frame, in the clear, which are read with its layers.
 */
import { readSmbMessage } from "../../dissectors/smb/fields.js";
import { HEADER_SIZES } from "../../dissectors/smb/framing.js";
import { WireError } from "../../dissectors/wire/errors.js";
import type { Source } from "../../dissectors/wire/trace.js";
import type { Evidence, MessageEvidence } from "./evidence.js";
import { readHandshakeToken } from "./token.js";
import type { TreeMaker } from "./tree.js";

/** Adds them to what is open in the tree. */
export function readMessages(maker: TreeMaker, { messages, places }: Evidence, frame: number): void {
  for (const message of messages) {
    const { frames, opened, bytes } = message;
    if (frames.at(-1) !== frame) continue;
    if (opened !== null) read(maker, places, message, opened, "opened");
    else if (frames.length > 1 && bytes !== null) read(maker, places, message, bytes, "pdu");
  }
}

function read(
  maker: TreeMaker,
  places: Evidence["places"],
  { stream, direction, sequence, frames }: MessageEvidence,
  bytes: Uint8Array,
  kind: Source["kind"],
): void {
  const { trace } = maker;
  // What an encrypted message holds is as long as its ciphertext, which stands behind the header.
  const from = kind === "opened" ? (sequence + HEADER_SIZES.transform) | 0 : sequence;
  const found = places.ofRun(stream, direction, from, bytes, 0, bytes.length, new Set(frames));
  const name = kind === "opened" ? "Opened SMB message" : "SMB message";
  const source = maker.sources.pdu({ bytes, places: found }, name, kind);
  const { level, current } = trace;
  try {
    readSmbMessage(trace.reader(source), readHandshakeToken);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    current.note ??= fault.message;
  }
  trace.close(level);
}
