/**
 * Connection-oriented PDUs: [C706] 12.6.4, [MS-RPCE] 2.2.2. A PDU that is cut short is decoded as far as it goes; a PDU
 * of an unknown type keeps its body.
 *
 * Not handled here: the meaning of stub data (ndr/), of security tokens (ntlmssp/, spnego/, kerberos/), and the
 * verification trailer inside a stub (verification.ts).
 */
import { WireError } from "../wire/errors.js";
import { type Guid, hex32, readGuid } from "../wire/guid.js";
import { CAPTURED, type Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { faultName } from "../wire/status.js";
import { latin1, untilNul } from "../wire/text.js";
import {
  HEADER_SIZE,
  type PduHeader,
  PFC_OBJECT_UUID,
  PTYPE_ALTER_CONTEXT,
  PTYPE_ALTER_CONTEXT_RESP,
  PTYPE_AUTH3,
  PTYPE_BIND,
  PTYPE_BIND_ACK,
  PTYPE_BIND_NAK,
  PTYPE_CO_CANCEL,
  PTYPE_FAULT,
  PTYPE_ORPHANED,
  PTYPE_REQUEST,
  PTYPE_RESPONSE,
  PTYPE_SHUTDOWN,
  readHeader,
} from "./header.js";
import { PTYPE_RTS, readRts } from "./rts.js";
import { authLevelName, authTypeName } from "./security.js";
import { readSyntaxId, type SyntaxId } from "./syntax-id.js";

/** [C706] 12.6.3.1 p_cont_elem_t: one proposed presentation context. */
export interface ContextElement {
  contextId: number;
  abstractSyntax: SyntaxId;
  transferSyntaxes: SyntaxId[];
}

/** [C706] 12.6.3.1 p_result_t, paired with the context elements by position. */
export interface ContextResult {
  result: number;
  reason: number;
  transferSyntax: SyntaxId;
}

const SEC_TRAILER_SIZE = 8;

/** [MS-RPCE] 2.2.2.11 sec_trailer, with where it stands in the PDU's bytes. */
export interface SecTrailer {
  authType: number;
  authLevel: number;
  authPadLength: number;
  authContextId: number;
  /** Offset of the sec_trailer and of the auth_value behind it, from the PDU's first byte. */
  trailerStart: number;
  tokenStart: number;
  tokenEnd: number;
}

/** Where stub data stands, from the PDU's first byte: `stubEnd` is before the auth padding. */
export interface StubRange {
  stubStart: number;
  stubEnd: number;
}

export type PduBody =
  | {
      type: "bind" | "alter_context";
      maxXmitFrag: number;
      maxRecvFrag: number;
      assocGroupId: number;
      contexts: ContextElement[];
    }
  | {
      type: "bind_ack" | "alter_context_resp";
      maxXmitFrag: number;
      maxRecvFrag: number;
      assocGroupId: number;
      secondaryAddress: string;
      results: ContextResult[];
    }
  | { type: "bind_nak"; reason: number; versions: { major: number; minor: number }[]; signature: Guid | null }
  | ({
      type: "request";
      allocHint: number;
      contextId: number;
      opnum: number;
      object: Guid | null;
    } & StubRange)
  | ({ type: "response"; allocHint: number; contextId: number; cancelCount: number } & StubRange)
  | ({ type: "fault"; allocHint: number; contextId: number; cancelCount: number; status: number } & StubRange)
  | { type: "auth3" | "shutdown" | "co_cancel" | "orphaned" }
  | { type: "other"; body: Uint8Array };

export interface Pdu {
  header: PduHeader;
  /** null where not even the type's fixed part was there. */
  body: PduBody | null;
  auth: SecTrailer | null;
  /** The PDU's bytes, from the header on; shorter than frag_length where the capture lacks the rest. */
  bytes: Uint8Array;
  /** False where bytes of this PDU are missing from the capture. */
  complete: boolean;
  /** Why the body or the verifier could not be decoded to its end; what came before is there. */
  error: WireError | null;
}

/** [C706] 12.6.3.1 p_cont_def_result_t; 3 is [MS-RPCE] 2.2.2.4 negotiate_ack. */
const RESULTS = ["acceptance", "user_rejection", "provider_rejection", "negotiate_ack"] as const;

export function resultName(result: number): (typeof RESULTS)[number] | null {
  return RESULTS[result] ?? null;
}

/** [C706] 12.6.3.1 p_provider_reason_t, and 9 of [MS-RPCE]. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [0, "reason_not_specified"],
  [1, "abstract_syntax_not_supported"],
  [2, "proposed_transfer_syntaxes_not_supported"],
  [3, "local_limit_exceeded"],
]);

export function providerReason(reason: number): string {
  return REASONS.get(reason) ?? `0x${reason.toString(16).padStart(4, "0")}`;
}

/** [C706] 12.6.3.1 p_reject_reason_t with the additions of [MS-RPCE] 2.2.2.5. */
const NAK_REASONS: ReadonlyMap<number, string> = new Map([
  [0, "reason_not_specified"],
  [1, "temporary_congestion"],
  [2, "local_limit_exceeded"],
  [3, "called_paddr_unknown"],
  [4, "protocol_version_not_supported"],
  [5, "default_context_not_supported"],
  [6, "user_data_not_readable"],
  [7, "no_psap_available"],
  [8, "authentication_type_not_recognized"],
  [9, "invalid_checksum"],
]);

export function nakReason(reason: number): string {
  return NAK_REASONS.get(reason) ?? `0x${reason.toString(16).padStart(4, "0")}`;
}

/** [MS-RPCE] 2.2.4 and 2.2.5: the transfer syntaxes this program can read, by UUID. */
export const NDR_SYNTAX: Guid = "8a885d04-1ceb-11c9-9fe8-08002b104860";
export const NDR64_SYNTAX: Guid = "71710533-beba-4937-8319-b5dbef9ccc36";
/** [MS-RPCE] 3.3.1.5.3: bind-time feature negotiation; the last eight bytes are a bit mask. */
const BTFN_PREFIX = "6cb71c2c-9812-4540-";

export function isFeatureNegotiation(syntax: SyntaxId): boolean {
  return syntax.uuid.startsWith(BTFN_PREFIX);
}

/** [MS-RPCE] 2.2.2.14 BindTimeFeatureNegotiationBitmask. */
const FEATURES: readonly [number, string][] = [
  [0x0001, "security_context_multiplexing"],
  [0x0002, "keep_connection_on_orphan"],
];

const FEATURE_FLAGS = flagsOf(FEATURES);
const NEGOTIATE_ACK = 3;

export function featureNames(mask: number): string[] {
  const names = FEATURES.filter(([bit]) => (mask & bit) !== 0).map(([, name]) => name);
  const unknown = mask & ~FEATURES.reduce((all, [bit]) => all | bit, 0);
  return unknown === 0 ? names : [...names, `0x${unknown.toString(16).padStart(4, "0")}`];
}

/** A transfer syntax as the call log names it: `ndr`, `ndr64`, or its UUID and version. */
export function transferSyntaxName(syntax: SyntaxId): string {
  if (syntax.uuid === NDR_SYNTAX) return "ndr";
  if (syntax.uuid === NDR64_SYNTAX) return "ndr64";
  if (isFeatureNegotiation(syntax)) return "bind_time_feature_negotiation";
  return `${syntax.uuid} ${syntax.major}.${syntax.minor}`;
}

/**
 * Decodes the PDU that starts where the reader stands, and moves it behind; at least the 16 bytes of the header must be
 * there. Never throws: what could not be read is reported by `error`.
 */
export function readPdu(from: Reader): Pdu {
  const start = from.offset;
  const there = from.left;
  const header = readHeader(from);
  const whole = there >= header.fragLength;
  const end = start + (whole ? header.fragLength : there);
  const r = from.over(start, end, whole ? "frag_length" : CAPTURED, header.littleEndian);
  const pdu: Pdu = {
    header,
    body: null,
    auth: null,
    bytes: from.data.subarray(start, end),
    complete: whole,
    error: null,
  };
  from.offset = end;
  try {
    r.skip(HEADER_SIZE);
    pdu.auth = readVerifier(r, header);
  } catch (e) {
    pdu.error = caught(e);
  }
  try {
    pdu.body = readBody(r, header, pdu.auth);
    if (pdu.auth !== null) skipAuthPadding(r, pdu.auth);
  } catch (e) {
    pdu.error ??= caught(e);
  }
  return pdu;
}

function caught(e: unknown): WireError {
  if (e instanceof WireError) return e;
  throw e;
}

/** [MS-RPCE] 2.2.2.11: the verifier ends the PDU, so it is found from auth_length and frag_length. */
function readVerifier(r: Reader, header: PduHeader): SecTrailer | null {
  if (header.authLength === 0) return null;
  const tokenEnd = header.fragLength;
  const trailerStart = tokenEnd - header.authLength - SEC_TRAILER_SIZE;
  if (trailerStart < HEADER_SIZE) {
    throw new WireError("malformed", "auth_length does not fit into frag_length", 10, "frag_length");
  }
  const t = r.fork();
  t.offset = Math.min(t.origin + trailerStart, t.end);
  t.need(trailerStart + SEC_TRAILER_SIZE - t.position);
  const auth = t.part("sec_trailer", readSecTrailer, trailerStart);
  auth.tokenEnd = Math.min(tokenEnd, t.end - t.origin);
  t.skip(t.left, "auth_value");
  return auth;
}

function readSecTrailer(t: Reader, trailerStart: number): SecTrailer {
  const authType = t.u8("auth_type", authTypeName);
  const authLevel = t.u8("auth_level", authLevelName);
  const authPadLength = t.u8("auth_pad_length");
  t.u8("auth_reserved");
  const authContextId = t.u32("auth_context_id");
  const tokenStart = trailerStart + SEC_TRAILER_SIZE;
  return {
    authType,
    authLevel,
    authPadLength,
    authContextId,
    trailerStart,
    tokenStart,
    tokenEnd: tokenStart,
  };
}

/** What the sender put between the body and the sec_trailer, which is not in the body. */
function skipAuthPadding(r: Reader, { trailerStart, authPadLength }: SecTrailer): void {
  const gap = trailerStart - r.position;
  if (gap <= 0) return;
  if (gap > authPadLength) r.skip(Math.min(gap - authPadLength, r.left));
  r.skip(Math.min(authPadLength, gap, r.left), "auth_pad");
}

function readBody(r: Reader, header: PduHeader, auth: SecTrailer | null): PduBody {
  switch (header.ptype) {
    case PTYPE_REQUEST: {
      const allocHint = r.u32("alloc_hint");
      const contextId = r.u16("p_cont_id");
      const opnum = r.u16("opnum");
      const object = (header.pfcFlags & PFC_OBJECT_UUID) !== 0 ? readGuid(r, "object") : null;
      const stubStart = r.position;
      const stubEnd = skipStub(r, auth, header);
      return { type: "request", allocHint, contextId, opnum, object, stubStart, stubEnd };
    }
    case PTYPE_RESPONSE: {
      const allocHint = r.u32("alloc_hint");
      const contextId = r.u16("p_cont_id");
      const cancelCount = r.u8("cancel_count");
      r.skip(1, "reserved");
      const stubStart = r.position;
      const stubEnd = skipStub(r, auth, header);
      return { type: "response", allocHint, contextId, cancelCount, stubStart, stubEnd };
    }
    case PTYPE_FAULT: {
      const allocHint = r.u32("alloc_hint");
      const contextId = r.u16("p_cont_id");
      const cancelCount = r.u8("cancel_count");
      r.u8("reserved", FAULT_FLAGS);
      const status = r.u32("status", statusText);
      if (r.left >= 4) r.skip(4, "reserved2");
      const stubStart = r.position;
      const stubEnd = skipStub(r, auth, header);
      return { type: "fault", allocHint, contextId, cancelCount, status, stubStart, stubEnd };
    }
    case PTYPE_BIND:
    case PTYPE_ALTER_CONTEXT:
      return readBind(r, header.ptype === PTYPE_BIND ? "bind" : "alter_context");
    case PTYPE_BIND_ACK:
    case PTYPE_ALTER_CONTEXT_RESP:
      return readBindAck(r, header.ptype === PTYPE_BIND_ACK ? "bind_ack" : "alter_context_resp");
    case PTYPE_BIND_NAK:
      return readBindNak(r, auth);
    case PTYPE_AUTH3:
      if (r.position + AUTH3_PAD <= (auth?.trailerStart ?? 0)) r.skip(Math.min(AUTH3_PAD, r.left), "pad");
      return { type: "auth3" };
    case PTYPE_SHUTDOWN:
      return { type: "shutdown" };
    case PTYPE_CO_CANCEL:
      return { type: "co_cancel" };
    case PTYPE_ORPHANED:
      return { type: "orphaned" };
    case PTYPE_RTS: {
      const body = r.fork().rest();
      readRts(r);
      return { type: "other", body };
    }
    default:
      return { type: "other", body: r.rest("body") };
  }
}

/** [MS-RPCE] 2.2.2.8: more about the fault stands behind it. */
const FAULT_FLAGS = flagsOf([[0x01, "extended error information"]]);
/** [MS-RPCE] 2.2.2.5: bytes of an auth3 that are ignored. */
const AUTH3_PAD = 4;

function statusText(status: number): string {
  return faultName(status) ?? hex32(status);
}

/** Moves from the reader's place to the auth padding, as far as it was captured; answers where that is. */
function skipStub(r: Reader, auth: SecTrailer | null, header: PduHeader): number {
  const stubStart = r.position;
  const sealedEnd = auth
    ? auth.trailerStart
    : header.fragLength - (header.authLength ? header.authLength + SEC_TRAILER_SIZE : 0);
  const padding = auth ? Math.min(auth.authPadLength, Math.max(0, auth.trailerStart - stubStart)) : 0;
  const stubEnd = Math.max(stubStart, Math.min(sealedEnd - padding, r.end - r.origin));
  r.skip(stubEnd - stubStart, "stub_data");
  return stubEnd;
}

/** [C706] 12.6.4.3 bind and 12.6.4.1 alter_context. */
function readBind(r: Reader, type: "bind" | "alter_context"): PduBody {
  const maxXmitFrag = r.u16("max_xmit_frag");
  const maxRecvFrag = r.u16("max_recv_frag");
  const assocGroupId = r.u32("assoc_group_id");
  const contexts: ContextElement[] = [];
  r.part("p_context_elem", readContextList, contexts);
  return { type, maxXmitFrag, maxRecvFrag, assocGroupId, contexts };
}

/** [C706] 12.6.3.1 p_cont_list_t. */
function readContextList(r: Reader, contexts: ContextElement[]): void {
  const count = r.u8("n_context_elem");
  r.skip(1, "reserved");
  r.skip(2, "reserved2");
  for (let i = 0; i < count; i++) {
    r.enter("p_cont_elem", i);
    const contextId = r.u16("p_cont_id");
    const syntaxes = r.u8("n_transfer_syn");
    r.skip(1, "reserved");
    r.enter("abstract_syntax");
    const abstractSyntax = readSyntaxId(r);
    r.leave();
    const transferSyntaxes: SyntaxId[] = [];
    contexts.push({ contextId, abstractSyntax, transferSyntaxes });
    for (let j = 0; j < syntaxes; j++) {
      r.enter("transfer_syntaxes", j);
      transferSyntaxes.push(readTransferSyntax(r));
      r.leave();
    }
    r.leave();
  }
}

/** A transfer syntax by its name; in the UUID that negotiates features stands which ones. */
function readTransferSyntax(r: Reader): SyntaxId {
  const syntax = readSyntaxId(r, transferUuidName);
  if (isFeatureNegotiation(syntax)) {
    const at = r.offset - BTFN_BITMASK_BACK;
    r.over(at, at + 2, "if_uuid", true).u16("BindTimeFeatureNegotiationBitmask", FEATURE_FLAGS);
  }
  return syntax;
}

/** From the end of a syntax identifier back to the ninth byte of its UUID. */
const BTFN_BITMASK_BACK = 12;

/** The name of a transfer syntax by its UUID. */
export function transferUuidName(uuid: Guid): string {
  const name = transferSyntaxName({ uuid, major: 0, minor: 0 });
  return name.startsWith(uuid) ? uuid : name;
}

/** [C706] 12.6.4.4 bind_ack and 12.6.4.2 alter_context_resp. */
function readBindAck(r: Reader, type: "bind_ack" | "alter_context_resp"): PduBody {
  const maxXmitFrag = r.u16("max_xmit_frag");
  const maxRecvFrag = r.u16("max_recv_frag");
  const assocGroupId = r.u32("assoc_group_id");
  r.enter("sec_addr");
  const secondaryAddress = untilNul(latin1(r.bytes(r.u16("length"), "port_spec", latin1)));
  r.leave();
  const results: ContextResult[] = [];
  const body: PduBody = { type, maxXmitFrag, maxRecvFrag, assocGroupId, secondaryAddress, results };
  const over = r.position % 4;
  if (over !== 0) r.skip(4 - over, "pad2");
  r.part("p_result_list", readResultList, results);
  return body;
}

/** [C706] 12.6.3.1 p_result_list_t. */
function readResultList(r: Reader, results: ContextResult[]): void {
  const count = r.u8("n_results");
  r.skip(1, "reserved");
  r.skip(2, "reserved2");
  for (let i = 0; i < count; i++) {
    r.enter("p_results", i);
    const result = r.u16("result", shownResult);
    const reason = r.u16("reason", result === NEGOTIATE_ACK ? FEATURE_FLAGS : providerReason);
    r.enter("transfer_syntax");
    results.push({ result, reason, transferSyntax: readSyntaxId(r, transferUuidName) });
    r.leave();
    r.leave();
  }
}

function shownResult(result: number): string {
  return resultName(result) ?? hexText(result);
}

/** [C706] 12.6.4.5 bind_nak, with the signature of [MS-RPCE] 2.2.2.9. */
function readBindNak(r: Reader, auth: SecTrailer | null): PduBody {
  const reason = r.u16("provider_reject_reason", nakReason);
  const versions: { major: number; minor: number }[] = [];
  const body = { type: "bind_nak" as const, reason, versions, signature: null as Guid | null };
  if (r.left === 0) return body;
  r.part("versions", readVersions, versions);
  if (r.position % 4 !== 0 && r.left >= 4) r.align(4);
  if (!auth && r.left >= 16) body.signature = readGuid(r, "signature");
  return body;
}

/** [C706] 12.6.3.1 p_rt_versions_supported_t. */
function readVersions(r: Reader, versions: { major: number; minor: number }[]): void {
  const count = r.u8("n_protocols");
  for (let i = 0; i < count && r.left >= 2; i++) {
    r.enter("p_protocols", i);
    versions.push({ major: r.u8("major"), minor: r.u8("minor") });
    r.leave();
  }
}
