/** One summary of several runs: what was counted is added, the times span all of them. */
import type { KeysRecord, SummaryRecord } from "../events.js";
import { secondsApart } from "../output/format.js";

type Counts = { [name: string]: number };

/** Security contexts that a joined summary lists. */
const MAX_CONTEXTS = 1_000;

export function joinSummaries(a: SummaryRecord, b: SummaryRecord): SummaryRecord {
  const first = earlier(a.first_ts, b.first_ts);
  const last = a.last_ts === earlier(a.last_ts, b.last_ts) ? b.last_ts : a.last_ts;
  const joined: SummaryRecord = {
    ...a,
    frames: a.frames + b.frames,
    bytes: a.bytes + b.bytes,
    streams: a.streams + b.streams,
    pdus: added(a.pdus, b.pdus),
    calls: added(a.calls, b.calls),
    offers: a.offers + b.offers,
    duration_s: first === null || last === null ? null : secondsApart(first, last),
    first_ts: first,
    last_ts: last,
    notes: added(a.notes, b.notes),
    keys: joinKeys(a.keys, b.keys),
    // The counters of one live capture say nothing of two.
    capture: null,
    complete: a.complete && b.complete,
    traffic: joinTraffic(a.traffic, b.traffic),
  };
  const shown = [a, b].map((of) => of.shown ?? { calls: total(of.calls), offers: of.offers });
  if (a.detections !== undefined || b.detections !== undefined) {
    joined.detections = added(a.detections ?? {}, b.detections ?? {});
  }
  delete joined.shown;
  delete joined.ended;
  if (a.shown !== undefined || b.shown !== undefined) {
    joined.shown = { calls: shown[0]!.calls + shown[1]!.calls, offers: shown[0]!.offers + shown[1]!.offers };
  }
  const ended = a.ended ?? b.ended;
  if (ended !== undefined) joined.ended = ended;
  return joined;
}

/** The earlier of two times, of which either may be missing. */
function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a <= b ? a : b;
}

function added(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function joinKeys(a: KeysRecord | null, b: KeysRecord | null): KeysRecord | null {
  if (a === null || b === null) return a ?? b;
  const contexts = [...a.contexts, ...b.contexts];
  const listed = contexts.slice(0, MAX_CONTEXTS);
  return {
    secrets: [...a.secrets, ...b.secrets].slice(0, MAX_CONTEXTS),
    contexts: listed,
    contexts_not_listed: a.contexts_not_listed + b.contexts_not_listed + contexts.length - listed.length,
  };
}

function joinTraffic(a: SummaryRecord["traffic"], b: SummaryRecord["traffic"]): SummaryRecord["traffic"] {
  const unread = new Map(a.not_read.map((of) => [`${of.code} ${of.what}`, { ...of }]));
  for (const of of b.not_read) {
    const key = `${of.code} ${of.what}`;
    const known = unread.get(key);
    if (known === undefined) unread.set(key, { ...of });
    else known.count += of.count;
  }
  return {
    tcp_segments: a.tcp_segments + b.tcp_segments,
    ip_packets: a.ip_packets + b.ip_packets,
    other_frames: a.other_frames + b.other_frames,
    rpc_streams: a.rpc_streams + b.rpc_streams,
    smb_streams: a.smb_streams + b.smb_streams,
    rpc_http_streams: a.rpc_http_streams + b.rpc_http_streams,
    rpc_datagrams: a.rpc_datagrams + b.rpc_datagrams,
    not_read: [...unread.values()],
  };
}
