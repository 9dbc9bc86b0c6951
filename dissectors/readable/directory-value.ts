/**
 * [MS-DRSR] 5.16.3: values of attributes as they replicate, each by the syntax of its attribute. Little-endian whatever the NDR
 * data representation label says.
 *
 * Not handled: secrets, which are encrypted for the one who asked (4.1.10.3.11): only their size is said; values of two parts
 * (DN-Binary, DN-String), which stay bytes.
 */
import type { PrefixTable } from "../drsr/prefix-table.js";
import * as syntax from "../drsr/schema.js";
import type { Value } from "../ndr/decoded.js";
import { WireError } from "../wire/errors.js";
import { NIL_GUID, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { type LoneSurrogates, latin1, untilNul, utf16, wellFormed } from "../wire/text.js";
import { opened } from "./opened.js";
import type { Around } from "./place.js";
import { sddlOf } from "./sddl.js";
import { readSid } from "./sid.js";
import { flags } from "./tables.js";
import { DS_TIME, fileTime } from "./times.js";

/** [MS-DRSR] 4.1.10.3.11 IsSecretAttribute. */
const SECRETS: ReadonlySet<string> = new Set([
  "currentValue",
  "dBCSPwd",
  "initialAuthIncoming",
  "initialAuthOutgoing",
  "lmPwdHistory",
  "ntPwdHistory",
  "priorValue",
  "supplementalCredentials",
  "trustAuthIncoming",
  "trustAuthOutgoing",
  "unicodePwd",
]);

/** Large integers that are times ([MS-ADA1] to [MS-ADA3]). */
const TIMES: ReadonlySet<string> = new Set([
  "accountExpires",
  "badPasswordTime",
  "creationTime",
  "lastLogoff",
  "lastLogon",
  "lastLogonTimestamp",
  "lastSetTime",
  "lockoutTime",
  "pwdLastSet",
  "priorSetTime",
]);

/** [MS-ADTS] 2.2.16 userAccountControl Bits. */
const ACCOUNT_CONTROL = flags(
  "SCRIPT=0x1 ACCOUNTDISABLE=0x2 HOMEDIR_REQUIRED=0x8 LOCKOUT=0x10 PASSWD_NOTREQD=0x20 PASSWD_CANT_CHANGE=0x40 " +
    "ENCRYPTED_TEXT_PASSWORD_ALLOWED=0x80 TEMP_DUPLICATE_ACCOUNT=0x100 NORMAL_ACCOUNT=0x200 " +
    "INTERDOMAIN_TRUST_ACCOUNT=0x800 WORKSTATION_TRUST_ACCOUNT=0x1000 SERVER_TRUST_ACCOUNT=0x2000 " +
    "DONT_EXPIRE_PASSWD=0x10000 MNS_LOGON_ACCOUNT=0x20000 SMARTCARD_REQUIRED=0x40000 TRUSTED_FOR_DELEGATION=0x80000 " +
    "NOT_DELEGATED=0x100000 USE_DES_KEY_ONLY=0x200000 DONT_REQUIRE_PREAUTH=0x400000 PASSWORD_EXPIRED=0x800000 " +
    "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION=0x1000000 NO_AUTH_DATA_REQUIRED=0x2000000 PARTIAL_SECRETS_ACCOUNT=0x4000000",
);

/** What an ATTRTYP is called: its LDAP display name, else its OID, else the number. */
export function attributeName(attrtyp: number, table: PrefixTable): string {
  const oid = table.oid(attrtyp);
  if (oid === null) return `0x${attrtyp.toString(16).padStart(8, "0")}`;
  return syntax.schemaName(oid)?.name ?? oid;
}

/** One value of an attribute, given as hex; bytes that are not what they should be stay hex. */
export function attributeValue(
  attrtyp: number,
  digits: string,
  table: PrefixTable,
  lone: LoneSurrogates | null,
  open: Around["bytes"],
): Value {
  const oid = table.oid(attrtyp);
  const known = oid === null ? null : syntax.schemaName(oid);
  if (known === null || known.syntax === null) return digits;
  if (SECRETS.has(known.name)) return `encrypted, ${digits.length / 2} bytes`;
  try {
    return bySyntax(known.name, known.syntax, open(digits, "valLen"), table, lone) ?? digits;
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    return digits;
  }
}

/** Bytes of the values of those syntaxes that have a size. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [syntax.SYNTAX_BOOLEAN, 4],
  [syntax.SYNTAX_INTEGER, 4],
  [syntax.SYNTAX_OID, 4],
  [syntax.SYNTAX_LARGE_INTEGER, 8],
  [syntax.SYNTAX_TIME, 8],
]);

function bySyntax(
  name: string,
  of: number,
  r: Reader,
  table: PrefixTable,
  lone: LoneSurrogates | null,
): Value | null {
  const bytes = r.data.subarray(r.offset, r.end);
  const size = SIZES.get(of);
  if (size !== undefined && bytes.length !== size) return null;
  switch (of) {
    case syntax.SYNTAX_UNICODE:
      return wellFormed(utf16(bytes), lone);
    case syntax.SYNTAX_PRINTABLE:
    case syntax.SYNTAX_CASE_EXACT:
    case syntax.SYNTAX_TELETEX:
    case syntax.SYNTAX_NUMERIC:
      return latin1(bytes);
    case syntax.SYNTAX_BOOLEAN:
      return r.u32() !== 0;
    case syntax.SYNTAX_INTEGER: {
      const number = r.i32();
      const meaning = name === "userAccountControl" ? ACCOUNT_CONTROL(number, NOWHERE) : null;
      return meaning ?? number;
    }
    case syntax.SYNTAX_LARGE_INTEGER: {
      const number = r.i64();
      return (TIMES.has(name) ? fileTime(number) : null) ?? number.toString();
    }
    case syntax.SYNTAX_TIME:
      return DS_TIME(r.i64().toString(), NOWHERE);
    case syntax.SYNTAX_SID:
      return readSid(r);
    case syntax.SYNTAX_SECURITY_DESCRIPTOR:
      return sddlOf(r);
    case syntax.SYNTAX_OID:
      return attributeName(r.u32(), table);
    case syntax.SYNTAX_DN:
      return nameOfBytes(r, lone);
    case syntax.SYNTAX_OCTETS:
      return bytes.length === 16 && name.endsWith("GUID") ? readGuid(r) : null;
    default:
      return null;
  }
}

/** Tables look at nothing but the number. */
const NOWHERE: Around = {
  path: "",
  members: {},
  side: {},
  request: null,
  nameOf: () => null,
  bytes: (digits, bound) => opened(digits, bound, ""),
};

/** [MS-DRSR] 5.50 DSNAME as bytes. */
function nameOfBytes(r: Reader, lone: LoneSurrogates | null): string {
  r.u32("structLen");
  const sidLength = r.u32("SidLen");
  const guid = readGuid(r, "Guid");
  const sid = r.window(28, "Sid");
  const length = r.u32("NameLen");
  const start = r.offset;
  const name = untilNul(wellFormed(utf16(r.bytes(2 * length)), lone));
  r.note("StringName", start, name);
  return distinguishedName(guid, sidLength === 0 ? null : sid.part("Sid", readSid, null), name);
}

/** As [MS-DRSR] and [MS-ADTS] 3.1.1.3.4.1.5 write the parts of a name that are there: `<GUID=…>;<SID=…>;CN=…`. */
export function distinguishedName(guid: string, sid: string | null, name: string): string {
  const parts: string[] = [];
  if (guid !== NIL_GUID) parts.push(`<GUID=${guid}>`);
  if (sid !== null) parts.push(`<SID=${sid}>`);
  if (name !== "") parts.push(name);
  return parts.join(";");
}
