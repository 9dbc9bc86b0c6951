/**
 * What `rpc/` ends in: one request with its response or fault, unsealed where a key fits, not decoded. Plain data: it holds
 * no connection, no callback and nothing that is known across the run.
 */
import type { AuthRecord, Endpoint, Note, TransportRecord } from "../events.js";
import type { Instant } from "../time.js";

/** The conversation that carried a call. */
export interface ChannelFacts {
  /** The number of the association, which no other of the run has. */
  association: number;
  /** Wireshark's tcp.stream (udp.stream where `transport.protseq` is ncadg_ip_udp). */
  stream: number;
  /** null where nobody asks for ids. */
  communityId: string | null;
  transport: TransportRecord;
  client: Endpoint;
  server: Endpoint;
  file: string | null;
}

/** What names the interface of a call, and where that was said; it travels with the call. */
export interface InterfaceClaim {
  uuid: string;
  /** `major.minor`. */
  version: string;
  major: number;
  transfer: "ndr" | "ndr64" | null;
  /** The presentation context of the association, the header of a datagram, or the client's verification trailer. */
  from: "context" | "header" | "trailer";
  /** The server accepted the presentation context; false also where its answer was not captured. */
  acknowledged: boolean;
  /** The server refused the presentation context. */
  refused: boolean;
}

/** One side of a call: the fragments of its request, or of its response, joined. */
export interface SideBytes {
  /** Stub data in order; joined once, when it is decoded. */
  parts: Uint8Array[];
  /** Bytes in `parts`. */
  size: number;
  littleEndian: boolean;
  /** Every byte is there, from the first to the last. */
  whole: boolean;
  /** At least one fragment is sealed and no key opened it. */
  sealed: boolean;
  decrypted: boolean | null;
  verified: boolean | null;
  frames: number[];
  /** TCP sequence number of its first captured byte, signed; 0 of datagrams. */
  sequence: number;
  /** Names the message of another protocol that carried that byte, or the datagrams, as ids do; null over TCP itself. */
  message: string | null;
  first: Instant;
  last: Instant;
  contextId: number;
  allocHint: number;
  /** Character and floating-point representation as the first fragment's drep says. */
  characters: string;
  floats: string;
  fragments: number;
  /** Bytes of stub data on the wire, sealed or not. */
  bytes: number;
  /** Bytes of its PDUs, as their headers claim them. */
  pduBytes: number;
  /** Version of the protocol. */
  version: string;
}

export interface FaultBody {
  /** [C706] Appendix E, [MS-RPCE] 2.2.2.11. */
  status: number;
  flags: number;
  /** Stub data of the fault PDU. */
  extra: Uint8Array;
}

export interface FinishedCall {
  /** The call's place in the order of output. */
  id: number;
  channel: ChannelFacts;
  callId: number;
  contextId: number;
  /** null where only the response was captured. */
  opnum: number | null;
  /** The activity, of a call in datagrams. */
  activity: string | null;
  /** The server is the one who calls. */
  callback: boolean;
  /** The object UUID of the request PDU: for DCOM the IPID. */
  object: string | null;
  /** First byte of packed_drep of the request, for the claim of the verification trailer. */
  drep: number;
  claim: InterfaceClaim | null;
  request: SideBytes | null;
  response: SideBytes | null;
  fault: FaultBody | null;
  /** cancel_count and cancels seen. */
  cancels: number;
  /** Whose credentials protect it. */
  auth: AuthRecord;
  /** Whether header signing was asked for by the context that protects the call; null where that was not captured. */
  headerSigning: boolean | null;
  notes: Note[];
}

/** The stub data of one side; joined at the first call. */
export function stubOf(side: SideBytes): Uint8Array {
  const { parts } = side;
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(side.size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  side.parts = [joined];
  return joined;
}
