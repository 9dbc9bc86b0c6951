/**
 * Which interface a call belongs to where nothing names it: neither a bind, nor a verification trailer, nor an object
 * reference. Tried are those of Remote Assistance and DCOM, those of a user's IDL, and those that the same two machines named
 * elsewhere: one that fits is a candidate and no more, and which ones are tried depends on nothing that others did. Evidence is kept
 * for each presentation context of a connection and for each IPID: an interface must fit every call made there, and is
 * named once a call has shape enough to distinguish it from others; what was named stays named for later calls.
 *
 * The interfaces of Remote Assistance resemble those of any automation object. They need something that only [MS-RAI] has.
 */
import { isDatagramsOnly } from "../../dissectors/dcerpc/syntax-id.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { IPCHSERVICE, IRASRV, raiInterface } from "../../dissectors/rai/interfaces.js";
import type { Note } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import { type Evidence, type EvidenceKeys, type Knowledge, MAX_SUSPECTS, type Signs } from "./knowledge.js";
import { isCallOfKind, isReadable, joined, NO_SIGNS, signsOf } from "./signs.js";

/** What all calls of a context and IPID are evidence for, this one included. */
export interface Inference {
  fitting: ReadonlyMap<Interface, Signs>;
  named: Interface | null;
  noted: boolean;
  /** How many interfaces that the two machines named were tried. */
  tried: number;
}

/** `known`: what is known of the call's context and IPID. Null where the call says nothing and nothing was known. */
export function infer(
  call: FinishedCall,
  keys: EvidenceKeys,
  known: readonly Evidence[],
  knowledge: Knowledge,
  notes: Note[],
): Inference | null {
  const { opnum } = call;
  if (call.callback || opnum === null) return null;
  const { table, inference } = knowledge;
  const elsewhere = inference.namedBetween(call.channel.client.address, call.channel.server.address);
  const fitting = narrowed(known, call, opnum, elsewhere, knowledge);
  if (fitting === null) return null;
  const had = known.find((k) => k.named !== null)?.named ?? null;
  const asked = inference.asked(call.channel.client.address, call.channel.server.address);
  const named = nameOf(fitting, opnum, asked, table);
  if (had !== null && !fitting.has(had) && (named === null || !isDerived(named, had, table))) {
    notes.push({
      severity: "warning",
      code: "inference-withdrawn",
      message: `earlier calls here were taken for calls of ${had.name}, which this call does not fit`,
    });
  }
  let noted = known.some((k) => k.noted);
  if (named === null && !noted) noted = noteCandidate(fitting, opnum, table, notes);
  if (inference.drops(keys)) {
    notes.push({
      severity: "info",
      code: "inference-limit",
      message: `evidence for more than ${MAX_SUSPECTS} unnamed objects or contexts: the oldest is dropped`,
    });
  }
  return { fitting, named, noted, tried: elsewhere.length };
}

/** The interfaces that fit this call and all before it; null where it says nothing and nothing was known. */
function narrowed(
  evidence: readonly Evidence[],
  call: FinishedCall,
  opnum: number,
  elsewhere: readonly string[],
  knowledge: Knowledge,
): ReadonlyMap<Interface, Signs> | null {
  const { table } = knowledge;
  const known = evidence.flatMap((k) => (k.fitting === null ? [] : [k.fitting]));
  const readable = isReadable(call);
  if (!readable && known.length === 0) return null;
  const fitting = new Map<Interface, Signs>();
  // What was named since the calls before could not be tried with them.
  const fresh = new Set(elsewhere.slice(Math.min(...evidence.map((k) => k.tried))));
  const ruledOut = (iface: Interface): boolean => known.some((k) => !k.has(iface)) && !fresh.has(iface.uuid);
  const add = (iface: Interface, now: Signs): void => {
    if (ruledOut(iface)) return;
    let signs = now;
    for (const k of known) signs = joined(signs, k.get(iface) ?? NO_SIGNS);
    fitting.set(iface, signs);
  };
  if (!readable) {
    // A call that cannot be read rules out the interfaces that have no such method.
    for (const iface of known[0]!.keys()) if (iface.methods[opnum]) add(iface, NO_SIGNS);
    return fitting;
  }
  if ((fresh.size === 0 && known.some((k) => k.size === 0)) || !isCallOfKind(call)) return fitting;
  for (const { iface, method } of table.candidates(opnum, elsewhere)) {
    // Activation carries ORPCTHIS without being a call on an object.
    if (iface.object !== (call.object !== null) || ruledOut(iface)) continue;
    if (isDatagramsOnly(iface.uuid)) continue;
    const signs = signsOf(call, iface, method, knowledge);
    if (signs !== null) add(iface, signs);
  }
  return fitting;
}

function isProven(iface: Interface, signs: Signs, asked: boolean): boolean {
  if (raiInterface(iface.uuid) === null) return signs.opnums.size > 0;
  if (signs.marked || asked) return true;
  // The others' methods are those of every collection and every object with properties.
  return signs.opnums.size > 1 && (iface.uuid === IRASRV || iface.uuid === IPCHSERVICE);
}

/** The interface to name: all that fit must share the method, and one of them must be proven. */
function nameOf(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
  asked: boolean,
  table: InterfaceTable,
): Interface | null {
  const proven = [...fitting].some(([iface, signs]) => isProven(iface, signs, asked));
  return proven ? table.commonest(methodsOf(fitting, opnum)) : null;
}

function methodsOf(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
): { iface: Interface; method: Method }[] {
  return [...fitting.keys()].flatMap((iface) => {
    const method = iface.methods[opnum];
    return method === undefined ? [] : [{ iface, method }];
  });
}

function isDerived(iface: Interface, from: Interface, table: InterfaceTable): boolean {
  // Interfaces of different files may name one another in a circle.
  const line = new Set<Interface>();
  let at: Interface | null = iface;
  while (at !== null && at !== from && !line.has(at)) {
    line.add(at);
    at = table.baseOf(at);
  }
  return at === from;
}

/** Notes what fits and what is missing; false where several interfaces fit. */
function noteCandidate(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
  table: InterfaceTable,
  notes: Note[],
): boolean {
  const only = table.commonest(methodsOf(fitting, opnum));
  if (only === null) return false;
  const missing =
    raiInterface(only.uuid) !== null
      ? "nothing here is Remote Assistance's alone (a connection string, a help blob, DOMAIN\\user:n, an activation)"
      : "so would any method that reads or writes one value";
  notes.push({
    severity: "info",
    code: "interface-not-inferred",
    message: `${only.name}::${only.methods[opnum]?.name ?? opnum} fits, but ${missing}`,
  });
  return true;
}
