/**
 * Security descriptors as SDDL. [MS-DTYP] 2.4.6 (self-relative bytes), 2.4.4 ACEs, 2.4.5 ACL, 2.5.1 the language. Written as Windows
 * writes it: rights by the names for whole sets, else by letters, else as a number; SIDs by the aliases that stand for one SID
 * everywhere. Aliases of a domain's groups (`DA`) are not used: which domain is meant cannot be read back.
 *
 * Not handled: CLAIM_SECURITY_ATTRIBUTE values of more than one representation; types of ACE that SDDL has no letters for are
 * written by number, with what follows their header as hex.
 */

import { malformed } from "../wire/errors.js";
import { hex, NIL_GUID, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { conditionText, isCondition } from "./conditions.js";
import { attributeText } from "./resource-attribute.js";
import { sddlSid } from "./sddl-sids.js";
import { readSid } from "./sid.js";

const HEADER = 20;
const SELF_RELATIVE = 0x8000;

/** Which bits of Control are of which list: present, protected, required, inherited. */
const DACL = { letter: "D", present: 0x0004, protected: 0x1000, required: 0x0100, inherited: 0x0400 };
const SACL = { letter: "S", present: 0x0010, protected: 0x2000, required: 0x0200, inherited: 0x0800 };

/** [MS-DTYP] 2.4.4.1: letters of the types, and what each looks like. */
const TYPES: ReadonlyMap<number, { letters: string; object: boolean }> = new Map([
  [0x00, { letters: "A", object: false }],
  [0x01, { letters: "D", object: false }],
  [0x02, { letters: "AU", object: false }],
  [0x03, { letters: "AL", object: false }],
  [0x05, { letters: "OA", object: true }],
  [0x06, { letters: "OD", object: true }],
  [0x07, { letters: "OU", object: true }],
  [0x08, { letters: "OL", object: true }],
  [0x09, { letters: "XA", object: false }],
  [0x0a, { letters: "XD", object: false }],
  [0x0b, { letters: "ZA", object: true }],
  [0x0d, { letters: "XU", object: false }],
  [0x11, { letters: "ML", object: false }],
  [0x12, { letters: "RA", object: false }],
  [0x13, { letters: "SP", object: false }],
]);
const MANDATORY_LABEL = 0x11;
const RESOURCE_ATTRIBUTE = 0x12;

type Letters = readonly (readonly [string, number])[];

/** [MS-DTYP] 2.4.4.1 AceFlags, in the order in which Windows writes them. */
const FLAGS: Letters = [
  ["OI", 0x01],
  ["CI", 0x02],
  ["NP", 0x04],
  ["IO", 0x08],
  ["ID", 0x10],
  ["SA", 0x40],
  ["FA", 0x80],
];
const RIGHTS: Letters = [
  ["CC", 0x1],
  ["DC", 0x2],
  ["LC", 0x4],
  ["SW", 0x8],
  ["RP", 0x10],
  ["WP", 0x20],
  ["DT", 0x40],
  ["LO", 0x80],
  ["CR", 0x100],
  ["SD", 0x10000],
  ["RC", 0x20000],
  ["WD", 0x40000],
  ["WO", 0x80000],
  ["GA", 0x10000000],
  ["GX", 0x20000000],
  ["GW", 0x40000000],
  ["GR", 0x80000000],
];
/** Whole sets, of files and of registry keys. */
const SETS: ReadonlyMap<number, string> = new Map([
  [0x1f01ff, "FA"],
  [0x120089, "FR"],
  [0x120116, "FW"],
  [0x1200a0, "FX"],
  [0xf003f, "KA"],
  [0x20019, "KR"],
  [0x20006, "KW"],
]);
/** [MS-DTYP] 2.4.4.13 */
const LABEL_RIGHTS: Letters = [
  ["NW", 0x1],
  ["NR", 0x2],
  ["NX", 0x4],
];

/** [MS-DTYP] 2.4.6. */
const CONTROL = flagsOf([
  [0x0001, "OD"],
  [0x0002, "GD"],
  [0x0004, "DP"],
  [0x0008, "DD"],
  [0x0010, "SP"],
  [0x0020, "SD"],
  [0x0040, "DT"],
  [0x0080, "SS"],
  [0x0100, "DC"],
  [0x0200, "SC"],
  [0x0400, "DI"],
  [0x0800, "SI"],
  [0x1000, "PD"],
  [0x2000, "PS"],
  [0x4000, "RM"],
  [0x8000, "SR"],
]);
/** [MS-DTYP] 2.4.4.1. */
const ACE_FLAGS = flagsOf([
  [0x01, "OBJECT_INHERIT_ACE"],
  [0x02, "CONTAINER_INHERIT_ACE"],
  [0x04, "NO_PROPAGATE_INHERIT_ACE"],
  [0x08, "INHERIT_ONLY_ACE"],
  [0x10, "INHERITED_ACE"],
  [0x40, "SUCCESSFUL_ACCESS_ACE_FLAG"],
  [0x80, "FAILED_ACCESS_ACE_FLAG"],
]);
const OBJECT_FLAGS = flagsOf([
  [0x1, "ACE_OBJECT_TYPE_PRESENT"],
  [0x2, "ACE_INHERITED_OBJECT_TYPE_PRESENT"],
]);

function aceTypeText(type: number): string {
  return TYPES.get(type)?.letters ?? number(type);
}

function maskText(mask: number): string {
  return SETS.get(mask >>> 0) ?? lettersOf(mask, RIGHTS) ?? number(mask);
}

/** The letters of all bits that are set; null where one has none. */
function lettersOf(bits: number, letters: Letters): string | null {
  let text = "";
  let rest = bits >>> 0;
  for (const [letter, bit] of letters) {
    if ((rest & bit) === 0) continue;
    text += letter;
    rest = (rest & ~bit) >>> 0;
  }
  return rest === 0 ? text : null;
}

function number(n: number): string {
  return `0x${(n >>> 0).toString(16)}`;
}

function rightsText(mask: number, type: number): string {
  if (type === MANDATORY_LABEL) return lettersOf(mask, LABEL_RIGHTS) ?? number(mask);
  return maskText(mask);
}

/** The self-relative security descriptor that fills the window. Throws WireError where it is none. */
export function sddlOf(r: Reader): string {
  r.need(HEADER);
  const revision = r.u8("Revision");
  r.u8("Sbz1");
  const control = r.u16("Control", CONTROL);
  if (revision !== 1 || (control & SELF_RELATIVE) === 0) {
    throw malformed(`a security descriptor of revision ${revision} with control ${number(control)}`);
  }
  const owner = r.u32("OffsetOwner");
  const group = r.u32("OffsetGroup");
  const sacl = r.u32("OffsetSacl");
  const dacl = r.u32("OffsetDacl");
  let text = "";
  if (owner !== 0) text += `O:${sddlSid(sidAt(r, owner, "OwnerSid"))}`;
  if (group !== 0) text += `G:${sddlSid(sidAt(r, group, "GroupSid"))}`;
  text += aclText(r, dacl, control, DACL);
  return text + aclText(r, sacl, control, SACL);
}

function at(r: Reader, offset: number): Reader {
  const size = r.end - r.origin;
  if (offset < HEADER || offset >= size) {
    throw malformed(`an offset of ${offset} within ${size} bytes`, 0, "SECURITY_DESCRIPTOR");
  }
  return r.over(r.origin + offset, r.end, "SECURITY_DESCRIPTOR");
}

function sidAt(r: Reader, offset: number, field: string): string {
  return at(r, offset).part(field, readSid, null);
}

/** [MS-DTYP] 2.4.5. A list that is present and null lets everybody in. */
function aclText(r: Reader, offset: number, control: number, list: typeof DACL): string {
  if ((control & list.present) === 0) return "";
  let text = `${list.letter}:`;
  if ((control & list.protected) !== 0) text += "P";
  if ((control & list.required) !== 0) text += "AR";
  if ((control & list.inherited) !== 0) text += "AI";
  if (offset === 0) return `${text}NO_ACCESS_CONTROL`;
  return text + at(r, offset).part(list === DACL ? "Dacl" : "Sacl", acesText, null);
}

/** The header of a list and its entries. */
function acesText(head: Reader): string {
  const start = head.offset;
  head.u8("AclRevision");
  head.u8("Sbz1");
  const size = head.u16("AclSize");
  const count = head.u16("AceCount");
  // Where the bytes end before it, an empty list needs no more of its header.
  if (head.left >= 2) head.u16("Sbz2");
  const first = Math.min(start + ACL_HEADER, head.end);
  const r = head.over(first, Math.max(first, Math.min(start + size, head.end)), "AclSize");
  let text = "";
  for (let i = 0; i < count; i++) {
    r.enter("ACE", i);
    text += aceText(r);
    r.leave();
  }
  return text;
}

const ACL_HEADER = 8;

/** [MS-DTYP] 2.4.4 */
function aceText(list: Reader): string {
  const start = list.offset;
  const type = list.u8("AceType", aceTypeText);
  const flags = list.u8("AceFlags", ACE_FLAGS);
  const size = list.u16("AceSize");
  list.offset = start;
  list.need(Math.max(size, 4));
  list.offset = start + Math.max(size, 4);
  const r = list.over(start + 4, list.offset, "AceSize");
  const shape = TYPES.get(type);
  const flagText = lettersOf(flags, FLAGS) ?? number(flags);
  if (shape === undefined) return `(${number(type)};${flagText};${hex(r.bytes(r.left, "data"))})`;
  const mask = r.u32("Mask", maskText);
  let object = "";
  let inherited = "";
  if (shape.object) {
    const present = r.u32("Flags", OBJECT_FLAGS);
    if ((present & 1) !== 0) object = guidText(r, "ObjectType");
    if ((present & 2) !== 0) inherited = guidText(r, "InheritedObjectType");
  }
  const sid = sddlSid(r.part("Sid", readSid, null));
  const rights = mask === 0 ? "" : rightsText(mask, type);
  return `(${shape.letters};${flagText};${rights};${object};${inherited};${sid}${appended(type, r)})`;
}

function guidText(r: Reader, field: string): string {
  const guid = readGuid(r, field);
  return guid === NIL_GUID ? "" : guid;
}

/** What a callback's ACE says when it holds, and what a resource's attribute is. */
function appended(type: number, r: Reader): string {
  const data = r.fork();
  data.skip(data.left, "ApplicationData");
  if (type === RESOURCE_ATTRIBUTE) return `;${attributeText(r)}`;
  return isCondition(r) ? `;(${conditionText(r)})` : "";
}
