/** One reading of what is open, from its first frame to its last: frames to an analyzer, its events to whoever takes them. */
import type { Analyzer } from "../analyzer.js";
import { Frame } from "../capture/frame.js";
import type { Event } from "../events.js";
import type { Reading } from "./inputs.js";
import type { Turns } from "./turns.js";

/** Frames between two looks at the clock. */
const CLOCK_EVERY = 256;

export interface Pass {
  reading: Reading;
  analyzer: Analyzer;
  turns: Turns;
  /** What findings come of, between the analyzer and `take`. */
  stage?: {
    take(events: readonly Event[]): readonly Event[];
    finish(events: Iterable<Event>): Iterable<Event>;
  };
  /** Sees each frame before the analyzer does. */
  before?(frame: Frame): void;
  /** Takes what a frame brought about (null: the end, or what was found beside frames). False: nothing more is wanted. */
  take(events: readonly Event[], frame: Frame | null): boolean;
  /** After each turn. */
  turn?(frames: number): void;
  /** The reading ends here, but what is open comes out. */
  readonly stopped?: boolean;
}

/** Throws Ended. The source is closed in any case. */
export async function readThrough(pass: Pass): Promise<void> {
  const { reading, analyzer, turns } = pass;
  const { source } = reading;
  const frame = new Frame();
  let frames = 0;
  let sinceClock = 0;
  const notes = (): void => {
    const found = [...reading.notes.splice(0), ...source.takeNotes()];
    if (found.length > 0) pass.take(analyzer.report(found), null);
  };
  const giveTurn = async (): Promise<void> => {
    notes();
    pass.turn?.(frames);
    await turns.give();
  };
  try {
    notes();
    while (pass.stopped !== true) {
      const next = source.next(frame);
      if (!(typeof next === "boolean" ? next : await next)) break;
      if (turns.ended) await turns.give();
      frames++;
      pass.before?.(frame);
      const found = analyzer.push(frame);
      const events = pass.stage === undefined || found.length === 0 ? found : pass.stage.take(found);
      if (!pass.take(events, frame)) return;
      if (++sinceClock < CLOCK_EVERY && events.length === 0) continue;
      sinceClock = 0;
      if (turns.due) await giveTurn();
    }
    const stopped = pass.stopped === true;
    const end = {
      takeNotes: () => [...reading.notes.splice(0), ...source.takeNotes()],
      complete: source.complete && reading.complete,
      ended: stopped ? ("signal" as const) : null,
    };
    const last = analyzer.finish(end);
    for (const event of pass.stage?.finish(last) ?? last) {
      if (!pass.take([event], null)) return;
      if (turns.due) await giveTurn();
    }
    pass.turn?.(frames);
  } finally {
    await source.close();
  }
}
