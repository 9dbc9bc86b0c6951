/**
 * Security identifiers as text and by name. [MS-DTYP] 2.4.2: the structure (RPC_SID), the bytes (SID packet), the text
 * (`S-1-5-32-544`) and the well-known ones (2.4.2.4); the names are those that Windows shows for them.
 *
 * Not handled: names of accounts and services, which only a directory knows.
 */
import type { Value } from "../ndr/decoded.js";
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { isMembers } from "./place.js";

/** [MS-DTYP] 2.4.2.3 */
const MAX_SUB_AUTHORITIES = 15;

/** SIDs that are the same on every machine, by what follows `S-1-`. */
const SIDS = `
0-0 NULL SID
1-0 Everyone
2-0 LOCAL
2-1 CONSOLE LOGON
3-0 CREATOR OWNER
3-1 CREATOR GROUP
3-2 CREATOR OWNER SERVER
3-3 CREATOR GROUP SERVER
3-4 OWNER RIGHTS
5-1 NT AUTHORITY\\DIALUP
5-2 NT AUTHORITY\\NETWORK
5-3 NT AUTHORITY\\BATCH
5-4 NT AUTHORITY\\INTERACTIVE
5-6 NT AUTHORITY\\SERVICE
5-7 NT AUTHORITY\\ANONYMOUS LOGON
5-8 NT AUTHORITY\\PROXY
5-9 NT AUTHORITY\\ENTERPRISE DOMAIN CONTROLLERS
5-10 NT AUTHORITY\\SELF
5-11 NT AUTHORITY\\Authenticated Users
5-12 NT AUTHORITY\\RESTRICTED
5-13 NT AUTHORITY\\TERMINAL SERVER USER
5-14 NT AUTHORITY\\REMOTE INTERACTIVE LOGON
5-15 NT AUTHORITY\\This Organization
5-17 NT AUTHORITY\\IUSR
5-18 NT AUTHORITY\\SYSTEM
5-19 NT AUTHORITY\\LOCAL SERVICE
5-20 NT AUTHORITY\\NETWORK SERVICE
5-21-0-0-0-496 Compounded Authentication
5-21-0-0-0-497 Claims Valid
5-32 BUILTIN
5-33 NT AUTHORITY\\WRITE RESTRICTED
5-64-10 NT AUTHORITY\\NTLM Authentication
5-64-14 NT AUTHORITY\\SChannel Authentication
5-64-21 NT AUTHORITY\\Digest Authentication
5-65-1 NT AUTHORITY\\This Organization Certificate
5-80-0 NT SERVICE\\ALL SERVICES
5-80-956008885-3418522649-1831038044-1853292631-2271478464 NT SERVICE\\TrustedInstaller
5-83-0 NT VIRTUAL MACHINE\\Virtual Machines
5-84-0-0-0-0-0 NT AUTHORITY\\USER MODE DRIVERS
5-90-0 Window Manager\\Window Manager Group
5-113 NT AUTHORITY\\Local account
5-114 NT AUTHORITY\\Local account and member of Administrators group
5-1000 NT AUTHORITY\\Other Organization
15-2-1 APPLICATION PACKAGE AUTHORITY\\ALL APPLICATION PACKAGES
15-2-2 APPLICATION PACKAGE AUTHORITY\\ALL RESTRICTED APPLICATION PACKAGES
16-0 Mandatory Label\\Untrusted Mandatory Level
16-4096 Mandatory Label\\Low Mandatory Level
16-8192 Mandatory Label\\Medium Mandatory Level
16-8448 Mandatory Label\\Medium Plus Mandatory Level
16-12288 Mandatory Label\\High Mandatory Level
16-16384 Mandatory Label\\System Mandatory Level
16-20480 Mandatory Label\\Protected Process Mandatory Level
16-28672 Mandatory Label\\Secure Process Mandatory Level
18-1 Authentication authority asserted identity
18-2 Service asserted identity
18-3 Fresh public key identity
18-4 Key trust identity
18-5 Key property multi-factor authentication
18-6 Key property attestation`;

/** Relative identifiers that every domain, or every machine, has. */
const RIDS = `
498 Enterprise Read-only Domain Controllers
500 Administrator
501 Guest
502 krbtgt
503 DefaultAccount
504 WDAGUtilityAccount
512 Domain Admins
513 Domain Users
514 Domain Guests
515 Domain Computers
516 Domain Controllers
517 Cert Publishers
518 Schema Admins
519 Enterprise Admins
520 Group Policy Creator Owners
521 Read-only Domain Controllers
522 Cloneable Domain Controllers
525 Protected Users
526 Key Admins
527 Enterprise Key Admins
553 RAS and IAS Servers
571 Allowed RODC Password Replication Group
572 Denied RODC Password Replication Group`;

/** Those of the domain BUILTIN, S-1-5-32. */
const BUILTIN_RIDS = `
544 Administrators
545 Users
546 Guests
547 Power Users
548 Account Operators
549 Server Operators
550 Print Operators
551 Backup Operators
552 Replicator
554 Pre-Windows 2000 Compatible Access
555 Remote Desktop Users
556 Network Configuration Operators
557 Incoming Forest Trust Builders
558 Performance Monitor Users
559 Performance Log Users
560 Windows Authorization Access Group
561 Terminal Server License Servers
562 Distributed COM Users
568 IIS_IUSRS
569 Cryptographic Operators
573 Event Log Readers
574 Certificate Service DCOM Access
575 RDS Remote Access Servers
576 RDS Endpoint Servers
577 RDS Management Servers
578 Hyper-V Administrators
579 Access Control Assistance Operators
580 Remote Management Users
582 Storage Replica Administrators`;

let tables: { [table in "sids" | "rids" | "builtin"]: ReadonlyMap<string, string> } | null = null;

function names(): NonNullable<typeof tables> {
  tables ??= { sids: parse(SIDS), rids: parse(RIDS), builtin: parse(BUILTIN_RIDS) };
  return tables;
}

function parse(text: string): ReadonlyMap<string, string> {
  const rows = text.trim().split("\n");
  return new Map(rows.map((row) => [row.slice(0, row.indexOf(" ")), row.slice(row.indexOf(" ") + 1)]));
}

/** The name of a well-known SID, or null. Of a domain's SIDs it is that of the relative identifier. */
function sidName(sid: string): string | null {
  const known = names();
  const same = known.sids.get(sid.slice("S-1-".length));
  if (same !== undefined) return same;
  const [, domain, rid] = /^(S-1-5-(?:32|21-\d+-\d+-\d+))-(\d+)$/.exec(sid) ?? [];
  if (domain === undefined) return null;
  if (domain !== "S-1-5-32") return known.rids.get(rid!) ?? null;
  const builtin = known.builtin.get(rid!);
  return builtin === undefined ? null : `BUILTIN\\${builtin}`;
}

/** What a relative identifier stands for in every domain or in BUILTIN, or null. */
export function ridName(rid: number): string | null {
  const { rids, builtin } = names();
  return rids.get(String(rid)) ?? builtin.get(String(rid)) ?? null;
}

/** `S-1-5-32-544 (BUILTIN\Administrators)`. */
export function namedSid(sid: string): string {
  const name = sidName(sid);
  return name === null ? sid : `${sid} (${name})`;
}

/** [MS-DTYP] 2.4.2.1: authorities of more than 32 bits are written in hex. */
function sidText(revision: number, authority: bigint, subAuthorities: readonly number[]): string {
  const first = authority < 1n << 32n ? authority : `0x${authority.toString(16).padStart(12, "0")}`;
  return ["S", revision, first, ...subAuthorities].join("-");
}

/** [MS-DTYP] 2.4.2.2: a SID as bytes, always little-endian. Throws WireError. */
export function readSid(r: Reader): string {
  const revision = r.u8("Revision");
  const count = r.u8("SubAuthorityCount");
  if (revision !== 1 || count > MAX_SUB_AUTHORITIES) {
    throw malformed(`a SID of revision ${revision} with ${count} subauthorities`, r.offset - 2, "SID");
  }
  let authority = 0n;
  const start = r.offset;
  for (let i = 0; i < 6; i++) authority = (authority << 8n) | BigInt(r.u8());
  r.note("IdentifierAuthority", start, authority);
  const subAuthorities: number[] = [];
  r.enter("SubAuthority");
  for (let i = 0; i < count; i++) subAuthorities.push(r.u32("[]"));
  r.leave();
  return sidText(revision, authority, subAuthorities);
}

/** [MS-DTYP] 2.4.2.3 RPC_SID, as decoding gives it; null where it is something else or not whole. */
export function sidOf(value: Value): string | null {
  if (!isMembers(value)) return null;
  const { Revision, SubAuthorityCount, IdentifierAuthority, SubAuthority } = value;
  if (typeof Revision !== "number" || !isMembers(IdentifierAuthority) || !Array.isArray(SubAuthority))
    return null;
  const authority = IdentifierAuthority.Value;
  if (typeof authority !== "string" || !/^[0-9a-f]{12}$/.test(authority)) return null;
  if (SubAuthority.length !== SubAuthorityCount || !SubAuthority.every((n) => typeof n === "number"))
    return null;
  return sidText(Revision, BigInt(`0x${authority}`), SubAuthority as number[]);
}
