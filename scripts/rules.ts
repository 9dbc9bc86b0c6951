/** Writes src/detect/generated/rules.ts from rules/*.yml: `npm run rules`. */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rulesModule } from "./rules/write-rules.js";

const { text, problems } = rulesModule(fileURLToPath(new URL("../rules", import.meta.url)));
for (const { file, line, message } of problems) console.error(`rules/${file}:${line}: ${message}`);
if (problems.length > 0) process.exit(1);
mkdirSync(new URL("../src/detect/generated/", import.meta.url), { recursive: true });
writeFileSync(new URL("../src/detect/generated/rules.ts", import.meta.url), text);
