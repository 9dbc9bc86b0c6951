/**
 * Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, through `pcap-parser`.
 *
 * The parser was made to be pushed buffers, of which it takes slices. Here it is given a cursor instead that has the
 * same few methods and lies over the window of the input: nothing is sliced, copied or gathered, it reads one record
 * at a time, and stops before a record that is too long.
 *
 * Not handled: the "modified" record headers and other private variants; open.ts refuses them by name.
 */
import { EventEmitter } from "node:events";
import { type PacketHeader, parse } from "pcap-parser";
import { type ByteSource, Window } from "./bytes.js";
import type { Frame, FrameSource, SourceNote } from "./frame.js";
import { PACKET_LIMIT } from "./pcapng.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** The link type's bits of the file header's last field; those above them speak of the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

/** What the parser takes for a stream. */
class Feed extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

/** What the parser takes for a buffer: the part of the window that was not read yet, or nothing while `shut`. */
class Cursor {
  shut = false;
  private readonly window: Window;

  constructor(window: Window) {
    this.window = window;
  }

  get length(): number {
    return this.shut ? 0 : this.window.end - this.window.pos;
  }

  /** The parser moves on by taking the slice behind what it read; a slice with two ends is a packet's body. */
  slice(from: number, to?: number): this {
    if (to === undefined) this.window.pos += from;
    return this;
  }

  /** Only asked for the magic number. The parser knows microseconds: it is told so in either case. */
  toString(): string {
    const magic = this.readUInt32BE(0);
    if (magic === NANOSECONDS) return MICROSECONDS.toString(16);
    return this.readUInt32LE(0) === NANOSECONDS ? "d4c3b2a1" : magic.toString(16).padStart(8, "0");
  }

  readUInt16LE(at: number): number {
    const { data, pos } = this.window;
    return data[pos + at]! | (data[pos + at + 1]! << 8);
  }

  readUInt16BE(at: number): number {
    const { data, pos } = this.window;
    return (data[pos + at]! << 8) | data[pos + at + 1]!;
  }

  readUInt32LE(at: number): number {
    const { data } = this.window;
    const o = this.window.pos + at;
    return (data[o]! | (data[o + 1]! << 8) | (data[o + 2]! << 16) | (data[o + 3]! << 24)) >>> 0;
  }

  readUInt32BE(at: number): number {
    const { data } = this.window;
    const o = this.window.pos + at;
    return ((data[o]! << 24) | (data[o + 1]! << 16) | (data[o + 2]! << 8) | data[o + 3]!) >>> 0;
  }

  readInt32LE(at: number): number {
    return this.readUInt32LE(at) | 0;
  }

  readInt32BE(at: number): number {
    return this.readUInt32BE(at) | 0;
  }
}

export class PcapSource implements FrameSource {
  complete = true;
  private readonly name: string;
  private readonly window: Window;
  private readonly cursor: Cursor;
  private readonly feed = new Feed();
  private notes: SourceNote[] = [];
  private nanoseconds = false;
  private linkType = 0;
  private frames = 0;
  /** The cursor was handed to the parser, which keeps it. */
  private begun = false;
  /** The record whose body comes next, or null. */
  private header: PacketHeader | null = null;
  /** Octets the parser waits for. */
  private need = FILE_HEADER_BYTES;
  private fault: string | null = null;
  private ended = false;
  /** Where the packet that was asked for goes; null once it is there. */
  private target: Frame | null = null;

  /** `bytes` starts at the file header; `name` is what messages call the input. */
  constructor(bytes: ByteSource, name: string) {
    this.name = name;
    this.window = new Window(bytes);
    this.cursor = new Cursor(this.window);
    const parser = parse(this.feed);
    parser.on("globalHeader", (header) => {
      this.linkType = header.linkLayerType & LINK_TYPE_MASK;
      this.need = RECORD_HEADER_BYTES;
    });
    parser.on("packetHeader", (header) => this.onHeader(header));
    parser.on("packetData", () => this.onData());
    parser.on("error", (error) => {
      this.fault = error.message;
    });
  }

  takeNotes(): SourceNote[] {
    const notes = this.notes;
    if (notes.length > 0) this.notes = [];
    return notes;
  }

  close(): Promise<void> {
    this.ended = true;
    return this.window.bytes.close();
  }

  next(frame: Frame): boolean | Promise<boolean> {
    const { window, cursor } = this;
    this.target = frame;
    while (!this.ended) {
      if (window.end - window.pos < this.need) {
        const got = window.fill(this.need);
        if (got === false) return this.end();
        if (got !== true) return got.then((more) => (more ? this.next(frame) : this.end()));
      }
      cursor.shut = false;
      if (this.begun) {
        // Nothing new to be added to what it has: the parser only goes on.
        this.feed.emit("data", null);
      } else {
        this.begun = true;
        this.nanoseconds = cursor.readUInt32BE(0) === NANOSECONDS || cursor.readUInt32LE(0) === NANOSECONDS;
        this.feed.emit("data", cursor);
      }
      if (this.fault !== null) return this.damaged(this.fault);
      if (this.target === null) return true;
    }
    return false;
  }

  private onHeader(header: PacketHeader): void {
    if (header.capturedLength > PACKET_LIMIT) {
      this.fault = `frame ${this.frames + 1} claims ${header.capturedLength} octets`;
      this.cursor.shut = true;
      return;
    }
    this.header = header;
    this.need = header.capturedLength;
  }

  private onData(): void {
    const header = this.header!;
    const frame = this.target!;
    const { data, pos } = this.window;
    const fraction = header.timestampMicroseconds;
    frame.number = ++this.frames;
    frame.seconds = header.timestampSeconds;
    frame.nanos = this.nanoseconds ? fraction : fraction * 1000;
    if (frame.nanos >= 1e9) {
      frame.seconds += Math.floor(frame.nanos / 1e9);
      frame.nanos %= 1e9;
    }
    frame.digits = this.nanoseconds ? 9 : 6;
    frame.linkType = this.linkType;
    frame.data = data;
    frame.start = pos;
    frame.end = pos + header.capturedLength;
    frame.wireLength = header.originalLength;
    frame.file = 0;
    this.header = null;
    this.target = null;
    this.need = RECORD_HEADER_BYTES;
    // One record is enough for now.
    this.cursor.shut = true;
  }

  private damaged(what: string): boolean {
    this.stop("error", "capture-damaged", `${this.name} is damaged after frame ${this.frames}: ${what}`);
    return false;
  }

  private end(): boolean {
    const left = this.window.end - this.window.pos;
    let cut = this.window.bytes.fault;
    if (cut === null && !this.begun) cut = `it ends ${left} octets into its file header`;
    else if (cut === null && this.header !== null) {
      cut = `it ends ${left} octets into a packet of ${this.header.capturedLength}`;
    } else if (cut === null && left > 0) cut = `it ends ${left} octets into a record header`;
    if (cut !== null) {
      const message = `${this.name} is cut short after frame ${this.frames}: ${cut}`;
      this.stop("warning", "capture-cut-short", message);
    }
    this.ended = true;
    return false;
  }

  private stop(severity: "warning" | "error", code: string, message: string): void {
    this.ended = true;
    this.complete = false;
    this.notes.push({ severity, code, message, frame: this.frames });
  }
}
