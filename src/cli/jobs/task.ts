/** What a thread is told that reads a part of the conversations, and what it answers. */
import type { SourceNote } from "../../capture/frame.js";
import type { Moment } from "../../capture/time-window.js";
import type { EventKind, SummaryRecord } from "../../events.js";
import type { KeyRingOptions } from "../../rpc/security/keyring.js";
import type { Batch } from "../../shard/batch.js";

/** The word that begins a thread's own command line. */
export const FRONT_WORD = "--front-of-a-run";

/** Plain values that threads can be given. */
export interface FrontTask {
  /** Which part of how many. */
  index: number;
  count: number;
  /** The inputs, as files. */
  files: readonly string[];
  idl: readonly string[];
  keys: KeyRingOptions | null;
  /** Bytes that all threads together may keep. */
  maxMemory: number;
  wanted: readonly EventKind[] | null;
  offers: boolean;
  observe: boolean;
  ids: boolean;
  acknowledged: boolean;
  after: Moment | null;
  before: Moment | null;
  filter: string | null;
  limit: number | null;
  /** By `SHARED`. */
  shared: SharedArrayBuffer;
  /** What threads taught (shard/marks.ts). */
  marks: SharedArrayBuffer;
}

/**
 * Numbers that all threads see: at which frame everybody stops, and of each thread how many of its batches were used up, and how many
 * frames it has read.
 */
export const SHARED = {
  stopAt: 0,
  usedUp: (index: number): number => 1 + 2 * index,
  read: (index: number): number => 2 + 2 * index,
  size: (count: number): number => 4 * (1 + 2 * count),
} as const;

/** Batches of one thread that nobody has used up yet: it waits while there are so many. */
export const IN_FLIGHT = 4;

export interface FrontMessage {
  batch: Batch;
  /** What the source found beside its frames; of the first thread alone. */
  notes: readonly SourceNote[];
  /** Set with the first batch behind the last frame. */
  end: {
    complete: boolean;
    limited: boolean;
    skipped: SummaryRecord["skipped"] | null;
  } | null;
  /** Nothing more comes. */
  last: boolean;
}
