/** Programs of the system, found by name. */

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where the tools for administrators are, which a user's PATH may lack. */
const ALSO = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];

/** The first program of that name that may be run, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter((f) => f.startsWith("/")), ...ALSO];
  for (const folder of new Set(folders)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
