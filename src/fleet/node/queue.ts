/** Jobs in a queue of BullMQ on Redis, which hands each to one worker, and to another where that one is gone. */

import type { Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { WindowJob } from "../window.js";
import type { LedgerLine } from "./ledger.js";
import { loadBullMQ } from "./redis.js";

const QUEUE = "windows";
const PREFIX = "raiscope";
/** Tries of a job that fails (a disk that is full, a file that cannot be read), and milliseconds before the second. */
const ATTEMPTS = 6;
const PAUSE = 5_000;
/** How often a job is given to another worker because the one that had it is gone: one that ends every worker is given up. */
const MAX_STALLED = 8;
/** Seconds for which the queue remembers jobs that are done; the ledger does for good. */
const KEPT_SECONDS = 3 * 86_400;
const KEPT_JOBS = 200_000;
/** Jobs that are asked for at once. */
const PAGE = 500;

type Result = LedgerLine;
export type WindowTask = Job<WindowJob, Result>;

/** States of jobs, as status shows them. */
export const JOB_STATES = ["waiting", "active", "delayed", "completed", "failed"] as const;
export type JobState = (typeof JOB_STATES)[number];

export class JobQueue {
  readonly #queue: Queue<WindowJob, Result>;

  private constructor(queue: Queue<WindowJob, Result>) {
    this.#queue = queue;
    queue.on("error", () => {});
  }

  static async open(connection: Redis): Promise<JobQueue> {
    const { Queue: Queues } = await loadBullMQ();
    return new JobQueue(new Queues<WindowJob, Result>(QUEUE, { connection, prefix: PREFIX }));
  }

  /** Those that are there already stay as they are. `delay`: milliseconds before they are handed out. */
  async add(jobs: readonly WindowJob[], delay = 0): Promise<void> {
    await this.#queue.addBulk(
      jobs.map((data) => ({
        name: data.sensor,
        data,
        opts: {
          jobId: jobIdOf(data),
          attempts: ATTEMPTS,
          backoff: { type: "exponential", delay: PAUSE },
          removeOnComplete: { age: KEPT_SECONDS, count: KEPT_JOBS },
          removeOnFail: false,
          delay,
        },
      })),
    );
  }

  /** Puts jobs that were given up back. */
  async retryFailed(): Promise<void> {
    await this.#queue.retryJobs({ state: "failed" });
  }

  async counts(): Promise<{ [state: string]: number }> {
    return this.#queue.getJobCounts(...JOB_STATES);
  }

  /** All jobs of a state. */
  async *jobs(state: JobState): AsyncGenerator<WindowTask> {
    for (let at = 0; ; at += PAGE) {
      const page = await this.#queue.getJobs([state], at, at + PAGE - 1, true);
      for (const job of page) if (job !== undefined) yield job;
      if (page.length < PAGE) return;
    }
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

/** Works on jobs, one after the other. `stalledAfter`: seconds without a word after which a worker is taken for gone. */
export async function startWorker(
  connection: Redis,
  process: (job: WindowTask) => Promise<Result>,
  stalledAfter: number,
): Promise<Worker<WindowJob, Result>> {
  const { Worker: Workers } = await loadBullMQ();
  const worker = new Workers<WindowJob, Result>(QUEUE, process, {
    connection,
    prefix: PREFIX,
    concurrency: 1,
    lockDuration: 1_000 * stalledAfter,
    stalledInterval: 500 * stalledAfter,
    maxStalledCount: MAX_STALLED,
  });
  // Redis may be gone for a while: BullMQ goes on when it is back.
  worker.on("error", () => {});
  return worker;
}

/** No two windows of a fleet have the same. */
function jobIdOf({ sensor, name }: WindowJob): string {
  return `${sensor}.${name}`;
}
