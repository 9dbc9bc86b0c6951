/**
 * The exchange with a KDC over TCP, [RFC 4120] 7.2.2. Whole messages come out; a gap or a length that cannot be ends the
 * direction.
 */
import { LENGTH_SIZE, messageSize } from "../../dissectors/kerberos/framing.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Out } from "../rpc/output.js";
import type { DataProvenance, GapProvenance, Protocol, Provenance, Verdict } from "./protocol.js";

/** Estimated cost of an exchange, in bytes of memory. */
const EXCHANGE_COST = 1_000;

interface KdcDirection {
  /** The message that is not whole yet: the first `used` bytes. */
  pending: Uint8Array;
  used: number;
  over: boolean;
}

const NOTHING = new Uint8Array(0);

export class KdcStream implements Holder, Protocol {
  readonly stream: number | null;
  readonly #account: Account;
  readonly #directions: readonly [KdcDirection, KdcDirection] = [newDirection(), newDirection()];

  constructor(stream: number | null = null, kind: Kind = unlimited()) {
    this.stream = stream;
    this.#account = kind.open(this);
    this.#account.charge(EXCHANGE_COST);
  }

  /** The port said so; nothing more is of use once the messages of both directions cannot be found any more. */
  get verdict(): Verdict {
    return this.#directions[0].over && this.#directions[1].over ? "other" : "mine";
  }

  /** Memory is short: messages that are not whole go, and where the next would begin is not known any more. */
  giveUp(): void {
    for (const d of this.#directions) end(d);
    this.#count();
  }

  data(from: 0 | 1, bytes: Uint8Array, _at: DataProvenance, out: Out): void {
    const d = this.#directions[from];
    if (d.over) return;
    this.#take(d, bytes, out);
    this.#count();
  }

  /** Bytes of this direction are missing: where the next message begins is not known any more. */
  gap(from: 0 | 1, _size: number, _at: GapProvenance, _out: Out): void {
    end(this.#directions[from]);
    this.#count();
  }

  close(_at: Provenance, _out: Out): void {
    this.release();
  }

  release(): void {
    this.#account.close();
  }

  #count(): void {
    const [a, b] = this.#directions;
    this.#account.set(EXCHANGE_COST + a.pending.length + b.pending.length);
  }

  #take(d: KdcDirection, bytes: Uint8Array, out: Out): void {
    if (d.used === 0) {
      const taken = cut(d, bytes, out);
      if (!d.over && taken < bytes.length) append(d, bytes.subarray(taken));
      return;
    }
    append(d, bytes);
    const taken = cut(d, d.pending.subarray(0, d.used), out);
    if (d.over || taken === 0) return;
    // Messages that came out stand in the old room.
    const rest = d.pending.subarray(taken, d.used);
    d.pending = rest.length === 0 ? NOTHING : rest.slice();
    d.used = rest.length;
  }
}

function newDirection(): KdcDirection {
  return { pending: NOTHING, used: 0, over: false };
}

/** Puts out the whole messages that `bytes` begin with; answers how many bytes these are. */
function cut(d: KdcDirection, bytes: Uint8Array, out: Out): number {
  let at = 0;
  while (bytes.length - at >= LENGTH_SIZE) {
    const length = messageSize(bytes, at);
    if (length === 0) {
      end(d);
      break;
    }
    if (bytes.length - at < LENGTH_SIZE + length) break;
    out.push({ kind: "kerberos", message: bytes.subarray(at + LENGTH_SIZE, at + LENGTH_SIZE + length) });
    at += LENGTH_SIZE + length;
  }
  return at;
}

function end(d: KdcDirection): void {
  d.over = true;
  d.pending = NOTHING;
  d.used = 0;
}

/** The room doubles, so that a message in many small segments is not copied anew for each. */
function append(d: KdcDirection, bytes: Uint8Array): void {
  const needed = d.used + bytes.length;
  if (needed > d.pending.length) {
    const larger = new Uint8Array(Math.max(needed, 2 * d.pending.length));
    larger.set(d.pending.subarray(0, d.used));
    d.pending = larger;
  }
  d.pending.set(bytes, d.used);
  d.used = needed;
}
