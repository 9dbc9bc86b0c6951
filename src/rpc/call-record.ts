/**
 * A finished call made into a record: the interface it belongs to, its stubs decoded, the objects it names, what it means.
 * The one place where a call's decoding may fail: what was decoded before the fault is kept and the rest becomes a note.
 */
import { HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import { transferSyntaxName } from "../../dissectors/dcerpc/pdu.js";
import { readVerificationTrailer, type VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import type { Objref } from "../../dissectors/dcom/objref.js";
import {
  looksLikeOrpcThis,
  type OrpcExtension,
  type OrpcThat,
  type OrpcThis,
  readOrpcThat,
  readOrpcThis,
} from "../../dissectors/dcom/orpc.js";
import { decodeRequest, decodeResponse, type NdrContext } from "../../dissectors/ndr/decode.js";
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { raiReturnCode } from "../../dissectors/rai/return-codes.js";
import { WireError } from "../../dissectors/wire/errors.js";
import { hex, hex32 } from "../../dissectors/wire/guid.js";
import { CAPTURED, Reader } from "../../dissectors/wire/reader.js";
import {
  faultName,
  hresultMessage,
  hresultName,
  ntstatusName,
  win32Name,
} from "../../dissectors/wire/status.js";
import type {
  AuthRecord,
  CallRecord,
  Endpoint,
  HresultRecord,
  InterfaceRecord,
  Note,
  OrpcExtensionRecord,
  OrpcRecord,
  StubState,
  TargetRecord,
  Value,
  WireSideRecord,
} from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { microsecondsBetween, timestamp } from "../time.js";
import type { Association } from "./association.js";
import { type OpenCall, type Side, stubOf } from "./calls.js";
import { type NameBook, resolveInvoke } from "./dispatch.js";
import { learnFrom } from "./learn.js";
import { raiMeaning } from "./meaning.js";
import type { ObjectTable } from "./objects.js";

type Values = { [name: string]: Value };

/** The knowledge of the run that decoding a call draws on and adds to. */
export interface CallEnvironment {
  table: InterfaceTable;
  objects: ObjectTable;
  names: NameBook;
  /** NDR contexts, made once for each transfer syntax. */
  ndr: { ndr: NdrContext; ndr64: NdrContext };
}

/** The connection as the record shows it. */
export interface ConnectionFacts {
  stream: number;
  client: Endpoint;
  server: Endpoint;
  file: string | undefined;
}

/** One side after decoding. */
interface SideResult {
  state: StubState;
  values: Values | null;
  returned: Value | undefined;
  objrefs: Objref[];
  orpcThis: OrpcThis | null;
  orpcThat: OrpcThat | null;
}

const NO_SIDE: SideResult = {
  state: null,
  values: null,
  returned: undefined,
  objrefs: [],
  orpcThis: null,
  orpcThat: null,
};

/** What names the interface of a call. */
interface Identity {
  uuid: string | null;
  version: string | null;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
  inferred: boolean;
}

export function callRecord(
  call: OpenCall,
  association: Association,
  connection: ConnectionFacts,
  env: CallEnvironment,
): CallRecord {
  const notes: Note[] = [...call.notes];
  const frame = (call.response ?? call.request)?.frames[0] ?? 0;
  const known = call.object ? env.objects.used(call.object, frame, connection.stream) : null;
  const trailer = call.request && !call.request.sealed ? trailerOf(call.request) : null;
  const identity = identify(call, association, trailer, known?.iid ?? null, env, notes);
  if (trailer) compareClaims(trailer, call, association, identity, notes);
  const method = identity.iface && call.opnum !== null ? (identity.iface.methods[call.opnum] ?? null) : null;
  if (identity.iface && identity.iface.methods.length > 0 && call.opnum !== null && !method) {
    notes.push({
      severity: "warning",
      code: "opnum-out-of-range",
      message: `${identity.iface.name} has no method with opnum ${call.opnum}`,
    });
  }
  const request = decodeSide(call, call.request, trailer, identity, method, null, env, notes);
  const response = call.fault
    ? NO_SIDE
    : decodeSide(call, call.response, null, identity, method, request.values, env, notes);
  const interfaceName = identity.iface?.name ?? null;
  learnFrom(
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
  const invoke = invokeOf(call, identity.iface, method, request.values, response.values, env);
  const hresult = hresultOf(method, identity.iface, response.returned);
  const start = call.request?.first ?? call.response!.first!;
  const end = call.response?.last ?? null;
  const record: CallRecord = {
    type: "call",
    schema: 1,
    ts: timestamp(start),
    stream: connection.stream,
    ...(connection.file === undefined ? {} : { file: connection.file }),
    duration_us: call.request?.first && end ? microsecondsBetween(call.request.first, end) : null,
    client: connection.client,
    server: connection.server,
    frames: { request: call.request?.frames ?? [], response: call.response?.frames ?? [] },
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
    auth: authOf(call, association),
    status: "ok",
    hresult,
    fault: call.fault ? { status: hex32(call.fault.status), name: faultName(call.fault.status) } : null,
    stub: { request: request.state, response: call.fault ? null : response.state },
    wire: { request: wireOf(call.request, null), response: wireOf(call.response, call.cancels) },
    orpc: orpcOf(request.orpcThis, response.orpcThat),
    request: request.values,
    response: response.values,
    returned: returnedOf(method, response.returned, hresult),
    rai: invoke?.method
      ? raiMeaning(invoke.record.interface, invoke.method.name, invoke.record.arguments, invoke.outs)
      : raiMeaning(interfaceName, method?.name ?? null, request.values, response.values),
    notes,
  };
  record.status = statusOf(call, method, record);
  return record;
}

function wireOf(side: Side | null, cancels: number | null): WireSideRecord | null {
  if (!side) return null;
  return {
    byte_order: side.littleEndian ? "little" : "big",
    characters: side.characters,
    floats: side.floats,
    fragments: side.fragments,
    octets: side.octets,
    alloc_hint: side.allocHint,
    cancel_count: cancels,
  };
}

/** Activation declares ORPCTHIS as a parameter of its own. */
function explicitCid(values: Values | null): string | null {
  const orpcThis = values?.orpcthis ?? values?.ORPCthis;
  if (orpcThis === null || typeof orpcThis !== "object" || Array.isArray(orpcThis)) return null;
  return typeof orpcThis?.cid === "string" ? orpcThis.cid : null;
}

function orpcOf(request: OrpcThis | null, response: OrpcThat | null): OrpcRecord | null {
  if (!request && !response) return null;
  return {
    version: request ? `${request.version.major}.${request.version.minor}` : null,
    request_flags: request?.flags ?? null,
    request_extensions: (request?.extensions ?? []).map(extensionRecord),
    response_flags: response?.flags ?? null,
    response_extensions: (response?.extensions ?? []).map(extensionRecord),
  };
}

function extensionRecord(e: OrpcExtension): OrpcExtensionRecord {
  const error = e.errorInfo;
  return {
    id: e.id,
    name: e.name,
    data: hex(e.data),
    error: error && {
      source: error.source,
      description: error.description,
      help_file: error.helpFile,
      help_context: error.helpContext,
      iid: error.iid,
    },
  };
}

function trailerOf(side: Side): VerificationTrailer | null {
  return side.ended && !side.broken && side.size >= HEADER_SIZE
    ? readVerificationTrailer(stubOf(side))
    : null;
}

/** Bind, verification trailer, IPID, and last the stub itself name the interface. */
function identify(
  call: OpenCall,
  association: Association,
  trailer: VerificationTrailer | null,
  iid: string | null,
  env: CallEnvironment,
  notes: Note[],
): Identity {
  const bound = association.contexts.get(call.contextId);
  if (bound) {
    const { uuid, major, minor } = bound.abstractSyntax;
    if (bound.refused) {
      notes.push({
        severity: "warning",
        code: "context-refused",
        message: `the server had refused presentation context ${call.contextId}`,
      });
    } else if (!bound.acknowledged) {
      notes.push({
        severity: "info",
        code: "context-not-acknowledged",
        message: `the answer to the proposal of presentation context ${call.contextId} was not captured`,
      });
    }
    return {
      uuid,
      version: `${major}.${minor}`,
      iface: env.table.find(uuid, major),
      transfer: bound.transfer,
      inferred: false,
    };
  }
  if (trailer?.pcontext) {
    const { interfaceId, transferSyntax } = trailer.pcontext;
    const transfer = transferSyntaxName(transferSyntax);
    return {
      uuid: interfaceId.uuid,
      version: `${interfaceId.major}.${interfaceId.minor}`,
      iface: env.table.find(interfaceId.uuid, interfaceId.major),
      transfer: transfer === "ndr" || transfer === "ndr64" ? transfer : null,
      inferred: true,
    };
  }
  if (iid) {
    return { uuid: iid, version: "0.0", iface: env.table.find(iid), transfer: "ndr", inferred: true };
  }
  const fitting = inferFromStub(call, env);
  if (fitting) {
    const { major, minor } = fitting.version;
    return {
      uuid: fitting.uuid,
      version: `${major}.${minor}`,
      iface: fitting,
      transfer: "ndr",
      inferred: true,
    };
  }
  return { uuid: null, version: null, iface: null, transfer: null, inferred: false };
}

/**
 * The only interface with a method of this opnum that both stubs fit exactly, to the last octet and without a complaint.
 * A method whose parameters take no room fits too much to be evidence: with nothing but an empty request, none is named.
 */
function inferFromStub(call: OpenCall, env: CallEnvironment): Interface | null {
  const { request, response } = call;
  if (call.opnum === null || !request || !usable(request)) return null;
  if (response && !call.fault && !usable(response)) return null;
  const stub = stubOf(request);
  const orpc = looksLikeOrpcThis(new Reader(stub, request.littleEndian, 0, stub.length, "stub"));
  if (call.object !== null && !orpc) return null;
  const fitting: { iface: Interface; method: Method }[] = [];
  let weight = 0;
  for (const candidate of env.table.candidates(call.opnum)) {
    // Activation carries ORPCTHIS without being a call on an object.
    if (candidate.iface.object !== (call.object !== null)) continue;
    const fit = fits(call, candidate.iface, candidate.method, env);
    if (fit < 0) continue;
    weight = Math.max(weight, fit);
    fitting.push(candidate);
  }
  return weight > 0 ? env.table.commonest(fitting) : null;
}

function usable(side: Side): boolean {
  return side.ended && !side.broken && !side.sealed;
}

/** Octets of parameters explained, or -1 where a stub does not fit. */
function fits(call: OpenCall, iface: Interface, method: Method, env: CallEnvironment): number {
  let weight = 0;
  let values: Values | undefined;
  for (const side of [call.request, call.fault ? null : call.response]) {
    if (!side) continue;
    const stub = stubOf(side);
    const r = new Reader(stub, side.littleEndian, 0, stub.length, "stub");
    try {
      if (iface.object) side === call.request ? readOrpcThis(r) : readOrpcThat(r);
    } catch (e) {
      if (e instanceof WireError) return -1;
      throw e;
    }
    const before = r.offset;
    const decoded: DecodedSide =
      side === call.request
        ? decodeRequest(method, r, env.ndr.ndr)
        : decodeResponse(method, r, env.ndr.ndr, values);
    if (decoded.error || decoded.left > 0 || decoded.notes.length > 0) return -1;
    if (side === call.request) values = decoded.values;
    weight += stub.length - before;
  }
  return weight;
}

/** [MS-RPCE] 2.2.2.13: what the client claims in its verification trailer must be what its PDUs said. */
function compareClaims(
  trailer: VerificationTrailer,
  call: OpenCall,
  association: Association,
  identity: Identity,
  notes: Note[],
): void {
  const differences: string[] = [];
  const { pcontext, header2, bitmask } = trailer;
  if (pcontext && !identity.inferred && identity.uuid !== null) {
    if (pcontext.interfaceId.uuid !== identity.uuid) {
      differences.push(`interface ${pcontext.interfaceId.uuid} instead of ${identity.uuid}`);
    }
    const claimed = transferSyntaxName(pcontext.transferSyntax);
    if (identity.transfer !== null && claimed !== identity.transfer) {
      differences.push(`transfer syntax ${claimed} instead of ${identity.transfer}`);
    }
  }
  if (header2) {
    if (header2.ptype !== 0) differences.push(`PDU type ${header2.ptype} instead of 0`);
    if (header2.drep !== call.drep) {
      differences.push(`data representation ${header2.drep} instead of ${call.drep}`);
    }
    if (header2.callId !== call.callId)
      differences.push(`call_id ${header2.callId} instead of ${call.callId}`);
    if (header2.contextId !== call.contextId) {
      differences.push(`context id ${header2.contextId} instead of ${call.contextId}`);
    }
    if (header2.opnum !== call.opnum) differences.push(`opnum ${header2.opnum} instead of ${call.opnum}`);
  }
  if (bitmask !== null && (bitmask & 1) !== 0 && association.bindSeen && !association.headerSigningAsked) {
    differences.push("header signing, which the bind did not ask for");
  }
  if (trailer.damaged) {
    notes.push({
      severity: "warning",
      code: "verification-trailer-damaged",
      message: "the verification trailer's command list does not end where it should",
    });
  }
  if (differences.length > 0) {
    notes.push({
      severity: "warning",
      code: "verification-trailer-mismatch",
      message: `the verification trailer claims ${differences.join("; ")}`,
    });
  }
}

function decodeSide(
  call: OpenCall,
  side: Side | null,
  trailer: VerificationTrailer | null,
  identity: Identity,
  method: Method | null,
  requestValues: Values | null,
  env: CallEnvironment,
  notes: Note[],
): SideResult {
  if (!side) return NO_SIDE;
  const which = side === call.request ? "request" : "response";
  if (side.sealed) return { ...NO_SIDE, state: "encrypted" };
  const whole = side.ended && !side.broken;
  const stub = stubOf(side);
  const end = trailer ? trailer.start : stub.length;
  const r = new Reader(stub, side.littleEndian, 0, end, whole ? "stub" : CAPTURED);
  const result: SideResult = { ...NO_SIDE, state: whole ? "decoded" : "incomplete", objrefs: [] };
  try {
    readOrpc(r, call, which, identity, result);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    result.state = e.kind === "incomplete" ? "incomplete" : "malformed";
    notes.push(faultNote(which, e));
    return result;
  }
  if (!method || identity.transfer === null) {
    if (whole) result.state = "unknown";
    return result;
  }
  const ctx = env.ndr[identity.transfer];
  const decoded =
    which === "request"
      ? decodeRequest(method, r, ctx)
      : decodeResponse(method, r, ctx, requestValues ?? undefined);
  if (method.notOnWire && (decoded.error || decoded.left > 0)) {
    // Declared only to keep the numbering: what it really takes is not known.
    result.state = whole ? "unknown" : "incomplete";
    return result;
  }
  result.values = decoded.values;
  result.returned = decoded.returned;
  result.objrefs = decoded.objrefs.map((o) => o.objref);
  for (const n of decoded.notes) notes.push({ ...n, message: `${which}: ${n.message}` });
  if (decoded.error) {
    result.state = stateOf(decoded.error, whole);
    notes.push(faultNote(which, decoded.error));
  } else if (decoded.left > 0 && whole) {
    tellLeftOver(stub.subarray(end - decoded.left, end), which, trailer !== null, notes);
  }
  return result;
}

function readOrpc(
  r: Reader,
  call: OpenCall,
  which: "request" | "response",
  identity: Identity,
  result: SideResult,
): void {
  const known = identity.iface && identity.iface.methods.length > 0;
  if (known ? !identity.iface!.object : call.object === null) return;
  if (which === "request") {
    if (known || looksLikeOrpcThis(r.fork())) result.orpcThis = readOrpcThis(r);
  } else if (known) {
    result.orpcThat = readOrpcThat(r);
  }
}

function stateOf(error: WireError, whole: boolean): StubState {
  if (error.kind === "incomplete" || !whole) return "incomplete";
  return error.kind === "unsupported" ? "unknown" : "malformed";
}

function faultNote(which: string, error: WireError): Note {
  const at = error.path === "" ? "" : ` at ${error.path}`;
  return { severity: "warning", code: `stub-${error.kind}`, message: `${which}${at}: ${error.message}` };
}

/** Up to seven zero octets behind the last parameter are a sender's padding ([MS-RPCE] 2.2.2.13 allows it before a trailer). */
function tellLeftOver(rest: Uint8Array, which: string, padded: boolean, notes: Note[]): void {
  if (rest.length < (padded ? 16 : 8) && (padded || rest.every((b) => b === 0))) return;
  notes.push({
    severity: "warning",
    code: "stub-left-over",
    message: `${which}: ${rest.length} octets are left behind the last parameter`,
  });
}

function interfaceRecord(identity: Identity): InterfaceRecord {
  const record: InterfaceRecord = {
    uuid: identity.uuid,
    version: identity.version,
    name: identity.iface?.name ?? null,
  };
  if (identity.inferred) record.inferred = true;
  return record;
}

function targetOf(call: OpenCall, env: CallEnvironment, frame: number): TargetRecord | null {
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

function invokeOf(
  call: OpenCall,
  iface: Interface | null,
  method: Method | null,
  request: Values | null,
  response: Values | null,
  env: CallEnvironment,
): ReturnType<typeof resolveInvoke> {
  if (!method || !iface) return null;
  const known = call.object ? env.objects.interfaces.get(call.object) : undefined;
  const keys = known?.oid ? [call.object!, `${known.oxid}/${known.oid}`] : call.object ? [call.object] : [];
  if (method.idlName === "GetIDsOfNames" && method.opnum === 5) env.names.learn(keys, request, response);
  if (method.idlName !== "Invoke" || method.opnum !== 6 || !request) return null;
  const invoke = resolveInvoke(
    dualInterface(iface, known ?? null, request.dispIdMember, env),
    (id) => env.names.nameOf(keys, id),
    request,
    response,
  );
  if (invoke?.method) learnReturned(invoke.method, invoke.outs, env);
  return invoke;
}

/**
 * The dual interface that an Invoke on IDispatch stands for: by the object's class, by what a method's declaration said it
 * returns, by another IPID of the object, or by a DISPID that only one known interface has.
 */
function dualInterface(
  iface: Interface,
  known: { oxid: string | null; oid: string | null } | null,
  dispid: Value | undefined,
  env: CallEnvironment,
): Interface | null {
  if (iface.name !== "IDispatch") return iface;
  const told = known ? toldInterface(known, env) : null;
  if (told) return told;
  const only = typeof dispid === "number" && dispid > MAX_STANDARD_DISPID ? env.table.dualWith(dispid) : null;
  if (only && known) env.objects.setDual(known.oxid, known.oid, only.name);
  return only;
}

/** DISPIDs up to here are numbered by hand in most interfaces, from 1 on, and tell nothing. */
const MAX_STANDARD_DISPID = 0xffff;

function toldInterface(
  known: { oxid: string | null; oid: string | null },
  env: CallEnvironment,
): Interface | null {
  const clsid = env.objects.classOf(known.oxid, known.oid);
  const name =
    (clsid ? env.table.coclass(clsid)?.defaultInterface : null) ?? env.objects.dualOf(known.oxid, known.oid);
  if (name) return env.table.named(name);
  for (const other of env.objects.interfacesOf(known.oxid, known.oid)) {
    const found = other.iid ? env.table.find(other.iid) : null;
    if (found?.dual && found.name !== "IDispatch") return found;
  }
  return null;
}

/** An object that a method returns is of the interface that the method declares, whatever its IPID was asked for. */
function learnReturned(method: Method, outs: Values, env: CallEnvironment): void {
  for (const p of method.params) {
    if (!p.out) continue;
    let type = p.type;
    while (type.kind === "pointer") type = type.to;
    const value = outs[p.name];
    if (type.kind !== "interface" || value === null || typeof value !== "object" || Array.isArray(value))
      continue;
    const { oxid, oid } = value ?? {};
    if (typeof oxid !== "string" || typeof oid !== "string") continue;
    if (env.table.named(type.interfaceName)?.dual) env.objects.setDual(oxid, oid, type.interfaceName);
  }
}

function hresultOf(
  method: Method | null,
  iface: Interface | null,
  returned: Value | undefined,
): HresultRecord | null {
  const type = method?.returns;
  if (!method || !type || type.kind !== "base" || typeof returned !== "string") return null;
  const dcom = iface !== null && (iface.object || DCOM_INTERFACES.has(iface.name));
  const isHresult = type.name === "HRESULT" || (type.base === "error_status" && dcom);
  if (!isHresult) return null;
  const value = Number(returned);
  const documented = raiReturnCode(iface?.name ?? "", method.name, value);
  return {
    value: returned,
    name:
      documented?.name ?? (value !== 0 && value < 0x10000 ? win32Name(value) : null) ?? hresultName(value),
    message: documented?.message ?? hresultMessage(value),
  };
}

/** Interfaces of [MS-DCOM] that are not [object] and return their status as error_status_t. */
const DCOM_INTERFACES: ReadonlySet<string> = new Set([
  "IActivation",
  "IObjectExporter",
  "IRemoteSCMActivator",
]);

function returnedOf(
  method: Method | null,
  returned: Value | undefined,
  hresult: HresultRecord | null,
): CallRecord["returned"] {
  const type = method?.returns;
  if (!type || returned === undefined || hresult) return null;
  const name = "name" in type && type.name ? type.name : type.kind === "base" ? type.base : type.kind;
  return { type: name, value: returned, name: codeName(name, Number(returned)) };
}

function codeName(type: string, value: number): string | null {
  if (!Number.isFinite(value)) return null;
  if (type === "NTSTATUS") return ntstatusName(value);
  if (STATUS_TYPES.has(type)) return win32Name(value) ?? hresultName(value);
  return null;
}

/** Return types that hold a Win32 error code where they are not zero. */
const STATUS_TYPES: ReadonlySet<string> = new Set([
  "error_status",
  "error_status_t",
  "NET_API_STATUS",
  "WERROR",
  "DWORD",
  "ULONG",
]);

function statusOf(call: OpenCall, method: Method | null, record: CallRecord): CallRecord["status"] {
  if (call.fault) return "fault";
  if (!call.response) return "no_response";
  if (!call.request) return "no_request";
  if (record.hresult) {
    const value = Number(record.hresult.value);
    const plain = method?.returns?.kind === "base" && method.returns.base === "error_status";
    return value >= 0x80000000 || (plain && value !== 0) ? "error" : "ok";
  }
  if (record.returned) {
    const value = Number(record.returned.value);
    if (record.returned.type === "NTSTATUS") return value >= 0xc0000000 ? "error" : "ok";
    if (STATUS_TYPES.has(record.returned.type)) return value !== 0 ? "error" : "ok";
  }
  return "ok";
}

function authOf(call: OpenCall, association: Association): AuthRecord {
  const context = call.request?.security ?? call.response?.security ?? association.unsignedContext();
  if (!context) return NO_AUTH;
  const who = context.record();
  const both = (a: boolean | null | undefined, b: boolean | null | undefined): boolean | null =>
    a === false || b === false ? false : (a ?? b ?? null);
  return {
    type: who.type,
    mechanism: who.mechanism,
    level: who.level,
    context_id: who.context_id,
    user: who.user,
    domain: who.domain,
    workstation: who.workstation,
    decrypted: both(call.request?.decrypted, call.response?.decrypted),
    verified: both(call.request?.verified, call.response?.verified),
  };
}

const NO_AUTH: AuthRecord = {
  type: "none",
  mechanism: null,
  level: "none",
  context_id: null,
  user: null,
  domain: null,
  workstation: null,
  decrypted: null,
  verified: null,
};
