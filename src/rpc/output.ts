/** What associations put out, in order, until their owner takes it: plain data, none of which points back to them. */
import type { Note } from "../events.js";
import type { Instant } from "../time.js";
import type { FinishedCall } from "./finished-call.js";

/** A call begins: its place in the order of output is taken. */
export interface OpenedOutput {
  kind: "opened";
  /** As the finished call will have it. */
  id: number;
  /** The frame that holds the first byte of the call's first PDU. */
  frame: number;
}

export interface CallOutput {
  kind: "call";
  call: FinishedCall;
  /** It was evicted for lack of memory, before it was complete. */
  evicted: boolean;
}

export interface NoteOutput {
  kind: "note";
  stream: number;
  file: string | null;
  note: Note;
  frame: number | null;
  at: Instant;
}

export type RpcOutput = OpenedOutput | CallOutput | NoteOutput;

const NOTHING: readonly RpcOutput[] = [];

/** Shared by all associations of a run. */
export class RpcSink {
  #out: RpcOutput[] = [];
  #calls = 0;
  /** PDUs by type. */
  readonly pdus: { [type: string]: number } = {};

  /** Takes the next place in the order of output; answers its number. */
  open(frame: number): number {
    const id = this.#calls++;
    this.#out.push({ kind: "opened", id, frame });
    return id;
  }

  push(output: CallOutput | NoteOutput): void {
    this.#out.push(output);
  }

  countPdu(type: string): void {
    this.pdus[type] = (this.pdus[type] ?? 0) + 1;
  }

  /** What was put out since the last call of this method; stub data in it is valid until more is fed to an association. */
  take(): readonly RpcOutput[] {
    if (this.#out.length === 0) return NOTHING;
    const taken = this.#out;
    this.#out = [];
    return taken;
  }
}
