/** What is said of the connection that followed an answer, and of the attempts in vain. */
import type { Note, OfferRecord } from "../../events.js";
import { durationSeconds, type Instant, SECOND, timestamp } from "../../time.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import {
  FOLLOW_UP,
  type FollowUp,
  followUps,
  type Probable,
  probableFollowUp,
} from "../connections/follow-up.js";
import { bindingsOf } from "../steps/predicates.js";
import type { StringAnswer } from "../steps/step.js";
import type { Evidence } from "./evidence.js";
import type { Initiation } from "./initiation.js";
import type { Outcome } from "./outcome.js";
import type { Novice } from "./parties.js";

/** The connection that followed the answer, with what there is to say of it and of those that did not come about. */
export function followUpOf(
  initiation: Initiation,
  outcome: Outcome,
  experts: ReadonlySet<string>,
  novice: Novice,
  evidence: Evidence,
  notes: Note[],
): FollowUp | null {
  const { issued } = outcome;
  if (issued === null) return null;
  const window = { from: issued.at, to: Math.min(issued.end + FOLLOW_UP, initiation.until) };
  const parties = {
    experts,
    novices: novice.addresses,
    noviceNames: novice.names,
    names: initiation.names,
    isOtherExpert: initiation.isOtherExpert,
  };
  const { attempts: candidates } = initiation;
  const { made, failed: missed } = followUps(candidates, outcome.connectionString, window, parties);
  let found = made[0] ?? null;
  missedListeners(missed, found !== null, evidence, notes);
  if (found === null && !listenersKnown(outcome)) {
    const after = { ...window, from: issued.end };
    const named = new Set(
      initiation.steps.flatMap((s) => [s.server.port, ...bindingsOf(s).map((b) => b.port)]),
    );
    const probable = probableFollowUp(candidates, after, parties, named, (d) => howProbable(issued, d));
    found = probable.made;
    unnamedListeners(probable, issued, evidence, notes);
  }
  if (found !== null) reportFollowUp(found, evidence, notes);
  return found;
}

/** The string was read to its end. */
function listenersKnown({ connectionString, issued }: Outcome): boolean {
  return connectionString !== null && issued?.cut === null;
}

function howProbable(issued: StringAnswer, attempt: ConnectionAttempt): string {
  const calls = issued.result === "sealed" ? "encrypted Remote Assistance calls" : "Remote Assistance calls";
  const string = issued.result === "sealed" ? "is encrypted" : "was captured only in part";
  return (
    `RDP, ${waited(issued, attempt)} after ${calls} on ${issued.entry ?? "an unknown interface"} had been answered; ` +
    `the connection string, which would name the listener, ${string}`
  );
}

function waited(issued: StringAnswer, attempt: ConnectionAttempt): string {
  const seconds = (attempt.at - issued.end) / SECOND;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** What followed an answer that could not be read, and proves nothing. */
function unnamedListeners(
  { made, unrecognised, failed }: Probable,
  issued: StringAnswer,
  evidence: Evidence,
  notes: Note[],
): void {
  if (made !== null) return;
  if (unrecognised !== null) {
    const { address, port } = unrecognised.server;
    const text =
      `${unrecognised.client.address} connected to ${address} port ${port} ${waited(issued, unrecognised)} after the answer; ` +
      "the protocol was not recognised, so it is unknown whether this is the string's listener";
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
    message: `the expert failed to connect to the novice after the answer: probably to a listener of the connection string, and ${causeOf(failed)}`,
  });
}

function reportFollowUp(found: FollowUp, evidence: Evidence, notes: Note[]): void {
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
      message: `${client.address}, from which no call came, connected to the listener: taken for the expert, since only this string names the listener`,
    });
  }
  if (!attempt.over) {
    notes.push({
      severity: "info",
      code: "follow-up-open",
      message:
        "the connection to the listener was still open when this record was made: duration and bytes are those so far",
    });
  }
}

/** Attempts in vain that are reported one by one. */
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
    message: `the expert failed to connect to a listener of the connection string: probably ${cause}`,
  });
}

function inVain(attempt: ConnectionAttempt): string {
  return attempt.refused ? "was answered with a reset" : "was not answered";
}

function causeOf(missed: readonly ConnectionAttempt[]): string {
  return missed.every((attempt) => attempt.refused)
    ? "a firewall rejects the expert, or nothing listens there"
    : "a firewall drops the connection";
}

export function followUpRecord(
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
    ts: timestamp(attempt.first),
    server,
    protocol: attempt.recognised?.protocol ?? null,
    duration_s: lasted === null ? null : Math.round(lasted * 1e9) / 1e9,
    bytes: attempt.bytes,
    from_expert: experts.has(client.address),
  };
}
