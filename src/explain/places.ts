/**
 * Where in the capture the bytes of streams stand: the latest segments of the conversations that are followed, with copies of
 * their frames. A PDU is looked up by the sequence numbers of its bytes while they are at hand; of bytes that were sent twice
 * those count that are the PDU's.
 *
 * Not handled: what came so long ago that it was forgotten (its place is not known then).
 */
import { IpProtocol } from "../../dissectors/ip/result.js";
import { plain } from "../../dissectors/wire/bytes.js";
import type { Frame } from "../capture/frame.js";
import type { Arrival } from "../reassembly/delivery.js";
import type { FragmentPiece } from "../reassembly/ip-fragments.js";
import type { PayloadWitness } from "../reassembly/streams.js";
import type { Direction } from "../reassembly/when.js";
import type { FramedPdu } from "../rpc/framed.js";

/** Bytes of segments that are kept; further ones push out the oldest. */
const KEPT_BYTES = 32 << 20;
/** What a segment costs beside its bytes. */
const SEGMENT_COST = 200;
/** The latest segments of a direction among which bytes are looked for: those of the longest message of SMB, and more. */
const LOOKED_AT = 4096;

/** A frame of the capture, or a datagram that was put together from several: what segments lie in. */
export interface Container {
  /** The frame's number; null of a datagram. */
  frame: number | null;
  linkType: number;
  /** On the wire, which may be more than was captured. */
  wireLength: number;
  bytes: Uint8Array;
  /** Of a datagram, which of its bytes came in which frame, and the number of the protocol above IP. */
  pieces: readonly FragmentPiece[];
  protocol: number | null;
}

/** Bytes that stand one behind another in a container. */
export interface Found {
  /** Offset in what was looked up. */
  start: number;
  length: number;
  container: Container;
  at: number;
  /** The container holds other bytes there: they were enciphered. */
  sealed: boolean;
}

interface Kept {
  key: string;
  sequence: number;
  length: number;
  container: Container;
  at: number;
}

export class Places implements PayloadWitness {
  readonly #limit: number;
  readonly #byStream = new Map<string, Kept[]>();
  /** In order of arrival, from `#oldest` on. */
  #all: Kept[] = [];
  #oldest = 0;
  #held = 0;
  /** The container made last, which the next segment of the same frame shares. */
  #last: { of: Uint8Array; frame: number; container: Container } | null = null;
  readonly #datagrams = new WeakMap<Uint8Array, { container: Container; at: number }>();

  constructor(limit = KEPT_BYTES) {
    this.#limit = limit;
  }

  segment(
    stream: number,
    direction: Direction,
    a: Arrival,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
  ): void {
    if (a.captured === 0) return;
    const container = this.#container(a.data, frame, pieces, IpProtocol.TCP);
    const at = pieces === null ? a.start - frame.start : a.start;
    const kept: Kept = {
      key: `${stream}/${direction}`,
      sequence: a.sequence,
      length: a.captured,
      container,
      at,
    };
    const same = this.#byStream.get(kept.key);
    if (same === undefined) this.#byStream.set(kept.key, [kept]);
    else same.push(kept);
    this.#all.push(kept);
    this.#held += container.bytes.length + SEGMENT_COST;
    while (this.#held > this.#limit && this.#oldest < this.#all.length - 1) this.#forget();
  }

  datagram(payload: Uint8Array, frame: Frame, pieces: readonly FragmentPiece[] | null): void {
    const data = pieces === null ? frame.data : new Uint8Array(payload.buffer);
    const container = this.#container(data, frame, pieces, IpProtocol.UDP);
    const base = pieces === null ? plain(frame.data).byteOffset + frame.start : 0;
    this.#datagrams.set(payload, { container, at: payload.byteOffset - base });
  }

  #container(
    data: Uint8Array,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
    protocol: number,
  ): Container {
    const last = this.#last;
    if (last !== null && last.of === data && last.frame === frame.number) return last.container;
    const { linkType, wireLength } = frame;
    const container: Container =
      pieces === null
        ? {
            frame: frame.number,
            linkType,
            wireLength,
            bytes: plain(data).slice(frame.start, frame.end),
            pieces: [],
            protocol: null,
          }
        : { frame: null, linkType, wireLength, bytes: data.slice(), pieces, protocol };
    this.#last = { of: data, frame: frame.number, container };
    return container;
  }

  #forget(): void {
    const kept = this.#all[this.#oldest++]!;
    this.#held -= kept.container.bytes.length + SEGMENT_COST;
    const same = this.#byStream.get(kept.key)!;
    same.splice(same.indexOf(kept), 1);
    if (same.length === 0) this.#byStream.delete(kept.key);
    if (this.#oldest > 4096 && this.#oldest * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /** The place of a datagram that was given to `datagram`. */
  ofDatagram(payload: Uint8Array): Found[] {
    const known = this.#datagrams.get(payload);
    if (known === undefined) return [];
    return [{ start: 0, length: payload.length, ...known, sealed: false }];
  }

  /**
   * The places of `bytes`, those from `offset` to `offset + length`, which have these sequence numbers. `frames`: which carried
   * them. What is not found is left out.
   */
  ofRun(
    stream: number,
    direction: 0 | 1,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    frames: ReadonlySet<number>,
  ): Found[] {
    const all = this.#byStream.get(`${stream}/${direction}`) ?? [];
    const found: Found[] = [];
    let done = 0;
    while (done < length) {
      const wanted = (sequence + done) | 0;
      const best = bestOf(all, wanted, bytes.subarray(offset + done, offset + length), frames);
      if (best === null) {
        done = nextPlace(all, sequence, done, length);
        continue;
      }
      const { kept, from, size, sealed } = best;
      found.push({
        start: offset + done,
        length: size,
        container: kept.container,
        at: kept.at + from,
        sealed,
      });
      done += size;
    }
    return found;
  }

  /** As many of `length` bytes from a sequence number on as are at hand, with their places. */
  gather(
    stream: number,
    direction: 0 | 1,
    sequence: number,
    length: number,
  ): { bytes: Uint8Array; places: Found[] } {
    const all = this.#byStream.get(`${stream}/${direction}`) ?? [];
    const bytes = new Uint8Array(length);
    const places: Found[] = [];
    let done = 0;
    while (done < length) {
      const best = latestWith(all, (sequence + done) | 0);
      if (best === null) break;
      const { kept, from } = best;
      const size = Math.min(length - done, kept.length - from);
      const at = kept.at + from;
      bytes.set(kept.container.bytes.subarray(at, at + size), done);
      places.push({ start: done, length: size, container: kept.container, at, sealed: false });
      done += size;
    }
    return { bytes: bytes.subarray(0, done), places };
  }
}

/** The places of a PDU, as far as its segments are at hand. */
export function placesOf(places: Places, stream: number, direction: 0 | 1, framed: FramedPdu): Found[] {
  const { bytes, frames, sequence, spans } = framed;
  const carriers = new Set(frames);
  const found: Found[] = [];
  const runs = spans ?? [sequence, bytes.length];
  let offset = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const size = runs[i + 1]!;
    const end = Math.min(bytes.length, offset + size);
    if (end > offset) {
      found.push(...places.ofRun(stream, direction, runs[i]!, bytes, offset, end - offset, carriers));
    }
    offset += Math.abs(size);
  }
  return found;
}

interface Candidate {
  kept: Kept;
  from: number;
  size: number;
  sealed: boolean;
}

function latestWith(all: readonly Kept[], wanted: number): { kept: Kept; from: number } | null {
  for (let i = all.length - 1; i >= Math.max(0, all.length - LOOKED_AT); i--) {
    const kept = all[i]!;
    const from = (wanted - kept.sequence) | 0;
    if (from >= 0 && from < kept.length) return { kept, from };
  }
  return null;
}

/** The segment that brings what comes next: the latest one with the same bytes, else the one that has most, of the frames named. */
function bestOf(
  all: readonly Kept[],
  wanted: number,
  bytes: Uint8Array,
  frames: ReadonlySet<number>,
): Candidate | null {
  let best: Candidate | null = null;
  for (let i = all.length - 1; i >= Math.max(0, all.length - LOOKED_AT); i--) {
    const kept = all[i]!;
    const from = (wanted - kept.sequence) | 0;
    if (from < 0 || from >= kept.length || !carries(kept.container, frames)) continue;
    const size = Math.min(bytes.length, kept.length - from);
    if (equalBytes(kept.container.bytes, kept.at + from, bytes, size))
      return { kept, from, size, sealed: false };
    if (best === null || size > best.size) best = { kept, from, size, sealed: true };
  }
  return best;
}

/** The next offset of the run that any segment has. */
function nextPlace(all: readonly Kept[], sequence: number, done: number, length: number): number {
  let next = length;
  for (let i = Math.max(0, all.length - LOOKED_AT); i < all.length; i++) {
    const kept = all[i]!;
    const at = (kept.sequence - sequence) | 0;
    if (at > done && at < next) next = at;
  }
  return next;
}

function carries({ frame, pieces }: Container, frames: ReadonlySet<number>): boolean {
  return frame === null ? pieces.some((piece) => frames.has(piece.frame)) : frames.has(frame);
}

function equalBytes(a: Uint8Array, at: number, b: Uint8Array, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[at + i] !== b[i]) return false;
  return true;
}
