// What files for a browser carry beside code: the shipped interface descriptions (`#shipped` in package.json), and tables that
// are generated as long texts. Each piece is compressed by itself, and opened when it is first asked for
// (src/shipped/packed.ts).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { deflateRawSync } from "node:zlib";

/** Below dissectors/idl. */
export const IDL_FOLDERS = [".", "automation", "datagrams"];
const GENERATED = "dissectors/idl/generated";
/** Generated modules that export nothing but long texts. */
const TABLES = ["dissectors/wire/generated/status-data.ts", "dissectors/drsr/generated/attribute-data.ts"];

const OUT = "dist/generated";
const UNPACK = "src/shipped/packed.ts";
/** Exports PACKED: what is carried, by kind and name. */
const PACKED = `${OUT}/packed.js`;

/** As text, for `unpack`. */
export function pack(bytes) {
  return deflateRawSync(bytes, { level: 9 }).toString("base64");
}

/** The texts that a generated module exports. */
function textsOf(path) {
  const found = readFileSync(path, "utf8").matchAll(/^export const (\w+) = `([^`\\$]*)`;$/gm);
  return Object.fromEntries([...found].map(([, name, text]) => [name, text]));
}

/** All that is carried packed, by kind and name. */
export function packedData() {
  const data = { idl: {}, names: {}, layouts: {}, tables: {} };
  for (const folder of IDL_FOLDERS) {
    const path = `dissectors/idl/${folder}`;
    const names = readdirSync(path).filter((name) => name.endsWith(".idl"));
    const files = names.sort().map((name) => ({ name, text: readFileSync(`${path}/${name}`, "utf8") }));
    data.idl[folder] = pack(JSON.stringify(files));
  }
  data.names.all = pack(readFileSync(`${GENERATED}/names.txt`));
  for (const name of readdirSync(`${GENERATED}/layouts`).sort()) {
    data.layouts[basename(name, ".json")] = pack(readFileSync(`${GENERATED}/layouts/${name}`));
  }
  for (const path of TABLES) {
    for (const [name, text] of Object.entries(textsOf(path))) data.tables[name] = pack(text);
  }
  return data;
}

export function writeShipped() {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(PACKED, `export const PACKED = ${JSON.stringify(packedData())};\n`);
  writeFileSync(
    `${OUT}/shipped.js`,
    `// Made by scripts/shipped.mjs from dissectors/idl.
import { unpackText } from "../../${UNPACK}";
import { PACKED } from "./packed.js";
const read = {};
export const shippedFiles = (folder) => (read[folder] ??= JSON.parse(unpackText(PACKED.idl[folder])));
export const shippedNames = () => unpackText(PACKED.names.all);
export const shippedLayout = (specification) => unpackText(PACKED.layouts[specification]);
export const keepShipped = () => {};
`,
  );
}

/** For esbuild: tables are taken from what is packed. Where `outside` names a variable, that holds what is packed. */
export function packedTables(outside = null) {
  return {
    name: "packed tables",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /-data\.js$/ }, ({ path, resolveDir }) => {
        const own = relative(process.cwd(), resolve(resolveDir, path)).replaceAll("\\", "/");
        const table = own.replace(/\.js$/, ".ts");
        return TABLES.includes(table) ? { path: table, namespace: "packed-table" } : undefined;
      });
      // An object with getters, which are called where an export is used.
      onLoad({ filter: /./, namespace: "packed-table" }, ({ path }) => {
        const getters = Object.keys(textsOf(path)).map(
          (name) => `get ${name}() { return unpackText(PACKED.tables.${name}); }`,
        );
        return {
          resolveDir: process.cwd(),
          contents: `const { unpackText } = require("./${UNPACK}");
            const { PACKED } = require("./${PACKED}");
            module.exports = { ${getters.join(",\n")} };`,
        };
      });
      onLoad({ filter: /[\\/]packed\.js$/ }, ({ path }) =>
        outside !== null && path === resolve(PACKED)
          ? { contents: `export const PACKED = ${outside};` }
          : undefined,
      );
    },
  };
}
