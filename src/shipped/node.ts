/**
 * `#shipped` on Node: the interface descriptions that the package brings, read from disk when they are asked for. Elsewhere
 * one module that the build generates holds their text.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ShippedFile {
  name: string;
  text: string;
}

/** Those that every run reads; classes that scripts drive; interfaces that have but a name. */
export type ShippedFolder = "." | "automation" | "names";

/** Where they are, above these sources, above the compiled library, and above the program. */
const PLACES = ["dissectors/idl", "lib/dissectors/idl"];

let found: string | null = null;
const read = new Map<ShippedFolder, ShippedFile[]>();

function place(): string {
  for (let above = dirname(fileURLToPath(import.meta.url)); ; above = dirname(above)) {
    for (const name of PLACES) if (existsSync(join(above, name))) return join(above, name);
    if (above === dirname(above)) throw new Error("the interface descriptions of raiscope are missing");
  }
}

/** The files of one folder, in order of their names; read once. */
export function shippedFiles(folder: ShippedFolder): ShippedFile[] {
  let files = read.get(folder);
  if (files === undefined) {
    found ??= place();
    const path = join(found, folder);
    const names = readdirSync(path).filter((name) => name.endsWith(".idl"));
    files = names.sort().map((name) => ({ name, text: readFileSync(join(path, name), "utf8") }));
    read.set(folder, files);
  }
  return files;
}
