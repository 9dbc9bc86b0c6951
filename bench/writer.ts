/** Writes classic pcap files of Ethernet frames, for the benchmark's inputs. */
import { closeSync, openSync, writeSync } from "node:fs";

const BUFFER_BYTES = 1 << 22;
const RECORD_HEADER = 16;

export class PcapWriter {
  /** Bytes written so far, headers included. */
  size = 0;
  frames = 0;
  private readonly file: number;
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private used = 0;

  constructor(path: string) {
    this.file = openSync(path, "w");
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    header.copy(this.buffer, 0);
    this.used = 24;
  }

  /** Room for one frame of `length` bytes at time `micros`; the caller fills it before the next call. */
  frame(micros: number, length: number): { buffer: Buffer; at: number } {
    if (this.used + RECORD_HEADER + length > BUFFER_BYTES) this.flush();
    const at = this.used;
    this.buffer.writeUInt32LE(Math.floor(micros / 1e6), at);
    this.buffer.writeUInt32LE(micros % 1e6, at + 4);
    this.buffer.writeUInt32LE(length, at + 8);
    this.buffer.writeUInt32LE(length, at + 12);
    this.used += RECORD_HEADER + length;
    this.size = this.written + this.used;
    this.frames++;
    return { buffer: this.buffer, at: at + RECORD_HEADER };
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private written = 0;

  private flush(): void {
    writeSync(this.file, this.buffer, 0, this.used);
    this.written += this.used;
    this.used = 0;
  }
}

/** A small deterministic generator (mulberry32): the same inputs on every machine. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
