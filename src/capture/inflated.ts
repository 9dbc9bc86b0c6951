/**
 * What decompressors have in common: a byte source over a byte source. Input that ends in the middle gives everything
 * before its end, and a fault. Behind a whole member or frame zeros are padding (of a tape, of a block device), and
 * whatever else begins no other one is passed over and reported, as gzip does.
 */
import { type ByteSource, Window } from "./byte-source.js";

const EMPTY = new Uint8Array(0);

/** A queue of pieces that came out and were not taken yet. */
export abstract class Inflated implements ByteSource {
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

  /** Reads to the end what begins no member or frame; a notice reports it unless it is padding. Answers false. */
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
      this.notice = `${bytes} after the ${format} data ${count === 1 ? "was" : "were"} ignored`;
    }
    return false;
  }

  async close(): Promise<void> {
    this.done = true;
    await this.input.bytes.close();
  }
}
