/**
 * What a front sends along with the record of a call that asked anything of the run, or taught it something: whoever has heard
 * of all machines asks again, and decodes anew where an answer is another one. Plain values that JSON can hold: bytes are hex.
 */

import type { Interface } from "../../dissectors/ndr/types.js";
import { fromHex } from "../../dissectors/wire/bytes.js";
import { hex } from "../../dissectors/wire/guid.js";
import { decodeCall } from "../call/decode-call.js";
import type { DecodedCall, Inferred } from "../call/decoded-call.js";
import type { NamedInterface } from "../call/knowledge.js";
import type { CallRecord } from "../events.js";
import type { Fact } from "../facts/fact.js";
import { type Facts, factsOf } from "../facts/facts-of.js";
import type { InterfaceTable } from "../interfaces.js";
import { recordOf } from "../record/call-record.js";
import type { FaultBody, FinishedCall, SideBytes } from "../rpc/finished-call.js";
import { stubOf } from "../rpc/finished-call.js";
import { Asked, type Question } from "../run/asked.js";
import type { RunState } from "../run/run-state.js";
import { type Taught, taughtOf } from "../run/taught.js";

/** An interface as those who have the same descriptions find it. */
type Named = readonly [uuid: string, major: number];

interface PlainStated extends Omit<NamedInterface, "iface"> {
  iface: Named | null;
}

export type PlainInferred =
  | { keys: Inferred["keys"]; stated: PlainStated }
  | {
      keys: Inferred["keys"];
      stated: null;
      fitting: readonly (readonly [iface: Named, opnums: readonly number[], marked: boolean])[];
      named: Named | null;
      noted: boolean;
      tried: number;
    };

type PlainSide = Omit<SideBytes, "parts"> & { stub: string };

/** A finished call with its bytes as hex. */
export type PlainCall = Omit<FinishedCall, "request" | "response" | "fault"> & {
  request: PlainSide | null;
  response: PlainSide | null;
  fault: (Omit<FaultBody, "extra"> & { extra: string }) | null;
};

/** A fact with its bytes as hex. */
type PlainFact = Exclude<Fact, { bytes: Uint8Array }> | { kind: "cim-class"; classId: string; bytes: string };

export interface Doubt {
  /** What was asked, with the answers. */
  questions: readonly Question[];
  /** The call, to be decoded again; null where nothing was asked. */
  call: PlainCall | null;
  /** What it teaches; null for nothing. */
  taught:
    | (Omit<Taught, "facts" | "inferred"> & {
        facts: readonly PlainFact[];
        inferred: PlainInferred | null;
      })
    | null;
}

/** A call that was decoded, by one who may not have heard of all machines. */
export interface Told {
  decoded: DecodedCall;
  meant: Facts;
  record: CallRecord;
  /** null where nothing was asked and nothing is taught. */
  doubt: Doubt | null;
}

/** Facts that change nothing that others ask. */
const OF_OFFERS: ReadonlySet<Fact["kind"]> = new Set([
  "resolver",
  "oxid-asked",
  "rai-call",
  "connection-string",
  "help-blob",
  "sessions",
  "partly-captured",
  "session-asked",
  "session-property",
  "invocation",
  "added",
] as const);

/** Whether the fact may change what others are answered. */
export function changesAnswers({ kind }: Fact): boolean {
  return !OF_OFFERS.has(kind);
}

/** Decodes a call and makes its record, as a run that is not divided does, and takes down what that rests on. */
export function tellCall(call: FinishedCall, run: RunState): Told {
  const asked = new Asked(run, call.object);
  const decoded = decodeCall(call, asked);
  const meant = factsOf(decoded, run.table);
  run.apply(decoded, meant.facts);
  const record = recordOf(decoded, meant, asked.ofRecord);
  const { questions } = asked;
  const taught = taughtOf(decoded, meant.facts.filter(changesAnswers));
  if (taught === null && questions.length === 0) return { decoded, meant, record, doubt: null };
  const doubt: Doubt = {
    questions,
    call: questions.length === 0 ? null : plainCall(call),
    taught: taught && {
      ...taught,
      facts: taught.facts.map(plainFact),
      inferred: taught.inferred && plainInferred(taught.inferred),
    },
  };
  return { decoded, meant, record, doubt };
}

/** The call as it was finished. */
export function callOf({ request, response, fault, ...rest }: PlainCall): FinishedCall {
  return {
    ...rest,
    request: request && sideOf(request),
    response: response && sideOf(response),
    fault: fault && { ...fault, extra: fromHex(fault.extra) },
  };
}

export function taughtBy(taught: NonNullable<Doubt["taught"]>, table: InterfaceTable): Taught {
  const { facts, inferred, ...rest } = taught;
  return { ...rest, facts: facts.map(factOf), inferred: inferred && inferredOf(inferred, table) };
}

function plainCall({ request, response, fault, ...rest }: FinishedCall): PlainCall {
  return {
    ...rest,
    request: request && plainSide(request),
    response: response && plainSide(response),
    fault: fault && { ...fault, extra: hex(fault.extra) },
  };
}

function plainSide(side: SideBytes): PlainSide {
  const { parts: _, ...rest } = side;
  return { ...rest, stub: hex(stubOf(side)) };
}

function sideOf({ stub, ...rest }: PlainSide): SideBytes {
  return { ...rest, parts: [fromHex(stub)] };
}

function plainFact(fact: Fact): PlainFact {
  return fact.kind === "cim-class" ? { ...fact, bytes: hex(fact.bytes) } : fact;
}

/** Names that are missing are `undefined`, which JSON has as null. */
function factOf(fact: PlainFact): Fact {
  if (fact.kind === "cim-class") return { ...fact, bytes: fromHex(fact.bytes) };
  if (fact.kind === "member-name") return { ...fact, params: fact.params.map((name) => name ?? undefined) };
  if (fact.kind === "type-member") return { ...fact, names: fact.names.map((name) => name ?? undefined) };
  return fact;
}

function nameOf(iface: Interface | null): Named | null {
  return iface === null ? null : [iface.uuid, iface.version.major];
}

export function plainInferred(inferred: Inferred): PlainInferred {
  const { keys, stated } = inferred;
  if (stated !== null) return { keys, stated: { ...stated, iface: nameOf(stated.iface) } };
  const { fitting, named, noted, tried } = inferred;
  return {
    keys,
    stated,
    fitting: [...fitting].map(([iface, { opnums, marked }]) => [nameOf(iface)!, [...opnums], marked]),
    named: nameOf(named),
    noted,
    tried,
  };
}

export function inferredOf(plain: PlainInferred, table: InterfaceTable): Inferred {
  const find = (named: Named | null): Interface | null => (named === null ? null : table.find(...named));
  const { keys, stated } = plain;
  if (stated !== null) return { keys, stated: { ...stated, iface: find(stated.iface) } };
  const { fitting, named, noted, tried } = plain;
  const known = new Map(
    fitting.flatMap(([name, opnums, marked]) => {
      const iface = find(name);
      return iface === null ? [] : [[iface, { opnums: new Set(opnums), marked }] as const];
    }),
  );
  return { keys, stated, fitting: known, named: find(named), noted, tried };
}
