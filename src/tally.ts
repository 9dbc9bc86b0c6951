/** What is counted over a run, for its summary: PDUs, calls, offers, notes, and from when to when. */
import type { Carrier } from "../dissectors/foreign.js";
import type { CallRecord, Note, OfferRecord, RunEnd, SummaryRecord } from "./events.js";
import type { StreamCounters } from "./reassembly/streams.js";
import type { NotRead } from "./reassembly/unread.js";
import { recordHead } from "./record-head.js";
import { durationSeconds, type Instant, LONGEST_DURATION, secondsBetween, timestamp } from "./time.js";

type Counts = { [name: string]: number };

/** Seconds by which frames of several interfaces or processors are out of order every day. */
const USUAL_STEP = 1;

interface ClockSteps {
  /** The first frame that is earlier than the one before it. */
  frame: number;
  at: Instant;
  file: number;
  times: number;
  /** The largest step, in seconds. */
  most: number;
}

/** What others count. */
interface Counted {
  counters: StreamCounters;
  /** PDUs by type. */
  pdus: Readonly<Counts>;
  /** Flows of protocols that may carry DCE/RPC. */
  carried: { readonly [carrier in Carrier]: number };
  /** PDUs of connectionless DCE/RPC. */
  datagrams: { readonly count: number };
}

export class Tally {
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
  /** By input, the frames that are earlier than the one before them. */
  readonly #steps = new Map<number, ClockSteps>();
  #complete = true;
  #ended: RunEnd | null = null;

  /** A frame; true where it begins another second. */
  frame(at: Instant & { number: number; file: number }): boolean {
    const { last } = this;
    const another = at.seconds !== last.seconds;
    if (at.seconds < last.seconds || (!another && at.nanos < last.nanos)) this.#wentBack(at);
    last.seconds = at.seconds;
    last.nanos = at.nanos;
    last.digits = at.digits;
    this.#first ??= { ...last };
    return another;
  }

  /** The time of the frame at hand, to be kept. */
  now(): Instant {
    return { ...this.last };
  }

  /** Whether all was read as far as was asked for, and why the run ended before its input did. */
  end(complete: boolean, ended: RunEnd | null): void {
    this.#complete = complete && (ended === null || ended === "limit");
    this.#ended = ended;
  }

  note(code: string): void {
    count(this.#notes, code);
  }

  call(record: CallRecord): void {
    count(this.#calls, record.status);
    for (const { code } of record.notes) this.note(code);
  }

  /** One that is reported several times counts once, and what its last report says of it. */
  offer(record: OfferRecord): void {
    if (record.revision === 1) this.#offers++;
    if (record.provisional) return;
    for (const { code } of record.notes) this.note(code);
  }

  summary(
    { counters, pdus, carried, datagrams }: Counted,
    notRead: NotRead[],
    keys: SummaryRecord["keys"],
  ): SummaryRecord {
    const first = this.#first;
    const back = this.#latest !== null && secondsBetween(this.last, this.#latest) > 0;
    const last = back ? this.#latest! : this.last;
    return {
      ...recordHead("summary", null, null, null),
      frames: counters.frames,
      bytes: counters.bytes,
      streams: counters.streams,
      pdus: { ...pdus },
      calls: this.#calls,
      offers: this.#offers,
      duration_s: first ? durationSeconds(first, last) : null,
      first_ts: first ? timestamp(first) : null,
      last_ts: first ? timestamp(last) : null,
      notes: this.#notes,
      keys,
      capture: null,
      ...(this.#ended === null ? {} : { ended: this.#ended }),
      complete: this.#complete,
      traffic: {
        tcp_segments: counters.tcpSegments,
        ip_packets: counters.ipPackets,
        other_frames: counters.otherFrames,
        rpc_streams: this.rpcStreams,
        smb_streams: carried.smb,
        rpc_http_streams: carried.http,
        rpc_datagrams: datagrams.count,
        not_read: notRead,
      },
    };
  }

  /** What is to be reported of the clock of each input, at the end. */
  clockNotes(): { note: Note; steps: ClockSteps }[] {
    return [...this.#steps.values()].map((steps) => {
      const { times, most } = steps;
      const often = times === 1 ? "once" : `${times} times, first here,`;
      const far = most > LONGEST_DURATION ? "more than 10 years" : `${Number(most.toFixed(6))} s`;
      const note: Note = {
        severity: most < USUAL_STEP ? "info" : "warning",
        code: "clock-stepped-back",
        message: `the capture's clock steps back ${often} by ${times === 1 ? "" : "up to "}${far}`,
      };
      return { note, steps };
    });
  }

  /** Merged captures and clocks that are set go back in time: the summary shows the earliest and the latest. */
  #wentBack({ seconds, nanos, digits, number, file }: Instant & { number: number; file: number }): void {
    const { last } = this;
    if (this.#first === null) return;
    const step = secondsBetween({ seconds, nanos, digits }, last);
    const known = this.#steps.get(file);
    if (known === undefined) {
      this.#steps.set(file, { frame: number, at: { seconds, nanos, digits }, file, times: 1, most: step });
    } else {
      known.times++;
      known.most = Math.max(known.most, step);
    }
    if (this.#latest === null || secondsBetween(this.#latest, last) > 0) this.#latest = { ...last };
    if (secondsBetween(this.#first, { seconds, nanos, digits }) < 0) this.#first = { seconds, nanos, digits };
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
