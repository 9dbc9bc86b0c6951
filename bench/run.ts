/**
 * raiscope against tshark, on the same files, in turn: `npm run bench [-- --rounds N --size MB --dir FOLDER]`.
 * Prints medians, ratios and peak memory. The inputs are made once and kept in the folder (the system's temporary one
 * if none is named).
 */
import { spawnSync } from "node:child_process";
import { existsSync, openSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { denseOf, FOLDER, fileCopyOf, noiseOf } from "./inputs.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const PROGRAM = join(ROOT, "dist", "bin", "main.js");
/** GNU time says what the shell's own does not: peak memory. */
const GNU_TIME = "/usr/bin/time";

interface Measure {
  seconds: number;
  /** Processor time, and peak resident memory in MiB; NaN where GNU time is not installed. */
  cpu: number;
  memory: number;
}

interface Task {
  name: string;
  command: string[];
  results: Measure[];
}

/** Runs a command with its output thrown away. */
function measure(command: readonly string[]): Measure {
  const timed = existsSync(GNU_TIME) ? [GNU_TIME, "-f", "%U %S %M", ...command] : [...command];
  const nowhere = openSync("/dev/null", "w");
  const begin = process.hrtime.bigint();
  const run = spawnSync(timed[0]!, timed.slice(1), { stdio: ["ignore", nowhere, "pipe"], encoding: "utf8" });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (run.status !== 0) throw new Error(`${command.join(" ")}: exit ${run.status}\n${run.stderr}`);
  const [user, system, kilobytes] = (run.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return {
    seconds,
    cpu: (user ?? Number.NaN) + (system ?? Number.NaN),
    memory: (kilobytes ?? Number.NaN) / 1024,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function medianOf(task: Task, key: keyof Measure): number {
  return median(task.results.map((result) => result[key]));
}

const raiscope = (file: string): string[] => [
  process.execPath,
  PROGRAM,
  "analyze",
  file,
  "--format",
  "ndjson",
];

/** One file, read by both in turn. */
function compare(title: string, file: string, tshark: string[], aim: number, rounds: number): void {
  const ours: Task = { name: "raiscope", command: raiscope(file), results: [] };
  const theirs: Task = { name: "tshark", command: ["tshark", "-r", file, ...tshark], results: [] };
  const tasks = spawnSync("tshark", ["--version"]).status === 0 ? [ours, theirs] : [ours];
  for (let round = 0; round < rounds; round++) {
    for (const task of tasks) task.results.push(measure(task.command));
  }
  const size = statSync(file).size / 1e6;
  console.log(`\n${title}: ${size.toFixed(0)} MB, ${rounds} rounds in turn`);
  for (const task of tasks) {
    const seconds = medianOf(task, "seconds");
    console.log(
      `  ${task.name.padEnd(9)} ${seconds.toFixed(2).padStart(7)} s  ${medianOf(task, "cpu").toFixed(2).padStart(7)} s of CPU` +
        `  ${(size / seconds).toFixed(0).padStart(5)} MB/s  peak ${medianOf(task, "memory").toFixed(0)} MiB`,
    );
  }
  if (tasks.length === 2) {
    const ratio = medianOf(theirs, "seconds") / medianOf(ours, "seconds");
    const cpu = medianOf(theirs, "cpu") / medianOf(ours, "cpu");
    const pairs = ours.results.map((result, i) => theirs.results[i]!.seconds / result.seconds);
    console.log(
      `  ratio of medians ${ratio.toFixed(1)} (aim ${aim}), of CPU ${cpu.toFixed(1)}; round by round ${pairs
        .map((pair) => pair.toFixed(1))
        .join(" ")}`,
    );
  } else {
    console.log("  tshark is not installed: nothing to compare with");
  }
}

/** Time and memory at several sizes of the same traffic. */
function growth(files: readonly string[], rounds: number): void {
  console.log("\ngrowth of raiscope with the capture");
  for (const file of files) {
    const task: Task = { name: "raiscope", command: raiscope(file), results: [] };
    for (let round = 0; round < rounds; round++) task.results.push(measure(task.command));
    const size = statSync(file).size / 1e6;
    const seconds = medianOf(task, "seconds");
    console.log(
      `  ${size.toFixed(0).padStart(5)} MB  ${seconds.toFixed(2).padStart(6)} s  ${((1000 * seconds) / size).toFixed(2).padStart(6)} ms/MB` +
        `  peak ${medianOf(task, "memory").toFixed(0)} MiB`,
    );
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "500" },
    dir: { type: "string", default: FOLDER },
  },
});
const rounds = Math.max(1, Number(values.rounds));
const megabytes = Math.max(10, Number(values.size));
const noise: string[] = [];
for (const size of [megabytes / 4, megabytes / 2, megabytes]) noise.push(await noiseOf(size, values.dir));
const copy = await fileCopyOf(megabytes, values.dir);
const dense = await denseOf(20, values.dir);
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`);
const fields = ["-Y", "dcerpc", "-T", "fields", "-e", "frame.number"];
compare("noise with Remote Assistance in it", noise.at(-1)!, fields, 15, rounds);
compare("a file copied over SMB 2", copy, fields, 15, rounds);
compare("nothing but RPC", dense, ["-Y", "dcerpc", "-T", "ek"], 5, rounds);
growth(noise, rounds);
