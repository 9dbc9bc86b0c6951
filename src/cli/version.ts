/** The package's version, from its package.json: two folders up from the sources, three from the compiled code. */

import { readFileSync } from "node:fs";

export function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), "utf8");
      const described = JSON.parse(text) as { name?: string; version?: string };
      if (described.name === "raiscope" && described.version !== undefined) return described.version;
    } catch {
      // Not in this folder.
    }
  }
  return "unknown";
}
