/**
 * One TCP conversation: who talks, what was counted, and the state of its two byte streams.
 * Sequence numbers are signed 32-bit values; `(a - b) | 0` is their distance.
 */

import { ipv4Text, ipv6Text } from "../../dissectors/ip/address.js";
import { communityId } from "../../dissectors/ip/community-id.js";
import { IpProtocol, type IpResult } from "../../dissectors/ip/result.js";
import { SortedList } from "../sorted-list.js";
import { forget } from "./history.js";
import type { Direction } from "./items.js";
import type { Segment } from "./segment.js";

export interface FlowEndpoint {
  /** IPv4 dotted, IPv6 as in RFC 5952. */
  readonly address: string;
  readonly port: number;
}

/** Memory that all flows share, so that a dismissed flow can give its own back. */
export interface Budget {
  /** Octets of held segments, with what keeping them costs. */
  held: number;
  /** Arrays for recently delivered octets: how many are in use, and some free ones. */
  histories: number;
  maxHistories: number;
  /** Some direction had no room for its own. */
  historyFull: boolean;
  readonly spare: Uint8Array[];
}

/** What delivering the octets of one direction needs; flows that only take a number have none of their own. */
export class Track {
  /** The other direction may go on without this one, of which nothing is captured. */
  absent = false;
  /** Octets before the next to be delivered, lost ones included. */
  offset = 0;
  /** Where the stream ends, and whether all before that is delivered. */
  finKnown = false;
  finDone = false;
  finAt = 0;
  /** Segments that wait, by sequence number, none overlapping another. */
  readonly held = new SortedList<Segment>();
  heldBytes = 0;
  /** The hole being waited for: its first octet, and when it was noticed and when acknowledged (flow's count, time). */
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
  /** The last octets delivered (history.ts); those before offset `historyFrom` are not there. */
  history: Uint8Array | null = null;
  historyFrom = 0;
}

/** Stands for the track of every direction without octets; never written to. */
export const IDLE = new Track();

/** One direction of a conversation. */
export class Half {
  /** Segments and payload octets as sent, retransmissions included. */
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
  /** Sequence number of the next octet to be delivered. */
  next = 0;
  /** Highest acknowledgment by the other side. */
  ackKnown = false;
  acked = 0;
  track: Track = IDLE;
}

export class Flow {
  /** As Wireshark's tcp.stream. */
  readonly stream: number;
  /** No handshake was captured. */
  midstream = true;
  /** The consumer wants no more of it. */
  dismissed = false;
  /** Nothing comes any more; or will soon not come, which is all that is known of a dismissed flow. */
  closed = false;
  /** It was closed for being quiet, which its ends do not know. */
  lapsed = false;
  closing = false;
  /** The first data of a conversation joined in the middle wait for one more frame, in case it belongs before them. */
  settled = false;
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

  half(direction: Direction): Half {
    return direction === 0 ? this.half0 : this.half1;
  }

  /** No more items are wanted: from now on segments are only counted, and nothing is kept. */
  dismiss(): void {
    this.dismissed = true;
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
