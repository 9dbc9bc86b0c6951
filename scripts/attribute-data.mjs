// Writes dissectors/drsr/generated/attribute-data.ts from the schema of Active Directory, [MS-ADA1] to [MS-ADA3] and [MS-ADSC].
// Usage: node scripts/attribute-data.mjs FILE.ldf …
// The files are LDIF, as the specifications' publisher offers the schema and its later updates; text around it is passed over.
// Identifiers, LDAP names and syntaxes only.
import { readFileSync, writeFileSync } from "node:fs";

const sources = process.argv.slice(2);
if (sources.length === 0) {
  console.error("usage: node scripts/attribute-data.mjs FILE.ldf ...");
  process.exit(1);
}

/** By OID: name and syntax, the last digits of 2.5.5.N; classes have none. */
const known = new Map();
for (const source of sources) {
  const text = readFileSync(source, "latin1").replaceAll("\r", "");
  for (const entry of text.split(/\n(?:[+ ]?\s*)?(?=\n|$|dn:)/i)) {
    const field = (name) => entry.match(new RegExp(`^[+ ]?${name}: *(\\S+)`, "im"))?.[1];
    const name = field("lDAPDisplayName");
    const attribute = field("attributeID");
    const oid = attribute ?? field("governsID");
    if (name === undefined || oid === undefined || !/^\d+(\.\d+)+$/.test(oid)) continue;
    const syntax = attribute === undefined ? "" : (field("attributeSyntax") ?? "2.5.5.10").split(".").at(-1);
    if (!known.has(oid)) known.set(oid, `${name}${syntax === "" ? "" : ` ${syntax}`}`);
  }
}

const byPrefix = new Map();
for (const [oid, row] of known) {
  const at = oid.lastIndexOf(".");
  const prefix = oid.slice(0, at);
  if (!byPrefix.has(prefix)) byPrefix.set(prefix, []);
  byPrefix.get(prefix).push([Number(oid.slice(at + 1)), row]);
}

let output = `// Made by scripts/attribute-data.mjs from [MS-ADA1], [MS-ADA2], [MS-ADA3] and [MS-ADSC]; do not edit.
// A line that ends in a colon gives the OID but for its last number; the others are the last number, the LDAP display name and,
// of attributes, the last number of the syntax (2.5.5.N).

export const SCHEMA = \`
`;
for (const [prefix, rows] of [...byPrefix].sort(([a], [b]) => (a < b ? -1 : 1))) {
  rows.sort((a, b) => a[0] - b[0]);
  output += `${prefix}:\n${rows.map(([last, row]) => `${last} ${row}`).join("\n")}\n`;
}
output += "`;\n";
writeFileSync(new URL("../dissectors/drsr/generated/attribute-data.ts", import.meta.url), output);
console.error(`${known.size} attributes and classes`);
