/**
 * Readers by what a type is, whichever interface it is met in: [MS-DTYP] times, SIDs, counted strings, GUIDs, security descriptors
 * and SECURITY_INFORMATION.
 *
 * Not handled: rights of objects that only their interface knows.
 */
import type { NdrType, StructType } from "../ndr/types.js";
import { NIL_GUID } from "../wire/guid.js";
import { isMembers, type Read, type Reader } from "./place.js";
import { MULTI_SZ, registryValue } from "./registry.js";
import { rightName } from "./rights-guids.js";
import { sddlOf } from "./sddl.js";
import { namedSid, readSid, ridName, sidOf } from "./sid.js";
import { flags, rights } from "./tables.js";
import { FILE_TIME, SYSTEM_TIME } from "./times.js";

/** A relative identifier: those that are the same in every domain. */
export const RID: Read = (value) => (typeof value === "number" ? ridName(value) : null);

const SID: Read = (value) => {
  const sid = sidOf(value);
  return sid === null ? null : namedSid(sid);
};

/** A SID as bytes, shown as hex. */
export const SID_BYTES: Read = (value, { bytes }) => {
  if (typeof value !== "string" || value === "") return null;
  return namedSid(readSid(bytes(value, "SID")));
};

/** The bytes of a self-relative security descriptor, shown as hex. */
export const DESCRIPTOR: Read = (value, { bytes }) =>
  typeof value === "string" && /^01(?:..){19}/.test(value)
    ? sddlOf(bytes(value, "SECURITY_DESCRIPTOR"))
    : null;

/** Terminated texts one after another, as bytes shown as hex (REG_MULTI_SZ). */
export const TEXT_LIST: Read = (value) =>
  typeof value === "string" && /^[0-9a-f]+$/.test(value) ? registryValue(MULTI_SZ, value) : null;

/** [MS-DTYP] 2.3.10; what decoding found to be no text is none here. */
const COUNTED: Read = (value) => (isMembers(value) && typeof value.Buffer === "string" ? value.Buffer : null);

/** [MS-DTYP] 2.4.7 */
export const SECURITY_INFORMATION = flags(
  "OWNER_SECURITY_INFORMATION=0x1 GROUP_SECURITY_INFORMATION=0x2 DACL_SECURITY_INFORMATION=0x4 " +
    "SACL_SECURITY_INFORMATION=0x8 LABEL_SECURITY_INFORMATION=0x10 ATTRIBUTE_SECURITY_INFORMATION=0x20 " +
    "SCOPE_SECURITY_INFORMATION=0x40 BACKUP_SECURITY_INFORMATION=0x10000 " +
    "UNPROTECTED_SACL_SECURITY_INFORMATION=0x10000000 UNPROTECTED_DACL_SECURITY_INFORMATION=0x20000000 " +
    "PROTECTED_SACL_SECURITY_INFORMATION=0x40000000 PROTECTED_DACL_SECURITY_INFORMATION=0x80000000",
);
/** [MS-DTYP] 2.4.3: of objects whose own rights are not known here. */
const ACCESS_MASK = rights("");

/** GUIDs by the names of interfaces and classes, and of what lists of a directory grant. */
const NAMED_GUID: Read = (value, { nameOf }) =>
  typeof value === "string" && value !== NIL_GUID ? (nameOf(value) ?? rightName(value)) : null;

const BY_NAME: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["SECURITY_INFORMATION", SECURITY_INFORMATION],
  ["ACCESS_MASK", ACCESS_MASK],
]);

function hasFields({ fields }: StructType, ...names: string[]): boolean {
  return fields.length === names.length && names.every((name, i) => fields[i]!.name === name);
}

function ofStruct(type: StructType): Read | null {
  if (hasFields(type, "dwLowDateTime", "dwHighDateTime")) return FILE_TIME;
  if (hasFields(type, "Revision", "SubAuthorityCount", "IdentifierAuthority", "SubAuthority")) return SID;
  if (/^_?SYSTEMTIME$/.test(type.name ?? "")) return SYSTEM_TIME;
  return isCounted(type) ? COUNTED : null;
}

/** Two counts and a pointer to that many characters. */
function isCounted({ fields }: StructType): boolean {
  const [length, maximum, buffer] = fields;
  if (fields.length !== 3 || !isCount(length!.type) || !isCount(maximum!.type)) return false;
  if (buffer!.name !== "Buffer" || buffer!.type.kind !== "pointer") return false;
  const array = buffer!.type.to;
  if (array.kind !== "array" || array.element.kind !== "base") return false;
  return array.text === true || array.element.base === "wchar";
}

function isCount(type: NdrType): boolean {
  return type.kind === "base" && (type.base === "uint16" || type.base === "int16");
}

/** Security descriptors are bytes to most interfaces, and called what they are. */
const DESCRIPTOR_NAME =
  /^(?:lp|p|psz)?(?:SecurityDescriptor|pSecurity)$|_security_?descriptor$|^pbTargetSD$/i;

function isBytes(type: NdrType): boolean {
  return (
    type.kind === "array" && type.element.kind === "base" && /^(?:byte|uint8|char)$/.test(type.element.base)
  );
}

/** What the types of [MS-DTYP] mean. */
export const byType: Reader = ({ name, type }) => {
  if (type.kind === "struct") return ofStruct(type);
  if (type.kind === "native") return type.native === "GUID" ? NAMED_GUID : null;
  if (type.kind === "base") return BY_NAME.get(type.name ?? "") ?? null;
  return isBytes(type) && DESCRIPTOR_NAME.test(name) ? DESCRIPTOR : null;
};
