/**
 * Which conversations are written: those of the records that a filter let through, and of offers with what followed them; and
 * what the frame that closes a call is given to say.
 */
import type { CallRecord, Event } from "../events.js";
import { FrameMarks } from "./frame-marks.js";

/** Bytes of comments that are kept, as an estimate; further calls get none. */
const MAX_COMMENTS = 64 << 20;
const COMMENT_COST = 100;

/** The conversation that a frame belongs to, as the run numbers it. */
export interface FrameConversation {
  protocol: "tcp" | "udp";
  stream: number;
  /** The frame, or all of its datagram. */
  frames: number | readonly number[];
}

/** Which records choose conversations beside calls: filters by what only calls have let all others through. */
export interface ChoosingKinds {
  associations: boolean;
  offers: boolean;
}

/** A record as far as its conversation goes. */
interface Conversing {
  stream: number;
  transport: { protseq: string };
}

function isDatagrams({ transport }: Conversing): boolean {
  return transport.protseq === "ncadg_ip_udp";
}

export class Selection {
  readonly #tcp = new Set<number>();
  readonly #udp = new Set<number>();
  /** Frames of calls in datagrams: servers may answer from another port, which makes another conversation. */
  readonly #carriers = new FrameMarks();
  readonly #comments = new Map<number, string>();
  readonly #comment: (call: CallRecord) => string;
  readonly #says: ChoosingKinds;
  #bytes = 0;
  /** Calls that got no comment because there were too many. */
  uncommented = 0;
  /** The frames of the conversations that were chosen. */
  readonly frames = new FrameMarks();

  /** `says`: whether the filter has anything to say of records that are no calls. */
  constructor(comment: (call: CallRecord) => string, says: ChoosingKinds) {
    this.#comment = comment;
    this.#says = says;
  }

  /** Conversations that were chosen. */
  get size(): number {
    return this.#tcp.size + this.#udp.size;
  }

  /** A record that the filter let through. */
  take(record: Event): void {
    if (record.type === "call") {
      this.#choose(record);
      if (isDatagrams(record)) {
        for (const frame of [...record.frames.request, ...record.frames.response]) this.#carriers.add(frame);
      }
      this.describe(record);
    } else if (record.type === "association") {
      if (this.#says.associations) this.#choose(record);
    } else if (record.type === "offer" && this.#says.offers) {
      for (const [stream] of record.calls) this.#tcp.add(stream);
      if (record.follow_up !== null) this.#tcp.add(record.follow_up.stream);
    }
  }

  #choose(record: Conversing): void {
    (isDatagrams(record) ? this.#udp : this.#tcp).add(record.stream);
  }

  /** What the frame that closes a call is given to say, should it be written. */
  describe(call: CallRecord): void {
    const frame = call.frames.response.at(-1) ?? call.frames.request.at(-1);
    if (frame === undefined) return;
    if (this.#bytes > MAX_COMMENTS) {
      this.uncommented++;
      return;
    }
    const text = this.#comment(call);
    const before = this.#comments.get(frame);
    this.#comments.set(frame, before === undefined ? text : `${before}\n${text}`);
    this.#bytes += text.length + COMMENT_COST;
  }

  has({ protocol, stream }: FrameConversation): boolean {
    return (protocol === "tcp" ? this.#tcp : this.#udp).has(stream);
  }

  /** Marks the frames of a conversation that was chosen. One of datagrams is from the first on that is part of a chosen call. */
  mark(of: FrameConversation): void {
    const frames = typeof of.frames === "number" ? [of.frames] : of.frames;
    if (!this.has(of)) {
      if (of.protocol !== "udp" || !frames.some((frame) => this.#carriers.has(frame))) return;
      this.#udp.add(of.stream);
    }
    for (const frame of frames) this.frames.add(frame);
  }

  commentOf(frame: number): string | null {
    return this.#comments.get(frame) ?? null;
  }
}
