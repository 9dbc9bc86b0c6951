/**
 * Writes the pages of docs/ that follow from the sources: `npm run docs`. records.md from the JSON Schema of the call log,
 * limits.md from the named constants and what is said of them, ladder.svg from a golden. A test compares.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  items?: Schema;
  properties?: { readonly [key: string]: Schema };
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: { readonly [pattern: string]: Schema };
  description?: string;
  pattern?: string;
  minimum?: number;
  $defs?: { readonly [name: string]: Schema };
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text: string): string => `\`${text}\``;

/** A type as it stands in a table: alternatives by "or", definitions as links. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1)!;
    return `[${name}](#${name})`;
  }
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((v) => code(JSON.stringify(v))).join(", ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" or ");
  if (schema.type === "array")
    return `array of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
  return schema.type ?? "any value";
}

/** The object inside that has keys of its own: itself, one of its alternatives, or what an array holds. */
function membersOf(schema: Schema): Schema | null {
  if (schema.properties !== undefined) return schema;
  for (const one of schema.anyOf ?? schema.oneOf ?? []) {
    const found = one.$ref === undefined ? membersOf(one) : null;
    if (found !== null) return found;
  }
  return schema.items === undefined || schema.items.$ref !== undefined ? null : membersOf(schema.items);
}

function describe(schema: Schema): string {
  const inner = (schema.anyOf ?? []).map((one) => one.description).filter((d) => d !== undefined);
  return [schema.description, ...inner].filter((d) => d !== undefined).join("; ");
}

function rows(schema: Schema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const optional = schema.required?.includes(key) === false ? " (may be missing)" : "";
    const row = `| ${code(name)}${optional} | ${cell(typeOf(value))} | ${cell(describe(value))} |`;
    const inner = membersOf(value);
    const list = value.type === "array" || value.anyOf?.some((one) => one.type === "array") === true;
    return [row, ...(inner === null ? [] : rows(inner, `${name}${list ? "[]" : ""}.`))];
  });
}

export function recordsPage(): string {
  const schema = JSON.parse(readFileSync(join(ROOT, "src/output/raiscope.schema.json"), "utf8")) as Schema;
  const kinds = (schema.oneOf ?? []).map((one) => one.$ref?.split("/").at(-1) ?? "");
  const all = Object.entries(schema.$defs ?? {});
  const ordered = [
    ...kinds.flatMap((kind) => all.filter(([name]) => name === kind)),
    ...all.filter(([name]) => !kinds.includes(name)),
  ];
  const sections = ordered.map(([name, one]) => {
    const table = rows(one, "");
    const head = `## ${name}\n\n${one.description === undefined ? "" : `${one.description}.\n\n`}`;
    if (table.length > 0) return `${head}| key | type | what it says |\n|---|---|---|\n${table.join("\n")}\n`;
    const pattern = one.pattern === undefined ? "" : `, ${code(one.pattern)}`;
    return `${head}${typeOf(one)}${pattern}\n`;
  });
  return `# Records of the call log

<!-- Made by npm run docs from src/output/raiscope.schema.json; do not edit. -->

${schema.description ?? ""} Kinds of records: ${kinds.map((kind) => `[${kind}](#${kind})`).join(", ")}. Keys without
"may be missing" are always there; what is not known is null. The schema is exported as \`raiscope/schema\`.

Every record but the summary has an \`id\` made of what was on the wire and when: two captures of the same traffic give a call the same
\`id\`, whatever the files are called and whatever else is in them. An offer lists its calls in \`call_ids\`. \`community_id\` joins
records with the logs of Zeek, Suricata and Wireshark.

${sections.join("\n")}`;
}

/** What a limit is called. */
const LIMIT = /^(MAX_\w+|\w+_LIMIT|\w+_BYTES|\w+_AGE|\w+_SECONDS|\w+_WINDOW)$/;

interface Limit {
  name: string;
  value: string;
  says: string;
  file: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(ROOT, folder, name))
    .sort();
}

function limitsOf(path: string): Limit[] {
  const text = readFileSync(path, "utf8");
  const found = text.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = ([^;\n]+);/g,
  );
  return [...found].flatMap(([, comment, name, value]) => {
    if (!LIMIT.test(name!) || !/^[\d_ *<+()\-/xa-fA-F]+$|^[A-Z_\d */]+$/.test(value!)) return [];
    const says = comment!.replace(/\n\s*\*\s?/g, " ").trim();
    return [{ name: name!, value: value!, says, file: relative(ROOT, path) }];
  });
}

export function limitsPage(): string {
  const all = ["src", "dissectors"].flatMap(sources).flatMap(limitsOf);
  const folders = [...new Set(all.map((limit) => dirname(limit.file)))];
  const table = (folder: string): string =>
    all
      .filter((limit) => dirname(limit.file) === folder)
      .map((l) => `| ${code(l.name)} | ${code(l.value)} | ${cell(l.says)} |`)
      .join("\n");
  return `# Limits

<!-- Made by npm run docs from the named constants of src and dissectors; do not edit. -->

Every limit is a named constant. One that traffic reaches and by which something is lost reports itself as a [note](notes.md), and
costs the call, frame or connection it belongs to, never the run; limits on the user's own files are told on standard error. Everything
that traffic can fill draws on one budget besides, \`--max-memory\` (256 MiB): what was used longest ago is given up first, and a note
says what that was. The process as a whole takes at most 1.2 times as much and 100 MB. There is no note where nothing is lost: of
caches, of what views count instead of listing, and of how many frames a statement names as its evidence.

${folders.map((folder) => `## ${code(folder)}\n\n| constant | value | bounds |\n|---|---|---|\n${table(folder)}\n`).join("\n")}`;
}

/** The picture of the README: the first lines of a golden ladder, as a terminal shows them. */
export function picture(): string {
  const LINES = 33;
  const ROW = 17;
  const COLUMN = 7.85;
  const lines = readFileSync(join(ROOT, "test/golden/follow-up.pcapng.ladder.txt"), "utf8")
    .split("\n")
    .slice(0, LINES);
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * COLUMN) + 32;
  const escaped = (text: string): string =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0");
  const colour = (line: string, index: number): string => {
    if (index === 0) return "#ffffff";
    if (/warning/.test(line)) return "#e5c07b";
    if (/── (?!S_OK|ok).*▶/.test(line)) return "#61afef";
    return /◀/.test(line) ? (/E_|0x8/.test(line) ? "#e06c75" : "#98c379") : "#abb2bf";
  };
  const rows = lines.map((line, index) => {
    const bold = index === 0 ? ' font-weight="bold"' : "";
    const size =
      line === "" ? "" : ` textLength="${(line.length * COLUMN).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
    return `<text x="16" y="${24 + index * ROW}" fill="${colour(line, index)}"${bold}${size}>${escaped(line)}</text>`;
  });
  const height = LINES * ROW + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>raiscope --ladder: an offer of Remote Assistance as a sequence of calls</title>
<rect width="100%" height="100%" rx="8" fill="#21252b"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" style="white-space: pre" xml:space="preserve">
${rows.join("\n")}
</g>
</svg>
`;
}

/** Each generated page by its path. */
export const PAGES: { readonly [path: string]: () => string } = {
  "docs/records.md": recordsPage,
  "docs/limits.md": limitsPage,
  "docs/ladder.svg": picture,
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, make] of Object.entries(PAGES)) writeFileSync(join(ROOT, path), make());
}
