/** The optional packages behind the queue, loaded by `raiscope fleet` alone. */

import type * as BullMQ from "bullmq";
import type { Redis } from "ioredis";

/** What is wrong with the queue, in one line. */
export class QueueError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "QueueError";
  }
}

/** Throws QueueError where the packages are not there. */
export async function loadBullMQ(): Promise<typeof BullMQ> {
  try {
    return await import("bullmq");
  } catch {
    throw new QueueError(
      "the package bullmq is not installed, which raiscope fleet needs (npm install bullmq ioredis)",
    );
  }
}

/** A connection that waits for Redis while it is gone. Throws QueueError where it is not there now, or refuses. */
export async function connect(url: string): Promise<Redis> {
  const { Redis: Client } = await loadRedis();
  const redis = new Client(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(200 * times, MAX_PAUSE),
  });
  let failure: Error | null = null;
  // Without anybody who listens an error would end the process; what is not there yet is tried again.
  redis.on("error", (error: Error) => {
    failure = error;
  });
  try {
    await Promise.race([redis.connect(), timeout(FIRST_CONNECT)]);
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new QueueError(`${placeOf(url)}: ${reasonOf(failure ?? (error as Error))}`);
  }
  return redis;
}

async function loadRedis(): Promise<{ Redis: typeof Redis }> {
  try {
    return await import("ioredis");
  } catch {
    throw new QueueError(
      "the package ioredis is not installed, which raiscope fleet needs (npm install bullmq ioredis)",
    );
  }
}

/** Milliseconds that the first connection may take, and between two tries at most. */
const FIRST_CONNECT = 10_000;
const MAX_PAUSE = 2_000;

function timeout(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("no answer")), milliseconds).unref();
  });
}

/** Of a URL, what may be shown: it may hold a password. */
export function placeOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
  } catch {
    return "the queue";
  }
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "no Redis answers there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no such host";
  return error.message;
}

/** Settings of Redis without which jobs can be lost, as warnings; nothing where it does not tell. */
export async function weaknesses(redis: Redis): Promise<string[]> {
  const found: string[] = [];
  const setting = async (name: string): Promise<string | null> => {
    try {
      const answer = (await redis.config("GET", name)) as string[];
      return answer[1] ?? null;
    } catch {
      return null;
    }
  };
  if ((await setting("appendonly")) === "no") {
    found.push(
      "Redis keeps no append-only file (appendonly no): a restart loses jobs; `fleet add` adds them again",
    );
  }
  const policy = await setting("maxmemory-policy");
  if (policy !== null && policy !== "noeviction") {
    found.push(`Redis may evict jobs (maxmemory-policy ${policy}): set it to noeviction`);
  }
  return found;
}
