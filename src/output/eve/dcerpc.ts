/**
 * Calls and binds as Suricata's events `dcerpc` and, in named pipes, `smb`. What it counts as stub data is counted alike: over
 * connections all behind the header of a PDU, verifiers and object UUIDs included.
 *
 * Differs on purpose: a fault or bind_nak is the answer that it is, and no missing one; an empty request is not lost.
 */

import type { AssociationRecord, CallRecord, ContextRecord, WireSideRecord } from "../../events.js";
import { isDatagram } from "../transport.js";
import type { ZeekNames } from "../zeek/names.js";
import { type EveEvent, eveHead } from "./head.js";

/** Bytes of the headers of a PDU that Suricata does not count as stub data: of a request, of a response, of both in a pipe. */
const REQUEST_HEADER = 24;
const RESPONSE_HEADER = 16;
const PIPE_HEADER = 24;

const LOST = "REQUEST_LOST";
const UNREPLIED = "UNREPLIED";

interface Interface {
  uuid: string;
  version: string | undefined;
  ack_result?: number | undefined;
  ack_reason?: number | undefined;
  service?: string | undefined;
  procedure?: string | undefined;
}

/** One call. */
export function callEvent(call: CallRecord, names: ZeekNames): EveEvent {
  const { frames, acknowledged, transport } = call;
  const pipe = transport.protseq === "ncacn_np";
  const proto = isDatagram(transport) ? "UDP" : "TCP";
  const frame = acknowledged ?? frames.response.at(-1) ?? frames.request.at(-1);
  const event = eveHead(call, pipe ? "smb" : "dcerpc", frame, proto);
  if (call.interface.inferred === true) event.metadata = { flowbits: ["raiscope.interface.inferred"] };
  if (pipe) event.smb = { ...session(call), dcerpc: pipeCall(call, names) };
  else event.dcerpc = proto === "UDP" ? datagramCall(call, names) : connectionCall(call, names);
  return event;
}

function connectionCall(call: CallRecord, names: ZeekNames): object {
  const { wire, opnum } = call;
  return {
    request: requestOf(call),
    req: opnum === null ? undefined : { opnum, ...sideOf(wire.request, REQUEST_HEADER) },
    interfaces: interfacesOf(call, names),
    response: responseOf(call),
    res: hasResponse(call) ? sideOf(wire.response, RESPONSE_HEADER) : undefined,
    call_id: call.call_id,
    rpc_version: (wire.request ?? wire.response)?.version ?? "5.0",
  };
}

function datagramCall(call: CallRecord, names: ZeekNames): object {
  const { wire, opnum } = call;
  return {
    request: requestOf(call),
    req: opnum === null || wire.request === null ? undefined : { opnum, ...sideOf(wire.request, null) },
    interfaces: interfacesOf(call, names),
    response: responseOf(call),
    res: hasResponse(call) ? sideOf(wire.response, null) : undefined,
    activityuuid: asLittleEndian(call.activity, wire.request ?? wire.response),
    seqnum: call.call_id,
    rpc_version: "4.0",
  };
}

/** A UUID as Suricata reads it, to whom every datagram is little-endian: of a big-endian one the first fields are turned. */
function asLittleEndian(uuid: string | null, wire: WireSideRecord | null): string | undefined {
  if (uuid === null || wire?.byte_order !== "big") return uuid ?? undefined;
  const [low, mid, high, ...rest] = uuid.split("-") as [string, string, string, ...string[]];
  return [low, mid, high].map(reversed).concat(rest).join("-");
}

function reversed(hex: string): string {
  return hex.match(/../g)!.reverse().join("");
}

function pipeCall(call: CallRecord, names: ZeekNames): object {
  const { wire, opnum } = call;
  return {
    request: requestOf(call),
    response: responseOf(call),
    opnum: opnum ?? undefined,
    req: wire.request === null ? undefined : sideOf(wire.request, PIPE_HEADER),
    interfaces: interfacesOf(call, names),
    res: hasResponse(call) ? sideOf(wire.response, PIPE_HEADER) : undefined,
    call_id: call.call_id,
  };
}

function requestOf({ status }: CallRecord): string {
  return status === "no_request" ? LOST : "REQUEST";
}

function responseOf({ status, fault }: CallRecord): string {
  if (fault !== null) return "FAULT";
  return status === "no_response" ? UNREPLIED : "RESPONSE";
}

function hasResponse(call: CallRecord): boolean {
  return responseOf(call) === "RESPONSE";
}

/** `header`: bytes of each PDU that are none of the stub; null where stub data alone is counted. */
function sideOf(wire: WireSideRecord | null, header: number | null): object | undefined {
  if (wire === null) return undefined;
  const { fragments, bytes, pdu_bytes: whole } = wire;
  // Logs of earlier versions do not know the sizes of PDUs.
  const size = header === null || whole === undefined ? bytes : Math.max(0, whole - header * fragments);
  return { frag_cnt: fragments, stub_data_size: size };
}

/** The interface of a call; undefined where nothing names it. */
function interfacesOf(call: CallRecord, names: ZeekNames): Interface[] | undefined {
  const { uuid, version, name, inferred } = call.interface;
  if (uuid === null || call.status === "no_request") return undefined;
  const agreed =
    inferred !== true &&
    !isDatagram(call.transport) &&
    !call.notes.some(({ code }) => code === "context-refused" || code === "context-not-acknowledged");
  const { opnum } = call;
  return [
    {
      uuid,
      version: version ?? undefined,
      ack_result: agreed && call.transport.protseq !== "ncacn_np" ? 0 : undefined,
      service: names.endpoint(uuid) ?? name ?? undefined,
      procedure: (opnum === null ? null : names.operation(uuid, opnum)) ?? call.method ?? undefined,
    },
  ];
}

/** What Suricata says of the SMB session around a pipe, as far as it is known. */
function session({ transport }: Pick<CallRecord, "transport">): { [key: string]: unknown } {
  const { smb, endpoint } = transport;
  return {
    dialect: smb?.dialect == null ? "unknown" : (DIALECTS[smb.dialect] ?? smb.dialect),
    filename: endpoint.replace(/^\\pipe\\/i, ""),
    share: smb?.share ?? undefined,
  };
}

const DIALECTS: { readonly [name: string]: string } = {
  "2.0.2": "2.02",
  "2.1": "2.10",
  "3.0": "3.00",
  "3.0.2": "3.02",
  "3.1.1": "3.11",
};

const REQUESTS = { bind: "BIND", alter_context: "ALTER_CONTEXT" } as const;
const ANSWERS = {
  bind_ack: "BINDACK",
  alter_context_resp: "ALTER_CONTEXT_RESP",
  bind_nak: "BINDNAK",
} as const;

/** The binds of an association, an event each. */
export function* bindEvents(association: AssociationRecord, names: ZeekNames): IterableIterator<EveEvent> {
  const { binds, contexts, transport } = association;
  // Logs of earlier versions list none.
  if (binds === undefined) return;
  const pipe = transport.protseq === "ncacn_np";
  const proposed = contextsByBind(contexts);
  for (const bind of binds) {
    const frame = bind.acknowledged ?? bind.frames.response.at(-1) ?? bind.frames.request.at(-1);
    const event = eveHead({ ...association, ts: bind.ts }, pipe ? "smb" : "dcerpc", frame, "TCP");
    const of =
      bind.request === "bind" ? (proposed.get(bindKey(bind.call_id, bind.frames.request[0])) ?? []) : [];
    const interfaces = of.length === 0 ? undefined : of.map((context) => proposal(context, names, pipe));
    const request = bind.request === null ? LOST : REQUESTS[bind.request];
    const response = bind.response === null ? UNREPLIED : ANSWERS[bind.response];
    event[pipe ? "smb" : "dcerpc"] = pipe
      ? {
          ...session(association),
          ...logon(association),
          dcerpc: { request, response, interfaces, call_id: bind.call_id },
        }
      : { request, interfaces, response, call_id: bind.call_id, rpc_version: bind.version };
    yield event;
  }
}

function bindKey(callId: number | null, frame: number | null | undefined): string {
  return `${callId} ${frame}`;
}

/** Contexts by the call number and the frame of what proposed them. */
function contextsByBind(contexts: readonly ContextRecord[]): Map<string, ContextRecord[]> {
  const byBind = new Map<string, ContextRecord[]>();
  for (const context of contexts) {
    const key = bindKey(context.call_id, context.frame);
    const list = byBind.get(key);
    if (list === undefined) byBind.set(key, [context]);
    else list.push(context);
  }
  return byBind;
}

/** [C706] 12.6.3.1 p_cont_def_result_t and p_provider_reason_t by the names that records have for them. */
const RESULTS = { acceptance: 0, user_rejection: 1, provider_rejection: 2, negotiate_ack: 3 } as const;
const REASONS: { readonly [name: string]: number } = {
  reason_not_specified: 0,
  abstract_syntax_not_supported: 1,
  proposed_transfer_syntaxes_not_supported: 2,
  local_limit_exceeded: 3,
};

function proposal(context: ContextRecord, names: ZeekNames, pipe: boolean): Interface {
  const { interface: uuid, version, name, result, reason } = context;
  return {
    uuid: uuid ?? "",
    version: version ?? undefined,
    ack_result: result === null ? undefined : RESULTS[result],
    ack_reason: pipe && result !== null ? (reason === null ? 0 : REASONS[reason]) : undefined,
    service: (uuid === null ? null : names.endpoint(uuid)) ?? name ?? undefined,
  };
}

/** Whose session it is around the pipe. */
function logon({ auth, transport }: AssociationRecord): { ntlmssp?: object; kerberos?: object } {
  const { kerberos, ntlm } = auth;
  if (auth.source !== "smb_session") return {};
  if (kerberos !== null) {
    return {
      kerberos: {
        realm: kerberos.realm ?? undefined,
        snames: kerberos.service === null ? undefined : kerberos.service.split("/"),
      },
    };
  }
  if (ntlm === null && auth.user === null) return {};
  return {
    ntlmssp: {
      domain: auth.domain ?? transport.smb?.session_domain ?? "",
      user: auth.user ?? transport.smb?.session_user ?? "",
      host: auth.workstation ?? "",
      version: ntlm?.client_version ?? undefined,
    },
  };
}
