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

/** Those that every run reads; classes that scripts drive; interfaces that are met in datagrams only. */
export type ShippedFolder = "." | "automation" | "datagrams";

/** Where they are, above these sources, above the compiled library, and above the program. */
const PLACES = ["dissectors/idl", "lib/dissectors/idl"];

let found: string | null = null;
const read = new Map<ShippedFolder, ShippedFile[]>();
/** Generated files that were read ahead. */
const kept = new Map<string, string>();

function place(): string {
  for (let above = dirname(fileURLToPath(import.meta.url)); ; above = dirname(above)) {
    for (const name of PLACES) if (existsSync(join(above, name))) return join(above, name);
    if (above === dirname(above)) throw new Error("the interface descriptions of raiscope are missing");
  }
}

function generatedFile(path: string): string {
  found ??= place();
  return kept.get(path) ?? readFileSync(join(found, "generated", path), "utf8");
}

/** The catalogue's names of interfaces and methods. */
export function shippedNames(): string {
  return generatedFile("names.txt");
}

/** The catalogue's descriptions of one specification's interfaces. */
export function shippedLayout(specification: string): string {
  return generatedFile(`layouts/${specification}.json`);
}

/** What the parser makes of the files of one folder, in their order; null where the build did not write it down. */
export function shippedSyntax(folder: ShippedFolder): string | null {
  found ??= place();
  const path = `syntax/${folder === "." ? "common" : folder}.json`;
  if (!kept.has(path) && !existsSync(join(found, "generated", path))) return null;
  return generatedFile(path);
}

/** Reads all there is now, where this process may not be able to read it later. */
export function keepShipped(): void {
  for (const folder of [".", "automation", "datagrams"] as const) shippedFiles(folder);
  const inside = ["layouts", "syntax"].flatMap((folder) => {
    const path = join(found!, "generated", folder);
    return existsSync(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
  });
  for (const path of ["names.txt", ...inside]) kept.set(path, generatedFile(path));
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
