/**
 * Zstandard [RFC 8878] by fzstd, as a byte source.
 *
 * Not handled: dictionaries.
 */
import { Decompress } from "fzstd";
import type { XXHash } from "xxhash-wasm";
import { Inflated } from "./inflated.js";

/** The largest window a Zstandard frame may ask for, as in the zstd tool. */
const ZSTD_WINDOW_LIMIT = 1 << 27;
/** [RFC 8878] 3.1.1 and 3.1.2 Magic_Number; the low half of the skippable frames' first byte is free. */
const FRAME_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPABLE_MAGIC = [0x50, 0x2a, 0x4d, 0x18];
/** [RFC 8878] 3.1.1.2.3 Block_Maximum_Size. */
const ZSTD_BLOCK_LIMIT = 1 << 17;

/**
 * Zstandard. The frames are cut into blocks here and given to the decompressor one by one: a few bytes may claim
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
    release(decoder);
    input.pos += stored;
    if (!last) return true;
    this.decoder = null;
    this.frames++;
    if (this.hash === null) return true;
    const expected = new DataView(input.data.buffer, input.data.byteOffset + input.pos - 4);
    const computed = Number(BigInt.asUintN(32, this.hash.digest()));
    if (expected.getUint32(0, true) !== computed) throw new Error("wrong checksum");
    return true;
  }
}

/** [RFC 8878] 3.1.1 Content_Checksum: the low half of XXH64. Loaded with the first frame that has one. */
async function newHash(): Promise<XXHash<bigint>> {
  const { default: load } = await import("xxhash-wasm");
  return (await load()).create64();
}

/** fzstd remembers an empty rest of every piece it was given, and with it the piece: they are taken from it. */
function release(decoder: Decompress): void {
  const { c: rests, l: size } = decoder as unknown as { c?: Uint8Array[]; l?: number };
  if (size === 0 && rests !== undefined) rests.length = 0;
}

/** The bytes of history a frame wants kept. */
function zstdWindow(header: Uint8Array, single: boolean, content: number): number {
  if (!single) {
    const base = 2 ** (10 + (header[5]! >> 3));
    return base + (base / 8) * (header[5]! & 7);
  }
  let size = content === 2 ? 256 : 0;
  for (let i = 0; i < content; i++) size += header[header.length - content + i]! * 2 ** (8 * i);
  return size;
}
