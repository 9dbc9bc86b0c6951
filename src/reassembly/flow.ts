/**
 * One TCP conversation: who talks, what was counted, and the state of its two byte streams.
 * Sequence numbers are signed 32-bit values; `(a - b) | 0` is their distance.
 */

import { ipv4Text, ipv6Text } from "../../dissectors/ip/address.js";
import { communityId } from "../../dissectors/ip/community-id.js";
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
import type { Direction } from "./when.js";

export interface FlowEndpoint {
  /** IPv4 dotted, IPv6 as in [RFC 5952]. */
  readonly address: string;
  readonly port: number;
}

export class Flow {
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

  readonly version: 4 | 6;
  readonly port0: number;
  readonly port1: number;
  /** The addresses as 32-bit words; those behind the first of an IPv6 address are in `tails`, endpoint 0 first. */
  readonly word0: number;
  readonly word1: number;
  readonly tails: readonly number[] | null;
  private name0: FlowEndpoint | null = null;
  private name1: FlowEndpoint | null = null;
  private community: string | null = null;
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
    this.stream = stream;
    this.version = ip.version;
    this.port0 = swapped ? destinationPort : sourcePort;
    this.port1 = swapped ? sourcePort : destinationPort;
    this.word0 = swapped ? ip.destination0 : ip.source0;
    this.word1 = swapped ? ip.source0 : ip.destination0;
    this.tails = null;
    if (ip.version === 6) {
      const source = [ip.source1, ip.source2, ip.source3];
      const destination = [ip.destination1, ip.destination2, ip.destination3];
      this.tails = swapped ? destination.concat(source) : source.concat(destination);
    }
    this.firstSeconds = seconds;
    this.firstNanos = nanos;
    this.firstSequence = sequence;
    this.lastSeconds = seconds;
    this.lastNanos = nanos;
    this.budget = budget;
  }

  get endpoint0(): FlowEndpoint {
    this.name0 ??= { address: this.text(this.word0, 0), port: this.port0 };
    return this.name0;
  }

  get endpoint1(): FlowEndpoint {
    this.name1 ??= { address: this.text(this.word1, 3), port: this.port1 };
    return this.name1;
  }

  /** As Zeek, Suricata and Wireshark compute it. */
  get communityId(): string {
    this.community ??= communityId(
      IpProtocol.TCP,
      this.bytes(this.word0, 0),
      this.port0,
      this.bytes(this.word1, 3),
      this.port1,
    );
    return this.community;
  }

  /** An event of flow-state.ts. */
  change(event: number): void {
    this.state = nextFlowState(this.state, event);
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

  /** An address; what of it is in `tails` begins there at `at`. */
  private bytes(word: number, at: number): Uint8Array {
    const words = this.tails === null ? [word] : [word, ...this.tails.slice(at, at + 3)];
    const bytes = new Uint8Array(4 * words.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = words[i >> 2]! >>> (24 - 8 * (i & 3));
    return bytes;
  }

  private text(word: number, at: number): string {
    const tails = this.tails;
    return tails === null ? ipv4Text(word) : ipv6Text(word, tails[at]!, tails[at + 1]!, tails[at + 2]!);
  }
}
