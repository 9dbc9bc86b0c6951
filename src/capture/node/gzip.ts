/**
 * gzip [RFC 1952] by node:zlib, as a byte source.
 *
 * Not handled: of data that are damaged behind their first megabytes the last piece before the damage is lost.
 */
import zlib, { createInflateRaw, type InflateRaw } from "node:zlib";
import { Inflated } from "../inflated.js";

/** Compressed bytes given to zlib at once: a piece of zeros inflates a thousandfold, and all of it is queued. */
const GZIP_INPUT_BYTES = 1 << 14;
const GZIP_OUTPUT_BYTES = 1 << 18;
/** Compressed bytes that are remembered: zlib keeps back what a piece held before its damage, which is inflated again. */
const GZIP_KEPT_BYTES = 1 << 22;
/** [RFC 1952] 2.3.1 FLG. */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
/** Bytes of the name and comment of a gzip member; more make the file a damaged one. */
const HEADER_TEXT_LIMIT = 1 << 16;

/**
 * gzip [RFC 1952], with several members in a row. The members are cut here and their data given to zlib one by one: what
 * Node itself makes of several members fails at bytes behind the last one, and does not say where it ended.
 */
export class GzipBytes extends Inflated {
  private member: Member | null = null;

  protected async step(): Promise<boolean> {
    try {
      return this.member === null ? await this.header() : await this.inflate(this.member);
    } catch (error) {
      this.fault ??= `the gzip data are damaged (${(error as Error).message})`;
      return false;
    }
  }

  /** [RFC 1952] 2.3 Member format, up to the compressed blocks. */
  private async header(): Promise<boolean> {
    const input = this.input;
    if (!(await input.fill(1))) {
      if (input.bytes.fault !== null) this.cutShort("gzip");
      return false;
    }
    // As gzip itself has it: what begins with the magic number is a member, cut short or damaged; nothing else is.
    const begins = (await input.fill(2)) ? [0x1f, 0x8b] : [0x1f];
    if (begins.some((byte, i) => input.data[input.pos + i] !== byte)) return this.passOver("gzip");
    const fixed = await this.take(10);
    if (fixed === null) return false;
    if (fixed[2] !== 8) throw new Error("unknown compression method");
    const flags = fixed[3]!;
    if ((flags & 0xe0) !== 0) throw new Error("unknown header flags set");
    const parts = [fixed];
    const add = async (part: Promise<Uint8Array | null>): Promise<Uint8Array | null> => {
      const bytes = await part;
      if (bytes !== null) parts.push(bytes);
      return bytes;
    };
    if ((flags & FEXTRA) !== 0) {
      const length = await add(this.take(2));
      if (length === null || (await add(this.take(length[0]! | (length[1]! << 8)))) === null) return false;
    }
    for (const flag of [FNAME, FCOMMENT]) {
      for (let byte: Uint8Array | null = null; (flags & flag) !== 0 && byte?.[0] !== 0; ) {
        byte = await add(this.take(1));
        if (byte === null) return false;
        if (parts.length > HEADER_TEXT_LIMIT) throw new Error("a name without an end");
      }
    }
    if ((flags & FHCRC) !== 0) {
      const expected = await this.take(2);
      if (expected === null) return false;
      const computed = crc32(Buffer.concat(parts));
      if ((computed & 0xffff) !== (expected[0]! | (expected[1]! << 8)))
        throw new Error("header crc mismatch");
    }
    this.member = new Member((piece) => this.queue.push(piece));
    return true;
  }

  /** So many bytes of their own, or null where the input ends before, which then is its fault. */
  private async take(size: number): Promise<Uint8Array | null> {
    const input = this.input;
    if (!(await input.fill(size))) {
      this.cutShort("gzip");
      return null;
    }
    input.pos += size;
    return input.data.slice(input.pos - size, input.pos);
  }

  private async inflate(member: Member): Promise<boolean> {
    const input = this.input;
    if (input.end === input.pos && !(await input.fill(1))) {
      await member.finish();
      this.cutShort("gzip");
      return false;
    }
    const size = Math.min(GZIP_INPUT_BYTES, input.end - input.pos);
    // zlib works on its own thread; the source may reuse its array meanwhile.
    const used = await member.write(input.data.slice(input.pos, input.pos + size));
    input.pos += used;
    if (used === size) return true;
    // [RFC 1952] 2.3.1: CRC-32 and size of what was compressed.
    this.member = null;
    const trailer = await this.take(8);
    if (trailer === null) return false;
    const expected = new DataView(trailer.buffer, trailer.byteOffset);
    if (expected.getUint32(0, true) !== member.crc) throw new Error("incorrect data check");
    if (expected.getUint32(4, true) !== member.size % 2 ** 32) throw new Error("incorrect length check");
    return true;
  }

  override async close(): Promise<void> {
    this.member?.close();
    await super.close();
  }
}

/** The compressed blocks of one gzip member, and what came out of them. */
class Member {
  crc = 0;
  size = 0;
  private readonly inflater: InflateRaw;
  private readonly give: (piece: Uint8Array) => void;
  private failed: Error | null = null;
  private wake: (() => void) | null = null;
  private readonly ended: Promise<void>;
  /** All input so far, or null when it was too much. */
  private kept: Uint8Array[] | null = [];
  private keptBytes = 0;

  constructor(give: (piece: Uint8Array) => void) {
    this.give = give;
    this.inflater = createInflateRaw({ chunkSize: GZIP_OUTPUT_BYTES });
    // Always flowing: what was inflated before an error must not be thrown away with the stream.
    this.inflater.on("data", (piece: Uint8Array) => {
      this.size += piece.length;
      this.crc = crc32(piece, this.crc);
      give(piece);
    });
    this.inflater.on("error", (error) => {
      this.failed = error;
      this.wake?.();
    });
    this.ended = new Promise((resolve) => this.inflater.on("end", resolve));
  }

  /** Inflates a piece and answers how much of it was used: less than all where the blocks ended. Throws zlib's error. */
  async write(piece: Uint8Array): Promise<number> {
    const before = this.inflater.bytesWritten;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.inflater.write(piece, () => resolve());
    });
    if (this.failed !== null) {
      if (this.kept !== null) await this.salvage(this.kept, piece);
      throw this.failed;
    }
    const used = this.inflater.bytesWritten - before;
    if (used < piece.length) {
      await this.ended;
      this.close();
      return used;
    }
    this.keptBytes += piece.length;
    if (this.keptBytes > GZIP_KEPT_BYTES) this.kept = null;
    this.kept?.push(piece);
    return used;
  }

  /** Takes out what zlib still holds when the input ended before the blocks did. */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.inflater.on("end", resolve);
      this.inflater.end();
    });
    this.close();
  }

  /** Inflates everything again, the damaged piece byte by byte: what it holds before the damage comes out as well. */
  private async salvage(before: readonly Uint8Array[], damaged: Uint8Array): Promise<void> {
    const inflater = createInflateRaw({ chunkSize: GZIP_OUTPUT_BYTES });
    let known = this.size;
    let failed = false;
    let wake: (() => void) | null = null;
    inflater.on("data", (piece: Uint8Array) => {
      if (piece.length > known) this.give(piece.subarray(known));
      known = Math.max(0, known - piece.length);
    });
    inflater.on("error", () => {
      failed = true;
      wake?.();
    });
    const write = (piece: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
        inflater.write(piece, () => resolve());
      });
    for (const piece of before) await write(piece);
    for (let i = 0; i < damaged.length && !failed; i++) await write(damaged.subarray(i, i + 1));
    inflater.destroy();
  }

  close(): void {
    this.kept = null;
    this.inflater.destroy();
  }
}

const CRC_TABLE = new Int32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 [RFC 1952] 8, going on from `before`. zlib's own, ten times as fast, is in Node from 20.15 on only. */
function crc32(data: Uint8Array, before = 0): number {
  if (typeof zlib.crc32 === "function") return zlib.crc32(data, before);
  let crc = ~before;
  for (let i = 0; i < data.length; i++) crc = CRC_TABLE[(crc ^ data[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
