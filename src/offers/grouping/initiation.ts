/**
 * Which steps between two machines belong to one initiation. Decided on steps in order of time, so that it does not matter
 * in which order they became known. An initiation ends with its answer, with a refusal, or with silence; what a modern expert
 * tries through IPCHService when IRASrv failed is the same one ([MS-RAI] 1.7, note 2).
 */

import { SECOND } from "../moments.js";
import type { EntryPoint } from "../steps/rai-tables.js";
import type { Step } from "../steps/step.js";

/** Silence that ends an initiation: the expert's user may look at the list of sessions for a while. */
export const IDLE = 600 * SECOND;
/** What comes so long before the first call of Remote Assistance may belong to it. */
export const LEAD = 60 * SECOND;
/** A failed IRASrv is followed by IPCHService at once, or by what the user does after a question. */
const FALLBACK = 120 * SECOND;
/** A client that asks again on the same connection so soon does it by itself: no user has tried again. */
const AGAIN = 2 * SECOND;
/** Initiations before the current one that may still get a step. */
const MAX_BACK = 8;
/** Octets that a sealed answer without a connection string takes at most. */
export const SEALED_WITHOUT_STRING = 96;
/** Octets that an answer without a list or collection takes at most. */
export const SEALED_WITHOUT_LIST = 64;

/** What TCP tells beside the calls. */
export interface GroupContext {
  /** When the connection of a stream was closed, or null. */
  closedAt(stream: number): number | null;
  /** When the port that an activation named proved unreachable, or null. */
  deadAt(activation: Step): number | null;
}

export function inOrder(a: Step, b: Step): number {
  return a.at - b.at || firstFrame(a) - firstFrame(b) || a.stream - b.stream || a.callId - b.callId;
}

function firstFrame(step: Step): number {
  return step.request[0] ?? step.response[0] ?? 0;
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
    beginning: nextOfKind(steps, (s) => isStart(s) && s.kind !== "alive" && s.kind !== "map"),
    question: nextOfKind(steps, (s) => s.kind === "list" || s.kind === "ask"),
    ask: followingAsk(steps),
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

/** For each step the next of a kind, itself included. */
interface Ahead {
  core: readonly (Step | null)[];
  beginning: readonly (Step | null)[];
  question: readonly (Step | null)[];
  /** The next request for a string on the step's own connection. */
  ask: readonly (Step | null)[];
}

function nextOfKind(steps: readonly Step[], is: (step: Step) => boolean): (Step | null)[] {
  const next = new Array<Step | null>(steps.length);
  let found: Step | null = null;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (is(steps[i]!)) found = steps[i]!;
    next[i] = found;
  }
  return next;
}

function followingAsk(steps: readonly Step[]): (Step | null)[] {
  const next = new Array<Step | null>(steps.length);
  const ofStream = new Map<number, Step>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    if (step.kind === "ask") ofStream.set(step.stream, step);
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
  if (step.kind === "list" && step.result === "ok") draft.listed = true;
  if (step.kind === "activate" && step.result === "ok") {
    draft.pending.push(step);
    // The object that was activated could not be reached.
    const at = context.deadAt(step);
    if (at !== null && (draft.death === null || at < draft.death.at)) {
      draft.death = { entry: step.entry, at, final: true };
    }
  } else if (step.core && step.kind !== "activate" && step.kind !== "map") {
    draft.pending = [];
    draft.death = null;
    draft.used = true;
  }
  if (step.kind === "ask" && !failed(step)) {
    // A sealed answer too short for a string is a failure in all likelihood.
    const short = step.result === "sealed" && (step.size ?? 0) <= SEALED_WITHOUT_STRING;
    if (!short) draft.answered = true;
    draft.failure = short ? { entry: step.entry, at: step.end, final: true } : null;
  } else if (failed(step)) {
    draft.failure = { entry: step.entry, at: step.end, final: step.kind === "ask" };
  } else if (step.core && (step.kind === "activate" || step.kind === "list" || step.kind === "walk")) {
    draft.failure = null;
  }
}

/** The step got nowhere, and the initiation with it unless another way is found. */
export function failed(step: Step): boolean {
  switch (step.kind) {
    case "ask":
      return step.result === "refused" || step.result === "unanswered" || step.empty;
    case "bound":
      return step.result === "refused";
    case "activate":
    case "create":
    case "list":
      return step.core && step.result === "refused";
    default:
      return step.queried !== null && step.result === "refused";
  }
}

/** A method of the interface was called, as opposed to what leads there. */
export function isCall(step: Step): boolean {
  return step.kind === "list" || step.kind === "walk" || step.kind === "ask" || step.kind === "other";
}

/** What may be the first step of an initiation. */
function isStart(step: Step): boolean {
  return ["map", "alive", "activate", "bound", "list", "ask"].includes(step.kind);
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
    const goesOn = (step.kind === "ask" || step.kind === "list") && draft.streams.has(step.stream);
    if (!goesOn) return !(step.kind === "ask" && step.entry === failure.entry && !failure.final);
    // Another way than the one that failed, or what is only tried again by the client itself.
    if (step.entry !== failure.entry && step.entry !== null && draft.entries.has(step.entry)) return false;
    if (!failure.final && step.kind === "ask") return false;
    return step.at - failure.at > AGAIN || succeeds(step, ahead.ask[i]!);
  }
  if (draft.answered) return true;
  const late = step.at - draft.end > LEAD;
  // An object that was never called is forgotten by the time the user tries again.
  if (!draft.listed) return late && draft.pending.length > 0 && !draft.used;
  // After a list another list is a new beginning, unless it is asked for again where it was; a request for a session goes on.
  const anew =
    ahead.question[i]?.kind === "list" && !(step.kind === "list" && draft.streams.has(step.stream));
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
  if (step.core || (step.kind !== "alive" && step.kind !== "map")) return true;
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

/**
 * Several users at one address at once (behind one translated address, or on one terminal server) are several experts. Steps
 * without a user go with the connection or the references they share. Answers lists that are in order of time as `steps` is.
 */
export function byUser(steps: readonly Step[]): Step[][] {
  const users = new Map<string, { from: number; to: number }>();
  for (const step of steps) {
    const user = userOf(step);
    if (user === null || !step.core) continue;
    const span = users.get(user);
    if (span === undefined) users.set(user, { from: step.at, to: step.end });
    else span.to = Math.max(span.to, step.end);
  }
  if (!overlap([...users.values()])) return [[...steps]];
  const parts = new Map([...users.keys()].map((user) => [user, [] as Step[]]));
  const ofStream = new Map<number, string>();
  const ofId = new Map<string, string>();
  for (const step of steps) {
    const user = userOf(step);
    if (user === null || !users.has(user)) continue;
    ofStream.set(step.stream, user);
    for (const id of idsOf(step)) ofId.set(id, user);
  }
  const next = nextOfKind(steps, (s) => users.has(userOf(s) ?? ""));
  const firstUser = users.keys().next().value!;
  for (const [i, step] of steps.entries()) {
    const own = userOf(step);
    const user =
      (own !== null && users.has(own) ? own : null) ??
      ofStream.get(step.stream) ??
      idsOf(step)
        .map((id) => ofId.get(id))
        .find((u) => u !== undefined) ??
      // What nothing else tells apart goes with who acted next.
      (next[i] ? userOf(next[i]) : null) ??
      firstUser;
    parts.get(user)?.push(step);
  }
  return [...parts.values()];
}

/** Whether two spans have more than an end in common. */
function overlap(spans: { from: number; to: number }[]): boolean {
  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let latest = spans[0];
  for (const span of spans.slice(1)) {
    if (span.from < latest!.to && latest!.from < span.to) return true;
    if (span.to > latest!.to) latest = span;
  }
  return false;
}

/** Kerberos and NTLM spell domains differently; the user's own name is the same. */
function userOf(step: Step): string | null {
  return step.user === null ? null : step.user.replace(/@.*$/s, "").toLowerCase();
}

/** Every identifier of an object or exporter that the step shows. */
export function idsOf(step: Step): string[] {
  const ids = [...step.mentioned];
  for (const id of [step.object, step.oxid]) if (id !== null) ids.push(id);
  for (const given of step.given) {
    ids.push(given.ipid);
    if (given.oxid !== null) ids.push(given.oxid);
  }
  return ids;
}

/** When the last of the steps ended. */
export function latestEnd(steps: readonly Step[]): number {
  return steps.reduce((latest, step) => Math.max(latest, step.end), Number.NEGATIVE_INFINITY);
}

/** The steps that belong to the initiation that the core steps among them prove; empty where none does. */
export function relatedSteps(steps: readonly Step[]): Step[] {
  const core = steps.filter((s) => s.core);
  if (core.length === 0) return [];
  const from = core[0]!.at - LEAD;
  const to = latestEnd(core);
  const ids = knownIds(steps, core);
  const streams = new Set(
    core.filter((s) => !["activate", "map", "bound"].includes(s.kind)).map((s) => s.stream),
  );
  const activations = suspected(steps, streams);
  const leads = nextOfKind(steps, (s) => s.kind === "activate" || s.kind === "foreign");
  const kept = new Set<Step>();
  for (const [i, step] of steps.entries()) {
    const inTime = step.at >= from && step.at <= to;
    const linked = idsOf(step).some((id) => ids.has(id));
    let keep: boolean;
    switch (step.kind) {
      case "foreign":
        keep = false;
        break;
      case "activate":
        keep = step.core || activations.has(step);
        break;
      case "alive":
      case "map":
        keep = step.core || (inTime && leadsOn(leads[i]!, activations));
        break;
      case "resolve":
        keep = step.core || linked || (inTime && step.mentioned.length === 0);
        break;
      case "ping":
        keep = false;
        break;
      default:
        keep =
          step.core || linked || (streams.has(step.stream) && (step.oxid === null || ids.has(step.oxid)));
    }
    if (keep) kept.add(step);
  }
  // The client keeps the object alive on a connection that it has anyway.
  const ours = new Set([...kept].map((s) => s.stream));
  return steps.filter((s) => kept.has(s) || (s.kind === "ping" && ours.has(s.stream) && s.at >= core[0]!.at));
}

/** References lead to references, mostly forwards in time. */
const MAX_PASSES = 8;

function knownIds(steps: readonly Step[], core: readonly Step[]): ReadonlySet<string> {
  const ids = new Set(core.flatMap(idsOf));
  for (let pass = 0, size = -1; size !== ids.size && pass < MAX_PASSES; pass++) {
    size = ids.size;
    for (const step of steps) {
      if (step.kind === "foreign" || step.kind === "ping") continue;
      const own = idsOf(step);
      if (own.some((id) => ids.has(id))) for (const id of own) ids.add(id);
    }
  }
  return ids;
}

/** Of the activations that cannot be read, the last before each connection on which Remote Assistance was called. */
function suspected(steps: readonly Step[], streams: ReadonlySet<number>): Set<Step> {
  const found = new Set<Step>();
  const begun = new Set<number>();
  let last: Step | null = null;
  for (const step of steps) {
    if (step.kind === "activate") last = step;
    if (!streams.has(step.stream) || begun.has(step.stream)) continue;
    begun.add(step.stream);
    if (last !== null && !last.core && last.at >= step.at - LEAD) found.add(last);
  }
  return found;
}

/** A question to the resolver or the endpoint mapper goes with the activation that follows it. */
function leadsOn(next: Step | null, activations: ReadonlySet<Step>): boolean {
  return next === null || next.core || activations.has(next);
}
