/** Frames of captures in memory, to be cut and mixed, and the offers that the analyzer makes of them. */
import { readdirSync } from "node:fs";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { CallRecord, OfferRecord } from "../../../src/events.js";

export const CAPTURES = new URL("../../../captures/", import.meta.url);

export function captureNames(): string[] {
  return readdirSync(CAPTURES)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort();
}

export async function framesOf(name: string): Promise<Frame[]> {
  const source = await openInputs([new URL(name, CAPTURES).pathname]);
  const frames: Frame[] = [];
  try {
    for (;;) {
      const frame = new Frame();
      const more = source.next(frame);
      if (!(typeof more === "boolean" ? more : await more)) break;
      const data = frame.data.slice(frame.start, frame.end);
      frames.push(Object.assign(frame, { data, start: 0, end: data.length }));
    }
  } finally {
    await source.close();
  }
  return frames;
}

export interface Run {
  /** Offers that came before the end, and those that the end brought. */
  early: OfferRecord[];
  offers: OfferRecord[];
  calls: CallRecord[];
}

export function run(frames: readonly Frame[], live = false): Run {
  const analyzer = new Analyzer({ live });
  const result: Run = { early: [], offers: [], calls: [] };
  const take = (events: ReturnType<Analyzer["push"]>, early: boolean): void => {
    for (const event of events) {
      if (event.type === "call") result.calls.push(event);
      if (event.type !== "offer") continue;
      result.offers.push(event);
      if (early) result.early.push(event);
    }
  };
  frames.forEach((frame, i) => {
    frame.number = i + 1;
    take(analyzer.push(frame), true);
  });
  take([...analyzer.finish()], false);
  return result;
}

export const at = (frame: Frame): number => frame.seconds + frame.nanos / 1e9;

/** The last frame that the offer rests on, its calls' among them. */
export function lastFrame(offer: OfferRecord, calls: readonly CallRecord[]): number {
  const own = new Set(offer.calls.map(([stream, id]) => `${stream}/${id}`));
  const frames = calls
    .filter((c) => own.has(`${c.stream}/${c.call_id}`))
    .flatMap((c) => [...c.frames.request, ...c.frames.response]);
  return Math.max(...frames, ...offer.evidence.flatMap((e) => e.frames));
}

/** The offer without numbers of frames and streams, absolute times, and the ids that are made of times. */
export function bare(offer: OfferRecord): unknown {
  const { ts: _ts, stream: _stream, id: _id, call_ids: _ids, calls, evidence, follow_up, ...rest } = offer;
  return {
    ...rest,
    calls: calls.map(([, id]) => id),
    evidence: evidence.map(({ statement, basis, frames }) => ({ statement, basis, frames: frames.length })),
    follow_up: follow_up === null ? null : { ...follow_up, stream: null, ts: null },
  };
}
