/** What comes out of one direction of a stream: PDUs, and what was none. */
import type { Instant } from "../time.js";

/** One PDU's bytes; borrowed: valid until the stream is fed again. */
export interface FramedPdu {
  kind: "pdu";
  /** From the header on; ends where the first missing byte would stand. */
  bytes: Uint8Array;
  frames: number[];
  /** TCP sequence number of the first byte, signed. */
  sequence: number;
  /**
   * Where it came in several runs: the sequence number of each and how many bytes it brought, in turn; 0 and a negative count
   * where bytes are missing. null where its bytes follow one another from `sequence` on.
   */
  spans: readonly number[] | null;
  /** Names the message of another protocol that carried the first byte, as ids do; absent where none did. */
  message?: string | null;
  /** Time of the frame that carried the first byte, and of the frame that carried the last one. */
  first: Instant;
  last: Instant;
  /** No byte is missing between it and the PDU before it, or the beginning of the stream. */
  follows: boolean;
}

/** `skipped` bytes belonged to no PDU that could be recognised. */
export interface Skipped {
  kind: "skipped";
  skipped: number;
  frame: number;
}

export type Framed = FramedPdu | Skipped;
