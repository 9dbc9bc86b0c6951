/** What a call does in an initiation, by the interface it is made on and the object it is made to. */
import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import { canonicalEndpoint } from "../../address.js";
import type { DecodedCall } from "../../call/decoded-call.js";
import type { Fact, InvocationFact, OfferInput, RaiCallFact } from "../../facts/fact.js";
import { infrastructure } from "../../facts/infrastructure.js";
import { durationMicroseconds, micros } from "../../time.js";
import { infrastructureReading } from "./dcom-steps.js";
import { entryOf, raiClass } from "./entry-points.js";
import { raiReading } from "./rai-steps.js";
import { givenBy, mentionedBy } from "./references.js";
import type { CallBase, CallStep, EntryPoint, Readable, Reading, RefusalCode, Result } from "./step.js";

/** Frames kept of one step. */
const MAX_FRAMES = 64;

/** [MS-OAUT] 3.1.4: the method failed with what pExcepInfo says. */
const DISP_E_EXCEPTION = 0x80020009;

const NO_FRAMES: readonly number[] = [];
const OBJECT: Reading = { kind: "object", detail: null };

/** The step that the call is, or null where it can be no part of an initiation. */
export function callStep(input: OfferInput): CallStep | null {
  const { call: decoded, target, facts } = input;
  const call = raiCallOf(facts);
  const on = call?.on ?? raiInterface(target?.iid ?? null);
  const around = infrastructure(decoded.identity.uuid);
  const cls = raiClass(target?.clsid ?? null);
  if (on === null && around === null && cls === null) return null;
  const entry = on === null ? (cls?.entry ?? null) : entryOf(on);
  const readable = readableOf(input, on !== null || cls !== null, entry);
  if (call !== null) return stepOf(input, raiReading(readable, call, input), readable);
  if (around === null) return stepOf(input, OBJECT, readable);
  const reading = infrastructureReading(readable, around, input);
  return reading === null ? null : stepOf(input, reading, readable);
}

function raiCallOf(facts: readonly Fact[]): RaiCallFact | null {
  for (const fact of facts) if (fact.kind === "rai-call") return fact;
  return null;
}

function readableOf({ call, facts }: OfferInput, core: boolean, entry: EntryPoint | null): Readable {
  const { identity, method } = call;
  const { opnum } = call.call;
  const where = identity.iface?.name ?? identity.uuid ?? "an unknown interface";
  return {
    core,
    entry,
    title: `${where}::${method?.name ?? (opnum === null ? "?" : `opnum ${opnum}`)}`,
    method: method?.name ?? null,
    result: resultOf(call),
    code: codeOf(call, facts),
    given: givenBy(facts),
    mentioned: mentionedBy(facts),
  };
}

function stepOf(
  { id, call: decoded, facts, target }: OfferInput,
  reading: Reading,
  readable: Readable,
): CallStep {
  const { call, identity } = decoded;
  const { channel, auth, request, response } = call;
  const { first } = (request ?? response)!;
  const at = micros(first);
  const lasted = request && response ? durationMicroseconds(request.first, response.last) : null;
  // One literal of one shape for all kinds: spread into, and of many shapes, steps cost twice as much.
  const step: CallBase & Pick<Reading, "kind" | "detail"> = {
    kind: reading.kind,
    detail: reading.detail,
    id,
    communityId: channel.communityId,
    core: readable.core,
    entry: readable.entry,
    title: readable.title,
    method: readable.method,
    at,
    end: at + (lasted ?? 0),
    first,
    stream: channel.stream,
    file: channel.file,
    request: framesOf(request),
    response: framesOf(response),
    client: canonicalEndpoint(channel.client),
    server: canonicalEndpoint(channel.server),
    user: auth.user || null,
    domain: auth.domain || null,
    workstation: auth.workstation || null,
    level: auth.level,
    result: readable.result,
    inferred: identity.inferred,
    callId: call.callId,
    code: readable.code,
    size: sizeOf(decoded),
    object: call.object,
    oid: target?.oid ?? null,
    oxid: target?.oxid ?? null,
    activated: target?.clsid != null,
    given: readable.given,
    mentioned: readable.mentioned,
    cut: cutOf(facts),
  };
  // Kind and detail come from one reading, so they belong together.
  return step as CallStep;
}

/** The frames of a side do not change once the call is finished. */
function framesOf(side: DecodedCall["call"]["request"]): readonly number[] {
  if (side === null) return NO_FRAMES;
  return side.frames.length <= MAX_FRAMES ? side.frames : side.frames.slice(0, MAX_FRAMES);
}

function cutOf(facts: readonly Fact[]): CallStep["cut"] {
  for (const fact of facts) if (fact.kind === "partly-captured") return fact.note;
  return null;
}

/**
 * The length of the answer's stub. What the capture holds of it may be less: then alloc_hint, which every known sender sets to
 * the stub's length, says how much there was ([C706] 12.6.3.4).
 */
function sizeOf({ call, response }: DecodedCall): number | null {
  const side = call.response;
  if (side === null) return null;
  const whole = call.fault === null && (response.state === "decoded" || response.state === "malformed");
  return whole ? side.bytes : Math.max(side.bytes, side.allocHint);
}

function resultOf({ outcome, response }: DecodedCall): Result {
  if (outcome.status === "fault") return "refused";
  if (outcome.status === "no_response") return "unanswered";
  if (response.state === "encrypted") return "sealed";
  if (outcome.status === "error") return "refused";
  return outcome.returned !== null || response.state === "decoded" ? "ok" : "unread";
}

function codeOf({ call, outcome }: DecodedCall, facts: readonly Fact[]): RefusalCode | null {
  if (call.fault !== null) return { value: call.fault.status >>> 0, name: null, fault: true };
  const { status, returned } = outcome;
  if (status !== "error" || returned === null || returned.value === null) return null;
  const value = returned.value >>> 0;
  if (returned.hresult && value === DISP_E_EXCEPTION) {
    const thrown = facts.find((f): f is InvocationFact => f.kind === "invocation")?.thrown ?? null;
    if (thrown !== null) return { value: thrown >>> 0, name: null, fault: false };
  }
  return { value, name: returned.name, fault: false };
}
