/**
 * One run over several threads: each reads all frames and decodes a part of the conversations (front-thread.ts), and what they send
 * is put together here, in order. To the pipeline it is a source, whose frames are portions of that, and what makes events of
 * them.
 */
import { fileURLToPath } from "node:url";
import { deserialize } from "node:v8";
import { Worker } from "node:worker_threads";
import type { InputEnd } from "../../analyzer.js";
import type { Frame, FrameSource, SourceNote } from "../../capture/frame.js";
import type { Inputs } from "../../capture/node/open.js";
import type { Event, NoteRecord, SummaryRecord } from "../../events.js";
import { FileNames, type NamedPlace } from "../../file-names.js";
import type { InterfaceTable } from "../../interfaces.js";
import { divide, type Memory } from "../../memory.js";
import { NoteIds } from "../../record/note-ids.js";
import { ndrContexts } from "../../run/ndr-contexts.js";
import type { ObjectTable } from "../../run/objects.js";
import { RunState } from "../../run/run-state.js";
import { BatchReader } from "../../shard/batch.js";
import { Joint } from "../../shard/joint.js";
import { Judge } from "../../shard/judge.js";
import { Marks, marksSize } from "../../shard/marks.js";
import { Merger } from "../../shard/merger.js";
import { AT_END } from "../../shard/operations.js";
import { Suspects } from "../../shard/suspects.js";
import { Tail } from "../../shard/tail.js";
import type { EventSource } from "../pipeline.js";
import { FRONT_WORD, type FrontMessage, type FrontTask, SHARED } from "./task.js";

/** Operations that make a portion. */
const PORTION = 64;
/** Frames that a thread may be ahead of what it has told of its place. */
const HALT_SLACK = 4096;
/** Bytes of a thread's young generation: a larger one costs memory and saves no time. */
const YOUNG_MEGABYTES = 16;

export type FrontsTask = Omit<FrontTask, "index" | "shared" | "marks">;

export interface FrontsOptions {
  task: FrontsTask;
  table: InterfaceTable;
  inputs: Inputs;
  /** Records are wanted as the lines of the call log that they are, and as nothing else. */
  asLines: boolean;
}

interface Thread {
  worker: Worker;
  reader: BatchReader;
}

export class Fronts implements FrameSource, EventSource {
  readonly table: InterfaceTable;
  readonly objects: ObjectTable;
  readonly memory: Memory;
  readonly #inputs: Inputs;
  readonly #files: FileNames;
  readonly #tail: Tail;
  readonly #joint: Joint;
  readonly #merger: Merger;
  readonly #threads: readonly Thread[];
  readonly #shared: Int32Array;
  #notes: SourceNote[] = [];
  #end: FrontMessage["end"] = null;
  /** What is to be reported of the source was asked for, at its end. */
  #endTold = false;
  notesDue = false;
  readonly threads: number;
  #wake: (() => void) | null = null;
  #failure: unknown = null;
  /** How far the first thread has read. */
  frames = 0;
  bytes = 0;
  #passed = 0;

  constructor({ task, table, inputs, asLines }: FrontsOptions) {
    const { count, ids, maxMemory } = task;
    const wanted = task.wanted === null ? null : new Set(task.wanted);
    this.table = table;
    this.threads = count;
    this.#inputs = inputs;
    // What is kept here no thread keeps: its limits are those of a run in one thread.
    const memory = divide(maxMemory);
    const { kinds, recent, owned } = memory;
    this.memory = memory;
    this.#files = new FileNames(inputs.names, kinds.places);
    const run = new RunState(table, ndrContexts(table, memory.maxNodes), kinds);
    this.objects = run.objects;
    this.#tail = new Tail({
      noteIds: ids && (wanted?.has("note") ?? true) ? new NoteIds() : null,
      offers: task.offers
        ? { kinds, recent, owned, associationOf: ({ stream }) => this.#joint.associationOf(stream) }
        : null,
      orderWindow: undefined,
      order: kinds.order,
    });
    const marks = new SharedArrayBuffer(marksSize(count));
    const suspects = new Suspects(run, new Marks(marks, count), deserialize);
    // Who announced an endpoint is decided at once, all else when it is asked for.
    const judge = new Judge(new RunState(table, run.ndr, kinds));
    this.#joint = new Joint({ tail: this.#tail, judge, suspects, files: this.#files, count, memory });
    const shared = new SharedArrayBuffer(SHARED.size(count));
    this.#shared = new Int32Array(shared);
    this.#threads = Array.from({ length: count }, (_, index) => {
      const own: FrontTask = { ...task, index, shared, marks };
      return { worker: this.#begin(own), reader: new BatchReader(asLines) };
    });
    this.#merger = new Merger(this.#threads.map(({ reader }) => reader));
  }

  #begin(task: FrontTask): Worker {
    const own = import.meta.url;
    const program = fileURLToPath(new URL(own.endsWith(".ts") ? "../main.ts" : "./main.js", own));
    const worker = new Worker(program, {
      argv: [FRONT_WORD],
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    worker.on("message", (message: FrontMessage) => this.#take(task.index, message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", (code) => {
      if (code !== 0) this.#fail(new Error(`a thread of --jobs ended with ${code}`));
    });
    return worker;
  }

  #take(index: number, { batch, notes, end }: FrontMessage): void {
    const { reader } = this.#threads[index]!;
    reader.add(batch);
    if (index === 0) {
      this.frames = batch.frames;
      this.bytes = batch.bytes;
      for (const note of notes) this.#notes.push(note);
      if (end !== null) this.#end = end;
    }
    this.#giveBack(index);
    this.#wake?.();
    this.#wake = null;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
    this.#wake = null;
  }

  /** Tells a thread how many of its batches were used up. */
  #giveBack(index: number): void {
    const { reader } = this.#threads[index]!;
    if (reader.finished === 0) return;
    Atomics.add(this.#shared, SHARED.usedUp(index), reader.finished);
    Atomics.notify(this.#shared, SHARED.usedUp(index));
    reader.finished = 0;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    if (this.#failure !== null) throw this.#failure;
    const front = this.#merger.nextFront();
    if (front < 0) return this.#joint.isOver ? false : this.#wait(frame);
    if (!this.#endTold && this.#threads[front]!.reader.moment.frame === AT_END) {
      this.#endTold = true;
      this.notesDue = true;
    } else this.notesDue = false;
    // The pipeline counts bytes.
    frame.start = 0;
    frame.end = Math.max(0, this.bytes - this.#passed);
    this.#passed = this.bytes;
    return true;
  }

  async #wait(frame: Frame): Promise<boolean> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.next(frame);
  }

  /** Takes the next operations, of which `next` said that there are some. */
  push(): readonly Event[] {
    const joint = this.#joint;
    for (let n = 0; n < PORTION; n++) {
      const front = this.#merger.nextFront();
      if (front < 0) break;
      const { reader } = this.#threads[front]!;
      // What there is to say of the source comes first.
      if (!this.#endTold && reader.moment.frame === AT_END) break;
      joint.take(front, reader.next());
      if (reader.finished > 0) this.#giveBack(front);
    }
    joint.relieve();
    this.#tail.takeEarly();
    return this.#tail.take();
  }

  tick(): readonly Event[] {
    return this.#tail.take();
  }

  report(found: readonly SourceNote[]): readonly NoteRecord[] {
    return this.#tail.sourceNotes(found);
  }

  *finish({ complete = true, ended = null }: InputEnd): IterableIterator<Event> {
    // Where nobody reads the output, the others were not waited for.
    if (!this.#joint.isOver) return;
    this.#joint.finish(complete, ended);
    yield* this.#tail.take();
  }

  takeNotes(): SourceNote[] {
    const notes = this.#inputs.takeNotes().concat(this.#notes);
    this.#notes = [];
    return notes;
  }

  get complete(): boolean {
    return this.#inputs.refused.length === 0 && this.#end?.complete === true;
  }

  /** What the source passed over as asked, for the summary. */
  readonly skipped = (): SummaryRecord["skipped"] | null => this.#end?.skipped ?? null;

  /** All stop at one frame, which none of them has passed yet. */
  halt(): void {
    let most = 0;
    for (let i = 0; i < this.#threads.length; i++) {
      most = Math.max(most, Atomics.load(this.#shared, SHARED.read(i)));
    }
    Atomics.store(this.#shared, SHARED.stopAt, most + HALT_SLACK);
  }

  readonly placeOf = (frame: number): NamedPlace | null => this.#files.placeOf(frame);

  async close(): Promise<void> {
    for (const { worker } of this.#threads) worker.removeAllListeners("exit");
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}
