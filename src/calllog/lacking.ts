/** What a call log does not hold, in words: which kinds of records were kept, and what filters held back, when it was written. */
import { EVENT_KINDS, type EventKind, type SummaryRecord } from "../events.js";

export interface LackedKinds {
  severity: "info" | "warning";
  code: string;
  message: string;
}

interface Held {
  readonly name: string;
  readonly records: ReadonlyMap<EventKind, number>;
  readonly summary: SummaryRecord | null;
}

const NAMES: { readonly [kind in EventKind]: string } = {
  call: "calls",
  association: "associations",
  offer: "offers",
  note: "notes",
  detection: "findings",
  summary: "summary",
  observation: "observations",
};

const FULLER = "a log with all of them is written by: raiscope CAPTURE -T ndjson --events all";

/** What a run wants of call logs, beside the records in them. */
export interface Wants {
  kinds: ReadonlySet<EventKind>;
  /** What conversations did beside calls, which is in no log. */
  observations?: boolean | undefined;
  /** Keys were given, to decrypt with. */
  keys?: boolean | undefined;
}

/** What no call log has, whichever it is. */
export function lackedByAll({ observations, keys }: Wants): LackedKinds[] {
  const lacked: LackedKinds[] = [];
  if (observations === true) {
    const message =
      "call logs hold calls, not what conversations did beside them: logons, tickets, files and traffic have no rows; they are in the capture only";
    lacked.push({ severity: "warning", code: "log-observations-missing", message });
  }
  if (keys === true) {
    const message = "keys open nothing in a call log: what was encrypted when it was written stays so";
    lacked.push({ severity: "warning", code: "log-keys", message });
  }
  return lacked;
}

/** A sentence on what of the kinds that are asked for is missing; null where nothing is. */
export function lackedKinds(
  { name, records, summary }: Held,
  wanted: ReadonlySet<EventKind>,
): LackedKinds | null {
  const missing = EVENT_KINDS.filter(
    (kind) =>
      wanted.has(kind) &&
      // Rules find them anew.
      kind !== "detection" &&
      !records.has(kind) &&
      (summary === null || countIn(summary, kind) > 0),
  );
  if (missing.length > 0) {
    const kept = EVENT_KINDS.filter((kind) => records.has(kind)).map((kind) => NAMES[kind]);
    const holds = kept.length === 0 ? "is empty" : `holds ${list(kept)} only`;
    const lacks = missing.map((kind) => NAMES[kind]);
    const message = `${name} ${holds}: it has no ${list(lacks, "or")}; ${FULLER}`;
    return { severity: "warning", code: "log-kinds-missing", message };
  }
  if (summary?.shown === undefined) return null;
  const { calls, offers } = summary.shown;
  const all = countIn(summary, "call");
  return {
    severity: "info",
    code: "log-filtered",
    message: `${name} was written with filters: ${calls} of ${all} calls and ${offers} of ${summary.offers} offers are in it`,
  };
}

/** How many there were by the summary; 0 where it does not tell. */
function countIn(summary: SummaryRecord, kind: EventKind): number {
  switch (kind) {
    case "call":
      return Object.values(summary.calls).reduce((sum, count) => sum + count, 0);
    case "association":
      return summary.traffic.rpc_streams;
    case "offer":
      return summary.offers;
    default:
      return 0;
  }
}

function list(names: readonly string[], last = "and"): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}
