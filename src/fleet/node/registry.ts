/**
 * What was planned, in Redis beside the queue: the ring files of each sensor with the windows that own them, and windows that are planned
 * and perhaps not queued yet. A window is written here first, queued then, and marked last: whoever is stopped in between, the
 * next `fleet add` queues it, under the same name.
 */

import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { KnownWindow, PlannableFile, RingFile, WindowJob } from "../window.js";
import { QueueError } from "./redis.js";
import { fileNow } from "./ring-files.js";

const PREFIX = "raiscope:fleet";
/** Milliseconds that a sensor's plan is one adder's, and that another waits for it. */
const LOCK = 120_000;
const LOCK_WAIT = 60_000;
const LOCK_LOOK = 100;
/** Files of one sensor that are remembered although they are gone, and looked at each time whether they are. */
const MAX_GONE = 1_000;
const MAX_LOOKED = 1_000;

/** A sensor's files and windows. */
export interface Plan {
  /** By path. */
  files: Map<string, RegisteredFile>;
  windows: Map<number, RegisteredWindow>;
}

export interface RegisteredFile extends PlannableFile {
  window: number;
  /** What it is now, where that is not what was planned. */
  changed?: { size: number };
}

export interface RegisteredWindow extends KnownWindow {
  name: string;
  /** Until it is in the queue. */
  job?: WindowJob;
}

export class Registry {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async sensors(): Promise<string[]> {
    return (await this.#redis.smembers(`${PREFIX}:sensors`)).sort();
  }

  async plan(sensor: string): Promise<Plan> {
    const [files, windows] = await Promise.all([
      this.#redis.hgetall(keyOf("files", sensor)),
      this.#redis.hgetall(keyOf("windows", sensor)),
    ]);
    return {
      files: new Map(Object.entries(files).map(([path, text]) => [path, JSON.parse(text) as RegisteredFile])),
      windows: new Map(
        Object.entries(windows).map(([number, text]) => [
          Number(number),
          JSON.parse(text) as RegisteredWindow,
        ]),
      ),
    };
  }

  /** Writes down planned windows with their files, all or nothing. */
  async planned(sensor: string, files: readonly RegisteredFile[], jobs: readonly WindowJob[]): Promise<void> {
    const transaction = this.#redis.multi().sadd(`${PREFIX}:sensors`, sensor);
    for (const file of files) transaction.hset(keyOf("files", sensor), file.path, JSON.stringify(file));
    for (const job of jobs) {
      const window: RegisteredWindow = {
        number: job.number,
        name: job.name,
        readTo: job.files.at(-1)!.path,
        job,
      };
      transaction.hset(keyOf("windows", sensor), String(job.number), JSON.stringify(window));
    }
    await transaction.exec();
  }

  /** They are in the queue. */
  async queued(sensor: string, windows: readonly RegisteredWindow[]): Promise<void> {
    if (windows.length === 0) return;
    const entries = windows.flatMap(({ job: _, ...window }) => [
      String(window.number),
      JSON.stringify(window),
    ]);
    await this.#redis.hset(keyOf("windows", sensor), ...entries);
  }

  /** Forgets the oldest files that are gone, with the windows that own none any more: the ledger has them. */
  async prune(sensor: string, plan: Plan): Promise<void> {
    const oldest = [...plan.files.values()].sort((a, b) => a.window - b.window).slice(0, -MAX_GONE);
    const gone: string[] = [];
    for (const { path } of oldest.slice(0, MAX_LOOKED)) if ((await fileNow(path)) === null) gone.push(path);
    if (gone.length === 0) return;
    for (const path of gone) plan.files.delete(path);
    const owners = new Set([...plan.files.values()].map(({ window }) => window));
    const last = Math.max(...plan.windows.keys());
    const windows = [...plan.windows.keys()].filter((number) => !owners.has(number) && number !== last);
    await this.#redis.hdel(keyOf("files", sensor), ...gone);
    if (windows.length > 0) await this.#redis.hdel(keyOf("windows", sensor), ...windows.map(String));
  }

  /** Nobody else plans for that sensor while `work` runs. Throws QueueError where somebody does so for too long. */
  async alone<T>(sensor: string, work: () => Promise<T>): Promise<T> {
    const key = keyOf("lock", sensor);
    const token = randomUUID();
    const since = Date.now();
    while ((await this.#redis.set(key, token, "PX", LOCK, "NX")) !== "OK") {
      if (Date.now() - since > LOCK_WAIT)
        throw new QueueError(`another raiscope fleet add works on ${sensor}`);
      await new Promise((done) => setTimeout(done, LOCK_LOOK));
    }
    try {
      return await work();
    } finally {
      await this.#redis.eval(RELEASE, 1, key, token);
    }
  }
}

/** Only the own lock is released: one that took too long may have lost it. */
const RELEASE = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;

function keyOf(what: string, sensor: string): string {
  return `${PREFIX}:${what}:${sensor}`;
}

/** The window that owns a file as it is now; null where none does, since another file had its name before. */
export function ownerOf(file: RingFile, plan: Plan): number | null {
  const known = plan.files.get(file.path);
  return known !== undefined && known.first === file.first ? known.window : null;
}
