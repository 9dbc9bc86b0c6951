/**
 * Which steps between two machines belong to one initiation. Decided on steps in order of time, so that it does not matter
 * in which order they became known. An initiation ends with its answer, with a refusal, or with silence; what a modern expert
 * tries through IPCHService when IRASrv failed is the same one ([MS-RAI] 1.7, note 2).
 */
import { SECOND } from "../../time.js";
import { failed, isTooShort, isWalk } from "../steps/predicates.js";
import type { Activation, EntryPoint, Step } from "../steps/step.js";
import { nextOfKind } from "./next-of-kind.js";

/** Silence that ends an initiation: the expert's user may look at the list of sessions for a while. */
export const IDLE = 600 * SECOND;
/** What comes so long before the first call of Remote Assistance may belong to it. */
export const LEAD = 60 * SECOND;
/** A failed IRASrv is followed by IPCHService at once, or by what the user does after a question. */
const FALLBACK = 120 * SECOND;
/** A client that asks again on the same connection so soon does it by itself: no user has tried again. */
const AGAIN = 2 * SECOND;
/** Initiations before the current one that a step may still belong to: those that overlap, of which nobody has so many. */
const MAX_BACK = 8;

/** What TCP shows beside the calls. */
export interface GroupContext {
  /** When the connection of a stream was closed, or null. */
  closedAt(stream: number): number | null;
  /** When the port that an activation named proved unreachable, or null. */
  deadAt(activation: Activation): number | null;
}

interface Failure {
  entry: EntryPoint | null;
  at: number;
  /** The request for a string itself failed; else something before it. */
  final: boolean;
}

/** An initiation in the making. */
interface Draft {
  steps: Step[];
  end: number;
  entries: Set<EntryPoint>;
  streams: Set<number>;
  /** The streams in their order, of which so many are known to be closed. */
  order: number[];
  closed: number;
  listed: boolean;
  answered: boolean;
  failure: Failure | null;
  /** Activations whose object was not called so far, and whether any object was. */
  pending: Step[];
  /** Of those activations the one that proved first to lead nowhere. */
  death: Failure | null;
  used: boolean;
}

/** `steps` in order of time. Each list that comes out is one initiation, or holds nothing that proves one. */
export function initiations(steps: readonly Step[], context: GroupContext): Step[][] {
  const drafts: Draft[] = [];
  const ahead: Ahead = {
    core: nextOfKind(steps, (s) => s.core),
    beginning: nextOfKind(steps, (s) => isStart(s) && s.kind !== "liveness" && s.kind !== "mapping"),
    question: nextOfKind(steps, (s) => s.kind === "session-list" || s.kind === "string-answer"),
    ask: nextAskOfStream(steps),
  };
  let current: Draft | null = null;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    // What was proposed beside the interface in use belongs to the initiation that uses the connection.
    const beside = step.kind === "bound" && current?.streams.has(step.stream) === true;
    const earlier = isStart(step) && step.kind !== "bound" ? null : goesBack(drafts, step);
    if (earlier !== null || beside) {
      add(earlier ?? current!, step, context);
      continue;
    }
    if (current === null || beginsAnother(current, steps, i, ahead, context)) {
      current = {
        steps: [],
        end: step.end,
        entries: new Set(),
        streams: new Set(),
        order: [],
        closed: 0,
        listed: false,
        answered: false,
        failure: null,
        pending: [],
        death: null,
        used: false,
      };
      drafts.push(current);
    }
    add(current, step, context);
  }
  return drafts.map((draft) => draft.steps);
}

/** Objects are released when the next initiation may have begun: on the connections of the one that used them. */
function goesBack(drafts: readonly Draft[], step: Step): Draft | null {
  for (let i = drafts.length - 1; i >= 0 && i >= drafts.length - MAX_BACK; i--) {
    const draft = drafts[i]!;
    if (draft.streams.has(step.stream)) {
      return i < drafts.length - 1 && step.at - draft.end <= IDLE ? draft : null;
    }
  }
  return null;
}

/** For each step the next one of several kinds, itself included. */
interface Ahead {
  core: readonly (Step | null)[];
  beginning: readonly (Step | null)[];
  question: readonly (Step | null)[];
  /** The next request for a string on the step's own connection. */
  ask: readonly (Step | null)[];
}

function nextAskOfStream(steps: readonly Step[]): (Step | null)[] {
  const next = new Array<Step | null>(steps.length);
  const ofStream = new Map<number, Step>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    if (step.kind === "string-answer") ofStream.set(step.stream, step);
    next[i] = ofStream.get(step.stream) ?? null;
  }
  return next;
}

function add(draft: Draft, step: Step, context: GroupContext): void {
  draft.steps.push(step);
  if (step.kind === "foreign") return;
  draft.end = Math.max(draft.end, step.end);
  if (!draft.streams.has(step.stream)) draft.order.push(step.stream);
  draft.streams.add(step.stream);
  if (step.entry !== null) draft.entries.add(step.entry);
  if (step.kind === "session-list" && step.result === "ok") draft.listed = true;
  if (step.kind === "activation" && step.result === "ok") {
    draft.pending.push(step);
    // The object that was activated could not be reached.
    const at = context.deadAt(step);
    if (at !== null && (draft.death === null || at < draft.death.at)) {
      draft.death = { entry: step.entry, at, final: true };
    }
  } else if (step.core && step.kind !== "activation" && step.kind !== "mapping") {
    draft.pending = [];
    draft.death = null;
    draft.used = true;
  }
  if (step.kind === "string-answer" && !failed(step)) {
    // A sealed answer too short for a string is a failure in all likelihood.
    const short = isTooShort(step);
    if (!short) draft.answered = true;
    draft.failure = short ? { entry: step.entry, at: step.end, final: true } : null;
  } else if (failed(step)) {
    draft.failure = { entry: step.entry, at: step.end, final: step.kind === "string-answer" };
  } else if (step.core && (step.kind === "activation" || step.kind === "session-list" || isWalk(step))) {
    draft.failure = null;
  }
}

/** What may be the first step of an initiation. */
function isStart(step: Step): boolean {
  return ["mapping", "liveness", "activation", "bound", "session-list", "string-answer"].includes(step.kind);
}

function beginsAnother(
  draft: Draft,
  steps: readonly Step[],
  i: number,
  ahead: Ahead,
  context: GroupContext,
): boolean {
  const step = steps[i]!;
  if (step.at - draft.end > IDLE) return true;
  if (!isStart(step) || !leadsAnywhere(step, ahead.beginning[i]!)) return false;
  const dead = draft.death !== null && draft.death.at <= step.at ? draft.death : null;
  const failure = draft.failure ?? dead;
  if (failure !== null) {
    if (fallsBack(draft, failure, ahead.core[i]!)) return false;
    const goesOn =
      (step.kind === "string-answer" || step.kind === "session-list") && draft.streams.has(step.stream);
    if (!goesOn) return !(step.kind === "string-answer" && step.entry === failure.entry && !failure.final);
    // Another way than the one that failed, or what is only tried again by the client itself.
    if (step.entry !== failure.entry && step.entry !== null && draft.entries.has(step.entry)) return false;
    if (!failure.final && step.kind === "string-answer") return false;
    return step.at - failure.at > AGAIN || succeeds(step, ahead.ask[i]!);
  }
  if (draft.answered) return true;
  const late = step.at - draft.end > LEAD;
  // An object that was never called is forgotten by the time the user tries again.
  if (!draft.listed) return late && draft.pending.length > 0 && !draft.used;
  // After a list another list is a new beginning, unless it is asked for again where it was; a request for a session goes on.
  const anew =
    ahead.question[i]?.kind === "session-list" &&
    !(step.kind === "session-list" && draft.streams.has(step.stream));
  return anew && (late || allClosed(draft, step.at, context));
}

/** Every connection of the draft was closed by then. Steps come in order of time: what was closed stays so. */
function allClosed(draft: Draft, at: number, context: GroupContext): boolean {
  const { order } = draft;
  while (draft.closed < order.length && (context.closedAt(order[draft.closed]!) ?? Infinity) <= at) {
    draft.closed++;
  }
  return draft.closed === order.length;
}

/** A question to the resolver or the endpoint mapper begins something only where something follows. */
function leadsAnywhere(step: Step, next: Step | null): boolean {
  if (step.core || (step.kind !== "liveness" && step.kind !== "mapping")) return true;
  return next !== null && next.at - step.at <= LEAD;
}

/** IPCHService after a failed IRASrv, at once or after what leads there. */
function fallsBack(draft: Draft, failure: Failure, next: Step | null): boolean {
  if (failure.entry !== "IRASrv" || draft.entries.has("IPCHService")) return false;
  return next?.entry === "IPCHService" && next.at - failure.at <= FALLBACK;
}

/** The next request for a string on that connection gets an answer. */
function succeeds(step: Step, ask: Step | null): boolean {
  return ask !== null && ask.at - step.at <= IDLE && !failed(ask);
}
