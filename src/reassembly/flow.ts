/**
 * One TCP conversation: who talks, what was counted, and the state of its two byte streams.
 * Sequence numbers are signed 32-bit values; `(a - b) | 0` is their distance.
 */

import { IpProtocol, type IpResult } from "../../dissectors/ip/result.js";
import {
  DISMISS,
  IS_CLOSED,
  IS_DISMISSED,
  IS_ENDING,
  IS_LAPSED,
  JOINED,
  JOINED_ENDING,
  LAST_WANTED,
  nextFlowState,
} from "./flow-state.js";
import { type Budget, Half, IDLE } from "./half.js";
import { forget } from "./history.js";
import type { TcpLedger } from "./ledger.js";
import { Pair } from "./pair.js";
import type { Direction } from "./when.js";

export class Flow extends Pair {
  /** As Wireshark's tcp.stream. */
  readonly stream: number;
  /** No handshake was captured. */
  midstream = true;
  /** By flow-state.ts. */
  private state = JOINED;
  readonly half0 = new Half();
  readonly half1 = new Half();
  /** Time and sequence number of the first segment, and time of the last one. */
  readonly firstSeconds: number;
  readonly firstNanos: number;
  readonly firstSequence: number;
  lastSeconds: number;
  lastNanos: number;
  /** Segments of both directions so far. */
  count = 0;
  /** Chances left before the flow is forgotten for a newer one. */
  chances = 1;
  /** Which notes were made. */
  notes = 0;
  /** It is another worker's (division.ts): at most what it teaches is of interest. */
  foreign = false;
  /** Which sides have said that they are done, one bit each; both where one broke off. */
  private ends = 0;
  /** What conn.log would tell of it; null where nobody asks. */
  ledger: TcpLedger | null = null;

  private readonly budget: Budget;

  /** Endpoint 0 is the source of the given packet, or its destination where `swapped`. */
  constructor(
    stream: number,
    ip: IpResult,
    sourcePort: number,
    destinationPort: number,
    swapped: boolean,
    seconds: number,
    nanos: number,
    sequence: number,
    budget: Budget,
  ) {
    super(IpProtocol.TCP, ip, sourcePort, destinationPort, swapped);
    this.stream = stream;
    this.firstSeconds = seconds;
    this.firstNanos = nanos;
    this.firstSequence = sequence;
    this.lastSeconds = seconds;
    this.lastNanos = nanos;
    this.budget = budget;
  }

  /** An event of flow-state.ts. */
  change(event: number): void {
    this.state = nextFlowState(this.state, event);
  }

  /** A FIN of this direction, or a RST. */
  flagged(direction: Direction, reset: boolean): void {
    this.ends |= reset ? 3 : 1 << direction;
  }

  /** Both sides are done, or one broke off, whether anybody followed it or not. */
  get ended(): boolean {
    return this.ends === 3;
  }

  /** Its bytes are wanted, and may still come. */
  get followed(): boolean {
    return this.state <= LAST_WANTED;
  }

  /** The consumer wants no more of it. */
  get dismissed(): boolean {
    return IS_DISMISSED[this.state]!;
  }

  get closed(): boolean {
    return IS_CLOSED[this.state]!;
  }

  /** It was closed for being quiet: one that goes on after all is a new one. */
  get lapsed(): boolean {
    return IS_LAPSED[this.state]!;
  }

  /** Its end was seen, and nothing is known of when it is over. */
  get closing(): boolean {
    return IS_ENDING[this.state]!;
  }

  /** Its first data do not wait for an earlier frame any more. */
  get settled(): boolean {
    return this.state !== JOINED && this.state !== JOINED_ENDING;
  }

  half(direction: Direction): Half {
    return direction === 0 ? this.half0 : this.half1;
  }

  /** No more items are wanted: from now on segments are only counted, and nothing is kept. */
  dismiss(): void {
    this.change(DISMISS);
    this.release();
    this.forgetTexts();
    if (this.ledger?.wanted === false) this.ledger = null;
  }

  /** Gives back what the flow keeps of its streams. */
  release(): void {
    this.releaseHalf(this.half0);
    this.releaseHalf(this.half1);
  }

  private releaseHalf(half: Half): void {
    if (half.track === IDLE) return;
    this.budget.held -= half.track.heldBytes;
    forget(half, this.budget);
    half.track = IDLE;
  }
}
