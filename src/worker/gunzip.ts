/**
 * gzip by the platform's own DecompressionStream, as a byte source.
 *
 * Not handled where the platform does not (browsers): several members in a row, of which the first is read.
 */
import type { ByteSource } from "../capture/byte-source.js";
import { Inflated } from "../capture/inflated.js";

/** Compressed bytes given at once. */
const INPUT_BYTES = 1 << 14;

class GunzipBytes extends Inflated {
  #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | null = null;
  #reading: Promise<void> | null = null;

  protected async step(): Promise<boolean> {
    try {
      return await this.#feed();
    } catch (error) {
      this.fault ??= `the gzip data are damaged (${(error as Error).message})`;
      return false;
    }
  }

  async #feed(): Promise<boolean> {
    const { input } = this;
    const writer = this.#writer ?? this.#begin();
    if (input.end === input.pos && !(await input.fill(1))) {
      try {
        await writer.close();
        await this.#reading;
      } catch {
        this.cutShort("gzip");
      }
      return false;
    }
    const size = Math.min(INPUT_BYTES, input.end - input.pos);
    const piece = input.data.slice(input.pos, input.pos + size);
    input.pos += size;
    await writer.write(piece as Uint8Array<ArrayBuffer>);
    return true;
  }

  #begin(): WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> {
    const stream = new DecompressionStream("gzip");
    this.#writer = stream.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
    const reader = stream.readable.getReader();
    this.#reading = (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.queue.push(value);
      }
    })();
    this.#reading.catch(() => {});
    return this.#writer;
  }
}

export function gunzip(packed: ByteSource): ByteSource {
  return new GunzipBytes(packed);
}
