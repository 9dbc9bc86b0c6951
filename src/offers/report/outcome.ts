/** How an initiation ended, as far as its calls show. */
import type { ConnectionString, OfferRecord } from "../../events.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import { failed, isCall, isWalk, SEALED_WITHOUT_LIST, SEALED_WITHOUT_STRING } from "../steps/predicates.js";
import type { EntryPoint, SessionList, SessionProperty, Step, StringAnswer, Walk } from "../steps/step.js";
import type { Basis, Evidence } from "./evidence.js";
import { reasonOf } from "./refusals.js";

export interface Outcome {
  /** Before any follow-up is known. */
  kind: Exclude<OfferRecord["outcome"], "connected">;
  refusal: string | null;
  basis: Basis;
  connectionString: ConnectionString | null;
  /** The answer that may hold a string: from its request on, listeners may be connected to. */
  issued: StringAnswer | null;
  /** The request for a string that counts. */
  ask: StringAnswer | null;
  /** Nothing says how it went on. */
  unknown: boolean;
}

type Listing = SessionList | Walk | SessionProperty;

function isListing(step: Step): step is Listing {
  return step.kind === "session-list" || isWalk(step);
}

const NOTHING: Outcome = {
  kind: "failed",
  refusal: null,
  basis: "inferred",
  connectionString: null,
  issued: null,
  ask: null,
  unknown: true,
};

export function outcomeOf(
  steps: readonly Step[],
  unreachable: readonly ConnectionAttempt[],
  evidence: Evidence,
): Outcome {
  const answered = steps
    .filter((s) => s.kind === "string-answer")
    .filter((s) => !failed(s))
    .at(-1);
  const word = lastOutcome(steps);
  // What is proposed beside a string takes nothing back.
  const before = word === null || word.kind === "bound" || word.at <= (answered?.at ?? 0);
  if (answered !== undefined && before) return asked(answered, evidence);
  if (word !== null)
    return { ...refused(steps, word, evidence), ask: word.kind === "string-answer" ? word : null };
  const list = steps.filter(isListing).at(-1);
  if (list !== undefined) return listed(steps, list, evidence);
  const dead = unreachable[0];
  if (dead !== undefined) return cutOff(dead, evidence);
  const fault = steps.find((s) => s.core && s.kind === "other" && s.result === "refused");
  if (fault !== undefined) return refused(steps, fault, evidence);
  const sealed = steps.find((s) => s.core && s.result === "sealed");
  if (sealed !== undefined) return { ...NOTHING, kind: "encrypted", unknown: false };
  const silent = steps.filter((s) => s.core && s.result === "unanswered").at(-1);
  if (silent !== undefined) return refused(steps, silent, evidence);
  const last = steps.at(-1)!;
  evidence.add("inferred", "no call that shows the outcome was captured", last.request, last.response);
  return { ...NOTHING, refusal: "nothing that followed was captured, so the outcome is unknown" };
}

/**
 * The refusal that stands, or null where something worked after it. A client that asks several times by itself may be given
 * several things: that the expert is denied says more than that something is wrong, and anything more than silence.
 */
function lastOutcome(steps: readonly Step[]): Step | null {
  // Failures by what decides whether something later overcomes them.
  const failures = new Map<string, Step[]>();
  const worked = new Set<EntryPoint>();
  for (const step of steps) {
    if (failed(step)) {
      if (isBeside(step, worked, failures)) continue;
      const key = `${step.kind} ${step.entry}`;
      const same = failures.get(key);
      if (same === undefined) failures.set(key, [step]);
      else same.push(step);
    } else if (step.core && step.result !== "refused") {
      for (const [key, same] of failures) if (isSuperseded(same[0]!, step)) failures.delete(key);
      if (isCall(step) && step.entry !== null) worked.add(step.entry);
    }
  }
  const left = new Set([...failures.values()].flat());
  const standing = steps.filter((step) => left.has(step));
  const asks = standing.filter((s) => s.kind === "string-answer");
  let candidates = asks.length > 0 ? asks : standing;
  // What the second entry point met is reported together with what failed on the first.
  const first = candidates[0]?.entry;
  const before = candidates.reduce((latest, s) => Math.max(latest, s.at), Number.NEGATIVE_INFINITY);
  const second = standing.filter((s) => s.entry !== first && before < s.at);
  const later = candidates.filter((s) => s.entry === candidates.at(-1)?.entry);
  candidates = second.length > 0 ? second : later;
  return (
    candidates.filter((s) => reasonOf(s)?.denied === true).at(-1) ??
    candidates.filter((s) => s.result !== "unanswered").at(-1) ??
    candidates.at(-1) ??
    null
  );
}

/** The other way worked before and failed nowhere: that this one is refused ends nothing. */
function isBeside(
  failure: Step,
  worked: ReadonlySet<EntryPoint>,
  standing: ReadonlyMap<string, readonly Step[]>,
): boolean {
  if (failure.kind === "string-answer") return false;
  for (const [other] of standing.values()) if (other?.entry !== failure.entry) return false;
  return worked.has(failure.entry === "IRASrv" ? "IPCHService" : "IRASrv");
}

/** `later` worked, or at least was tried on another way: what failed before it no longer counts. */
function isSuperseded(failure: Step, later: Step): boolean {
  if (later.kind === "string-answer") return true;
  // A string that was refused stays refused, whatever else works.
  if (failure.kind === "string-answer") return false;
  return (
    later.entry !== failure.entry ||
    isListing(later) ||
    failure.kind === later.kind ||
    (failure.kind === "query" && later.kind === "object")
  );
}

function asked(ask: StringAnswer, evidence: Evidence): Outcome {
  if (ask.detail.string !== null) {
    return {
      kind: "string_issued",
      refusal: null,
      basis: ask.inferred || ask.cut !== null ? "inferred" : "decoded",
      connectionString: ask.detail.string,
      issued: ask,
      ask,
      unknown: false,
    };
  }
  const size = ask.size ?? 0;
  // A text of which nothing but its length was captured is one.
  const long = size > SEALED_WITHOUT_STRING || ask.cut !== null;
  const guess =
    ask.cut !== null
      ? `${ask.cut.message}; its length shows that one was returned`
      : long
        ? `an answer of ${size} bytes is long enough for a connection string: probably one was returned`
        : `an answer of ${size} bytes is too short for a connection string: probably none was returned`;
  evidence.add("inferred", guess, ask.response);
  const issued = long ? ask : null;
  if (ask.result === "sealed") return { ...NOTHING, kind: "encrypted", issued, ask, unknown: false };
  // Not sealed, but cut off or damaged before the string could be read.
  if (long) return { ...NOTHING, kind: "string_issued", issued, ask, unknown: false };
  return { ...NOTHING, ask, refusal: `the answer of ${ask.title} could not be read` };
}

function refused(steps: readonly Step[], step: Step, evidence: Evidence): Outcome {
  const reason = reasonOf(step);
  const unanswered = step.result === "unanswered";
  const cause = reason?.cause ?? null;
  if (cause !== null) evidence.add("inferred", `probable cause: ${cause}`, step.response, step.request);
  const what = reason?.clause ?? `${whatOf(step)} ${reason?.text ?? "failed"}`;
  const refusal = `${what}${cause === null ? "" : `; probably ${cause}`}`;
  const before = steps.filter(
    (s) => s.entry !== step.entry && s.entry !== null && failed(s) && s.end <= step.at,
  );
  const earlier = before.length === 0 ? null : refused(before.slice(0, -1), before.at(-1)!, evidence);
  return {
    ...NOTHING,
    kind: reason?.denied === true || earlier?.kind === "denied" ? "denied" : "failed",
    refusal: earlier === null ? refusal : `${earlier.refusal}; then ${refusal}`,
    basis: unanswered || step.inferred ? "inferred" : "decoded",
    unknown: unanswered,
  };
}

function whatOf(step: Step): string {
  if (step.kind === "activation") return `the activation of ${step.detail.class ?? "an unknown class"}`;
  return step.kind === "bound" ? `the interface ${step.title}` : step.title;
}

function listed(steps: readonly Step[], list: Listing, evidence: Evidence): Outcome {
  const read = steps.some(
    (s) =>
      s.kind === "session-property" ||
      (s.kind === "session-list" && ((s.detail.sessions ?? []).length > 0 || s.result === "ok")),
  );
  if (read) {
    const basis = list.inferred ? "inferred" : "decoded";
    return { ...NOTHING, kind: "listed_only", basis, unknown: false };
  }
  if (list.result === "sealed") return { ...NOTHING, kind: "encrypted", unknown: false };
  if (list.result === "unanswered") return refused(steps, list, evidence);
  if (list.kind === "session-list") {
    const size = list.size ?? 0;
    if (size <= SEALED_WITHOUT_LIST)
      return { ...NOTHING, refusal: `the answer of ${list.title} could not be read` };
    const guess = `an answer of ${size} bytes holds more than a return code: probably sessions were listed`;
    evidence.add("inferred", guess, list.response);
  }
  // Some other call of the collection: that there is one means that sessions were listed.
  return { ...NOTHING, kind: "listed_only", unknown: false };
}

function cutOff(dead: ConnectionAttempt, evidence: Evidence): Outcome {
  const { address, port } = dead.server;
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const how = dead.refused ? "answered with a reset" : "not answered in this capture";
  const text = `the connection to ${where}, the port that the activation named, was ${how}`;
  const cause = dead.refused
    ? "a firewall rejects the expert, or nothing listens there"
    : "a firewall drops the connection";
  evidence.add("decoded", text, [dead.frame]);
  evidence.add("inferred", `probable cause: ${cause}`, [dead.frame]);
  return {
    ...NOTHING,
    refusal: `port unreachable: ${text}; probably ${cause}`,
    basis: "decoded",
    unknown: false,
  };
}
