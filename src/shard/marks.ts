/**
 * What fronts have taught, as marks in memory that all threads see: of each key that decoding may ask for, which fronts said something
 * about it. What only its own front spoke of, that front knows as well as anybody; all else is looked at again behind the fronts.
 * Keys are hashed: two that share a place cost a look, and no answer.
 */
import type { Fact } from "../facts/fact.js";
import type { ObjectTable } from "../run/objects.js";

/** So many fronts have a bit each in a byte; in a word 31 do, which is as many as --jobs takes. */
const FEW = 7;
/** Places of marks. */
const PLACES = 1 << 23;
const PLACES_OF_MANY = 1 << 21;

/** What a key is of. */
const IPID = 0x11;
const OBJECT = 0x22;
const NAME = 0x33;
const TYPE = 0x44;
const CLASS = 0x55;

/** Bytes of marks for so many fronts. */
export function marksSize(fronts: number): number {
  return fronts <= FEW ? PLACES : 4 * PLACES_OF_MANY;
}

export class Marks {
  readonly #table: Uint8Array | Int32Array;
  readonly #mask: number;

  constructor(shared: SharedArrayBuffer, fronts: number) {
    this.#table = fronts <= FEW ? new Uint8Array(shared) : new Int32Array(shared);
    this.#mask = this.#table.length - 1;
  }

  ipid(ipid: string): number {
    return hash(IPID, ipid) & this.#mask;
  }

  object(oxid: string | null, oid: string): number {
    return hash(hash(OBJECT, oxid ?? ""), oid) & this.#mask;
  }

  name(key: string): number {
    return hash(NAME, key) & this.#mask;
  }

  /** Of all types together. */
  types(): number {
    return hash(TYPE, "") & this.#mask;
  }

  cimClass(id: string): number {
    return hash(CLASS, id) & this.#mask;
  }

  /** The front taught something about what has its mark there; a number of no front stands for all of them. */
  set(place: number, front: number): void {
    const bits = front < 0 ? (this.#table instanceof Uint8Array ? 0xff : -1) : 1 << front;
    if ((this.#table[place]! & bits) !== bits) Atomics.or(this.#table as Int32Array, place, bits);
  }

  /** Another front than this one taught something about it. */
  isOthers(place: number, front: number): boolean {
    return (Atomics.load(this.#table as Int32Array, place) & ~(1 << front)) !== 0;
  }

  /** Everything that facts may change an answer about. */
  teach(facts: readonly Fact[], objects: ObjectTable, front: number): void {
    for (const fact of facts) {
      switch (fact.kind) {
        case "interface-pointer":
          this.#reference(fact.ipid, fact.oxid, fact.oid, objects, front);
          break;
        case "exporter":
          if (fact.remUnknown !== null) this.#reference(fact.remUnknown, null, null, objects, front);
          break;
        case "query":
          for (const { given } of fact.results) {
            if (given !== null) this.#reference(given.ipid, given.oxid, given.oid, objects, front);
          }
          break;
        case "dual":
          if (fact.oid !== null) this.set(this.object(fact.oxid, fact.oid), front);
          break;
        case "member-name":
          for (const key of fact.keys) this.set(this.name(key), front);
          break;
        case "cim-class":
          this.set(this.cimClass(fact.classId), front);
          break;
        case "type-of-object":
        case "type-attributes":
        case "type-name":
        case "type-member":
        case "type-implements":
        case "type-reference":
          this.set(this.types(), front);
      }
    }
  }

  #reference(
    ipid: string,
    oxid: string | null,
    oid: string | null,
    objects: ObjectTable,
    front: number,
  ): void {
    this.set(this.ipid(ipid), front);
    if (oid !== null) this.set(this.object(oxid, oid), front);
    const known = objects.interfaces.peek(ipid);
    if (known !== undefined && known.oid !== null) this.set(this.object(known.oxid, known.oid), front);
  }
}

/** FNV-1a. */
function hash(seed: number, text: string): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h ^ (h >>> 15);
}
