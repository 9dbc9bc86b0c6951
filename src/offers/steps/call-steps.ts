/** What a call does in an initiation, by the interface it is made on and the object it is made to. */
import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import { canonicalEndpoint } from "../../address.js";
import type { DecodedCall } from "../../call/decoded-call.js";
import type { Fact, InvocationFact, OfferInput, PartlyCapturedFact, RaiCallFact } from "../../facts/fact.js";
import { infrastructure } from "../../facts/infrastructure.js";
import { durationMicroseconds, micros } from "../../time.js";
import { infrastructureStep } from "./dcom-steps.js";
import { entryOf, raiClass } from "./entry-points.js";
import { raiStep } from "./rai-steps.js";
import { givenBy, mentionedBy } from "./references.js";
import type { CallBase, CallStep, EntryPoint, RefusalCode, Result } from "./step.js";

/** Frames kept of one step. */
const MAX_FRAMES = 64;

/** [MS-OAUT] 3.1.4: the method failed with what pExcepInfo says. */
const DISP_E_EXCEPTION = 0x80020009;

const NO_FRAMES: readonly number[] = [];

/** The step that the call is, or null where it can be no part of an initiation. */
export function callStep(input: OfferInput): CallStep | null {
  const { call: decoded, target, facts } = input;
  const call = raiCallOf(facts);
  const on = call?.on ?? raiInterface(target?.iid ?? null);
  const around = infrastructure(decoded.identity.uuid);
  const cls = raiClass(target?.clsid ?? null);
  if (on === null && around === null && cls === null) return null;
  const entry = on === null ? (cls?.entry ?? null) : entryOf(on);
  const base = baseOf(input, on !== null || cls !== null, entry);
  if (call !== null) return raiStep(base, call, input);
  return around === null ? { ...base, kind: "object" } : infrastructureStep(base, around, input);
}

function raiCallOf(facts: readonly Fact[]): RaiCallFact | null {
  for (const fact of facts) if (fact.kind === "rai-call") return fact;
  return null;
}

function baseOf(input: OfferInput, core: boolean, entry: EntryPoint | null): CallBase {
  const { call: decoded, facts, target } = input;
  const { call, method, identity } = decoded;
  const { channel, auth, request, response } = call;
  const { first } = (request ?? response)!;
  const at = micros(first);
  const lasted = request && response ? durationMicroseconds(request.first, response.last) : null;
  const where = identity.iface?.name ?? identity.uuid ?? "an unknown interface";
  return {
    id: input.id,
    communityId: channel.communityId,
    core,
    entry,
    title: `${where}::${method?.name ?? (call.opnum === null ? "?" : `opnum ${call.opnum}`)}`,
    at,
    end: at + (lasted ?? 0),
    first,
    stream: channel.stream,
    file: channel.file,
    request: request?.frames.slice(0, MAX_FRAMES) ?? NO_FRAMES,
    response: response?.frames.slice(0, MAX_FRAMES) ?? NO_FRAMES,
    client: canonicalEndpoint(channel.client),
    server: canonicalEndpoint(channel.server),
    user: auth.user || null,
    domain: auth.domain || null,
    workstation: auth.workstation || null,
    level: auth.level,
    result: resultOf(decoded),
    inferred: identity.inferred,
    callId: call.callId,
    method: method?.name ?? null,
    code: codeOf(decoded, facts),
    size: sizeOf(decoded),
    object: call.object,
    oid: target?.oid ?? null,
    oxid: target?.oxid ?? null,
    activated: target?.clsid != null,
    given: givenBy(facts),
    mentioned: mentionedBy(facts),
    cut: facts.find((f): f is PartlyCapturedFact => f.kind === "partly-captured")?.note ?? null,
  };
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
