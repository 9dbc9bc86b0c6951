/** Commands that take turns, what each run costs, and how these costs relate. */
import { spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";

/** GNU time says what the shell's own does not: peak memory. */
const GNU_TIME = "/usr/bin/time";

export interface Cost {
  seconds: number;
  /** Processor time, and peak resident memory in MiB; NaN where GNU time is not installed. */
  cpu: number;
  memory: number;
}

export interface Task {
  name: string;
  /** Its program may be missing, and then nothing is compared with it. */
  command: readonly string[];
  costs: Cost[];
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** Runs a command with its output thrown away. */
function measure(command: readonly string[]): Cost {
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

/** Each task once in a round; each round begins with another one, so that none always follows the same. */
export function takeTurns(tasks: readonly Task[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[(round + i) % tasks.length]!;
      task.costs.push(measure(task.command));
    }
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

export function spreadOf(task: Task, key: keyof Cost): Spread & { sum: number } {
  const values = task.costs.map((cost) => cost[key]);
  return { ...spread(values), sum: values.reduce((a, b) => a + b, 0) };
}

/** What `other` costs in parts of what `own` does, round by round. */
export function ratio(own: Task, other: Task, key: "seconds" | "cpu"): Spread {
  return spread(own.costs.map((cost, round) => other.costs[round]![key] / cost[key]));
}
