/**
 * pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces, each with its link type,
 * resolution and offset; Enhanced, Simple and (obsolete) Packet Blocks.
 *
 * Not handled: names, statistics and comments are passed over, and secrets where nobody takes them. Custom Blocks, systemd journal entries and
 * Sysdig events are frames without a link layer, since Wireshark gives them frame numbers.
 */
import { type ByteSource, Window } from "./byte-source.js";
import {
  afterFrame,
  type Frame,
  type FrameSource,
  NO_LINK_TYPE,
  type Records,
  type SourceNote,
  trailingBytes,
} from "./frame.js";

/** The largest block of a kind that is read; others are passed over piece by piece up to `SKIP_LIMIT`. */
const BLOCK_LIMIT = 1 << 20;
const SKIP_LIMIT = 1 << 26;
/** The largest packet, as in Wireshark. */
export const PACKET_LIMIT = 262_144;
const INTERFACE_LIMIT = 65_536;
/** Descriptions of sections and interfaces whose places are remembered: with more, no frame can be read alone. */
const STRUCTURE_LIMIT = 65_536;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 0x0a;
/** Blocks that are no packets and yet are counted as frames: custom, systemd journal, Sysdig events. */
const COUNTED = new Set([0x0bad, 0x40000bad, 9, 0x204, 0x208, 0x221, 0x223]);

const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

/** A Decryption Secrets Block: keys of other protocols, as TLS. */
export interface SecretsBlock {
  /** Which keys, by the registry of the format: 0x544c534b for a TLS key log. */
  type: number;
  /** A copy. */
  bytes: Uint8Array;
}

interface Interface {
  linkType: number;
  /** 0 means no limit. */
  snapLength: number;
  /** Units a second; `nanosPerUnit` is 0 where one unit is not a whole number of nanoseconds. */
  unitsPerSecond: number;
  nanosPerUnit: number;
  power: bigint;
  digits: 6 | 9;
  /** Seconds to be added. */
  offset: number;
}

export class PcapngSource implements FrameSource {
  complete = true;
  private readonly name: string;
  private readonly window: Window;
  private notes: SourceNote[] = [];
  private littleEndian = true;
  private interfaces: Interface[] = [];
  private frames = 0;
  private done = false;
  private inSection = false;
  private lastSeconds = 0;
  private lastNanos = 0;
  /** Where sections and interfaces are described; null where that is too often, or a packet has no time of its own. */
  private structure: number[] | null = [];

  private readonly takeSecrets: ((block: SecretsBlock) => void) | null;

  /** `name` is what messages call the input. `takeSecrets` is given the secrets blocks, each before the frames behind it. */
  constructor(bytes: ByteSource, name: string, takeSecrets: ((block: SecretsBlock) => void) | null = null) {
    this.window = new Window(bytes);
    this.name = name;
    this.takeSecrets = takeSecrets;
  }

  takeNotes(): SourceNote[] {
    const notes = this.notes;
    if (notes.length > 0) this.notes = [];
    return notes;
  }

  close(): Promise<void> {
    this.done = true;
    return this.window.bytes.close();
  }

  again(): Records | null {
    const { name, structure } = this;
    return structure === null ? null : { structure, open: (bytes) => new PcapngSource(bytes, name) };
  }

  next(frame: Frame): boolean | Promise<boolean> {
    const w = this.window;
    while (!this.done) {
      if (w.end - w.pos < 12) {
        const got = w.fill(12);
        if (got !== true) return this.resume(got, frame);
      }
      let type = this.u32(w.pos);
      if (type === SECTION_HEADER) this.byteOrder(w.pos + 8);
      else if (!this.inSection) return this.damaged("has a block outside of any section");
      type = this.u32(w.pos);
      const length = this.u32(w.pos + 4);
      if (this.done) return false;
      if (length < 12 || (length & 3) !== 0 || length > SKIP_LIMIT) {
        return this.damaged(`has a block of type 0x${type.toString(16)} that claims ${length} bytes`);
      }
      const wanted = isRead(type) || (type === DECRYPTION_SECRETS && this.takeSecrets !== null);
      if (!wanted) {
        const counted = COUNTED.has(type) && length >= 16;
        if (w.end - w.pos < length) {
          const got = w.skip(length);
          if (got === true) {
            if (counted) return this.countOnly(frame);
            continue;
          }
          return this.resumeSkipped(got, frame, counted);
        }
        w.pos += length;
        if (counted) return this.countOnly(frame);
        continue;
      }
      if (length > BLOCK_LIMIT) {
        return this.damaged(`has a block of type 0x${type.toString(16)} that claims ${length} bytes`);
      }
      if (w.end - w.pos < length) {
        const got = w.fill(length);
        if (got !== true) return this.resume(got, frame);
      }
      const at = w.pos;
      if (this.u32(at + length - 4) !== length) {
        return this.damaged(`has a block whose two lengths differ (${length}, ${this.u32(at + length - 4)})`);
      }
      w.pos = at + length;
      if (this.block(type, at, length, frame)) return true;
    }
    return false;
  }

  /** After waiting for input: tries again, or ends. */
  private resume(got: boolean | Promise<boolean>, frame: Frame): boolean | Promise<boolean> {
    if (typeof got === "boolean") return got ? this.next(frame) : this.end();
    return got.then((more) => (more ? this.next(frame) : this.end()));
  }

  private resumeSkipped(
    got: boolean | Promise<boolean>,
    frame: Frame,
    counted: boolean,
  ): boolean | Promise<boolean> {
    if (typeof got !== "boolean") return got.then((more) => this.resumeSkipped(more, frame, counted));
    if (!got) {
      // What was passed over is gone from the window: the block itself is what was cut.
      this.cutShort();
      return false;
    }
    return counted ? this.countOnly(frame) : this.next(frame);
  }

  private end(): boolean {
    const { fault, notice } = this.window.bytes;
    if (notice !== null) this.notes.push(trailingBytes(this.name, notice, this.frames));
    if (this.window.end > this.window.pos || fault !== null) this.cutShort();
    this.done = true;
    return false;
  }

  private cutShort(): void {
    const why = this.window.bytes.fault ?? "it ends in the middle of a block";
    this.stop("warning", "capture-cut-short", `${this.name} is cut short ${afterFrame(this.frames)}: ${why}`);
  }

  private damaged(what: string): boolean {
    this.stop("error", "capture-damaged", `${this.name} is damaged ${afterFrame(this.frames)}: it ${what}`);
    return false;
  }

  private stop(severity: "warning" | "error", code: string, message: string): void {
    this.done = true;
    this.complete = false;
    this.notes.push({ severity, code, message, frame: this.frames });
  }

  private byteOrder(at: number): void {
    const d = this.window.data;
    const magic = ((d[at]! << 24) | (d[at + 1]! << 16) | (d[at + 2]! << 8) | d[at + 3]!) >>> 0;
    if (magic === 0x1a2b3c4d) this.littleEndian = false;
    else if (magic === 0x4d3c2b1a) this.littleEndian = true;
    else this.damaged(`has a section with byte-order magic 0x${magic.toString(16)}`);
  }

  private u16(at: number): number {
    const d = this.window.data;
    return this.littleEndian ? d[at]! | (d[at + 1]! << 8) : (d[at]! << 8) | d[at + 1]!;
  }

  private u32(at: number): number {
    const d = this.window.data;
    const value = this.littleEndian
      ? d[at]! | (d[at + 1]! << 8) | (d[at + 2]! << 16) | (d[at + 3]! << 24)
      : (d[at]! << 24) | (d[at + 1]! << 16) | (d[at + 2]! << 8) | d[at + 3]!;
    return value >>> 0;
  }

  /** Reads one whole block; true where it is a packet, which then is in `frame`. */
  private block(type: number, at: number, length: number, frame: Frame): boolean {
    switch (type) {
      case ENHANCED_PACKET:
        return this.packet(frame, at, length, 28, this.u32(at + 8), at + 12);
      case PACKET:
        return this.packet(frame, at, length, 28, this.u16(at + 8), at + 12);
      case SIMPLE_PACKET:
        return this.simplePacket(frame, at, length);
      case INTERFACE_DESCRIPTION:
        this.interfaceDescription(at, length);
        this.describes(at, length);
        return false;
      case DECRYPTION_SECRETS:
        this.secrets(at, length);
        return false;
      default:
        this.section(at, length);
        this.describes(at, length);
        return false;
    }
  }

  private describes(at: number, length: number): void {
    const { structure } = this;
    if (structure === null) return;
    structure.push(this.window.base + at, length);
    if (structure.length > 2 * STRUCTURE_LIMIT) this.structure = null;
  }

  private section(at: number, length: number): void {
    if (length < 28) {
      this.damaged(`has a section header of ${length} bytes`);
      return;
    }
    const major = this.u16(at + 12);
    if (major !== 1) {
      this.damaged(`has a section of version ${major}.${this.u16(at + 14)}`);
      return;
    }
    this.interfaces = [];
    this.inSection = true;
  }

  private secrets(at: number, length: number): void {
    const size = length < 24 ? -1 : this.u32(at + 12);
    if (size < 0 || size > length - 20) {
      this.damaged(`has a secrets block of ${length} bytes`);
      return;
    }
    this.takeSecrets?.({ type: this.u32(at + 8), bytes: this.window.data.slice(at + 16, at + 16 + size) });
  }

  private interfaceDescription(at: number, length: number): void {
    if (length < 20 || this.interfaces.length >= INTERFACE_LIMIT) {
      this.damaged(
        length < 20 ? `has an interface description of ${length} bytes` : "has too many interfaces",
      );
      return;
    }
    let resolution = 6;
    let offset = 0n;
    for (let o = at + 16, end = at + length - 4; o + 4 <= end; ) {
      const code = this.u16(o);
      const size = this.u16(o + 2);
      if (code === 0 || o + 4 + size > end) break;
      if (code === OPTION_TSRESOL && size >= 1) resolution = this.window.data[o + 4]!;
      if (code === OPTION_TSOFFSET && size >= 8) {
        const first = BigInt(this.u32(o + 4));
        const second = BigInt(this.u32(o + 8));
        offset = BigInt.asIntN(64, this.littleEndian ? (second << 32n) | first : (first << 32n) | second);
      }
      o += 4 + ((size + 3) & ~3);
    }
    const exponent = resolution & 0x7f;
    const binary = resolution >= 0x80;
    const units = (binary ? 2 : 10) ** exponent;
    this.interfaces.push({
      linkType: this.u16(at + 8),
      snapLength: this.u32(at + 12),
      unitsPerSecond: units,
      nanosPerUnit: 1e9 % units === 0 ? 1e9 / units : 0,
      power: (binary ? 2n : 10n) ** BigInt(exponent),
      digits: units <= 1e6 ? 6 : 9,
      offset: Number(offset),
    });
  }

  /** An Enhanced Packet Block, or a Packet Block, whose fields lie at the same places from the time on. */
  private packet(
    frame: Frame,
    at: number,
    length: number,
    header: number,
    id: number,
    time: number,
  ): boolean {
    const from = this.interfaces[id];
    if (length < header + 4) return this.damaged(`has a packet block of ${length} bytes`);
    if (from === undefined)
      return this.damaged(`has a packet of interface ${id}, which it does not describe`);
    const captured = this.u32(at + 20);
    if (captured > length - header - 4 || captured > PACKET_LIMIT) {
      return this.damaged(`has a packet of ${captured} bytes in a block of ${length}`);
    }
    this.setTime(from, this.u32(time), this.u32(time + 4));
    frame.wireLength = this.u32(at + 24);
    this.deliver(frame, from, at + header, captured);
    frame.position = this.window.base + at;
    frame.size = length;
    return true;
  }

  private simplePacket(frame: Frame, at: number, length: number): boolean {
    const from = this.interfaces[0];
    if (length < 16) return this.damaged(`has a packet block of ${length} bytes`);
    if (from === undefined) return this.damaged("has a packet of interface 0, which it does not describe");
    const wire = this.u32(at + 8);
    const snap = from.snapLength === 0 ? wire : Math.min(wire, from.snapLength);
    if (snap > length - 16 || snap > PACKET_LIMIT) {
      return this.damaged(`has a packet of ${snap} bytes in a block of ${length}`);
    }
    frame.wireLength = wire;
    // The block has no time of its own: the last one known keeps the order.
    this.structure = null;
    this.deliver(frame, from, at + 12, snap);
    frame.size = 0;
    return true;
  }

  private deliver(frame: Frame, from: Interface, start: number, captured: number): void {
    frame.number = ++this.frames;
    frame.seconds = this.lastSeconds;
    frame.nanos = this.lastNanos;
    frame.digits = from.digits;
    frame.linkType = from.linkType;
    frame.data = this.window.data;
    frame.start = start;
    frame.end = start + captured;
    frame.file = 0;
  }

  private countOnly(frame: Frame): boolean {
    frame.number = ++this.frames;
    frame.seconds = this.lastSeconds;
    frame.nanos = this.lastNanos;
    frame.linkType = NO_LINK_TYPE;
    frame.data = this.window.data;
    frame.start = 0;
    frame.end = 0;
    frame.wireLength = 0;
    frame.size = 0;
    frame.file = 0;
    return true;
  }

  /** Units since 1970 as two 32-bit halves, to seconds and nanoseconds, exactly. */
  private setTime(from: Interface, high: number, low: number): void {
    const units = from.unitsPerSecond;
    let seconds: number;
    let nanos: number;
    if (units === 1e6 && high < 0x200000) {
      const value = high * 4294967296 + low;
      seconds = Math.floor(value / 1e6);
      nanos = (value - seconds * 1e6) * 1000;
    } else if (from.nanosPerUnit !== 0) {
      // Long division, sixteen bits at a time: every step stays below 2^53.
      let rest = high >>> 16;
      let q = Math.floor(rest / units);
      seconds = q;
      rest = (rest - q * units) * 65536 + (high & 0xffff);
      q = Math.floor(rest / units);
      seconds = seconds * 65536 + q;
      rest = (rest - q * units) * 65536 + (low >>> 16);
      q = Math.floor(rest / units);
      seconds = seconds * 65536 + q;
      rest = (rest - q * units) * 65536 + (low & 0xffff);
      q = Math.floor(rest / units);
      seconds = seconds * 65536 + q;
      nanos = (rest - q * units) * from.nanosPerUnit;
    } else {
      const value = (BigInt(high) << 32n) | BigInt(low);
      const whole = value / from.power;
      seconds = Number(whole);
      nanos = Number(((value - whole * from.power) * 1000000000n) / from.power);
    }
    this.lastSeconds = seconds + from.offset;
    this.lastNanos = nanos;
  }
}

function isRead(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === SECTION_HEADER
  );
}
