/** Begins the threads of a run where several are asked for, or pay. */
import { type AnalyzerOptions, DEFAULT_MAX_MEMORY } from "../../analyzer.js";
import type { Inputs } from "../../capture/node/open.js";
import type { NewAnalyzer } from "../inputs.js";
import type { CommonOptions } from "../options.js";
import type { ReadingOptions } from "../reading-options.js";
import { jobsFor, type Obstacle } from "./choice.js";
import type { Fronts } from "./fronts.js";
import type { JobsOptions } from "./jobs-option.js";

type Options = JobsOptions & CommonOptions & ReadingOptions & { filter?: string; limit?: number };
type More = Pick<AnalyzerOptions, "wanted" | "ids" | "live" | "acknowledged" | "observe" | "witness">;

/** Null where one thread does all the work. */
export async function frontsFor(
  inputs: Inputs,
  options: Options,
  newAnalyzer: NewAnalyzer,
  more: More,
  asLines: boolean,
): Promise<Fronts | null> {
  const count = jobsFor(inputs, options, obstacleOf(options, more));
  if (count === 1) return null;
  const { Fronts } = await import("./fronts.js");
  const { wanted } = more;
  const maxMemory = options.maxMemory ?? DEFAULT_MAX_MEMORY;
  const { limit = null, after = null, before = null, filter = null, idl = [] } = options;
  return new Fronts({
    task: {
      count,
      files: inputs.names,
      idl,
      keys: newAnalyzer.keys,
      maxMemory,
      wanted: wanted === undefined ? null : [...wanted],
      offers: wanted === undefined || wanted.has("offer") || wanted.has("summary"),
      observe: more.observe === true,
      ids: more.ids !== false,
      acknowledged: more.acknowledged === true,
      after,
      before,
      filter,
      limit,
    },
    table: newAnalyzer.table,
    inputs,
    asLines,
  });
}

function obstacleOf({ timeFormat }: Options, { live, witness }: More): Obstacle {
  if (live === true) return "the input is read as it comes";
  if (witness != null) return "trees and written captures are made of frames as they are read";
  if (timeFormat === "r" || timeFormat === "d") return "-t r and -t d look at the times of all frames";
  return null;
}
