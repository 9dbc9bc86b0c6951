/** Wireshark's names of DCE/RPC: headers of PDUs over connections and in datagrams, binds. */

import { NDR_SYNTAX, NDR64_SYNTAX } from "../../dissectors/dcerpc/bind.js";
import { NIL_GUID } from "../../dissectors/wire/guid.js";
import type { AssociationRecord, CallRecord, ContextRecord, WireSideRecord } from "../events.js";
import {
  asked,
  GUID,
  hex,
  isDatagram,
  lastOf,
  major,
  minor,
  type Of,
  type SharedName,
  type Shown,
  TEXT,
  U8,
  U16,
  U32,
} from "./shared-name.js";

/** [C706] 12.6.4 and 12.5.3.5, [MS-RPCE] 2.2.2.2: PTYPE. */
const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const BINDS = { bind: 11, bind_ack: 12, bind_nak: 13, alter_context: 14, alter_context_resp: 15 } as const;

/** [C706] 14.1: as they stand in a drep. */
const BYTE_ORDERS: readonly string[] = ["big", "little"];
const CHARACTERS: readonly string[] = ["ascii", "ebcdic"];
const FLOATS: readonly string[] = ["ieee", "vax", "cray", "ibm"];

/** [MS-RPCE] 2.2.1.1.7 and 2.2.1.1.8, [C706] 12.6.3.1. */
const AUTH_TYPES: ReadonlyMap<string, number> = new Map([
  ["spnego", 9],
  ["ntlmssp", 10],
  ["schannel", 14],
  ["kerberos", 16],
  ["netlogon", 68],
]);
const AUTH_LEVELS: readonly string[] = ["", "none", "connect", "call", "pkt", "pkt_integrity", "pkt_privacy"];
const RESULTS: readonly string[] = ["acceptance", "user_rejection", "provider_rejection", "negotiate_ack"];
const REASONS: readonly string[] = [
  "reason_not_specified",
  "abstract_syntax_not_supported",
  "proposed_transfer_syntaxes_not_supported",
  "local_limit_exceeded",
];

const indexIn = (names: readonly string[], name: string | null | undefined): number | null => {
  const index = name === null || name === undefined ? -1 : names.indexOf(name);
  return index < 0 ? null : index;
};

/** Of the PDU that the row stands for. */
function side(call: CallRecord): WireSideRecord | null {
  return asked(call) ? call.wire.request : call.wire.response;
}

function header(name: string, type: string, meaning: string, get: (call: CallRecord) => Shown): SharedName {
  return { name: `dcerpc.${name}`, type, of: "request", meaning, call: get };
}

/** Of PDUs over connections, or of datagrams, alone. */
const connected = (get: (call: CallRecord) => Shown) => (call: CallRecord) =>
  isDatagram(call) ? null : get(call);
const datagram = (get: (call: CallRecord) => Shown) => (call: CallRecord) =>
  isDatagram(call) ? get(call) : null;

function answer(name: string, type: string, meaning: string, get: (call: CallRecord) => Shown): SharedName {
  return { name: `dcerpc.${name}`, type, of: "response", meaning, call: get };
}

function pduType(call: CallRecord): number {
  if (asked(call)) return REQUEST;
  return call.fault === null ? RESPONSE : FAULT;
}

/** The security trailer of the call's PDUs, which those of a connection that was only opened with it have not. */
function trailer({ auth }: CallRecord): { type: number; level: number } | null {
  if (auth.source !== "context") return null;
  const type = AUTH_TYPES.get(auth.type);
  const level = AUTH_LEVELS.indexOf(auth.level);
  return type === undefined || level < AUTH_LEVELS.indexOf("call") ? null : { type, level };
}

const HEADERS: readonly SharedName[] = [
  header("ver", U8, "version of the protocol: 5 over connections, 4 in datagrams", (call) =>
    major(side(call)?.version),
  ),
  header(
    "ver_minor",
    U8,
    "minor version, over connections",
    connected((call) => minor(side(call)?.version)),
  ),
  {
    ...header(
      "pkt_type",
      U8,
      "type of the PDU as a number: 0 request, 2 response, 3 fault, 11 bind",
      pduType,
    ),
    association(association) {
      if (isDatagram(association)) return REQUEST;
      const [bind] = association.binds;
      const type = bind?.request ?? bind?.response ?? null;
      return type === null ? null : BINDS[type];
    },
  },
  header("drep.byteorder", U8, "byte order: 0 big-endian, 1 little-endian", (call) =>
    indexIn(BYTE_ORDERS, side(call)?.byte_order),
  ),
  header("drep.character", U8, "characters: 0 ASCII, 1 EBCDIC", (call) =>
    indexIn(CHARACTERS, side(call)?.characters),
  ),
  header("drep.fp", U8, "floating-point numbers: 0 IEEE", (call) => indexIn(FLOATS, side(call)?.floats)),
  header("cn_frag_len", U16, "frag_length, where the side is one PDU", (call) => {
    const pdu = side(call);
    return pdu !== null && !isDatagram(call) && pdu.fragments === 1 ? pdu.pdu_bytes : null;
  }),
  {
    ...header(
      "cn_call_id",
      U32,
      "call_id, over connections",
      connected(({ call_id }) => call_id),
    ),
    association: (association) => (isDatagram(association) ? null : (association.binds[0]?.call_id ?? null)),
  },
  {
    ...header(
      "cn_ctx_id",
      U16,
      "presentation context, over connections",
      connected(({ context_id }) => context_id),
    ),
    association: (association) => proposed(association).map(({ id }) => id),
  },
  header(
    "cn_alloc_hint",
    U32,
    "alloc_hint of the first PDU, over connections",
    connected((call) => side(call)?.alloc_hint),
  ),
  header("opnum", U16, "operation number", ({ opnum }) => opnum),
  header("obj_id", GUID, "object UUID", ({ object }) => object),
  header("auth_type", U8, "security provider of the PDUs", (call) => trailer(call)?.type),
  header("auth_level", U8, "authentication level of the PDUs", (call) => trailer(call)?.level),
  header("auth_ctx_id", U32, "auth_context_id of the PDUs", (call) =>
    trailer(call) === null ? null : call.auth.context_id,
  ),
  header(
    "dg_seqnum",
    U32,
    "sequence number, in datagrams",
    datagram(({ call_id }) => call_id),
  ),
  header("dg_act_id", GUID, "activity, in datagrams", ({ activity }) => activity),
  header(
    "dg_if_id",
    GUID,
    "UUID of the interface, in datagrams",
    datagram((call) => call.interface.uuid),
  ),
  header(
    "dg_if_ver",
    U32,
    "version of the interface, in datagrams",
    datagram((call) => version(call.interface.version)),
  ),
  header(
    "response_in",
    "FT_FRAMENUM",
    "the frame of the response, of its first PDU where there are several",
    (call) => (asked(call) ? pduFrame(call.frames.response, call.wire.response) : null),
  ),
  answer(
    "request_in",
    "FT_FRAMENUM",
    "the frame of the request, of its first PDU where there are several",
    (call) => (call.frames.response.length > 0 ? pduFrame(call.frames.request, call.wire.request) : null),
  ),
  answer("time", "FT_RELATIVE_TIME", "seconds from the request to the response", ({ wire }) =>
    wire.request === null || wire.response === null
      ? null
      : between(wire.request.last_ts, wire.response.last_ts),
  ),
  answer(
    "cn_status",
    U32,
    "status of the fault, over connections",
    connected(({ fault }) => fault?.status),
  ),
  answer(
    "dg_status",
    U32,
    "status of the fault, in datagrams",
    datagram(({ fault }) => fault?.status),
  ),
  answer(
    "cn_cancel_count",
    U8,
    "cancel_count, over connections",
    connected(({ wire }) => wire.response?.cancel_count),
  ),
];

/** In datagrams both halves are one number, the minor version above. */
function version(text: string | null): number | null {
  return text === null ? null : (minor(text)! << 16) | major(text)!;
}

/** The frame that completes a PDU; of several about where the first one is. */
function pduFrame(frames: readonly number[], wire: WireSideRecord | null): number | null {
  return (wire?.fragments ?? 1) > 1 ? frames.reduce((a, b) => Math.min(a, b)) : lastOf(frames);
}

/** Seconds with nine digits behind the point from one time to another. */
function between(from: string, to: string): string {
  const nanos = nanosOf(to) - nanosOf(from);
  const text = `${nanos < 0n ? -nanos : nanos}`.padStart(10, "0");
  return `${nanos < 0n ? "-" : ""}${text.slice(0, -9)}.${text.slice(-9)}`;
}

function nanosOf(ts: string): bigint {
  const seconds = Date.parse(`${ts.slice(0, 19)}Z`) / 1000;
  return BigInt(seconds) * 1_000_000_000n + BigInt(ts.slice(20, -1).padEnd(9, "0"));
}

/** Contexts of the first bind. */
function proposed(association: AssociationRecord): ContextRecord[] {
  if (isDatagram(association)) return [];
  const { binds, contexts } = association;
  // What was proposed before the capture nobody knows.
  if (binds[0]?.request === null) return [];
  const frame = binds[0]?.frames.request[0] ?? contexts[0]?.frame;
  const frames = binds[0]?.frames.request ?? [];
  return contexts.filter((context) => context.frame === frame || frames.includes(context.frame ?? 0));
}

function bound(
  name: string,
  type: string,
  of: Of,
  meaning: string,
  association: (association: AssociationRecord) => Shown,
  call?: (call: CallRecord) => Shown,
): SharedName {
  return {
    name: `dcerpc.${name}`,
    type,
    of,
    meaning: call === undefined ? meaning : `${meaning}; of a call of its own`,
    association: (record) => (of === "bind" || isAcknowledged(record) ? association(record) : null),
    ...(call && { call }),
  };
}

const isAcknowledged = ({ binds: [bind] }: AssociationRecord): boolean =>
  bind?.response === "bind_ack" || bind?.response === "alter_context_resp";

const answered = (association: AssociationRecord): ContextRecord[] =>
  isAcknowledged(association) ? proposed(association).filter(({ result }) => result !== null) : [];

const SYNTAXES: { readonly [name: string]: readonly [uuid: string, version: number] } = {
  ndr: [NDR_SYNTAX, 2],
  ndr64: [NDR64_SYNTAX, 1],
};

const BIND_NAMES: readonly SharedName[] = [
  bound(
    "cn_bind_to_uuid",
    GUID,
    "bind",
    "UUIDs of the interfaces",
    (association) => proposed(association).map((context) => context.interface),
    connected((call) => call.interface.uuid),
  ),
  bound(
    "cn_bind_if_ver",
    U16,
    "bind",
    "versions of the interfaces",
    (association) => proposed(association).map((context) => major(context.version)),
    connected((call) => major(call.interface.version)),
  ),
  bound(
    "cn_bind_if_ver_minor",
    U16,
    "bind",
    "minor versions of the interfaces",
    (association) => proposed(association).map((context) => minor(context.version)),
    connected((call) => minor(call.interface.version)),
  ),
  bound(
    "cn_num_ctx_items",
    U8,
    "bind",
    "number of presentation contexts",
    (association) => proposed(association).length || null,
  ),
  bound(
    "cn_num_results",
    U8,
    "bind_ack",
    "number of answers",
    (association) => answered(association).length || null,
  ),
  bound(
    "cn_ack_result",
    U16,
    "bind_ack",
    "answers: 0 acceptance, 1 and 2 rejections, 3 features",
    (association) => answered(association).map(({ result }) => indexIn(RESULTS, result)),
  ),
  bound("cn_ack_reason", U16, "bind_ack", "reasons of the rejections", (association) =>
    answered(association).flatMap(({ result, reason }) =>
      result?.endsWith("rejection") ? [indexIn(REASONS, reason)] : [],
    ),
  ),
  bound("cn_ack_trans_id", GUID, "bind_ack", "transfer syntaxes that were accepted", (association) =>
    answered(association).map(({ accepted_syntax }) =>
      accepted_syntax === null ? NIL_GUID : (SYNTAXES[accepted_syntax]?.[0] ?? accepted_syntax),
    ),
  ),
  bound("cn_ack_trans_ver", U32, "bind_ack", "versions of these", (association) =>
    answered(association).map(({ accepted_syntax }) => SYNTAXES[accepted_syntax ?? ""]?.[1] ?? 0),
  ),
  bound(
    "cn_sec_addr",
    TEXT,
    "bind_ack",
    "the server's port or pipe",
    ({ secondary_address }) => secondary_address || null,
  ),
  bound("cn_assoc_group", U32, "bind_ack", "association group", ({ assoc_group_id }) => hex(assoc_group_id)),
  bound(
    "cn_max_xmit",
    U16,
    "bind_ack",
    "largest fragment that the server sends",
    ({ max_xmit_frag }) => max_xmit_frag,
  ),
  bound(
    "cn_max_recv",
    U16,
    "bind_ack",
    "largest fragment that the server takes",
    ({ max_recv_frag }) => max_recv_frag,
  ),
];

export const RPC_NAMES: readonly SharedName[] = [...HEADERS, ...BIND_NAMES];
