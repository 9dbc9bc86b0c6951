/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section of this machine's byte order, interfaces described when their
 * first frame comes, Enhanced Packet Blocks in nanoseconds with an optional comment, interface statistics at the end.
 * Whole blocks only are handed on, so that what was written is a capture file at any moment.
 *
 * Not handled: names, several sections.
 */

import type { Frame } from "../frame.js";

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 0x0a;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const SHB_USER_APPLICATION = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_FILTER = 11;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;

/** Bytes gathered before they are handed on. */
const PIECE = 1 << 16;
/** Bytes of an option at most: its length is a 16-bit field. A longer text ends in how long it was. */
const OPTION_LIMIT = 0xfff0;

/** Where the bytes go. `write` is given whole blocks, and answers how many bytes, in whole blocks, found a place. */
export interface BlockSink {
  write(blocks: Uint8Array): number;
}

export interface WriterInterface {
  name: string;
  snaplen: number;
  filter: string | null;
}

/** What an interface statistics block shows. */
export interface InterfaceStatistics {
  received: number | null;
  dropped: number | null;
}

export class PcapngWriter {
  /** Packet blocks of this file, and its bytes: those that wait included, those that found no place not. */
  frames = 0;
  bytes = 0;
  readonly #sink: BlockSink;
  readonly #application: string;
  readonly #interfaces: readonly WriterInterface[];
  /** Interfaces described in this file, by source and link type. */
  #described = new Map<number, number>();
  #buffer = Buffer.allocUnsafe(PIECE * 2);
  #used = 0;

  /** `application` names the program that writes. Frames name their interface by its index. */
  constructor(sink: BlockSink, application: string, interfaces: readonly WriterInterface[]) {
    this.#sink = sink;
    this.#application = application;
    this.#interfaces = interfaces;
    this.begin();
  }

  /** Begins a section: a new file, or a new part of one. */
  begin(): void {
    this.frames = 0;
    this.bytes = 0;
    this.#described = new Map();
    const application = Buffer.from(this.#application);
    const length = 28 + 4 + padded(application.length) + 4;
    const at = this.#block(SECTION_HEADER, length);
    const b = this.#buffer;
    b.writeUInt32LE(BYTE_ORDER_MAGIC, at + 8);
    b.writeUInt16LE(1, at + 12);
    b.writeUInt16LE(0, at + 14);
    // The section's length is not known.
    b.writeInt32LE(-1, at + 16);
    b.writeInt32LE(-1, at + 20);
    this.#endOptions(this.#option(at + 24, SHB_USER_APPLICATION, application));
    this.flush();
  }

  /** Adds a frame of the interface `source`. */
  frame(frame: Frame, source: number, comment: string | null = null): void {
    const id = this.#interface(source, frame.linkType);
    const size = frame.end - frame.start;
    const text = comment === null ? null : cut(Buffer.from(comment));
    const options = text === null ? 0 : 4 + padded(text.length) + 4;
    const at = this.#block(ENHANCED_PACKET, 32 + padded(size) + options);
    const b = this.#buffer;
    b.writeUInt32LE(id, at + 8);
    this.#time(frame.seconds, frame.nanos, at + 12);
    b.writeUInt32LE(size, at + 20);
    b.writeUInt32LE(Math.max(size, frame.wireLength) >>> 0, at + 24);
    b.set(frame.data.subarray(frame.start, frame.end), at + 28);
    b.fill(0, at + 28 + size, at + 28 + padded(size));
    if (text !== null) this.#endOptions(this.#option(at + 28 + padded(size), OPTION_COMMENT, text));
    this.frames++;
    if (this.#used >= PIECE) this.flush();
  }

  /** Keys of a kind, for the frames behind them. */
  secrets(type: number, bytes: Uint8Array): void {
    const at = this.#block(DECRYPTION_SECRETS, 20 + padded(bytes.length));
    this.#buffer.writeUInt32LE(type, at + 8);
    this.#buffer.writeUInt32LE(bytes.length, at + 12);
    this.#buffer.set(bytes, at + 16);
    this.#buffer.fill(0, at + 16 + bytes.length, at + 16 + padded(bytes.length));
  }

  /** Says what was received and dropped, of the interfaces that this file describes. `seconds` since 1970. */
  statistics(seconds: number, of: (source: number) => InterfaceStatistics): void {
    for (const [key, id] of this.#described) {
      const { received, dropped } = of(key >>> 16);
      const at = this.#block(
        INTERFACE_STATISTICS,
        24 + (received === null ? 0 : 12) + (dropped === null ? 0 : 12) + 4,
      );
      this.#buffer.writeUInt32LE(id, at + 8);
      this.#time(Math.floor(seconds), Math.floor((seconds % 1) * 1e9), at + 12);
      let option = at + 20;
      if (received !== null) option = this.#option(option, ISB_IFRECV, u64(received));
      if (dropped !== null) option = this.#option(option, ISB_IFDROP, u64(dropped));
      this.#endOptions(option);
    }
    this.flush();
  }

  /** Hands on what waits. */
  flush(): void {
    if (this.#used === 0) return;
    const blocks = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    const taken = this.#sink.write(blocks);
    if (taken < blocks.length) this.#uncount(blocks.subarray(taken));
  }

  /** These blocks are not written after all. */
  #uncount(blocks: Buffer): void {
    this.bytes -= blocks.length;
    for (let at = 0; at < blocks.length; at += blocks.readUInt32LE(at + 4)) {
      if (blocks.readUInt32LE(at) === ENHANCED_PACKET) this.frames--;
    }
  }

  /** The number that the file has for an interface; describes it where that was not done. */
  #interface(source: number, linkType: number): number {
    const key = source * 65_536 + (linkType & 0xffff);
    const known = this.#described.get(key);
    if (known !== undefined) return known;
    const { name, snaplen, filter } = this.#interfaces[source] ?? { name: "", snaplen: 0, filter: null };
    const names = cut(Buffer.from(name));
    // A filter is stored as text, which a zero byte in front says.
    const filters = filter === null || filter === "" ? null : cut(Buffer.from(`\0${filter}`));
    const length =
      20 + 4 + padded(names.length) + 8 + (filters === null ? 0 : 4 + padded(filters.length)) + 4;
    const at = this.#block(INTERFACE_DESCRIPTION, length);
    this.#buffer.writeUInt16LE(linkType & 0xffff, at + 8);
    this.#buffer.writeUInt16LE(0, at + 10);
    this.#buffer.writeUInt32LE(snaplen, at + 12);
    let option = this.#option(at + 16, IF_NAME, names);
    option = this.#option(option, IF_TSRESOL, Buffer.of(9));
    if (filters !== null) option = this.#option(option, IF_FILTER, filters);
    this.#endOptions(option);
    const id = this.#described.size;
    this.#described.set(key, id);
    return id;
  }

  /** Room for a block of `length` bytes, with its type and both lengths in place. Answers where it begins. */
  #block(type: number, length: number): number {
    if (this.#used + length > this.#buffer.length) {
      this.flush();
      if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(length + PIECE);
    }
    const at = this.#used;
    this.#buffer.writeUInt32LE(type, at);
    this.#buffer.writeUInt32LE(length, at + 4);
    this.#buffer.writeUInt32LE(length, at + length - 4);
    this.#used += length;
    this.bytes += length;
    return at;
  }

  /** Nanoseconds since 1970 in two halves. All steps stay below 2^53. */
  #time(seconds: number, nanos: number, at: number): void {
    const low = (seconds % 65_536) * 1e9 + nanos;
    const high = Math.floor(seconds / 65_536) * 1e9;
    const middle = (high % 65_536) * 65_536 + low;
    this.#buffer.writeUInt32LE((Math.floor(high / 65_536) + Math.floor(middle / 4294967296)) >>> 0, at);
    this.#buffer.writeUInt32LE((middle % 4294967296) >>> 0, at + 4);
  }

  #option(at: number, code: number, value: Uint8Array): number {
    this.#buffer.writeUInt16LE(code, at);
    this.#buffer.writeUInt16LE(value.length, at + 2);
    this.#buffer.set(value, at + 4);
    const end = at + 4 + padded(value.length);
    this.#buffer.fill(0, at + 4 + value.length, end);
    return end;
  }

  #endOptions(at: number): void {
    this.#buffer.writeUInt32LE(OPTION_END, at);
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function cut(text: Buffer): Buffer {
  if (text.length <= OPTION_LIMIT) return text;
  const end = Buffer.from(` [cut: ${text.length} bytes]`);
  let size = OPTION_LIMIT - end.length;
  // No character of UTF-8 is cut in two.
  while ((text[size]! & 0xc0) === 0x80) size--;
  return Buffer.concat([text.subarray(0, size), end]);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
