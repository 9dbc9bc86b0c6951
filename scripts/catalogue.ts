/**
 * Writes the catalogue of known interfaces, dissectors/idl/generated/: `npm run catalogue -- IDL_DIR [--names interfaces.tsv]`.
 * IDL_DIR holds the IDL of specifications, one file each. The list, in which other sources say what interfaces and methods
 * there are, adds names and aliases; what it says otherwise is printed. See docs/catalogue.md.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shippedFiles } from "#shipped";
import { openCatalogue } from "../dissectors/idl/catalogue.js";
import { type IdlFile, readIdl } from "../dissectors/idl/reader.js";
import type { Interface, Library, Method, NdrType } from "../dissectors/ndr/types.js";
import { differences } from "./catalogue/differences.js";
import { readListed, SECOND_UUIDS } from "./catalogue/sources.js";
import { writeLayout } from "./catalogue/write-layout.js";
import { type Described, writeNames } from "./catalogue/write-names.js";

const OUT = "dissectors/idl/generated";

const args = process.argv.slice(2);
const list = args.indexOf("--names");
const listFile = list < 0 ? null : args.splice(list, 2)[1]!;
const [folder] = args;
if (folder === undefined) {
  console.error("usage: npm run catalogue -- IDL_DIR [--names interfaces.tsv]");
  process.exit(1);
}

const read = (name: string): IdlFile => ({ name, text: readFileSync(join(folder, name), "utf8") });
const files = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".idl"))
    .sort()
    .map((name) => [name.toLowerCase(), read(name)] as const),
);
const shipped = shippedFiles(".");
const byHand = readIdl(
  [...shipped, ...shippedFiles("automation"), ...shippedFiles("datagrams")],
  () => null,
).library;
const foundation = readIdl(shipped, () => null).library;
const foundationTypes = new Set(foundation.types.keys());
const handWritten = new Set(byHand.interfaces.map((i) => i.uuid));

rmSync(join(OUT, "layouts"), { recursive: true, force: true });
mkdirSync(join(OUT, "layouts"), { recursive: true });
const described: Described[] = [];
let total = 0;
for (const file of files.values()) {
  const specification = file.name.replace(/\.idl$/, "");
  // As the shipped file of this name describes it.
  if (shipped.some((one) => one.name === file.name.toLowerCase())) continue;
  const { library, problems } = readIdl([...shipped, file], (name) => files.get(name.toLowerCase()) ?? null);
  for (const p of problems.filter((p) => p.file === file.name && p.severity === "error")) {
    console.error(`${p.file}:${p.line}:${p.column}: ${p.message}`);
  }
  const interfaces = library.interfaces
    .filter((iface) => iface.file === file.name && !handWritten.has(iface.uuid))
    .map((iface) => ({ iface, own: ownMethods(iface, library) }));
  for (const { iface, own } of [...interfaces]) {
    const second = SECOND_UUIDS[iface.uuid];
    if (second !== undefined) interfaces.push({ iface: { ...iface, uuid: second }, own });
  }
  const types = new Map([...library.types].filter(([name]) => !foundationTypes.has(name)));
  const shared = new Map([...library.types].filter(([name]) => foundationTypes.has(name)));
  const text = writeLayout({ interfaces, types: declaredIn(file, types) }, shared);
  writeFileSync(join(OUT, "layouts", `${specification}.json`), text);
  total += text.length;
  described.push({ specification, interfaces });
}
const listed = readListed(listFile === null ? "" : readFileSync(listFile, "utf8"));
const names = writeNames(described, listed, byHand);
writeFileSync(join(OUT, "names.txt"), names);

const catalogue = openCatalogue(
  { names: () => names, layout: (name) => readFileSync(join(OUT, "layouts", `${name}.json`), "utf8") },
  { types: foundation.types, named: (name) => foundation.interfaces.find((i) => i.name === name) ?? null },
);
const { explained, unexplained } = differences(
  (uuid) => [...byHand.interfaces.filter((i) => i.uuid === uuid), ...catalogue.find(uuid)],
  listed,
);
for (const [reason, count] of explained) console.log(`${count} differ: ${reason}`);
for (const line of unexplained) console.log(`unexplained: ${line}`);
console.log(`${described.length} specifications: ${total} bytes of layouts, ${names.length} of names`);

function ownMethods(iface: Interface, { interfaces }: Library): Method[] {
  const base = interfaces.find((i) => i.name === iface.base && i.file === iface.file);
  const from = base ?? interfaces.find((i) => i.name === iface.base);
  return iface.methods.flatMap((m) => (m && from?.methods[m.opnum] !== m ? [m] : []));
}

/** Types that the file's own text names: what it imports is in the files of others. */
function declaredIn(file: IdlFile, types: ReadonlyMap<string, NdrType>): ReadonlyMap<string, NdrType> {
  const words = new Set(file.text.match(/\w+/g));
  return new Map([...types].filter(([name]) => words.has(name)));
}
