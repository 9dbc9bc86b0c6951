import type { Instant } from "../time.js";

/** 0: from the flow's endpoint 0 to endpoint 1; 1: the other way. */
export type Direction = 0 | 1;

/** Where and when: of a frame, or of a segment that was held. */
export interface When {
  frame: number;
  time: Instant;
  /** Index into the run's list of inputs. */
  file: number;
}
