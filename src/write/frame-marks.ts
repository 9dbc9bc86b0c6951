/** Frames by number, a bit each. */
export class FrameMarks {
  #bits = new Uint8Array(1 << 12);
  /** How many are marked. */
  count = 0;

  add(frame: number): void {
    const at = frame >>> 3;
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(at + 1, 2 * this.#bits.length));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    const bit = 1 << (frame & 7);
    if ((this.#bits[at]! & bit) !== 0) return;
    this.#bits[at]! |= bit;
    this.count++;
  }

  has(frame: number): boolean {
    return (this.#bits[frame >>> 3]! & (1 << (frame & 7))) !== 0;
  }
}
