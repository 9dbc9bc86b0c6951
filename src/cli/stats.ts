/** What `raiscope stats FILE...` does. */

import { statsTables } from "../output/stats-view.js";
import { StatsCounter } from "../stats.js";
import { digest, print } from "./digest.js";
import type { CommonOptions, FilterChoices, KeyOptions } from "./options.js";

export interface StatsOptions extends CommonOptions, KeyOptions, FilterChoices {
  format: "table" | "json";
  limit?: number;
  redact?: boolean;
}

export async function stats(files: readonly string[], options: StatsOptions): Promise<number> {
  const counter = new StatsCounter();
  const { status, complete, redaction } = await digest(files, options, (event) => {
    if (event.type === "call") counter.add(event);
  });
  const result = redaction.any(counter.result());
  await print(
    options.format === "json"
      ? `${JSON.stringify({ type: "stats", schema: 1, ...result, complete }, null, 2)}\n`
      : await statsTables(result),
  );
  return status;
}
