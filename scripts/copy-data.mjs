// Copies what tsc does not know of beside the compiled code: the interface descriptions and the JSON Schema.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";

for (const folder of ["dissectors/idl", "dissectors/idl/automation", "dissectors/idl/names"]) {
  mkdirSync(`dist/${folder}`, { recursive: true });
  // What was moved or renamed since the last build would be read as well.
  for (const name of readdirSync(`dist/${folder}`)) {
    if (name.endsWith(".idl")) rmSync(`dist/${folder}/${name}`);
  }
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".idl")) cpSync(`${folder}/${name}`, `dist/${folder}/${name}`);
  }
}

mkdirSync("dist/src/output", { recursive: true });
cpSync("src/output/raiscope.schema.json", "dist/src/output/raiscope.schema.json");
