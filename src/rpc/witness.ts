/**
 * Somebody who looks on while PDUs are taken, and never answers: what trees of fields are made from. There is none in an
 * ordinary run.
 */
import type { FramedPdu } from "./framed.js";

export interface PduWitness {
  /** A PDU of a connection. `association`: its number; `direction`: that of the TCP stream. The bytes are borrowed. */
  pdu(association: number, stream: number, direction: 0 | 1, framed: FramedPdu): void;
  /** A datagram, as `PayloadWitness.datagram` was given it, which came in these frames. */
  datagramPdu(association: number, bytes: Uint8Array, frames: readonly number[]): void;
  /**
   * The PDU given last belongs to the call with that number (FinishedCall.id). `opened`: its stub data in the clear where the
   * PDU holds ciphertext, auth padding included. `fragment`: the number of its fragment, in datagrams.
   */
  joined(call: number, side: "request" | "response", opened: Uint8Array | null, fragment: number): void;
}
