/** The way of the data: source, analyzer, filter, redaction, outputs. Synchronous wherever nothing must be waited for. */

import { DEFAULT_MAX_MEMORY, type InputEnd } from "../analyzer.js";
import { Frame, type FrameSource, type SourceNote } from "../capture/frame.js";
import type { Event, NoteRecord, RunEnd, SummaryRecord } from "../events.js";
import type { Filter } from "../output/filters.js";
import { collectEarly, makeCollector } from "./collector.js";
import { NO_REDACTION, type Redaction } from "./redaction.js";
import type { Stop } from "./stop.js";

/** The analyzer, as much of it as a run needs. */
export interface EventSource {
  push(frame: Frame): readonly Event[];
  /** What is left at the end, made while it is taken, the summary last. */
  finish(end: InputEnd): Iterable<Event>;
  tick(seconds: number | null, flush?: boolean): readonly Event[];
  report(found: readonly SourceNote[]): readonly NoteRecord[];
}

/** Takes events; `pressure` answers a promise while it can take no more. */
export interface EventSink {
  push(event: Event): void;
  /** A record that the filter holds back: it counts, and is not shown. */
  hidden?(event: Event): void;
  flush(): void;
  pressure(): Promise<void> | null;
  readonly closed: boolean;
}

/** What is particular to a run: all that is left out is as for a file that is read to its end and shown whole. */
export interface RunOptions {
  source: FrameSource;
  analyzer: EventSource;
  sinks: readonly EventSink[];
  filter?: Filter;
  /** Rewrites events before they are written; sees those that the filter holds back as well. */
  redaction?: Redaction;
  stop: Stop;
  /** What the source passed over as asked, for the summary. */
  skipped?: () => SummaryRecord["skipped"] | null;
  /** Stop after so many frames. */
  limit?: number | undefined;
  /** The ceiling of what the analyzer keeps: garbage is collected where the process comes near it. */
  maxMemory?: number | undefined;
  /** The input never ends: time goes on while it has nothing to give. */
  live?: boolean;
  /** The input is captured as it is read, whatever it looks like. */
  capturing?: boolean;
  /** Sees every event before any filter, with the frame that brought it about (null: time did). */
  observe?: (events: readonly Event[], frame: Frame | null) => void;
  onProgress?: ((frames: number, bytes: number) => void) | null;
  /** Settles when what is shown of a record is known; null where that is now. A source that captures is not held up by it. */
  ready?: ((event: Event) => Promise<void> | null) | undefined;
  /** Sees what is to be said of the input itself, as it is shown. */
  onNote?: (note: NoteRecord) => void;
}

/** A sink that every event is handed to, and that can take any number. */
export function eachEvent(push: (event: Event) => void): EventSink {
  return { push, flush() {}, pressure: () => null, closed: false };
}

export interface RunResult {
  frames: number;
  /** False where not all was read: the summary says why. */
  complete: boolean;
  /** Why the run ended before its input did. */
  ended: RunEnd | null;
  /** Nobody reads the output any more. */
  abandoned: boolean;
}

/** Frames between two looks at the clock. */
const CLOCK_EVERY = 256;
/** Bytes of frames between two chances to collect garbage. */
const COLLECT_EVERY = 1 << 18;
/** Bytes of frames after which so few events that each has this many are taken for the sign of traffic that is not RPC. */
const NOISE = 1 << 24;
const NOISE_PER_EVENT = 1 << 16;
/** Milliseconds after which signals and timers get their turn. */
const TURN = 25;
/** Milliseconds between two ticks of the analyzer while a source has nothing to give. */
const TICK = 1_000;
/** Seconds that a capture's clock may differ from this machine's where it is being made now: it ticks more often. */
const RECENT = 60;
/** On a live source completed calls leave after so many milliseconds, though earlier ones are still open. */
const PATIENCE = 50;

export async function run(options: RunOptions): Promise<RunResult> {
  const { source, analyzer, sinks, stop, filter, redaction = NO_REDACTION } = options;
  const { limit = Number.POSITIVE_INFINITY, live = false, capturing = false } = options;
  // Called often, also while much comes out at once.
  const collect = makeCollector(options.maxMemory ?? DEFAULT_MAX_MEMORY, source.threads ?? 0);
  const frame = new Frame();
  let frames = 0;
  let bytes = 0;
  let looked = 0;
  let emitted = 0;
  let early = false;
  let sinceClock = 0;
  let emitting = false;
  let turn = performance.now();
  let abandoned = false;
  let exhausted = false;

  const shown = { calls: 0, offers: 0 };
  let held = 0;
  const emitOne = (event: Event): void => {
    if (event.type === "summary") addSkipped(event, options.skipped?.() ?? null);
    const written = redaction.event(event);
    reportNotes(redaction);
    const shows = filter?.(event) !== false;
    if (filter?.takeNotes !== undefined) reportNotes(filter as Required<Filter>);
    if (written.type === "summary" && (held > 0 || !shows)) written.shown = shown;
    if (!shows) {
      held++;
      for (const sink of sinks) sink.hidden?.(written);
      return;
    }
    if (event.type === "call") shown.calls++;
    // One that is reported several times counts with its last report, which always comes.
    else if (event.type === "offer") shown.offers += event.provisional ? 0 : 1;
    for (const sink of sinks) sink.push(written);
  };
  const emit = (events: readonly Event[]): void => {
    for (const event of events) emitOne(event);
  };
  const reportNotes = (from: { takeNotes(): readonly SourceNote[] }): void => {
    for (const note of analyzer.report(from.takeNotes())) {
      emitOne(note);
      options.onNote?.(redaction.event(note));
    }
  };
  /** As `emit`, never faster than the outputs take it. */
  const emitAll = async (events: readonly Event[]): Promise<void> => {
    emitting = true;
    for (const event of events) {
      const known = options.ready?.(event) ?? null;
      if (known !== null && !capturing) await stop.during(known);
      emitOne(event);
      collect();
      for (const sink of sinks) {
        const wait = sink.pressure();
        if (wait !== null) await stop.during(wait);
      }
    }
    emitting = false;
  };
  const happened = (events: readonly Event[], cause: Frame | null): void => {
    options.observe?.(events, cause);
    if (events.length > 0) emit(events);
  };
  const takeNotes = (): void => reportNotes(source);

  takeNotes();
  // A live source keeps this program waiting for most of the time; one that does not is a file coming through a pipe,
  // whose calls can all leave in order.
  let begun = performance.now();
  let waited = 0;
  let waitsSince: number | null = null;
  let ticked = begun;
  const look = (): void => {
    // What comes out now comes first.
    if (emitting) return;
    const now = performance.now();
    const idle = waitsSince === null ? 0 : now - waitsSince;
    if (capturing || waited + Math.min(idle, now - begun) > (now - begun) / 2) {
      happened(analyzer.tick(null, true), null);
    }
    // The analyzer's clock is the capture's: the time of the last frame, and what went by since it came.
    const recent = capturing || Math.abs(Date.now() / 1_000 - frame.seconds) < RECENT;
    const pause = recent ? PATIENCE : TICK;
    if (frames > 0 && idle > pause / 2 && now - ticked > pause / 2) {
      ticked = now;
      happened(analyzer.tick(frame.seconds + frame.nanos / 1e9 + idle / 1_000), null);
    }
    // Notes of the source are reported although no frame comes.
    if (idle > 0) takeNotes();
    begun = now;
    waited = 0;
    for (const sink of sinks) sink.flush();
    if (sinks.every((sink) => sink.closed)) stop.wake();
  };
  let halted = false;
  const timer = live ? setInterval(look, PATIENCE) : null;

  try {
    while (frames < limit) {
      if (stop.wanted && !halted) {
        if (source.halt === undefined) break;
        halted = true;
        source.halt();
      }
      const next = source.next(frame);
      let more: boolean | undefined;
      if (typeof next === "boolean") {
        more = next;
      } else {
        for (const sink of sinks) sink.flush();
        waitsSince = performance.now();
        more = halted ? await next : await stop.during(next);
        waited += performance.now() - Math.max(waitsSince, begun);
        waitsSince = null;
      }
      if (more === undefined && source.halt !== undefined) continue;
      if (more !== true) {
        exhausted = more === false && !halted;
        break;
      }
      if (source.notesDue === true) takeNotes();
      frames++;
      bytes += frame.end - frame.start;
      const events = analyzer.push(frame);
      options.observe?.(events, frame);
      emitted += events.length;
      if (events.length > 0) await emitAll(events);
      if (bytes - looked > COLLECT_EVERY) {
        looked = bytes;
        collect();
        if (!early && bytes > NOISE && bytes > emitted * NOISE_PER_EVENT) {
          early = true;
          collectEarly();
        }
      }
      if (++sinceClock < CLOCK_EVERY) continue;
      sinceClock = 0;
      const now = performance.now();
      if (now - turn < TURN) continue;
      takeNotes();
      options.onProgress?.(frames, bytes);
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
      if (sinks.every((sink) => sink.closed)) {
        abandoned = true;
        break;
      }
    }
  } finally {
    if (timer !== null) clearInterval(timer);
  }
  abandoned ||= sinks.every((sink) => sink.closed);
  // The summary says what was captured by then: the engines have the last word on that.
  if (abandoned && capturing) await source.close();
  const asked = frames >= limit ? "limit" : null;
  const ended = exhausted ? null : stop.wanted ? "signal" : abandoned ? "output_closed" : asked;
  takeNotes();
  for (const event of analyzer.finish({ complete: source.complete, ended })) {
    const last = [event];
    options.observe?.(last, null);
    await emitAll(last);
  }
  const whole = ended === null || ended === "limit";
  return { frames, complete: source.complete && whole, ended, abandoned };
}

function addSkipped(summary: SummaryRecord, skipped: SummaryRecord["skipped"] | null): void {
  if (skipped) summary.skipped = skipped;
}
