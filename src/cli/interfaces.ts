/** What `raiscope interfaces` prints. */

import { type InterfaceInfo, listInterfaces } from "../capture/live/interfaces.js";
import { ENGINES } from "../capture/live/open-live.js";
import { complain, EXIT } from "./failure.js";
import { print } from "./stdout.js";

export async function interfaces(format: "table" | "json"): Promise<number> {
  const found = await listInterfaces();
  await print(format === "json" ? `${JSON.stringify(found, null, 2)}\n` : table(found));
  const missing = ENGINES.filter((engine) => engine.find() === null);
  if (missing.length === ENGINES.length) {
    complain(`nothing can be captured: there is no engine; ${missing[0]!.missing}`, {
      severity: "warning",
      code: "no-engine",
    });
  }
  return EXIT.ok;
}

const TITLES = ["INTERFACE", "STATE", "LINK TYPES", "ADDRESSES"] as const;

function table(found: readonly InterfaceInfo[]): string {
  const rows = found.map((one) => [
    one.name,
    [one.up === null ? "" : one.up ? "up" : "down", one.loopback ? "loopback" : ""]
      .filter(Boolean)
      .join(" ") || "?",
    one.link_types?.join(" ") ?? "?",
    [...one.addresses, ...(one.mac === null ? [] : [one.mac])].join(" ") || (one.description ?? "-"),
  ]);
  const lines = [[...TITLES], ...rows];
  const widths = TITLES.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
