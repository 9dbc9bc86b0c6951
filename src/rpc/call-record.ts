/**
 * A finished call made into a record: its parts decoded one by one, what it taught remembered, what it means said.
 */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { raiInterface } from "../../dissectors/rai/interfaces.js";
import { hex32 } from "../../dissectors/wire/guid.js";
import { faultName } from "../../dissectors/wire/status.js";
import { loneText } from "../../dissectors/wire/text.js";
import {
  type CallRecord,
  type Note,
  type RaiRecord,
  SCHEMA,
  type TargetRecord,
  type WireSideRecord,
} from "../events.js";
import { durationMicroseconds, timestamp } from "../time.js";
import { mendTexts } from "../well-formed.js";
import { compareClaims, trailerOf } from "./claims.js";
import { clearNote, isClear, mappedVersionNote, raiNotes } from "./conformance.js";
import type { FinishedCall, SideBytes } from "./finished-call.js";
import { type CallEnvironment, type Identity, identify, interfaceRecord } from "./identity.js";
import { invokeOf } from "./invoke.js";
import { learnFrom } from "./learn.js";
import { raiMeaning } from "./meaning.js";
import { hresultOf, resultOf, returnedOf, statusOf } from "./outcome.js";
import { decodeSide, explicitCid, NO_SIDE, orpcOf, type SideResult } from "./stub.js";

/** Estimated bytes of memory that a record takes beside its values, each of its frame numbers, and a note beside its text. */
const RECORD_COST = 2_500;
const FRAME_COST = 16;
const NOTE_COST = 150;

/** A call's record, and what else comes of it. */
export interface Recorded {
  record: CallRecord;
  /** Estimated bytes of memory that the record takes. */
  cost: number;
  /** A note of which one is enough for the whole association. */
  once: Note | null;
}

export function callRecord(call: FinishedCall, env: CallEnvironment): Recorded {
  const connection = call.channel;
  const notes: Note[] = [...call.notes];
  const frame = (call.response ?? call.request)?.frames[0] ?? 0;
  const known = call.object ? env.objects.used(call.object, frame, connection.stream) : null;
  const trailer = call.request && !call.request.sealed ? trailerOf(call.request) : null;
  const identity = identify(call, connection, trailer, known?.iid ?? null, env, notes);
  if (trailer) compareClaims(trailer, call, identity, notes);
  const method = methodOf(call, identity.iface, notes);
  const request = decodeSide(call, call.request, trailer, identity, method, null, env, notes);
  const response = call.fault
    ? NO_SIDE
    : decodeSide(call, call.response, null, identity, method, request.values, env, notes);
  const interfaceName = identity.iface?.name ?? null;
  const activated = learnFrom(
    {
      interfaceName,
      method: method?.name ?? null,
      request: request.values,
      response: response.values,
      objrefs: [...request.objrefs, ...response.objrefs],
      object: call.object,
      frame,
      stream: connection.stream,
      serverAddress: connection.server.address,
    },
    env.objects,
  );
  env.inference.asked(activated, request.values, response.values, connection);
  const invoke = invokeOf(call, identity.iface, method, request.values, response.values, env, notes);
  const result = resultOf(method, identity.iface, response.values, response.returned);
  const hresult = hresultOf(method, identity.iface, result);
  const rai = raiOf(identity, method, request, response, invoke, call, hresult, env, notes);
  const version = mappedVersionNote(request.values);
  if (version !== null) notes.push(version);
  const start = call.request?.first ?? call.response!.first;
  const end = call.response?.last ?? null;
  const record: CallRecord = {
    // One literal of one shape: spreading the head into it costs as much as decoding the call.
    type: "call",
    schema: SCHEMA,
    id: null,
    revision: 1,
    provisional: false,
    ts: timestamp(start),
    stream: connection.stream,
    file: connection.file,
    community_id: null,
    duration_us: call.request && end ? durationMicroseconds(call.request.first, end) : null,
    client: connection.client,
    server: connection.server,
    frames: { request: call.request?.frames ?? [], response: call.response?.frames ?? [] },
    places: null,
    transport: connection.transport,
    call_id: call.callId,
    context_id: call.contextId,
    opnum: call.opnum,
    interface: interfaceRecord(identity),
    method: method?.name ?? null,
    transfer_syntax: identity.transfer,
    object: call.object,
    target: targetOf(call, env, frame),
    causality_id: request.orpcThis?.cid ?? explicitCid(request.values),
    dispatch: invoke?.record ?? null,
    auth: call.auth,
    status: "unknown",
    hresult,
    fault: call.fault ? { status: hex32(call.fault.status), name: faultName(call.fault.status) } : null,
    stub: { request: request.state, response: call.fault ? null : response.state },
    wire: { request: wireOf(call.request, null), response: wireOf(call.response, call.cancels) },
    orpc: orpcOf(request.orpcThis, response.orpcThat),
    request: request.values,
    response: response.values,
    readable: null,
    returned: returnedOf(method, identity.iface, response.returned, hresult),
    rai,
    notes,
  };
  if (record.rai !== null && mayHaveHalves(record.rai)) {
    mendTexts(record.rai, "rai", (path, units) => {
      notes.push({
        severity: "warning",
        code: "text-lone-surrogate",
        message: `${path}: ${loneText(units)}`,
      });
    });
  }
  record.status = statusOf(call, method, identity.iface, record);
  const once: Note | null = isClear(record)
    ? { severity: "info", code: "rai-clear", message: clearNote(record) }
    : null;
  return { record, cost: recordCost(record, request, response), once };
}

function recordCost({ frames, notes }: CallRecord, request: SideResult, response: SideResult): number {
  let cost = RECORD_COST + request.cost + response.cost;
  cost += FRAME_COST * (frames.request.length + frames.response.length);
  for (const { message } of notes) cost += NOTE_COST + message.length;
  return cost;
}

/** A text is cut in the middle of a pair of surrogates only where it has some. */
const SURROGATE = /[\ud800-\udfff]/;

function mayHaveHalves({ connection_string, help_blob, sessions }: RaiRecord): boolean {
  const texts = [connection_string, help_blob, ...(sessions ?? [])];
  return texts.some((text) => text !== null && SURROGATE.test(text.raw));
}

/** Functions of IDispatch, which a dispinterface has and no more. */
const IDISPATCH_METHODS = 7;

/** What the call means for Remote Assistance, with notes of the rules that it breaks. */
function raiOf(
  identity: Identity,
  method: Method | null,
  request: SideResult,
  response: SideResult,
  invoke: ReturnType<typeof invokeOf>,
  call: FinishedCall,
  hresult: CallRecord["hresult"],
  env: CallEnvironment,
  notes: Note[],
): CallRecord["rai"] {
  const invoked = invoke?.method ? invoke : null;
  const on = raiInterface(
    invoked ? (env.table.named(invoked.record.interface ?? "")?.uuid ?? null) : identity.uuid,
  );
  if (on === null) return null;
  const sent = invoked
    ? { values: invoked.record.arguments, cut: request.cut, pathOf: invoked.requestPath }
    : request;
  const answered = invoked
    ? { values: invoked.outs, cut: response.cut, pathOf: invoked.responsePath }
    : response;
  const name = (invoked?.method ?? method)?.name ?? null;
  const rai = raiMeaning(on, name, sent, answered, notes);
  notes.push(
    ...raiNotes({
      on,
      method: name,
      request: sent.values,
      response: answered.values,
      returned: invoked || hresult === null ? null : Number(hresult.value),
      opnum: invoked || call.callback ? null : call.opnum,
      rai,
      listWhole: !notes.some((n) => n.code === "sessions-incomplete"),
    }),
  );
  return rai;
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

function wireOf(side: SideBytes | null, cancels: number | null): WireSideRecord | null {
  if (!side) return null;
  return {
    byte_order: side.littleEndian ? "little" : "big",
    characters: side.characters,
    floats: side.floats,
    fragments: side.fragments,
    bytes: side.bytes,
    alloc_hint: side.allocHint,
    cancel_count: cancels,
  };
}

function targetOf(call: FinishedCall, env: CallEnvironment, frame: number): TargetRecord | null {
  const known = call.object ? env.objects.interfaces.get(call.object) : undefined;
  if (!known || known.firstFrame > frame) return null;
  const clsid = env.objects.classOf(known.oxid, known.oid);
  return {
    clsid,
    class: clsid ? (env.table.coclass(clsid)?.name ?? null) : null,
    iid: known.iid,
    oxid: known.oxid,
    oid: known.oid,
    from_frame: known.firstFrame,
  };
}
