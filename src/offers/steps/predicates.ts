/** What one step shows by itself. */
import type { RaiInterface } from "../../../dissectors/rai/interfaces.js";
import type { ConnectionString } from "../../events.js";
import type { Binding, SessionProperty, Step, Walk } from "./step.js";

/** Bytes that a sealed answer without a connection string takes at most. */
export const SEALED_WITHOUT_STRING = 96;
/** Bytes that an answer without a list or collection takes at most. */
export const SEALED_WITHOUT_LIST = 64;

/** Steps in order of time. */
export function inOrder(a: Step, b: Step): number {
  return a.at - b.at || firstFrame(a) - firstFrame(b) || a.stream - b.stream || callIdOf(a) - callIdOf(b);
}

function firstFrame(step: Step): number {
  return step.request[0] ?? step.response[0] ?? 0;
}

function callIdOf(step: Step): number {
  return step.kind === "bound" ? -1 : step.callId;
}

/** When the last of the steps ended. */
export function latestEnd(steps: readonly Step[]): number {
  return steps.reduce((latest, step) => Math.max(latest, step.end), Number.NEGATIVE_INFINITY);
}

/** The step got nowhere, and the initiation with it unless another way is found. */
export function failed(step: Step): boolean {
  switch (step.kind) {
    case "string-answer":
      return step.result === "refused" || step.result === "unanswered" || step.detail.empty;
    case "bound":
    case "query":
      return step.result === "refused";
    case "activation":
    case "creation":
    case "session-list":
      return step.core && step.result === "refused";
    default:
      return false;
  }
}

/** A method of the interface was called, as opposed to what leads there. */
export function isCall(step: Step): boolean {
  return (
    step.kind === "session-list" || isWalk(step) || step.kind === "string-answer" || step.kind === "other"
  );
}

/** The collection or one of its sessions was called. */
export function isWalk(step: Step): step is Walk | SessionProperty {
  return step.kind === "walk" || step.kind === "session-property";
}

/** A sealed answer that has no room for a connection string. */
export function isTooShort(step: Step): boolean {
  return (
    step.kind === "string-answer" && step.result === "sealed" && (step.size ?? 0) <= SEALED_WITHOUT_STRING
  );
}

/** The connection string that was answered. */
export function stringOf(step: Step): ConnectionString | null {
  return step.kind === "string-answer" ? step.detail.string : null;
}

/** The interface of [MS-RAI] that is called; null for other calls. */
export function interfaceOf({ detail }: Step): RaiInterface | null {
  return detail !== null && "on" in detail ? detail.on : null;
}

const NO_BINDINGS: readonly Binding[] = [];

/** String bindings that were answered. */
export function bindingsOf(step: Step): readonly Binding[] {
  switch (step.kind) {
    case "activation":
    case "resolution":
    case "liveness":
      return step.detail.bindings;
    default:
      return NO_BINDINGS;
  }
}

/** Every identifier of an object or exporter that the step shows. */
export function idsOf(step: Step): string[] {
  if (step.kind === "bound") return [];
  const ids = [...step.mentioned];
  if (step.object !== null) ids.push(step.object);
  if (step.oxid !== null) ids.push(step.oxid);
  for (const { ipid, oxid } of step.given) {
    ids.push(ipid);
    if (oxid !== null) ids.push(oxid);
  }
  return ids;
}
