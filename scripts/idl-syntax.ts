/**
 * Writes what the parser makes of the shipped interface descriptions, for programs that read them without parsing:
 * idl-syntax FOLDER, where dissectors/idl of the built library is.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFile } from "../dissectors/idl/parser.js";
import { spellSyntax } from "../dissectors/idl/syntax-spelling.js";

const library = process.argv[2]!;
const into = join(library, "generated", "syntax");
mkdirSync(into, { recursive: true });
for (const folder of process.argv.slice(3)) {
  const path = join(library, folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".idl"));
  const files = names.sort().map((name) => {
    const file = { name, text: readFileSync(join(path, name), "utf8") };
    return parseFile(file, (pos, _, message) => {
      throw new Error(`${name}, at ${pos}: ${message}`);
    });
  });
  writeFileSync(join(into, `${folder === "." ? "common" : folder}.json`), spellSyntax(files));
}
