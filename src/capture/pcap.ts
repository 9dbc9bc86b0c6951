/**
 * Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, through `pcap-parser`, which
 * is wrapped so that it can be pulled and so that damage is noticed.
 *
 * Not handled: the "modified" record headers and other private variants; open.ts refuses them by name.
 */
import { EventEmitter } from "node:events";
import { type PacketHeader, parse } from "pcap-parser";
import type { ByteSource } from "./bytes.js";
import type { Frame, FrameSource, SourceNote } from "./frame.js";
import { PACKET_LIMIT } from "./pcapng.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** The link type's bits of the file header's last field; those above them speak of the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;

/** Words kept of every record of a piece: seconds, fraction, start, captured and wire length. */
const WORDS = 5;

/** What the parser takes for a stream: pieces are pushed through it, one at a time, and nothing else happens. */
class Feed extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

/** Thrown through the parser to stop it at a record it must not gather. */
const STOP = new Error("stop");

export class PcapSource implements FrameSource {
  complete = true;
  private readonly name: string;
  private readonly bytes: ByteSource;
  private readonly feed = new Feed();
  private notes: SourceNote[] = [];
  private nanoseconds = false;
  private linkType = 0;
  private digits: 6 | 9 = 6;
  /** The records of the piece in use, and the array that they lie in. */
  private queue = new Uint32Array(WORDS * 4096);
  private written = 0;
  private taken = 0;
  private data: Uint8Array = new Uint8Array(0);
  private first = true;
  private frames = 0;
  private header: PacketHeader | null = null;
  /** Whole records, and the octets up to the end of the last of them. */
  private records = 0;
  private fed = 0;
  private consumed = 0;
  private fault: string | null = null;
  private ended = false;

  /** `bytes` starts at the file header; `name` is what messages call the input. */
  constructor(bytes: ByteSource, name: string) {
    this.bytes = bytes;
    this.name = name;
    const parser = parse(this.feed);
    parser.on("globalHeader", (header) => {
      this.linkType = header.linkLayerType & LINK_TYPE_MASK;
      this.consumed = FILE_HEADER_BYTES;
    });
    parser.on("packetHeader", (header) => this.onHeader(header));
    parser.on("packetData", (data) => this.onData(data));
    parser.on("error", (error) => {
      this.fault = `it has an ${error.message}`;
    });
  }

  takeNotes(): SourceNote[] {
    const notes = this.notes;
    if (notes.length > 0) this.notes = [];
    return notes;
  }

  close(): Promise<void> {
    this.ended = true;
    return this.bytes.close();
  }

  next(frame: Frame): boolean | Promise<boolean> {
    while (this.taken === this.written) {
      if (this.ended) return false;
      if (this.fault !== null) return this.damaged(this.fault);
      const more = this.bytes.pull();
      if (more === false) return this.end();
      if (more !== true) return more.then((got) => (got ? this.parsePiece(frame) : this.end()));
      this.parse();
    }
    this.deliver(frame);
    return true;
  }

  private parsePiece(frame: Frame): boolean | Promise<boolean> {
    this.parse();
    return this.next(frame);
  }

  private deliver(frame: Frame): void {
    const q = this.queue;
    const at = this.taken;
    this.taken = at + WORDS;
    const fraction = q[at + 1]!;
    frame.number = ++this.frames;
    frame.seconds = q[at]!;
    frame.nanos = this.nanoseconds ? fraction : fraction * 1000;
    if (frame.nanos >= 1e9) {
      frame.seconds += Math.floor(frame.nanos / 1e9);
      frame.nanos %= 1e9;
    }
    frame.digits = this.digits;
    frame.linkType = this.linkType;
    frame.data = this.data;
    frame.start = q[at + 2]!;
    frame.end = frame.start + q[at + 3]!;
    frame.wireLength = q[at + 4]!;
    frame.file = 0;
  }

  /** Runs the parser over the source's current piece. */
  private parse(): void {
    const { data, start, end } = this.bytes;
    const piece = Buffer.from(data.buffer, data.byteOffset + start, end - start);
    if (this.fed === 0) this.magic(piece);
    this.fed += piece.length;
    this.written = 0;
    this.taken = 0;
    this.first = true;
    try {
      this.feed.emit("data", piece);
    } catch (error) {
      if (error !== STOP) throw error;
    }
  }

  /** The parser knows microseconds only: the nanosecond magic is written over before it sees it. */
  private magic(piece: Buffer): void {
    const magic = piece.readUInt32BE(0);
    if (magic === 0xa1b23c4d) piece.writeUInt32BE(0xa1b2c3d4, 0);
    else if (magic === 0x4d3cb2a1) piece.writeUInt32BE(0xd4c3b2a1, 0);
    else return;
    this.nanoseconds = true;
    this.digits = 9;
  }

  private onHeader(header: PacketHeader): void {
    if (header.capturedLength > PACKET_LIMIT) {
      this.fault = `frame ${this.records + 1} claims ${header.capturedLength} octets`;
      throw STOP;
    }
    this.header = header;
  }

  private onData(data: Buffer): void {
    const header = this.header!;
    if (this.first) {
      // Every slice of a piece lies in the same array.
      this.data = new Uint8Array(data.buffer);
      this.first = false;
    }
    let q = this.queue;
    const at = this.written;
    if (at + WORDS > q.length) {
      q = new Uint32Array(q.length * 2);
      q.set(this.queue);
      this.queue = q;
    }
    q[at] = header.timestampSeconds;
    q[at + 1] = header.timestampMicroseconds;
    q[at + 2] = data.byteOffset;
    q[at + 3] = header.capturedLength;
    q[at + 4] = header.originalLength;
    this.written = at + WORDS;
    this.records++;
    this.consumed += RECORD_HEADER_BYTES + header.capturedLength;
  }

  private damaged(what: string): boolean {
    this.stop("error", "capture-damaged", `${this.name} is damaged after frame ${this.frames}: ${what}`);
    return false;
  }

  /** The parser is silent about a record that the end of the input cut: the octets it was given are counted. */
  private end(): boolean {
    const left = this.fed - this.consumed;
    const fault = this.bytes.fault;
    if (left > 0 || fault !== null) {
      const why =
        fault ??
        `its last ${left} octets are the beginning of a ${this.fed < FILE_HEADER_BYTES ? "file header" : "record"}`;
      this.stop(
        "warning",
        "capture-cut-short",
        `${this.name} is cut short after frame ${this.frames}: ${why}`,
      );
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
