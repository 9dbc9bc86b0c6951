/**
 * The messages of another protocol that carried the bytes of one direction, for as long as a PDU may begin in one of them:
 * ids of calls are made of the message that a call's first byte came in.
 */

/** Messages remembered; a PDU spans fewer. */
const MAX_CARRIERS = 1024;
/** Estimated cost of one, in bytes of memory. */
const CARRIER_COST = 120;

interface Carrier {
  name: string;
  /** TCP sequence numbers of its first byte, and behind its last one. */
  start: number;
  end: number;
}

export class Carriers {
  #all: Carrier[] = [];

  get held(): number {
    return CARRIER_COST * this.#all.length;
  }

  add(name: string, sequence: number, size: number): void {
    const last = this.#all[this.#all.length - 1];
    const end = (sequence + size) | 0;
    if (last?.name === name && last.end === sequence) last.end = end;
    else this.#all.push({ name, start: sequence, end });
    if (this.#all.length > MAX_CARRIERS) this.#all = this.#all.slice(MAX_CARRIERS / 2);
  }

  /** The one that carried the byte with that number; those before it are forgotten. */
  take(sequence: number): string | null {
    const at = this.#all.findIndex(({ start, end }) => isWithin(sequence, start, end));
    if (at < 0) return null;
    if (at > 0) this.#all = this.#all.slice(at);
    return this.#all[0]!.name;
  }
}

function isWithin(sequence: number, start: number, end: number): boolean {
  return ((sequence - start) | 0) >= 0 && ((end - sequence) | 0) > 0;
}
