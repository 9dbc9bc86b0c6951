/**
 * Pre-authentication data of requests and answers of a KDC: [RFC 4120] 5.2.7, [RFC 6113] 5.4 (FAST), [MS-KILE] 2.2 and
 * [MS-SFU] 2.2. Two kinds teach something; the others are read for trees alone.
 *
 * Not handled: public keys ([RFC 4556]); what FAST seals.
 */
import {
  children,
  derBytes,
  derContext,
  derText,
  field,
  flagBits,
  inside,
  integer,
  isOctets,
  readTlv,
  type Tlv,
  truth,
  untagged,
  within,
} from "../wire/der.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { type EncryptedData, encryptedData, principal, readChecksum, readEncrypted } from "./basic.js";
import { showEtype, showPacOptions, showPaDataType } from "./names.js";

const PA_ENC_TIMESTAMP = 2;
const PA_ETYPE_INFO = 11;
export const PA_TGS_REQ = 1;
export const PA_ETYPE_INFO2 = 19;
const PA_PAC_REQUEST = 128;
const PA_FOR_USER = 129;
export const PA_FX_FAST = 136;
const PA_ENCRYPTED_CHALLENGE = 138;
const PA_SUPPORTED_ENCTYPES = 165;
const PA_PAC_OPTIONS = 167;

/** What goes with a password to make a key ([RFC 4120] 5.2.7.5); `iterations` is null where the type's own count holds. */
export interface Salt {
  etype: number;
  salt: string;
  iterations: number | null;
}

const noWanted: Wanted = () => null;

/** What is done with the value of a PA-DATA by its type; null where nothing here reads it. */
type Wanted = (type: number | null) => ((r: Reader) => void) | null;

/** A list of PA-DATA ([RFC 4120] 5.2.7), whose values are read as `wanted` says. */
export function paData(list: Tlv | null, wanted: Wanted = noWanted): void {
  if (list === null) return;
  for (const entry of children(list, "PA-DATA")) within(entry, (tlv) => readPaData(tlv, wanted));
}

function readPaData(entry: Tlv | null, wanted: Wanted): void {
  const type = integer(field(entry, 1, "padata-type"), showPaDataType);
  const value = field(entry, 2, "padata-value");
  const read = wanted(type);
  if (isOctets(value) && read !== null) inside(value, read, undefined);
  else if (isOctets(value)) value.r.also(notePaValue, { value, type });
}

/** What shows the values of types that teach nothing. */
const SHOWN: ReadonlyMap<number | null, (r: Reader) => void> = new Map([
  [PA_ENC_TIMESTAMP, noteEncrypted],
  [PA_ENCRYPTED_CHALLENGE, noteEncrypted],
  [PA_ETYPE_INFO, noteEtypeInfo],
  [PA_ETYPE_INFO2, readEtypeInfo2],
  [PA_PAC_REQUEST, notePacRequest],
  [PA_FOR_USER, noteForUser],
  [PA_SUPPORTED_ENCTYPES, noteSupportedEtypes],
  [PA_PAC_OPTIONS, notePacOptions],
  [PA_FX_FAST, noteFastRequest],
]);

function notePaValue(_: Reader, { value, type }: { value: Tlv; type: number | null }): void {
  const read = SHOWN.get(type);
  if (read === undefined || value.end === value.body) derBytes(value);
  else inside(value, read, undefined);
}

/** Reads the only element of a value under a name. */
function only(r: Reader, name: string, read: (tlv: Tlv | null) => unknown): void {
  within(readTlv(r, name), read);
  r.unread("undecoded", r.offset, r.end);
}

function noteEncrypted(r: Reader): void {
  only(r, "EncryptedData", readEncrypted);
}

/** [RFC 4120] 5.2.7.4: the salt is an OCTET STRING. */
function noteEtypeInfo(r: Reader): void {
  only(r, "ETYPE-INFO", (list) => {
    for (const entry of list === null ? [] : children(list, "ETYPE-INFO-ENTRY")) {
      within(entry, (tlv) => {
        integer(field(tlv, 0, "etype"), showEtype);
        derBytes(field(tlv, 1, "salt"));
      });
    }
  });
}

/** [MS-KILE] 2.2.3. */
function notePacRequest(r: Reader): void {
  only(r, "KERB-PA-PAC-REQUEST", (tlv) => truth(field(tlv, 0, "include-pac")));
}

/** [MS-SFU] 2.2.1. */
function noteForUser(r: Reader): void {
  only(r, "PA-FOR-USER", (tlv) => {
    principal(tlv, 0, "userName");
    derText(field(tlv, 1, "userRealm"));
    within(field(tlv, 2, "cksum"), readChecksum);
    derText(field(tlv, 3, "auth-package"));
  });
}

/** [MS-KILE] 2.2.8, little-endian. */
function noteSupportedEtypes(r: Reader): void {
  r.littleEndian = true;
  if (r.left >= 4) r.u32("supported encryption types", showSupportedEtypes);
}

/** [MS-KILE] 2.2.7. */
const showSupportedEtypes = flagsOf([
  [0x00000001, "DES-CBC-CRC"],
  [0x00000002, "DES-CBC-MD5"],
  [0x00000004, "RC4-HMAC"],
  [0x00000008, "AES128-CTS-HMAC-SHA1-96"],
  [0x00000010, "AES256-CTS-HMAC-SHA1-96"],
  [0x00000020, "AES256-CTS-HMAC-SHA1-96-SK"],
  [0x00010000, "FAST-supported"],
  [0x00020000, "Compound-identity-supported"],
  [0x00040000, "Claims-supported"],
  [0x00080000, "Resource-SID-compression-disabled"],
]);

/** [MS-KILE] 2.2.10. */
function notePacOptions(r: Reader): void {
  only(r, "PA-PAC-OPTIONS", (tlv) => flagBits(field(tlv, 0, "options"), showPacOptions));
}

/** [RFC 6113] 5.4.2 PA-FX-FAST-REQUEST. */
function noteFastRequest(r: Reader): void {
  const choice = readTlv(r, "armored-data");
  const request = choice.tag === derContext(0) ? untagged(choice) : null;
  if (request === null) return;
  within(request, (tlv) => {
    within(field(tlv, 0, "armor"), (armor) => {
      integer(field(armor, 0, "armor-type"));
      derBytes(field(armor, 1, "armor-value"));
    });
    within(field(tlv, 1, "req-checksum"), readChecksum);
    encryptedData(tlv, 2, "enc-fast-req");
  });
}

/** [RFC 6113] 5.4.3 PA-FX-FAST-REPLY. */
export function readArmored(r: Reader): EncryptedData | null {
  if (r.left < 2) return null;
  const choice = readTlv(r, "armored-data");
  const armored = choice.tag === derContext(0) ? untagged(choice) : null;
  return armored === null ? null : within(armored, (data) => encryptedData(data, 0, "enc-fast-rep"));
}

/** [RFC 4120] 5.2.7.5 ETYPE-INFO2. Entries without a salt are left out. s2kparams: [RFC 3962] 4, four bytes. */
export function readEtypeInfo2(r: Reader): Salt[] {
  if (r.left < 2) return [];
  const list = readTlv(r, "ETYPE-INFO2");
  return within(list, () => {
    const found: Salt[] = [];
    for (const entry of children(list, "ETYPE-INFO2-ENTRY")) {
      const salt = within(entry, readEtypeInfo2Entry);
      if (salt !== null) found.push(salt);
    }
    return found;
  });
}

function readEtypeInfo2Entry(entry: Tlv | null): Salt | null {
  const etype = integer(field(entry, 0, "etype"), showEtype);
  const salt = derText(field(entry, 1, "salt"));
  const p = derBytes(field(entry, 2, "s2kparams"));
  const iterations = p?.length === 4 ? ((p[0]! << 24) | (p[1]! << 16) | (p[2]! << 8) | p[3]!) >>> 0 : null;
  return etype === null || salt === null ? null : { etype, salt, iterations };
}
