/**
 * gzip (RFC 1952, node:zlib) and Zstandard (RFC 8878, fzstd) as byte sources over a byte source.
 * Input that ends in the middle gives everything before its end, and a fault. Behind a whole member or frame zeros are
 * padding (of a tape, of a block device), and whatever else begins no other one is passed over and reported, as gzip does.
 *
 * Not handled: xz, bzip2, lz4; Zstandard dictionaries. Of gzip that is damaged behind its first megabytes the last piece
 * before the damage is lost.
 */
import zlib, { createInflateRaw, type InflateRaw } from "node:zlib";
import { Decompress } from "fzstd";
import type { XXHash } from "xxhash-wasm";
import { type ByteSource, Window } from "./bytes.js";

/** Compressed octets given to zlib at once: a piece of zeros inflates a thousandfold, and all of it is queued. */
const GZIP_INPUT_BYTES = 1 << 14;
const GZIP_OUTPUT_BYTES = 1 << 18;
/** Compressed octets that are remembered: zlib keeps back what a piece held before its damage, which is inflated again. */
const GZIP_KEPT_BYTES = 1 << 22;
/** [RFC 1952] 2.3.1 FLG. */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
/** Bytes of the name and comment of a gzip member; more make the file a damaged one. */
const HEADER_TEXT_LIMIT = 1 << 16;
/** The largest window a Zstandard frame may ask for, as in the zstd tool. */
const ZSTD_WINDOW_LIMIT = 1 << 27;
/** [RFC 8878] 3.1.1 and 3.1.2 Magic_Number; the low half of the skippable frames' first byte is free. */
const FRAME_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPABLE_MAGIC = [0x50, 0x2a, 0x4d, 0x18];
/** [RFC 8878] 3.1.1.2.3 Block_Maximum_Size. */
const ZSTD_BLOCK_LIMIT = 1 << 17;

const EMPTY = new Uint8Array(0);

/** What both decompressors share: a queue of pieces that came out and were not taken yet. */
abstract class Inflated implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = 0;
  fault: string | null = null;
  notice: string | null = null;
  protected readonly queue: Uint8Array[] = [];
  protected readonly input: Window;
  private pending: Promise<void> | null = null;
  private done = false;

  constructor(bytes: ByteSource) {
    this.input = new Window(bytes);
  }

  /** Decompresses some more input into the queue; false when there is no more. */
  protected abstract step(): boolean | Promise<boolean>;

  async pull(): Promise<boolean> {
    while (this.queue.length === 0) {
      if (this.pending === null) this.begin();
      await this.pending;
      if (this.done && this.queue.length === 0) return false;
    }
    const piece = this.queue.shift()!;
    this.data = piece;
    this.end = piece.length;
    // The next piece is made while this one is used.
    if (this.queue.length === 0 && this.pending === null) this.begin();
    return true;
  }

  private begin(): void {
    if (this.done) {
      this.pending = Promise.resolve();
      return;
    }
    this.pending = (async () => {
      // Standard input is waited for here, not in a loop: one step gives control back to whoever pulls.
      if (!(await this.step())) this.done = true;
      this.pending = null;
    })();
  }

  protected cutShort(format: string): void {
    this.fault ??= this.input.bytes.fault ?? `the ${format} data are cut short`;
  }

  /** Reads to the end what begins no member or frame; a notice tells of it unless it is padding. Answers false. */
  protected async passOver(format: string): Promise<false> {
    const input = this.input;
    let count = 0;
    let padding = true;
    do {
      if (padding) padding = input.data.subarray(input.pos, input.end).every((byte) => byte === 0);
      count += input.end - input.pos;
      input.pos = input.end;
    } while (await input.fill(1));
    if (input.bytes.fault !== null) this.cutShort(format);
    else if (!padding) {
      const bytes = count === 1 ? "1 byte" : `${count} bytes`;
      this.notice = `${bytes} behind the ${format} data ${count === 1 ? "was" : "were"} ignored`;
    }
    return false;
  }

  async close(): Promise<void> {
    this.done = true;
    await this.input.bytes.close();
  }
}

/**
 * gzip [RFC 1952], with several members in a row. The members are cut here and their data given to zlib one by one: what
 * Node itself makes of several members fails at bytes behind the last one, and does not tell where it ended.
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
      const told = await this.take(2);
      if (told === null) return false;
      const computed = crc32(Buffer.concat(parts));
      if ((computed & 0xffff) !== (told[0]! | (told[1]! << 8))) throw new Error("header crc mismatch");
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
    const told = new DataView(trailer.buffer, trailer.byteOffset);
    if (told.getUint32(0, true) !== member.crc) throw new Error("incorrect data check");
    if (told.getUint32(4, true) !== member.size % 2 ** 32) throw new Error("incorrect length check");
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

/**
 * Zstandard. The frames are cut into blocks here and given to the decompressor one by one: a few octets may claim
 * gigabytes, and the end of the input is then known to be a frame's end or not.
 */
export class ZstdBytes extends Inflated {
  private decoder: Decompress | null = null;
  /** Of what the frame at hand gave so far, where it ends with a checksum. */
  private hash: XXHash<bigint> | null = null;
  /** Frames that were read whole. */
  private frames = 0;

  protected async step(): Promise<boolean> {
    try {
      return this.decoder === null ? await this.frame() : await this.block();
    } catch (error) {
      this.fault = `the zstd data are damaged (${(error as Error).message})`;
      return false;
    }
  }

  /** Whether the next bytes begin a frame, of whose magic number the end of the input may cut some. */
  private async begins(): Promise<boolean> {
    const input = this.input;
    await input.fill(4);
    const head = input.data.subarray(input.pos, Math.min(input.end, input.pos + 4));
    const first = head[0]! >> 4 === 5 ? SKIPPABLE_MAGIC : FRAME_MAGIC;
    return head.every((byte, i) => (i === 0 && first === SKIPPABLE_MAGIC) || byte === first[i]);
  }

  /** [RFC 8878] 3.1.1.1 Frame_Header, or 3.1.2 a skippable frame. */
  private async frame(): Promise<boolean> {
    const input = this.input;
    if (this.frames > 0 && (await input.fill(1)) && !(await this.begins())) return this.passOver("zstd");
    if (!(await input.fill(8))) {
      if (input.end > input.pos || input.bytes.fault !== null) this.cutShort("zstd");
      return false;
    }
    const view = new DataView(input.data.buffer, input.data.byteOffset + input.pos);
    const magic = view.getUint32(0, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      const length = view.getUint32(4, true);
      if (await input.skip(8 + length)) {
        this.frames++;
        return true;
      }
      this.cutShort("zstd");
      return false;
    }
    if (magic !== 0xfd2fb528) throw new Error("no frame where one should begin");
    const descriptor = view.getUint8(4);
    const single = (descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3]!;
    const content = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const size = 5 + (single ? 0 : 1) + dictionary + content;
    if (dictionary !== 0) throw new Error("it needs a dictionary");
    if (!(await input.fill(size))) {
      this.cutShort("zstd");
      return false;
    }
    const header = input.data.slice(input.pos, input.pos + size);
    if (zstdWindow(header, single, content) > ZSTD_WINDOW_LIMIT) throw new Error("its window is too large");
    input.pos += size;
    const hash = (descriptor & 4) === 0 ? null : await newHash();
    this.hash = hash;
    this.decoder = new Decompress((piece) => {
      if (piece.length === 0) return;
      hash?.update(piece);
      this.queue.push(piece);
    });
    this.decoder.push(header);
    return true;
  }

  /** [RFC 8878] 3.1.1.2 Blocks. */
  private async block(): Promise<boolean> {
    const input = this.input;
    const decoder = this.decoder!;
    if (!(await input.fill(3))) {
      this.cutShort("zstd");
      return false;
    }
    const d = input.data;
    const head = d[input.pos]! | (d[input.pos + 1]! << 8) | (d[input.pos + 2]! << 16);
    const last = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const size = head >> 3;
    if (size > ZSTD_BLOCK_LIMIT) throw new Error("a block is too large");
    const stored = 3 + (type === 1 ? 1 : size) + (last && this.hash !== null ? 4 : 0);
    if (!(await input.fill(stored))) {
      this.cutShort("zstd");
      return false;
    }
    decoder.push(input.data.slice(input.pos, input.pos + stored), last);
    letGo(decoder);
    input.pos += stored;
    if (!last) return true;
    this.decoder = null;
    this.frames++;
    if (this.hash === null) return true;
    const told = new DataView(input.data.buffer, input.data.byteOffset + input.pos - 4);
    const computed = Number(BigInt.asUintN(32, this.hash.digest()));
    if (told.getUint32(0, true) !== computed) throw new Error("wrong checksum");
    return true;
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

/** [RFC 8878] 3.1.1 Content_Checksum: the low half of XXH64. Loaded with the first frame that has one. */
async function newHash(): Promise<XXHash<bigint>> {
  const { default: load } = await import("xxhash-wasm");
  return (await load()).create64();
}

/** fzstd remembers an empty rest of every piece it was given, and with it the piece: they are taken from it. */
function letGo(decoder: Decompress): void {
  const { c: rests, l: size } = decoder as unknown as { c?: Uint8Array[]; l?: number };
  if (size === 0 && rests !== undefined) rests.length = 0;
}

/** The octets of history a frame wants kept. */
function zstdWindow(header: Uint8Array, single: boolean, content: number): number {
  if (!single) {
    const base = 2 ** (10 + (header[5]! >> 3));
    return base + (base / 8) * (header[5]! & 7);
  }
  let size = content === 2 ? 256 : 0;
  for (let i = 0; i < content; i++) size += header[header.length - content + i]! * 2 ** (8 * i);
  return size;
}
