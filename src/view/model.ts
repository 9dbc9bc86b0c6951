/**
 * What the page and the case report show, as plain values that go through `postMessage` and into a file: calls by column, trees
 * as lists of nodes, and the seam between the panes and who fills them (a worker that has the capture, or a report that
 * holds what it shows).
 */
import type {
  AssociationRecord,
  CallRecord,
  NoteRecord,
  OfferRecord,
  Severity,
  SummaryRecord,
  Value,
} from "../events.js";

export const STATUSES = ["ok", "error", "fault", "unknown", "no_response", "no_request"] as const;
/** How calls are seen: by status, but that an object was asked for an interface which it does not have is no failure. */
export const LOOKS = [...STATUSES, "probe"] as const;
export const LEVELS = ["none", "connect", "call", "pkt", "pkt_integrity", "pkt_privacy", "other"] as const;
/** By number; 0 where there are no notes. */
export const SEVERITIES: readonly (Severity | null)[] = [null, "info", "warning", "error"];

/**
 * Calls by column, in the order of the call log: row `first + i` is at `i`. Text is given by its number in one list for the
 * whole run, to which `strings` is added; 0 is the empty text.
 */
export interface RowBatch {
  first: number;
  count: number;
  strings: readonly string[];
  /** Seconds since 1970 and nanoseconds within: of `ts`. */
  seconds: Float64Array;
  nanos: Uint32Array;
  /** Microseconds; NaN where unknown. */
  duration: Float64Array;
  stream: Uint32Array;
  callId: Uint32Array;
  /** The first frame of the request (of the response where no request was captured), and the first of the response; 0 of none. */
  frame: Uint32Array;
  answer: Uint32Array;
  /** Fractional digits of the time: 6 or 9, which differ where several captures are one run. */
  digits: Uint8Array;
  /** Into LOOKS, LEVELS, SEVERITIES (the gravest of its notes). */
  status: Uint8Array;
  level: Uint8Array;
  notes: Uint8Array;
  /**
   * Text: cells of the table (`-T table`), then what filters and views ask for. `frames` is "" where it is `frame→answer`; the time
   * is made of the numbers.
   */
  conversation: Uint32Array;
  frames: Uint32Array;
  client: Uint32Array;
  server: Uint32Array;
  taken: Uint32Array;
  call: Uint32Array;
  outcome: Uint32Array;
  clientAddress: Uint32Array;
  serverAddress: Uint32Array;
  /** Port, or `\pipe\…`. */
  endpoint: Uint32Array;
  interface: Uint32Array;
  method: Uint32Array;
  /** `DOMAIN\user`. */
  user: Uint32Array;
  /** The object UUID of the request (for DCOM, the IPID). */
  object: Uint32Array;
}

/** Names of the columns that hold numbers of texts. */
export const TEXT_COLUMNS = [
  "conversation",
  "frames",
  "client",
  "server",
  "taken",
  "call",
  "outcome",
  "clientAddress",
  "serverAddress",
  "endpoint",
  "interface",
  "method",
  "user",
  "object",
] as const;

export type TextColumn = (typeof TEXT_COLUMNS)[number];

/** A line of a tree, as -V prints it. */
export interface TreeNode {
  depth: number;
  /** The field's name; of a bit its whole line, `.... ..1. = NAME: set`. */
  name: string;
  /** The value and what it means: what stands behind the colon. "" of a structure. */
  text: string;
  note: string | null;
  /** Its bytes; source -1 where it has none of its own. */
  source: number;
  start: number;
  length: number;
  kind: "structure" | "value" | "bit" | "unset-bit";
  /** Of interest among the bytes alone: a tag and its length. */
  prefix: boolean;
}

/** Bytes that nodes were read from. */
export interface TreeSource {
  /** `Frame 7 (230 bytes)`. */
  title: string;
  kind: "frame" | "datagram" | "pdu" | "stub" | "opened" | "token" | "text";
  /** The letter that -x has for it; "" of the only one. */
  label: string;
  bytes: Uint8Array;
  /** 1 for each byte that is not to be seen (it is 0 in `bytes`); null where all may be. */
  hidden: Uint8Array | null;
  /** What it was put together from; `from` is a source, or a frame of the capture. */
  pieces: readonly {
    start: number;
    length: number;
    from: number | { frame: number };
    at: number;
    sealed: boolean;
  }[];
}

export interface NodeTree {
  /** In the order in which they are shown, each behind the structure that it is a part of. */
  nodes: readonly TreeNode[];
  sources: readonly TreeSource[];
  note: string | null;
}

/** A call with its tree, null where its bytes are not at hand (`why` says it). */
export interface ShownCall {
  row: number;
  record: CallRecord;
  tree: NodeTree | null;
  why: string | null;
}

/** A frame: its headers and what ends in it. */
export interface ShownFrame {
  frame: number;
  tree: NodeTree;
  /** Calls that it carried a part of. */
  rows: readonly number[];
}

/** Where an object, interface pointer or exporter came from, and what was done with it. */
export interface ObjectStory {
  /** The IPID, OXID or OID asked for. */
  id: string;
  kind: "ipid" | "oxid" | "oid";
  /** What is known of it, as lines `name: text`. */
  facts: readonly { name: string; text: string }[];
  /** The frame that first told of it, and the call that did. */
  born: { frame: number | null; row: number | null } | null;
  rows: readonly number[];
}

/** What was decided of a detection rule; filled by the rules of `src/detect`. */
export interface Finding {
  id: string | null;
  ts: string | null;
  rule: { id: string; title: string; level: string; techniques: readonly string[] };
  sentence: string;
  basis: "decoded" | "inferred";
  /** The calls that it rests on, as rows. */
  rows: readonly number[];
  frames: readonly number[];
  stream: number | null;
  /** What would make it harmless. */
  harmless: readonly string[];
  fields: { readonly [name: string]: Value };
}

/** All that a run tells beside its calls. Lists grow; an offer with a known id replaces the one before. */
export interface RunNews {
  rows?: RowBatch;
  offers?: readonly OfferRecord[];
  associations?: readonly AssociationRecord[];
  notes?: readonly NoteRecord[];
  findings?: readonly Finding[];
  progress?: { bytes: number; of: number; frames: number };
  summary?: SummaryRecord;
  /** A sentence: what could not be opened, what is not kept for want of memory. */
  problem?: string;
  done?: true;
}

/** Where something was found: the row, and of a tree the node, of bytes their place in a source. */
export interface Hit {
  row: number;
  node?: number;
  bytes?: { source: number; start: number; length: number };
}

export interface FindQuery {
  text: string;
  /** `hex` is digits with or without blanks. */
  as: "text" | "hex" | "regex";
  in: "list" | "tree" | "bytes";
}

/** What is to be opened: files or bytes, with what opens sealed traffic and what describes more interfaces. */
export interface Opening {
  inputs: readonly { name: string; data: Blob | Uint8Array }[];
  passwords?: readonly string[];
  ntHashes?: readonly string[];
  sessionKeys?: readonly string[];
  keytabs?: readonly { name: string; data: Uint8Array }[];
  /** Files as `--secrets` takes them. */
  secrets?: readonly { name: string; text: string }[];
  idl?: readonly { name: string; text: string }[];
}

/**
 * Who fills the panes. Every method but `open` answers about the run that is open; one that can not be answered rejects with
 * an Error whose message is a sentence for people.
 */
export interface Engine {
  /** What it can do: a report holds no capture, so that it cannot open another or search in trees it does not hold. */
  readonly can: { open: boolean; filter: boolean; findIn: readonly FindQuery["in"][]; anyTree: boolean };
  /** Resolves when everything was read; `news` is called while it is. A second `open` ends the first. */
  open(what: Opening, news: (news: RunNews) => void): Promise<void>;
  /** `full`: with long values uncut, where that can be had. */
  show(row: number, full?: boolean): Promise<ShownCall>;
  frame(frame: number): Promise<ShownFrame>;
  /** Rows that an expression (of `-Y`) lets through, in order. Rejects with what is wrong with it, and where. */
  filter(expression: string): Promise<Uint32Array>;
  /** All hits in order, up to a limit that `cut` tells of. `found` is called while it searches. */
  find(query: FindQuery, found: (hits: readonly Hit[]) => void): Promise<{ cut: boolean }>;
  object(id: string): Promise<ObjectStory>;
  /** The record as a whole call log has it: `-T ndjson --events all`. */
  json(row: number): Promise<string>;
  /** Ends whatever is going on. */
  cancel(): void;
  close(): void;
}
