/** What is counted of a run's records, for its summary: calls, offers, notes. */
import type { CallRecord, OfferRecord, RunEnd, SummaryRecord } from "./events.js";
import { recordHead } from "./record-head.js";
import type { Totals } from "./shard/operations.js";
import { durationSeconds, timestamp } from "./time.js";

type Counts = { [name: string]: number };

export class Tally {
  readonly #calls: Counts = {};
  readonly #notes: Counts = {};
  #offers = 0;
  #complete = true;
  #ended: RunEnd | null = null;

  /** Whether all was read as far as was asked for, and why the run ended before its input did. */
  end(complete: boolean, ended: RunEnd | null): void {
    this.#complete = complete && (ended === null || ended === "limit");
    this.#ended = ended;
  }

  note(code: string): void {
    count(this.#notes, code);
  }

  call({ status, notes }: Pick<CallRecord, "status" | "notes">): void {
    count(this.#calls, status);
    for (const { code } of notes) this.note(code);
  }

  /** One that is reported several times counts once, and what its last report says of it. */
  offer(record: OfferRecord): void {
    if (record.revision === 1) this.#offers++;
    if (record.provisional) return;
    for (const { code } of record.notes) this.note(code);
  }

  summary(totals: Totals): SummaryRecord {
    const { counters, carried, first, last } = totals;
    return {
      ...recordHead("summary", null, null, null),
      frames: counters.frames,
      bytes: counters.bytes,
      streams: counters.streams,
      pdus: { ...totals.pdus },
      calls: this.#calls,
      offers: this.#offers,
      duration_s: first && last ? durationSeconds(first, last) : null,
      first_ts: first ? timestamp(first) : null,
      last_ts: last ? timestamp(last) : null,
      notes: this.#notes,
      keys: totals.keys,
      capture: null,
      ...(this.#ended === null ? {} : { ended: this.#ended }),
      complete: this.#complete,
      traffic: {
        tcp_segments: counters.tcpSegments,
        ip_packets: counters.ipPackets,
        other_frames: counters.otherFrames,
        rpc_streams: totals.rpcStreams,
        smb_streams: carried.smb,
        rpc_http_streams: carried.http,
        rpc_datagrams: totals.datagrams,
        not_read: [...totals.notRead],
      },
    };
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
