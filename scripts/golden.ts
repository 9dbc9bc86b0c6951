/** Writes test/golden anew from the captures: `npm run golden`. Read the difference before it is committed. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureNames, GOLDEN, goldenOf } from "../test/output/golden.js";

rmSync(GOLDEN, { recursive: true, force: true });
mkdirSync(GOLDEN, { recursive: true });
for (const name of captureNames()) {
  for (const [file, text] of await goldenOf(name)) writeFileSync(join(GOLDEN, file), text);
}
