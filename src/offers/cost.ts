/** What it costs, in bytes of memory, to remember steps, associations and connections for an offer: estimates. */
import type { AssociationRecord } from "../events.js";
import { bindingsOf, stringOf } from "./steps/predicates.js";
import type { Step } from "./steps/step.js";

export const GROUP_COST = 2_500;
/** An identifier in a set. */
export const ID_COST = 100;
/** A connection that is watched. */
export const ATTEMPT_COST = 1_200;

const STEP_COST = 2_200;
const GIVEN_COST = 300;
const BINDING_COST = 150;
const SESSION_COST = 300;
const CONTEXT_COST = 600;
const SECURITY_COST = 2_500;
const NOTE_COST = 200;

export function stepCost(step: Step): number {
  let cost = STEP_COST + 16 * (step.request.length + step.response.length);
  if (step.kind !== "bound") cost += GIVEN_COST * step.given.length + ID_COST * step.mentioned.length;
  for (const { host } of bindingsOf(step)) cost += BINDING_COST + 2 * host.length;
  if (step.kind === "session-list") {
    for (const { raw } of step.detail.sessions ?? []) cost += SESSION_COST + 4 * raw.length;
  }
  // The text, and its parts once more.
  const string = stringOf(step);
  if (string !== null) cost += 4 * string.raw.length;
  return cost;
}

export function associationCost(record: AssociationRecord): number {
  let cost = SECURITY_COST * (1 + record.security_contexts.length) + CONTEXT_COST * record.contexts.length;
  for (const { message } of record.notes) cost += NOTE_COST + message.length;
  return cost;
}
