/** What `raiscope fleet add` does: ring files in, windows into the queue. */

import { InputError } from "../../capture/formats.js";
import { JobQueue } from "../../fleet/node/queue.js";
import { ownerOf, type Plan, type RegisteredFile, Registry } from "../../fleet/node/registry.js";
import { isStable, listRing, ringPaths } from "../../fleet/node/ring-files.js";
import {
  type Extent,
  inOrder,
  type PlannableFile,
  planWindows,
  type RingFile,
  type WindowJob,
} from "../../fleet/window.js";
import { CommandError, complain, EXIT, nameOf, notice } from "../failure.js";
import { Stop } from "../stop.js";
import { withRedis } from "./with-redis.js";

export interface AddOptions {
  queue: string;
  sensor: string;
  window: Extent;
  overlapBefore: Extent;
  overlapBehind: Extent;
  lookBack: number;
  watch?: boolean;
  /** Seconds between two looks, and after which what waits is planned although a window is not full. */
  every: number;
  patience: number;
  quiet?: boolean;
}

/** Milliseconds without a byte after which the newest file of a watched sensor is finished although no newer one is there. */
const STILL = 300_000;

/** What one look has found. */
interface Look {
  jobs: number;
  /** Files that are in no window yet. */
  waiting: number;
  refused: number;
}

export async function addToFleet(paths: readonly string[], options: AddOptions): Promise<number> {
  return withRedis(options.queue, options.quiet === true, async (redis) => {
    const queue = await JobQueue.open(redis);
    const registry = new Registry(redis);
    const stop = new Stop().listen();
    try {
      const first = await look(paths, options, registry, queue, false);
      if (options.watch !== true) return first.refused > 0 ? EXIT.damaged : EXIT.ok;
      while (!stop.wanted) {
        await stop.during(new Promise((done) => setTimeout(done, 1_000 * options.every)));
        if (!stop.wanted) await look(paths, options, registry, queue, true);
      }
      return stop.status ?? EXIT.ok;
    } finally {
      stop.release();
      await queue.close();
    }
  });
}

async function look(
  paths: readonly string[],
  options: AddOptions,
  registry: Registry,
  queue: JobQueue,
  again: boolean,
): Promise<Look> {
  const { sensor } = options;
  const known = (await registry.plan(sensor)).files;
  const { files, refused } = await listRing(await pathsOf(paths, again), known);
  if (!again)
    for (const { reason } of refused) complain(reason, { severity: "error", code: "input-unreadable" });
  if (files.length + refused.length === 0 && options.watch !== true) {
    throw new CommandError(`${paths.map(nameOf).join(", ")}: no capture is there`);
  }
  return registry.alone(sensor, async () => {
    const plan = await registry.plan(sensor);
    const planned = inOrder(files.map((file): PlannableFile => ({ ...file, window: ownerOf(file, plan) })));
    const held = await unfinished(planned, options.watch === true);
    const ready = planned.filter((file) => file !== held);
    const next = Math.max(0, ...plan.windows.keys()) + 1;
    const jobs = planWindows(ready, plan.windows, next, {
      sensor,
      window: options.window,
      before: options.overlapBefore,
      behind: options.overlapBehind,
      lookBack: options.lookBack,
      awaits: options.watch === true,
      ...(options.watch === true ? { mayBeShort: (span) => isOld(span[0]!, options) } : {}),
    });
    const owned = ready.filter((file) => file.window !== null && file.window >= next) as RegisteredFile[];
    await registry.planned(sensor, [...owned, ...changedOf(planned, plan)], jobs);
    await hand(sensor, registry, queue);
    await registry.prune(sensor, plan);
    const waiting = planned.filter(({ window }) => window === null).length;
    tell(jobs, owned.length, waiting, again, options);
    return { jobs: jobs.length, waiting, refused: refused.length };
  });
}

async function pathsOf(paths: readonly string[], again: boolean): Promise<string[]> {
  try {
    return await ringPaths(paths);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // A folder that is not there for a while is looked for again.
    if (again) return [];
    throw new CommandError(error.message);
  }
}

/** Whatever is planned and not in the queue goes there, also what an adder left that was stopped. */
async function hand(sensor: string, registry: Registry, queue: JobQueue): Promise<void> {
  const { windows } = await registry.plan(sensor);
  const waiting = [...windows.values()].filter(({ job }) => job !== undefined);
  await queue.add(waiting.map(({ job }) => job!));
  await registry.queued(sensor, waiting);
}

/** The newest file, where it is new and may still be written: while a sensor is watched, until it is old. */
async function unfinished(files: readonly PlannableFile[], watched: boolean): Promise<PlannableFile | null> {
  const newest = files.at(-1);
  if (newest === undefined || newest.window !== null) return null;
  if (watched && Date.now() - newest.modified < STILL) return newest;
  return (await isStable(newest)) ? null : newest;
}

function isOld(file: RingFile, { patience }: AddOptions): boolean {
  return Date.now() - file.modified >= patience * 1_000;
}

/** Files that windows own and that are not as they were when these were planned. */
function changedOf(files: readonly PlannableFile[], plan: Plan): RegisteredFile[] {
  return files.flatMap((file) => {
    const known = plan.files.get(file.path);
    if (known === undefined || file.window !== known.window || known.size === file.size) return [];
    return known.changed?.size === file.size ? [] : [{ ...known, changed: { size: file.size } }];
  });
}

function tell(
  jobs: readonly WindowJob[],
  files: number,
  waiting: number,
  again: boolean,
  { sensor, quiet }: AddOptions,
): void {
  if (quiet === true || (jobs.length === 0 && (again || waiting === 0))) return;
  const windows = jobs.length === 1 ? "1 window" : `${jobs.length} windows`;
  const left =
    waiting === 0 ? "" : `; ${waiting === 1 ? "1 is" : `${waiting} are`} left alone until finished`;
  complain(`${sensor}: ${windows} of ${files} files${left}`, notice("fleet"));
}
