// Copies what tsc does not know of beside the compiled code: the interface descriptions and the JSON Schema.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

mkdirSync("dist/dissectors/idl", { recursive: true });
for (const name of readdirSync("dissectors/idl")) {
  if (name.endsWith(".idl")) cpSync(`dissectors/idl/${name}`, `dist/dissectors/idl/${name}`);
}

mkdirSync("dist/src/output", { recursive: true });
cpSync("src/output/raiscope.schema.json", "dist/src/output/raiscope.schema.json");
