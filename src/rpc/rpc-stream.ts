/**
 * One stream of PDUs, from first bytes to an association, or to dismissal as another protocol. DCE/RPC is found by its PDUs,
 * never by port: a stream whose beginning was captured must begin with one, any other is searched for one, unless it speaks
 * a protocol that may carry PDUs inside.
 */
import { HTTP_BANNER, isAnswer, isPair, kindOf } from "../../dissectors/dcerpc/evidence.js";
import { credibleHeader } from "../../dissectors/dcerpc/header.js";
import { smbSignatureIn, startsForeign } from "../../dissectors/foreign.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import { type LifeCycle, nextState } from "../life-cycle.js";
import type { DataProvenance, GapProvenance, Protocol, Provenance, Verdict } from "../protocols/protocol.js";
import type { Instant } from "../time.js";
import type { Association } from "./association.js";
import { Carriers } from "./carriers.js";
import type { FramedPdu, Skipped } from "./framed.js";
import type { Out } from "./output.js";
import { PduStream } from "./pdu-stream.js";

/** Bytes of both directions looked at before a conversation that began before the capture is dropped. */
const UNDECIDED_LIMIT = 128 * 1024;

/** Whether a conversation may be DCE/RPC of which these bytes are the first seen; `begins`: nothing was before them. */
export function mayBeRpc(bytes: Uint8Array, begins: boolean): boolean {
  if (!begins) return !startsForeign(bytes);
  return credibleHeader(bytes, 0, bytes.length, true) !== "no" || startsLikeBanner(bytes);
}

function startsLikeBanner(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length && i < HTTP_BANNER.length; i++) {
    if (bytes[i] !== HTTP_BANNER.charCodeAt(i)) return false;
  }
  return true;
}

/** A note of framing, kept until it is known whether anybody wants it. */
interface Unreported {
  note: Skipped;
  at: Instant;
}

const DIRECTIONS = [0, 1] as const;

/** What makes a stream DCE/RPC, or not: a PDU, bytes of another protocol, a first PDU that is none, nothing found for long. */
export type RpcStreamEvent = "pdu" | "foreign" | "refuted" | "exhausted";

export const RPC_STREAM: LifeCycle<Verdict, RpcStreamEvent> = {
  undecided: { pdu: "mine", foreign: "other", refuted: "other", exhausted: "other" },
  mine: {},
  other: {},
};

export class RpcStream implements Holder, Protocol {
  verdict: Verdict = "undecided";
  readonly speaks = "dce_rpc";
  readonly association: Association;
  readonly #streams: readonly [PduStream, PduStream];
  readonly #account: Account;
  /** By direction, the messages of another protocol that carried what is not a whole PDU yet. */
  readonly #carriers: readonly [Carriers, Carriers] = [new Carriers(), new Carriers()];
  #looked = 0;
  #missing = false;
  /** When the last bytes came. */
  #now: Instant | null = null;
  /** By direction: its PDUs are being taken, so that what they bring about has to wait for its turn. */
  readonly #taking: [boolean, boolean] = [false, false];
  /** What there was to say before it was known to be DCE/RPC. */
  #unreported: Unreported[] = [];

  /** `midstream`: the beginning was not captured, so that the first bytes may be the middle of a PDU. */
  constructor(midstream: boolean, association: Association, partial: Kind = unlimited()) {
    this.association = association;
    this.#account = partial.open(this);
    this.#streams = [new PduStream(midstream), new PduStream(midstream)];
  }

  data(direction: 0 | 1, bytes: Uint8Array, at: DataProvenance): void {
    const stream = this.#streams[direction];
    if (this.verdict === "undecided" && stream.searching && isForeign(bytes, stream.hopeful)) {
      this.#change("foreign");
      return;
    }
    this.#now = at.time;
    if (at.message !== undefined) this.#carriers[direction].add(at.message, at.sequence, bytes.length);
    stream.feed(bytes, at.frames, at.time, at.sequence);
    this.#take(direction);
    if (this.verdict === "undecided") {
      this.#pair();
      this.#decide(stream, bytes.length);
    }
    this.#account.set(this.#held());
  }

  get stream(): number {
    return this.association.stream;
  }

  /** Memory is short: PDUs that are not whole go out cut. */
  giveUp(): void {
    if (this.#now === null) return;
    for (const direction of DIRECTIONS) {
      this.#streams[direction].giveUp();
      this.#take(direction);
    }
    this.#account.set(this.#held());
  }

  /** What waits for the rest of its PDU, or for proof that it is one. */
  #held(): number {
    const [a, b] = this.#carriers;
    return this.#streams[0].held + this.#streams[1].held + a.held + b.held;
  }

  gap(direction: 0 | 1, size: number, at: GapProvenance): void {
    const { association } = this;
    this.#missing = true;
    this.#now = at.time;
    this.#streams[direction].gap(size, at.time);
    this.#take(direction);
    this.#account.set(this.#held());
    if (this.verdict !== "mine") return;
    association.gap(direction);
    const from = direction === association.client ? "client" : "server";
    const what = size === 0 ? "an unknown number of bytes" : `${size} bytes`;
    const why = at.reason === "snaplen" ? "cut by the snap length" : "missing";
    association.note("warning", "stream-gap", `${what} from the ${from} are ${why}`, at.frame, at.time);
  }

  /** The stream ends, or the capture does. */
  close(at: Provenance, out: Out): void {
    this.#now = at.time;
    for (const direction of DIRECTIONS) {
      this.#streams[direction].finish();
      this.#take(direction);
    }
    this.association.close();
    this.release(out);
  }

  /** Nobody wants it any more. */
  release(out: Out): void {
    this.#account.close();
    this.association.release();
    out.push({ kind: "closed", association: this.association.number, rpc: this.verdict === "mine" });
  }

  /** Takes what came out of one direction. */
  #take(direction: 0 | 1): void {
    if (this.#taking[direction]) return;
    this.#taking[direction] = true;
    const stream = this.#streams[direction];
    for (let framed = stream.next(); framed !== null; framed = stream.next()) {
      if (this.verdict === "other") continue;
      if (framed.kind === "pdu") this.#pdu(direction, framed);
      else if (this.verdict === "mine") this.#report(framed, this.#now!);
      else this.#unreported.push({ note: framed, at: this.#now! });
    }
    this.#taking[direction] = false;
  }

  #pdu(direction: 0 | 1, p: FramedPdu): void {
    const { searching } = this.#streams[opposite(direction)];
    p.message = this.#carriers[direction].take(p.sequence);
    if (searching) this.#settle(direction, p, false);
    if (!this.association.handle(direction, p)) this.#change("refuted");
    else if (this.verdict === "undecided") {
      this.#change("pdu");
      for (const stream of this.#streams) stream.rpc = true;
      for (const { note, at } of this.#unreported) this.#report(note, at);
      this.#unreported = [];
    }
    if (searching && this.verdict === "mine") this.#settle(direction, p, true);
  }

  /**
   * A PDU of `direction` proves what waits on the other side: its answer, which comes `after` it, or its request; and the
   * first one proves what came before it.
   */
  #settle(direction: 0 | 1, p: FramedPdu, after: boolean): void {
    const there = opposite(direction);
    const other = this.#streams[there];
    const kind = kindOf(new Reader(p.bytes));
    const fitting = other.waitingForProof().find((w) => isPair(w, kind));
    if (fitting) {
      if (isAnswer(fitting.ptype) === after) other.prove(fitting.at);
    } else if (!after && !other.rpc) {
      other.rpc = true;
      other.settle();
    }
    this.#take(there);
  }

  /** A request and an answer that fit prove one another. */
  #pair(): void {
    const [a, b] = this.#streams;
    if (!a.searching || !b.searching) return;
    const there = b.waitingForProof();
    if (there.length === 0) return;
    const found = a.waitingForProof().find((w) => there.some((v) => isPair(w, v)));
    if (!found) return;
    // The one that is proven proves the other in turn.
    a.prove(found.at);
    this.#take(0);
  }

  #report({ skipped, frame }: Skipped, at: Instant): void {
    const message = `${skipped} bytes do not belong to any recognisable PDU`;
    this.association.note("warning", "skipped-octets", message, frame === 0 ? null : frame, at);
  }

  /** No PDU so far: either the first bytes cannot be one, or enough was searched. */
  #decide(stream: PduStream, size: number): void {
    this.#looked += size;
    if (this.#looked > UNDECIDED_LIMIT) this.#change("exhausted");
    else if (stream.searching && !this.#missing && !stream.began) this.#change("exhausted");
  }

  #change(event: RpcStreamEvent): void {
    this.verdict = nextState(RPC_STREAM, this.verdict, event);
  }
}

/** A segment within which a PDU is being put together may hold anything, but at its start. */
function isForeign(bytes: Uint8Array, hopeful: boolean): boolean {
  return startsForeign(bytes) || (!hopeful && smbSignatureIn(bytes) >= 0);
}

function opposite(direction: 0 | 1): 0 | 1 {
  return direction === 0 ? 1 : 0;
}
