/** Writes test/golden anew from the captures: `npm run golden`. Read the difference before it is committed. */

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureNames, GOLDEN, goldenOf } from "../test/support/golden.js";

// What is no view of a capture stays: the tests that compare lie there too.
for (const name of readdirSync(GOLDEN)) if (!name.endsWith(".ts")) rmSync(join(GOLDEN, name));
for (const name of captureNames()) {
  for (const [file, text] of await goldenOf(name)) writeFileSync(join(GOLDEN, file), text);
}
