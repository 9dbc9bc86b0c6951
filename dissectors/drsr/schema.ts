/** Names and syntaxes of the attributes and classes of Active Directory by their OIDs: [MS-ADA1] to [MS-ADA3], [MS-ADSC]. */
import { SCHEMA } from "./generated/attribute-data.js";

/** [MS-ADTS] 3.1.1.2.2.2: N of the attribute syntax 2.5.5.N. */
export const SYNTAX_DN = 1;
export const SYNTAX_OID = 2;
export const SYNTAX_PRINTABLE = 5;
export const SYNTAX_CASE_EXACT = 3;
export const SYNTAX_TELETEX = 4;
export const SYNTAX_NUMERIC = 6;
export const SYNTAX_BOOLEAN = 8;
export const SYNTAX_INTEGER = 9;
export const SYNTAX_OCTETS = 10;
export const SYNTAX_TIME = 11;
export const SYNTAX_UNICODE = 12;
export const SYNTAX_SECURITY_DESCRIPTOR = 15;
export const SYNTAX_LARGE_INTEGER = 16;
export const SYNTAX_SID = 17;

export interface SchemaName {
  /** lDAPDisplayName. */
  name: string;
  /** Of an attribute; null for a class. */
  syntax: number | null;
}

let known: Map<string, SchemaName> | null = null;

/** The attribute or class of an OID, or null for one that Windows does not come with. */
export function schemaName(oid: string): SchemaName | null {
  known ??= parse();
  return known.get(oid) ?? null;
}

/** The table is taken apart when the first name is asked for. */
function parse(): Map<string, SchemaName> {
  const all = new Map<string, SchemaName>();
  let prefix = "";
  for (const line of SCHEMA.trim().split("\n")) {
    if (line.endsWith(":")) {
      prefix = line.slice(0, -1);
      continue;
    }
    const [last, name, syntax] = line.split(" ");
    all.set(`${prefix}.${last}`, { name: name!, syntax: syntax === undefined ? null : Number(syntax) });
  }
  return all;
}
