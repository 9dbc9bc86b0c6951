/**
 * Connection-oriented PDUs: [C706] 12.6.4, [MS-RPCE] 2.2.2. A PDU that is cut short is decoded as far as it goes; a PDU
 * of an unknown type keeps its body.
 *
 * Not handled here: the meaning of stub data (ndr/), of security tokens (ntlmssp/, spnego/, kerberos/), and the
 * verification trailer inside a stub (verification.ts).
 */
import { WireError } from "../wire/errors.js";
import { type Guid, readGuid } from "../wire/guid.js";
import { CAPTURED, Reader } from "../wire/reader.js";
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
 * Decodes one PDU that starts at `bytes[0]`; at least the 16 bytes of the header must be there. Never throws: what could
 * not be read is reported by `error`.
 */
export function readPdu(bytes: Uint8Array): Pdu {
  const head = new Reader(bytes);
  const header = readHeader(head);
  const whole = bytes.length >= header.fragLength;
  const end = whole ? header.fragLength : bytes.length;
  const r = new Reader(bytes, header.littleEndian, 0, end, whole ? "frag_length" : CAPTURED);
  r.skip(HEADER_SIZE);
  const pdu: Pdu = {
    header,
    body: null,
    auth: null,
    bytes: bytes.subarray(0, end),
    complete: whole,
    error: null,
  };
  try {
    pdu.auth = readSecTrailer(r, header);
  } catch (e) {
    pdu.error = caught(e);
  }
  try {
    pdu.body = readBody(r, header, pdu.auth);
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
function readSecTrailer(r: Reader, header: PduHeader): SecTrailer | null {
  if (header.authLength === 0) return null;
  const tokenEnd = header.fragLength;
  const trailerStart = tokenEnd - header.authLength - 8;
  if (trailerStart < HEADER_SIZE) {
    throw new WireError("malformed", "auth_length does not fit into frag_length", 10, "frag_length");
  }
  const t = r.fork();
  t.offset = Math.min(trailerStart, t.end);
  t.need(trailerStart + 8 - t.offset);
  const authType = t.u8();
  const authLevel = t.u8();
  const authPadLength = t.u8();
  t.u8(); // auth_reserved
  const authContextId = t.u32();
  return {
    authType,
    authLevel,
    authPadLength,
    authContextId,
    trailerStart,
    tokenStart: trailerStart + 8,
    tokenEnd: Math.min(tokenEnd, t.end),
  };
}

function readBody(r: Reader, header: PduHeader, auth: SecTrailer | null): PduBody {
  switch (header.ptype) {
    case PTYPE_REQUEST: {
      const allocHint = r.u32();
      const contextId = r.u16();
      const opnum = r.u16();
      const object = (header.pfcFlags & PFC_OBJECT_UUID) !== 0 ? readGuid(r) : null;
      const stubStart = r.offset;
      const stubEnd = endOfStub(r, auth, header);
      return { type: "request", allocHint, contextId, opnum, object, stubStart, stubEnd };
    }
    case PTYPE_RESPONSE: {
      const allocHint = r.u32();
      const contextId = r.u16();
      const cancelCount = r.u8();
      r.skip(1);
      const stubStart = r.offset;
      const stubEnd = endOfStub(r, auth, header);
      return { type: "response", allocHint, contextId, cancelCount, stubStart, stubEnd };
    }
    case PTYPE_FAULT: {
      const allocHint = r.u32();
      const contextId = r.u16();
      const cancelCount = r.u8();
      r.skip(1);
      const status = r.u32();
      if (r.left >= 4) r.skip(4);
      const stubStart = r.offset;
      const stubEnd = endOfStub(r, auth, header);
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
      return { type: "auth3" };
    case PTYPE_SHUTDOWN:
      return { type: "shutdown" };
    case PTYPE_CO_CANCEL:
      return { type: "co_cancel" };
    case PTYPE_ORPHANED:
      return { type: "orphaned" };
    default:
      return { type: "other", body: r.rest() };
  }
}

/** From the reader's place to the auth padding, as far as it was captured. */
function endOfStub(r: Reader, auth: SecTrailer | null, header: PduHeader): number {
  const stubStart = r.offset;
  const sealedEnd = auth
    ? auth.trailerStart
    : header.fragLength - (header.authLength ? header.authLength + 8 : 0);
  const padding = auth ? Math.min(auth.authPadLength, Math.max(0, auth.trailerStart - stubStart)) : 0;
  return Math.max(stubStart, Math.min(sealedEnd - padding, r.end));
}

/** [C706] 12.6.4.3 bind and 12.6.4.1 alter_context. */
function readBind(r: Reader, type: "bind" | "alter_context"): PduBody {
  const maxXmitFrag = r.u16();
  const maxRecvFrag = r.u16();
  const assocGroupId = r.u32();
  const count = r.u8();
  r.skip(3);
  const contexts: ContextElement[] = [];
  const body: PduBody = { type, maxXmitFrag, maxRecvFrag, assocGroupId, contexts };
  for (let i = 0; i < count; i++) {
    const contextId = r.u16();
    const syntaxes = r.u8();
    r.skip(1);
    const abstractSyntax = readSyntaxId(r);
    const transferSyntaxes: SyntaxId[] = [];
    contexts.push({ contextId, abstractSyntax, transferSyntaxes });
    for (let j = 0; j < syntaxes; j++) transferSyntaxes.push(readSyntaxId(r));
  }
  return body;
}

/** [C706] 12.6.4.4 bind_ack and 12.6.4.2 alter_context_resp. */
function readBindAck(r: Reader, type: "bind_ack" | "alter_context_resp"): PduBody {
  const maxXmitFrag = r.u16();
  const maxRecvFrag = r.u16();
  const assocGroupId = r.u32();
  const secondaryAddress = untilNul(latin1(r.bytes(r.u16())));
  const results: ContextResult[] = [];
  const body: PduBody = { type, maxXmitFrag, maxRecvFrag, assocGroupId, secondaryAddress, results };
  r.align(4);
  const count = r.u8();
  r.skip(3);
  for (let i = 0; i < count; i++) {
    const result = r.u16();
    const reason = r.u16();
    results.push({ result, reason, transferSyntax: readSyntaxId(r) });
  }
  return body;
}

/** [C706] 12.6.4.5 bind_nak, with the signature of [MS-RPCE] 2.2.2.9. */
function readBindNak(r: Reader, auth: SecTrailer | null): PduBody {
  const reason = r.u16();
  const versions: { major: number; minor: number }[] = [];
  const body = { type: "bind_nak" as const, reason, versions, signature: null as Guid | null };
  if (r.left === 0) return body;
  const count = r.u8();
  for (let i = 0; i < count && r.left >= 2; i++) versions.push({ major: r.u8(), minor: r.u8() });
  if ((r.offset - r.origin) % 4 !== 0 && r.left >= 4) r.align(4);
  if (!auth && r.left >= 16) body.signature = readGuid(r);
  return body;
}
