/** What `raiscope stats FILE...` does. */

import { partyTables } from "../output/parties-view.js";
import { statsTables } from "../output/stats-view.js";
import { callsIn } from "../output/summary.js";
import { PartyCounter } from "../parties.js";
import { StatsCounter } from "../stats.js";
import { type DigestOptions, digest, writeReports } from "./batch.js";
import { readLogs } from "./inputs.js";
import {
  type ReportOptions,
  STATS_BY,
  STATS_FORMATS,
  type StatsBy,
  type StatsFormat,
} from "./report-options.js";
import { Reports } from "./reports.js";

export interface StatsOptions extends DigestOptions, ReportOptions<StatsFormat> {
  by?: StatsBy[];
}

export async function stats(files: readonly string[], options: StatsOptions): Promise<number> {
  const reports = new Reports(options, STATS_FORMATS);
  const by = new Set<StatsBy>(options.by ?? STATS_BY);
  let counter: StatsCounter | null = null;
  let parties: PartyCounter | null = null;
  let calls = 0;
  let limit: number | null = null;
  const { status, complete, redaction, spelling } = await digest(
    files,
    options,
    readLogs(options),
    reports,
    (event, analyzer) => {
      const { kinds } = analyzer.memory;
      counter ??= new StatsCounter(kinds.methods);
      parties ??= new PartyCounter(kinds.parties);
      if (event.type === "call") {
        counter.add(event);
        if (by.has("talkers") || by.has("users")) parties.add(event);
      } else if (event.type === "summary") {
        calls = callsIn(event);
        if (event.ended === "limit") limit = event.frames;
      }
    },
  );
  const { interfaces, total, slowest } = redaction.any((counter ?? new StatsCounter()).result());
  const { talkers, users } = redaction.any((parties ?? new PartyCounter()).result());
  return writeReports(reports, status, async (format) => {
    if (format === "json") {
      const shown = {
        ...(by.has("interfaces") ? { interfaces } : {}),
        total,
        ...(by.has("interfaces") ? { slowest } : {}),
        ...(by.has("talkers") ? { talkers } : {}),
        ...(by.has("users") ? { users } : {}),
      };
      const whole = { type: "stats", schema: 1, ...shown, capture_calls: calls, limit, complete };
      return `${JSON.stringify(whole, null, 2)}\n`;
    }
    const whole = { calls, limit };
    const shown = { interfaces: by.has("interfaces") ? interfaces : null, total, slowest };
    const tables = await statsTables(shown, whole, spelling);
    if (total.calls === 0) return tables;
    // All of them are shown where they are asked for.
    const most = options.by === undefined ? SHOWN_PARTIES : Number.POSITIVE_INFINITY;
    const of = { talkers: by.has("talkers") ? talkers : null, users: by.has("users") ? users : null };
    return [tables, ...(await partyTables(of, most, spelling))].filter((text) => text !== "").join("\n");
  });
}

/** Talkers and users that are shown beside the interfaces. */
const SHOWN_PARTIES = 20;
