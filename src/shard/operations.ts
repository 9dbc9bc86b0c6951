/**
 * What a front tells the tail: plain values, in the order in which they came about. A front is all from frames to the records of
 * calls; the tail is what depends on the whole run: the order of output, counts and the summary, offers, notes' ids. In one
 * process the tail takes them at once; fronts in other threads and processes send them.
 *
 * Every operation belongs to a moment, which is told beside it.
 */

import type { Carrier } from "../../dissectors/foreign.js";
import type { Recognised } from "../../dissectors/rdp/recognise.js";
import type { SourceNote } from "../capture/frame.js";
import type {
  AssociationRecord,
  CallRecord,
  Endpoint,
  ReportedNote,
  RunEnd,
  SummaryRecord,
  TransportRecord,
} from "../events.js";
import type { EndpointFact, ExporterFact } from "../facts/fact.js";
import type { ObservationRecord } from "../observations.js";
import type { FlowView, OpenedAt } from "../offers/connections/attempts.js";
import type { CallStep } from "../offers/steps/step.js";
import type { StreamCounters } from "../reassembly/streams.js";
import type { NotRead } from "../reassembly/unread.js";
import type { Seen } from "../run/announcements.js";
import type { Instant } from "../time.js";
import type { Doubt } from "./doubts.js";
import type { Suspicion } from "./suspicion.js";

/** A call begins: its place in the order of output is taken. */
export interface Opened {
  kind: "opened";
  /** Names the call among those of its front, until its record comes. */
  call: number;
  /** The order goes by this: the frame that holds the first byte of the call's first PDU. */
  frame: number;
}

/** The record of a call, which fills the place that was opened. */
export interface CallDone {
  kind: "call";
  call: number;
  record: CallRecord;
  /** Estimated bytes of memory that it takes while it waits. */
  cost: number;
  /** It was given up before it was complete: it leaves at once, and nothing waits for it. */
  evicted: boolean;
  /** Which frame acknowledged its answer is told later, where that is asked for. */
  waits?: true;
}

/** The frame that acknowledged the answer of a call that waits for it; null where none came. */
export interface CallAcknowledged {
  kind: "acknowledged";
  call: number;
  frame: number | null;
}

/** What the source found beside its frames; only of a front whose operations are kept. */
export interface SourceFound {
  kind: "source";
  notes: readonly SourceNote[];
}

/**
 * What a call means beside its record, as soon as it is finished: its record may have to wait. Only where there are several fronts, of
 * which none has heard of all machines; in one process steps say what offers need.
 */
export interface CallMeant {
  kind: "meant";
  call: number;
  /** Its association where it is over a connection. */
  association: number | null;
  server: Endpoint;
  transport: TransportRecord;
  /** It is the first of its association. */
  first: boolean;
  /** What its record rests on: as shards tell it, or as threads do. */
  doubt: Doubt | null;
  suspicion: Suspicion | null;
  /** What it means for offers. */
  step: CallStep | null;
}

/** Endpoints were announced; only where threads share the work, and records of associations say who announced theirs. */
export interface EndpointsAnnounced {
  kind: "announced";
  facts: readonly (EndpointFact | ExporterFact)[];
  /** Where they were, in which answer. */
  seen: Seen;
}

/** A bind or alter_context named interfaces between two machines; only where there are several fronts. */
export interface InterfacesNamed {
  kind: "named";
  client: string;
  server: string;
  uuids: readonly string[];
}

/** A type of PDU was met for the first time; only where there are several fronts. */
export interface PduMet {
  kind: "pdu";
  type: string;
}

/** An open association of which offers may ask; only where there are several fronts, before `AnotherSecond`. */
export interface AssociationSoFar {
  kind: "association-so-far";
  association: number;
  record: AssociationRecord;
}

/**
 * What was counted of connections, of those of which something came since the last such operation; only where there are several fronts,
 * before `AnotherSecond`.
 */
export interface ConnectionsSeen {
  kind: "seen";
  /** As `connectionRow` makes them, one behind the other. */
  rows: readonly number[];
}

/** Another stretch of frames of one file begins; only where there are several fronts and files. */
export interface PlaceSeen {
  kind: "place";
  number: number;
  file: number;
  inFile: number;
}

/** What the source passed over as asked; only of a front whose operations are kept. */
export interface FramesSkipped {
  kind: "skipped";
  skipped: NonNullable<SummaryRecord["skipped"]>;
}

/** What a call means for offers; only of those that may be part of one. It comes before the call's record. */
export interface StepTaken {
  kind: "step";
  step: CallStep;
}

/** Something odd or missing, of which the tail makes a record with an id. */
export interface Noted {
  kind: "note";
  note: ReportedNote;
  frame: number | null;
  at: Instant;
  /** The conversation that it is of. */
  of: { readonly stream: number | null; readonly communityId: string | null } | null;
  file: string | null;
}

/** A record that is shown as it is: of a conversation of datagrams, or what an export asked for. */
export interface RecordMade {
  kind: "record";
  record: AssociationRecord | ObservationRecord;
}

/** An association over a connection is over. */
export interface AssociationDone {
  kind: "association";
  association: number;
  record: AssociationRecord;
  /** When its first PDU came. */
  begun: Instant;
  /** Records of associations are asked for; offers want them in any case. */
  shown: boolean;
}

/** A TCP connection was met; only where offers are asked for, as all that is told of connections. */
export interface ConnectionMet {
  kind: "connection";
  /** In one process the flow itself, whose counters go on; elsewhere what the latest `ConnectionsSeen` said. */
  flow: FlowView;
  at: OpenedAt;
}

/** What a connection speaks, by its first bytes; the latest of several counts. */
export interface ConnectionSpeaks {
  kind: "speaks";
  stream: number;
  recognised: Recognised | null;
}

/** A connection is over, whose bytes were wanted until then. */
export interface ConnectionOver {
  kind: "connection-over";
  stream: number;
  at: Instant;
}

/** The capture's clock reached another second: offers may be complete. Told before all that the frame itself brings about. */
export interface AnotherSecond {
  kind: "second";
  /** The number of the frame that brought it about. */
  frame: number;
  at: Instant;
}

/** A limit was reached, on memory or on something else. */
export interface LimitReached extends Omit<Noted, "kind"> {
  kind: "limit";
}

/** What is counted over a whole front. */
export interface Totals {
  counters: StreamCounters;
  /** PDUs by type. */
  pdus: { readonly [type: string]: number };
  /** Flows of protocols that may carry DCE/RPC. */
  carried: { readonly [carrier in Carrier]: number };
  /** PDUs of connectionless DCE/RPC. */
  datagrams: number;
  /** Conversations that proved to be DCE/RPC. */
  rpcStreams: number;
  notRead: readonly NotRead[];
  keys: SummaryRecord["keys"];
  /** The earliest and the latest time of the capture; null where there was no frame. */
  first: Instant | null;
  last: Instant | null;
}

/** Nothing more comes of calls, and what waits leaves; or of conversations, and offers are made. Limits may be told behind it. */
export interface Finished {
  kind: "finished";
  what: "calls" | "offers";
}

/** The last operation of a front. */
export interface Ended {
  kind: "end";
  /** The number of the last frame. */
  frame: number;
  totals: Totals;
  /** Whether all was read as far as was asked for, and why the run ended before its input did. */
  complete: boolean;
  ended: RunEnd | null;
}

export type Operation =
  | Opened
  | CallDone
  | CallAcknowledged
  | SourceFound
  | FramesSkipped
  | CallMeant
  | EndpointsAnnounced
  | InterfacesNamed
  | PduMet
  | AssociationSoFar
  | ConnectionsSeen
  | PlaceSeen
  | StepTaken
  | Noted
  | RecordMade
  | AssociationDone
  | ConnectionMet
  | ConnectionSpeaks
  | ConnectionOver
  | AnotherSecond
  | LimitReached
  | Finished
  | Ended;

/** When an operation came about: those of several fronts are merged by it. */
export interface Moment {
  /** The number of the frame pushed, in the run; `AT_END` for what the end of the input brings about. */
  frame: number;
  /** In which order what one frame brings about comes out (reassembly/rank.ts). */
  rank: number;
}

export const AT_END = Number.MAX_SAFE_INTEGER;

/** Takes operations in order; nothing of them is borrowed. */
export type Receiver = (operation: Operation) => void;
