/** What `raiscope stats FILE...` does. */

import { statsTables } from "../output/stats-view.js";
import { callsIn } from "../output/summary.js";
import { StatsCounter } from "../stats.js";
import { digest } from "./batch.js";
import { readLogs } from "./inputs.js";
import type { CommonOptions, FilterChoices, KeyOptions } from "./options.js";
import type { ReadingOptions } from "./reading-options.js";
import { print } from "./stdout.js";

export interface StatsOptions extends CommonOptions, KeyOptions, FilterChoices, ReadingOptions {
  format: "table" | "json";
  limit?: number;
  redact?: boolean;
}

export async function stats(files: readonly string[], options: StatsOptions): Promise<number> {
  let counter: StatsCounter | null = null;
  let calls = 0;
  let limit: number | null = null;
  const { status, complete, redaction, spelling } = await digest(
    files,
    options,
    readLogs(options),
    (event, analyzer) => {
      counter ??= new StatsCounter(analyzer.memory.kinds.methods);
      if (event.type === "call") counter.add(event);
      else if (event.type === "summary") {
        calls = callsIn(event);
        if (event.ended === "limit") limit = event.frames;
      }
    },
  );
  const result = redaction.any((counter ?? new StatsCounter()).result());
  await print(
    options.format === "json"
      ? `${JSON.stringify({ type: "stats", schema: 1, ...result, capture_calls: calls, limit, complete }, null, 2)}\n`
      : await statsTables(result, { calls, limit }, spelling),
  );
  return status;
}
