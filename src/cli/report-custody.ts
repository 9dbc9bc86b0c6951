/** What a report says of its inputs: their sums and times, the sums of the bytes behind each statement, and how it was called. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Frame } from "../capture/frame.js";
import type { Inputs } from "../capture/node/open.js";
import type { NoteRecord, OfferRecord, SummaryRecord } from "../events.js";
import type { CustodyInput, EvidenceSum } from "../report/model.js";
import { type Instant, secondsBetween, timestamp } from "../time.js";
import type { CaseOptions } from "./case-options.js";

interface FileTimes {
  frames: number;
  first: Instant | null;
  last: Instant | null;
}

/** Notes of inputs that are looked at. */
const MAX_NOTES = 10_000;

export class InputSums {
  readonly names: readonly string[];
  readonly #logs: readonly boolean[];
  readonly #times: FileTimes[];
  readonly #source: Inputs;
  readonly #notes: string[] = [];

  constructor(inputs: Inputs) {
    this.names = inputs.names;
    this.#logs = inputs.logs;
    this.#source = inputs;
    this.#times = inputs.names.map(() => ({ frames: 0, first: null, last: null }));
  }

  saw({ file, seconds, nanos, digits }: Frame): void {
    const of = this.#times[file];
    if (of === undefined) return;
    of.frames++;
    const here = { seconds, nanos, digits };
    if (of.first === null || secondsBetween(of.first, here) < 0) of.first = here;
    if (of.last === null || secondsBetween(of.last, here) > 0) of.last = here;
  }

  /** What was said of an input, which names it first. */
  note({ severity, message, code }: Pick<NoteRecord, "severity" | "code" | "message">): void {
    if (severity === "info" || code === "trailing-bytes") return;
    if (this.#notes.length < MAX_NOTES) this.#notes.push(message);
  }

  /** Reads each file once more, for its sum. */
  async all(summary: SummaryRecord | null): Promise<CustodyInput[]> {
    const found: CustodyInput[] = [];
    for (const [index, name] of this.names.entries()) {
      const { frames, first, last } = this.#times[index]!;
      found.push({
        name,
        kind: this.#logs[index] === true ? "call log" : "capture",
        bytes: (await stat(name)).size,
        sha256: await sumOf(name),
        frames,
        first: first === null ? null : timestamp(first),
        last: last === null ? null : timestamp(last),
        incomplete: this.#incomplete(name, summary),
      });
    }
    return found;
  }

  #incomplete(name: string, summary: SummaryRecord | null): string | null {
    const own = this.#notes.find((message) => message.startsWith(`${name}:`));
    if (own !== undefined) return own.slice(name.length + 1).trim();
    if (summary?.ended === "limit") return "reading stopped after a number of frames, as --limit asks";
    if (this.names.length > 1 || this.#source.complete) return null;
    return "it is damaged or was cut short";
  }
}

async function sumOf(path: string): Promise<string> {
  const sum = createHash("sha256");
  for await (const piece of createReadStream(path)) sum.update(piece as Uint8Array);
  return sum.digest("hex");
}

/** Bytes of frames that are kept until they are summed. */
const MAX_KEPT = 32 << 20;

export class EvidenceSums {
  readonly #frames = new Map<number, Uint8Array | null>();
  #kept = 0;

  constructor(offers: readonly OfferRecord[]) {
    for (const { evidence } of offers) {
      for (const { frames } of evidence) for (const frame of frames) this.#frames.set(frame, null);
    }
  }

  saw(frame: Frame): void {
    if (!this.#frames.has(frame.number)) return;
    const { data } = frame.copy();
    this.#kept += data.length;
    if (this.#kept <= MAX_KEPT) this.#frames.set(frame.number, data);
  }

  /** Of each statement: the captured bytes of its frames, in the order in which they are listed. */
  of(offer: OfferRecord): EvidenceSum[] {
    return offer.evidence.map(({ frames }) => {
      const sum = createHash("sha256");
      let bytes = 0;
      for (const frame of frames) {
        const data = this.#frames.get(frame) ?? null;
        if (data === null) return { sha256: null, bytes: 0 };
        sum.update(data);
        bytes += data.length;
      }
      return frames.length === 0 ? { sha256: null, bytes: 0 } : { sha256: sum.digest("hex"), bytes };
    });
  }
}

/** How the report was asked for, without what is secret. */
export function optionsOf(options: CaseOptions): string[] {
  const given = (name: string, values: readonly string[] | undefined): string[] =>
    (values ?? []).map((value) => `${name} ${value}`);
  const counted = (name: string, values: readonly string[] | undefined): string[] =>
    values === undefined ? [] : [values.length === 1 ? name : `${name} (${values.length} times)`];
  const flag = (name: string, set: boolean | undefined): string[] => (set === true ? [name] : []);
  return [
    ...counted("--password", options.password),
    ...counted("--nt-hash", options.ntHash),
    ...counted("--session-key", options.sessionKey),
    ...counted("--keytab", options.keytab),
    ...counted("--secrets", options.secrets),
    ...given("--idl", options.idl),
    ...given("--rules", options.rules),
    ...flag("--no-shipped-rules", options.shippedRules === false),
    ...given("--level", options.level === undefined ? undefined : [options.level]),
    ...given("--helpers", options.helpers === undefined ? undefined : [options.helpers]),
    ...given("-Y", options.displayFilter),
    ...given("-f", options.filter === undefined ? undefined : [options.filter]),
    ...flag("--only-rai", options.onlyRai),
    ...given("--interface", options.interface),
    ...given("--status", options.status),
    ...given("--host", options.host),
    ...given("--transport", options.transport),
    ...(options.after === undefined ? [] : [`--after ${timestamp({ ...options.after, digits: 9 })}`]),
    ...(options.before === undefined ? [] : [`--before ${timestamp({ ...options.before, digits: 9 })}`]),
    ...(options.limit === undefined ? [] : [`--limit ${options.limit}`]),
    ...(options.maxMemory === undefined ? [] : [`--max-memory ${options.maxMemory}`]),
    ...flag("--include-secrets", options.includeSecrets),
    ...flag("--include-packets", options.includePackets),
  ];
}
