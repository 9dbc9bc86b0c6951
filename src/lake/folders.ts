/** Folders that files are written into. */

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes the folder and those above it where there is none. One by one: Node's own `recursive` never ends where the system has no
 * room for folders, as below /proc.
 */
export function makeFolders(path: string): void {
  const above = dirname(path);
  if (above !== path && statSync(above, { throwIfNoEntry: false }) === undefined) makeFolders(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another writer of the same tree was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
