// Copies what tsc does not know of beside the compiled code: the interface descriptions and the JSON Schema.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

for (const folder of ["dissectors/idl", "dissectors/idl/automation"]) {
  mkdirSync(`dist/${folder}`, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".idl")) cpSync(`${folder}/${name}`, `dist/${folder}/${name}`);
  }
}

mkdirSync("dist/src/output", { recursive: true });
cpSync("src/output/raiscope.schema.json", "dist/src/output/raiscope.schema.json");
