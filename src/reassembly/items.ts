/**
 * What comes out of reassembly: the closed family of stream items, each with the frame that carried it, or that made it
 * known. Bytes are borrowed: they are valid until the next
 * `push`, `tick` or `finish` of the assembler.
 */
import type { Flow } from "./flow.js";
import type { TcpLedger } from "./ledger.js";
import type { Pair } from "./pair.js";
import type { Direction, When } from "./when.js";

interface Item extends When {
  /** In which order what one frame brings about comes out (rank.ts). */
  rank: number;
}

/** A TCP conversation begins. */
export interface OpenItem extends Item {
  kind: "open";
  flow: Flow;
}

/** The next bytes of one direction, none of them given before. */
export interface DataItem extends Item {
  kind: "data";
  flow: Flow;
  direction: Direction;
  /** Borrowed: copy what is kept. */
  bytes: Uint8Array;
  /** Bytes of this direction before these, lost ones included. */
  offset: number;
  /** TCP sequence number of the first of them, signed. */
  sequence: number;
  /** The frame, or all frames of a reassembled datagram in order of its bytes. */
  frames: number | number[];
}

/**
 * Bytes that were sent and will not come: never captured (`lost`), cut off by the snap length (`snaplen`), or given
 * up because a limit was reached (`limit`).
 */
export interface GapItem extends Item {
  kind: "gap";
  flow: Flow;
  direction: Direction;
  offset: number;
  /** Bytes missing; 0 where sequence numbers jumped back, so that nothing can be said. */
  size: number;
  reason: GapReason;
}

export type GapReason = "lost" | "snaplen" | "limit";

/** Bytes of one direction that somebody waits for are acknowledged by that frame. */
export interface AcknowledgedItem extends Item {
  kind: "acknowledged";
  flow: Flow;
  direction: Direction;
  /** All before this number is. */
  acked: number;
}

/** The conversation is over; a flow that was dismissed ends without this. */
export interface CloseItem extends Item {
  kind: "close";
  flow: Flow;
  reason: CloseReason;
}

/** Nothing more is counted of a conversation that has a ledger, and a protocol that is known. */
export interface OverItem extends Item {
  kind: "over";
  flow: Flow;
  ledger: TcpLedger;
}

/** `evicted`: too many conversations were open; `idle`: nothing came for too long; `end`: the input ended. */
export type CloseReason = "fin" | "reset" | "reuse" | "evicted" | "idle" | "end";

/** Something worth reporting; every code at most once a flow, or once a run where it is of no flow. */
export interface NoteItem extends Item {
  kind: "note";
  flow: Flow | null;
  severity: "info" | "warning" | "error";
  code: string;
  message: string;
}

/** A UDP datagram that somebody asked for. */
export interface DatagramItem extends Item {
  kind: "datagram";
  /** Who asked for it: the place in the list of filters. */
  filter: number;
  /** Endpoint 0 has sent it. */
  pair: Pair;
  /** The number of its conversation, as Wireshark's udp.stream. */
  stream: number;
  /** What was captured of its payload; borrowed. */
  bytes: Uint8Array;
  /** Bytes of its payload on the wire, and of its IP packet. */
  size: number;
  ipBytes: number;
  /** The frame, or all frames of a reassembled datagram in order of its bytes. */
  frames: number | readonly number[];
}

export type StreamItem =
  | OpenItem
  | DataItem
  | GapItem
  | AcknowledgedItem
  | CloseItem
  | OverItem
  | NoteItem
  | DatagramItem;
