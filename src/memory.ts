/**
 * How the memory that a run may use is divided: one budget that everybody draws on, what each kind may take of it, and
 * the limits of what has a fixed share. Figures are estimates of what keeping costs; the other half of the whole is left for what
 * is only passing: the records at hand, their text, and garbage that is not collected yet.
 */
import { type Kind, MemoryBudget } from "./budget.js";
import { FRAGMENT_LIMITS } from "./reassembly/ip-fragments.js";
import { STREAM_LIMITS, type StreamLimits } from "./reassembly/streams.js";

/** Of what a view holds back more would help nobody. */
const HELD_BYTES = 24 * 1024 * 1024;
const KEEP_BYTES = 64 * 1024 * 1024;

export interface Memory {
  budget: MemoryBudget;
  kinds: {
    conversations: Kind;
    partial: Kind;
    calls: Kind;
    contexts: Kind;
    security: Kind;
    notes: Kind;
    order: Kind;
    kdc: Kind;
    smb: Kind;
    datagrams: Kind;
    segments: Kind;
    objects: Kind;
    names: Kind;
    inference: Kind;
    announcements: Kind;
    cimClasses: Kind;
    offers: Kind;
    infrastructure: Kind;
    machines: Kind;
    methods: Kind;
    parties: Kind;
    places: Kind;
  };
  streams: Pick<StreamLimits, "flows" | "bytes" | "halfBytes" | "histories" | "fragments" | "numbers">;
  /** Conversations that offers remember although nothing waits for them, and objects whose pair they remember. */
  recent: number;
  owned: number;
  /** What a view may hold back. */
  view: number;
  /** Bytes of frames that wait for the verdict on their conversation. */
  keep: number;
  /** Bytes of stub data of one side of one call, and values in it. */
  callBytes: number;
  maxNodes: number;
}

/** Estimated cost of a TCP conversation that is followed, in bytes of memory. */
const FLOW_COST = 8_192;
/** What may be taken for the number of one UDP conversation, whose key takes 60 bytes. */
const NUMBER_COST = 1_024;
/** Estimated cost of one value with its text, of both sides of a call and in all forms on its way out, in bytes of memory. */
const NODE_COST = 512;

/**
 * `part`: what the budget as a whole is of, where others share what there is; limits of single kinds are as if there were no others, so
 * that they are reached where one alone would reach them.
 */
export function divide(bytes: number, part = bytes): Memory {
  const budget = new MemoryBudget(part / 2, bytes / 2);
  return {
    budget,
    kinds: {
      conversations: budget.kind("conversations were evicted", 1 / 2),
      partial: budget.kind("partial PDUs were dropped", 1 / 2),
      calls: budget.kind("incomplete stub data or calls were dropped"),
      contexts: budget.kind("presentation contexts were evicted", 1 / 2),
      security: budget.kind("security contexts were evicted", 1 / 2),
      notes: budget.kind("notes were left out of the record of the association", 1 / 8),
      order: budget.kind("calls were reported before earlier ones that had no response yet", 1 / 4),
      kdc: budget.kind("messages to or from a KDC were dropped", 1 / 8),
      smb: budget.kind("SMB sessions, shares and pipes were evicted", 1 / 4),
      datagrams: budget.kind("activities of connectionless DCE/RPC were evicted", 1 / 2),
      segments: budget.kind("segments", 1 / 2),
      objects: budget.kind("object references and exporters were evicted", 1 / 4),
      names: budget.kind("names of automation members were evicted", 1 / 8),
      inference: budget.kind("evidence for unnamed interfaces was evicted", 1 / 8),
      announcements: budget.kind("announced endpoints were evicted", 1 / 8),
      cimClasses: budget.kind("CIM classes were evicted", 1 / 8),
      offers: budget.kind("offers were reported before they were complete", 1 / 2),
      infrastructure: budget.kind("DCOM calls that might have led to an offer were evicted", 1 / 4),
      machines: budget.kind("names of machines were evicted", 1 / 8),
      methods: budget.kind("methods were counted together", 1 / 4),
      parties: budget.kind("talkers or users were counted together", 1 / 8),
      places: budget.kind("the files of earlier frames were forgotten", 1 / 16),
    },
    streams: {
      flows: Math.max(64, Math.min(STREAM_LIMITS.flows, Math.floor(bytes / FLOW_COST))),
      bytes: bytes / 8,
      halfBytes: Math.min(STREAM_LIMITS.halfBytes, bytes / 16),
      histories: Math.min(STREAM_LIMITS.histories, Math.floor(bytes / 16 / 8192)),
      numbers: Math.max(1024, Math.min(STREAM_LIMITS.numbers, Math.floor(bytes / NUMBER_COST))),
      fragments: { ...FRAGMENT_LIMITS, bytes: Math.min(FRAGMENT_LIMITS.bytes, bytes / 32) },
    },
    recent: Math.floor(bytes / 16_384),
    owned: Math.floor(bytes / 4_096),
    keep: Math.min(KEEP_BYTES, bytes / 4),
    view: Math.min(HELD_BYTES, bytes / 10),
    callBytes: Math.floor(bytes / 16),
    maxNodes: Math.max(1024, Math.floor(bytes / NODE_COST)),
  };
}
