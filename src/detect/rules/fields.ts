/** Values of one record's fields as tests see them: each is fetched and folded once, however many rules ask. */

import { Folder } from "./fold.js";

/** What rules are matched against. A field's name is the whole of a dotted path, as the source spells it. */
export interface SourceRecord {
  /** Undefined where the record has no such field. */
  field(name: string): unknown;
  /** Names of all fields, which keywords look at. */
  names(): Iterable<string>;
}

const NOTHING: SourceRecord = { field: () => undefined, names: () => [] };

/** The text of a single value; null for what has none, as objects. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : null;
}

/** One for all rules of a source; it is told the record before they are asked. */
export class Fields {
  record: SourceRecord = NOTHING;
  readonly #slots = new Map<string, number>();
  readonly #names: string[] = [];
  /** Number of the record that a value is of. */
  #current = 0;
  readonly #readAt: number[] = [];
  readonly #values: unknown[] = [];
  readonly #foldedAt: number[] = [];
  readonly #folded: (string | null)[] = [];
  readonly #folder = new Folder();

  /** The place of a field's value. */
  slot(name: string): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = this.#names.length;
      this.#slots.set(name, slot);
      this.#names.push(name);
      this.#readAt.push(0);
      this.#values.push(undefined);
      this.#foldedAt.push(0);
      this.#folded.push(null);
    }
    return slot;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  open(record: SourceRecord): void {
    this.record = record;
    this.#current++;
  }

  close(): void {
    this.record = NOTHING;
  }

  get current(): number {
    return this.#current;
  }

  read(slot: number): unknown {
    if (this.#readAt[slot] !== this.#current) {
      this.#readAt[slot] = this.#current;
      this.#values[slot] = this.record.field(this.#names[slot]!);
    }
    return this.#values[slot];
  }

  /** The text of the field's value, folded; null for what has none, as lists. */
  text(slot: number): string | null {
    const current = this.#current;
    if (this.#foldedAt[slot] === current) return this.#folded[slot]!;
    this.#foldedAt[slot] = current;
    let value: unknown;
    if (this.#readAt[slot] === current) value = this.#values[slot];
    else {
      this.#readAt[slot] = current;
      value = this.record.field(this.#names[slot]!);
      this.#values[slot] = value;
    }
    // Numbers have no case.
    const text = typeof value === "string" ? this.#folder.fold(value) : textOf(value);
    this.#folded[slot] = text;
    return text;
  }

  fold(text: string): string {
    return this.#folder.fold(text);
  }
}
