/** What one log source makes of an event. */
import type { Event } from "../../events.js";

/** As rules see it (rules/fields.ts), with the event that it was made of. */
export interface SourceRecord {
  readonly event: Event;
  /** Undefined where there is no such field, or it has no value. */
  field(name: string): unknown;
  /** Names of all fields, which keywords look at. */
  names(): Iterable<string>;
}
