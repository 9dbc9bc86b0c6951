/** Whether a run is divided among threads, and among how many. */
import type { Inputs } from "../../capture/node/open.js";
import { warn } from "../failure.js";
import { standing } from "../same-file.js";
import type { JobsOptions } from "./jobs-option.js";

/** What stands against several threads, where something does: the rest of a sentence. */
export type Obstacle = string | null;

/** How many threads read the inputs. `obstacle`: why it must be one. */
export function jobsFor(
  inputs: Inputs,
  { jobs, quiet }: JobsOptions & { quiet?: boolean },
  obstacle: Obstacle,
): number {
  const against = obstacle ?? ofInputs(inputs);
  if (against !== null) {
    if (jobs !== undefined && jobs > 1 && quiet !== true) {
      warn(`--jobs ${jobs}: one thread does all the work: ${against}`, "one-job");
    }
    return 1;
  }
  return jobs ?? 1;
}

function ofInputs({ names, logs }: Inputs): Obstacle {
  if (logs.includes(true)) return "a call log is read, in which nothing is left to be decoded";
  return names.every((name) => name !== "-" && standing(name)?.isFile() === true)
    ? null
    : "every thread reads the inputs, which only files allow";
}
