/** The package's version, from its package.json: two folders up from the sources, and from the built program. */

import { readFileSync } from "node:fs";

export function version(): string {
  try {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const described = JSON.parse(text) as { name?: string; version?: string };
    if (described.name === "raiscope" && described.version !== undefined) return described.version;
  } catch {
    // Not where it should be.
  }
  return "unknown";
}
