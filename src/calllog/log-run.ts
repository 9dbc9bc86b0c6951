/**
 * Call logs, alone or beside captures, as one source of events: what stands in a log comes out as it stands there, and what
 * printers are told is the same as when the capture was read.
 *
 * Where records of several runs come together (several logs, logs beside captures, a log in which a summary is followed by
 * more), conversations are numbered anew, `file` names the log where the record names no capture, and the
 * summaries are joined. Nothing else is changed, and of one log nothing at all.
 */

import { wellFormed } from "../../dissectors/wire/text.js";
import type { Frame, SourceNote } from "../capture/frame.js";
import type { Event, EventKind, NoteRecord, RunEnd, SummaryRecord } from "../events.js";
import { isDatagram } from "../output/transport.js";
import { type LackedKinds, lackedByAll, lackedKinds, type Wants } from "./lacking.js";
import { Numbers } from "./numbers.js";
import { joinSummaries } from "./summaries.js";

/** What decodes the frames of captures. */
export interface FrameAnalyzer {
  push(frame: Frame): readonly Event[];
  finish(end: { complete?: boolean; ended?: RunEnd | null }): Iterable<Event>;
  tick(seconds: number | null, flush?: boolean): readonly Event[];
  report(found: readonly SourceNote[]): readonly NoteRecord[];
}

/** One of the inputs. */
export interface LogInput {
  name: string;
  isLog: boolean;
}

/** What came of one log. */
export interface LogState {
  readonly name: string;
  /** Records by kind. */
  readonly records: Map<EventKind, number>;
  /** All its summaries as one. */
  summary: SummaryRecord | null;
  /** Its last record was a summary: what follows is another run's. */
  over: boolean;
  /** The run whose records come. */
  run: number;
}

const NO_EVENTS: readonly Event[] = [];

export class LogRun {
  readonly #analyzer: FrameAnalyzer;
  /** By input; null for captures. */
  readonly #logs: readonly (LogState | null)[];
  readonly #captures: boolean;
  readonly #several: boolean;
  /** null while there is one run only. */
  #numbers: Numbers | null;
  #runs: number;
  /** The first number above those of the only run so far. */
  readonly #next = { tcp: 0, udp: 0 };
  /** Notes of this run's own, by code. */
  readonly #notes: { [code: string]: number } = {};
  #capturesSummary: SummaryRecord | null = null;

  constructor(inputs: readonly LogInput[], analyzer: FrameAnalyzer) {
    this.#analyzer = analyzer;
    this.#several = inputs.length > 1;
    this.#logs = inputs.map(({ name, isLog }, index) =>
      isLog
        ? { name: wellFormed(name, null), records: new Map(), summary: null, over: false, run: index + 1 }
        : null,
    );
    this.#captures = this.#logs.includes(null);
    this.#runs = inputs.length + 1;
    this.#numbers = this.#several ? new Numbers() : null;
  }

  push(frame: Frame): readonly Event[] {
    const { record } = frame;
    return record === null ? this.#ofCaptures(this.#analyzer.push(frame)) : this.#ofLog(record, frame.file);
  }

  tick(seconds: number | null, flush?: boolean): readonly Event[] {
    return this.#captures ? this.#ofCaptures(this.#analyzer.tick(seconds, flush)) : NO_EVENTS;
  }

  report(found: readonly SourceNote[]): readonly NoteRecord[] {
    for (const { code } of found) this.#notes[code] = (this.#notes[code] ?? 0) + 1;
    return this.#analyzer.report(found);
  }

  *finish(end: { complete?: boolean; ended?: RunEnd | null }): IterableIterator<Event> {
    if (this.#captures) {
      for (const event of this.#analyzer.finish(end)) yield* this.#ofCaptures([event]);
    }
    if (this.#numbers?.full === true) {
      const message =
        "more conversations are open at a time than are numbered: one that comes again later gets another number";
      yield* this.report([{ severity: "warning", code: "log-numbers-limit", message, frame: 0 }]);
    }
    const summary = this.#summary();
    if (summary !== null) yield this.#completed(summary, end);
  }

  /** What the logs do not hold of what is asked for, a sentence each. To be asked at the end. */
  lacks(wants: Wants): LackedKinds[] {
    const own = this.#logs.flatMap((log) => (log === null ? [] : (lackedKinds(log, wants.kinds) ?? [])));
    return [...own, ...lackedByAll(wants)];
  }

  /** Known only where every input has one. */
  #summary(): SummaryRecord | null {
    const all = this.#logs.flatMap((log) => (log === null ? [] : [log.summary]));
    if (this.#captures) all.push(this.#capturesSummary);
    return all.reduce((a, b) => (a === null || b === null ? null : joinSummaries(a, b)));
  }

  /** What this run itself came upon is a part of it; where that is nothing it is as it was written. */
  #completed(summary: SummaryRecord, { complete = true }: { complete?: boolean }): SummaryRecord {
    const notes = this.#captures ? {} : this.#notes;
    if (complete && Object.keys(notes).length === 0) return summary;
    const all = { ...summary.notes };
    for (const [code, count] of Object.entries(notes)) all[code] = (all[code] ?? 0) + count;
    return { ...summary, notes: all, complete: summary.complete && complete };
  }

  #ofCaptures(events: readonly Event[]): readonly Event[] {
    if (events.length === 0) return events;
    const shown: Event[] = [];
    for (const event of events) {
      const numbered = this.#numbers!.apply(event, 0);
      if (numbered.type === "summary") this.#capturesSummary = numbered;
      else shown.push(numbered);
    }
    return shown;
  }

  #ofLog(record: Event, index: number): readonly Event[] {
    const log = this.#logs[index]!;
    if (log.over) {
      log.over = false;
      log.run = this.#runs++;
      this.#numbers ??= new Numbers(this.#next);
    }
    log.records.set(record.type, (log.records.get(record.type) ?? 0) + 1);
    const event = this.#numbered(record, log);
    if (event.type !== "summary") return [event];
    log.over = true;
    log.summary = log.summary === null ? event : joinSummaries(log.summary, event);
    return NO_EVENTS;
  }

  #numbered(record: Event, { name, run }: LogState): Event {
    if (this.#numbers === null) {
      if (record.type === "call" || record.type === "association") {
        const kind = isDatagram(record.transport) ? "udp" : "tcp";
        this.#next[kind] = Math.max(this.#next[kind], record.stream + 1);
      }
      return record;
    }
    const event = this.#numbers.apply(record, run);
    return this.#several && event.file === null && event.type !== "summary"
      ? { ...event, file: name }
      : event;
  }
}
