/**
 * How far bytes that nobody announced look like a PDU: [C706] 12.6.4, [MS-RPCE] 2.2.2. The common header alone is no
 * evidence, least of all a big-endian one, which is mostly zeros: its flags must suit its type and its body must parse.
 *
 * Not handled: what stands around the bytes (the caller knows where segments begin and what follows).
 */

import type { Reader } from "../wire/reader.js";
import { isFeatureNegotiation, NDR_SYNTAX, NDR64_SYNTAX } from "./bind.js";
import {
  type Credibility,
  credibleHeader,
  PFC_DID_NOT_EXECUTE,
  PFC_FIRST_FRAG,
  PFC_LAST_FRAG,
  PFC_MAYBE,
  PFC_OBJECT_UUID,
  PTYPE_FAULT,
  PTYPE_REQUEST,
  PTYPE_RESPONSE,
  readHeader,
} from "./header.js";
import { type Pdu, readPdu } from "./pdu.js";
import type { SyntaxId } from "./syntax-id.js";

/** [MS-RPCE] 2.1.2.1: what an RPC over HTTP v1 server says first, in front of an ordinary stream of PDUs. */
export const HTTP_BANNER = "ncacn_http/1.0";

/** Opnums beyond this are not met; large automation interfaces have some hundred methods. */
const MAX_OPNUM = 4095;
/** A larger alloc_hint or call_id is possible, but no sign of a PDU. */
const MAX_ALLOC_HINT = 1 << 28;
const MAX_CALL_ID = 1 << 24;

/** Flags that have no meaning on a type ([C706] 12.6.3.1); 0x08 is reserved. */
const STRANGE_FLAGS: ReadonlyMap<number, number> = new Map([
  [PTYPE_REQUEST, 0x08 | PFC_DID_NOT_EXECUTE],
  [PTYPE_RESPONSE, 0x08 | PFC_MAYBE | PFC_OBJECT_UUID],
  [PTYPE_FAULT, 0x08 | PFC_OBJECT_UUID],
]);
const STRANGE_ELSEWHERE = 0x08 | PFC_DID_NOT_EXECUTE | PFC_MAYBE | PFC_OBJECT_UUID;

/** As `credibleHeader` with the types of the standard, and the flags suit the type. */
export function soundHeader(data: Uint8Array, at: number, end: number): Credibility {
  const verdict = credibleHeader(data, at, end, true);
  if (verdict === "no" || end - at < 4) return verdict;
  const strange = STRANGE_FLAGS.get(data[at + 2]!) ?? STRANGE_ELSEWHERE;
  return (data[at + 3]! & strange) !== 0 ? "no" : verdict;
}

/** packed_drep of a header at `at` as one number; every PDU of one endpoint has the same. */
export function drepAt(data: Uint8Array, at: number): number {
  return (data[at + 4]! << 8) | data[at + 5]!;
}

/** Big-endian: a header that is mostly zeros, as much is that is none. */
export function isDoubtfulDrep(data: Uint8Array, at: number): boolean {
  return (data[at + 4]! & 0xf0) === 0;
}

/** Bytes of a header that are there after which its packed_drep can be compared. */
export const DREP_END = 6;

/**
 * `certain`: it negotiates a transfer syntax that is known. `sound`: its body parses and its data representation is no
 * accident. `doubtful`: its body parses, but it is big-endian, so that most of its header is zeros.
 */
export type Soundness = "no" | "doubtful" | "sound" | "certain";

export interface Evidence {
  soundness: Soundness;
  ptype: number;
  callId: number;
  /** Flags, alloc_hint and call_id are what a sender of a whole call sets: enough where the length fits as well. */
  exact: boolean;
}

/** Type and call_id of the PDU whose header is there. */
export function kindOf(r: Reader): { ptype: number; callId: number } {
  const { ptype, callId } = readHeader(r);
  return { ptype, callId };
}

/** Two PDUs of opposite directions are a request and its answer. */
export function isPair(a: { ptype: number; callId: number }, b: { ptype: number; callId: number }): boolean {
  if (a.callId !== b.callId) return false;
  return (a.ptype === PTYPE_REQUEST && isAnswer(b.ptype)) || (b.ptype === PTYPE_REQUEST && isAnswer(a.ptype));
}

/** A response or a fault. */
export function isAnswer(ptype: number): boolean {
  return ptype === PTYPE_RESPONSE || ptype === PTYPE_FAULT;
}

const NO_EVIDENCE: Evidence = { soundness: "no", ptype: -1, callId: 0, exact: false };

/** Examines the PDU whose header is there; it may be cut. */
export function examine(r: Reader): Evidence {
  const pdu = readPdu(r);
  const { header, error } = pdu;
  if (error !== null && (pdu.complete || error.kind !== "incomplete")) return NO_EVIDENCE;
  if (pdu.auth !== null && (pdu.auth.authLevel > 6 || pdu.auth.authType === 0)) return NO_EVIDENCE;
  const soundness = soundBody(pdu);
  return { soundness, ptype: header.ptype, callId: header.callId, exact: isExact(pdu) };
}

function soundBody(pdu: Pdu): Soundness {
  const { body, header } = pdu;
  const plain = header.littleEndian ? "sound" : "doubtful";
  switch (body?.type) {
    case undefined:
      return pdu.complete ? "no" : plain;
    case "request":
      return body.opnum <= MAX_OPNUM ? plain : "no";
    case "bind":
    case "alter_context": {
      if (body.contexts.length === 0 || body.contexts.some((c) => c.transferSyntaxes.length === 0))
        return "no";
      return body.contexts.some((c) => c.transferSyntaxes.some(isKnown)) ? "certain" : plain;
    }
    case "bind_ack":
    case "alter_context_resp":
      if (body.results.some((r) => r.result > 3)) return "no";
      return body.results.some((r) => r.result === 0 && isKnown(r.transferSyntax)) ? "certain" : plain;
    case "shutdown":
    case "co_cancel":
    case "orphaned":
      return header.authLength === 0 && header.fragLength !== 16 ? "no" : plain;
    case "auth3":
      return header.authLength === 0 ? "no" : plain;
    default:
      return plain;
  }
}

function isKnown(syntax: SyntaxId): boolean {
  return syntax.uuid === NDR_SYNTAX || syntax.uuid === NDR64_SYNTAX || isFeatureNegotiation(syntax);
}

function isExact({ header, body }: Pdu): boolean {
  if (header.callId >= MAX_CALL_ID || body === null) return false;
  if (body.type !== "request" && body.type !== "response" && body.type !== "fault") return true;
  const { allocHint, stubStart, stubEnd } = body;
  if (allocHint >= MAX_ALLOC_HINT) return false;
  const flags = header.pfcFlags & (PFC_FIRST_FRAG | PFC_LAST_FRAG);
  if (allocHint === 0) return flags === (PFC_FIRST_FRAG | PFC_LAST_FRAG);
  return flags !== 0 && ((flags & PFC_FIRST_FRAG) === 0 || allocHint >= stubEnd - stubStart);
}
