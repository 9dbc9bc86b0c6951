// What files for a browser carry beside code: the shipped interface descriptions (`#shipped` in package.json), and tables that
// are generated as long texts. They are compressed in groups, and a group is opened when something of it is first asked for
// (src/shipped/packed.ts).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { transformSync } from "esbuild";
import { writeLzma } from "./lzma.mjs";

/** Below dissectors/idl. */
export const IDL_FOLDERS = [".", "automation", "datagrams"];
const GENERATED = "dissectors/idl/generated";
/** Generated modules that export nothing but long texts. */
const TABLES = ["dissectors/wire/generated/status-data.ts", "dissectors/drsr/generated/attribute-data.ts"];
/** Layouts are packed in groups of so many characters: each by itself would be a third larger. */
const GROUP = 1_000_000;

const OUT = "dist/generated";
const UNPACK = "src/shipped/packed.ts";
/** Exports PACKED: groups of texts. */
const PACKED = `${OUT}/packed.js`;

/** How layouts and tables are spelled where they are packed. */
const LAYOUT_SPELLING = "src/shipped/layout-spelling.ts";
const TABLE_SPELLING = "src/shipped/table-spelling.ts";
const { shortLayout } = await sourceOf(LAYOUT_SPELLING);
const { shortTable } = await sourceOf(TABLE_SPELLING);

/** A module that nothing has compiled yet. */
function sourceOf(path) {
  const { code } = transformSync(readFileSync(path, "utf8"), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** As text, for `unpack`. */
export function pack(bytes) {
  return writeLzma(Buffer.from(bytes)).toString("base64");
}

/** For `openTexts`: layouts name what the first group names. */
function packTexts(texts, index, groups) {
  const joined = (group) => Buffer.from(group.map(({ text }) => text).join("\0"));
  const packed = writeLzma(joined(texts), index === 0 ? undefined : joined(groups[0]));
  return { names: texts.map(({ name }) => name), packed: packed.toString("base64") };
}

/** The texts that a generated module exports, by names that say of which it is. */
function textsOf(path) {
  const found = readFileSync(path, "utf8").matchAll(/^export const (\w+) = `([^`\\$]*)`;$/gm);
  return [...found].map(([, exported, text]) => ({
    exported,
    name: `${basename(path, ".ts")} ${exported}`,
    text: shortTable(text),
  }));
}

function layoutGroups() {
  const groups = [];
  let room = 0;
  for (const file of readdirSync(`${GENERATED}/layouts`).sort()) {
    const text = shortLayout(readFileSync(`${GENERATED}/layouts/${file}`, "utf8"));
    if (room < text.length) {
      groups.push([]);
      room = GROUP;
    }
    groups.at(-1).push({ name: `layout ${basename(file, ".json")}`, text });
    room -= text.length;
  }
  return groups;
}

let made = null;

/** All that is carried packed, in groups: first what every run asks for. */
export function packedData() {
  if (made !== null) return made;
  const descriptions = IDL_FOLDERS.map((folder) => {
    const path = `dissectors/idl/${folder}`;
    const names = readdirSync(path).filter((name) => name.endsWith(".idl"));
    const files = names.sort().map((name) => ({ name, text: readFileSync(`${path}/${name}`, "utf8") }));
    return { name: `idl ${folder}`, text: JSON.stringify(files) };
  });
  const names = { name: "names", text: readFileSync(`${GENERATED}/names.txt`, "utf8") };
  made = [[...descriptions, names], ...TABLES.map(textsOf), ...layoutGroups()].map(packTexts);
  return made;
}

export function writeShipped() {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(
    PACKED,
    `import { openTexts } from "../../${UNPACK}";
const PACKED = ${JSON.stringify(packedData())};
export const text = openTexts(PACKED);
`,
  );
  writeFileSync(
    `${OUT}/shipped.js`,
    `// Made by scripts/shipped.mjs from dissectors/idl.
import { longLayout } from "../../${LAYOUT_SPELLING}";
import { text } from "./packed.js";
const read = {};
export const shippedFiles = (folder) => (read[folder] ??= JSON.parse(text("idl " + folder)));
export const shippedSyntax = () => null;
export const shippedNames = () => text("names");
export const shippedLayout = (specification) => longLayout(text("layout " + specification));
export const keepShipped = () => {};
`,
  );
}

/** For esbuild: tables are taken from what is packed. Where `outside` names a variable, that holds what is packed. */
export function packedTables(outside = null) {
  return {
    name: "packed tables",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
        const own = relative(process.cwd(), resolve(resolveDir, path)).replaceAll("\\", "/");
        const table = own.replace(/\.js$/, ".ts");
        return TABLES.includes(table) ? { path: table, namespace: "packed-table" } : undefined;
      });
      // An object with getters, which are called where an export is used.
      onLoad({ filter: /./, namespace: "packed-table" }, ({ path }) => {
        const getters = textsOf(path).map(
          ({ exported, name }) => `get ${exported}() { return longTable(text(${JSON.stringify(name)})); }`,
        );
        return {
          resolveDir: process.cwd(),
          contents: `const { longTable } = require("./${TABLE_SPELLING}");
            const { text } = require("./${PACKED}");
            module.exports = { ${getters.join(",\n")} };`,
        };
      });
      onLoad({ filter: /[\\/]packed\.js$/ }, ({ path }) =>
        outside !== null && path === resolve(PACKED)
          ? {
              contents: `import { openTexts } from "../../${UNPACK}"; export const text = openTexts(${outside});`,
            }
          : undefined,
      );
    },
  };
}
