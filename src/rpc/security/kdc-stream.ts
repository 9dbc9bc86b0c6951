/**
 * The exchanges with a KDC over TCP, [RFC 4120] 7.2.2. Whole messages go to the key ring; a gap or a length that cannot be
 * ends the direction.
 */

import { LENGTH_SIZE, messageSize } from "../../../dissectors/kerberos/framing.js";
import { type Account, type Holder, type Kind, unlimited } from "../../budget.js";

/** Estimated cost of an exchange, in bytes of memory. */
const EXCHANGE_COST = 1_000;

/** Room that a direction keeps while nothing of a message waits. */
const IDLE_ROOM = 4096;

interface Direction {
  /** The message that is not whole yet: the first `used` octets. */
  pending: Uint8Array;
  used: number;
  over: boolean;
}

const NOTHING = new Uint8Array(0);

export class KdcStream implements Holder {
  readonly #learn: (message: Uint8Array) => void;
  readonly stream: number | null;
  readonly #account: Account;
  readonly #client: Direction = { pending: NOTHING, used: 0, over: false };
  readonly #server: Direction = { pending: NOTHING, used: 0, over: false };

  constructor(learn: (message: Uint8Array) => void, stream: number | null = null, kind: Kind = unlimited()) {
    this.#learn = learn;
    this.stream = stream;
    this.#account = kind.open(this);
    this.#account.charge(EXCHANGE_COST);
  }

  /** Memory is short: messages that are not whole go, and where the next would begin is not known any more. */
  giveUp(): void {
    this.gap(true);
    this.gap(false);
  }

  release(): void {
    this.#account.close();
  }

  #count(): void {
    this.#account.set(EXCHANGE_COST + this.#client.pending.length + this.#server.pending.length);
  }

  /** The next octets of one direction, in order. */
  push(fromClient: boolean, bytes: Uint8Array): void {
    const d = fromClient ? this.#client : this.#server;
    if (d.over) return;
    this.#take(d, bytes);
    this.#count();
  }

  #take(d: Direction, bytes: Uint8Array): void {
    if (d.used === 0) {
      const taken = this.#cut(d, bytes);
      if (!d.over && taken < bytes.length) append(d, bytes.subarray(taken));
      return;
    }
    append(d, bytes);
    const taken = this.#cut(d, d.pending.subarray(0, d.used));
    if (d.over || taken === 0) return;
    d.pending.copyWithin(0, taken, d.used);
    d.used -= taken;
    if (d.used === 0 && d.pending.length > IDLE_ROOM) d.pending = NOTHING;
  }

  /** Gives away the whole messages that `bytes` begin with; answers how many octets these are. */
  #cut(d: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (bytes.length - at >= LENGTH_SIZE) {
      const length = messageSize(bytes, at);
      if (length === 0) {
        end(d);
        break;
      }
      if (bytes.length - at < LENGTH_SIZE + length) break;
      this.#learn(bytes.subarray(at + LENGTH_SIZE, at + LENGTH_SIZE + length));
      at += LENGTH_SIZE + length;
    }
    return at;
  }

  /** Octets of this direction are missing: where the next message begins is not known any more. */
  gap(fromClient: boolean): void {
    end(fromClient ? this.#client : this.#server);
    this.#count();
  }
}

function end(d: Direction): void {
  d.over = true;
  d.pending = NOTHING;
  d.used = 0;
}

/** The room doubles, so that a message in many small segments is not copied anew for each. */
function append(d: Direction, bytes: Uint8Array): void {
  const needed = d.used + bytes.length;
  if (needed > d.pending.length) {
    const larger = new Uint8Array(Math.max(needed, 2 * d.pending.length));
    larger.set(d.pending.subarray(0, d.used));
    d.pending = larger;
  }
  d.pending.set(bytes, d.used);
  d.used = needed;
}
