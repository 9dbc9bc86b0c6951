// Writes dissectors/wire/generated/status-data.ts from the tables of [MS-ERREF] 2.1.1, 2.2 and 2.3.1.
// Usage: node scripts/status-data.mjs MS-ERREF.md
// Codes and names only: what a code means is in status-messages.ts, in this project's words.
import { readFileSync, writeFileSync } from "node:fs";

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error("usage: node scripts/status-data.mjs MS-ERREF.md");
  process.exit(1);
}
const text = readFileSync(source, "utf8");

/** What the tables leave out or name otherwise than the SDK's headers and every tool. */
const OVERRIDES = {
  HRESULT: [
    [0x00000000, "S_OK"],
    [0x00000001, "S_FALSE"],
    [0x80070006, "E_HANDLE"],
  ],
};

const TABLES = [
  ["HRESULT", "### 2.1.1 HRESULT Values", "[MS-ERREF] 2.1.1 HRESULT values."],
  ["WIN32", "## 2.2 Win32 Error Codes", "[MS-ERREF] 2.2 Win32 error codes."],
  ["NTSTATUS", "### 2.3.1 NTSTATUS Values", "[MS-ERREF] 2.3.1 NTSTATUS values."],
];

let output = `// Made by scripts/status-data.mjs from [MS-ERREF]; do not edit.
// A line that ends in a colon gives the upper 16 bits of the codes that follow it; the others are the lower 16 bits
// and the name. Where the specification has two names for a code, the first is taken.
`;
for (const [name, heading, title] of TABLES) {
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`no section "${heading}"`);
  const end = text.indexOf("\n## ", start + heading.length);
  const section = text.slice(start, end).split("\n### 2.1.2")[0];
  const codes = new Map();
  for (const [, code, symbol] of section.matchAll(/^\| 0x([0-9A-Fa-f]{8}) (\w+) \|/gm)) {
    const value = Number.parseInt(code, 16);
    if (!codes.has(value)) codes.set(value, symbol);
  }
  for (const [value, symbol] of OVERRIDES[name] ?? []) codes.set(value, symbol);
  const lines = [];
  let high = -1;
  for (const [value, symbol] of [...codes].sort((a, b) => a[0] - b[0])) {
    if (value >>> 16 !== high) {
      high = value >>> 16;
      lines.push(`${high.toString(16)}:`);
    }
    lines.push(`${(value & 0xffff).toString(16)} ${symbol}`);
  }
  output += `\n/** ${title} */\nexport const ${name} = \`\n${lines.join("\n")}\n\`;\n`;
  console.error(`${name}: ${codes.size} codes`);
}
writeFileSync(new URL("../dissectors/wire/generated/status-data.ts", import.meta.url), output);
