/**
 * The exchange with a KDC over TCP, [RFC 4120] 7.2.2, or with the service that changes passwords, [RFC 3244] 2, which frames its
 * messages alike. Whole messages come out; a gap or a length that cannot be ends the direction.
 */
import { isTooLong, LENGTH_SIZE, MAX_MESSAGE, messageSize } from "../../dissectors/kerberos/framing.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Note } from "../events.js";
import type { Spoken } from "../observations.js";
import type { Out } from "../rpc/output.js";
import type { Observer } from "./observer.js";
import { Pending } from "./pending.js";
import type { DataProvenance, FlowOrigin, GapProvenance, Protocol, Provenance, Verdict } from "./protocol.js";

/** Estimated cost of an exchange, in bytes of memory. */
const EXCHANGE_COST = 1_000;

interface KdcDirection {
  /** The message that is not whole yet. */
  pending: Pending;
  over: boolean;
}

/** Where an exchange is. */
export interface KdcPlace {
  stream: number;
  communityId: string | null;
  file: string | null;
}

export class KdcStream implements Holder, Protocol {
  readonly #kind: "kerberos" | "password-change";
  readonly #place: KdcPlace | null;
  readonly #account: Account;
  /** Takes what messages say; null where no export asks. */
  readonly #observed: { observer: Observer; origin: FlowOrigin } | null;
  readonly #directions: readonly [KdcDirection, KdcDirection] = [newDirection(), newDirection()];

  /** `kind`: what comes out. */
  constructor(
    kind: "kerberos" | "password-change" = "kerberos",
    place: KdcPlace | null = null,
    memory: Kind = unlimited(),
    observed: { observer: Observer; origin: FlowOrigin } | null = null,
  ) {
    this.#observed = observed;
    this.#kind = kind;
    this.#place = place;
    this.#account = memory.open(this);
    this.#account.charge(EXCHANGE_COST);
  }

  get speaks(): Spoken | undefined {
    return this.#kind === "kerberos" ? "kerberos" : undefined;
  }

  get stream(): number | null {
    return this.#place?.stream ?? null;
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

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): void {
    const d = this.#directions[from];
    if (d.over) return;
    this.#take(d, bytes, at, out);
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
    this.#account.set(EXCHANGE_COST + a.pending.cost + b.pending.cost);
  }

  #take(d: KdcDirection, bytes: Uint8Array, at: Provenance, out: Out): void {
    if (d.pending.length === 0) {
      const taken = this.#cut(d, bytes, at, out);
      if (!d.over && taken < bytes.length) d.pending.append(bytes.subarray(taken));
      return;
    }
    d.pending.append(bytes);
    const taken = this.#cut(d, d.pending.bytes, at, out);
    if (!d.over) d.pending.drop(taken);
  }

  /** Puts out the whole messages that `bytes` begin with; answers how many bytes these are. */
  #cut(d: KdcDirection, bytes: Uint8Array, at: Provenance, out: Out): number {
    let taken = 0;
    while (bytes.length - taken >= LENGTH_SIZE) {
      const length = messageSize(bytes, taken);
      if (length === 0) {
        const long = isTooLong(bytes, taken);
        if (long === "need-more") break;
        if (long) this.#reportLong(at, out);
        end(d);
        break;
      }
      const from = taken + LENGTH_SIZE;
      if (bytes.length < from + length) break;
      const message = bytes.subarray(from, from + length);
      out.push({ kind: this.#kind, message });
      this.#observed?.observer.kerberos(this.#observed.origin, at.time, message);
      taken = from + length;
    }
    return taken;
  }

  #reportLong({ frame, time }: Provenance, out: Out): void {
    if (this.#place === null) return;
    const note: Note = {
      severity: "warning",
      code: "kerberos-too-long",
      message: `a Kerberos message is longer than ${MAX_MESSAGE} bytes: it and what follows in its direction are not read, and no keys are learned from them`,
    };
    out.push({ kind: "note", association: null, ...this.#place, note, frame, at: time });
  }
}

function newDirection(): KdcDirection {
  return { pending: new Pending(), over: false };
}

function end(d: KdcDirection): void {
  d.over = true;
  d.pending.drop(d.pending.length);
}
