/**
 * Where the frames of a run are that reads several files: in which of them, and under which number there. Frames are
 * counted over all files; those of one file that come one after the other are one stretch.
 */
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";

/** A frame's file, by its index among the inputs, and its number within. */
export interface FilePlace {
  file: number;
  number: number;
}

/** Bytes of one stretch, in the arrays below. */
const STRETCH_BYTES = 20;
const FIRST_ROOM = 256;

export class FilePlaces implements Holder {
  readonly stream = null;
  /** Of each stretch: the run's number of its first frame, what that is more than the file's own, and the file. */
  #starts = new Float64Array(FIRST_ROOM);
  #ahead = new Float64Array(FIRST_ROOM);
  #files = new Uint32Array(FIRST_ROOM);
  #count = 0;
  readonly #account: Account;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
  }

  /** The next frame: `number` in the run, `inFile` in its file. Numbers may be left out, and never go back. True where it begins a stretch. */
  see(number: number, file: number, inFile: number): boolean {
    const last = this.#count - 1;
    const ahead = number - inFile;
    if (last >= 0 && this.#files[last] === file && this.#ahead[last] === ahead) return false;
    if (this.#count === this.#starts.length) this.#resize(this.#count * 2, 0);
    this.#starts[this.#count] = number;
    this.#ahead[this.#count] = ahead;
    this.#files[this.#count] = file;
    this.#count++;
    this.#account.set(this.#count * STRETCH_BYTES);
    return true;
  }

  /** null where it is not known any more. */
  of(number: number): FilePlace | null {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    return { file: this.#files[low - 1]!, number: number - this.#ahead[low - 1]! };
  }

  /** Memory is short: the older half is forgotten. */
  giveUp(): void {
    const gone = Math.ceil(this.#count / 2);
    this.#count -= gone;
    this.#resize(Math.max(FIRST_ROOM, this.#count), gone);
    this.#account.set(this.#count * STRETCH_BYTES);
  }

  #resize(room: number, from: number): void {
    const starts = new Float64Array(room);
    const ahead = new Float64Array(room);
    const files = new Uint32Array(room);
    starts.set(this.#starts.subarray(from, from + this.#count));
    ahead.set(this.#ahead.subarray(from, from + this.#count));
    files.set(this.#files.subarray(from, from + this.#count));
    this.#starts = starts;
    this.#ahead = ahead;
    this.#files = files;
  }
}
