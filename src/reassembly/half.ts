/** The state of one direction of a flow. Sequence numbers are signed 32-bit values; `(a - b) | 0` is their distance. */
import { SortedList } from "../sorted-list.js";
import type { AckLog } from "./ack-log.js";
import type { Segment } from "./segment.js";

/** Memory that all flows share, so that a dismissed flow can give its own back. */
export interface Budget {
  /** Bytes of held segments, with what keeping them costs. */
  held: number;
  /** Arrays for recently delivered bytes: how many are in use, and some free ones. */
  histories: number;
  maxHistories: number;
  /** Some direction had no room for its own. */
  historyFull: boolean;
  readonly spare: Uint8Array[];
  readonly spareSmall: Uint8Array[];
}

/** What delivering the bytes of one direction needs; flows that only take a number have none of their own. */
export class Track {
  /** The other direction may go on without this one, of which nothing is captured. */
  absent = false;
  /** Bytes before the next to be delivered, lost ones included. */
  offset = 0;
  /** Where the stream ends, and whether all before that is delivered. */
  finKnown = false;
  finDone = false;
  finAt = 0;
  /** Segments that wait, by sequence number, none overlapping another. */
  readonly held = new SortedList<Segment>();
  heldBytes = 0;
  /** The hole being waited for: its first byte, and when it was noticed and when acknowledged (flow's count, time). */
  holeNext = 0;
  holeAt = -1;
  holeTime = 0;
  ackedAt = -1;
  ackedTime = 0;
  /** When the last hole that was given up had been acknowledged: the next one need not wait as long again. */
  lostAt = -1;
  lostTime = 0;
  /** End of a segment far out of the window, in case the stream really goes on there. */
  strayKnown = false;
  strayEnd = 0;
  /** The last bytes delivered (history.ts); those before offset `historyFrom` are not there. */
  history: Uint8Array | null = null;
  historyFrom = 0;
}

/** Stands for the track of every direction without bytes; never written to. */
export const IDLE = new Track();

/** One direction of a conversation. */
export class Half {
  /** Segments and payload bytes as sent, retransmissions included. */
  packets = 0;
  bytes = 0;

  // What decides whether a SYN begins a new conversation, as Wireshark does it.
  baseKnown = false;
  base = 0;

  /** Whether `next` means something, and whether it comes from a handshake and not from a guess. */
  known = false;
  exact = false;
  /** Some segment of this direction was captured. */
  seen = false;
  /** Sequence number of the next byte to be delivered. */
  next = 0;
  /** Highest acknowledgment by the other side. */
  ackKnown = false;
  acked = 0;
  /** Somebody wants to know when its bytes before this number are acknowledged. */
  awaited = false;
  awaitedAt = 0;
  /** Only where somebody asks. */
  acks: AckLog | null = null;
  track: Track = IDLE;

  /** To be told when what is before `end` is acknowledged; the earliest that is asked for counts. */
  await(end: number): void {
    if (this.awaited && ((end - this.awaitedAt) | 0) >= 0) return;
    this.awaited = true;
    this.awaitedAt = end;
  }

  /** What somebody waited for is acknowledged; true once. */
  takeAwaited(): boolean {
    if (!this.awaited || ((this.acked - this.awaitedAt) | 0) < 0) return false;
    this.awaited = false;
    return true;
  }
}
