/** Where the records of a window go: nothing has its name before all of it is written. */

import type { Event } from "../../events.js";
import type { LedgerEntry } from "../../fleet/node/ledger.js";
import type { WindowJob } from "../../fleet/window.js";

export interface ResultWriter {
  push(event: Event): void;
  /** Gives everything its name; what the same window wrote before is replaced. */
  finish(): LedgerEntry["outputs"];
  /** Instead: takes away what was written. */
  abandon(): void;
}

export type NewWriter = (job: WindowJob) => ResultWriter;
