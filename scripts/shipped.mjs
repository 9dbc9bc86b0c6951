// Writes the shipped interface descriptions as one module, for platforms without a disk: `#shipped` in package.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Below dissectors/idl. */
export const IDL_FOLDERS = [".", "automation", "datagrams"];
const GENERATED = "dissectors/idl/generated";

export function writeShipped() {
  const folders = {};
  for (const folder of IDL_FOLDERS) {
    const path = `dissectors/idl/${folder}`;
    const names = readdirSync(path).filter((name) => name.endsWith(".idl"));
    folders[folder] = names.sort().map((name) => ({ name, text: readFileSync(`${path}/${name}`, "utf8") }));
  }
  // In functions, which engines pass over until they are called.
  const later = (path) => `() => ${JSON.stringify(readFileSync(`${GENERATED}/${path}`, "utf8"))}`;
  const layouts = readdirSync(`${GENERATED}/layouts`)
    .sort()
    .map((name) => `${JSON.stringify(name.replace(".json", ""))}: ${later(`layouts/${name}`)}`);
  mkdirSync("dist/generated", { recursive: true });
  writeFileSync(
    "dist/generated/shipped.js",
    `// Made by scripts/shipped.mjs from dissectors/idl.
const FILES = ${JSON.stringify(folders, null, 1)};
export const shippedFiles = (folder) => FILES[folder];
export const shippedNames = ${later("names.txt")};
const LAYOUTS = {
${layouts.join(",\n")}
};
export const shippedLayout = (specification) => LAYOUTS[specification]();
export const keepShipped = () => {};
`,
  );
}
