import type { AssociationRecord } from "../../events.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import type { MachineNames } from "../connections/machine-names.js";
import type { Step } from "../steps/step.js";

/** Everything that one record is made of. */
export interface Initiation {
  /** In order of time, all of it belonging to the offer. */
  steps: readonly Step[];
  /** Of the streams that the steps ran on. */
  associations: readonly AssociationRecord[];
  /** Connections that may be follow-ups, or attempts to reach the novice. */
  attempts: readonly ConnectionAttempt[];
  /** Microseconds up to which a follow-up may begin. */
  until: number;
  names: MachineNames;
  isOtherExpert(address: string, at: number): boolean;
}
