/**
 * The machinery of DCOM around an initiation, as steps: endpoint mapper, object resolver, activation ([MS-DCOM] 3.2.4.1.1),
 * class factories and IRemUnknown. Out of decoded values only.
 */

import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import type { CallRecord } from "../../events.js";
import { entryOf, type Infrastructure, infrastructure, raiClass } from "./rai-tables.js";
import { learnBindings, learnReferences } from "./references.js";
import type { Step } from "./step.js";
import { number, objectsIn, record, text, uuid } from "./values.js";

/** [MS-DCOM] 2.2.22.2.2. */
const ANY_SESSION = 0xffffffff;
const SPD_FLAG_USE_CONSOLE_SESSION = 1;

/** Answers false where the call can be no part of an initiation. */
export function infrastructureStep(step: Step, call: CallRecord, on: Infrastructure): boolean {
  switch (on) {
    case "epm":
      return mapStep(step, call);
    case "IObjectExporter":
      step.kind =
        call.opnum === 0 || call.opnum === 4
          ? "resolve"
          : call.opnum === 1 || call.opnum === 2
            ? "ping"
            : "alive";
      learnBindings(step, learnReferences(step, call));
      return true;
    case "IActivation":
    case "IRemoteSCMActivator":
      activationStep(step, call, on);
      return true;
    case "IClassFactory":
      step.kind = "create";
      learnReferences(step, call);
      return true;
    case "IRemUnknown":
      learnReferences(step, call);
      learnQueried(step, call);
      return true;
    default:
      learnReferences(step, call);
      return true;
  }
}

/** ept_lookup and ept_map: what was asked for tells whether it matters; where that cannot be read, it may. */
function mapStep(step: Step, call: CallRecord): boolean {
  if (call.opnum !== 2 && call.opnum !== 3) return false;
  step.kind = "map";
  let asked = false;
  for (const values of objectsIn(call.request)) {
    for (const value of Object.values(values)) {
      const id = uuid(value);
      if (id === null) continue;
      const on = raiInterface(id);
      if (on !== null) {
        step.core = true;
        step.entry = entryOf(on);
        return true;
      }
      const context = infrastructure(id);
      if (context !== null && context !== "epm") asked = true;
    }
  }
  return asked || call.stub.request === "encrypted";
}

function activationStep(step: Step, call: CallRecord, on: "IActivation" | "IRemoteSCMActivator"): void {
  step.kind = "activate";
  const asked = record(record(call.request?.pActProperties)?.properties);
  const special = record(asked?.SpecialSystemProperties);
  const session = number(special?.dwSessionId);
  const clsid =
    on === "IActivation" ? uuid(call.request?.Clsid) : uuid(record(asked?.InstantiationInfo)?.classId);
  const known = raiClass(clsid);
  step.activation = {
    clsid,
    class: known?.name ?? null,
    session: session === null || session >>> 0 === ANY_SESSION ? null : session >>> 0,
    console: ((number(special?.dwFlags) ?? 0) & SPD_FLAG_USE_CONSOLE_SESSION) !== 0,
    serverName: text(record(record(asked?.SecurityInfo)?.pServerInfo)?.pwszName),
  };
  if (clsid !== null && known === null) {
    step.kind = "foreign";
    return;
  }
  step.core = known !== null;
  step.entry = known?.entry ?? null;
  learnBindings(step, learnReferences(step, call));
  if (step.result === "ok") learnActivationResult(step, call, on);
}

/** The call may succeed although the activation did not: IActivation answers in phr, both answer for each interface. */
function learnActivationResult(
  step: Step,
  call: CallRecord,
  on: "IActivation" | "IRemoteSCMActivator",
): void {
  const answered = record(record(call.response?.ppActProperties)?.properties);
  const each = on === "IActivation" ? call.response?.pResults : record(answered?.PropsOutInfo)?.phresults;
  const codes = [number(call.response?.phr), ...(Array.isArray(each) ? each.map(number) : [])];
  const failed = codes.filter((c): c is number => c !== null && c >>> 0 >= 0x80000000);
  if (failed.length > 0 && step.given.every((g) => g.iid === null)) {
    step.result = "refused";
    step.code = { value: failed[0]! >>> 0, name: null, fault: false };
  }
}

/** RemQueryInterface for one of [MS-RAI]'s interfaces, and whether it was given. */
function learnQueried(step: Step, call: CallRecord): void {
  const iids = call.request?.iids;
  if (!Array.isArray(iids)) return;
  const results = call.response?.ppQIResults ?? call.response?.phr;
  let refusal: number | null = null;
  for (let i = 0; i < iids.length; i++) {
    const on = raiInterface(text(iids[i]));
    if (on === null) continue;
    const result = Array.isArray(results) ? results[i] : undefined;
    const code = number(record(result)?.hResult ?? result);
    const refused = code !== null && code >>> 0 >= 0x80000000;
    // Of several that were asked for, one that was given counts.
    if (refused && step.queried !== null) continue;
    step.core = true;
    step.entry = entryOf(on);
    step.queried = on;
    refusal = refused ? code >>> 0 : null;
    if (!refused && result !== undefined) break;
  }
  if (step.queried === null) return;
  step.title = `${step.title} for ${step.queried}`;
  if (refusal !== null) {
    step.result = "refused";
    step.code = { value: refusal, name: null, fault: false };
  } else if (step.result === "refused" && step.code?.fault === false) {
    // The call as a whole answers for interfaces that do not matter.
    step.result = Array.isArray(results) ? "ok" : step.result;
    if (step.result === "ok") step.code = null;
  }
}
