/**
 * One call as a step of an initiation: what an offer needs of a call record and no more, so that calls may be kept until
 * their offer is known. Out of decoded values only.
 */
import { type RaiInterface, raiInterface } from "../../../dissectors/rai/interfaces.js";
import { canonicalEndpoint } from "../../address.js";
import type { CallRecord, ConnectionString, Endpoint, Note, SessionEntry, Value } from "../../events.js";
import { microseconds } from "../moments.js";
import { infrastructureStep } from "./dcom-steps.js";
import {
  type EntryPoint,
  entryOf,
  infrastructure,
  memberOf,
  methodOf,
  raiClass,
  raiInterfaceNamed,
} from "./rai-tables.js";
import { learnReferences } from "./references.js";
import { number, record, text, type Values } from "./values.js";

export type StepKind =
  /** The endpoint mapper was asked. */
  | "map"
  /** ServerAlive or ServerAlive2. */
  | "alive"
  | "resolve"
  | "ping"
  | "activate"
  /** IClassFactory. */
  | "create"
  /** IRemUnknown, IDispatch and IEnumVARIANT. */
  | "object"
  /** GetSessionInfo or RemoteUserSessionInfo. */
  | "list"
  /** The collection and its sessions. */
  | "walk"
  /** GetNoviceUserInfo or RemoteConnectionParms. */
  | "ask"
  /** Any other opnum of an [MS-RAI] interface. */
  | "other"
  /** No call, but a connection on which such an interface was proposed. */
  | "bound"
  /** The activation of another class: no part of any offer. */
  | "foreign";

/** `sealed`: an answer that no key opened; `unread`: one that could not be read for another reason. */
export type Result = "ok" | "refused" | "sealed" | "unread" | "unanswered";

export interface Given {
  ipid: string;
  iid: string | null;
  oid: string | null;
  oxid: string | null;
}

export interface Activation {
  /** null where the request could not be read. */
  clsid: string | null;
  class: string | null;
  /** The logon session asked for; null for any. */
  session: number | null;
  /** SPD_FLAG_USE_CONSOLE_SESSION. */
  console: boolean;
  /** The machine's name as the client dialled it. */
  serverName: string | null;
}

export interface Step {
  kind: StepKind;
  /** `id` and `community_id` of the record that it was made from. */
  id: string | null;
  communityId: string | null;
  /** It proves by itself that Remote Assistance is meant. */
  core: boolean;
  entry: EntryPoint | null;
  /** `IRASrv::GetSessionInfo`. */
  title: string;
  method: string | null;
  /** Microseconds since 1970 of the first and the last frame. */
  at: number;
  end: number;
  ts: string;
  stream: number;
  file: string | null;
  callId: number;
  request: number[];
  response: number[];
  client: Endpoint;
  server: Endpoint;
  result: Result;
  /** Why it was refused. */
  code: { value: number; name: string | null; fault: boolean } | null;
  /** The interface is a conclusion, not what a bind said. */
  inferred: boolean;
  /** Octets of the response's stub on the wire. */
  size: number | null;
  object: string | null;
  /** Its object's class is known, which an activation told. */
  activated: boolean;
  oid: string | null;
  oxid: string | null;
  /** References handed out by the answer. */
  given: Given[];
  /** IPIDs and OXIDs that occur in it otherwise. */
  mentioned: string[];
  /** String bindings that the answer lists: `port` null for those of an object resolver. */
  bindings: { host: string; port: number | null }[];
  user: string | null;
  domain: string | null;
  workstation: string | null;
  level: string;
  activation: Activation | null;
  sessions: SessionEntry[] | null;
  connectionString: ConnectionString | null;
  /** How much of a string or list was captured, where not all of it was. */
  cut: Note | null;
  /** The answer was read and holds no string. */
  empty: boolean;
  /** Whom the help blob names. */
  helper: { domain: string | null; user: string | null } | null;
  /** Why the server would not let the interface be bound. */
  rejection: string | null;
  /** The interface of [MS-RAI] that RemQueryInterface asked for. */
  queried: RaiInterface | null;
  parameters: { user: string | null; domain: string | null; session: number | null } | null;
  /** A property of a session that was read: `SessionID`, `SessionState`, `DomainName`, `UserName`. */
  property: { name: string; value: Value } | null;
}

/** Notes of an answer that say how much of it was captured. */
const CUT_CODES: ReadonlySet<string> = new Set(["connection-string-incomplete", "sessions-incomplete"]);

/** Frames kept of one step. */
const MAX_FRAMES = 64;

/** [MS-OAUT] 3.1.4.4: the method failed with what pExcepInfo says. */
const DISP_E_EXCEPTION = 0x80020009;

/** What the call does in an initiation, or null where it can be no part of one. */
export function stepOf(call: CallRecord): Step | null {
  const invoked = call.opnum === 6 ? invokedMember(call) : null;
  const named = raiInterface(call.interface.uuid);
  const on = invoked?.name ?? named ?? raiInterface(call.target?.iid ?? null);
  const context = infrastructure(call.interface.uuid);
  const target = raiClass(call.target?.clsid ?? null);
  if (on === null && context === null && target === null) return null;
  const step = baseOf(call);
  if (on !== null && (invoked !== null || named !== null)) raiStep(step, call, on, invoked?.method ?? null);
  else if (context !== null && !infrastructureStep(step, call, context)) return null;
  if (on !== null) {
    step.core = true;
    step.entry ??= entryOf(on);
  } else if (target !== null) {
    step.core = true;
    step.entry ??= target.entry;
  }
  return step;
}

function baseOf(call: CallRecord): Step {
  const at = microseconds(call.ts);
  const sealed = call.stub.response === "encrypted";
  const where = call.interface.name ?? call.interface.uuid ?? "an unknown interface";
  return {
    kind: "object",
    id: call.id,
    communityId: call.community_id,
    core: false,
    entry: null,
    title: `${where}::${call.method ?? (call.opnum === null ? "?" : `opnum ${call.opnum}`)}`,
    method: call.method,
    at,
    end: at + (call.duration_us ?? 0),
    ts: call.ts,
    stream: call.stream,
    file: call.file,
    callId: call.call_id,
    request: call.frames.request.slice(0, MAX_FRAMES),
    response: call.frames.response.slice(0, MAX_FRAMES),
    client: canonicalEndpoint(call.client),
    server: canonicalEndpoint(call.server),
    result: resultOf(call, sealed),
    code: codeOf(call),
    inferred: call.interface.inferred === true,
    size: sizeOf(call),
    object: call.object,
    activated: call.target?.clsid != null,
    oid: call.target?.oid ?? null,
    oxid: call.target?.oxid ?? null,
    given: [],
    mentioned: [],
    bindings: [],
    user: call.auth.user || null,
    domain: call.auth.domain || null,
    workstation: call.auth.workstation || null,
    level: call.auth.level,
    activation: null,
    sessions: null,
    connectionString: null,
    cut: call.notes.find((n) => CUT_CODES.has(n.code)) ?? null,
    empty: false,
    helper: null,
    rejection: null,
    queried: null,
    parameters: null,
    property: null,
  };
}

/**
 * The length of the answer's stub. What the capture holds of it may be less: then alloc_hint, which every known sender sets to
 * the stub's length, says how much there was ([C706] 12.6.3.4).
 */
function sizeOf({ stub, wire: { response } }: CallRecord): number | null {
  if (response === null) return null;
  const whole = stub.response === "decoded" || stub.response === "malformed";
  return whole ? response.bytes : Math.max(response.bytes, response.alloc_hint);
}

function resultOf(call: CallRecord, sealed: boolean): Result {
  if (call.status === "fault") return "refused";
  if (call.status === "no_response") return "unanswered";
  if (sealed) return "sealed";
  if (call.status === "error") return "refused";
  if (call.hresult !== null || call.returned !== null) return "ok";
  return call.stub.response === "decoded" ? "ok" : "unread";
}

function codeOf(call: CallRecord): Step["code"] {
  if (call.fault !== null) {
    return { value: Number(call.fault.status) >>> 0, name: call.fault.name, fault: true };
  }
  if (call.status !== "error") return null;
  if (call.hresult !== null) {
    const value = Number(call.hresult.value) >>> 0;
    const inner = value === DISP_E_EXCEPTION ? thrown(call.response?.pExcepInfo) : null;
    if (inner !== null) return { value: inner, name: null, fault: false };
    return { value, name: call.hresult.name, fault: false };
  }
  const value = number(call.returned?.value);
  return value === null ? null : { value: value >>> 0, name: call.returned?.name ?? null, fault: false };
}

/** [MS-OAUT] 2.2.34 EXCEPINFO. */
function thrown(info: Value | undefined): number | null {
  const scode = number(record(info)?.scode);
  return scode === null || scode === 0 ? null : scode >>> 0;
}

/** IDispatch::Invoke of a member of [MS-RAI]. */
function invokedMember(call: CallRecord): { name: RaiInterface; method: string } | null {
  const { dispatch } = call;
  if (dispatch === null) return null;
  const name =
    raiInterfaceNamed(dispatch.interface) ??
    raiInterface(call.interface.uuid) ??
    raiInterface(call.target?.iid ?? null);
  return memberOf(name, Number(dispatch.dispid) | 0, dispatch.kind);
}

function raiStep(step: Step, call: CallRecord, on: RaiInterface, invoked: string | null): void {
  const method = invoked ?? methodOf(on, call.opnum);
  step.entry = entryOf(on);
  step.method = method ?? call.method;
  if (method !== null) step.title = `${on}::${method}`;
  learnReferences(step, call);
  if (call.rai?.help_blob) step.helper = call.rai.help_blob.id;
  switch (method) {
    case "GetSessionInfo":
    case "RemoteUserSessionInfo":
      step.kind = "list";
      step.sessions = call.rai?.sessions ?? null;
      return;
    case "GetNoviceUserInfo":
    case "RemoteConnectionParms":
      step.kind = "ask";
      step.connectionString = call.rai?.connection_string ?? null;
      step.empty = step.result === "ok" && call.stub.response === "decoded" && step.connectionString === null;
      if (method === "RemoteConnectionParms") learnParameters(step, call);
      return;
    case null:
      step.kind = "other";
      return;
  }
  step.kind = on === "IPCHCollection" || on === "ISAFSession" ? "walk" : "other";
  const got = on === "ISAFSession" ? /^(\w+) \(Get\)$/.exec(method) : null;
  if (got === null || step.result !== "ok") return;
  const value = invoked === null ? call.response?.pVal : record(call.response?.pVarResult)?.value;
  if (value !== undefined) step.property = { name: got[1]!, value };
}

function learnParameters(step: Step, call: CallRecord): void {
  const values: Values | null = call.opnum === 6 ? (call.dispatch?.arguments ?? null) : call.request;
  if (values === null || !("lSessionID" in values)) return;
  step.parameters = {
    user: text(values.bstrUserName),
    domain: text(values.bstrDomainName),
    session: number(values.lSessionID),
  };
}
