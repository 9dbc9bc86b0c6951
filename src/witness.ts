/** What a run shows to somebody who looks on, from segments to records; nothing of it is kept where nobody does. */
import type { DecodedCall } from "./call/decoded-call.js";
import type { AssociationRecord, CallRecord } from "./events.js";
import type { MessageWitness } from "./protocols/smb/message.js";
import type { PayloadWitness } from "./reassembly/streams.js";
import type { PduWitness } from "./rpc/witness.js";

export interface Witness extends PayloadWitness, MessageWitness, PduWitness {
  /** A call became a record; answers the bytes of memory that the witness keeps as long as the record. */
  call(decoded: DecodedCall, record: CallRecord): number;
  /** An association is over. */
  association(number: number, record: AssociationRecord): void;
  /** A conversation proved to be something else. */
  dropped(association: number): void;
}
