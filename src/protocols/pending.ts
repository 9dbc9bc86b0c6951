/** Bytes of one direction that wait for the rest of their message. */
export class Pending {
  #room: Uint8Array = NOTHING;
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** Bytes of memory that it takes. */
  get cost(): number {
    return this.#room.length;
  }

  /** All of them: a view, valid until more is appended. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#used);
  }

  /** The room doubles, so that a message in many small segments is not copied anew for each. */
  append(bytes: Uint8Array): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#room.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#room.length));
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#room.set(bytes, this.#used);
    this.#used = needed;
  }

  /** The first `count` are done with; views of them stay as they are, since the rest moves to a room of its own. */
  drop(count: number): void {
    if (count === 0) return;
    this.#room = count >= this.#used ? NOTHING : this.#room.slice(count, this.#used);
    this.#used = this.#room.length;
  }
}

const NOTHING = new Uint8Array(0);
