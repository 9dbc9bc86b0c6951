/**
 * A capture on disk: one file, or a ring of files that change by size, time and number of frames and of which the
 * oldest are deleted, named and bounded as dumpcap does it. Files are readable at any moment, also after a kill.
 */

import { closeSync, fchownSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Frame } from "../frame.js";
import { type BlockSink, type InterfaceStatistics, PcapngWriter, type WriterInterface } from "./writer.js";

/** When a file is full, and how many are kept. 0 means no such limit. */
export interface RingLimits {
  /** Thousands of bytes. */
  filesize: number;
  /** Seconds. */
  duration: number;
  /** Seconds of the wall clock that files begin at whole multiples of. */
  interval: number;
  /** Frames. */
  packets: number;
  /** Files kept. */
  files: number;
}

export const NO_RING: Readonly<RingLimits> = { filesize: 0, duration: 0, interval: 0, packets: 0, files: 0 };

export interface CaptureFileOptions {
  path: string;
  application: string;
  interfaces: readonly WriterInterface[];
  /** null: one file. */
  ring: RingLimits | null;
  /** Whose the files are to be, where this process may give them away. */
  owner: { uid: number; gid: number } | null;
  /** Files in all after which nothing more is written; null: no such limit. */
  lastFile: number | null;
  /** Runs what opens a file, where that needs more than this process may do otherwise. */
  opening: <T>(open: () => T) => T;
  /** Reported when a file begins. */
  onFile: ((path: string) => void) | null;
  /** Reported when the last file is full. */
  onFull: (() => void) | null;
}

/** Numbers of files in names go round after this. */
const MAX_NUMBER = 100_000;

/** One open file. What was written of a block that did not fit is taken back. */
class DiskFile implements BlockSink {
  readonly path: string;
  readonly fd: number;
  /** Why nothing more can be written, or null. */
  failure: Error | null = null;
  #whole = 0;

  constructor(path: string, flags: string) {
    this.path = path;
    // What was captured is nobody else's business.
    this.fd = openSync(path, flags, 0o600);
    const info = fstatSync(this.fd);
    this.#whole = info.isFile() ? info.size : 0;
  }

  write(blocks: Uint8Array): number {
    if (this.failure !== null) return 0;
    let at = 0;
    try {
      while (at < blocks.length) at += writeSync(this.fd, blocks, at);
    } catch (error) {
      this.failure = error as Error;
      at = wholeBlocks(blocks, at);
      try {
        ftruncateSync(this.fd, this.#whole + at);
      } catch {
        // A device.
      }
    }
    this.#whole += at;
    return at;
  }

  close(): void {
    try {
      closeSync(this.fd);
    } catch (error) {
      this.failure ??= error as Error;
    }
  }
}

export class CaptureFile {
  files = 0;
  /** A disk is waited for: nothing is dropped. */
  readonly dropped = 0;
  readonly #options: CaptureFileOptions;
  readonly #kept: string[] = [];
  #file: DiskFile;
  #writer: PcapngWriter;
  /** What earlier files got. */
  #framesBefore = 0;
  #bytesBefore = 0;
  #number = 0;
  /** Milliseconds of the wall clock at which the file is over. */
  #until = Number.POSITIVE_INFINITY;
  #failure: Error | null = null;
  #full = false;

  /** Opens the first file. Throws what the file system throws. */
  constructor(options: CaptureFileOptions) {
    this.#options = options;
    this.#file = this.#open("w");
    this.#writer = new PcapngWriter(this.#file, options.application, options.interfaces);
  }

  /** Frames written in all, of files deleted since as well. */
  get frames(): number {
    return this.#framesBefore + this.#writer.frames;
  }

  /** Bytes written in all. */
  get bytes(): number {
    return this.#bytesBefore + this.#writer.bytes;
  }

  /** The file that is being written. */
  get path(): string {
    return this.#file.path;
  }

  /** Bytes of the file that is being written. */
  get size(): number {
    return this.#writer.bytes;
  }

  /** Why nothing more is written, or null. */
  get failure(): Error | null {
    return this.#failure ?? this.#file.failure;
  }

  /** Adds a frame of the interface `source`; the file changes behind it where that fills it. */
  frame(frame: Frame, source: number, comment: string | null = null): void {
    if (this.failure !== null || this.#full) return;
    const writer = this.#writer;
    writer.frame(frame, source, comment);
    // What still waits has no place to go: it does not count.
    if (this.failure !== null) writer.flush();
    const ring = this.#options.ring;
    if (ring === null || this.failure !== null) return;
    const full =
      (ring.filesize > 0 && writer.bytes >= ring.filesize * 1000) ||
      (ring.packets > 0 && writer.frames >= ring.packets);
    if (full) this.next();
  }

  /** Called now and then: writes what waits, changes the file where its time is over. `now` in milliseconds. */
  tick(now: number): void {
    if (this.failure !== null || this.#full) return;
    if (now >= this.#until) this.next();
    else this.#writer.flush();
  }

  /** Ends the file and begins the next one. Where that cannot be opened, nothing more is written. */
  next(): void {
    this.#writer.flush();
    if (this.failure !== null) return;
    const { lastFile, onFull } = this.#options;
    if (lastFile !== null && this.files >= lastFile) {
      this.#full = true;
      onFull?.();
      return;
    }
    this.#file.close();
    try {
      this.#begin(this.#open("w"));
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  /**
   * Opens its file anew, which may have been moved away; a ring goes on with its next file. Throws what the file system
   * throws, and then goes on as before.
   */
  reopen(): void {
    this.#writer.flush();
    const old = this.#file;
    const file = this.#open("a");
    old.close();
    this.#begin(file);
  }

  /** Ends the capture. */
  close(seconds: number, of: (source: number) => InterfaceStatistics): void {
    if (this.failure === null) this.#writer.statistics(seconds, of);
    this.#file.close();
  }

  #begin(file: DiskFile): void {
    this.#framesBefore += this.#writer.frames;
    this.#bytesBefore += this.#writer.bytes;
    this.#file = file;
    this.#writer = new PcapngWriter(file, this.#options.application, this.#options.interfaces);
  }

  #open(flags: string): DiskFile {
    const { ring, owner, onFile, opening } = this.#options;
    const now = new Date();
    const path = ring === null ? this.#options.path : this.#nameOf(now);
    const file = opening(() => new DiskFile(path, flags));
    if (owner !== null) opening(() => giveAway(file.fd, owner));
    this.files++;
    onFile?.(path);
    if (ring === null) return file;
    const time = now.getTime();
    this.#until = ring.duration > 0 ? time + ring.duration * 1000 : Number.POSITIVE_INFINITY;
    if (ring.interval > 0) {
      const step = ring.interval * 1000;
      this.#until = Math.min(this.#until, (Math.floor(time / step) + 1) * step);
    }
    this.#kept.push(path);
    while (ring.files > 0 && this.#kept.length > ring.files) opening(() => remove(this.#kept.shift()!));
    // Without a number of files there is no end to the list.
    if (ring.files === 0) this.#kept.length = 0;
    return file;
  }

  /** NAME_00001_20240131235959.ext, in local time. */
  #nameOf(now: Date): string {
    const { path } = this.#options;
    this.#number = (this.#number + 1) % MAX_NUMBER;
    const suffix = extname(path);
    const stem = basename(path, suffix);
    const two = (value: number): string => String(value).padStart(2, "0");
    const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
    const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
    return join(dirname(path), `${stem}_${String(this.#number).padStart(5, "0")}_${day}${time}${suffix}`);
  }
}

/** A file that is begun. Where this process may not, it is that user's already. */
function giveAway(fd: number, owner: { uid: number; gid: number }): void {
  if (process.geteuid?.() !== 0) return;
  const info = fstatSync(fd);
  if (info.isFile() && info.size === 0) fchownSync(fd, owner.uid, owner.gid);
}

/** How many of the first `count` bytes are whole blocks. */
function wholeBlocks(blocks: Uint8Array, count: number): number {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  let whole = 0;
  while (whole + 8 <= count) {
    const length = view.getUint32(whole + 4, true);
    if (whole + length > count) break;
    whole += length;
  }
  return whole;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody took it away already.
  }
}
