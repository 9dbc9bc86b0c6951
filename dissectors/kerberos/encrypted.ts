/** What Kerberos' messages hold under their keys: [RFC 4120] 5.3, 5.4.2, 5.5.1, 5.5.2. Key usages: [RFC 4120] 7.5.1. */
import {
  derApplication,
  derBytes,
  derText,
  field,
  firstChild,
  integer,
  readTlv,
  type Tlv,
} from "../wire/der.js";
import { WireError } from "../wire/errors.js";
import { type PrincipalName, readPrincipal } from "./messages.js";

export const USAGE_TICKET = 2;
export const USAGE_AS_REP = 3;
export const USAGE_TGS_REQ_AUTHENTICATOR = 7;
export const USAGE_TGS_REP = 8;
export const USAGE_TGS_REP_SUBKEY = 9;
export const USAGE_AP_REQ_AUTHENTICATOR = 11;
export const USAGE_AP_REP = 12;

/** [RFC 4120] 5.2.9 EncryptionKey. */
export interface EncryptionKey {
  etype: number;
  key: Uint8Array;
}

/** [RFC 4120] 5.3 EncTicketPart. */
export interface EncTicketPart {
  key: EncryptionKey;
  crealm: string | null;
  cname: PrincipalName | null;
}

/** [RFC 4120] 5.5.1 Authenticator. */
export interface Authenticator {
  crealm: string | null;
  cname: PrincipalName | null;
  cksum: Checksum | null;
  subkey: EncryptionKey | null;
  seq_number: number | null;
}

/** [RFC 4120] 5.2.9 Checksum. */
export interface Checksum {
  cksumtype: number;
  checksum: Uint8Array | null;
}

/** [RFC 4120] 5.5.2 EncAPRepPart. */
export interface EncApRepPart {
  subkey: EncryptionKey | null;
  seq_number: number | null;
}

/** [RFC 4120] 5.4.2 EncKDCRepPart. */
export interface EncKdcRepPart {
  key: EncryptionKey;
  srealm: string | null;
  sname: PrincipalName | null;
}

/** [RFC 4120] 5.2.9. */
export function readKey(tlv: Tlv | null): EncryptionKey | null {
  const etype = integer(field(tlv, 0));
  const value = derBytes(field(tlv, 1));
  return etype === null || value === null ? null : { etype, key: Uint8Array.from(value) };
}

/** The sequence inside `[APPLICATION n]`, for one of the numbers; null for anything else. */
export function applicationBody(clear: Uint8Array, ...numbers: number[]): Tlv | null {
  try {
    const outer = readTlv(clear);
    return numbers.some((n) => outer.tag === derApplication(n)) ? firstChild(outer) : null;
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

function readChecksum(tlv: Tlv | null): Checksum | null {
  const cksumtype = integer(field(tlv, 0));
  return cksumtype === null ? null : { cksumtype, checksum: derBytes(field(tlv, 1)) };
}

/** A sequence number travels as an INTEGER that some senders sign: taken as 32 bits without sign. */
function sequenceNumber(tlv: Tlv | null): number | null {
  const value = integer(tlv);
  return value === null ? null : value >>> 0;
}

export function readEncTicketPart(clear: Uint8Array): EncTicketPart | null {
  const part = applicationBody(clear, 3);
  const key = readKey(field(part, 1));
  if (part === null || key === null) return null;
  return { key, crealm: derText(field(part, 2)), cname: readPrincipal(field(part, 3)) };
}

export function readAuthenticator(clear: Uint8Array): Authenticator | null {
  const part = applicationBody(clear, 2);
  if (part === null) return null;
  return {
    crealm: derText(field(part, 1)),
    cname: readPrincipal(field(part, 2)),
    cksum: readChecksum(field(part, 3)),
    subkey: readKey(field(part, 6)),
    seq_number: sequenceNumber(field(part, 7)),
  };
}

export function readEncApRepPart(clear: Uint8Array): EncApRepPart | null {
  const part = applicationBody(clear, 27);
  if (part === null) return null;
  return { subkey: readKey(field(part, 2)), seq_number: sequenceNumber(field(part, 3)) };
}

/** EncASRepPart or EncTGSRepPart: some servers number the first like the second. */
export function readEncKdcRepPart(clear: Uint8Array): EncKdcRepPart | null {
  const part = applicationBody(clear, 25, 26);
  const key = readKey(field(part, 0));
  if (part === null || key === null) return null;
  return { key, srealm: derText(field(part, 9)), sname: readPrincipal(field(part, 10)) };
}
