/** What a shipped rule is tried on. */
import type { Event } from "../../../src/events.js";

/** A capture of the project's (`pipes.pcapng`) or of the shared material (`shared/pipes/…`), or records. */
export type Tried = string | readonly Event[];

export interface RuleCase {
  /** Name of its file, without the suffix. */
  rule: string;
  fires: readonly Tried[];
  quiet: readonly Tried[];
}
