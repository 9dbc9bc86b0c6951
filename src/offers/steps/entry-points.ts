/** The two entry points of Remote Assistance by the interfaces and classes that lead to them: [MS-RAI] 1.7, 1.9. */
import { CLSID_PCHSERVICE, CLSID_RASRV, type RaiInterface } from "../../../dissectors/rai/interfaces.js";
import type { EntryPoint } from "./step.js";

interface RaiClass {
  readonly name: "RASrv" | "PCHService";
  readonly entry: EntryPoint;
}

const CLASSES: ReadonlyMap<string, RaiClass> = new Map([
  [CLSID_RASRV, { name: "RASrv", entry: "IRASrv" }],
  [CLSID_PCHSERVICE, { name: "PCHService", entry: "IPCHService" }],
]);

export function raiClass(clsid: string | null): RaiClass | null {
  return clsid === null ? null : (CLASSES.get(clsid) ?? null);
}

/** The entry point that an interface is reached by. */
export function entryOf(on: RaiInterface): EntryPoint {
  return on === "IRASrv" ? "IRASrv" : "IPCHService";
}
