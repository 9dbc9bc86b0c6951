/** What was measured before, one line a case and run: ratios, for seconds are worth nothing on another day. */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Spread } from "./measure.js";

const FILE = fileURLToPath(new URL("history.ndjson", import.meta.url));
/** What costs so much more than the last time is worth a word. */
const WORTH_A_WORD = 0.03;
/** Parts of our time that another program must take to be compared with. */
const TOO_LITTLE = 0.1;

/** How long another program took, in parts of what ours did. */
export interface Ratio {
  seconds: Spread;
  cpu: Spread;
  /** Of processor time: that of the fastest runs, which neighbours disturbed least; of short ones, that of all together. */
  best: number;
}

export interface Entry {
  at: string;
  commit: string;
  node: string;
  machine: string;
  case: string;
  megabytes: number;
  rounds: number;
  ratios: { [program: string]: Ratio };
  /** Peak memory of ours in MiB. */
  peak: number;
}

/** The revision that is measured; with a plus where files were changed since. */
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", join(FILE, ".."), ...args], { encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", ":/src", ":/dissectors", ":/scripts");
  return git("rev-parse", "--short=8", "HEAD") + (changed === "" ? "" : "+");
}

/** What this run is of. */
export const stamp = () => ({
  at: new Date().toISOString().slice(0, 19),
  commit: commit(),
  node: process.version,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}`,
});

/** The last entry for the same case, size, machine and Node. */
function previous(entry: Entry): Entry | undefined {
  if (!existsSync(FILE)) return undefined;
  const lines = readFileSync(FILE, "utf8").trim().split("\n");
  const entries = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Entry);
  const same = (key: "case" | "megabytes" | "machine" | "node") => (other: Entry) =>
    other[key] === entry[key];
  return (["case", "megabytes", "machine", "node"] as const)
    .reduce((left, key) => left.filter(same(key)), entries)
    .at(-1);
}

/** What got worse since the last entry, as sentences. */
export function worse(entry: Entry): string[] {
  const last = previous(entry);
  if (last === undefined) return [];
  return Object.entries(entry.ratios).flatMap(([program, { best }]) => {
    const before = last.ratios[program]?.best;
    const more = before === undefined ? 0 : before / best - 1;
    // What takes hardly any time is no measure.
    if (!(more > WORTH_A_WORD) || best < TOO_LITTLE) return [];
    return [
      `costs ${(100 * more).toFixed(1)} % more than at ${last.commit} (${last.at}), measured against ${program}`,
    ];
  });
}

export function keep(entry: Entry): void {
  appendFileSync(FILE, `${JSON.stringify(entry)}\n`);
}
