// Copies the interface descriptions, which tsc does not know of, beside the compiled code.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

mkdirSync("dist/dissectors/idl", { recursive: true });
for (const name of readdirSync("dissectors/idl")) {
  if (name.endsWith(".idl")) cpSync(`dissectors/idl/${name}`, `dist/dissectors/idl/${name}`);
}
