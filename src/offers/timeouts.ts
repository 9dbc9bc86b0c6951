/** What offers wait for before they are over, and how long. */
import type { OfferRecord } from "../events.js";
import { SECOND } from "../time.js";
import { IDLE } from "./grouping/initiations.js";

/** Microseconds of the capture's time after which an offer is reported. */
export interface Timeouts {
  /** After the last call. */
  settle: number;
  /** After the last segment of the connection that followed. */
  quiet: number;
  /** After the beginning of the connection that followed, however long it lasts. */
  held: number;
  /** Between two looks at an offer that is not over yet. */
  pause: number;
}

export const OFFLINE: Timeouts = { settle: IDLE, quiet: IDLE, held: 24 * 3600 * SECOND, pause: 60 * SECOND };
export const LIVE: Timeouts = {
  settle: 120 * SECOND,
  quiet: 60 * SECOND,
  held: 60 * SECOND,
  pause: 2 * SECOND,
};

/** What an offer whose calls are over still waits for, by its outcome so far. */
export const AWAITED: {
  readonly [outcome in OfferRecord["outcome"]]: "follow-up" | "end of follow-up" | null;
} = {
  connected: "end of follow-up",
  string_issued: "follow-up",
  encrypted: "follow-up",
  listed_only: null,
  denied: null,
  failed: null,
};
