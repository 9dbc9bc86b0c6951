/**
 * [MS-DRSR]: which attributes were asked for and what came back, by their names: ATTRTYP resolved by the prefix table of the
 * message (5.16.4), blocks of attributes as objects, DSNAME as the text of a name.
 *
 * Not handled: compressed replies (DRS_MSG_GETCHGREPLY_V2, V7), whose bytes stay as they are.
 */

import { type Prefixes, PrefixTable } from "../drsr/prefix-table.js";
import type { Value } from "../ndr/decoded.js";
import { fromHex } from "../wire/bytes.js";
import { DRSUAPI } from "../wire/interface-uuids.js";
import { attributeName, attributeValue, distinguishedName } from "./directory-value.js";
import { type Around, isMembers, type Members, type Read, type Reader } from "./place.js";
import { readSid } from "./sid.js";

const STANDARD = new PrefixTable(null);
/** A message's table is made once. */
const tables = new WeakMap<Members, PrefixTable>();

/** The prefix table of the message that a value is in: PrefixTableSrc of replies, PrefixTableDest of requests. */
function tableOf({ side }: Around): PrefixTable {
  let table = tables.get(side);
  if (table === undefined) {
    table = findTable(side);
    tables.set(side, table);
  }
  return table;
}

function findTable(side: Members): PrefixTable {
  for (const message of Object.values(side)) {
    if (!isMembers(message)) continue;
    for (const version of Object.values(message)) {
      if (!isMembers(version)) continue;
      const { PrefixTableSrc, PrefixTableDest, PrefixTable: plain } = version;
      const found = prefixesOf(PrefixTableSrc ?? PrefixTableDest ?? plain);
      if (found !== null) return new PrefixTable(found);
    }
  }
  return STANDARD;
}

/** Bytes of schemaInfo (5.181), which a server adds as a last entry with an index that is another's. */
const SCHEMA_INFO = /^ff[0-9a-f]{40}$/;

/** SCHEMA_PREFIX_TABLE (5.180) as it was decoded; null where there is none, or an empty one. */
function prefixesOf(value: Value | undefined): Prefixes | null {
  if (!isMembers(value) || !Array.isArray(value.pPrefixEntry)) return null;
  const prefixes = new Map<number, Uint8Array>();
  for (const entry of value.pPrefixEntry) {
    if (!isMembers(entry) || typeof entry.ndx !== "number" || !isMembers(entry.prefix)) continue;
    const { elements } = entry.prefix;
    if (typeof elements !== "string" || SCHEMA_INFO.test(elements)) continue;
    prefixes.set(entry.ndx, fromHex(elements));
  }
  return prefixes.size === 0 ? null : prefixes;
}

const ATTRIBUTE: Read = (value, around) =>
  typeof value === "number" ? attributeName(value, tableOf(around)) : null;

/** PARTIAL_ATTR_VECTOR_V1_EXT (5.147): what is asked for, in one text. */
const ASKED: Read = (value, around) => {
  if (!isMembers(value) || !Array.isArray(value.rgPartialAttr)) return null;
  const table = tableOf(around);
  const names = value.rgPartialAttr.map((one) => (typeof one === "number" ? attributeName(one, table) : "?"));
  return names.join(", ");
};

/** ATTRBLOCK (5.10): an object's attributes by their names; several values as a list. */
const ATTRIBUTES: Read = (value, around) => {
  if (!isMembers(value) || !Array.isArray(value.pAttr)) return null;
  const table = tableOf(around);
  const shown: Members = {};
  for (const attribute of value.pAttr) {
    if (!isMembers(attribute) || typeof attribute.attrTyp !== "number") continue;
    const { attrTyp } = attribute;
    const values = valuesOf(attribute.AttrVal).map((digits) =>
      attributeValue(attrTyp, digits, table, around.lone ?? null, around.bytes),
    );
    shown[attributeName(attrTyp, table)] = values.length === 1 ? values[0]! : values;
  }
  return shown;
};

/** ATTRVALBLOCK (5.17): the bytes of each value in hex. */
function valuesOf(block: Value | undefined): string[] {
  if (!isMembers(block) || !Array.isArray(block.pAVal)) return [];
  return block.pAVal.flatMap((one) => (isMembers(one) ? bytesOf(one) : []));
}

/** ATTRVAL (5.16). A value without bytes is one. */
function bytesOf({ pVal, valLen }: Members): string[] {
  if (typeof pVal === "string") return [pVal];
  return valLen === 0 ? [""] : [];
}

/** A single value beside its attribute: REPLVALINF_V1 (5.167). */
const ONE_VALUE: Read = (value, around) => {
  const { attrTyp } = around.members;
  if (!isMembers(value) || typeof attrTyp !== "number") return null;
  const [digits] = bytesOf(value);
  return digits === undefined
    ? null
    : attributeValue(attrTyp, digits, tableOf(around), around.lone ?? null, around.bytes);
};

/** DSNAME (5.50). */
const NAME: Read = (value, around) => {
  if (!isMembers(value) || typeof value.Guid !== "string") return null;
  const { Guid, StringName, SidLen, Sid } = value;
  const digits = isMembers(Sid) && typeof Sid.Data === "string" && SidLen !== 0 ? Sid.Data : null;
  const sid = digits === null ? null : readSid(around.bytes(digits, "SidLen"));
  const text = distinguishedName(Guid, sid, typeof StringName === "string" ? StringName : "");
  return text === "" ? null : text;
};

/** SCHEMA_PREFIX_TABLE (5.180) itself: the OID behind each index, where it is not the one that every table has there. */
const PREFIXES: Read = (value) => {
  const prefixes = prefixesOf(value);
  if (prefixes === null) return null;
  const table = new PrefixTable(prefixes);
  const own = table.indexes().filter((index) => {
    const prefix = table.prefix(index);
    return prefix === null || prefix !== STANDARD.prefix(index);
  });
  const shown = own.length < prefixes.size ? ["standard"] : [];
  for (const index of own) shown.push(`${index}=${table.prefix(index) ?? "?"}`);
  return shown.join(" ");
};

const BY_TYPE: ReadonlyMap<string, Read> = new Map([
  ["ATTRTYP", ATTRIBUTE],
  ["PARTIAL_ATTR_VECTOR_V1_EXT", ASKED],
  ["ATTRBLOCK", ATTRIBUTES],
  ["DSNAME", NAME],
  ["SCHEMA_PREFIX_TABLE", PREFIXES],
]);

/** What replication names by numbers. */
export const replication: Reader = ({ interface: uuid, owner, name, type }) => {
  if (uuid !== DRSUAPI) return null;
  if (name === "Aval" && owner.startsWith("REPLVALINF")) return ONE_VALUE;
  return "name" in type ? (BY_TYPE.get(type.name ?? "") ?? null) : null;
};
