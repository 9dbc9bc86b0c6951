/**
 * What the custody block of a report counts while records go by: calls by status and by how far they were read, frames by what they
 * are of, and what was not decoded and why. Records come as they may be shown.
 */
import type { AssociationRecord, CallRecord, Event, NoteRecord, SummaryRecord } from "../events.js";
import type { CallCounts, FrameCounts, Missing } from "./model.js";

/** Codes of notes of associations that say why a security context stayed encrypted. */
const SEALED: ReadonlySet<string> = new Set([
  "no-key",
  "no-matching-user",
  "wrong-password",
  "wrong-key",
  "bind-not-captured",
  "unsupported-mechanism",
  "cipher-state-lost",
]);

/** Codes of notes that tell of traffic which was not captured or not looked into; of limits, all (`…-limit`). */
const LOSSES: ReadonlySet<string> = new Set([
  "capture-cut-short",
  "capture-damaged",
  "not-a-capture",
  "input-unreadable",
  "format-not-read",
  "log-line-damaged",
  "log-line-too-long",
  "log-cut-short",
  "snaplen",
  "stream-gap",
  "incomplete-pdu",
  "malformed-pdu",
  "unknown-pdu-type",
  "skipped-octets",
  "fragments-missing",
  "first-fragment-missing",
  "datagram-fragment-missing",
  "smb-encrypted",
  "smb-compressed",
  "smb-malformed",
  "smb-raw-mode",
  "rpc-over-http",
  "kerberos-too-long",
  "interface-not-inferred",
  "filter-not-applied",
]);

/** Conversations whose calls are counted until it is known why they stayed encrypted; interfaces and reasons that are told apart. */
const MAX_OPEN = 4_096;
const MAX_KINDS = 256;
/** Interfaces that a line names. */
const SHOWN_NAMES = 6;

const NO_REASON = "no handshake was captured that says with which key";

export class CustodyCounter {
  readonly #byStatus: { [status: string]: number } = {};
  readonly #sides: { [state: string]: number } = {};
  readonly #streams = new StreamFrames();
  /** By conversation, its encrypted calls until its association says why. */
  readonly #open = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #undescribed = new Map<string, number>();
  readonly #notes = new Map<string, { count: number; message: string }>();
  #calls = 0;
  #undescribedCalls = 0;
  #cut = { incomplete: 0, malformed: 0 };
  #summary: SummaryRecord | null = null;

  /** Every record, whether a filter lets it through or not. */
  take(record: Event): void {
    if (record.type === "call") this.#call(record);
    else if (record.type === "association") this.#association(record);
    else if (record.type === "note") this.#note(record);
    else if (record.type === "summary") this.#summary = record;
  }

  /** The conversation of a frame; `frames`: as many as its datagram has, the others of which were taken before. */
  frame(of: "tcp" | "udp" | null, stream: number, frames: number): void {
    this.#streams.add(of, stream, frames);
  }

  get calls(): Omit<CallCounts, "shown"> {
    return { total: this.#calls, byStatus: this.#byStatus, sides: this.#sides };
  }

  get frames(): FrameCounts {
    const { skipped } = this.#summary ?? {};
    const passed = (skipped?.time ?? 0) + (skipped?.filter ?? 0);
    return { ...this.#streams.counts(), passed };
  }

  /** What was not decoded, and why; to be asked at the end. */
  missing(): Missing[] {
    for (const calls of this.#open.values()) count(this.#reasons, NO_REASON, calls);
    this.#open.clear();
    const missing: Missing[] = [...this.#reasons].map(([why, calls]) => ({
      what: "calls that stayed encrypted",
      count: calls,
      why,
    }));
    if (this.#undescribedCalls > 0) {
      const names = [...this.#undescribed].sort((a, b) => b[1] - a[1]).map(([name]) => name);
      const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : "";
      missing.push({
        what: "calls of interfaces that nothing describes",
        count: this.#undescribedCalls,
        why: `give IDL with --idl: ${names.slice(0, SHOWN_NAMES).join(", ")}${more}`,
      });
    }
    if (this.#cut.incomplete > 0)
      missing.push({
        what: "calls with bytes missing",
        count: this.#cut.incomplete,
        why: "they were not captured whole",
      });
    if (this.#cut.malformed > 0)
      missing.push({
        what: "calls that contradict themselves",
        count: this.#cut.malformed,
        why: "decoding stopped there",
      });
    for (const [code, { count: times, message }] of this.#notes) {
      missing.push({
        what: `notes ${code}`,
        count: times,
        why: times === 1 ? message : `the first: ${message}`,
      });
    }
    for (const { code, what, count: times } of this.#summary?.traffic.not_read ?? []) {
      missing.push({ what: `not read (${code})`, count: times, why: what });
    }
    return missing;
  }

  #call(call: CallRecord): void {
    this.#calls++;
    this.#byStatus[call.status] = (this.#byStatus[call.status] ?? 0) + 1;
    const { request, response } = call.stub;
    for (const state of [request, response]) {
      const name = state ?? "absent";
      this.#sides[name] = (this.#sides[name] ?? 0) + 1;
    }
    const has = (state: string): boolean => request === state || response === state;
    this.#streams.rpc(call);
    if (has("encrypted")) this.#sealed(call);
    if (has("unknown")) {
      this.#undescribedCalls++;
      const { name, uuid } = call.interface;
      count(this.#undescribed, name ?? uuid ?? "an interface that is not known");
    }
    if (has("incomplete")) this.#cut.incomplete++;
    if (has("malformed")) this.#cut.malformed++;
  }

  #sealed(call: CallRecord): void {
    const key = conversation(call);
    if (this.#open.size >= MAX_OPEN && !this.#open.has(key)) count(this.#reasons, NO_REASON);
    else this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  #association(record: AssociationRecord): void {
    this.#streams.rpc(record);
    const key = conversation(record);
    const calls = this.#open.get(key);
    const note = record.notes.find(({ code }) => SEALED.has(code));
    if (calls === undefined || note === undefined) return;
    this.#open.delete(key);
    count(this.#reasons, note.message, calls);
  }

  #note({ code, message }: NoteRecord): void {
    if (!LOSSES.has(code) && !code.endsWith("-limit")) return;
    const known = this.#notes.get(code);
    if (known !== undefined) known.count++;
    else if (this.#notes.size < MAX_KINDS) this.#notes.set(code, { count: 1, message });
  }
}

function count(counts: Map<string, number>, key: string, by = 1): void {
  const before = counts.get(key);
  if (before !== undefined || counts.size < MAX_KINDS) counts.set(key, (before ?? 0) + by);
  else counts.set(OTHERS, (counts.get(OTHERS) ?? 0) + by);
}

const OTHERS = "others";

interface Conversing {
  stream: number;
  transport: { protseq: string };
}

function conversation({ stream, transport }: Conversing): string {
  return `${transport.protseq === "ncadg_ip_udp" ? "udp" : "tcp"}:${stream}`;
}

/** Frames by conversation, and which conversations have DCE/RPC. */
class StreamFrames {
  readonly #counts = { tcp: new Uint32Array(1 << 10), udp: new Uint32Array(1 << 6) };
  readonly #rpc = { tcp: new Set<number>(), udp: new Set<number>() };
  #read = 0;
  #in = 0;

  add(of: "tcp" | "udp" | null, stream: number, frames: number): void {
    this.#read++;
    if (of === null) return;
    // Fragments that came before counted as of no conversation.
    this.#in += frames;
    let counts = this.#counts[of];
    if (stream >= counts.length) {
      const larger = new Uint32Array(Math.max(stream + 1, 2 * counts.length));
      larger.set(counts);
      counts = larger;
      this.#counts[of] = larger;
    }
    counts[stream]! += frames;
  }

  rpc({ stream, transport }: Conversing): void {
    this.#rpc[transport.protseq === "ncadg_ip_udp" ? "udp" : "tcp"].add(stream);
  }

  counts(): Omit<FrameCounts, "passed"> {
    let rpc = 0;
    for (const of of ["tcp", "udp"] as const) {
      for (const stream of this.#rpc[of]) rpc += this.#counts[of][stream] ?? 0;
    }
    return { read: this.#read, rpc, other: this.#in - rpc, none: this.#read - this.#in };
  }
}
