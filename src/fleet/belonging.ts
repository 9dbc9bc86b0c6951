/**
 * What of a run over a window's files belongs to the window: a stage behind the analyzer. A call belongs to the window that owns
 * its request's first frame; offers and associations to the one that owns the time they began at, notes to that of their frame. What an
 * earlier window could not finish, because what it read ended before, is written again with a higher revision.
 *
 * Decided from the job alone, never from what other windows wrote: they run in any order, also at the same time.
 */

import type { Frame } from "../capture/frame.js";
import type {
  AssociationRecord,
  CallRecord,
  DetectionRecord,
  Event,
  EventKind,
  NoteRecord,
  OfferRecord,
} from "../events.js";
import { SCHEMA } from "../events.js";
import { noteId } from "../record/ids.js";
import { FilePlaces } from "../run/file-places.js";
import { SILENCE, secondsOf, type WindowFile, type WindowJob } from "./window.js";

/** Revisions between two windows: between them is room for one that is written because nothing more came. */
const STEP = 2;
/** Seconds after which no connection is taken for an offer's (offers/connections/follow-up.ts). */
const OFFER_SILENCE = 600;
/** Conversations older than the overlap that are looked for, and told one by one. */
const MAX_OLDER = 4_096;
/** Conversations without a beginning that are remembered: of further ones it is believed that they begin where they are met. */
const MAX_MIDSTREAM = 65_536;

/** A conversation that may have begun before what was read. */
export interface Doubt {
  /** Over UDP, which has no beginning to be seen. */
  datagrams?: boolean;
  client: { address: string; port: number };
  server: { address: string; port: number };
}

/** What a file that was read turned out to hold. */
export interface FileRead {
  frames: number;
  /** Times of its first and its last frame, in seconds since 1970. */
  first: number | null;
  last: number | null;
}

export interface BelongingOptions {
  job: WindowJob;
  /** The files that are read, in the order of the run's inputs. */
  files: readonly WindowFile[];
  /** null where no frame of them is. */
  passedOver?: PassedOver | null;
}

/** Frames of overlaps that are not read. */
export interface PassedOver {
  readonly before: number;
  readonly behind: number;
}

export class Belonging {
  readonly #job: WindowJob;
  readonly #files: readonly WindowFile[];
  /** Nothing comes behind what was read. */
  #final = false;
  readonly #read: FileRead[];
  readonly #places = new FilePlaces();
  /** Times of frames: the first frame of each second. */
  readonly #frames: number[] = [];
  readonly #seconds: number[] = [];
  /** By window: the index of the last file that it reads. */
  readonly #readTo: ReadonlyMap<number, number>;
  #latest = Number.NEGATIVE_INFINITY;
  #lastFrame = 0;
  /** Calls that are not answered by now are those that the end cuts. */
  #ended = false;
  readonly #records: { [kind in EventKind]?: number } = {};
  readonly #rewritten: { [kind in EventKind]?: number } = {};
  readonly #notes: { [code: string]: number } = {};
  #provisional = 0;
  #shortOffers = 0;
  #cutNotes = 0;
  /** Conversations that were going on when they were met first. */
  readonly #midstream = new Set<string>();
  readonly #older: AssociationRecord[] = [];
  /** Conversations with calls of this window. */
  readonly #active = new Set<string>();
  /** The first file that is read is the sensor's first, and whether frames of it were passed over. */
  readonly #firstFile: boolean;
  readonly #passedOver: PassedOver | null;
  readonly #doubts = new Map<string, Doubt>();

  constructor({ job, files, passedOver }: BelongingOptions) {
    this.#passedOver = passedOver ?? null;
    this.#job = job;
    this.#files = files;
    this.#firstFile = job.begins && files[0]?.path === job.files[0]?.path;
    this.#read = files.map(() => ({ frames: 0, first: null, last: null }));
    this.#readTo = readToOf(job, files);
  }

  /** What is read begins where the sensor does. */
  get #fromStart(): boolean {
    return this.#firstFile && (this.#passedOver?.before ?? 0) === 0;
  }

  /** By kind, what was written. */
  get records(): { readonly [kind in EventKind]?: number } {
    return this.#records;
  }

  /** Of these, the later revisions of what earlier windows wrote. */
  get rewritten(): { readonly [kind in EventKind]?: number } {
    return this.#rewritten;
  }

  /** By code, the notes that were written. */
  get notes(): { readonly [code: string]: number } {
    return this.#notes;
  }

  /** Records that were written and may be written again. */
  get provisional(): number {
    return this.#provisional;
  }

  /** Whether the end of what was read cut something that more files may complete. */
  get cut(): boolean {
    return this.#provisional > 0 || this.#cutNotes > 0;
  }

  /** Whether offers may have begun before what was read. */
  get offersInDoubt(): boolean {
    return this.#shortOffers > 0;
  }

  /** Conversations of records that were written, of which earlier files may have more. */
  get doubts(): readonly Doubt[] {
    return [...this.#doubts.values()];
  }

  /** The files that are read. */
  get files(): readonly WindowFile[] {
    return this.#files;
  }

  /** What was found in each of them. */
  get read(): readonly FileRead[] {
    return this.#read;
  }

  /** The time of the first frame that was read, in seconds since 1970; null where there was none. */
  get earliest(): number | null {
    return this.#read.find((read) => read.first !== null)?.first ?? null;
  }

  /** The time of the latest frame, in seconds since 1970; null before the first. */
  get latest(): number | null {
    return Number.isFinite(this.#latest) ? this.#latest : null;
  }

  /** A conversation goes on of which this run has not seen the beginning. */
  midstream(ends: Doubt): void {
    if (this.#midstream.size < MAX_MIDSTREAM) this.#midstream.add(doubtKey(ends));
  }

  /** The next frame, before its events. */
  see(frame: Frame): void {
    this.#places.see(frame.number, frame.file, frame.inFile);
    this.#lastFrame = frame.number;
    const at = frame.seconds + frame.nanos / 1e9;
    if (at > this.#latest) this.#latest = at;
    if (this.#seconds.at(-1) !== frame.seconds) {
      this.#frames.push(frame.number);
      this.#seconds.push(frame.seconds);
    }
    const read = this.#read[frame.file];
    if (read === undefined) return;
    read.frames++;
    read.first ??= at;
    if (read.last === null || at > read.last) read.last = at;
  }

  /** The input is at its end, and all calls that were finished were taken. `final`: nothing comes behind it, what is open is over. */
  end(final: boolean): void {
    this.#ended = true;
    this.#final = final;
  }

  /** What of these belongs to the window. */
  take(events: readonly Event[]): readonly Event[] {
    const out: Event[] = [];
    for (const event of events) {
      const record = this.#belonging(event);
      if (record === null) continue;
      this.#count(record);
      out.push(this.#placed(record));
    }
    return out;
  }

  /**
   * Notes of the associations whose bind is older than the overlap. `begun`: which of those that are in doubt were looked for in all
   * earlier files, and are not there.
   */
  olderThanOverlap(begun: (doubt: Doubt) => boolean): readonly NoteRecord[] {
    const notes = this.#older
      .filter(({ community_id }) => community_id !== null && this.#active.has(community_id))
      .filter((record) => this.#isHistory(record.ts) || !begun(record))
      .map(this.#notInWindow);
    for (const note of notes) this.#count(note);
    return notes;
  }

  #count(record: Event): void {
    this.#records[record.type] = (this.#records[record.type] ?? 0) + 1;
    if (record.type === "call" || record.type === "offer") {
      if (record.revision > 1) this.#rewritten[record.type] = (this.#rewritten[record.type] ?? 0) + 1;
    }
    if (record.type === "note") this.#notes[record.code] = (this.#notes[record.code] ?? 0) + 1;
    if (record.type === "call" || record.type === "offer") this.#provisional += record.provisional ? 1 : 0;
  }

  /** The event as this window writes it; null where it is another's. */
  #belonging(event: Event): Event | null {
    switch (event.type) {
      case "call":
        return this.#call(event);
      case "offer":
        return this.#offer(event);
      case "association":
        return this.#association(event);
      case "note":
        return this.#note(event);
      case "detection":
        return this.#isOwn(this.#fileOfFinding(event)) ? event : null;
      case "summary":
        return event;
      case "observation":
        return null;
    }
  }

  #call(record: CallRecord): CallRecord | null {
    const { request, response } = record.frames;
    const begun = this.#fileOf((request.length > 0 ? request : response)[0]);
    const unanswered = record.status === "no_response" || record.stub.response === "incomplete";
    const open = this.#ended && unanswered;
    const asked = Math.max(secondsOf(record.ts), secondsOf(record.wire.request?.last_ts ?? record.ts));
    const active = Math.max(asked, secondsOf(record.wire.response?.last_ts ?? record.ts));
    const written = this.#written(record, begun, {
      last: this.#fileOf(response.at(-1) ?? request.at(-1)),
      quietAt: unanswered ? active + SILENCE : null,
      late: !unanswered && active - asked >= SILENCE,
      open,
    });
    if (this.#isOwn(begun) && record.community_id !== null) this.#active.add(record.community_id);
    // Its request may be older than what was read.
    if (written !== null && record.status === "no_request") this.#doubt(record);
    return written;
  }

  #offer(record: OfferRecord): OfferRecord | null {
    const begun = this.#fileAt(record.ts);
    const certain = this.#sawBeginning(record);
    if (!certain) this.#shortOffers++;
    if (!certain && !this.#isOwn(begun)) return null;
    const frames = record.evidence.flatMap((of) => of.frames);
    const last = frames.length === 0 ? null : frames.reduce((a, b) => Math.max(a, b));
    const follow = record.follow_up;
    const active = Math.max(
      secondsOf(record.ts),
      last === null ? 0 : this.#timeOf(last),
      follow === null ? 0 : secondsOf(follow.ts) + (follow.duration_s ?? 0),
    );
    return this.#written(record, begun, {
      last: last === null ? begun : this.#fileOf(last),
      quietAt: active + OFFER_SILENCE,
      open: this.#ended,
    });
  }

  /** Whether what was read begins so early that no call of the offer is before it. */
  #sawBeginning({ ts }: OfferRecord): boolean {
    const first = this.earliest;
    return this.#fromStart || (first !== null && secondsOf(ts) - first >= OFFER_SILENCE);
  }

  #association(record: AssociationRecord): AssociationRecord | null {
    const own = this.#isOwn(this.#fileAt(record.ts));
    if (own) this.#doubt(record);
    const hasBinds = record.transport.protseq !== "ncadg_ip_udp";
    const older = this.#isHistory(record.ts) || (!this.#fromStart && this.#midstream.has(doubtKey(record)));
    if (older && hasBinds && record.calls > 0 && this.#older.length < MAX_OLDER) this.#older.push(record);
    return own ? record : null;
  }

  /** The record as this window writes it; null where it is another's. */
  #written<Kind extends CallRecord | OfferRecord>(record: Kind, begun: number, fate: Fate): Kind | null {
    const file = this.#files[begun];
    if (file === undefined) return null;
    const quiet = fate.quietAt !== null && this.#latest >= fate.quietAt;
    const provisional = fate.open && !quiet && !this.#final;
    if (file.part === "own") return provisional ? { ...record, provisional } : record;
    const { window } = file;
    if (window === null || window >= this.#job.number) return null;
    if (fate.late ? !this.#isOwn(fate.last) : this.#finishedBy(window, fate)) return null;
    return { ...record, revision: 1 + STEP * (this.#job.number - window), provisional };
  }

  /** Whether that window saw all of it, or waited long enough for more. */
  #finishedBy(window: number, { last, quietAt }: Fate): boolean {
    const readTo = this.#readTo.get(window) ?? -1;
    if (readTo < 0) return false;
    if (quietAt === null) return last <= readTo;
    const until = this.#read.slice(0, readTo + 1).map((read) => read.last ?? Number.NEGATIVE_INFINITY);
    return Math.max(...until) >= quietAt;
  }

  #isHistory(ts: string): boolean {
    return this.#files[this.#fileAt(ts)]?.part === "history";
  }

  #isOwn(file: number): boolean {
    return this.#files[file]?.part === "own";
  }

  /** The index of a frame's file, or -1. */
  #fileOf(frame: number | null | undefined): number {
    if (frame === null || frame === undefined) return -1;
    return this.#places.of(frame)?.file ?? -1;
  }

  /** The file whose time it is: the last one that begins by then. The same in every window, whichever files it reads. */
  #fileAt(ts: string): number {
    const at = `${ts.slice(0, -1).padEnd(29, "0")}Z`;
    let found = -1;
    for (let i = 0; i < this.#files.length; i++) {
      const { first } = this.#files[i]!;
      if (first !== null && (first <= at || found < 0)) found = i;
    }
    return found;
  }

  #note(record: NoteRecord): NoteRecord | null {
    if (!this.#isOwn(this.#fileOfNote(record))) return null;
    const { community_id, ts } = record;
    // Of what had only just come when what was read ended.
    if (this.#ended && community_id !== null && ts !== null && this.#latest - secondsOf(ts) < SILENCE) {
      this.#cutNotes++;
    }
    return record;
  }

  #fileOfNote({ frame, ts, message, community_id }: NoteRecord): number {
    // What a source says of a file begins with its name.
    if (ts === null) {
      const named = this.#files.findIndex(({ path }) => message.startsWith(`${path}:`));
      if (named >= 0) return named;
    }
    // Limits that the end reports are of all that was read.
    const ofRun = ts === null || (this.#ended && frame === this.#lastFrame && community_id === null);
    if (ofRun) return this.#files.findIndex(({ part }) => part === "own");
    return frame === null || frame === 0 ? this.#fileAt(ts) : this.#fileOf(frame);
  }

  #fileOfFinding({ frames, ts }: DetectionRecord): number {
    if (frames.length > 0) return this.#fileOf(frames.reduce((a, b) => Math.min(a, b)));
    return ts === null ? -1 : this.#fileAt(ts);
  }

  /** The time of a frame, to the second. */
  #timeOf(frame: number): number {
    let low = 0;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#frames[middle]! <= frame) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#seconds[low - 1]!;
  }

  /** Where one file is read, the analyzer names none. */
  #placed(record: Event): Event {
    if (this.#files.length !== 1 || record.type === "observation" || record.type === "summary") return record;
    const file = this.#files[0]!.path;
    return record.type === "call"
      ? { ...record, file, places: [{ file, ...record.frames }] }
      : { ...record, file };
  }

  #doubt({ client, server, transport }: CallRecord | AssociationRecord): void {
    const datagrams = transport.protseq === "ncadg_ip_udp";
    const key = doubtKey({ client, server });
    if (this.#fromStart || this.#doubts.size >= MAX_OLDER) return;
    if (datagrams || this.#midstream.has(key)) this.#doubts.set(key, { client, server, datagrams });
  }

  readonly #notInWindow = (of: AssociationRecord): NoteRecord => {
    const { ts, stream, file, community_id, client, server, calls } = of;
    const at = { seconds: Math.floor(secondsOf(ts)), nanos: Number(ts.slice(20, -1).padEnd(9, "0")) };
    const many = calls === 1 ? "1 call" : `${calls} calls`;
    return {
      type: "note",
      schema: SCHEMA,
      id: noteId(NOT_IN_WINDOW, community_id, at, 0),
      revision: 1,
      provisional: false,
      ts,
      stream,
      file,
      community_id,
      severity: "info",
      code: NOT_IN_WINDOW,
      message: `the bind of ${client.address}:${client.port} to ${server.address}:${server.port} is older than the overlap before window ${this.#job.name}, which saw ${many} of it`,
      frame: null,
    };
  };
}

/** By window: the index among the files that are read of the last one that it reads; -1 where that is older. */
function readToOf(job: WindowJob, files: readonly WindowFile[]): Map<number, number> {
  const places = new Map(job.files.map(({ path }, place) => [path, place]));
  return new Map(
    job.earlier.map(({ number, readTo }) => {
      const until = readTo === null ? -1 : (places.get(readTo) ?? -1);
      return [number, files.findLastIndex(({ path }) => places.get(path)! <= until)];
    }),
  );
}

/** The same of a conversation whichever side is called its client. */
export function doubtKey({ client, server }: Doubt): string {
  const ends = [client, server].map(({ address, port }) => `${address} ${port}`);
  return ends.sort().join(" ");
}

const NOT_IN_WINDOW = "bind-not-in-window";

/** What is known of how a record ends. */
interface Fate {
  /** The file of its last frame. */
  last: number;
  /** When it is over if nothing more comes, in seconds since 1970; null where it is over. */
  quietAt: number | null;
  /** It came when its window may have given it up. */
  late?: boolean;
  /** What is read ends before it does. */
  open: boolean;
}
