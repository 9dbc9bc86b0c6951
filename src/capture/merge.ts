/**
 * Several sources as one run, in order of time; of frames with the same time the one of the earlier input comes first.
 * Within one input the order is the input's own, even where its times go back.
 */
import { Frame, type FrameSource, type SourceNote } from "./frame.js";

/** One of several inputs. Its first frame is read when the run begins; a file may then be closed until its turn. */
export interface MergeInput {
  source: FrameSource | null;
  /** Opens the input again, from its beginning; null for what can be read only once. */
  readonly reopen: (() => Promise<FrameSource>) | null;
}

/** Inputs that may be open at once although their turn has not come. */
const OPEN_AHEAD = 8;

export class MergedSource implements FrameSource {
  complete = true;
  private readonly inputs: readonly MergeInput[];
  private readonly heads: Frame[] = [];
  /** Indices of the inputs that have a frame waiting, as a heap whose first is the earliest. */
  private readonly heap: number[] = [];
  private notes: SourceNote[] = [];
  private frames = 0;
  private begun = false;
  /** The input whose frame was given last: it is asked for its next only when this source is. */
  private last = -1;

  constructor(inputs: readonly MergeInput[]) {
    this.inputs = inputs;
  }

  takeNotes(): SourceNote[] {
    for (const input of this.inputs) {
      if (input.source !== null) this.collect(input.source);
    }
    const notes = this.notes;
    if (notes.length > 0) this.notes = [];
    return notes;
  }

  async close(): Promise<void> {
    this.heap.length = 0;
    this.begun = true;
    this.last = -1;
    await Promise.all(this.inputs.map((input) => input.source?.close()));
  }

  next(frame: Frame): boolean | Promise<boolean> {
    if (!this.begun) return this.begin().then(() => this.take(frame));
    const last = this.last;
    if (last < 0) return this.take(frame);
    this.last = -1;
    const input = this.inputs[last]!;
    const more = input.source!.next(this.heads[last]!);
    if (typeof more !== "boolean") {
      return more.then((got) => this.settle(last, got)).then(() => this.take(frame));
    }
    if (!more) return this.settle(last, false).then(() => this.take(frame));
    this.down(0);
    return this.take(frame);
  }

  /** Reads every input's first frame, to know their order. */
  private async begin(): Promise<void> {
    this.begun = true;
    for (let i = 0; i < this.inputs.length; i++) {
      const input = this.inputs[i]!;
      const head = new Frame();
      this.heads.push(head);
      if (input.source === null) {
        try {
          input.source = await input.reopen!();
        } catch (error) {
          this.gone(error as Error);
          continue;
        }
      }
      if (await input.source.next(head)) {
        if (i >= OPEN_AHEAD && input.reopen !== null) {
          await input.source.close();
          input.source = null;
          // Only the time is needed until then.
          head.data = new Uint8Array(0);
        }
        this.heap.push(i);
        this.up(this.heap.length - 1);
      } else {
        await this.finish(input);
      }
    }
  }

  /** After the earliest input was asked for its next frame, and had to be waited for or is at its end. */
  private async settle(index: number, got: boolean): Promise<void> {
    if (!got) {
      const tail = this.heap.pop()!;
      if (this.heap.length > 0) this.heap[0] = tail;
      await this.finish(this.inputs[index]!);
    }
    if (this.heap.length > 0) this.down(0);
  }

  private async finish(input: MergeInput): Promise<void> {
    const source = input.source!;
    this.collect(source);
    await source.close();
    input.source = null;
  }

  private collect(source: FrameSource): void {
    for (const note of source.takeNotes()) this.notes.push({ ...note, frame: this.frames });
    if (!source.complete) this.complete = false;
  }

  private take(frame: Frame): boolean | Promise<boolean> {
    if (this.heap.length === 0) return false;
    const index = this.heap[0]!;
    const input = this.inputs[index]!;
    if (input.source === null) return this.open(input, index).then(() => this.take(frame));
    this.last = index;
    frame.show(this.heads[index]!);
    // The numbers of frames are those of the captures alone.
    frame.number = frame.record === null ? ++this.frames : this.frames;
    frame.file = index;
    frame.inFile = this.heads[index]!.number;
    return true;
  }

  /** An input's turn has come. It may have changed or vanished since it was looked at. */
  private async open(input: MergeInput, index: number): Promise<void> {
    try {
      input.source = await input.reopen!();
      if (!(await input.source.next(this.heads[index]!))) await this.settle(index, false);
    } catch (error) {
      this.gone(error as Error);
      const tail = this.heap.pop()!;
      if (this.heap.length > 0) {
        this.heap[0] = tail;
        this.down(0);
      }
    }
  }

  private gone({ message }: Error): void {
    this.notes.push({ severity: "error", code: "input-unreadable", message, frame: this.frames });
    this.complete = false;
  }

  private before(a: number, b: number): boolean {
    const x = this.heads[a]!;
    const y = this.heads[b]!;
    if (x.seconds !== y.seconds) return x.seconds < y.seconds;
    return x.nanos !== y.nanos ? x.nanos < y.nanos : a < b;
  }

  private up(at: number): void {
    const heap = this.heap;
    for (let i = at; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.before(heap[parent]!, heap[i]!)) return;
      [heap[parent], heap[i]] = [heap[i]!, heap[parent]!];
      i = parent;
    }
  }

  private down(at: number): void {
    const heap = this.heap;
    for (let i = at; ; ) {
      let least = i;
      for (let child = 2 * i + 1; child <= 2 * i + 2 && child < heap.length; child++) {
        if (this.before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === i) return;
      [heap[least], heap[i]] = [heap[i]!, heap[least]!];
      i = least;
    }
  }
}
