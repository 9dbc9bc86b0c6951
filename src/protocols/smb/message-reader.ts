/**
 * Cuts one direction of a connection into SMB messages. Of each as much is kept as its taker wants, which is decided by what
 * is there of it; the rest is passed over, neither copied nor kept, so that a file that is copied costs next to nothing. After
 * bytes that are missing the next message stands where the last header said, or is searched for.
 */
import {
  findMessage,
  HEADER_SIZES,
  kindOf,
  SESSION_HEADER_SIZE,
  sessionLength,
  sessionPacket,
} from "../../../dissectors/smb/framing.js";
import { smb2Size } from "../../../dissectors/smb/smb2.js";
import type { Out } from "../../rpc/output.js";
import type { DataProvenance, GapProvenance } from "../protocol.js";
import type { MessageTaker, Run, SmbMessage } from "./message.js";

/** Bytes of one message that are kept at most: what a pipe carries in one is far shorter. */
export const MAX_MESSAGE = 1 << 20;

const NOTHING = new Uint8Array(0);
const MIN_BUFFER = 1024;
/** What a run costs beside its bytes. */
const RUN_COST = 120;

export class MessageReader {
  readonly #from: 0 | 1;
  readonly #taker: MessageTaker;
  /** Bytes to be passed over. */
  #passing = 0;
  /** Bytes of the session packet that are not dealt with, those kept included; 0 before a session header. */
  #packet = 0;
  /** The size of the message that is being read; 0 until that is known. */
  #size = 0;
  /** What must be there before anything can be said. */
  #need = SESSION_HEADER_SIZE;
  #kept: Uint8Array = NOTHING;
  #used = 0;
  #runs: Run[] = [];
  #searching: boolean;
  #searched = 0;
  /** Messages read so far. */
  count = 0;

  /** `midstream`: its bytes begin anywhere. */
  constructor(from: 0 | 1, midstream: boolean, taker: MessageTaker) {
    this.#from = from;
    this.#taker = taker;
    this.#searching = midstream;
  }

  /** Estimated cost of what is kept, in bytes of memory. */
  get held(): number {
    return this.#kept.length + RUN_COST * this.#runs.length;
  }

  /** Bytes searched for a message since the last one; 0 while it is known where the next one begins. */
  get searched(): number {
    return this.#searching ? this.#searched : 0;
  }

  /** Whether the next `size` bytes are all passed over, which is done with that. */
  passes(size: number): boolean {
    if (this.#passing < size) return false;
    this.#passing -= size;
    return true;
  }

  /** The next bytes, which are not all passed over. */
  data(bytes: Uint8Array, at: DataProvenance, out: Out): void {
    let done = this.#passing;
    this.#passing = 0;
    while (done < bytes.length) {
      if (this.#searching) {
        done = this.#search(bytes, done);
      } else if (this.#used > 0) {
        done += this.#fill(bytes, done, at, out);
      } else {
        const rest = done === 0 ? bytes : bytes.subarray(done);
        const after = (at.sequence + bytes.length) | 0;
        const run: Run = { end: rest.length, frame: at.frame, frames: at.frames, time: at.time, after };
        const taken = this.#read(rest, [run], out);
        if (taken === 0 && !this.#searching) {
          this.#keep(rest, at, after);
          return;
        }
        done += taken;
      }
      const passed = Math.min(this.#passing, bytes.length - done);
      this.#passing -= passed;
      done += passed;
    }
  }

  /** `size` bytes are missing here; 0 where nobody knows how many. */
  gap(size: number, at: GapProvenance, out: Out): void {
    if (this.#searching) return;
    if (size > 0 && size <= this.#passing) {
      // Of what is passed over nothing is missed.
      this.#passing -= size;
      return;
    }
    const known = this.#packet > 0 ? this.#packet - this.#used : 0;
    this.#cut(at, out);
    const left = this.#passing + known - size;
    this.#passing = 0;
    if (size > 0 && known > 0 && left >= 0) this.#passing = left;
    else this.#searching = true;
    this.#taker.missed(this.#from, at);
  }

  /** What is kept of a message goes out, cut. The rest of its packet is not looked at. */
  #cut(at: GapProvenance, out: Out): void {
    if (this.#packet > 0 && this.#size > 0 && this.#used > 0) {
      this.#give(this.#kept.subarray(0, this.#used), this.#runs, at, out);
    }
    this.#drop();
    this.#packet = 0;
    this.#size = 0;
    this.#need = SESSION_HEADER_SIZE;
  }

  /** Memory is short: the message that is kept goes out cut. */
  giveUp(at: GapProvenance, out: Out): void {
    if (this.#used === 0) return;
    const rest = this.#packet - this.#used;
    const inMessage = this.#packet > 0;
    this.#cut(at, out);
    if (inMessage) this.#passing = rest;
    else this.#searching = true;
    this.#taker.missed(this.#from, at);
  }

  /** Adds to what is kept until there is enough of it; answers how many bytes that took. */
  #fill(bytes: Uint8Array, from: number, at: DataProvenance, out: Out): number {
    const taken = Math.min(this.#need - this.#used, bytes.length - from);
    const part = bytes.subarray(from, from + taken);
    this.#keep(part, at, (at.sequence + from + taken) | 0);
    if (this.#used < this.#need) return taken;
    const read = this.#read(this.#kept.subarray(0, this.#used), this.#runs, out);
    if (read > 0 || this.#searching) this.#drop();
    return taken;
  }

  /**
   * Reads a session header or a message off `bytes`, which begin with it; answers how many bytes are dealt with, 0 where
   * more are needed or where it is searched from here on.
   */
  #read(bytes: Uint8Array, runs: readonly Run[], out: Out): number {
    if (bytes.length < this.#need) return 0;
    if (this.#packet === 0) return this.#header(bytes);
    if (this.#size === 0) {
      this.#need = Math.min(HEADER_SIZES.smb2, this.#packet);
      if (bytes.length < this.#need) return 0;
      const kind = kindOf(bytes, 0);
      if (kind === null || this.#packet < HEADER_SIZES[kind]) {
        this.#lose();
        return 0;
      }
      this.#size = kind === "smb2" ? smb2Size(bytes, this.#packet) : this.#packet;
    }
    const head = bytes.length > this.#size ? bytes.subarray(0, this.#size) : bytes;
    const limit = Math.min(this.#size, MAX_MESSAGE);
    const wanted = Math.min(limit, Math.max(this.#taker.wants(this.#from, head, this.#size), this.#need));
    if (head.length < wanted) {
      this.#need = wanted;
      return 0;
    }
    const size = this.#size;
    this.#give(bytes.subarray(0, wanted), runs, null, out);
    this.#packet -= size;
    this.#size = 0;
    this.#need = this.#packet === 0 ? SESSION_HEADER_SIZE : Math.min(HEADER_SIZES.smb2, this.#packet);
    this.#passing = size - wanted;
    return wanted;
  }

  #header(bytes: Uint8Array): number {
    const packet = sessionPacket(bytes, 0);
    const length = sessionLength(bytes, 0);
    if (packet === "unknown") {
      this.#lose();
      return 0;
    }
    if (packet === "service" || length === 0) {
      this.#passing = length;
      return SESSION_HEADER_SIZE;
    }
    this.#packet = length;
    this.#need = Math.min(HEADER_SIZES.smb2, length);
    return SESSION_HEADER_SIZE;
  }

  #give(bytes: Uint8Array, runs: readonly Run[], cut: GapProvenance | null, out: Out): void {
    const { end, after } = runs[0]!;
    const message: SmbMessage = { bytes, size: this.#size, sequence: (after - end) | 0, runs, cut };
    this.count++;
    this.#taker.take(this.#from, message, out);
  }

  /** No header stands where one must. */
  #lose(): void {
    this.#packet = 0;
    this.#size = 0;
    this.#need = SESSION_HEADER_SIZE;
    this.#searching = true;
    this.#searched = 0;
  }

  /** Answers where a message was found, or the end; one that begins at the very end of a segment is not seen. */
  #search(bytes: Uint8Array, from: number): number {
    const found = findMessage(bytes, from);
    if (found < 0) {
      this.#searched += bytes.length - from;
      return bytes.length;
    }
    this.#searching = false;
    this.#searched = 0;
    return found;
  }

  #keep(bytes: Uint8Array, at: DataProvenance, after: number): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#kept.length) {
      const room = Math.max(needed, Math.min(2 * this.#kept.length, this.#need), MIN_BUFFER);
      const larger = new Uint8Array(room);
      larger.set(this.#kept.subarray(0, this.#used));
      this.#kept = larger;
    }
    this.#kept.set(bytes, this.#used);
    this.#used = needed;
    const frames = typeof at.frames === "number" ? at.frames : [...at.frames];
    this.#runs.push({ end: needed, frame: at.frame, frames, time: at.time, after });
  }

  #drop(): void {
    // What went out stands in the old room until it is taken; a large one is not held for a connection that idles.
    this.#used = 0;
    this.#runs = [];
    if (this.#kept.length > 16384) this.#kept = NOTHING;
  }
}
