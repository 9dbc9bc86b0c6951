/** On each of the project's captures exactly the findings that captures/README.md lists. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { findingsIn } from "../../support/rules/findings.js";
import { analyze } from "../../support/run.js";

const CAPTURES = fileURLToPath(new URL("../../../captures/", import.meta.url));
const PASSWORD = "Help4Desk!";

const captures = readdirSync(CAPTURES).filter((name) => /\.pcap(?:ng)?$/.test(name));
const readme = readFileSync(join(CAPTURES, "README.md"), "utf8");

/** `high service-short-lived, 2 × medium rai-ticket-in-clear`, the gravest first. */
async function foundIn(capture: string, passwords: string[]): Promise<string> {
  const counts = new Map<string, number>();
  const found = findingsIn(await analyze([join(CAPTURES, capture)], { keys: KeyRing.from({ passwords }) }));
  for (const { rule, record } of found) {
    const name = `${record.rule.level} \`${rule}\``;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const gravity = (name: string): number => LEVELS.indexOf(name.split(" ")[0]!);
  const names = [...counts.keys()].sort((a, b) => gravity(a) - gravity(b) || (a < b ? -1 : 1));
  return names.map((name) => (counts.get(name) === 1 ? name : `${counts.get(name)} × ${name}`)).join(", ");
}

const LEVELS = ["critical", "high", "medium", "low", "informational"];

for (const capture of captures) {
  test(`findings in ${capture} are those that the README lists`, async () => {
    const closed = await foundIn(capture, []);
    const opened = await foundIn(capture, [PASSWORD]);
    const more = opened === closed ? "" : `; with the password ${opened || "nothing"}`;
    const line = `- \`${capture}\`: ${closed || "nothing"}${more}`;
    assert.equal(lineOf(capture), line);
  });
}

/** The entry of a capture in the list of findings, its lines joined. */
function lineOf(capture: string): string | undefined {
  const list = /^## Findings$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme)?.[1] ?? "";
  return list
    .replace(/\n {2}/g, " ")
    .split("\n")
    .find((line) => line.startsWith(`- \`${capture}\``));
}
