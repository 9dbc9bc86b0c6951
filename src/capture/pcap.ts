/**
 * Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, through `pcap-parser`.
 *
 * The parser was made to be pushed buffers, of which it takes slices. Here it is given a cursor instead that has the
 * same few methods and lies over the window of the input: nothing is sliced, copied or gathered, it reads one record
 * at a time, and stops before a record that is too long. It reads the file header, the first record, and every record that is
 * cut or wrong; those between lie in the window as a whole and are walked (`whole`), since the parser's events cost several
 * times what a record does.
 *
 * Variants: the longer record headers of Kuznetzov's patches (magic 0xa1b2cd34) and of netsniff-ng (0xa1e2cb12); those of
 * Red Hat 6.1, Nokia and SuSE 6.3, which only the place of the second record shows; AIX (version 2.2, with link types of
 * its own).
 *
 * Not handled: such a variant with one record only.
 */
import { type Input, type PacketHeader, parse } from "pcap-parser";
import { type ByteSource, Window } from "./byte-source.js";
import {
  afterFrame,
  type Frame,
  type FrameSource,
  type Records,
  type SourceNote,
  trailingBytes,
} from "./frame.js";
import { PACKET_LIMIT } from "./pcapng.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** The link type's bits of the file header's last field; those above them speak of the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
const NETSNIFF = 0xa1e2cb12;
/**
 * Bytes by which record headers may be longer than the standard's, likeliest first. Kuznetzov and Red Hat 6.1: interface,
 * protocol, type of packet; SuSE 6.3: the processors too; Nokia: something of its own.
 */
const EXTRA_BYTES: { readonly [magic: number]: readonly number[] } = {
  [MICROSECONDS]: [0, 8, 4],
  [NANOSECONDS]: [0],
  [MODIFIED]: [8, 12],
  [NETSNIFF]: [8],
};
/** Seconds that the second record may be away from the first for its header to be recognised by them. */
const NEAR_SECONDS = 1e7;

/** Byte order and magic number, or null where there is none of this format. */
function magicOf(magic: number): { magic: number; little: boolean } | null {
  for (const known of [MICROSECONDS, NANOSECONDS, MODIFIED, NETSNIFF]) {
    if (magic === known) return { magic: known, little: false };
    if (magic === swap(known)) return { magic: known, little: true };
  }
  return null;
}

function swap(n: number): number {
  return ((n << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;
}

/** Whether a file that begins with these four bytes, most significant first, is read here. */
export function isPcap(magic: number): boolean {
  return magicOf(magic) !== null;
}

/** AIX writes the interface types of SNMP; the link types that they are. */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

function u32le(data: Uint8Array, at: number): number {
  return (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
}

function u32be(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

/** What the parser takes for a stream. */
class Feed implements Input<Cursor> {
  /** Hands over a buffer, or asks the parser to go on with the one it has. */
  push: (piece: Cursor | null) => void = () => {};

  on(event: "data" | "error" | "end", listener: (piece: Cursor | null) => void): void {
    if (event === "data") this.push = listener;
  }
  pause(): void {}
  resume(): void {}
}

/** What the parser takes for a buffer: the part of the window that was not read yet, or nothing while `shut`. */
class Cursor {
  shut = false;
  /** Bytes to be passed over behind the next record header. */
  passing = 0;
  private readonly window: Window;

  constructor(window: Window) {
    this.window = window;
  }

  get length(): number {
    return this.shut ? 0 : this.window.end - this.window.pos;
  }

  /** The parser moves on by taking the slice behind what it read; a slice with two ends is a packet's body. */
  slice(from: number, to?: number): this {
    if (to === undefined) {
      this.window.pos += from + this.passing;
      this.passing = 0;
    }
    return this;
  }

  /** Only asked for the magic number. The parser knows microseconds: it is given so in either case. */
  toString(): string {
    const magic = this.readUInt32BE(0);
    const known = magicOf(magic);
    if (known !== null) return (known.little ? swap(MICROSECONDS) : MICROSECONDS).toString(16);
    return magic.toString(16).padStart(8, "0");
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
    return u32le(this.window.data, this.window.pos + at);
  }

  readUInt32BE(at: number): number {
    return u32be(this.window.data, this.window.pos + at);
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
  /** Bytes that record headers are longer by than the standard's. */
  private extra = 0;
  /** How much longer they may be, until the second record shows. */
  private candidates: readonly number[] = [];
  private little = false;
  private frames = 0;
  /** A record was read, and it is known how long record headers are. */
  private settled = false;
  /** The cursor was handed to the parser, which keeps it. */
  private begun = false;
  /** The record whose body comes next, or null. */
  private header: PacketHeader | null = null;
  /** Bytes the parser waits for. */
  private need = FILE_HEADER_BYTES;
  private fault: string | null = null;
  private done = false;
  /** Where the packet that was asked for goes; null once it is there. */
  private target: Frame | null = null;

  /** How much longer record headers are, where it is known. */
  private readonly known: number | null;

  /** `bytes` starts at the file header; `name` is what messages call the input. */
  constructor(bytes: ByteSource, name: string, extra: number | null = null) {
    this.name = name;
    this.known = extra;
    this.window = new Window(bytes);
    this.cursor = new Cursor(this.window);
    const parser = parse(this.feed);
    parser.on("globalHeader", (header) => {
      this.linkType = header.linkLayerType & LINK_TYPE_MASK;
      const aix = AIX_LINK_TYPES.get(this.linkType);
      if (header.majorVersion === 2 && header.minorVersion === 2 && aix !== undefined) {
        this.linkType = aix;
        this.nanoseconds = true;
      }
      this.need = RECORD_HEADER_BYTES + this.extra;
      // How long record headers are is settled first.
      this.cursor.shut = true;
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
    this.done = true;
    this.settled = false;
    return this.window.bytes.close();
  }

  again(): Records {
    const { name, extra } = this;
    return {
      structure: [0, FILE_HEADER_BYTES],
      open: (bytes) => new PcapSource(bytes, name, extra),
    };
  }

  next(frame: Frame): boolean | Promise<boolean> {
    if (this.header !== null || !this.settled) return this.parsed(frame);
    return this.whole(frame) || this.joined(frame);
  }

  /** A record that straddles two pieces lies in the window as a whole once the next one is there, unless the input ends in it. */
  private joined(frame: Frame): boolean | Promise<boolean> {
    const { window, need } = this;
    const have = window.end - window.pos;
    let wanted = need;
    if (have >= need) {
      const captured = this.u32(8);
      wanted = need + captured;
      // Otherwise it is damaged, and it is the parser's to say how.
      if (captured > PACKET_LIMIT || have >= wanted) return this.parsed(frame);
    }
    const got = window.fill(wanted);
    if (got === false) return this.parsed(frame);
    if (got === true) return this.next(frame);
    return got.then((more) => (more ? this.next(frame) : this.parsed(frame)));
  }

  /**
   * A record that lies in the window as a whole needs no parser, which stands before a record header all the while: most of the
   * time of a large capture of other traffic went into its events. False where there is none, or something is wrong with it.
   */
  private whole(frame: Frame): boolean {
    const { window, little } = this;
    const { data } = window;
    const at = window.pos;
    const body = at + this.need;
    if (body > window.end) return false;
    const captured = little ? u32le(data, at + 8) : u32be(data, at + 8);
    // Before they are added: neither is larger than what numbers hold.
    if (captured > PACKET_LIMIT || body + captured > window.end) return false;
    frame.number = ++this.frames;
    frame.seconds = little ? u32le(data, at) : u32be(data, at);
    this.fraction(frame, little ? u32le(data, at + 4) : u32be(data, at + 4));
    frame.linkType = this.linkType;
    frame.data = data;
    frame.start = body;
    frame.end = body + captured;
    frame.wireLength = little ? u32le(data, at + 12) : u32be(data, at + 12);
    frame.position = window.base + at;
    frame.size = this.need + captured;
    frame.file = 0;
    window.pos = frame.end;
    return true;
  }

  private parsed(frame: Frame): boolean | Promise<boolean> {
    const { window, cursor } = this;
    this.target = frame;
    while (!this.done) {
      if (this.begun && this.candidates.length > 1) {
        const settled = this.settle(this.extra > 0);
        if (settled !== true) return settled.then(() => this.parsed(frame));
      }
      if (window.end - window.pos < this.need) {
        const got = window.fill(this.need);
        if (got === false) return this.end();
        if (got !== true) return got.then((more) => (more ? this.parsed(frame) : this.end()));
      }
      cursor.shut = false;
      if (this.begun) {
        // Nothing new to be added to what it has: the parser only goes on.
        this.feed.push(null);
      } else {
        this.begun = true;
        const known = magicOf(cursor.readUInt32BE(0));
        this.nanoseconds = known?.magic === NANOSECONDS || known?.magic === NETSNIFF;
        this.little = known?.little === true;
        this.candidates =
          known === null ? [] : this.known === null ? EXTRA_BYTES[known.magic]! : [this.known];
        this.extra = this.candidates[0] ?? 0;
        this.feed.push(cursor);
      }
      if (this.fault !== null) return this.damaged(this.fault);
      if (this.target === null) {
        this.settled = this.candidates.length <= 1;
        return true;
      }
    }
    return false;
  }

  /**
   * Finds out how long record headers are: the second record's must be plausible where the first one ends. Answers a
   * promise where it must wait for input, which it does only if `patient`.
   */
  private settle(patient: boolean): true | Promise<boolean> {
    const { window, candidates } = this;
    const have = window.end - window.pos;
    let wanted = RECORD_HEADER_BYTES;
    const longest = Math.max(...candidates) + RECORD_HEADER_BYTES;
    if (have >= wanted) wanted = Math.min(this.u32(8), PACKET_LIMIT) + longest + RECORD_HEADER_BYTES;
    if (have >= wanted) {
      const captured = this.u32(8) + RECORD_HEADER_BYTES;
      const likely = this.possible(captured + this.extra);
      if (!likely) this.extra = candidates.find((extra) => this.near(captured + extra)) ?? this.extra;
    } else if (patient) {
      const got = window.fill(wanted);
      if (got === true) return this.settle(true);
      if (got !== false) return got.then((more) => this.settle(more));
    }
    this.candidates = [];
    this.need = RECORD_HEADER_BYTES + this.extra;
    return true;
  }

  /** Whether a record header may begin so many bytes on: lengths and a fraction of a second that can be. */
  private possible(at: number): boolean {
    const captured = this.u32(at + 8);
    return captured <= this.u32(at + 12) && captured <= PACKET_LIMIT && this.u32(at + 4) < 1e9;
  }

  /** Whether one begins there by the sign that it is of about the same time as well, and holds a packet. */
  private near(at: number): boolean {
    const apart = Math.abs(this.u32(at) - this.u32(0));
    return apart < NEAR_SECONDS && this.u32(at + 8) > 0 && this.possible(at);
  }

  private u32(at: number): number {
    return this.little ? this.cursor.readUInt32LE(at) : this.cursor.readUInt32BE(at);
  }

  private onHeader(header: PacketHeader): void {
    if (header.capturedLength > PACKET_LIMIT) {
      this.fault = `frame ${this.frames + 1} claims ${header.capturedLength} bytes`;
      this.cursor.shut = true;
      return;
    }
    this.header = header;
    this.need = header.capturedLength;
    this.cursor.passing = this.extra;
  }

  private onData(): void {
    const header = this.header!;
    const frame = this.target!;
    const { data, pos } = this.window;
    frame.number = ++this.frames;
    frame.seconds = header.timestampSeconds;
    this.fraction(frame, header.timestampMicroseconds);
    frame.linkType = this.linkType;
    frame.data = data;
    frame.start = pos;
    frame.end = pos + header.capturedLength;
    frame.wireLength = header.originalLength;
    frame.position = this.window.base + pos - RECORD_HEADER_BYTES - this.extra;
    frame.size = RECORD_HEADER_BYTES + this.extra + header.capturedLength;
    frame.file = 0;
    this.header = null;
    this.target = null;
    this.need = RECORD_HEADER_BYTES + this.extra;
    // One record is enough for now.
    this.cursor.shut = true;
  }

  /** The time's fraction of a second, which may be more than one in damaged files. */
  private fraction(frame: Frame, fraction: number): void {
    frame.nanos = this.nanoseconds ? fraction : fraction * 1000;
    if (frame.nanos >= 1e9) {
      frame.seconds += Math.floor(frame.nanos / 1e9);
      frame.nanos %= 1e9;
    }
    frame.digits = this.nanoseconds ? 9 : 6;
  }

  private damaged(what: string): boolean {
    this.stop("error", "capture-damaged", `${this.name} is damaged ${afterFrame(this.frames)}: ${what}`);
    return false;
  }

  private end(): boolean {
    const left = this.window.end - this.window.pos;
    const { fault, notice } = this.window.bytes;
    let cut = fault;
    if (notice !== null) this.notes.push(trailingBytes(this.name, notice, this.frames));
    if (cut === null && !this.begun) {
      cut = `it has ${left} of the ${FILE_HEADER_BYTES} bytes of a file header`;
    } else if (cut === null && this.header !== null) {
      cut = `it ends ${left} bytes into a packet of ${this.header.capturedLength}`;
    } else if (cut === null && left > 0) cut = `it ends ${left} bytes into a record header`;
    if (cut !== null) {
      const message = `${this.name} is cut short ${afterFrame(this.frames)}: ${cut}`;
      this.stop("warning", "capture-cut-short", message);
    }
    this.done = true;
    return false;
  }

  private stop(severity: "warning" | "error", code: string, message: string): void {
    this.done = true;
    this.complete = false;
    this.notes.push({ severity, code, message, frame: this.frames });
  }
}
