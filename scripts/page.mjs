/**
 * Makes dist/raiscope.html: the page in one file, which needs nothing beside it and may not load anything.
 *
 * What runs stands in one `<style>` and one `<script>`, which unpacks the page's own and its worker's (src/page/boot.ts); the page's
 * content security policy names the hashes of all that runs. All else are blocks that nothing executes
 * (src/page/built-in.ts reads them): what the worker knows, packed (shipped.mjs), captures to try, and what
 * `raiscope view` gives to open.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { BROWSER, browserBundle } from "./browser.mjs";
import { pack, packedData, writeShipped } from "./shipped.mjs";

const OUT = "dist/raiscope.html";
const CASE_OUT = "dist/report-template.html";
/** The variable that the worker's code finds what is packed in: src/page/built-in.ts declares it. */
const PACKED = "RAISCOPE_PACKED";

/** Captures to try, by what they show. */
const SAMPLES = [
  ["follow-up.pcapng", "An offer of help, and the Remote Desktop connection to the novice that followed."],
  ["pipes.pcapng", "An administrator, or an attacker: a file copied to a server and started as a service."],
];

/** virtual-core says more of itself where it is being developed. */
const JSX = {
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { ...BROWSER.define, "process.env.NODE_ENV": '"production"' },
};

/** One file as the page has it: short names, and no white space. */
function script(entry, options = {}) {
  return browserBundle({
    entryPoints: [entry],
    format: "iife",
    minify: true,
    legalComments: "none",
    ...options,
  });
}

async function style(path) {
  if (!existsSync(path)) return "";
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    write: false,
    logLevel: "silent",
    target: "es2022",
  });
  return outputFiles[0].text.trim();
}

/** For a policy. */
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** A block that nothing executes. What would end it early has no place in it. */
function block(type, id, text) {
  if (/<\/script|<!--/i.test(text)) throw new Error(`the block "${id}" would end early`);
  return `<script type="${type}" id="${id}">${text}</script>`;
}

/** The directives of the page's policy: nothing may be loaded, whatever a capture says. */
export function policy(scripts, css) {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(" ")}`,
    `style-src ${hashOf(css)}`,
    "worker-src blob:",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** The parts of the page, as text. */
export async function pageParts() {
  writeShipped();
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const worker = existsSync("src/worker/worker.ts")
    ? await script("src/worker/worker.ts", { packed: PACKED })
    : "";
  return {
    boot: await script("src/page/boot.ts"),
    code: await script("src/page/main.tsx", JSX),
    css: await style("src/page/style.css"),
    worker,
    packed: JSON.stringify(packedData()),
    samples: JSON.stringify(
      SAMPLES.map(([name, says]) => ({ name, says, packed: pack(readFileSync(`captures/${name}`)) })),
    ),
    version,
  };
}

/** For src/page/boot.ts. */
function joined(...texts) {
  if (texts.some((text) => text.includes("\0"))) throw new Error("what parts scripts stands in one of them");
  return texts.join("\0");
}

export function pageText({ boot, code, css, worker, packed, samples, version }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([boot, code], css)}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>raiscope</title>
<style>${css}</style>
</head>
<body>
<noscript>This page shows captures by a script that it brings along; scripts are switched off.</noscript>
${block("text/plain", "version", version)}
${block("application/json", "given", "null")}
${block("application/json", "samples", samples)}
${block("application/json", "packed", packed)}
${block("text/plain", "code", pack(joined(worker, code)))}
<script>${boot}</script>
</body>
</html>
`;
}

/**
 * The page of a case report without its data, which `raiscope report` puts in: src/report/html.ts knows the two marks. Style and
 * code are packed, since each report brings them along; a few lines unpack them, and the policy names the hashes of both.
 */
export async function caseTemplate() {
  const loader = await script("src/page/case/loader.ts");
  const code = await script("src/page/case/main.tsx", JSX);
  const css = await style("src/page/case/style.css");
  const directives = [
    "default-src 'none'",
    `script-src ${hashOf(loader)} ${hashOf(code)}`,
    `style-src ${hashOf(css)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const gzipped = (text) => gzipSync(text, { level: 9 }).toString("base64");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${directives.join("; ")}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>raiscope case report</title>
</head>
<body>
<noscript>This report shows itself by a script that it brings along; scripts are switched off. raiscope report --extract gives its call log.</noscript>
<!--raiscope-data-->
${block("text/plain", "raiscope-page-style", gzipped(css))}
${block("text/plain", "raiscope-page-script", gzipped(code))}
<script>${loader}</script>
</body>
</html>
`;
}

/** Writes the page and returns the sizes of its parts. */
export async function writePage(out = OUT) {
  const parts = await pageParts();
  const text = pageText(parts);
  mkdirSync("dist", { recursive: true });
  writeFileSync(out, text);
  const template = await caseTemplate();
  writeFileSync(CASE_OUT, template);
  return Object.entries({ ...parts, page: text, report: template }).map(([name, part]) => ({
    name,
    bytes: Buffer.byteLength(part),
    gzipped: gzipSync(part, { level: 9 }).length,
  }));
}

export function printSizes(sizes) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
  for (const { name, bytes, gzipped } of sizes) {
    console.log(`${name.padEnd(8)}${kilobytes(bytes)}${kilobytes(gzipped)} gzipped`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printSizes(await writePage());
