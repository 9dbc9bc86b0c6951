/**
 * `npm run fuzz [-- --minutes N --target NAME --seed TEXT]`: inputs for every target in turn until the time is up. What breaks
 * an oracle is saved under fuzz/regressions, where `npm test` replays it from then on.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./corpus.js";
import { mutate } from "./mutate.js";
import { seeded } from "./random.js";
import type { Target } from "./target.js";
import { TARGETS } from "./targets.js";

/** Processor time that one target gets before it is the next one's turn. */
const TURN_MS = 500;
/** Processor time of one input beyond which it is reported about: none of them is larger than a few hundred kilobytes. */
const SLOW_MS = 3_000;
/** Different failures of one target that are saved. */
const MOST_SAVED = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    target: { type: "string" },
    seed: { type: "string", default: new Date().toISOString() },
  },
});
const end = Date.now() + Number(values.minutes) * 60_000;
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0)
  throw new Error(`no such target; there are ${TARGETS.map((t) => t.name).join(", ")}`);
console.log(`seed ${values.seed}`);

interface Progress {
  target: Target;
  seeds: readonly Uint8Array[];
  inputs: number;
  slowest: number;
  failures: Map<string, string>;
}

const progress: Progress[] = [];
for (const target of targets) {
  progress.push({ target, seeds: await target.seeds(), inputs: 0, slowest: 0, failures: new Map() });
}

while (Date.now() < end) for (const one of progress) if (Date.now() < end) await turn(one);

for (const { target, inputs, slowest, failures } of progress) {
  console.log(
    `${target.name.padEnd(12)} ${String(inputs).padStart(9)} inputs, slowest ${slowest.toFixed(0)} ms, ${failures.size} failures`,
  );
}
process.exitCode = progress.some(({ failures }) => failures.size > 0) ? 1 : 0;

async function turn(one: Progress): Promise<void> {
  const { target, seeds } = one;
  const begun = cpu();
  do {
    const random = seeded(`${values.seed}/${target.name}/${one.inputs++}`);
    const input = target.make?.(random, seeds) ?? mutate(random.pick(seeds), random, seeds);
    const before = cpu();
    let failure: string | null = null;
    try {
      await target.run(input);
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const taken = cpu() - before;
    one.slowest = Math.max(one.slowest, taken);
    if (failure === null && taken > SLOW_MS)
      failure = `slow: ${taken.toFixed(0)} ms for ${input.length} bytes`;
    if (failure !== null) save(one, input, failure);
  } while (cpu() - begun < TURN_MS);
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One input for each place that fails, reported once. */
function save({ target, failures }: Progress, input: Uint8Array, failure: string): void {
  const [message = "", ...stack] = failure.split("\n");
  const place = stack.find((line) => /dissectors|src\//.test(line)) ?? message;
  if (failures.has(place) || failures.size >= MOST_SAVED) return;
  const folder = join(ROOT, "fuzz", "regressions", target.name);
  const file = join(folder, `${createHash("sha256").update(input).digest("hex").slice(0, 12)}.bin`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, input);
  failures.set(place, file);
  console.log(`${target.name}: ${file}\n${failure}\n`);
}
