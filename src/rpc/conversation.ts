/**
 * One TCP conversation, from "nobody knows what this is" to an association or to being let go of. DCE/RPC is found by its
 * header, never by port: a conversation whose beginning was captured must begin with one, any other is searched for one.
 */
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Instant } from "../time.js";
import type { Association } from "./association.js";
import { type FramedPdu, type FramingNote, PduStream } from "./pdu-stream.js";

/** Octets of both directions looked at before a conversation that began before the capture is let go of. */
export const UNDECIDED_LIMIT = 128 * 1024;

/** `other`: not DCE/RPC, of no more interest. */
export type Verdict = "undecided" | "rpc" | "other";

export class Conversation implements Holder {
  verdict: Verdict = "undecided";
  readonly association: Association;
  readonly #streams: [PduStream, PduStream];
  readonly #account: Account;
  #looked = 0;
  #missing = false;

  /** `midstream`: the beginning was not captured, so that the first octets may be the middle of a PDU. */
  constructor(midstream: boolean, association: Association, partial: Kind = unlimited()) {
    this.association = association;
    this.#account = partial.open(this);
    this.#streams = [new PduStream(midstream), new PduStream(midstream)];
  }

  data(direction: 0 | 1, bytes: Uint8Array, frames: number | readonly number[], time: Instant): void {
    const stream = this.#streams[direction];
    stream.feed(bytes, frames, time, this.#taker(direction), this.#notes(time));
    if (this.verdict === "undecided") this.#decide(stream, bytes.length);
    else if (stream.lost && this.#streams[direction === 0 ? 1 : 0].lost) this.verdict = "other";
    this.#account.set(this.#held());
  }

  get stream(): number {
    return this.association.stream;
  }

  /** Memory is short: PDUs that are not whole go out cut. */
  giveUp(): void {
    for (const direction of [0, 1] as const) this.#streams[direction].giveUp(this.#taker(direction));
    this.#account.set(this.#held());
  }

  /** What waits for the rest of its PDU. */
  #held(): number {
    return this.#streams[0].held + this.#streams[1].held;
  }

  gap(direction: 0 | 1, size: number, time: Instant): void {
    this.#missing = true;
    this.#streams[direction].gap(size, time, this.#taker(direction), this.#notes(time));
    if (this.verdict === "rpc") this.association.gap(direction);
    this.#account.set(this.#held());
  }

  /** The conversation ends, or the capture does. */
  close(time: Instant): void {
    this.#streams[0].finish(this.#taker(0), this.#notes(time));
    this.#streams[1].finish(this.#taker(1), this.#notes(time));
    this.association.close();
    this.release();
  }

  /** Nobody wants it any more. */
  release(): void {
    this.#account.close();
    this.association.release();
  }

  #taker(direction: 0 | 1): (p: FramedPdu) => void {
    return (p) => {
      if (this.verdict === "other") return;
      if (this.association.handle(direction, p)) this.verdict = "rpc";
      else this.verdict = "other";
    };
  }

  #notes(time: Instant): (n: FramingNote) => void {
    return (n) => {
      if (this.verdict !== "rpc") return;
      const message = `${n.skipped} octets belong to no PDU that could be recognised`;
      this.association.note("warning", n.code, message, n.frame === 0 ? null : n.frame, time);
    };
  }

  /** No PDU so far: either the first octets cannot be one, or enough was searched. */
  #decide(stream: PduStream, size: number): void {
    this.#looked += size;
    if (this.#looked > UNDECIDED_LIMIT) this.verdict = "other";
    else if (stream.searching && !this.#missing && !stream.began) this.verdict = "other";
  }
}
