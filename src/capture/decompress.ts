/**
 * gzip (RFC 1952, node:zlib) and Zstandard (RFC 8878, fzstd) as byte sources over a byte source.
 * Input that ends in the middle gives everything before its end, and a fault.
 *
 * Not handled: xz, bzip2, lz4; Zstandard dictionaries. Of gzip that is damaged behind its first megabytes the last piece
 * before the damage is lost.
 */
import { createGunzip, type Gunzip } from "node:zlib";
import { Decompress } from "fzstd";
import type { XXHash } from "xxhash-wasm";
import { type ByteSource, Window } from "./bytes.js";

/** Compressed octets given to zlib at once: a piece of zeros inflates a thousandfold, and all of it is queued. */
const GZIP_INPUT_BYTES = 1 << 14;
const GZIP_OUTPUT_BYTES = 1 << 18;
/** Compressed octets that are remembered: zlib keeps back what a piece held before its damage, which is inflated again. */
const GZIP_KEPT_BYTES = 1 << 22;
/** The largest window a Zstandard frame may ask for, as in the zstd tool. */
const ZSTD_WINDOW_LIMIT = 1 << 27;
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

  async close(): Promise<void> {
    this.done = true;
    await this.input.bytes.close();
  }
}

/** gzip, with several members in a row. */
export class GzipBytes extends Inflated {
  private readonly gunzip: Gunzip;
  private failed: Error | null = null;
  private ended = false;
  private wake: (() => void) | null = null;
  /** All input so far, or null when it was too much; and what came out of it. */
  private kept: Uint8Array[] | null = [];
  private keptBytes = 0;
  private inflatedBytes = 0;

  constructor(bytes: ByteSource) {
    super(bytes);
    this.gunzip = createGunzip({ chunkSize: GZIP_OUTPUT_BYTES });
    // Always flowing: what was inflated before an error must not be thrown away with the stream.
    this.gunzip.on("data", (piece: Uint8Array) => {
      this.inflatedBytes += piece.length;
      this.queue.push(piece);
    });
    this.gunzip.on("error", (error) => {
      this.failed = error;
      this.wake?.();
    });
    this.gunzip.on("end", () => {
      this.ended = true;
      this.wake?.();
    });
  }

  protected async step(): Promise<boolean> {
    const input = this.input;
    if (input.end === input.pos && !(await input.fill(1))) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.gunzip.end();
      });
      if (this.failed !== null) this.cutShort("gzip");
      return false;
    }
    const size = Math.min(GZIP_INPUT_BYTES, input.end - input.pos);
    // zlib works on its own thread; the source may reuse its array meanwhile.
    const piece = input.data.slice(input.pos, input.pos + size);
    input.pos += size;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.gunzip.write(piece, () => resolve());
    });
    if (this.failed !== null) {
      this.fault = `the gzip data are damaged (${this.failed.message})`;
      if (this.kept !== null) await this.salvage(this.kept, piece);
      return false;
    }
    this.keptBytes += size;
    if (this.keptBytes > GZIP_KEPT_BYTES) this.kept = null;
    this.kept?.push(piece);
    // Octets that are no gzip member end it early; gzip itself lets them go too.
    return !this.ended;
  }

  /** Inflates everything again, the damaged piece octet by octet: what it holds before the damage comes out as well. */
  private async salvage(before: readonly Uint8Array[], damaged: Uint8Array): Promise<void> {
    const gunzip = createGunzip({ chunkSize: GZIP_OUTPUT_BYTES });
    let known = this.inflatedBytes;
    let failed = false;
    let wake: (() => void) | null = null;
    gunzip.on("data", (piece: Uint8Array) => {
      if (piece.length > known) this.queue.push(piece.subarray(known));
      known = Math.max(0, known - piece.length);
    });
    gunzip.on("error", () => {
      failed = true;
      wake?.();
    });
    const write = (piece: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
        gunzip.write(piece, () => resolve());
      });
    for (const piece of before) await write(piece);
    for (let i = 0; i < damaged.length && !failed; i++) await write(damaged.subarray(i, i + 1));
    gunzip.destroy();
  }

  override async close(): Promise<void> {
    this.kept = null;
    this.gunzip.destroy();
    await super.close();
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

  protected async step(): Promise<boolean> {
    try {
      return this.decoder === null ? await this.frame() : await this.block();
    } catch (error) {
      this.fault = `the zstd data are damaged (${(error as Error).message})`;
      return false;
    }
  }

  /** [RFC 8878] 3.1.1.1 Frame_Header, or 3.1.2 a skippable frame. */
  private async frame(): Promise<boolean> {
    const input = this.input;
    if (!(await input.fill(8))) {
      if (input.end > input.pos || input.bytes.fault !== null) this.cutShort("zstd");
      return false;
    }
    const view = new DataView(input.data.buffer, input.data.byteOffset + input.pos);
    const magic = view.getUint32(0, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      const length = view.getUint32(4, true);
      if (await input.skip(8 + length)) return true;
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
    if (this.hash === null) return true;
    const told = new DataView(input.data.buffer, input.data.byteOffset + input.pos - 4);
    const computed = Number(BigInt.asUintN(32, this.hash.digest()));
    if (told.getUint32(0, true) !== computed) throw new Error("wrong checksum");
    return true;
  }
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
