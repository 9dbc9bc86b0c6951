/** Which records speak of Remote Assistance, by the interfaces of [MS-RAI] 1.9. */
import { RAI_INTERFACES, raiInterface } from "../../dissectors/rai/interfaces.js";
import type { AssociationRecord, CallRecord } from "../events.js";

const NAMES: ReadonlySet<string> = new Set(RAI_INTERFACES);

/** True for a call of an [MS-RAI] interface, also where it went through IDispatch::Invoke. */
export function isRaiCall({ rai, interface: { uuid }, dispatch }: CallRecord): boolean {
  if (rai !== null || raiInterface(uuid) !== null) return true;
  // A member that is not known leaves nothing but the name.
  return dispatch !== null && dispatch.interface !== null && NAMES.has(dispatch.interface);
}

/** True for a connection on which an [MS-RAI] interface was proposed. */
export function isRaiAssociation(association: AssociationRecord): boolean {
  return association.contexts.some((context) => raiInterface(context.interface) !== null);
}
