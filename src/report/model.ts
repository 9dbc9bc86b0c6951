/**
 * What a case report holds beside its page, as plain values that go into the file and come out of it again in a browser. Everything is
 * packed (gzip, base64) but the manifest, which says what there is.
 */
import type { AssociationRecord, NoteRecord, OfferRecord, SummaryRecord } from "../events.js";
import type { Finding, RowBatch } from "../view/model.js";

/** The layout of the file; it changes where an older reader would read it wrongly. */
export const CASE_FORMAT = 1;

/** Ids of the elements that hold the data. */
export const CASE_PARTS = {
  manifest: "raiscope-case",
  head: "raiscope-head",
  records: "raiscope-records",
  trees: "raiscope-trees",
  packets: "raiscope-packets",
} as const;

export interface Manifest {
  format: typeof CASE_FORMAT;
  /** `raiscope 0.1.0`. */
  program: string;
  redacted: boolean;
  /** The call log, as `--extract` gives it back: bytes, lines and SHA-256 of it, and how many lines each block has. */
  records: { bytes: number; lines: number; sha256: string; blocks: number[] };
  /** Trees in each block. */
  trees: { blocks: number[] };
  /** The capture inside; null where there is none. */
  packets: { name: string; bytes: number; frames: number; sha256: string } | null;
}

/** What the page reads when it begins. */
export interface CaseHead {
  title: string;
  rows: PlainBatch[];
  /** By row, its line in the call log. */
  lines: number[];
  /** By row, the frames that carried its request and its response. */
  frames: number[][];
  /** By row, the number of its tree; -1 where there is none, and then `why` says it. */
  trees: number[];
  /** Why calls have no tree: of all that have none, and of single rows. */
  why: { all: string; rows: { [row: number]: string } };
  offers: OfferRecord[];
  associations: AssociationRecord[];
  notes: NoteRecord[];
  findings: Finding[];
  summary: SummaryRecord | null;
  /** By offer, then by evidence. */
  evidence: EvidenceSum[][];
  custody: Custody;
}

/** SHA-256 of the captured bytes of a statement's frames, in the order in which they are listed; null where they were not read. */
export interface EvidenceSum {
  sha256: string | null;
  bytes: number;
}

/** A batch of rows with its columns as lists. */
export type PlainBatch = {
  [name in keyof RowBatch]: RowBatch[name] extends Float64Array | Uint32Array | Uint8Array
    ? (number | null)[]
    : RowBatch[name];
};

/** Where all this comes from, and what is missing of it. */
export interface Custody {
  /** When the report was made, in UTC. */
  made: string;
  program: string;
  /** The command line's options without secrets. */
  options: string[];
  redacted: boolean;
  inputs: CustodyInput[];
  /** Inputs that were named and could not be read. */
  refused: { name: string; reason: string }[];
  /** Secrets that were given, by kind, and what they opened. */
  secrets: string[];
  frames: FrameCounts;
  calls: CallCounts;
  /** What was not decoded, and why, a line each. */
  missing: Missing[];
  /** Sentences: limits of the report itself. */
  limits: string[];
}

export interface CustodyInput {
  name: string;
  kind: "capture" | "call log";
  bytes: number;
  sha256: string;
  frames: number;
  first: string | null;
  last: string | null;
  /** Null where it was read to its end. */
  incomplete: string | null;
}

/** Frames by what they are of. `read` is the sum of the other three; all of the inputs' frames are `read` and `passed`. */
export interface FrameCounts {
  read: number;
  /** Of conversations with DCE/RPC. */
  rpc: number;
  /** Of other TCP and UDP conversations. */
  other: number;
  /** Of none: other protocols, and what could not be looked into. */
  none: number;
  /** Passed over as options ask. */
  passed: number;
}

export interface CallCounts {
  /** All calls, as many as by status. */
  total: number;
  byStatus: { [status: string]: number };
  /** Of them in the report: those that the filters let through, up to its limit. */
  shown: number;
  /** Requests and responses by how far they were read; `absent` where there was none. Together twice the calls. */
  sides: { [state: string]: number };
}

export interface Missing {
  what: string;
  count: number;
  /** Why, or what would help. */
  why: string;
}
