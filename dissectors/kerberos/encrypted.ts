/** What Kerberos' messages hold under their keys: [RFC 4120] 5.3, 5.4.2, 5.5.1, 5.5.2. Key usages: [RFC 4120] 7.5.1. */
import {
  children,
  derBytes,
  derText,
  field,
  flagBits,
  integer,
  readTlv,
  type Tlv,
  untagged,
  within,
} from "../wire/der.js";
import { WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { type Checksum, noteAddresses, type PrincipalName, principal, readChecksum } from "./basic.js";
import { showAdType, showEtype, showTicketFlags } from "./names.js";

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
  const etype = integer(field(tlv, 0, "keytype"), showEtype);
  const value = derBytes(field(tlv, 1, "keyvalue"));
  return etype === null || value === null ? null : { etype, key: Uint8Array.from(value) };
}

/** The sequence inside `[APPLICATION n]`, which is all of `r`, for one of the numbers; null for anything else. */
export function applicationBody(r: Reader, names: { readonly [number: number]: string }): Tlv | null {
  try {
    const outer = readTlv(r);
    const name = outer.tag >> 5 === 3 ? names[outer.tag & 0x1f] : undefined;
    return name === undefined ? null : untagged(outer, name);
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

/** A sequence number travels as an INTEGER that some senders sign: taken as 32 bits without sign. */
function sequenceNumber(tlv: Tlv | null): number | null {
  const value = integer(tlv);
  return value === null ? null : value >>> 0;
}

/** [RFC 4120] 5.3; `r` is what a ticket's enc-part holds. */
export function readEncTicketPart(r: Reader): EncTicketPart | null {
  return within(applicationBody(r, { 3: "EncTicketPart" }), (part) => {
    part?.r.also(noteTicketRest, part);
    const key = within(field(part, 1, "key"), readKey);
    if (part === null || key === null) return null;
    return { key, crealm: derText(field(part, 2, "crealm")), cname: principal(part, 3, "cname") };
  });
}

function noteTicketRest(_: Reader, part: Tlv): void {
  flagBits(field(part, 0, "flags"), showTicketFlags);
  within(field(part, 4, "transited"), (tlv) => {
    integer(field(tlv, 0, "tr-type"));
    derBytes(field(tlv, 1, "contents"));
  });
  derText(field(part, 5, "authtime"));
  derText(field(part, 6, "starttime"));
  derText(field(part, 7, "endtime"));
  derText(field(part, 8, "renew-till"));
  within(field(part, 9, "caddr"), noteAddresses);
  within(field(part, 10, "authorization-data"), noteAuthorizationData);
}

/** [RFC 4120] 5.2.6. */
function noteAuthorizationData(list: Tlv | null): void {
  for (const entry of list === null ? [] : children(list, "AuthorizationData")) {
    within(entry, (tlv) => {
      integer(field(tlv, 0, "ad-type"), showAdType);
      derBytes(field(tlv, 1, "ad-data"));
    });
  }
}

/** [RFC 4120] 5.5.1. */
export function readAuthenticator(r: Reader): Authenticator | null {
  return within(applicationBody(r, { 2: "Authenticator" }), (part) => {
    if (part === null) return null;
    part.r.also(noteAuthenticatorRest, part);
    return {
      crealm: derText(field(part, 1, "crealm")),
      cname: principal(part, 2, "cname"),
      cksum: within(field(part, 3, "cksum"), readChecksum),
      subkey: within(field(part, 6, "subkey"), readKey),
      seq_number: sequenceNumber(field(part, 7, "seq-number")),
    };
  });
}

function noteAuthenticatorRest(_: Reader, part: Tlv): void {
  integer(field(part, 0, "authenticator-vno"));
  integer(field(part, 4, "cusec"));
  derText(field(part, 5, "ctime"));
  within(field(part, 8, "authorization-data"), noteAuthorizationData);
}

/** [RFC 4120] 5.5.2. */
export function readEncApRepPart(r: Reader): EncApRepPart | null {
  return within(applicationBody(r, { 27: "EncAPRepPart" }), (part) => {
    if (part === null) return null;
    part.r.also(noteApRepTime, part);
    return {
      subkey: within(field(part, 2, "subkey"), readKey),
      seq_number: sequenceNumber(field(part, 3, "seq-number")),
    };
  });
}

function noteApRepTime(_: Reader, part: Tlv): void {
  derText(field(part, 0, "ctime"));
  integer(field(part, 1, "cusec"));
}

/** EncASRepPart or EncTGSRepPart: some servers number the first like the second. */
export function readEncKdcRepPart(r: Reader): EncKdcRepPart | null {
  return within(applicationBody(r, { 25: "EncASRepPart", 26: "EncTGSRepPart" }), (part) => {
    part?.r.also(noteKdcRest, part);
    const key = within(field(part, 0, "key"), readKey);
    if (part === null || key === null) return null;
    return { key, srealm: derText(field(part, 9, "srealm")), sname: principal(part, 10, "sname") };
  });
}

function noteKdcRest(_: Reader, part: Tlv): void {
  derBytes(field(part, 1, "last-req"));
  integer(field(part, 2, "nonce"));
  derText(field(part, 3, "key-expiration"));
  flagBits(field(part, 4, "flags"), showTicketFlags);
  derText(field(part, 5, "authtime"));
  derText(field(part, 6, "starttime"));
  derText(field(part, 7, "endtime"));
  derText(field(part, 8, "renew-till"));
  within(field(part, 11, "caddr"), noteAddresses);
}
