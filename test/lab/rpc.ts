/**
 * Connection-oriented DCE/RPC PDUs, written byte by byte: [C706] 12.6.4, [MS-RPCE] 2.2.2. Bodies only; who says
 * what on which connection is conversation.ts.
 */

import { concat, fromHex, Writer } from "./bytes.js";

/** [C706] 12.6.1 PTYPE. */
export const PTYPE = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bind_ack: 12,
  bind_nak: 13,
  alter_context: 14,
  alter_context_resp: 15,
  auth3: 16,
  shutdown: 17,
  co_cancel: 18,
  orphaned: 19,
} as const;

export type PduType = keyof typeof PTYPE;

/** [C706] 12.6.3.1 pfc_flags. */
export const PFC = {
  FIRST_FRAG: 0x01,
  LAST_FRAG: 0x02,
  /** On a bind: header signing; on a call: cancel pending. */
  SUPPORT_HEADER_SIGN: 0x04,
  CONC_MPX: 0x10,
  DID_NOT_EXECUTE: 0x20,
  OBJECT_UUID: 0x80,
} as const;

export interface Syntax {
  uuid: string;
  /** Major in the low half, minor in the high half, as one number on the wire. */
  version: number;
}

export const SYNTAX_NDR: Syntax = { uuid: "8a885d04-1ceb-11c9-9fe8-08002b104860", version: 2 };
export const SYNTAX_NDR64: Syntax = { uuid: "71710533-beba-4937-8319-b5dbef9ccc36", version: 1 };

/** [MS-RPCE] 3.3.1.5.3: the "transfer syntax" whose last eight bytes are the wanted features. */
export function featureSyntax(bits: number): Syntax {
  return { uuid: `6cb71c2c-9812-4540-${bits.toString(16).padStart(2, "0")}00-000000000000`, version: 1 };
}

export const NULL_SYNTAX: Syntax = { uuid: "00000000-0000-0000-0000-000000000000", version: 0 };

export interface Header {
  type: PduType;
  flags: number;
  callId: number;
  little: boolean;
}

const SIZE_OF_HEADER = 16;

/** [MS-RPCE] 2.2.2.11: the fields of a sec_trailer that do not follow from the PDU. */
export interface SecTrailer {
  type: number;
  level: number;
  contextId: number;
}

/**
 * A whole PDU: the header, `fixed` (what is never sealed), `stub`, and where there is a trailer, padding, sec_trailer
 * and the verifier that `sign` makes. `sign` sees the PDU up to the verifier with its lengths filled in, and where in
 * it stub and padding lie; it answers the verifier and may replace stub and padding by their sealed form.
 */
export function pdu(
  header: Header,
  fixed: Uint8Array,
  stub: Uint8Array,
  auth: null | {
    trailer: SecTrailer;
    /** The sec_trailer starts at a multiple of this, counted from the stub's start. */
    padTo: number;
    verifierLength: number;
    sign: (
      message: Uint8Array,
      stubAt: number,
      stubEnd: number,
    ) => { sealed: Uint8Array | null; verifier: Uint8Array };
  },
): Uint8Array {
  const w = new Writer(header.little);
  w.u8(5).u8(0).u8(PTYPE[header.type]).u8(header.flags);
  w.u8(header.little ? 0x10 : 0x00).fill(3);
  w.u16(0)
    .u16(auth?.verifierLength ?? 0)
    .u32(header.callId);
  w.bytes(fixed).bytes(stub);
  if (auth === null) {
    w.patchU16(8, w.length);
    return w.done();
  }
  const padding = (auth.padTo - (stub.length % auth.padTo)) % auth.padTo;
  const stubAt = SIZE_OF_HEADER + fixed.length;
  const stubEnd = stubAt + stub.length + padding;
  w.fill(padding).u8(auth.trailer.type).u8(auth.trailer.level).u8(padding).u8(0).u32(auth.trailer.contextId);
  w.patchU16(8, w.length + auth.verifierLength);
  const message = w.done();
  const { sealed, verifier } = auth.sign(message, stubAt, stubEnd);
  if (verifier.length !== auth.verifierLength)
    throw new Error("the verifier is not as long as was announced");
  if (sealed !== null) message.set(sealed, stubAt);
  return concat(message, verifier);
}

/** A PDU whose verifier is a token that was made beforehand: bind, alter_context, auth3 and their answers. */
export function pduWithToken(
  header: Header,
  body: Uint8Array,
  trailer: SecTrailer | null,
  token: Uint8Array | null,
): Uint8Array {
  if (trailer === null || token === null) return pdu(header, body, new Uint8Array(0), null);
  // The trailer of these PDUs is aligned to four bytes from the PDU's start.
  const padded = new Writer().bytes(body).align(4).done();
  const made = pdu(header, padded, new Uint8Array(0), {
    trailer,
    padTo: 4,
    verifierLength: token.length,
    sign: () => ({ sealed: null, verifier: token }),
  });
  const at = SIZE_OF_HEADER + padded.length + 2;
  made[at] = padded.length - body.length;
  return made;
}

function syntax(w: Writer, s: Syntax): void {
  w.guid(s.uuid).u32(s.version);
}

export interface ContextItem {
  id: number;
  abstract: Syntax;
  transfer: Syntax[];
}

/** [C706] 12.6.4.3 bind, and alter_context, whose body is the same. */
export function bindBody(
  little: boolean,
  maxXmit: number,
  maxRecv: number,
  assocGroup: number,
  items: ContextItem[],
): Uint8Array {
  const w = new Writer(little).u16(maxXmit).u16(maxRecv).u32(assocGroup).u8(items.length).fill(3);
  for (const item of items) {
    w.u16(item.id).u8(item.transfer.length).u8(0);
    syntax(w, item.abstract);
    for (const transfer of item.transfer) syntax(w, transfer);
  }
  return w.done();
}

export interface ContextResult {
  /** 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack ([MS-RPCE] 2.2.2.4). */
  result: number;
  reason: number;
  syntax: Syntax;
}

/** [C706] 12.6.4.4 bind_ack, and alter_context_resp. */
export function bindAckBody(
  little: boolean,
  maxXmit: number,
  maxRecv: number,
  assocGroup: number,
  secondaryAddress: string,
  results: ContextResult[],
): Uint8Array {
  const w = new Writer(little).u16(maxXmit).u16(maxRecv).u32(assocGroup);
  if (secondaryAddress === "") w.u16(0);
  else
    w.u16(secondaryAddress.length + 1)
      .ascii(secondaryAddress)
      .u8(0);
  // Aligned from the PDU's start; the header is a multiple of four.
  w.align(4).u8(results.length).fill(3);
  for (const r of results) {
    w.u16(r.result).u16(r.reason);
    syntax(w, r.syntax);
  }
  return w.done();
}

/** [C706] 12.6.4.5 bind_nak: the reason and the protocol versions supported. */
export function bindNakBody(little: boolean, reason: number): Uint8Array {
  return new Writer(little).u16(reason).u8(1).u8(5).u8(0).align(4).done();
}

export function requestFixed(
  little: boolean,
  allocHint: number,
  contextId: number,
  opnum: number,
  object: string | null,
): Uint8Array {
  const w = new Writer(little).u32(allocHint).u16(contextId).u16(opnum);
  if (object !== null) w.guid(object);
  return w.done();
}

export function responseFixed(little: boolean, allocHint: number, contextId: number): Uint8Array {
  return new Writer(little).u32(allocHint).u16(contextId).u8(0).u8(0).done();
}

/** [C706] 12.6.4.7 fault. */
export function faultFixed(little: boolean, contextId: number, status: number): Uint8Array {
  return new Writer(little).u32(32).u16(contextId).u8(0).u8(0).u32(status).u32(0).done();
}

/** What the header of a request says, repeated in its verification trailer. [MS-RPCE] 2.2.2.13. */
export interface Trailed {
  bitmask?: number;
  pcontext?: { abstract: Syntax; transfer: Syntax };
  header2?: { little: boolean; callId: number; contextId: number; opnum: number };
}

/** The verification trailer, to be laid at a multiple of four behind the stub. Little-endian whatever the drep. */
export function verificationTrailer(claims: Trailed): Uint8Array {
  const commands: { command: number; body: Uint8Array }[] = [];
  if (claims.bitmask !== undefined)
    commands.push({ command: 1, body: new Writer().u32(claims.bitmask).done() });
  if (claims.pcontext !== undefined) {
    const w = new Writer();
    syntax(w, claims.pcontext.abstract);
    syntax(w, claims.pcontext.transfer);
    commands.push({ command: 2, body: w.done() });
  }
  if (claims.header2 !== undefined) {
    const { little, callId, contextId, opnum } = claims.header2;
    const w = new Writer().u8(PTYPE.request).u8(0).u16(0);
    w.u8(little ? 0x10 : 0).fill(3);
    commands.push({ command: 3, body: w.u32(callId).u16(contextId).u16(opnum).done() });
  }
  const w = new Writer().bytes(fromHex("8ae3137102f43671"));
  commands.forEach(({ command, body }, i) => {
    const last = i === commands.length - 1 ? 0x4000 : 0;
    w.u16(command | last)
      .u16(body.length)
      .bytes(body);
  });
  return w.done();
}
