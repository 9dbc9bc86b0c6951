/** An initiation as a record. */
import { type Note, type OfferRecord, SCHEMA } from "../../events.js";
import { offerId } from "../../record/ids.js";
import { timestamp } from "../../time.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import { FOLLOW_UP } from "../connections/follow-up.js";
import { bindingsOf } from "../steps/predicates.js";
import type { EntryPoint, Step, StepKind } from "../steps/step.js";
import { Evidence } from "./evidence.js";
import { reportFallback } from "./fallback.js";
import { followUpOf, followUpRecord } from "./follow-up.js";
import type { Initiation } from "./initiation.js";
import { asking, describePath, listing } from "./narrative.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { expertOf, mainStep, type Novice, noviceOf } from "./parties.js";
import { listedSessions, selectedSession } from "./sessions.js";

export interface Reported {
  record: OfferRecord;
  /** Microseconds since 1970 of its first step. */
  at: number;
  followUp: ConnectionAttempt | null;
}

export function offerRecord(initiation: Initiation): Reported {
  const { steps } = initiation;
  const evidence = new Evidence();
  const notes: Note[] = [];
  const first = steps[0]!;
  const main = mainStep(steps);
  const expert = expertOf(steps, evidence);
  const novice = noviceOf(steps, initiation.associations, evidence);
  describePath(steps, evidence);
  const listed = listedSessions(steps);
  listing(steps, listed.walked, listed.sessions.length, listed.frames, evidence);
  asking(steps, evidence);
  const outcome = outcomeOf(steps, outOfReach(steps, initiation, novice), evidence);
  const selected = selectedSession(steps, outcome.ask, listed.sessions);
  if (selected !== null && selected.selected.source === "parameters") {
    evidence.add("decoded", `session ${selected.selected.session_id} was requested`, selected.step.request);
  }
  const experts = new Set([main.client.address, ...steps.map((s) => s.client.address)]);
  const followUp = followUpOf(initiation, outcome, experts, novice, evidence, notes);
  reportFallback(
    steps,
    (activation) => outOfReach([activation], initiation, novice).length > 0,
    evidence,
    notes,
  );
  inClear(outcome, notes);
  const { cut } = outcome.issued ?? { cut: null };
  if (cut !== null) notes.push(cut);
  partOf(steps, outcome, notes);
  if (listed.more || evidence.full) {
    const message = "more sessions or statements belong to this offer than are listed";
    notes.push({ severity: "warning", code: "offer-limit", message });
  }
  const entry = decidingEntry(steps);
  // A sealed answer that is followed by what a string is for was one.
  const connected = followUp !== null;
  const basis = connected && followUp.basis === "inferred" ? "inferred" : outcome.basis;
  const record: OfferRecord = {
    // One literal: spread into, a record takes nearly twice the memory.
    type: "offer",
    schema: SCHEMA,
    id: idOf(steps),
    revision: 1,
    provisional: false,
    ts: timestamp(first.first),
    stream: first.stream,
    file: first.file,
    community_id: first.communityId,
    expert,
    novice: novice.record,
    interface: entry,
    sessions: listed.sessions,
    selected: selected?.selected ?? null,
    connection_string: outcome.connectionString,
    follow_up: followUp === null ? null : followUpRecord(followUp, experts),
    outcome: connected ? "connected" : outcome.kind,
    refusal: outcome.refusal,
    basis,
    outcome_basis: basis,
    evidence: evidence.list,
    calls: callsOf(steps),
    call_ids: callIdsOf(steps),
    notes,
  };
  return { record, at: first.at, followUp: followUp?.attempt ?? null };
}

function callsOf(steps: readonly Step[]): [number, number][] {
  const seen = new Set<string>();
  const calls: [number, number][] = [];
  for (const step of steps) {
    if (step.kind === "bound") continue;
    const key = `${step.stream}/${step.callId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    calls.push([step.stream, step.callId]);
  }
  return calls;
}

/** By the first call; by the first connection where no call was captured. */
function idOf(steps: readonly Step[]): string | null {
  const first = steps.find(({ kind }) => kind !== "bound") ?? steps[0]!;
  return first.id === null ? null : offerId(first.id);
}

/** The ids of all calls; null where ids are not computed. */
function callIdsOf(steps: readonly Step[]): string[] | null {
  const ids = new Set<string>();
  for (const { kind, id } of steps) {
    if (kind === "bound") continue;
    if (id === null) return null;
    ids.add(id);
  }
  return [...ids];
}

/** Attempts in vain to reach the ports that `steps` named, where none of them could be reached. */
function outOfReach(steps: readonly Step[], initiation: Initiation, novice: Novice): ConnectionAttempt[] {
  const first = steps.find((s) => s.core && bindingsOf(s).some((b) => b.port !== null));
  if (first === undefined) return [];
  const ports = new Set(steps.flatMap((s) => bindingsOf(s).map((b) => b.port)));
  const tried = initiation.attempts.filter(
    (d) =>
      d.at >= first.at &&
      d.at <= first.end + FOLLOW_UP &&
      ports.has(d.server.port) &&
      novice.addresses.has(d.server.address),
  );
  return tried.some((d) => d.established) ? [] : tried;
}

/** [MS-RAI] 2.1 relies on DCOM's encryption for all messages; 5.1, note 14: Windows XP does not ask for it. */
function inClear({ connectionString, issued }: Outcome, notes: Note[]): void {
  if (connectionString === null || issued === null || issued.level === "pkt_privacy") return;
  // Where the capture cut the answer, a verifier may stand behind the cut.
  const unsigned = issued.cut !== null ? "" : ", neither signed nor sealed";
  const how = issued.level === "none" ? unsigned : `, at authentication level ${issued.level}`;
  notes.push({
    severity: "warning",
    code: "connection-string-in-clear",
    message: `the connection string travelled in the clear${how}: anyone on the path could read it ([MS-RAI] 2.1, 5.1)`,
  });
}

function partOf(steps: readonly Step[], outcome: Outcome, notes: Note[]): void {
  if (outcome.unknown) {
    notes.push({
      severity: "info",
      code: "outcome-not-captured",
      message: "the rest of the initiation is not in this capture; it counts as failed",
    });
  }
  if (!steps.some((s) => s.kind === "activation" || (s.kind !== "bound" && s.activated))) {
    notes.push({
      severity: "info",
      code: "activation-not-captured",
      message: "the activation that led to these calls is not in this capture",
    });
  }
}

/** Kinds of steps in the order in which they decide, those of one line alike. */
const DECIDING: readonly (readonly StepKind[])[] = [
  ["string-answer"],
  ["session-list", "walk", "session-property", "other"],
  ["bound"],
  ["object", "query", "creation", "activation", "mapping", "resolution"],
];

/** The entry point that the outcome came through: the last one called, or the class that was activated last. */
function decidingEntry(steps: readonly Step[]): EntryPoint | null {
  const known = steps.filter((s) => s.core && s.entry !== null);
  for (const kinds of DECIDING) {
    const last = known.filter((s) => kinds.includes(s.kind)).at(-1);
    if (last !== undefined) return last.entry;
  }
  return null;
}
