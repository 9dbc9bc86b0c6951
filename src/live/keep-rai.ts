/**
 * `--keep rai`: of everything captured, the frames of conversations that belong to an offer. Whether one does is known
 * late, so the frames of every conversation that may are held until it is: within a number of bytes, beyond which the
 * conversation held longest is dropped, and that is reported.
 */

import type { Frame, SourceNote } from "../capture/frame.js";
import type { CallRecord, Event } from "../events.js";
import { Oldest } from "../oldest.js";

/** Bytes of frames that wait for the verdict on their conversation. */
const KEEP_BYTES = 64 << 20;
/** What holding a frame costs besides its bytes, with its share of what is remembered of conversations. */
const FRAME_COST = 500;
/** Milliseconds that a frame without a verdict holds up later ones that are kept: so far the order of time is kept. */
const ORDER_WAIT = 5_000;
/** The same where somebody watches. */
const ORDER_WAIT_WATCHED = 1_000;
/** Milliseconds without a frame after which a conversation without a verdict is dropped: DCE/RPC, and others. */
const UNDECIDED_RPC = 900_000;
const UNDECIDED = 30_000;
/** Milliseconds between two looks at who belongs. */
const REVIEW = 1_000;
/** Milliseconds that a frame waits for the call it may close, where comments are wanted. */
const COMMENT_WAIT = 200;
/** Conversations whose verdict is remembered; a forgotten one gets the same verdict again. */
const MAX_CONVERSATIONS = 16_384;
/** Frames kept of no conversation so far: fragments of a datagram that is not whole. */
const STRAYS = 256;

/** The conversation of a frame, as the reassembly knows it. */
export interface FlowState {
  readonly stream: number;
  readonly dismissed: boolean;
  readonly closed: boolean;
}

export interface Knowledge {
  readonly lastFlow: { flow: FlowState; frames: number | number[]; rpc: boolean } | null;
  offerStreams(): { belong: Set<number>; candidates: Set<number> };
}

export interface FrameTarget {
  frame(frame: Frame, source: number, comment?: string | null): void;
}

type KeepDecision = "open" | "keep" | "drop";

interface HeldFlow {
  flow: FlowState;
  verdict: KeepDecision;
  rpc: boolean;
  /** Frames that do not hold up later ones any more. */
  late: Held[];
  /** Its last frame, by the wall clock in milliseconds. */
  last: number;
  bytes: number;
}

interface Held {
  of: HeldFlow | null;
  frame: Frame;
  source: number;
  /** By the wall clock, in milliseconds. */
  arrived: number;
  comment: string | null;
}

export class KeepRai {
  /** Frames written, and frames dropped because the limit was reached. */
  kept = 0;
  dropped = 0;
  readonly #knows: Knowledge;
  readonly #target: FrameTarget;
  /** What each frame that closes a call is given to say, or null. */
  readonly #comment: ((call: CallRecord) => string) | null;
  readonly #limit: number;
  readonly #clock: () => number;
  readonly #byStream = new Map<number, HeldFlow>();
  readonly #open = new Set<HeldFlow>();
  /** In order of capture; those before `#head` are gone. */
  #queue: Held[] = [];
  #head = 0;
  /** Frames by number that a comment may still be put to. */
  readonly #commentable = new Map<number, Held>();
  readonly #strays = new Map<number, Held>();
  readonly #oldestStray = new Oldest(this.#strays);
  /** Conversations from which on some are to be forgotten. */
  #crowded = MAX_CONVERSATIONS;
  #held = 0;
  #dirty = false;
  #reviewed = 0;
  #belong: Set<number> = new Set();
  #candidates: Set<number> = new Set();
  #notes: SourceNote[] = [];

  /** `comment`: what each frame that closes a call gets to say. `clock`: milliseconds. */
  constructor(
    knows: Knowledge,
    target: FrameTarget,
    comment: ((call: CallRecord) => string) | null,
    limit: number = KEEP_BYTES,
    clock: () => number = () => performance.now(),
  ) {
    this.#clock = clock;
    this.#knows = knows;
    this.#target = target;
    this.#comment = comment;
    this.#limit = limit;
  }

  /** Takes a frame that the analyzer was given last, and the events that it brought about. */
  frame(frame: Frame, source: number, events: readonly Event[]): void {
    const at = this.#knows.lastFlow;
    const of = at === null ? null : this.#conversation(at.flow);
    if (at === null || of === null) {
      this.#stray(frame, source);
    } else if (of.verdict !== "drop") {
      of.last = this.#clock();
      if (at.rpc) of.rpc = true;
      if (typeof at.frames !== "number") for (const number of at.frames) this.#claim(number, of);
      this.#hold(of, copy(of, frame, source, this.#clock()));
    }
    // The frame may be the one that closes a call.
    this.events(events);
    if (at === null || of === null) return;
    if (of.verdict === "open" && (at.flow.dismissed || (at.flow.closed && !of.rpc))) this.#ask(of);
    this.#drain(false);
    while (this.#held > this.#limit && this.#giveUpOne()) this.#drain(false);
  }

  /** Takes events that no frame brought about as well. */
  events(events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === "call") {
        this.#dirty = true;
        // Datagrams have numbers of their own.
        const overTcp = event.transport.protseq !== "ncadg_ip_udp";
        const of = overTcp ? this.#byStream.get(event.stream) : undefined;
        if (of !== undefined) of.rpc = true;
        if (this.#comment === null) continue;
        const last = event.frames.response.at(-1) ?? event.frames.request.at(-1);
        const held = last === undefined ? undefined : this.#commentable.get(last);
        if (held === undefined) continue;
        const comment = this.#comment(event);
        held.comment = held.comment === null ? comment : `${held.comment}\n${comment}`;
      } else if (event.type === "association") {
        this.#dirty = true;
        const of = this.#byStream.get(event.stream);
        if (of !== undefined) of.rpc = true;
      } else if (event.type === "offer") {
        const streams = event.calls.map(([stream]) => stream);
        if (event.follow_up !== null) streams.push(event.follow_up.stream);
        // Also those without a call: a bind that was refused, a port that did not answer.
        streams.push(...this.#streamsOf(new Set(event.evidence.flatMap(({ frames }) => frames))));
        this.#keep(streams);
      }
    }
  }

  /** Called now and then. */
  tick(): void {
    const now = this.#clock();
    if (this.#dirty && now - this.#reviewed >= (this.#comment !== null ? REVIEW / 10 : REVIEW))
      this.#review();
    for (const open of this.#open) {
      const wanted = open.rpc || this.#candidates.has(open.flow.stream);
      const over = open.flow.closed && !wanted;
      if (over || now - open.last > (wanted ? UNDECIDED_RPC : UNDECIDED)) this.#drop(open);
    }
    this.#drain(false);
  }

  /** The run is over, and so is every doubt. */
  finish(): void {
    this.#review();
    for (const open of [...this.#open]) this.#drop(open);
    this.#drain(true);
  }

  takeNotes(): SourceNote[] {
    const notes = this.#notes;
    if (notes.length > 0) this.#notes = [];
    return notes;
  }

  /** Conversations of the frames with these numbers, as far as they are held. */
  #streamsOf(numbers: ReadonlySet<number>): Set<number> {
    const streams = new Set<number>();
    const look = (held: Held): void => {
      if (numbers.has(held.frame.number)) streams.add(held.of!.flow.stream);
    };
    for (const { late } of this.#open) late.forEach(look);
    for (let i = this.#head; i < this.#queue.length; i++) look(this.#queue[i]!);
    return streams;
  }

  #conversation(flow: FlowState): HeldFlow {
    const known = this.#byStream.get(flow.stream);
    if (known !== undefined) return known;
    const of: HeldFlow = { flow, verdict: "open", rpc: false, late: [], last: 0, bytes: 0 };
    this.#byStream.set(flow.stream, of);
    if (this.#belong.has(flow.stream)) of.verdict = "keep";
    else this.#open.add(of);
    return of;
  }

  #hold(of: HeldFlow, held: Held): void {
    this.#queue.push(held);
    const cost = held.frame.data.length + FRAME_COST;
    of.bytes += cost;
    this.#held += cost;
    if (this.#comment !== null) this.#commentable.set(held.frame.number, held);
  }

  #stray(frame: Frame, source: number): void {
    this.#strays.set(frame.number, copy(null, frame, source, this.#clock()));
    if (this.#strays.size > STRAYS) this.#strays.delete(this.#oldestStray.next()!);
  }

  /** A fragment proves to belong to a conversation. */
  #claim(number: number, of: HeldFlow): void {
    const held = this.#strays.get(number);
    if (held === undefined) return;
    this.#strays.delete(number);
    held.of = of;
    this.#hold(of, held);
  }

  /** A conversation that is no DCE/RPC: it may be what follows an offer. */
  #ask(of: HeldFlow): void {
    if (this.#dirty) this.#review();
    const { stream } = of.flow;
    if (of.verdict === "open" && !this.#candidates.has(stream)) this.#drop(of);
  }

  #review(): void {
    this.#dirty = false;
    this.#reviewed = this.#clock();
    const { belong, candidates } = this.#knows.offerStreams();
    this.#belong = belong;
    this.#candidates = candidates;
    this.#keep(belong);
  }

  /** These belong. What was held of them longer than others waited for goes out now, in order among itself. */
  #keep(streams: Iterable<number>): void {
    const late: Held[] = [];
    for (const stream of streams) {
      const of = this.#byStream.get(stream);
      if (of?.verdict !== "open") continue;
      of.verdict = "keep";
      this.#open.delete(of);
      late.push(...of.late);
      of.late = [];
    }
    for (const held of late.sort((a, b) => a.frame.number - b.frame.number)) this.#write(held);
  }

  #drop(of: HeldFlow): void {
    of.verdict = "drop";
    this.#open.delete(of);
    for (const held of of.late) this.#release(held);
    of.late = [];
  }

  /** Makes room: first what is neither DCE/RPC nor awaited, then what was held longest. */
  #giveUpOne(): boolean {
    if (this.#dirty) this.#review();
    let victim: HeldFlow | null = null;
    for (const open of this.#open) {
      if (open.bytes === 0) continue;
      victim ??= open;
      if (!open.rpc && !this.#candidates.has(open.flow.stream)) {
        victim = open;
        break;
      }
    }
    if (victim === null) return false;
    let frames = victim.late.length;
    for (let i = this.#head; i < this.#queue.length; i++) if (this.#queue[i]!.of === victim) frames++;
    this.dropped += frames;
    this.#notes.push({
      severity: "warning",
      code: "keep-limit",
      message: `${frames} frames of conversation ${victim.flow.stream} were not written: too many bytes wait for a decision`,
      frame: 0,
    });
    this.#drop(victim);
    return true;
  }

  /** Writes what is known to be kept, in order of capture as far as that is possible. */
  #drain(all: boolean): void {
    const now = this.#clock();
    while (this.#head < this.#queue.length) {
      const held = this.#queue[this.#head]!;
      const of = held.of!;
      if (of.verdict === "open") {
        if (now - held.arrived <= (this.#comment !== null ? ORDER_WAIT_WATCHED : ORDER_WAIT)) break;
        of.late.push(held);
      } else if (of.verdict === "drop") {
        this.#release(held);
      } else {
        if (this.#comment !== null && !all && now - held.arrived < COMMENT_WAIT) break;
        this.#write(held);
      }
      this.#head++;
    }
    if (this.#head > 4096 || this.#head === this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#forget();
  }

  /** Conversations that are over need no verdict any more. */
  #forget(): void {
    if (this.#byStream.size < this.#crowded) return;
    for (const [stream, of] of this.#byStream) {
      if (of.verdict !== "open" && (of.flow.closed || of.verdict === "drop")) this.#byStream.delete(stream);
      if (this.#byStream.size < MAX_CONVERSATIONS / 2) break;
    }
    // Where most are still open there is little to forget: it is looked for again when there are many more.
    this.#crowded = Math.max(MAX_CONVERSATIONS, this.#byStream.size + MAX_CONVERSATIONS / 4);
  }

  #release(held: Held): void {
    const cost = held.frame.data.length + FRAME_COST;
    this.#held -= cost;
    held.of!.bytes -= cost;
    this.#commentable.delete(held.frame.number);
  }

  #write(held: Held): void {
    this.#release(held);
    this.kept++;
    this.#target.frame(held.frame, held.source, held.comment);
  }
}

function copy(of: HeldFlow | null, frame: Frame, source: number, now: number): Held {
  return { of, frame: frame.copy(), source, arrived: now, comment: null };
}
