/** Writes src/output/raiscope.schema.json from the definitions, and the table of fields from it: `npm run schema`. */

import { writeFileSync } from "node:fs";
import { callLogSchema } from "../src/output/schema.js";
// Adds the record of `raiscope invitation` to the definitions.
import "../src/invitation/schema.js";
import { fieldTableModule } from "./field-table.js";

const target = new URL("../src/output/raiscope.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(callLogSchema(), null, 2)}\n`);
writeFileSync(new URL("../src/fields/generated/field-table.ts", import.meta.url), fieldTableModule());
