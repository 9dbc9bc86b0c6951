/** What Zeek's conn.log tells of a conversation in datagrams. Kept only where an export asks, of those that are read. */
import type { Instant } from "../time.js";
import type { DatagramItem } from "./items.js";
import { isLikelyServer } from "./likely-servers.js";
import type { Pair } from "./pair.js";

/** Seconds without a datagram after which a conversation is over. */
const IDLE = 60;
/** Conversations at a time; the one that was quiet longest makes room, and is told of then. */
const MAX_CONVERSATIONS = 16_384;

interface Side {
  bytes: number;
  packets: number;
  ip_bytes: number;
}

export interface DatagramConversation {
  pair: Pair;
  stream: number;
  /** The end of the pair that is taken for the one that began. */
  client: 0 | 1;
  file: number;
  first: Instant;
  last: Instant;
  history: string;
  sides: readonly [Side, Side];
}

export class DatagramLedger {
  /** By the number of the stream, the one that was quiet longest first. */
  readonly #open = new Map<number, DatagramConversation>();
  #over: DatagramConversation[] = [];

  /** Counts one; answers its conversation, and whether it begins with it. */
  take({ pair, stream, size, ipBytes, time, file }: DatagramItem): {
    of: DatagramConversation;
    begins: boolean;
  } {
    for (const old of this.#open.values()) {
      if (time.seconds - old.last.seconds <= IDLE && this.#open.size < MAX_CONVERSATIONS) break;
      this.#open.delete(old.stream);
      this.#over.push(old);
    }
    const before = this.#open.get(stream);
    const of = before ?? begin(pair, stream, time, file);
    // The datagram's own pair begins with its sender.
    const from = pair.port0 === of.pair.port0 && pair.endpoint0.address === of.pair.endpoint0.address ? 0 : 1;
    const side = of.sides[from];
    side.bytes += size;
    side.packets++;
    side.ip_bytes += ipBytes;
    const code = from === of.client ? "D" : "d";
    if (!of.history.includes(code)) of.history += code;
    of.last = time;
    this.#open.delete(stream);
    this.#open.set(stream, of);
    return { of, begins: before === undefined };
  }

  /** Those that are over since this was asked last. */
  takeOver(): readonly DatagramConversation[] {
    const over = this.#over;
    if (over.length > 0) this.#over = [];
    return over;
  }

  /** All that are left. */
  finish(): readonly DatagramConversation[] {
    return [...this.takeOver(), ...this.#open.values()];
  }
}

function begin(pair: Pair, stream: number, time: Instant, file: number): DatagramConversation {
  const flips = isLikelyServer("udp", pair.port0) && !isLikelyServer("udp", pair.port1);
  const none = (): Side => ({ bytes: 0, packets: 0, ip_bytes: 0 });
  const sides = [none(), none()] as const;
  const history = flips ? "^" : "";
  return { pair, stream, client: flips ? 1 : 0, file, first: time, last: time, history, sides };
}
