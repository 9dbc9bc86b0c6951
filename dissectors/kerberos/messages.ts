/**
 * The messages of Kerberos that cross an RPC connection or a KDC's port: [RFC 4120] 5.4 to 5.9, the GSS-API framing of
 * [RFC 1964] 1.1 and [RFC 4121] 4.1, and the user-to-user tokens TGT-REQ and TGT-REP (draft-swift-win2k-krb-user2user).
 * What is encrypted stays bytes here: `encrypted.ts` reads it once it is open.
 *
 * Not handled: KRB-SAFE, requests with FAST. KRB-CRED is read in `credentials.ts`, KRB-PRIV in `password-change.ts`.
 */

import {
  children,
  DER_SEQUENCE,
  derApplication,
  derBytes,
  derContext,
  derText,
  field,
  firstChild,
  flagBits,
  integer,
  readTlv,
  type Tlv,
} from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";

/** [RFC 4120] 5.2.9 EncryptedData. */
export interface EncryptedData {
  etype: number;
  kvno: number | null;
  cipher: Uint8Array;
}

/** [RFC 4120] 5.2.2 PrincipalName. */
export interface PrincipalName {
  name_type: number | null;
  name_string: string[];
}

/** [RFC 4120] 5.3 Ticket. */
export interface Ticket {
  realm: string | null;
  sname: PrincipalName | null;
  enc_part: EncryptedData | null;
}

/** [RFC 4120] 5.5.1 AP-REQ. */
export interface ApReq {
  msg: "AP-REQ";
  /** Bit 1 of ap-options: the ticket is sealed with the session key of the server's own ticket. */
  use_session_key: boolean;
  mutual_required: boolean;
  ticket: Ticket | null;
  authenticator: EncryptedData | null;
}

/** [RFC 4120] 5.5.2 AP-REP; also the third leg of an exchange in DCE style. */
export interface ApRep {
  msg: "AP-REP";
  enc_part: EncryptedData | null;
}

/** [RFC 4120] 5.9.1 KRB-ERROR. */
export interface KrbError {
  msg: "KRB-ERROR";
  error_code: number | null;
  realm: string | null;
  sname: PrincipalName | null;
  crealm: string | null;
  cname: PrincipalName | null;
  e_text: string | null;
  e_data: Uint8Array | null;
}

/** The client asks for the server's ticket-granting ticket. */
export interface TgtReq {
  msg: "TGT-REQ";
  server_name: PrincipalName | null;
  realm: string | null;
}

/** The server sends it. */
export interface TgtRep {
  msg: "TGT-REP";
  ticket: Ticket | null;
}

/** [RFC 4120] 5.4.1 AS-REQ and TGS-REQ. */
export interface KdcReq {
  msg: "AS-REQ" | "TGS-REQ";
  cname: PrincipalName | null;
  realm: string | null;
  sname: PrincipalName | null;
  /** The AP-REQ in PA-TGS-REQ. */
  ap_req: ApReq | null;
  additional_tickets: Ticket[];
}

/** What goes with a password to make a key ([RFC 4120] 5.2.7.5); `iterations` is null where the type's own count holds. */
export interface Salt {
  etype: number;
  salt: string;
  iterations: number | null;
}

/** [RFC 4120] 5.4.2 AS-REP and TGS-REP. */
export interface KdcRep {
  msg: "AS-REP" | "TGS-REP";
  crealm: string | null;
  cname: PrincipalName | null;
  ticket: Ticket | null;
  enc_part: EncryptedData | null;
  /** Salts of PA-ETYPE-INFO2, by encryption type. */
  salts: Salt[];
  /** [RFC 6113] 5.4.3: the KrbFastResponse. */
  fast: EncryptedData | null;
}

export type KerberosMessage = ApReq | ApRep | KrbError | TgtReq | TgtRep | KdcReq | KdcRep;

const PA_TGS_REQ = 1;
const PA_ETYPE_INFO2 = 19;
const PA_FX_FAST = 136;
/** [RFC 4121] 4.1: the two bytes between the GSS-API frame's mechanism and the message. */
const TOKEN_IDS: { readonly [id: number]: true } = {
  256: true,
  512: true,
  768: true,
  1024: true,
  1025: true,
};

/** A principal as text, `host/server.example`. */
export function principalText(name: PrincipalName | null): string | null {
  return name === null ? null : name.name_string.join("/");
}

/**
 * A message with or without its token id (the GSS-API frame must be taken off before). Throws WireError where it is
 * none that is known here; missing parts inside one are null.
 */
export function readKerberos(bytes: Uint8Array): KerberosMessage {
  const id = bytes.length >= 2 ? bytes[0]! * 256 + bytes[1]! : -1;
  const from = TOKEN_IDS[id] === true ? 2 : 0;
  const outer = readTlv(bytes, from);
  // TGT-REQ and TGT-REP are plain sequences; their number is inside.
  if (outer.tag === DER_SEQUENCE) {
    const type = integer(field(outer, 1));
    if (type === 16) return readTgtReq(outer);
    if (type === 17) return { msg: "TGT-REP", ticket: readTicket(field(outer, 2)) };
    throw malformed("a sequence that is neither TGT-REQ nor TGT-REP", outer.start);
  }
  const body = firstChild(outer);
  if (body === null || body.tag !== DER_SEQUENCE) throw malformed("no Kerberos message", outer.start);
  switch (outer.tag) {
    case derApplication(10):
      return readKdcReq("AS-REQ", body);
    case derApplication(12):
      return readKdcReq("TGS-REQ", body);
    case derApplication(11):
      return readKdcRep("AS-REP", body);
    case derApplication(13):
      return readKdcRep("TGS-REP", body);
    case derApplication(14):
      return readApReq(body);
    case derApplication(15):
      return { msg: "AP-REP", enc_part: readEncrypted(field(body, 2)) };
    case derApplication(30):
      return readKrbError(body);
    default:
      throw malformed(`tag 0x${outer.tag.toString(16)} is no Kerberos message`, outer.start);
  }
}

/** [RFC 4120] 5.2.2. */
export function readPrincipal(tlv: Tlv | null): PrincipalName | null {
  if (tlv === null || tlv.tag !== DER_SEQUENCE) return null;
  const strings = field(tlv, 1);
  if (strings === null) return null;
  return {
    name_type: integer(field(tlv, 0)),
    name_string: children(strings).map((s) => derText(s) ?? ""),
  };
}

/** [RFC 4120] 5.2.9. */
export function readEncrypted(tlv: Tlv | null): EncryptedData | null {
  const etype = integer(field(tlv, 0));
  const cipher = derBytes(field(tlv, 2));
  return etype === null || cipher === null ? null : { etype, kvno: integer(field(tlv, 1)), cipher };
}

/** [RFC 4120] 5.3. */
export function readTicket(tlv: Tlv | null): Ticket | null {
  if (tlv === null || tlv.tag !== derApplication(1)) return null;
  const body = firstChild(tlv);
  if (body === null) return null;
  return {
    realm: derText(field(body, 1)),
    sname: readPrincipal(field(body, 2)),
    enc_part: readEncrypted(field(body, 3)),
  };
}

function readApReq(body: Tlv): ApReq {
  const options = flagBits(field(body, 2)) ?? 0;
  return {
    msg: "AP-REQ",
    use_session_key: (options & 0x40000000) !== 0,
    mutual_required: (options & 0x20000000) !== 0,
    ticket: readTicket(field(body, 3)),
    authenticator: readEncrypted(field(body, 4)),
  };
}

function readKrbError(body: Tlv): KrbError {
  return {
    msg: "KRB-ERROR",
    error_code: integer(field(body, 6)),
    crealm: derText(field(body, 7)),
    cname: readPrincipal(field(body, 8)),
    realm: derText(field(body, 9)),
    sname: readPrincipal(field(body, 10)),
    e_text: derText(field(body, 11)),
    e_data: derBytes(field(body, 12)),
  };
}

function readTgtReq(body: Tlv): TgtReq {
  return { msg: "TGT-REQ", server_name: readPrincipal(field(body, 2)), realm: derText(field(body, 3)) };
}

/** PA-DATA values of one type. */
function paData(list: Tlv | null, wanted: number): Uint8Array[] {
  if (list === null) return [];
  const found: Uint8Array[] = [];
  for (const entry of children(list)) {
    const value = derBytes(field(entry, 2));
    if (integer(field(entry, 1)) === wanted && value !== null) found.push(value);
  }
  return found;
}

function readKdcReq(msg: KdcReq["msg"], sequence: Tlv): KdcReq {
  const body = field(sequence, 4);
  const tgs = paData(field(sequence, 3), PA_TGS_REQ)[0];
  let apReq: ApReq | null = null;
  if (tgs !== undefined && tgs.length > 2) {
    const inner = readTlv(tgs);
    const request = firstChild(inner);
    if (inner.tag === derApplication(14) && request !== null) apReq = readApReq(request);
  }
  const tickets = field(body, 11);
  return {
    msg,
    cname: readPrincipal(field(body, 1)),
    realm: derText(field(body, 2)),
    sname: readPrincipal(field(body, 3)),
    ap_req: apReq,
    additional_tickets:
      tickets === null
        ? []
        : children(tickets)
            .map(readTicket)
            .filter((t) => t !== null),
  };
}

function readKdcRep(msg: KdcRep["msg"], body: Tlv): KdcRep {
  return {
    msg,
    crealm: derText(field(body, 3)),
    cname: readPrincipal(field(body, 4)),
    ticket: readTicket(field(body, 5)),
    enc_part: readEncrypted(field(body, 6)),
    salts: paData(field(body, 2), PA_ETYPE_INFO2).flatMap(readEtypeInfo2),
    fast: readArmored(paData(field(body, 2), PA_FX_FAST)[0]),
  };
}

/** [RFC 6113] 5.4.3 PA-FX-FAST-REPLY. */
function readArmored(value: Uint8Array | undefined): EncryptedData | null {
  if (value === undefined || value.length < 2) return null;
  const choice = readTlv(value);
  return choice.tag === derContext(0) ? readEncrypted(field(firstChild(choice), 0)) : null;
}

/** [RFC 4120] 5.2.7.5 ETYPE-INFO2. Entries without a salt are left out. s2kparams: [RFC 3962] 4, four bytes. */
function readEtypeInfo2(value: Uint8Array): Salt[] {
  if (value.length < 2) return [];
  const list = readTlv(value);
  const found: Salt[] = [];
  for (const entry of children(list)) {
    const etype = integer(field(entry, 0));
    const salt = derText(field(entry, 1));
    const parameters = derBytes(field(entry, 2));
    const iterations = parameters?.length === 4 ? new Reader(parameters, false).u32() : null;
    if (etype !== null && salt !== null) found.push({ etype, salt, iterations });
  }
  return found;
}

/** The salts that a KRB-ERROR (pre-authentication required) reports. */
export function errorSalts(error: KrbError): Salt[] {
  if (error.e_data === null || error.e_data.length < 2) return [];
  const list = readTlv(error.e_data);
  return list.tag === DER_SEQUENCE ? paData(list, PA_ETYPE_INFO2).flatMap(readEtypeInfo2) : [];
}
