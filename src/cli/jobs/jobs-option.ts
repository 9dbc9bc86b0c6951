/** The option --jobs. */
import { InvalidArgumentError, Option } from "commander";

/** More threads than this are refused: each keeps conversations of its own in mind. */
const MAX_JOBS = 31;

export interface JobsOptions {
  jobs?: number;
}

function parseJobs(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MAX_JOBS) {
    throw new InvalidArgumentError(`Give a number from 1 to ${MAX_JOBS}.`);
  }
  return count;
}

export function jobsOption(): Option {
  return new Option("--jobs <n>", "threads that share the work (default: 1)").argParser(parseJobs);
}
