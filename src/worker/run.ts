/** One capture that is open, or several as one run: what is remembered of its first reading, and how it is read again, whole or in part. */
import { Analyzer, type AnalyzerOptions } from "../analyzer.js";
import { Frame } from "../capture/frame.js";
import type { CallRecord, Event } from "../events.js";
import { type ConversationKey, FrameIndex, type FramePlace } from "../explain/index.js";
import { Replay } from "../explain/replay.js";
import type { InterfaceTable } from "../interfaces.js";
import type { KeyRing } from "../rpc/security/keyring.js";
import type { RowBuilder } from "../view/rows.js";
import type { Witness } from "../witness.js";
import { FramesAgain, type RandomInput } from "./frames-again.js";
import type { Inputs } from "./inputs.js";
import { KeptRecords } from "./kept.js";
import { readThrough } from "./pass.js";
import { RangesBytes } from "./ranges.js";
import { RowKeys } from "./row-keys.js";
import type { Turns } from "./turns.js";

/** The first reading: what it knows serves to read parts again. */
interface First {
  analyzer: Analyzer;
  keys: KeyRing | null;
  names: readonly string[];
  done: boolean;
}

/** Takes an event of a reading, with the frame that brought it about; false where nothing more is wanted. */
type Take = (event: Event, frame: Frame | null) => boolean;

/** Null: it cannot be read alone. True: all of it was read. False: `take` had enough. */
type Replayed = boolean | null;

export class Run {
  readonly inputs: Inputs;
  readonly table: InterfaceTable;
  readonly newKeys: (() => KeyRing) | null;
  readonly rows = new RowKeys();
  readonly index = new FrameIndex();
  readonly kept = new KeptRecords();
  /** Null before it has begun. */
  first: First | null = null;
  /** The texts of rows, by their numbers. */
  texts: Pick<RowBuilder, "numberOf" | "matching"> | null = null;
  /** How often all was read again because a part was not enough. */
  passes = 0;

  constructor(inputs: Inputs, table: InterfaceTable, newKeys: (() => KeyRing) | null) {
    this.inputs = inputs;
    this.table = table;
    this.newKeys = newKeys;
  }

  addRow(record: CallRecord): void {
    const json = JSON.stringify(record);
    const object = record.object === null ? null : this.texts?.numberOf(record.object);
    this.rows.add(record, json, object ?? 0);
    this.kept.add(json);
  }

  options(names: readonly string[], more: AnalyzerOptions): AnalyzerOptions {
    return { interfaces: this.table, files: names, acknowledged: true, ...more };
  }

  /** `saw` is shown each frame before what it brings about. */
  async replay(
    keys: readonly ConversationKey[],
    turns: Turns,
    witness: Witness,
    take: Take,
    saw: (frame: Frame) => void = () => {},
  ): Promise<Replayed> {
    const { first } = this;
    // Keys report what they opened: while they do so of the first reading, they cannot serve another.
    if (first === null || (first.keys !== null && !first.done)) return null;
    const indexed = this.index.of(keys);
    const frames = indexed === null ? null : this.#framesAgain(indexed.places, first);
    if (indexed === null || frames === null) return null;
    first.keys?.rest();
    const options = this.options(first.names, { keys: first.keys });
    const replay = new Replay(first.analyzer, indexed, options, witness);
    const frame = new Frame();
    try {
      for (;;) {
        const next = frames.next(frame);
        if (!(typeof next === "boolean" ? next : await next)) break;
        saw(frame);
        for (const event of replay.push(frame)) if (!take(event, frame)) return false;
        if (turns.due) await turns.give();
      }
      if (!frames.complete) return null;
      for (const event of replay.finish()) if (!take(event, null)) return false;
      return true;
    } finally {
      await frames.close();
    }
  }

  /** A frame by itself; null where it cannot be reached without reading all before it. */
  async frame(number: number): Promise<Frame | null> {
    const { first, inputs, index } = this;
    if (first === null || new Set(first.names).size < first.names.length) return null;
    const place = first.analyzer.placeOf(number);
    if (place === null && first.names.length > 1) return null;
    const file = place === null ? 0 : first.names.indexOf(place.file);
    const inFile = place?.number ?? number;
    const mark = index.markBefore(file, inFile);
    const random = inputs.random(file);
    if (mark === null || random === null) return null;
    const source = random.records.open(new RangesBytes(random.blob, stretch(random, mark)));
    const frame = new Frame();
    try {
      for (let at = mark.inFile; at <= inFile; at++) {
        const next = source.next(frame);
        if (!(typeof next === "boolean" ? next : await next)) return null;
      }
    } finally {
      await source.close();
    }
    Object.assign(frame, { number, file, inFile });
    return frame.copy();
  }

  /** Null where an input cannot be read in parts. */
  #framesAgain(places: readonly FramePlace[], { analyzer }: First): FramesAgain | null {
    const randoms = new Map<number, RandomInput>();
    for (const { file } of places) {
      if (randoms.has(file)) continue;
      const random = this.inputs.random(file);
      if (random === null) return null;
      randoms.set(file, random);
    }
    const { placeOf } = analyzer;
    const inFile = (number: number): number => placeOf(number)?.number ?? number;
    return new FramesAgain(places, (file) => randoms.get(file)!, inFile);
  }

  /** Reads everything again, until `take` answers false; calls come with the number of their row. */
  async pass(
    turns: Turns,
    more: AnalyzerOptions,
    take: (event: Event, row: number | null, frame: Frame | null) => boolean,
    saw?: (frame: Frame) => void,
  ): Promise<void> {
    this.passes++;
    const reading = await this.inputs.open();
    let rows = 0;
    await readThrough({
      reading,
      analyzer: new Analyzer(this.options(reading.names, { keys: this.newKeys?.() ?? null, ...more })),
      turns,
      ...(saw === undefined ? {} : { before: saw }),
      take(events, frame) {
        for (const event of events) {
          if (!take(event, event.type === "call" ? rows++ : null, frame)) return false;
        }
        return true;
      },
    });
  }

  /** As `pass`, of calls alone. */
  calls(
    turns: Turns,
    more: AnalyzerOptions,
    take: (record: CallRecord, row: number) => boolean,
  ): Promise<void> {
    return this.pass(turns, more, (event, row) => event.type !== "call" || take(event, row!));
  }
}

/** Bytes that are read at once on the way to a frame. */
const STEP = 256 << 10;

/** The parts of an input from a frame on, with what must stand before it. */
function stretch({ blob, records }: RandomInput, mark: { position: number; end: number }): number[] {
  const parts: number[] = [];
  const { structure } = records;
  for (let i = 0; i < structure.length && structure[i]! < mark.position; i += 2) {
    parts.push(structure[i]!, structure[i + 1]!);
  }
  const end = Math.min(blob.size, mark.end);
  for (let at = mark.position; at < end; at += STEP) parts.push(at, Math.min(STEP, end - at));
  return parts;
}
