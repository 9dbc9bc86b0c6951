/**
 * Frames of one or several interfaces as they are captured: the engines' streams, read as they come, put in order of
 * time, counted, shown to whoever keeps them, and queued for decoding. Reading never waits for decoding: when that
 * cannot keep up, frames are let go once the queue is full, and that is told.
 */

import { StreamBytes } from "../bytes.js";
import { Frame, type FrameSource, type SourceNote } from "../frame.js";
import { PcapSource } from "../pcap.js";
import { PcapngSource } from "../pcapng.js";
import { Backlog } from "./backlog.js";
import type { EngineChild } from "./child.js";
import type { Engine, EngineCounters, LiveSettings } from "./engine.js";

/** Octets of frames that may wait to be decoded. */
export const BACKLOG_BYTES = 64 << 20;
/** Octets that may wait on one interface of several until their place in time is known. */
const MERGE_BYTES = 16 << 20;
/** Milliseconds between two questions for the engines' counters, and between two notes about frames let go. */
const POLL = 5_000;
const TELL = 1_000;
/** Milliseconds that the reading of one interface may take before others get their turn. */
const TURN = 5;
/** Seconds that an engine is given to end after it was asked to. */
const LAST_WORDS = 4;

/** What was counted, of all interfaces together. `null`: the engine cannot tell. */
export interface LiveCounters {
  /** Frames that came from the engine. */
  received: number;
  droppedKernel: number | null;
  droppedInterface: number | null;
  /** Frames that this program let go because it could not keep up. */
  droppedOwn: number;
}

/** Sees every frame in order, before any is let go. */
export type Tap = (frame: Frame, source: number) => void;

interface Stream {
  child: EngineChild;
  source: FrameSource;
  /** Frames that wait for their place; null where there is only one interface. */
  queue: Backlog | null;
  ended: boolean;
}

export class LiveSource implements FrameSource {
  complete = true;
  /** Which interface the frame given last came from. */
  lastSource = -1;
  readonly engine: Engine;
  readonly interfaces: readonly string[];
  readonly #streams: readonly Stream[];
  readonly #backlog: Backlog;
  readonly #latency: number;
  #tap: Tap | null = null;
  #received = 0;
  /** Frames wanted in all. */
  #limit = Number.POSITIVE_INFINITY;
  #notes: SourceNote[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  /** Wall-clock seconds of the wish to stop; what was captured later is not wanted. */
  #until = Number.POSITIVE_INFINITY;
  #started = false;
  #closing: Promise<void> | null = null;
  #toldLetGo = 0;
  #toldLetGoAt = 0;
  #toldKernel = 0;
  readonly #poll: NodeJS.Timeout;
  #mergeTimer: NodeJS.Timeout | null = null;
  readonly #head = new Frame();

  /** `children` are of one engine, and capture already. */
  constructor(
    children: readonly EngineChild[],
    settings: LiveSettings,
    backlogBytes: number = BACKLOG_BYTES,
  ) {
    const alone = children.length === 1;
    this.#streams = children.map((child) => {
      const bytes = new StreamBytes(child.stdout);
      return {
        child,
        source:
          child.engine.format === "pcap"
            ? new PcapSource(bytes, child.name)
            : new PcapngSource(bytes, child.name),
        queue: alone ? null : new Backlog(MERGE_BYTES),
        ended: false,
      };
    });
    this.engine = children[0]!.engine;
    this.interfaces = children.map((child) => child.name);
    this.#latency = this.engine.latency(settings);
    this.#backlog = new Backlog(backlogBytes);
    this.#poll = setInterval(() => void this.#look(), POLL);
    this.#poll.unref();
  }

  /** Begins to read. Before that, what is captured waits in the kernel. `limit`: frames wanted. */
  start(tap: Tap | null, limit: number = Number.POSITIVE_INFINITY): void {
    this.#tap = tap;
    this.#limit = limit;
    this.#started = true;
    for (const [index, stream] of this.#streams.entries()) void this.#pump(index, stream);
  }

  next(frame: Frame): boolean | Promise<boolean> {
    this.lastSource = this.#backlog.source;
    if (this.#backlog.shift(frame)) return true;
    if (this.#ended) return false;
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.next(frame));
  }

  takeNotes(): SourceNote[] {
    this.#noteLetGo(false);
    const notes = this.#notes;
    if (notes.length > 0) this.#notes = [];
    return notes;
  }

  /** Up to this time, in seconds since 1970, everything that was captured has arrived. */
  get settled(): number {
    return Date.now() / 1000 - this.#latency;
  }

  get counters(): LiveCounters {
    const sum = (pick: (counters: EngineCounters) => number | null): number | null => {
      let total: number | null = null;
      for (const { child } of this.#streams) {
        const value = pick(child.counters);
        if (value !== null) total = (total ?? 0) + value;
      }
      return total;
    };
    let own = this.#backlog.letGo + (sum((c) => c.droppedEngine) ?? 0);
    for (const { queue } of this.#streams) own += queue?.letGo ?? 0;
    return {
      received: this.#received,
      droppedKernel: sum((c) => c.droppedKernel),
      droppedInterface: sum((c) => c.droppedInterface),
      droppedOwn: own,
    };
  }

  /** Frames that wait to be decoded. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /** Asks the engines for their counters, where they tell them. */
  async ask(): Promise<void> {
    await Promise.all(this.#streams.map(({ child }) => child.ask()));
  }

  /** No more is wanted than what is captured by now; that still comes. */
  stop(): void {
    if (this.#until !== Number.POSITIVE_INFINITY) return;
    this.#until = Date.now() / 1000;
    setTimeout(() => void this.close(), this.#latency * 1000).unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#poll);
    for (const { child } of this.#streams) {
      child.stop();
      // What nobody reads would hold the child.
      if (!this.#started) child.stdout.destroy();
    }
    const gone = Promise.all(this.#streams.map(({ child }) => child.ended));
    const patience = new Promise((resolve) => setTimeout(resolve, LAST_WORDS * 1000).unref());
    await Promise.race([gone, patience]);
    this.#finish();
  }

  /** Reads one interface to its end. */
  async #pump(index: number, stream: Stream): Promise<void> {
    const { source, child } = stream;
    const frame = new Frame();
    let turn = performance.now();
    for (let n = 1; ; n++) {
      const next = source.next(frame);
      if (typeof next !== "boolean") {
        if (!(await next)) break;
        turn = performance.now();
      } else if (!next) {
        break;
      }
      this.#take(index, stream, frame);
      if ((n & 255) === 0 && performance.now() - turn > TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
    stream.ended = true;
    this.#notes.push(...source.takeNotes());
    const status = await child.ended;
    if (!child.stopped) {
      this.complete = false;
      const { message } = child.fault();
      const frames = this.#received;
      const said = `${message}${status === 0 ? "" : ` (status ${status})`}`;
      this.note("error", "interface-lost", `capture has ended after frame ${frames}: ${said}`);
    }
    this.#merge();
    if (this.#streams.every((s) => s.ended)) this.#finish();
  }

  #take(index: number, stream: Stream, frame: Frame): void {
    if (stream.queue === null) {
      this.#deliver(frame, index);
    } else {
      stream.queue.push(frame, index);
      this.#merge();
    }
  }

  /** Lets frames go on whose place in time is known: no interface can still bring an earlier one. */
  #merge(): void {
    const head = this.#head;
    for (;;) {
      let first: Stream | null = null;
      let seconds = 0;
      let nanos = 0;
      let all = true;
      for (const stream of this.#streams) {
        if (stream.queue === null) return;
        if (!stream.queue.peek(head)) {
          if (!stream.ended) all = false;
          continue;
        }
        if (first === null || head.seconds < seconds || (head.seconds === seconds && head.nanos < nanos)) {
          first = stream;
          seconds = head.seconds;
          nanos = head.nanos;
        }
      }
      if (first === null) return;
      if (!all && this.#closing === null) {
        const wait = seconds + nanos / 1e9 - this.settled;
        if (wait > 0) {
          this.#mergeTimer ??= setTimeout(
            () => {
              this.#mergeTimer = null;
              this.#merge();
            },
            Math.min(wait, this.#latency) * 1000 + 1,
          );
          return;
        }
      }
      const queue = first.queue!;
      const source = queue.source;
      queue.shift(head);
      this.#deliver(head, source);
    }
  }

  #deliver(frame: Frame, source: number): void {
    if (this.#received >= this.#limit) return;
    if (frame.seconds + frame.nanos / 1e9 > this.#until) {
      // It was captured after the wish to stop, and so was everything that will come from this interface.
      if (this.#streams.length === 1) void this.close();
      return;
    }
    frame.number = ++this.#received;
    this.#tap?.(frame, source);
    if (this.#backlog.push(frame, source)) this.#awake();
    if (this.#received === this.#limit) void this.close();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #finish(): void {
    if (this.#ended) return;
    clearInterval(this.#poll);
    if (this.#mergeTimer !== null) clearTimeout(this.#mergeTimer);
    this.#noteLetGo(true);
    this.#noteKernel();
    this.#ended = true;
    this.#awake();
  }

  async #look(): Promise<void> {
    await this.ask();
    this.#noteKernel();
  }

  #noteKernel(): void {
    const dropped = this.counters.droppedKernel ?? 0;
    if (dropped <= this.#toldKernel) return;
    const more = dropped - this.#toldKernel;
    this.#toldKernel = dropped;
    this.note(
      "warning",
      "kernel-drops",
      `the kernel dropped ${more} frames that matched (${dropped} so far); a larger --buffer-size may help`,
    );
  }

  #noteLetGo(now: boolean): void {
    const own = this.counters.droppedOwn;
    if (own <= this.#toldLetGo) return;
    const time = performance.now();
    if (!now && time - this.#toldLetGoAt < TELL) return;
    const more = own - this.#toldLetGo;
    this.#toldLetGo = own;
    this.#toldLetGoAt = time;
    this.note(
      "warning",
      "frames-let-go",
      `decoding cannot keep up: ${more} frames were let go (${own} so far)`,
    );
  }

  /** Something worth telling beside the frames. */
  note(severity: SourceNote["severity"], code: string, message: string): void {
    this.#notes.push({ severity, code, message, frame: this.#received });
  }
}
