/**
 * What comes out of reassembly: the closed family of stream items. Octets are borrowed: they are valid until the next
 * `push`, `tick` or `finish` of the assembler.
 */
import type { Instant } from "../time.js";
import type { Flow } from "./flow.js";

/** 0: from the flow's endpoint 0 to endpoint 1; 1: the other way. */
export type Direction = 0 | 1;

/** The frame that an item is about: the one that carried it, or the one that made it known. */
interface At {
  frame: number;
  time: Instant;
  /** Index into the run's list of inputs. */
  file: number;
}

/** A TCP conversation begins. */
export interface OpenItem extends At {
  kind: "open";
  flow: Flow;
}

/** The next octets of one direction, none of them given before. */
export interface DataItem extends At {
  kind: "data";
  flow: Flow;
  direction: Direction;
  /** Borrowed: copy what is kept. */
  bytes: Uint8Array;
  /** Octets of this direction before these, lost ones included. */
  offset: number;
  /** TCP sequence number of the first of them, signed. */
  sequence: number;
  /** The frame, or all frames of a reassembled datagram in order of its octets. */
  frames: number | number[];
}

/**
 * Octets that were sent and will not come: never captured (`lost`), cut off by the snap length (`snaplen`), or given
 * up because a limit was reached (`limit`).
 */
export interface GapItem extends At {
  kind: "gap";
  flow: Flow;
  direction: Direction;
  offset: number;
  /** Octets missing; 0 where sequence numbers jumped back, so that nothing can be said. */
  size: number;
  reason: GapReason;
}

export type GapReason = "lost" | "snaplen" | "limit";

/** The conversation is over; a flow that was dismissed ends without this. */
export interface CloseItem extends At {
  kind: "close";
  flow: Flow;
  reason: CloseReason;
}

/** `evicted`: too many conversations were open; `idle`: nothing came for too long; `end`: the input ended. */
export type CloseReason = "fin" | "reset" | "reuse" | "evicted" | "idle" | "end";

/** Something worth telling; every code at most once a flow, or once a run where it is of no flow. */
export interface NoteItem extends At {
  kind: "note";
  flow: Flow | null;
  severity: "info" | "warning" | "error";
  code: string;
  message: string;
}

/** A UDP datagram between ports that were asked for. */
export interface DatagramItem extends At {
  kind: "datagram";
  port0: number;
  port1: number;
  /** Its payload; borrowed. */
  bytes: Uint8Array;
}

export type StreamItem = OpenItem | DataItem | GapItem | CloseItem | NoteItem | DatagramItem;
