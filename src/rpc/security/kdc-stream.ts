/**
 * The exchanges with a KDC over TCP (RFC 4120 7.2.2): four octets of length before each message. Whole messages go to
 * the key ring; a gap or a length that cannot be ends the direction.
 */

import { type Account, type Holder, type Kind, unlimited } from "../../budget.js";

/** Tickets with a long list of groups take tens of kilobytes; Windows allows 64. */
const MAX_MESSAGE = 128 * 1024;
const LENGTH_OCTETS = 4;
/** Estimated cost of an exchange, in bytes of memory. */
const EXCHANGE_COST = 1_000;

interface Direction {
  pending: Uint8Array;
  over: boolean;
}

export class KdcStream implements Holder {
  readonly #learn: (message: Uint8Array) => void;
  readonly stream: number | null;
  readonly #account: Account;
  readonly #client: Direction = { pending: new Uint8Array(0), over: false };
  readonly #server: Direction = { pending: new Uint8Array(0), over: false };

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
    const all = new Uint8Array(d.pending.length + bytes.length);
    all.set(d.pending);
    all.set(bytes, d.pending.length);
    const view = new DataView(all.buffer);
    let at = 0;
    while (all.length - at >= LENGTH_OCTETS) {
      const length = view.getUint32(at);
      if (length === 0 || length > MAX_MESSAGE) {
        d.over = true;
        break;
      }
      if (all.length - at < LENGTH_OCTETS + length) break;
      this.#learn(all.subarray(at + LENGTH_OCTETS, at + LENGTH_OCTETS + length));
      at += LENGTH_OCTETS + length;
    }
    d.pending = d.over ? new Uint8Array(0) : all.slice(at);
    this.#count();
  }

  /** Octets of this direction are missing: where the next message begins is not known any more. */
  gap(fromClient: boolean): void {
    const d = fromClient ? this.#client : this.#server;
    d.over = true;
    d.pending = new Uint8Array(0);
    this.#count();
  }
}
