import type { When } from "./when.js";

/** A segment that waits for its turn. */
export interface Segment extends When {
  /** Sequence numbers of the first byte and of the one after the last. */
  at: number;
  end: number;
  /** A copy; null where the bytes were sent and not captured (snap length). */
  bytes: Uint8Array | null;
  /** What the sender had received by then, where `acks`. */
  acks: boolean;
  ack: number;
  /** The flow's count of segments when it came. */
  order: number;
  frames: number | number[];
}
