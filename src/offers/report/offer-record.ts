/** An initiation told as a record. */
import type { AssociationRecord, Note, OfferRecord } from "../../events.js";
import { offerId } from "../../record/ids.js";
import { recordHead } from "../../record-head.js";
import { durationSeconds, type Instant } from "../../time.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import {
  FOLLOW_UP,
  type FollowUp,
  followUps,
  type Probable,
  probableFollowUp,
} from "../connections/follow-up.js";
import type { MachineNames } from "../connections/machine-names.js";
import { SECOND } from "../moments.js";
import type { EntryPoint } from "../steps/rai-tables.js";
import type { Step } from "../steps/step.js";
import { Evidence } from "./evidence.js";
import { tellFallback } from "./fallback.js";
import { asking, describePath, listing } from "./narrative.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { expertOf, mainStep, type Novice, noviceOf } from "./parties.js";
import { listedSessions, selectedSession } from "./sessions.js";

/** Everything that one record is made of. */
export interface Initiation {
  /** In order of time, all of it belonging to the offer. */
  steps: readonly Step[];
  /** Of the streams that the steps ran on. */
  associations: readonly AssociationRecord[];
  /** Conversations that may be follow-ups, or attempts to reach the novice. */
  attempt: readonly ConnectionAttempt[];
  /** Microseconds up to which a follow-up may begin. */
  until: number;
  names: MachineNames;
  isOtherExpert(address: string, at: number): boolean;
}

export interface Told {
  record: OfferRecord;
  followUp: ConnectionAttempt | null;
}

export function tell(initiation: Initiation): Told {
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
    evidence.add("decoded", `session ${selected.selected.session_id} was asked for`, selected.step.request);
  }
  const followUp = followUpOf(initiation, outcome, main.client.address, novice, evidence, notes);
  tellFallback(
    steps,
    (activation) => outOfReach([activation], initiation, novice).length > 0,
    evidence,
    notes,
  );
  inClear(outcome, notes);
  const { cut } = outcome.issued ?? { cut: null };
  if (cut !== null) notes.push(cut);
  partOf(steps, outcome, notes);
  const entry = decidingEntry(steps);
  // A sealed answer that is followed by what a string is for was one.
  const connected = followUp !== null;
  const basis = connected && followUp.basis === "inferred" ? "inferred" : outcome.basis;
  const record: OfferRecord = {
    ...recordHead("offer", first.ts, first.stream, first.file, idOf(steps), first.communityId),
    expert,
    novice: novice.record,
    interface: entry,
    sessions: listed.sessions,
    selected: selected?.selected ?? null,
    connection_string: outcome.connectionString,
    follow_up:
      followUp === null ? null : followUpRecord(followUp, expertAddresses(initiation, main.client.address)),
    outcome: connected ? "connected" : outcome.kind,
    refusal: outcome.refusal,
    basis,
    outcome_basis: basis,
    evidence: evidence.list,
    calls: callsOf(steps),
    call_ids: callIdsOf(steps),
    notes,
  };
  return { record, followUp: followUp?.attempt ?? null };
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

function callsOf(steps: readonly Step[]): [number, number][] {
  const seen = new Set<string>();
  const calls: [number, number][] = [];
  for (const { kind, stream, callId } of steps) {
    if (kind === "bound") continue;
    const key = `${stream}/${callId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    calls.push([stream, callId]);
  }
  return calls;
}

/** Attempts in vain to reach the ports that `steps` named, where none of them could be reached. */
function outOfReach(steps: readonly Step[], initiation: Initiation, novice: Novice): ConnectionAttempt[] {
  const first = steps.find((s) => s.core && s.bindings.some((b) => b.port !== null));
  if (first === undefined) return [];
  const ports = new Set(steps.flatMap((s) => s.bindings.map((b) => b.port)));
  const tried = initiation.attempt.filter(
    (d) =>
      d.at >= first.at &&
      d.at <= first.end + FOLLOW_UP &&
      ports.has(d.server.port) &&
      novice.addresses.has(d.server.address),
  );
  return tried.some((d) => d.established) ? [] : tried;
}

/** Every address that the calls of the offer came from. */
function expertAddresses(initiation: Initiation, expert: string): ReadonlySet<string> {
  return new Set([expert, ...initiation.steps.map((s) => s.client.address)]);
}

function followUpOf(
  initiation: Initiation,
  outcome: Outcome,
  expert: string,
  novice: Novice,
  evidence: Evidence,
  notes: Note[],
): FollowUp | null {
  const { issued } = outcome;
  if (issued === null) return null;
  const window = { from: issued.at, to: Math.min(issued.end + FOLLOW_UP, initiation.until) };
  const parties = {
    experts: expertAddresses(initiation, expert),
    novices: novice.addresses,
    noviceNames: novice.names,
    names: initiation.names,
    isOtherExpert: initiation.isOtherExpert,
  };
  const { attempt: candidates } = initiation;
  const { made, failed: missed } = followUps(candidates, outcome.connectionString, window, parties);
  let found = made[0] ?? null;
  missedListeners(missed, found !== null, evidence, notes);
  if (found === null && !listenersKnown(outcome)) {
    const after = { ...window, from: issued.end };
    const named = new Set(initiation.steps.flatMap((s) => [s.server.port, ...s.bindings.map((b) => b.port)]));
    const probable = probableFollowUp(candidates, after, parties, named, (d) => howProbable(issued, d));
    found = probable.made;
    unnamedListeners(probable, issued, evidence, notes);
  }
  if (found !== null) tellFollowUp(found, evidence, notes);
  return found;
}

/** The string was read to its end. */
function listenersKnown({ connectionString, issued }: Outcome): boolean {
  return connectionString !== null && issued?.cut === null;
}

function howProbable(issued: Step, attempt: ConnectionAttempt): string {
  const calls = issued.result === "sealed" ? "sealed Remote Assistance calls" : "Remote Assistance calls";
  const string = issued.result === "sealed" ? "is sealed" : "was not captured whole";
  return (
    `RDP, ${waited(issued, attempt)} after ${calls} on ${issued.entry ?? "an unknown interface"} had been answered; ` +
    `the connection string, which would name the listener, ${string}`
  );
}

function waited(issued: Step, attempt: ConnectionAttempt): string {
  const seconds = (attempt.at - issued.end) / SECOND;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** What followed an answer that could not be read, and proves nothing. */
function unnamedListeners(
  { made, unrecognised, failed }: Probable,
  issued: Step,
  evidence: Evidence,
  notes: Note[],
): void {
  if (made !== null) return;
  if (unrecognised !== null) {
    const { address, port } = unrecognised.server;
    const text =
      `${unrecognised.client.address} connected to ${address} port ${port} ${waited(issued, unrecognised)} after the answer; ` +
      "what is spoken there was not recognised, so whether it is the string's listener is not known";
    evidence.add("inferred", text, [unrecognised.frame]);
  }
  for (const attempt of failed.slice(0, MAX_MISSED)) {
    const { address, port } = attempt.server;
    const text = `the connection to ${address} port ${port}, ${waited(issued, attempt)} after the answer, ${inVain(attempt)}`;
    evidence.add("decoded", text, [attempt.frame]);
  }
  if (failed.length === 0 || unrecognised !== null) return;
  notes.push({
    severity: "warning",
    code: "listener-unreachable",
    message: `the expert dialled the novice in vain after the answer: probably a listener of the connection string, and ${causeOf(failed)}`,
  });
}

function tellFollowUp(found: FollowUp, evidence: Evidence, notes: Note[]): void {
  const { attempt, client, server } = found;
  const spoken = attempt.recognised;
  evidence.add(
    found.basis,
    `${client.address} connected to ${server.address} port ${server.port}: ${found.how}`,
    [attempt.frame],
  );
  if (spoken !== null) {
    const name = spoken.protocol === "rdp" ? "RDP" : spoken.protocol === "tls" ? "TLS" : spoken.protocol;
    evidence.add("decoded", `that connection speaks ${name}: it begins with ${spoken.how}`, [attempt.frame]);
  }
  if (found.otherAddress) {
    notes.push({
      severity: "info",
      code: "follow-up-other-address",
      message: `the listener was dialled from ${client.address}, not from where the calls came: taken for the expert, since the listener is this string's alone`,
    });
  }
  if (!attempt.over) {
    notes.push({
      severity: "info",
      code: "follow-up-open",
      message:
        "the connection to the listener was still open when this was written: its duration and bytes are those so far",
    });
  }
}

/** Attempts in vain that are told one by one. */
const MAX_MISSED = 8;

function missedListeners(
  missed: readonly FollowUp[],
  connected: boolean,
  evidence: Evidence,
  notes: Note[],
): void {
  for (const { attempt } of missed.slice(0, MAX_MISSED)) {
    const { address, port } = attempt.server;
    const text = `the connection to the listener at ${address} port ${port} ${inVain(attempt)}`;
    evidence.add("decoded", text, [attempt.frame]);
  }
  if (missed.length === 0 || connected) return;
  const cause = causeOf(missed.map((m) => m.attempt));
  notes.push({
    severity: "warning",
    code: "listener-unreachable",
    message: `the expert dialled a listener of the connection string in vain: probably ${cause}`,
  });
}

function inVain(attempt: ConnectionAttempt): string {
  return attempt.refused ? "was answered with a reset" : "was not answered";
}

function causeOf(missed: readonly ConnectionAttempt[]): string {
  return missed.every((attempt) => attempt.refused)
    ? "a firewall keeps the expert out, or nothing listens there"
    : "a firewall is in between";
}

function followUpRecord(
  { attempt, client, server }: FollowUp,
  experts: ReadonlySet<string>,
): NonNullable<OfferRecord["follow_up"]> {
  const last: Instant = {
    seconds: attempt.flow.lastSeconds,
    nanos: attempt.flow.lastNanos,
    digits: attempt.first.digits,
  };
  const lasted = durationSeconds(attempt.first, last);
  return {
    stream: attempt.stream,
    ts: attempt.ts,
    server,
    protocol: attempt.recognised?.protocol ?? null,
    duration_s: lasted === null ? null : Math.round(lasted * 1e9) / 1e9,
    bytes: attempt.bytes,
    from_expert: experts.has(client.address),
  };
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
    message: `the connection string travelled in the clear${how}: whoever could read the network has it ([MS-RAI] 2.1, 5.1)`,
  });
}

function partOf(steps: readonly Step[], outcome: Outcome, notes: Note[]): void {
  if (outcome.unknown) {
    notes.push({
      severity: "info",
      code: "outcome-not-captured",
      message: "how the initiation went on is not in this capture; it is counted as failed",
    });
  }
  if (!steps.some((s) => s.kind === "activate" || s.activated)) {
    notes.push({
      severity: "info",
      code: "activation-not-captured",
      message: "the activation that led to these calls is not in this capture",
    });
  }
}

/** The interface that the outcome came through: the last one called, or the class that was activated last. */
function decidingEntry(steps: readonly Step[]): EntryPoint | null {
  const last = (kinds: readonly string[]): EntryPoint | null =>
    steps.filter((s) => s.core && s.entry !== null && kinds.includes(s.kind)).at(-1)?.entry ?? null;
  return (
    last(["ask"]) ??
    last(["list", "walk", "other"]) ??
    last(["bound"]) ??
    last(["object", "create", "activate", "map", "resolve"])
  );
}
