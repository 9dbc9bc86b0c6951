/** Which records speak of Remote Assistance: [MS-RAI] 1.9, the interfaces by UUID and by name. */

import type { AssociationRecord, CallRecord } from "../events.js";

const RAI_INTERFACES: { [uuid: string]: string } = {
  "833e4200-aff7-4ac3-aac2-9f24c1457bce": "IPCHService",
  "833e4100-aff7-4ac3-aac2-9f24c1457bce": "IPCHCollection",
  "833e41aa-aff7-4ac3-aac2-9f24c1457bce": "ISAFSession",
  "f120a684-b926-447f-9df4-c966cb785648": "IRASrv",
};
const RAI_NAMES: ReadonlySet<string> = new Set(Object.values(RAI_INTERFACES));

function isRaiInterface(uuid: string | null, name: string | null): boolean {
  return (uuid !== null && uuid in RAI_INTERFACES) || (name !== null && RAI_NAMES.has(name));
}

/** True for a call of an [MS-RAI] interface, also where it went through IDispatch::Invoke. */
export function isRaiCall(call: CallRecord): boolean {
  if (call.rai !== null) return true;
  if (isRaiInterface(call.interface.uuid, call.interface.name)) return true;
  return call.dispatch !== null && isRaiInterface(null, call.dispatch.interface);
}

/** True for a connection on which an [MS-RAI] interface was proposed. */
export function isRaiAssociation(association: AssociationRecord): boolean {
  return association.contexts.some((context) => isRaiInterface(context.interface, context.name));
}
