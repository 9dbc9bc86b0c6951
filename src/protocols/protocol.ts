/**
 * What speaks on a flow, or inside another protocol: the seam between reassembly and the protocols, and between a protocol
 * and the ones that it carries. A parent forwards data, gaps and the end to its children (children.ts).
 */

import type { Spoken } from "../observations.js";
import type { Flow } from "../reassembly/flow.js";
import type { DatagramItem, GapReason } from "../reassembly/items.js";
import type { DatagramFilter } from "../reassembly/streams.js";
import type { Out } from "../rpc/output.js";
import type { Instant } from "../time.js";
import type { Observer } from "./observer.js";

/** `other`: not this protocol; the flow is of no more interest to it. */
export type Verdict = "undecided" | "mine" | "other";

/** The frame that something came with, or that made it known. */
export interface Provenance {
  readonly frame: number;
  readonly time: Instant;
}

export interface DataProvenance extends Provenance {
  /** All frames that carried the bytes, where a datagram was reassembled. */
  readonly frames: number | readonly number[];
  /** TCP sequence number of the first byte, signed. */
  readonly sequence: number;
  /** Names the message of another protocol that carried the bytes, as ids of records do; absent where none did. */
  readonly message?: string;
}

export interface GapProvenance extends Provenance {
  readonly reason: GapReason;
}

export interface Protocol {
  readonly verdict: Verdict;
  /** What it is, for exports; absent where none lists it. */
  readonly speaks?: Spoken;
  /** The next bytes from endpoint 0 or 1; borrowed. */
  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): void;
  /** `size` bytes are missing here; 0 where nobody knows how many. */
  gap(from: 0 | 1, size: number, at: GapProvenance, out: Out): void;
  /** Nothing more comes. */
  close(at: Provenance, out: Out): void;
  /** Nobody wants it any more: gives back what it holds, and puts out nothing of it. */
  release(out: Out): void;
}

/** How a protocol over TCP is recognised by the first bytes that were captured of a flow. */
export interface Recogniser {
  /** `begins`: nothing was before these bytes. */
  probe(bytes: Uint8Array, flow: Flow, begins: boolean, tools: ProtocolTools): boolean;
  make(flow: FlowOrigin, begins: boolean, tools: ProtocolTools): Protocol;
}

/** A flow with what is known of it beside its bytes. */
export interface FlowOrigin {
  flow: Flow;
  /** Its first segment; the first one since where it was forgotten in between. */
  first: { at: Instant; sequence: number };
  file: number;
  /** It was followed before, and forgotten for lack of memory. */
  again: boolean;
}

/** How datagrams of a protocol are recognised, each for itself. */
export interface DatagramRecogniser extends DatagramFilter {
  /** Whether its datagrams are of any use in this run. */
  isOfUse(tools: ProtocolTools): boolean;
  take(datagram: DatagramItem, tools: ProtocolTools, out: Out): void;
}

/** What protocols need of the run. */
export interface ProtocolTools {
  /** Kerberos exchanges are of use: keys were given. */
  readonly kerberos: boolean;
  /** Takes what an export asks for; null where none does. */
  readonly observer?: Observer | null;
  /** A stream of DCE/RPC PDUs on a flow. */
  rpcOver(origin: FlowOrigin, begins: boolean): Protocol;
  /** An exchange with a KDC on a flow. */
  kdcOver(origin: FlowOrigin): Protocol;
  /** RDP on a flow, as far as it begins. */
  rdpOver(origin: FlowOrigin): Protocol;
  /** Requests for new passwords on a flow. */
  passwordOver(origin: FlowOrigin): Protocol;
  /** LDAP on a flow, read for the tokens of its binds. */
  ldapOver(origin: FlowOrigin): Protocol;
  /** HTTP on a flow, read for the tokens of its requests. */
  webOver(origin: FlowOrigin): Protocol;
  /** SMB on a flow. */
  smbOver(origin: FlowOrigin, begins: boolean): Protocol;
  /** RPC over HTTP v2 on a flow. */
  httpOver(origin: FlowOrigin): Protocol;
  /** A PDU of connectionless DCE/RPC. */
  rpcDatagram(datagram: DatagramItem): void;
}
