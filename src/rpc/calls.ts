/**
 * Open calls of one connection: fragments joined per call, requests paired with responses by call_id, the latest open
 * request first. Nothing is decoded here.
 */
import type { PduHeader } from "../../dissectors/dcerpc/header.js";
import { Oldest } from "../oldest.js";
import type { Instant } from "../time.js";
import type { FinishedCall, SideBytes } from "./finished-call.js";
import type { FramedPdu } from "./framed.js";
import type { SecurityContext } from "./security/context.js";

/** Bytes kept of one side of one call; what comes after is counted and dropped. */
export const MAX_CALL_BYTES = 16 * 1024 * 1024;
/** Calls that may be open on one connection; the oldest leaves unanswered. */
export const MAX_OPEN_CALLS = 4096;
/** Frame numbers kept of one side of one call. */
export const MAX_CALL_FRAMES = 65536;
/** Estimated cost, in bytes of memory, of an open call, of one side of it, and of a fragment beside its stub. */
const CALL_COST = 1_200;
const SIDE_COST = 400;
const PART_COST = 250;
const FRAME_COST = 16;

/** One side of a call while its fragments come in. */
export interface Side extends SideBytes {
  /** The last fragment was seen. */
  ended: boolean;
  /** Bytes are missing; `parts` ends where the first of them would stand. */
  broken: boolean;
  /** More frames carried it than are listed. */
  framesCut: boolean;
  /** The security context that the verifiers named, until the call is finished. */
  security: SecurityContext | null;
}

/** A call that is not finished yet: what it is handed on as, and what only the association needs to know of it. */
export interface OpenCall extends FinishedCall {
  request: Side | null;
  response: Side | null;
  /** Estimated bytes of memory that it takes. */
  cost: number;
  /** It was evicted for lack of memory. */
  evicted: boolean;
  /** The open call of the same id before it. */
  earlier: OpenCall | null;
}

/** A side that begins with the PDU of that header, which came at `first`; `sequence` as in SideBytes. */
export function newSide(
  header: Pick<PduHeader, "littleEndian" | "characters" | "floats"> & { rpcVersMinor?: number },
  contextId: number,
  { first, sequence, message }: Pick<FramedPdu, "first" | "sequence" | "message">,
): Side {
  return {
    parts: [],
    size: 0,
    littleEndian: header.littleEndian,
    whole: false,
    sealed: false,
    decrypted: null,
    verified: null,
    frames: [],
    sequence,
    message: message ?? null,
    first,
    last: first,
    contextId,
    allocHint: 0,
    characters: asText(header.characters),
    floats: asText(header.floats),
    fragments: 0,
    bytes: 0,
    pduBytes: 0,
    version: versionText(header.rpcVersMinor),
    ended: false,
    broken: false,
    framesCut: false,
    security: null,
  };
}

function asText(value: string | number): string {
  return typeof value === "string" ? value : String(value);
}

/** Version of the protocol; `minor` is undefined in datagrams. */
export function versionText(minor: number | undefined): string {
  if (minor === 0) return "5.0";
  return minor === undefined ? "4.0" : `5.${minor}`;
}

/** Adds the frames and the last time of one fragment; answers true where this reached the limit of frames that are listed. */
export function addFrames(side: Side, frames: readonly number[], last: Instant): boolean {
  side.last = last;
  const cut = side.framesCut;
  for (const f of frames) {
    if (side.frames[side.frames.length - 1] === f) continue;
    if (side.frames.length < MAX_CALL_FRAMES) side.frames.push(f);
    else side.framesCut = true;
  }
  return side.framesCut && !cut;
}

/**
 * Adds a fragment's stub bytes, a copy of them unless the call is over before they change (`borrowed`); answers false
 * where they are more than the `limit` of one side.
 */
export function addStub(side: Side, stub: Uint8Array, limit: number, borrowed: boolean): boolean {
  if (side.broken || side.sealed) return true;
  if (side.size + stub.length > limit) {
    side.broken = true;
    return false;
  }
  side.parts.push(borrowed ? stub : stub.slice());
  side.size += stub.length;
  return true;
}

/** Estimated bytes of memory that a call takes now. */
export function callCost(call: OpenCall): number {
  return CALL_COST + sideCost(call.request) + sideCost(call.response);
}

function sideCost(side: Side | null): number {
  if (side === null) return 0;
  return SIDE_COST + side.size + PART_COST * side.parts.length + FRAME_COST * side.frames.length;
}

/** Drops the stub data of a side that is not decoded yet; answers how many bytes these were. */
export function dropStub(side: Side | null): number {
  if (side === null || side.size === 0) return 0;
  const { size } = side;
  side.parts = [];
  side.size = 0;
  side.broken = true;
  return size;
}

/** Calls that wait for fragments or for their response, by call_id, in the order of their requests. */
export class OpenCalls {
  /** The latest of each call_id; each knows the one before it. */
  readonly #latest = new Map<number, OpenCall>();
  /** By their places in the order of output, in which they were opened. */
  readonly #all = new Map<number, OpenCall>();
  readonly #oldest = new Oldest(this.#all);

  get count(): number {
    return this.#all.size;
  }

  add(call: OpenCall): void {
    call.earlier = this.#latest.get(call.callId) ?? null;
    this.#latest.set(call.callId, call);
    this.#all.set(call.id, call);
  }

  remove(call: OpenCall): void {
    if (!this.#all.delete(call.id)) return;
    const latest = this.#latest.get(call.callId)!;
    const { earlier } = call;
    call.earlier = null;
    // Mostly there is but one, or the latest is answered.
    if (latest === call) {
      if (earlier === null) this.#latest.delete(call.callId);
      else this.#latest.set(call.callId, earlier);
      return;
    }
    let later = latest;
    while (later.earlier !== call) later = later.earlier!;
    later.earlier = earlier;
  }

  /** The latest open call of this id; those before it are linked to it. */
  latest(callId: number): OpenCall | null {
    return this.#latest.get(callId) ?? null;
  }

  /** The call opened first, which the caller drops where the limit is reached. */
  oldest(): OpenCall | null {
    const id = this.#oldest.next();
    return id === undefined ? null : this.#all.get(id)!;
  }

  /** All of them, those opened first before the others. */
  [Symbol.iterator](): IterableIterator<OpenCall> {
    return this.#all.values();
  }
}
