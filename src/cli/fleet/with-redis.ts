/** A connection to the queue for as long as a command takes. */

import type { Redis } from "ioredis";
import { connect, placeOf, QueueError, weaknesses } from "../../fleet/node/redis.js";
import { CommandError, warn } from "../failure.js";

/** Throws CommandError where the queue cannot be used. */
export async function withRedis<T>(
  url: string,
  quiet: boolean,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  let redis: Redis | null = null;
  try {
    redis = await connect(url);
    if (!quiet)
      for (const weakness of await weaknesses(redis)) warn(`${placeOf(url)}: ${weakness}`, "queue-settings");
    return await work(redis);
  } catch (error) {
    throw error instanceof QueueError ? new CommandError(error.message, null, "queue") : error;
  } finally {
    redis?.disconnect();
  }
}
