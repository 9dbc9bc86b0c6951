/**
 * raiscope against tshark and tcpdump, on the same files, in turn:
 * `npm run bench [-- --only NAME … --rounds N --size MB --dir FOLDER --quick]`.
 * Prints ratios (the other's time in parts of ours) with their minimum, median and maximum, and what costs more than the last
 * time; keeps them in history.ndjson. The inputs are made once and kept in the folder (in the system's temporary one if none is
 * named). `--quick` reads a tenth in three rounds, says what it found, and keeps nothing.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { CASES, type Case } from "./cases.js";
import { type Entry, keep, type Ratio, stamp, worse } from "./history.js";
import { FOLDER } from "./inputs.js";
import { ratio, type Spread, spreadOf, type Task, takeTurns } from "./measure.js";

/** Processor time is told in hundredths: of runs that take less than so many seconds, all together are compared. */
const SHORT = 1;
const LEAST_ROUNDS = 5;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: String(LEAST_ROUNDS) },
    size: { type: "string", default: "400" },
    dir: { type: "string", default: FOLDER },
    quick: { type: "boolean", default: false },
  },
});
const quick = values.quick;
const rounds = quick ? 3 : Math.max(LEAST_ROUNDS, Number(values.rounds));
const megabytes = quick ? 40 : Math.max(40, Number(values.size));

const installed = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

function shown({ min, median, max }: Spread): string {
  const digits = max < 10 ? 2 : 1;
  return [min, median, max].map((value) => value.toFixed(digits).padStart(7)).join("");
}

function compared(own: Task, other: Task): Ratio {
  const of = (task: Task): number => (isShort ? spreadOf(task, "cpu").sum : spreadOf(task, "cpu").min);
  const isShort = Math.min(spreadOf(own, "cpu").min, spreadOf(other, "cpu").min) < SHORT;
  return {
    seconds: ratio(own, other, "seconds"),
    cpu: ratio(own, other, "cpu"),
    best: of(other) / of(own),
  };
}

async function run(name: string, { title, aims, most, commands }: Case): Promise<void> {
  const found = await commands(megabytes, values.dir);
  const tasks = found
    .filter(({ command: [program] }) => program === process.execPath || installed(program!))
    .map((one): Task => ({ ...one, costs: [] }));
  const [own, ...others] = tasks;
  console.log(`\n${name}: ${title}`);
  if (own === undefined) {
    console.log("  this build has no such option: nothing to measure");
    return;
  }
  takeTurns(tasks, rounds);
  const file = own.command.find((word) => /\.pcap(ng)?(\.\w+)?$/.test(word));
  const size = file === undefined ? Number.NaN : statSync(file).size / 1e6;
  console.log(`  ${size.toFixed(1)} MB, ${rounds} rounds in turn                min median    max`);
  for (const task of tasks) {
    const atMost = (limit: number | undefined) =>
      task === own && limit !== undefined ? `   (at most ${limit})` : "";
    const peak = `   peak ${spreadOf(task, "memory").max.toFixed(0)} MiB${atMost(most?.memory)}`;
    const seconds = shown(spreadOf(task, "seconds")) + atMost(most?.seconds);
    console.log(`  ${task.name.padEnd(12)} seconds           ${seconds}${peak}`);
    console.log(`  ${"".padEnd(12)} seconds of CPU    ${shown(spreadOf(task, "cpu"))}`);
  }
  const ratios: Entry["ratios"] = {};
  for (const other of others) {
    const found = compared(own, other);
    ratios[other.name] = found;
    const aim = aims[other.name];
    const aimed = aim === undefined ? "" : `   (aim ${aim.toFixed(2)})`;
    console.log(`  ${other.name} / ${own.name}`);
    console.log(`  ${"".padEnd(12)} seconds           ${shown(found.seconds)}${aimed}`);
    console.log(
      `  ${"".padEnd(12)} seconds of CPU    ${shown(found.cpu)}   at best ${found.best.toFixed(2)}`,
    );
  }
  const peak = Math.round(spreadOf(own, "memory").max);
  const entry: Entry = { ...stamp(), case: name, megabytes, rounds, ratios: rounded(ratios), peak };
  if (quick) return;
  for (const sentence of worse(entry)) console.log(`  WARNING: ${sentence}`);
  keep(entry);
}

/** Numbers of a history are read by people. */
function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v)),
  ) as T;
}

const names = values.only ?? Object.keys(CASES);
const unknown = names.filter((name) => CASES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such case: ${unknown.join(", ")}; there are ${Object.keys(CASES).join(", ")}`);
  process.exit(2);
}
const { machine, node, commit } = stamp();
console.log(`Node ${node}, ${machine}, ${commit}`);
for (const name of names) await run(name, CASES[name]!);
