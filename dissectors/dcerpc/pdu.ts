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
import { flagsOf } from "../wire/show.js";
import { faultName } from "../wire/status.js";
import {
  type BindAckBody,
  type BindBody,
  type BindNakBody,
  readBind,
  readBindAck,
  readBindNak,
} from "./bind.js";
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
  | BindBody
  | BindAckBody
  | BindNakBody
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
    bytes: start === 0 && end === from.data.length ? from.data : from.data.subarray(start, end),
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
    else if (r.left === SEC_TRAILER_SIZE && header.authLength === 0 && isOfBind(header.ptype)) {
      // Windows ends an answer of several legs so, which has no auth_value any more.
      r.part("sec_trailer", readSecTrailer, r.position);
    }
  } catch (e) {
    pdu.error ??= caught(e);
  }
  return pdu;
}

function isOfBind(ptype: number): boolean {
  return (
    ptype === PTYPE_BIND ||
    ptype === PTYPE_BIND_ACK ||
    ptype === PTYPE_ALTER_CONTEXT ||
    ptype === PTYPE_ALTER_CONTEXT_RESP
  );
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
      return readBindNak(r, auth !== null);
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
