/**
 * What messages of Kerberos are made of: names, encrypted data, addresses, checksums, [RFC 4120] 5.2, with the checksum that the
 * GSS-API puts into an authenticator, [RFC 4121] 4.1.1.
 *
 * Not handled: what channel bindings and the extensions behind them hold.
 */
import {
  children,
  content,
  DER_SEQUENCE,
  derBytes,
  derText,
  field,
  inside,
  integer,
  isOctets,
  type Tlv,
  within,
} from "../wire/der.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { showAddressType, showChecksumType, showEtype, showMessageType, showNameType } from "./names.js";

/** [RFC 4121] 4.1.1. */
export const GSS_CHECKSUM = 0x8003;
const BINDINGS = 16;
const GSS_C_DELEG_FLAG = 1;
const showGssFlags = flagsOf([
  [GSS_C_DELEG_FLAG, "GSS_C_DELEG_FLAG"],
  [0x02, "GSS_C_MUTUAL_FLAG"],
  [0x04, "GSS_C_REPLAY_FLAG"],
  [0x08, "GSS_C_SEQUENCE_FLAG"],
  [0x10, "GSS_C_CONF_FLAG"],
  [0x20, "GSS_C_INTEG_FLAG"],
  [0x1000, "GSS_C_DCE_STYLE"],
  [0x2000, "GSS_C_IDENTIFY_FLAG"],
  [0x4000, "GSS_C_EXTENDED_ERROR_FLAG"],
]);

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

/** A principal as text, `host/server.example`. */
export function principalText(name: PrincipalName | null): string | null {
  return name === null ? null : name.name_string.join("/");
}

/** pvno and msg-type, which nothing else needs to know: the tag says the same. They are the first fields, or the second ones in requests to a KDC. */
export function noteType(_: Reader, { body, first }: { body: Tlv | null; first: number }): void {
  integer(field(body, first, "pvno"));
  integer(field(body, first + 1, "msg-type"), showMessageType);
}

/** [RFC 4120] 5.2.2. */
function readPrincipal(tlv: Tlv | null): PrincipalName | null {
  if (tlv === null || tlv.tag !== DER_SEQUENCE) return null;
  const strings = field(tlv, 1, "name-string");
  if (strings === null) return null;
  return {
    name_type: integer(field(tlv, 0, "name-type"), showNameType),
    name_string: within(strings, () => children(strings, "KerberosString").map((s) => derText(s) ?? "")),
  };
}

/** The principal in a field. */
export function principal(sequence: Tlv | null, n: number, name: string): PrincipalName | null {
  return within(field(sequence, n, name), readPrincipal);
}

/** [RFC 4120] 5.2.9. */
export function readEncrypted(tlv: Tlv | null): EncryptedData | null {
  const etype = integer(field(tlv, 0, "etype"), showEtype);
  const kvno = integer(field(tlv, 1, "kvno"));
  const cipher = derBytes(field(tlv, 2, "cipher"));
  return etype === null || cipher === null ? null : { etype, kvno, cipher };
}

/** The encrypted data in a field. */
export function encryptedData(sequence: Tlv | null, n: number, name: string): EncryptedData | null {
  return within(field(sequence, n, name), readEncrypted);
}

/** [RFC 4120] 5.2.5 HostAddresses. */
export function noteAddresses(list: Tlv | null): void {
  if (list === null) return;
  for (const entry of children(list, "HostAddress")) within(entry, noteAddress);
}

function noteAddress(entry: Tlv | null): void {
  integer(field(entry, 0, "addr-type"), showAddressType);
  derBytes(field(entry, 1, "address"));
}

/** [RFC 4120] 5.2.9 Checksum. */
export interface Checksum {
  cksumtype: number;
  checksum: Uint8Array | null;
}

export function readChecksum(tlv: Tlv | null): Checksum | null {
  const cksumtype = integer(field(tlv, 0, "cksumtype"), showChecksumType);
  const bytes = checksumBytes(field(tlv, 1, "checksum"), cksumtype);
  return cksumtype === null ? null : { cksumtype, checksum: bytes };
}

function checksumBytes(tlv: Tlv | null, cksumtype: number | null): Uint8Array | null {
  if (cksumtype !== GSS_CHECKSUM || !isOctets(tlv)) return derBytes(tlv);
  tlv.r.also(noteGssChecksum, tlv);
  return content(tlv);
}

function noteGssChecksum(_: Reader, tlv: Tlv): void {
  inside(tlv, readGssChecksum, undefined);
}

/** [RFC 4121] 4.1.1: the KRB-CRED in the checksum; null where it forwards nothing. Throws WireError where it is cut. */
export function readGssChecksum(r: Reader): Uint8Array | null {
  r.littleEndian = true;
  const length = r.u32("Lgth");
  if (length !== BINDINGS) return null;
  r.skip(BINDINGS, "Bnd");
  if ((r.u32("Flags", showGssFlags) & GSS_C_DELEG_FLAG) === 0) {
    r.unread("Exts", r.offset, r.end);
    return null;
  }
  r.u16("DlgOpt");
  const credentials = r.bytes(r.u16("Dlgth"), "Deleg");
  r.unread("Exts", r.offset, r.end);
  return credentials;
}
