/** A decoded call as the record that the call log prints: text is made here, and nothing is decided or remembered. */
import { hex32 } from "../../dissectors/wire/guid.js";
import { faultName } from "../../dissectors/wire/status.js";
import type { DecodedCall, Identity, Invocation, Outcome } from "../call/decoded-call.js";
import {
  type CallRecord,
  type DispatchRecord,
  type HresultRecord,
  type InterfaceRecord,
  type Note,
  SCHEMA,
  type StubState,
  type TargetRecord,
  type WireSideRecord,
} from "../events.js";
import { explicitCausalityId } from "../facts/activation.js";
import type { Facts } from "../facts/facts-of.js";
import type { FaultBody, FinishedCall, SideBytes } from "../rpc/finished-call.js";
import type { RecordKnowledge } from "../run/run-state.js";
import { durationMicroseconds, timestamp } from "../time.js";
import { callId } from "./ids.js";
import { orpcRecord } from "./orpc-record.js";
import { readableCost, readableOf } from "./readable.js";

/** Estimated bytes of memory that a record takes beside its values, each of its frame numbers, and a note beside its text. */
const RECORD_COST = 2_500;
const FRAME_COST = 16;
const NOTE_COST = 150;

const NO_FRAMES: number[] = [];

/** `run`: what is known with the call's own facts. */
export function recordOf(decoded: DecodedCall, { rai, notes }: Facts, run: RecordKnowledge): CallRecord {
  const { call, identity, method, request, response, outcome } = decoded;
  const { channel } = call;
  const { communityId } = channel;
  const { first: start, sequence, message } = (call.request ?? call.response)!;
  const meant = readableOf(decoded, run);
  return {
    // One literal of one shape: spreading the head into it costs as much as decoding the call.
    type: "call",
    schema: SCHEMA,
    id:
      communityId === null
        ? null
        : callId(communityId, start, call.callId, call.contextId, message ?? sequence),
    revision: 1,
    provisional: false,
    ts: timestamp(start),
    stream: channel.stream,
    file: channel.file,
    community_id: communityId,
    duration_us:
      call.request && call.response ? durationMicroseconds(call.request.first, call.response.last) : null,
    client: channel.client,
    server: channel.server,
    frames: { request: call.request?.frames ?? NO_FRAMES, response: call.response?.frames ?? NO_FRAMES },
    acknowledged: null,
    places: null,
    transport: channel.transport,
    call_id: call.callId,
    context_id: call.contextId,
    opnum: call.opnum,
    activity: call.activity,
    interface: interfaceRecord(identity),
    method: method?.name ?? null,
    transfer_syntax: identity.transfer,
    object: call.object,
    target: targetOf(call, run),
    causality_id: request.orpcThis?.cid ?? explicitCausalityId(request.values),
    dispatch: decoded.invocation === null ? null : dispatchRecord(decoded.invocation),
    auth: call.auth,
    status: outcome.status,
    hresult: hresultRecord(outcome),
    fault: call.fault === null ? null : faultRecord(call.fault),
    stub: stubRecord(request.state, call.fault ? null : response.state),
    wire: { request: wireRecord(call.request, null), response: wireRecord(call.response, call.cancels) },
    orpc: orpcRecord(request.orpcThis, response.orpcThat),
    request: request.values,
    response: response.values,
    readable: meant.readable,
    returned: returnedRecord(outcome),
    rai,
    notes: joined(decoded.notes, notes, meant.notes),
  };
}

function joined(notes: Note[], more: readonly Note[], further: readonly Note[]): Note[] {
  return more.length + further.length === 0 ? notes : [...notes, ...more, ...further];
}

/** Estimated bytes of memory that the record of a call takes. */
export function recordCost(
  { frames, notes, readable }: CallRecord,
  { request, response }: DecodedCall,
): number {
  let cost = RECORD_COST + request.cost + response.cost + readableCost(readable);
  cost += FRAME_COST * (frames.request.length + frames.response.length);
  for (const { message } of notes) cost += NOTE_COST + message.length;
  return cost;
}

/**
 * Parts of records that most calls have in common are one object for all of them: it is made once, and takes no memory in each of
 * those that wait. Nobody changes a part of a record.
 */
const MAX_SHARED = 4_096;
const interfaces = new Map<InterfaceTableEntry, InterfaceRecord>();
const hresults = new Map<number, HresultRecord>();
const stubs = new Map<StubState, Map<StubState, CallRecord["stub"]>>();

type InterfaceTableEntry = NonNullable<Identity["iface"]>;

function interfaceRecord({ uuid, version, iface, inferred }: Identity): InterfaceRecord {
  if (inferred) return { uuid, version, name: iface?.name ?? null, inferred: true };
  if (iface === null) return { uuid, version, name: null };
  const known = interfaces.get(iface);
  if (known !== undefined && known.uuid === uuid && known.version === version) return known;
  const record: InterfaceRecord = { uuid, version, name: iface.name };
  if (interfaces.size >= MAX_SHARED) interfaces.clear();
  interfaces.set(iface, record);
  return record;
}

function stubRecord(request: StubState, response: StubState): CallRecord["stub"] {
  let of = stubs.get(request);
  if (of === undefined) {
    of = new Map();
    stubs.set(request, of);
  }
  let stub = of.get(response);
  if (stub === undefined) {
    stub = { request, response };
    of.set(response, stub);
  }
  return stub;
}

/** The object called; null also where only a later frame names it. */
function targetOf(call: FinishedCall, { objects, table }: RecordKnowledge): TargetRecord | null {
  const known = call.object === null ? undefined : objects.interfaces.peek(call.object);
  if (known === undefined) return null;
  const frame = (call.response ?? call.request)?.frames[0] ?? 0;
  if (known.firstFrame > frame) return null;
  const clsid = objects.classOfInterface(known);
  return {
    clsid,
    class: clsid ? (table.coclass(clsid)?.name ?? null) : null,
    iid: known.iid,
    oxid: known.oxid,
    oid: known.oid,
    from_frame: known.firstFrame,
  };
}

export function dispatchRecord(invocation: Invocation): DispatchRecord {
  const record: DispatchRecord = {
    dispid: hex32(invocation.dispid),
    interface: invocation.interfaceName,
    member: invocation.member,
    kind: invocation.kind,
    arguments: invocation.arguments,
  };
  if (invocation.namedIn !== null) record.from_frame = invocation.namedIn;
  if (invocation.inferred) record.inferred = true;
  return record;
}

function hresultRecord({ returned }: Outcome): HresultRecord | null {
  if (returned === null || !returned.hresult) return null;
  const { name, message } = returned;
  const value = returned.value!;
  const known = hresults.get(value);
  if (known !== undefined && known.name === name && known.message === message) return known;
  const record: HresultRecord = { value: hex32(value), name, message };
  if (hresults.size >= MAX_SHARED) hresults.clear();
  hresults.set(value, record);
  return record;
}

function returnedRecord({ returned }: Outcome): CallRecord["returned"] {
  if (returned === null || returned.hresult) return null;
  return { type: returned.type, value: returned.shown, name: returned.name };
}

function faultRecord({ status }: FaultBody): CallRecord["fault"] {
  return { status: hex32(status), name: faultName(status) };
}

function wireRecord(side: SideBytes | null, cancels: number | null): WireSideRecord | null {
  if (!side) return null;
  return {
    version: side.version,
    byte_order: side.littleEndian ? "little" : "big",
    characters: side.characters,
    floats: side.floats,
    last_ts: timestamp(side.last),
    fragments: side.fragments,
    bytes: side.bytes,
    pdu_bytes: side.pduBytes,
    alloc_hint: side.allocHint,
    cancel_count: cancels,
  };
}
