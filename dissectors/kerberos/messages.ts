/**
 * The messages of Kerberos that cross an RPC connection or a KDC's port: [RFC 4120] 5.4 to 5.9, the GSS-API framing of
 * [RFC 1964] 1.1 and [RFC 4121] 4.1, and the user-to-user tokens TGT-REQ and TGT-REP (draft-swift-win2k-krb-user2user).
 * What is encrypted stays bytes here: `encrypted.ts` reads it once it is open.
 *
 * Not handled: KRB-SAFE, what requests with FAST seal. KRB-CRED is read in `credentials.ts`, KRB-PRIV in `password-change.ts`.
 */

import {
  children,
  DER_SEQUENCE,
  derApplication,
  derBytes,
  derText,
  field,
  firstChild,
  flagBits,
  inside,
  integer,
  isOctets,
  readTlv,
  type Tlv,
  untagged,
  within,
} from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import { ntstatusName } from "../wire/status.js";
import {
  type EncryptedData,
  encryptedData,
  noteAddresses,
  noteType,
  type PrincipalName,
  principal,
} from "./basic.js";
import { showApOptions, showErrorCode, showEtype, showKdcOptions } from "./names.js";
import {
  PA_ETYPE_INFO2,
  PA_FX_FAST,
  PA_TGS_REQ,
  paData,
  readArmored,
  readEtypeInfo2,
  type Salt,
} from "./padata.js";

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
  /** Of KDCOptions. */
  forwardable: boolean | null;
  renewable: boolean | null;
  /** KerberosTime as it stands there, `20370913024805Z`. */
  from: string | null;
  till: string | null;
  /** The AP-REQ in PA-TGS-REQ. */
  ap_req: ApReq | null;
  additional_tickets: Ticket[];
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

/** [RFC 4121] 4.1: the two bytes between the GSS-API frame's mechanism and the message. */
const TOKEN_IDS: { readonly [id: number]: string } = {
  256: "KRB_AP_REQ",
  512: "KRB_AP_REP",
  768: "KRB_ERROR",
  1024: "KRB_TGT_REQ",
  1025: "KRB_TGT_REP",
};
/** [MS-KILE] 2.2.2: of KERB-ERROR-DATA. */
const KERB_ERR_TYPE_EXTENDED = 3;
const showTokenId = (id: number): string => TOKEN_IDS[id] ?? "";

/** By the number of their tag, which is that of their message type. */
const APPLICATIONS: { readonly [number: number]: string } = {
  10: "AS-REQ",
  11: "AS-REP",
  12: "TGS-REQ",
  13: "TGS-REP",
  14: "AP-REQ",
  15: "AP-REP",
  30: "KRB-ERROR",
};

/**
 * A message, all of `r`, with or without its token id (the GSS-API frame must be taken off before). Throws WireError where it
 * is none that is known here; missing parts inside one are null.
 */
export function readKerberos(r: Reader): KerberosMessage {
  const id = r.left >= 2 ? r.peek() * 256 + r.peek(1) : -1;
  if (TOKEN_IDS[id] !== undefined) {
    r.littleEndian = false;
    r.u16("TOK_ID", showTokenId);
  }
  const outer = readTlv(r);
  // TGT-REQ and TGT-REP are plain sequences; their number is inside.
  if (outer.tag === DER_SEQUENCE) {
    const type = integer(field(outer, 1));
    if (type === 16) return within({ ...outer, name: "KERB-TGT-REQUEST" }, readTgtReq);
    if (type === 17) return within({ ...outer, name: "KERB-TGT-REPLY" }, readTgtRep);
    throw malformed("a sequence that is neither TGT-REQ nor TGT-REP", outer.start);
  }
  const body = untagged(outer, APPLICATIONS[outer.tag & 0x1f]);
  if (body === null || body.tag !== DER_SEQUENCE) throw malformed("no Kerberos message", outer.start);
  switch (outer.tag) {
    case derApplication(10):
      return within(body, () => readKdcReq("AS-REQ", body));
    case derApplication(12):
      return within(body, () => readKdcReq("TGS-REQ", body));
    case derApplication(11):
      return within(body, () => readKdcRep("AS-REP", body));
    case derApplication(13):
      return within(body, () => readKdcRep("TGS-REP", body));
    case derApplication(14):
      return within(body, readApReq);
    case derApplication(15):
      return within(body, readApRep);
    case derApplication(30):
      return within(body, readKrbError);
    default:
      throw malformed(`tag 0x${outer.tag.toString(16)} is no Kerberos message`, outer.start);
  }
}

/** [RFC 4120] 5.3. */
export function readTicket(tlv: Tlv | null): Ticket | null {
  if (tlv === null || tlv.tag !== derApplication(1)) return null;
  const body = untagged(tlv);
  return body === null ? null : within(body, () => ticketFields(body));
}

function ticketFields(body: Tlv): Ticket {
  body.r.also(noteTicketVersion, body);
  return {
    realm: derText(field(body, 1, "realm")),
    sname: principal(body, 2, "sname"),
    enc_part: encryptedData(body, 3, "enc-part"),
  };
}

function noteTicketVersion(_: Reader, body: Tlv): void {
  integer(field(body, 0, "tkt-vno"));
}

function readApReq(body: Tlv | null): ApReq {
  body?.r.also(noteType, { body, first: 0 });
  const options = flagBits(field(body, 2, "ap-options"), showApOptions) ?? 0;
  return {
    msg: "AP-REQ",
    use_session_key: (options & 0x40000000) !== 0,
    mutual_required: (options & 0x20000000) !== 0,
    ticket: readTicket(field(body, 3, "ticket")),
    authenticator: encryptedData(body, 4, "authenticator"),
  };
}

function readApRep(body: Tlv | null): ApRep {
  body?.r.also(noteType, { body, first: 0 });
  return { msg: "AP-REP", enc_part: encryptedData(body, 2, "enc-part") };
}

function readKrbError(body: Tlv | null): KrbError {
  body?.r.also(noteErrorTimes, body);
  return {
    msg: "KRB-ERROR",
    error_code: integer(field(body, 6, "error-code"), showErrorCode),
    crealm: derText(field(body, 7, "crealm")),
    cname: principal(body, 8, "cname"),
    realm: derText(field(body, 9, "realm")),
    sname: principal(body, 10, "sname"),
    e_text: derText(field(body, 11, "e-text")),
    e_data: errorData(field(body, 12, "e-data")),
  };
}

function noteErrorTimes(r: Reader, body: Tlv): void {
  noteType(r, { body, first: 0 });
  derText(field(body, 2, "ctime"));
  integer(field(body, 3, "cusec"));
  derText(field(body, 4, "stime"));
  integer(field(body, 5, "susec"));
}

/** [RFC 4120] 5.9.1: METHOD-DATA where it is a sequence; else of a form that the code has. */
function errorData(tlv: Tlv | null): Uint8Array | null {
  if (!isOctets(tlv)) return null;
  const { data } = tlv.r;
  if (tlv.end - tlv.body > 2 && data[tlv.body] === DER_SEQUENCE) {
    tlv.r.also(noteErrorData, tlv);
    return data.subarray(tlv.body, tlv.end);
  }
  return derBytes(tlv);
}

function noteErrorData(_: Reader, tlv: Tlv): void {
  inside(tlv, readErrorData, undefined);
}

/** METHOD-DATA or KERB-ERROR-DATA ([MS-KILE] 2.2.2): a list of PA-DATA, or one that begins with a number. */
function readErrorData(r: Reader): void {
  const list = readTlv(r);
  if (firstChild(list)?.tag === DER_SEQUENCE) {
    within({ ...list, name: "METHOD-DATA" }, (data) => paData(data));
  } else within({ ...list, name: "KERB-ERROR-DATA" }, readKerbErrorData);
}

function readKerbErrorData(tlv: Tlv | null): void {
  const type = integer(field(tlv, 1, "data-type"));
  const value = field(tlv, 2, "data-value");
  if (type === KERB_ERR_TYPE_EXTENDED && isOctets(value)) inside(value, readExtendedError, undefined);
  else derBytes(value);
}

/** [MS-KILE] 2.2.1 KERB-EXT-ERROR. */
function readExtendedError(r: Reader): void {
  r.littleEndian = true;
  r.u32("status", (status) => ntstatusName(status) ?? hexText(status));
  r.u32("reserved");
  r.u32("flags", hexText);
}

function readTgtReq(body: Tlv | null): TgtReq {
  body?.r.also(noteType, { body, first: 0 });
  return {
    msg: "TGT-REQ",
    server_name: principal(body, 2, "server-name"),
    realm: derText(field(body, 3, "realm")),
  };
}

function readTgtRep(body: Tlv | null): TgtRep {
  body?.r.also(noteType, { body, first: 0 });
  return { msg: "TGT-REP", ticket: readTicket(field(body, 2, "ticket")) };
}

function readKdcReq(msg: KdcReq["msg"], sequence: Tlv): KdcReq {
  sequence.r.also(noteType, { body: sequence, first: 1 });
  let apReq: ApReq | null = null;
  const list = field(sequence, 3, "padata");
  within(list, () => {
    paData(list, (type) =>
      type !== PA_TGS_REQ
        ? null
        : (r) => {
            apReq ??= tgsRequest(r);
          },
    );
  });
  return within(field(sequence, 4, "req-body"), (body) => ({ msg, ...requestBody(body), ap_req: apReq }));
}

function tgsRequest(r: Reader): ApReq | null {
  if (r.left <= 2) return null;
  const outer = readTlv(r, "AP-REQ");
  const request = untagged(outer);
  return outer.tag === derApplication(14) && request !== null ? within(request, readApReq) : null;
}

/** KDCOptions; bit 0 is the most significant one. */
const FORWARDABLE = 0x40000000;
const RENEWABLE = 0x00800000;

/** [RFC 4120] 5.4.1 KDC-REQ-BODY. */
function requestBody(body: Tlv | null): Omit<KdcReq, "msg" | "ap_req"> {
  body?.r.also(noteRequest, body);
  const options = flagBits(field(body, 0, "kdc-options"), showKdcOptions);
  const tickets = field(body, 11, "additional-tickets");
  return {
    forwardable: options === null ? null : (options & FORWARDABLE) !== 0,
    renewable: options === null ? null : (options & RENEWABLE) !== 0,
    from: derText(field(body, 4, "from")),
    till: derText(field(body, 5, "till")),
    cname: principal(body, 1, "cname"),
    realm: derText(field(body, 2, "realm")),
    sname: principal(body, 3, "sname"),
    additional_tickets:
      tickets === null
        ? []
        : within(tickets, () =>
            children(tickets, "Ticket")
              .map(readTicket)
              .filter((t) => t !== null),
          ),
  };
}

function noteRequest(_: Reader, body: Tlv): void {
  derText(field(body, 6, "rtime"));
  integer(field(body, 7, "nonce"));
  const etypes = field(body, 8, "etype");
  if (etypes !== null)
    within(etypes, () => {
      for (const etype of children(etypes, "etype")) integer(etype, showEtype);
    });
  const addresses = field(body, 9, "addresses");
  if (addresses !== null) within(addresses, noteAddresses);
  encryptedData(body, 10, "enc-authorization-data");
}

function readKdcRep(msg: KdcRep["msg"], body: Tlv): KdcRep {
  body.r.also(noteType, { body, first: 0 });
  const salts: Salt[] = [];
  let fast: EncryptedData | null | undefined;
  const list = field(body, 2, "padata");
  within(list, () => {
    paData(list, (type) => {
      if (type === PA_ETYPE_INFO2) return (r) => void salts.push(...readEtypeInfo2(r));
      if (type !== PA_FX_FAST) return null;
      return (r) => {
        const armored = readArmored(r);
        if (fast === undefined) fast = armored;
      };
    });
  });
  return {
    msg,
    crealm: derText(field(body, 3, "crealm")),
    cname: principal(body, 4, "cname"),
    ticket: readTicket(field(body, 5, "ticket")),
    enc_part: encryptedData(body, 6, "enc-part"),
    salts,
    fast: fast ?? null,
  };
}

/** The salts that a KRB-ERROR (pre-authentication required) reports, of its e-data. */
export function errorSalts(r: Reader): Salt[] {
  if (r.left < 2) return [];
  const list = readTlv(r);
  const salts: Salt[] = [];
  if (list.tag !== DER_SEQUENCE) return [];
  paData(list, (type) =>
    type === PA_ETYPE_INFO2 ? (value) => void salts.push(...readEtypeInfo2(value)) : null,
  );
  return salts;
}
