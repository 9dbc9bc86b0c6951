/** Identifiers and addresses that a call hands out or mentions: object references, exporters, string bindings. */
import { readNetworkAddress } from "../../../dissectors/dcom/network-address.js";
import type { CallRecord, Value } from "../../events.js";
import type { Step } from "./step.js";
import { objectsIn, text, uuid, type Values } from "./values.js";

/** References, identifiers and bindings kept of one step. */
const MAX_GIVEN = 256;

/** Answers the objects inside of the response, for whoever looks further. */
export function learnReferences(step: Step, call: CallRecord): Values[] {
  const answered = objectsIn(call.response);
  for (const values of answered) {
    const ipid = uuid(values.ipid);
    if (ipid !== null && step.given.length < MAX_GIVEN) {
      step.given.push({ ipid, iid: uuid(values.iid), oid: text(values.oid), oxid: text(values.oxid) });
    }
    mention(step, values.Oxid, values.pOxid, values.ipidRemUnknown, values.pipidRemUnknown);
  }
  for (const values of objectsIn(call.request)) {
    mention(step, values.ipid, values.ripid, values.pOxid);
  }
  return answered;
}

function mention(step: Step, ...ids: (Value | undefined)[]): void {
  for (const id of ids) {
    const t = text(id);
    if (t !== null && !/^[0-]*$/.test(t) && step.mentioned.length < MAX_GIVEN) step.mentioned.push(t);
  }
}

/** `answered`: the objects inside of the response. */
export function learnBindings(step: Step, answered: readonly Values[]): void {
  for (const values of answered) {
    const address = text(values.address);
    if (address === null || (values.tower !== "ncacn_ip_tcp" && values.tower !== 7)) continue;
    const { host, port } = readNetworkAddress(address);
    if (host === "" || step.bindings.length >= MAX_GIVEN) continue;
    step.bindings.push({ host, port });
  }
}
