/** What `raiscope stats FILE...` does. */

import { statsTables } from "../output/stats-view.js";
import { StatsCounter } from "../stats.js";
import { digest, print } from "./digest.js";
import type { CommonOptions, FilterChoices, KeyOptions } from "./options.js";

export interface StatsOptions extends CommonOptions, KeyOptions, FilterChoices {
  format: "table" | "json";
  limit?: number;
}

export async function stats(files: readonly string[], options: StatsOptions): Promise<number> {
  let counter: StatsCounter | null = null;
  const { status, complete } = await digest(files, options, (event, analyzer) => {
    counter ??= new StatsCounter(analyzer.memory.kinds.methods);
    if (event.type === "call") counter.add(event);
  });
  const result = (counter ?? new StatsCounter()).result();
  await print(
    options.format === "json"
      ? `${JSON.stringify({ type: "stats", schema: 1, ...result, complete }, null, 2)}\n`
      : await statsTables(result),
  );
  return status;
}
