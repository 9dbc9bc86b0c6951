/** Writes src/output/raiscope.schema.json from the definitions: `npx tsx scripts/schema.ts`. */

import { writeFileSync } from "node:fs";
import { callLogSchema } from "../src/output/schema.js";
// Adds the record of `raiscope invitation` to the definitions.
import "../src/invitation/schema.js";

const target = new URL("../src/output/raiscope.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(callLogSchema(), null, 2)}\n`);
