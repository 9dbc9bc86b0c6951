/**
 * Writes src/output/raiscope.schema.json from the definitions, and what is made of it: the table of fields and the writer of calls.
 * `npm run schema`.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { callLogSchema } from "../src/output/schema.js";
// Adds the record of `raiscope invitation` to the definitions.
import "../src/invitation/schema.js";
import { callTextModule } from "./call-text.js";
import { fieldTableModule } from "./field-table.js";

const target = new URL("../src/output/raiscope.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(callLogSchema(), null, 2)}\n`);
writeFileSync(new URL("../src/fields/generated/field-table.ts", import.meta.url), fieldTableModule());
mkdirSync(new URL("../src/output/generated/", import.meta.url), { recursive: true });
writeFileSync(new URL("../src/output/generated/call-text.ts", import.meta.url), callTextModule());
