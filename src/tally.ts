/** What is counted over a run, for its summary: PDUs, calls, offers, notes, and from when to when. */
import type { CallRecord, OfferRecord, RunEnd, SummaryRecord } from "./events.js";
import type { StreamCounters } from "./reassembly/streams.js";
import { recordHead } from "./record-head.js";
import { type Instant, secondsBetween, timestamp } from "./time.js";

type Counts = { [name: string]: number };

export class Tally {
  readonly #pdus: Counts = {};
  readonly #calls: Counts = {};
  readonly #notes: Counts = {};
  #offers = 0;
  /** Conversations that proved to be DCE/RPC. */
  rpcStreams = 0;
  #first: Instant | null = null;
  /** The time of the frame at hand. */
  readonly last: Instant = { seconds: 0, nanos: 0, digits: 6 };
  /** The latest time so far, where the capture's clock went back behind it. */
  #latest: Instant | null = null;
  #complete = true;
  #ended: RunEnd | null = null;

  /** A frame of this time; true where it begins another second. */
  frame(at: Instant): boolean {
    const { last } = this;
    const another = at.seconds !== last.seconds;
    if (at.seconds < last.seconds || (!another && at.nanos < last.nanos)) this.#wentBack(at);
    last.seconds = at.seconds;
    last.nanos = at.nanos;
    last.digits = at.digits;
    this.#first ??= { ...last };
    return another;
  }

  /** Whether all was read as far as was asked for, and why the run ended before its input did. */
  end(complete: boolean, ended: RunEnd | null): void {
    this.#complete = complete && (ended === null || ended === "limit");
    this.#ended = ended;
  }

  pdu(type: string): void {
    count(this.#pdus, type);
  }

  note(code: string): void {
    count(this.#notes, code);
  }

  call(record: CallRecord): void {
    count(this.#calls, record.status);
    for (const { code } of record.notes) this.note(code);
  }

  offer(record: OfferRecord): void {
    this.#offers++;
    for (const { code } of record.notes) this.note(code);
  }

  summary(counters: StreamCounters, keys: SummaryRecord["keys"]): SummaryRecord {
    const first = this.#first;
    const back = this.#latest !== null && secondsBetween(this.last, this.#latest) > 0;
    const last = back ? this.#latest! : this.last;
    return {
      ...recordHead("summary", null, null, null),
      frames: counters.frames,
      bytes: counters.bytes,
      streams: counters.streams,
      pdus: this.#pdus,
      calls: this.#calls,
      offers: this.#offers,
      duration_s: first ? secondsBetween(first, last) : null,
      first_ts: first ? timestamp(first) : null,
      last_ts: first ? timestamp(last) : null,
      notes: this.#notes,
      keys,
      ...(this.#ended === null ? {} : { ended: this.#ended }),
      complete: this.#complete,
      traffic: {
        tcp_segments: counters.tcpSegments,
        ip_packets: counters.ipPackets,
        other_frames: counters.otherFrames,
        rpc_streams: this.rpcStreams,
      },
    };
  }

  /** Merged captures and clocks that are set go back in time: the summary tells the earliest and the latest. */
  #wentBack({ seconds, nanos, digits }: Instant): void {
    const { last } = this;
    if (this.#first === null) return;
    if (this.#latest === null || secondsBetween(this.#latest, last) > 0) this.#latest = { ...last };
    if (secondsBetween(this.#first, { seconds, nanos, digits }) < 0) this.#first = { seconds, nanos, digits };
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
