/** What the protocols of the noise are filled with: numbers, words and bytes from one seeded generator. */

const WORDS =
  "account archive branch budget client contract customer delivery department document employee event finance folder group " +
  "history image index invoice item journal ledger login market member message meeting network notice office order owner page " +
  "partner payment person phone plan policy price product profile project purchase quarter record region report request result " +
  "review sales schedule section server service session setting share staff status stock store summary supplier support task " +
  "team template ticket total travel update user value vendor version visit warehouse window work";

export class Source {
  readonly #next: () => number;
  readonly #payload: Buffer;
  readonly #words = WORDS.split(" ");

  /** `payload`: random bytes, of which slices are taken. */
  constructor(next: () => number, payload: Buffer) {
    this.#next = next;
    this.#payload = payload;
  }

  /** From `from` up to, not including, `to`. */
  number(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from));
  }

  /** The same, most of them small: sizes of what is on a wire are no dice. */
  mostlySmall(from: number, to: number): number {
    return from + Math.floor(this.#next() ** 3 * (to - from));
  }

  chance(of: number): boolean {
    return this.#next() < of;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.number(0, values.length)]!;
  }

  bytes(size: number): Buffer {
    const at = this.number(0, this.#payload.length - size);
    return this.#payload.subarray(at, at + size);
  }

  hex(size: number): string {
    return this.bytes(size).toString("hex");
  }

  word(): string {
    return this.pick(this.#words);
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.word()).join(" ");
  }

  /** A name that is met seldom. */
  name(): string {
    return `${this.word()}${this.number(0, 10_000)}`;
  }

  host(): string {
    return `${this.name()}.${this.word()}.example.org`;
  }
}
