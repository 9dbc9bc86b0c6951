/**
 * Where the frames of conversations stand in the capture that may be DCE/RPC: enough to read one of them again without all the
 * others. It looks on at a run as a witness does; what proves to be something else is forgotten.
 *
 * Not handled: reading them (replay.ts).
 */
import type { DecodedCall } from "../call/decoded-call.js";
import type { Frame } from "../capture/frame.js";
import type { CallRecord } from "../events.js";
import type { Arrival } from "../reassembly/delivery.js";
import type { FragmentPiece } from "../reassembly/ip-fragments.js";
import type { Direction } from "../reassembly/when.js";
import type { FramedPdu } from "../rpc/framed.js";
import type { Witness } from "../witness.js";

/** Bytes that all places together may take. */
const MAX_BYTES = 48 << 20;
/** Of a frame: two numbers. */
const ENTRY_BYTES = 16;
/** Numbers of frames below this many; sizes of records below 2 ** SIZE_BITS. */
const SIZE_RANGE = 2 ** 21;
/** Inputs that are told apart, and bytes of each. */
const MAX_FILES = 512;
const FILE_RANGE = 2 ** 44;
/** The latest frames of a conversation among which those of a call are looked for. */
const LOOKED_AT = 4_096;
/** The latest frames, of which some prove to be fragments of a datagram. */
const RECENT = 1 << 14;
/** Frames of an input from one whose place is remembered to the next. */
const MARK_EVERY = 1_024;
/** Frames between two looks for conversations that nobody wants any more. */
const SWEEP_EVERY = 1 << 14;

/** One frame's record in an input. */
export interface FramePlace {
  number: number;
  file: number;
  position: number;
  size: number;
}

/** A conversation as its number says: a TCP stream, or one of datagrams. */
export interface ConversationKey {
  stream: number;
  datagrams: boolean;
}

/** As much of a TCP conversation as shows whether somebody wants it. */
interface FlowState {
  readonly stream: number;
  readonly dismissed: boolean;
  readonly closed: boolean;
}

/** What the analyzer says of the frame that it was given last. */
export interface LastFrame {
  readonly lastFlow: { readonly flow: FlowState } | null;
  readonly lastDatagram: { readonly stream: number } | null;
}

/** Frames of a conversation: a number and a size in one, then a file and a position in one. */
interface Followed {
  entries: number[];
  flow: FlowState | null;
  /** It carried a PDU. */
  rpc: boolean;
  /** It did, or may be asked for all the same. */
  wanted: boolean;
  /** Not all of it is here. */
  cut: boolean;
  /** Its number, and those of the conversations that are read with it, each with the first frame. */
  numbers: { stream: number; from: number }[];
}

/** The numbers of conversations in the order in which they begin, over TCP and of datagrams. */
export interface Numbers {
  streams: readonly number[];
  datagrams: readonly number[];
}

/** Conversations that can be read again: their frames in order, each once. */
export interface Indexed extends Numbers {
  places: readonly FramePlace[];
}

export class FrameIndex implements Witness {
  readonly #limit: number;
  readonly #flows = new Map<number, Followed>();
  /** By the number of the conversation; several share what calls between them share. */
  readonly #datagrams = new Map<number, Followed>();
  #held = 0;
  /** Conversations are not known whole because there are too many frames. */
  full = false;
  /** The latest frames: as the entries above, by number. */
  readonly #recent = new Float64Array(2 * RECENT);
  /** Of each input, where every so many frames begin; NaN where that frame has no record of its own. */
  readonly #marks: number[][] = [];
  #sinceSweep = 0;
  /** Of the frame at hand: the conversations that were added to, and whether a datagram of RPC is in it. */
  #touched: number | null = null;
  /** Calls without a connection that the frame at hand ended, with the first frames of their sides. */
  readonly #called: { stream: number; numbers: number[] }[] = [];
  #datagram: { frames: readonly number[] | null; frame: Frame; rpc: boolean } | null = null;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  /** To be called with each frame before the analyzer is given it. */
  before(frame: Frame): void {
    const at = 2 * (frame.number % RECENT);
    const { position, size, file, number } = frame;
    const known = size > 0 && size < SIZE_RANGE && file < MAX_FILES && position < FILE_RANGE;
    this.#recent[at] = number * SIZE_RANGE + (known ? size : 0);
    this.#recent[at + 1] = file * FILE_RANGE + position;
    const inFile = frame.inFile > 0 ? frame.inFile : number;
    if (inFile % MARK_EVERY !== 1) return;
    this.#marks[file] ??= [];
    this.#marks[file][Math.floor(inFile / MARK_EVERY)] = known ? position : Number.NaN;
  }

  /** Where to begin reading a file to meet a frame, by its number in there: the latest frame before it whose place is known. */
  markBefore(file: number, inFile: number): { position: number; inFile: number; end: number } | null {
    const marks = this.#marks[file] ?? [];
    const wanted = Math.floor((inFile - 1) / MARK_EVERY);
    const end = marks.find((position, at) => at > wanted && !Number.isNaN(position));
    for (let at = wanted; at >= 0; at--) {
      const position = marks[at] ?? Number.NaN;
      if (Number.isNaN(position)) continue;
      return { position, inFile: at * MARK_EVERY + 1, end: end ?? Number.POSITIVE_INFINITY };
    }
    return null;
  }

  /** To be called after the analyzer was given a frame. */
  after(last: LastFrame): void {
    if (this.#touched !== null) {
      const { lastFlow } = last;
      const followed = this.#flows.get(this.#touched);
      if (followed !== undefined && lastFlow?.flow.stream === this.#touched) {
        followed.flow = lastFlow.flow;
        if (lastFlow.flow.dismissed) this.#forget(this.#touched, followed);
      }
      this.#touched = null;
    }
    if (this.#datagram !== null) this.#takeDatagram(this.#datagram, last);
    this.#datagram = null;
    if (this.#called.length > 0) this.#joinCalled();
    if (++this.#sinceSweep < SWEEP_EVERY) return;
    this.#sinceSweep = 0;
    this.#sweep();
  }

  segment(
    stream: number,
    _direction: Direction,
    { frames }: Arrival,
    frame: Frame,
    _pieces: readonly FragmentPiece[] | null,
  ): void {
    let followed = this.#flows.get(stream);
    if (followed === undefined) {
      followed = newFollowed(stream, frame.number, false);
      this.#flows.set(stream, followed);
    }
    this.#touched = stream;
    this.#add(followed, typeof frames === "number" ? null : frames, frame);
  }

  datagram(_payload: Uint8Array, frame: Frame, pieces: readonly FragmentPiece[] | null): void {
    const frames = pieces === null ? null : [...new Set(pieces.map((piece) => piece.frame))];
    this.#datagram = { frames, frame, rpc: false };
  }

  datagramPdu(): void {
    if (this.#datagram !== null) this.#datagram.rpc = true;
  }

  pdu(_association: number, stream: number, _direction: 0 | 1, _framed: FramedPdu): void {
    const followed = this.#flows.get(stream);
    if (followed !== undefined) {
      followed.rpc = true;
      followed.wanted = true;
    }
  }

  call(_decoded: DecodedCall, { transport, stream, frames }: CallRecord): number {
    if (transport.protseq === "ncadg_ip_udp") {
      const numbers = [frames.request[0], frames.response[0]].filter((number) => number !== undefined);
      this.#called.push({ stream, numbers });
    }
    return 0;
  }

  /** The answer to a call without a connection may come from another port: both conversations are read together. */
  #joinCalled(): void {
    for (const { stream, numbers } of this.#called.splice(0)) {
      const own = this.#datagrams.get(stream);
      if (own === undefined) continue;
      for (const number of numbers) {
        if (holds(own, number, LOOKED_AT)) continue;
        const all = [...new Set(this.#datagrams.values())];
        const other = all.find((followed) => holds(followed, number, LOOKED_AT));
        if (other !== undefined) this.#join(own, other);
      }
    }
  }

  #join(own: Followed, other: Followed): void {
    for (const [stream, followed] of this.#datagrams) {
      if (followed === other) this.#datagrams.set(stream, own);
    }
    own.numbers.push(...other.numbers);
    if (own.cut || other.cut) {
      own.cut = true;
      this.#empty(own);
      this.#empty(other);
    } else for (const entry of other.entries) own.entries.push(entry);
  }

  /** Messages of SMB are shown by frame, whether they carry PDUs or not. */
  smbMessage(stream: number): void {
    const followed = this.#flows.get(stream);
    if (followed !== undefined) followed.wanted = true;
  }

  joined(): void {}
  association(): void {}
  dropped(): void {}

  /** All frames of some conversations, those of fragments included; null where not all of them are known. */
  of(keys: readonly ConversationKey[]): Indexed | null {
    const all = { streams: new Set<Followed>(), datagrams: new Set<Followed>() };
    for (const { stream, datagrams } of keys) {
      const followed = (datagrams ? this.#datagrams : this.#flows).get(stream);
      if (followed === undefined || followed.cut) return null;
      all[datagrams ? "datagrams" : "streams"].add(followed);
    }
    const places = placesOf([...all.streams, ...all.datagrams]);
    return { places, streams: numbersOf(all.streams), datagrams: numbersOf(all.datagrams) };
  }

  /** The conversations that a frame is of. */
  having(frame: number): ConversationKey[] {
    const found: ConversationKey[] = [];
    for (const [stream, followed] of this.#flows) {
      if (holds(followed, frame)) found.push({ stream, datagrams: false });
    }
    const seen = new Set<Followed>();
    for (const [stream, followed] of this.#datagrams) {
      if (seen.has(followed) || !holds(followed, frame)) continue;
      seen.add(followed);
      found.push({ stream, datagrams: true });
    }
    return found;
  }

  /** Nothing more comes: what is not DCE/RPC is forgotten, and no room is left. */
  finish(): void {
    this.#joinCalled();
    for (const [stream, followed] of this.#flows) {
      if (followed.wanted) settle(followed);
      else this.#forget(stream, followed);
    }
    this.#recent.fill(0);
  }

  #takeDatagram(
    { frames, frame, rpc }: { frames: readonly number[] | null; frame: Frame; rpc: boolean },
    last: LastFrame,
  ): void {
    if (!rpc || last.lastDatagram === null) return;
    const { stream } = last.lastDatagram;
    let followed = this.#datagrams.get(stream);
    if (followed === undefined) {
      followed = newFollowed(stream, frame.number, true);
      this.#datagrams.set(stream, followed);
    }
    this.#add(followed, frames, frame);
  }

  /** `frames`: those of the fragments where it came in several, else null. */
  #add(followed: Followed, frames: readonly number[] | null, frame: Frame): void {
    if (followed.cut) return;
    if (frames === null) this.#addOne(followed, frame.number);
    else for (const number of frames) this.#addOne(followed, number);
    if (this.#held > this.#limit) this.#makeRoom();
  }

  #addOne(followed: Followed, number: number): void {
    const at = 2 * (number % RECENT);
    const first = this.#recent[at]!;
    const size = first % SIZE_RANGE;
    if (Math.floor(first / SIZE_RANGE) !== number || size === 0) {
      followed.cut = true;
      this.#empty(followed);
      return;
    }
    const { entries } = followed;
    // A frame with several segments of one conversation is there once.
    if (entries.length > 0 && entries[entries.length - 2] === first) return;
    entries.push(first, this.#recent[at + 1]!);
    this.#held += ENTRY_BYTES;
  }

  #forget(stream: number, followed: Followed): void {
    this.#empty(followed);
    this.#flows.delete(stream);
  }

  #empty(followed: Followed): void {
    this.#held -= (ENTRY_BYTES / 2) * followed.entries.length;
    followed.entries = [];
  }

  /** Conversations that were dismissed by what another frame brought, and those that are over and had no PDU. */
  #sweep(): void {
    for (const [stream, followed] of this.#flows) {
      const { flow, wanted } = followed;
      if (flow === null) continue;
      if (flow.dismissed || (flow.closed && !wanted)) this.#forget(stream, followed);
      else if (flow.closed) settle(followed);
    }
  }

  /** The longest conversation of those without a PDU so far goes first, else the longest of all. */
  #makeRoom(): void {
    this.#sweep();
    while (this.#held > this.#limit) {
      this.full = true;
      const all = [...this.#flows.values(), ...new Set(this.#datagrams.values())];
      let victim: Followed | null = null;
      for (const followed of all) {
        if (followed.entries.length === 0) continue;
        const better =
          victim === null ||
          (victim.rpc && !followed.rpc) ||
          (victim.rpc === followed.rpc && followed.entries.length > victim.entries.length);
        if (better) victim = followed;
      }
      if (victim === null) return;
      victim.cut = true;
      this.#empty(victim);
    }
  }
}

/** `rpc`: it is known to carry PDUs. */
function newFollowed(stream: number, from: number, rpc: boolean): Followed {
  return { entries: [], flow: null, rpc, wanted: rpc, cut: false, numbers: [{ stream, from }] };
}

/** It is over: no room is left, and its flow may be forgotten. */
function settle(followed: Followed): void {
  followed.entries = followed.entries.slice();
  followed.flow = null;
}

function numbersOf(all: Iterable<Followed>): number[] {
  const numbers = [...all].flatMap((followed) => followed.numbers);
  return numbers.sort((a, b) => a.from - b.from).map(({ stream }) => stream);
}

function placesOf(all: readonly Followed[]): FramePlace[] {
  const places: FramePlace[] = [];
  for (const { entries } of all) {
    for (let i = 0; i < entries.length; i += 2) {
      const first = entries[i]!;
      const second = entries[i + 1]!;
      places.push({
        number: Math.floor(first / SIZE_RANGE),
        size: first % SIZE_RANGE,
        file: Math.floor(second / FILE_RANGE),
        position: second % FILE_RANGE,
      });
    }
  }
  places.sort((a, b) => a.number - b.number);
  return places.filter(({ number }, i) => i === 0 || number !== places[i - 1]!.number);
}

/** `most`: the latest frames that are looked at. */
function holds({ entries }: Followed, number: number, most = Number.POSITIVE_INFINITY): boolean {
  // Nearly in order: fragments stand behind what came between them.
  for (let i = entries.length - 2; i >= Math.max(0, entries.length - 2 * most); i -= 2) {
    if (Math.floor(entries[i]! / SIZE_RANGE) === number) return true;
  }
  return false;
}
