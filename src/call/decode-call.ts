/**
 * A finished call decoded: which interface it is of, its parameters, what it returned. Pure: it asks what is known and
 * changes nothing, so that the same call and the same knowledge give the same.
 */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import type { Note } from "../events.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { DecodedCall } from "./decoded-call.js";
import { identify } from "./identify.js";
import { droppedNote, invocationOf } from "./invocation.js";
import type { Knowledge } from "./knowledge.js";
import { outcomeOf } from "./outcome.js";
import { decodeSide, NO_SIDE } from "./side.js";
import { compareClaims, trailerOf } from "./trailer.js";

/** Functions of IDispatch, which a dispinterface has and no more. */
const IDISPATCH_METHODS = 7;

export function decodeCall(call: FinishedCall, knowledge: Knowledge): DecodedCall {
  const notes: Note[] = [...call.notes];
  const called = call.object === null ? null : knowledge.objects.called(call.object);
  const trailer = call.request && !call.request.sealed ? trailerOf(call.request) : null;
  const { identity, inferred } = identify(call, trailer, called?.iid ?? null, knowledge, notes);
  if (trailer) compareClaims(trailer, call, identity, notes);
  const { iface } = identity;
  const method = methodOf(call, iface, notes);
  const request = decodeSide(call, call.request, trailer, identity, method, null, knowledge.ndr, notes);
  const response = call.fault
    ? NO_SIDE
    : decodeSide(call, call.response, null, identity, method, request.values, knowledge.ndr, notes);
  const isOnObject = iface !== null && method !== null && call.object !== null;
  const dropped = isOnObject ? droppedNote(iface, method, knowledge) : null;
  if (dropped !== null) notes.push(dropped);
  const invocation =
    isOnObject && request.values !== null
      ? invocationOf(call.object!, called, iface, method, request.values, response.values, knowledge)
      : null;
  const outcome = outcomeOf(call, method, iface, response);
  return { call, identity, method, called, request, response, invocation, outcome, inferred, notes };
}

function methodOf(call: FinishedCall, iface: Interface | null, notes: Note[]): Method | null {
  if (iface === null || call.opnum === null) return null;
  const method = (call.callback ? iface.callbacks : iface.methods)[call.opnum];
  if (iface.dispatchOnly && call.opnum >= IDISPATCH_METHODS) return null;
  if (method === undefined && iface.methods.length > 0) {
    const what = call.callback ? "callback" : "method";
    notes.push({
      severity: "warning",
      code: "opnum-out-of-range",
      message: `${iface.name} has no ${what} with opnum ${call.opnum}`,
    });
  }
  return method ?? null;
}
