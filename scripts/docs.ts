/**
 * Writes the pages of docs/ that follow from the sources: `npm run docs`. records.md from the JSON Schema of the call log,
 * limits.md from the named constants and what is said of them, ladder.svg from a golden. A test compares.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bindRules } from "../src/detect/rules/rule-book.js";
import { shippedRules } from "../src/detect/shipped-rules.js";
import { ASSOCIATION_FIELDS, CALL_FIELDS, OFFER_FIELDS } from "../src/detect/sources/derived.js";
import { RPC_FIREWALL_FIELDS } from "../src/detect/sources/rpc-firewall.js";
import { ALIASES, ZEEK_LOGS } from "../src/detect/sources/zeek.js";
import { DETECTION_LEVELS } from "../src/events.js";
import { WIRESHARK_NAMES } from "../src/fields/wireshark.js";

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
\`id\`, whatever the files are called and whatever else is in them. An offer lists its calls in \`call_ids\`, a finding in \`calls\`. \`community_id\` joins
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

/** What -e and -E understand, with the names of Wireshark's. */
function columnsPage(): string {
  const OF = {
    request: "request",
    response: "response, fault",
    bind: "bind",
    bind_ack: "bind_ack",
    handshake: "tokens",
  };
  const rows = WIRESHARK_NAMES.map(({ name, type, of, meaning, call, association, offer }) => {
    const kinds = Object.entries({ call, association, offer }).flatMap(([kind, get]) =>
      get === undefined ? [] : kind,
    );
    return `| ${code(name)} | ${type} | ${OF[of]} | ${kinds.join(", ")} | ${cell(meaning)} |`;
  });
  return `# Columns

<!-- Made by npm run docs from the names of src/fields; do not edit. -->

\`-T fields -e NAME …\` prints a line a record with the columns that are named, as tshark does; \`-T csv\` and \`-T tsv\` do so in files for
spreadsheets and scripts, and have the table's columns where \`-e\` names none. A name is a path of the call log ([records.md](records.md)) or
one of Wireshark's that records can fill, listed below. \`raiscope -G fields\` lists all of them with types and meanings, and needs no capture.

\`\`\`
raiscope -r capture.pcapng -T fields -E header=y -e frame.number -e ip.src -e dcerpc.cn_call_id -e method -e status
raiscope capture.pcapng -T csv -e ts -e client.address -e server.address -e auth.user -e method -o calls.csv
raiscope capture.pcapng -T csv --events detection -e rule.level -e rule.title -e sentence -e rule.techniques -o findings.csv
raiscope capture.pcapng -T tsv --events offer -e ts -e expert.user -e novice.name -e outcome
raiscope capture.pcapng -T fields -e request.szName -e readable.request.dwFlags -e notes.code
\`\`\`

Below \`request\`, \`response\`, \`readable\` and \`dispatch.arguments\` any name may stand. A list gives a value for each of its elements, also of
what is within them (\`contexts.name\`); \`[0]\` takes one. An object is written as JSON. What a record has not is empty. Where \`--events\` does
not say of which records there are rows, the columns do: of calls, or of those that have what is named where calls have none of it.

| -E | fields | csv | tsv |
|---|---|---|---|
| \`header=y|n\` | no | yes | yes |
| \`bom=y|n\` | no | no | no |
| \`separator=/t|/s|CHARACTER\` | tab | comma | - |
| \`occurrence=f|l|a\`: the first, the last or all values | all | all | all |
| \`aggregator=/s|CHARACTER\`: between values | comma | comma | comma |
| \`quote=d|s|n\` | none | - | - |
| \`escape=y|n\` | yes | - | - |

The table has what holds where \`-E\` says nothing. Several may be given at once: \`-E header=y,separator=;,quote=d\`. Of \`-T fields\`, tabs, line ends
and other control characters within values are written as \`\\t\`, \`\\n\`, \`\\x1b\`; where values are quoted, quotes within them are doubled. CSV is RFC 4180,
with lines that end in CRLF; a text that a spreadsheet would take for a formula (\`=\`, \`+\`, \`-\`, \`@\`, tab or carriage return in front) has a \`'\`
before it, a number has not. TSV is a line a record, in which \`\\t\`, \`\\n\`, \`\\r\` and \`\\\\\` stand for what would break it.

## Names of Wireshark's

A row is a call, an association or an offer, where tshark's is a frame. What both halves of a call have (frame, addresses, ports, header) is the
request's, in the frame that completes it, where tshark shows it as well; the response's where no request was captured. What only a response
has is the response's, which tshark shows in the response's frame. Of an association it is the first bind and its answer; what NTLM and
Kerberos say is told of every call that it is true of. Of a side in several PDUs the header is the first one's. tshark 4 says
\`dcerpc.request_in\` and \`dcerpc.response_in\` twice, and knows them only where it saw the bind.

| name | type | of | records | meaning |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

/** What rules may ask for, by log source. */
function ruleFieldsPage(): string {
  const derived = (rows: readonly { name: string; type: string; meaning: string }[]): string =>
    `| field | type | meaning |\n|---|---|---|\n${rows
      .map(({ name, type, meaning }) => `| ${code(name)} | ${type} | ${cell(meaning)} |`)
      .join("\n")}\n`;
  const logs = Object.entries(ZEEK_LOGS).map(
    ([service, { fields }]) => `| ${code(service)} | ${fields.map(code).join(", ")} |`,
  );
  const aliases = Object.entries(ALIASES).map(([alias, of]) => `${code(alias)} (${code(of)})`);
  const firewall = RPC_FIREWALL_FIELDS.map(([name, meaning]) => `| ${code(name)} | ${cell(meaning)} |`);
  return `# Fields of rules

<!-- Made by npm run docs from src/detect/sources; do not edit. -->

What Sigma rules may ask for, by log source; [findings.md](findings.md) says how rules are written and used.

## product: raiscope

\`service\` is \`call\`, \`offer\`, \`association\` or \`note\`. Fields are the paths of the record ([records.md](records.md)): \`method\`,
\`interface.uuid\`, \`request.lpServiceName\`, \`readable.request.pInfo.Level1.dwType\`. A path through a list stands for every element of it
(\`contexts.name\`), \`[0]\` for one. What is null or empty is absent. Beside them there are fields that say what two others say together, or what the
run has shown before:

### service: call

${derived(CALL_FIELDS)}
### service: offer

${derived(OFFER_FIELDS)}
### service: association

${derived(ASSOCIATION_FIELDS)}
## product: zeek

Rows as [the export](exports.md) writes them, times and intervals as numbers of seconds. ${aliases.join(", ")} are understood as well. All logs but
\`dce_rpc\` are of what conversations did beside calls: it is watched where a rule asks for them, or for \`named_pipe\`.

| service | fields |
|---|---|
${logs.join("\n")}

## product: rpc_firewall

Calls as the RPC Firewall audits them on the server (category \`application\`). Calls without a request that was captured have none.

| field | meaning |
|---|---|
${firewall.join("\n")}
`;
}

/** The picture of the README: the first lines of the offer in a golden ladder, as a terminal shows them. */
export function picture(): string {
  const LINES = 33;
  const ROW = 17;
  const COLUMN = 7.85;
  const golden = readFileSync(join(ROOT, "test/golden/follow-up.pcapng.ladder.txt"), "utf8").split("\n");
  const offer = golden.findIndex((line) => line.startsWith("Offer 1"));
  const lines = golden.slice(offer, offer + LINES);
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

function rulesPage(): string {
  const { rules, correlations, silent } = bindRules([shippedRules()]);
  const all = [...rules, ...correlations.map(({ correlation }) => correlation)].filter(
    (one) => !silent.has(one),
  );
  const rows = DETECTION_LEVELS.toReversed().flatMap((level) => {
    const of = all.filter((one) => one.level === level).sort((a, b) => (a.file < b.file ? -1 : 1));
    const lines = of.map(({ file, title, tags, falsePositives }) => {
      const techniques = tags.flatMap((tag) => /^attack\.(t\d.*)$/.exec(tag)?.[1]?.toUpperCase() ?? []);
      return `| [${file.replace(/\.yml$/, "")}](../rules/${file}) | ${cell(title)} | ${techniques.join(", ")} | ${cell(falsePositives.join("; "))} |`;
    });
    return [`## ${level}`, "", "| rule | finds | ATT&CK | harmless |", "|---|---|---|---|", ...lines, ""];
  });
  return `# Shipped rules

<!-- Made by npm run docs from rules/*.yml; do not edit. -->

The ${all.length} rules that raiscope brings, as files of Sigma in \`rules/\`. Those that say so in their description go by interface and operation
number alone, so that they see encrypted calls as well; findings that rest on such calls are marked inferred. How findings are
made and read: [findings.md](findings.md).

${rows.join("\n")}`;
}

/** Each generated page by its path. */
export const PAGES: { readonly [path: string]: () => string } = {
  "docs/records.md": recordsPage,
  "docs/limits.md": limitsPage,
  "docs/columns.md": columnsPage,
  "docs/rule-fields.md": ruleFieldsPage,
  "docs/rules.md": rulesPage,
  "docs/ladder.svg": picture,
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, make] of Object.entries(PAGES)) writeFileSync(join(ROOT, path), make());
}
