/** Builds capture files for tests, of every kind that is read. */

export interface Packet {
  seconds: number;
  /** In units of the file's resolution. */
  fraction: number;
  data: Uint8Array;
  wireLength?: number;
}

export interface PcapOptions {
  littleEndian?: boolean;
  magic?: number;
  linkType?: number;
  version?: [number, number];
  /** Bytes that record headers are longer by than the standard's. */
  extra?: number;
}

/** Writes integers in either order. */
export class Bytes {
  private readonly parts: Buffer[] = [];
  private readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    if (this.littleEndian) part.writeUInt16LE(value);
    else part.writeUInt16BE(value);
    this.parts.push(part);
    return this;
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    if (this.littleEndian) part.writeUInt32LE(value >>> 0);
    else part.writeUInt32BE(value >>> 0);
    this.parts.push(part);
    return this;
  }

  raw(data: Uint8Array): this {
    this.parts.push(Buffer.from(data));
    return this;
  }

  /** Zeros up to a multiple of four bytes. */
  pad(): this {
    const over = this.done().length % 4;
    if (over !== 0) this.parts.push(Buffer.alloc(4 - over));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export function pcapFile(packets: readonly Packet[], options: PcapOptions = {}): Buffer {
  const out = new Bytes(options.littleEndian ?? true);
  const [major, minor] = options.version ?? [2, 4];
  out.u32(options.magic ?? 0xa1b2c3d4);
  out.u16(major).u16(minor).u32(0).u32(0).u32(262_144);
  out.u32(options.linkType ?? 101);
  for (const { seconds, fraction, data, wireLength } of packets) {
    out
      .u32(seconds)
      .u32(fraction)
      .u32(data.length)
      .u32(wireLength ?? data.length)
      .raw(Buffer.alloc(options.extra ?? 0, 0x5a))
      .raw(data);
  }
  return out.done();
}

/** Blocks of one pcapng section, in one byte order. */
export class Section {
  private readonly littleEndian: boolean;
  private readonly blocks: Buffer[] = [];

  constructor(littleEndian = true, version: [number, number] = [1, 0]) {
    this.littleEndian = littleEndian;
    const body = new Bytes(littleEndian).u32(0x1a2b3c4d).u16(version[0]).u16(version[1]).u32(-1).u32(-1);
    this.block(0x0a0d0d0a, body.done());
  }

  block(type: number, body: Uint8Array, length?: number, trailing?: number): this {
    const padded = new Bytes(this.littleEndian).raw(body).pad().done();
    const total = length ?? padded.length + 12;
    const block = new Bytes(this.littleEndian)
      .u32(type)
      .u32(total)
      .raw(padded)
      .u32(trailing ?? total);
    this.blocks.push(block.done());
    return this;
  }

  /** Options are code and value. */
  interface(linkType: number, snapLength = 0, options: [number, Uint8Array][] = []): this {
    const body = new Bytes(this.littleEndian).u16(linkType).u16(0).u32(snapLength);
    for (const [code, value] of options) body.u16(code).u16(value.length).raw(value).pad();
    if (options.length > 0) body.u32(0);
    return this.block(1, body.done());
  }

  /** An Enhanced Packet Block; `units` since 1970. */
  enhanced(id: number, units: bigint, data: Uint8Array, wireLength = data.length): this {
    const body = new Bytes(this.littleEndian).u32(id);
    body.u32(Number(units >> 32n)).u32(Number(units & 0xffffffffn));
    return this.block(6, body.u32(data.length).u32(wireLength).raw(data).done());
  }

  simple(data: Uint8Array, wireLength = data.length): this {
    return this.block(3, new Bytes(this.littleEndian).u32(wireLength).raw(data).done());
  }

  /** The obsolete Packet Block. */
  obsolete(id: number, units: bigint, data: Uint8Array): this {
    const body = new Bytes(this.littleEndian).u16(id).u16(0xffff);
    body.u32(Number(units >> 32n)).u32(Number(units & 0xffffffffn));
    return this.block(2, body.u32(data.length).u32(data.length).raw(data).done());
  }

  /** An integer of 64 bits in the section's order, e.g. for if_tsoffset. */
  i64(value: bigint): Uint8Array {
    const bytes = Buffer.alloc(8);
    if (this.littleEndian) bytes.writeBigInt64LE(value);
    else bytes.writeBigInt64BE(value);
    return bytes;
  }

  done(): Buffer {
    return Buffer.concat(this.blocks);
  }
}
