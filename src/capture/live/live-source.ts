/**
 * Frames of one or several interfaces as they are captured: the engines' streams, taken as they come, put in order of
 * time, counted, shown to whoever keeps them, and given to decoding. What decoding has not come to yet waits as bytes
 * (eager-bytes.ts). When too much waits, frames are lost, in long runs rather than here and there, and that is reported:
 * where somebody keeps the frames they only miss decoding; otherwise the pipes are left alone, and the loss is the
 * kernel's, once the engine's own buffer is full as well.
 */

import { totalmem } from "node:os";
import { Frame, type FrameSource, type SourceNote } from "../frame.js";
import { PcapSource } from "../pcap.js";
import { PcapngSource } from "../pcapng.js";
import type { EngineChild } from "./child.js";
import { EagerBytes } from "./eager-bytes.js";
import type { Engine, EngineCounters, LiveSettings } from "./engine.js";

/** Bytes that may wait to be decoded, of all interfaces together: a burst of some seconds, but not all the memory. */
const BACKLOG_BYTES = Math.min(512 << 20, totalmem() / 4);
/** Milliseconds between two questions for the engines' counters, and between two notes about frames dropped. */
const POLL = 5_000;
const REPORT_EVERY = 1_000;
/** Milliseconds of work after which the pipes, which hold little, get their turn. Frames between two looks at the clock. */
const SLICE = 0.5;
const LOOK_EVERY = 16;
/** Bytes that came in one turn of the pipes, from which on a burst is going on: decoding waits for its end. */
const BURST = 1 << 14;
/** Seconds that an engine is given to end after it was asked to. */
const LAST_WORDS = 4;

/** What was counted, of all interfaces together. `null`: the engine does not report it. */
export interface LiveCounters {
  /** Frames that came from the engine, as far as they were looked at. */
  received: number;
  droppedKernel: number | null;
  droppedInterface: number | null;
  /** Frames that this program dropped because it could not keep up. */
  droppedOwn: number;
}

/** Sees every frame in order, before any is dropped. */
export type Tap = (frame: Frame, source: number) => void;

interface Stream {
  readonly child: EngineChild;
  readonly bytes: EagerBytes;
  readonly source: FrameSource;
  /** Its next frame, where it is `there`. */
  readonly head: Frame;
  state: "unknown" | "asked" | "there" | "ended";
  /** Since when it is `there`, on the clock that nobody sets. */
  since: number;
}

export class LiveSource implements FrameSource {
  complete = true;
  /** Which interface the frame given last came from. */
  lastSource = -1;
  readonly engine: Engine;
  readonly interfaces: readonly string[];
  readonly #streams: readonly Stream[];
  readonly #latency: number;
  /** Bytes that may wait of each interface. */
  readonly #share: number;
  #tap: Tap | null = null;
  #received = 0;
  /** Frames wanted in all. */
  #limit = Number.POSITIVE_INFINITY;
  /** Frames that nobody decodes, since too much waits. */
  #dropped = 0;
  #lettingGo = false;
  #notes: SourceNote[] = [];
  #wake: (() => void) | null = null;
  /** Frames looked at, and since when without a turn for the pipes. */
  #looked = 0;
  #sliceSince = 0;
  /** All that was in the pipes at this time, in milliseconds by both clocks, was taken. */
  #emptied = { wall: 0, steady: 0 };
  /** Wall-clock seconds of the wish to stop; what was captured later is not wanted. */
  #until = Number.POSITIVE_INFINITY;
  #started = false;
  #closing: Promise<void> | null = null;
  /** Settles when nothing more is waited for from the engines. */
  readonly #closed: Promise<void>;
  #settle!: () => void;
  #reportedDropped = 0;
  #reportedDroppedAt = 0;
  #reportedKernel = 0;
  readonly #poll: NodeJS.Timeout;
  #mergeTimer: NodeJS.Timeout | null = null;

  /** `children` are of one engine, and capture already. */
  constructor(
    children: readonly EngineChild[],
    settings: LiveSettings,
    backlogBytes: number = BACKLOG_BYTES,
  ) {
    this.#share = backlogBytes / children.length;
    this.#closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#streams = children.map((child) => {
      const bytes = new EagerBytes(child.stdout, this.#share);
      const Source = child.engine.format === "pcap" ? PcapSource : PcapngSource;
      return {
        child,
        bytes,
        source: new Source(bytes, child.name),
        head: new Frame(),
        state: "unknown",
        since: 0,
      };
    });
    this.engine = children[0]!.engine;
    this.interfaces = children.map((child) => child.name);
    this.#latency = this.engine.latency(settings);
    this.#poll = setInterval(() => void this.#look(), POLL);
    this.#poll.unref();
  }

  /** Begins to read. Before that, what is captured waits in the kernel. `limit`: frames wanted. */
  start(tap: Tap | null, limit: number = Number.POSITIVE_INFINITY): void {
    this.#tap = tap;
    this.#limit = limit;
    this.#started = true;
    for (const stream of this.#streams) this.#ask(stream);
  }

  next(frame: Frame): boolean | Promise<boolean> {
    for (;;) {
      if (++this.#looked % LOOK_EVERY === 0 && performance.now() - this.#sliceSince > SLICE) {
        return this.#breathe().then(() => this.next(frame));
      }
      if (this.#received >= this.#limit) return this.#last();
      const index = this.#first();
      if (index === null) {
        return new Promise<void>((resolve) => {
          this.#wake = resolve;
        })
          .then(() => this.#breathe())
          .then(() => this.next(frame));
      }
      if (index === -1) return this.#last();
      const stream = this.#streams[index]!;
      const { head } = stream;
      if (head.seconds + head.nanos / 1e9 > this.#until) {
        // It was captured after the wish to stop, and so was everything that will come from this interface.
        stream.state = "ended";
        continue;
      }
      stream.state = "unknown";
      frame.show(head);
      frame.number = ++this.#received;
      this.lastSource = index;
      if (this.#tap === null) return true;
      this.#tap(frame, index);
      if (!this.#crowded()) return true;
      this.#dropped++;
    }
  }

  takeNotes(): SourceNote[] {
    this.#noteDropped(false);
    const notes = this.#notes;
    if (notes.length > 0) this.#notes = [];
    return notes;
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
    return {
      received: this.#received,
      droppedKernel: sum((c) => c.droppedKernel),
      droppedInterface: sum((c) => c.droppedInterface),
      droppedOwn: this.#dropped + (sum((c) => c.droppedEngine) ?? 0),
    };
  }

  /** Bytes that wait to be decoded. */
  get waiting(): number {
    return this.#streams.reduce((sum, { bytes }) => sum + bytes.held, 0);
  }

  /** Asks the engines for their counters, where they report them. */
  async ask(): Promise<void> {
    await Promise.all(this.#streams.map(({ child }) => child.ask()));
  }

  /** No more is wanted than what is captured by now; that still comes. */
  stop(): void {
    if (this.#until !== Number.POSITIVE_INFINITY) return;
    this.#until = Date.now() / 1000;
    if (this.#started) for (const { bytes } of this.#streams) bytes.takeAll();
    setTimeout(() => void this.close(), this.#latency * 1000).unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const { child, bytes } of this.#streams) {
      child.stop();
      // What nobody reads would hold the child.
      if (this.#started) bytes.takeAll();
      else child.stdout.destroy();
    }
    const gone = Promise.all(this.#streams.flatMap(({ child, bytes }) => [child.ended, bytes.over]));
    const patience = new Promise((resolve) => setTimeout(resolve, LAST_WORDS * 1000).unref());
    await Promise.race([gone, patience]);
    clearInterval(this.#poll);
    if (this.#mergeTimer !== null) clearTimeout(this.#mergeTimer);
    for (const { bytes } of this.#streams) await bytes.close();
    this.#noteKernel();
    this.#settle();
  }

  async #last(): Promise<boolean> {
    await this.close();
    this.#noteDropped(true);
    return false;
  }

  /** Lets the pipes be emptied, and decoding wait while they bring much. */
  async #breathe(): Promise<void> {
    let before: number;
    do {
      before = this.waiting;
      this.#emptied = { wall: Date.now(), steady: performance.now() };
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.waiting - before > BURST && this.#fullness() < 3 / 4);
    this.#sliceSince = performance.now();
  }

  /** Finds out what the next frame of an interface is. */
  #ask(stream: Stream): void {
    const next = stream.source.next(stream.head);
    if (next === true) {
      stream.state = "there";
      if (this.#streams.length > 1) stream.since = performance.now();
      return;
    }
    stream.state = "asked";
    if (next === false) {
      void this.#end(stream);
      return;
    }
    void next.then((more) => {
      if (!more) return this.#end(stream);
      stream.state = "there";
      stream.since = performance.now();
      this.#awake();
    });
  }

  /** An interface has no more; why, where that was not asked for. */
  async #end(stream: Stream): Promise<void> {
    const { source, child, bytes } = stream;
    this.#notes.push(...source.takeNotes());
    if (!source.complete && !child.stopped) {
      this.complete = false;
      // Its stream makes no sense: there is nothing more to be had of it. Where it was cut, the engine says why.
      if (!bytes.ended) child.stop();
    }
    const status = await Promise.race([child.ended, this.#closed]);
    if (!child.stopped) {
      this.complete = false;
      const { message } = child.fault();
      const frames = this.#received;
      const said = `${message}${!status ? "" : ` (status ${status})`}`;
      this.note("error", "interface-lost", `capture has ended after frame ${frames}: ${said}`);
    }
    stream.state = "ended";
    this.#awake();
  }

  /**
   * The interface whose next frame is the earliest: -1 where none has any more, null where that is not known yet,
   * because an interface can still bring an earlier one.
   */
  #first(): number | null {
    let first = -1;
    let open = false;
    for (let index = 0; index < this.#streams.length; index++) {
      const stream = this.#streams[index]!;
      if (stream.state === "unknown") this.#ask(stream);
      if (stream.state === "asked") open = true;
      if (stream.state !== "there") continue;
      if (first === -1 || isEarlier(stream.head, this.#streams[first]!.head)) first = index;
    }
    if (!open) return first;
    if (first === -1) return null;
    const { head, since } = this.#streams[first]!;
    // What was captured before it arrives in this time. Its own time says that sooner, unless the clock was set back.
    const arrived = (since - this.#emptied.steady) / 1000;
    const captured = head.seconds + head.nanos / 1e9 - this.#emptied.wall / 1000;
    const wait = Math.min(arrived, captured) + this.#latency;
    if (wait <= 0) return first;
    this.#mergeTimer ??= setTimeout(
      () => {
        this.#mergeTimer = null;
        this.#awake();
      },
      Math.min(wait, this.#latency) * 1000 + 1,
    );
    return null;
  }

  /** Too much waits to be decoded; it is so until half of that waits. What is left at the end is decoded. */
  #crowded(): boolean {
    if (this.#until !== Number.POSITIVE_INFINITY) return false;
    this.#lettingGo = this.#fullness() > (this.#lettingGo ? 1 / 2 : 7 / 8);
    return this.#lettingGo;
  }

  /** How much of its share waits of the interface that is worst off. At 1 its pipe is left alone. */
  #fullness(): number {
    let most = 0;
    for (const { bytes } of this.#streams) most = Math.max(most, bytes.held);
    return most / this.#share;
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  async #look(): Promise<void> {
    await this.ask();
    this.#noteKernel();
  }

  #noteKernel(): void {
    const dropped = this.counters.droppedKernel ?? 0;
    if (dropped <= this.#reportedKernel) return;
    const more = dropped - this.#reportedKernel;
    this.#reportedKernel = dropped;
    let help = "a larger --buffer-size may help";
    for (const { bytes } of this.#streams) {
      if (!bytes.wasFull) continue;
      bytes.wasFull = false;
      help = "decoding cannot keep up, a narrower --filter may help";
    }
    this.note(
      "warning",
      "kernel-drops",
      `the kernel dropped ${more} frames that matched (${dropped} so far); ${help}`,
    );
  }

  #noteDropped(now: boolean): void {
    const own = this.counters.droppedOwn;
    if (own <= this.#reportedDropped) return;
    const time = performance.now();
    if (!now && time - this.#reportedDroppedAt < REPORT_EVERY) return;
    const more = own - this.#reportedDropped;
    this.#reportedDropped = own;
    this.#reportedDroppedAt = time;
    this.note("warning", "frames-let-go", `decoding cannot keep up: ${more} frames dropped (${own} so far)`);
  }

  /** Something worth reporting beside the frames. */
  note(severity: SourceNote["severity"], code: string, message: string): void {
    this.#notes.push({ severity, code, message, frame: this.#received });
  }
}

function isEarlier(a: Frame, b: Frame): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);
}
