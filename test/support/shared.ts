/** Where the material that the project does not ship lies: real captures with an oracle beside each. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The directory, or null where it is not there: tests that need it must then skip, visibly. */
export function sharedDir(): string | null {
  const dir = resolve(ROOT, process.env.RAISCOPE_SHARED ?? "../shared");
  return existsSync(join(dir, "captures")) ? dir : null;
}
