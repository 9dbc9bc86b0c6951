/** [MS-RAI] 1.9: the interfaces and classes of Remote Assistance by UUID; 2.2.3: the states of a session. */
import type { Guid } from "../wire/guid.js";

export const IRASRV: Guid = "f120a684-b926-447f-9df4-c966cb785648";
export const IPCHSERVICE: Guid = "833e4200-aff7-4ac3-aac2-9f24c1457bce";
const IPCHCOLLECTION: Guid = "833e4100-aff7-4ac3-aac2-9f24c1457bce";
const ISAFSESSION: Guid = "833e41aa-aff7-4ac3-aac2-9f24c1457bce";

export const CLSID_RASRV: Guid = "3c3a70a7-a468-49b9-8ada-28e11fccad5d";
export const CLSID_PCHSERVICE: Guid = "833e4010-aff7-4ac3-aac2-9f24c1457bce";

export type RaiInterface = "IRASrv" | "IPCHService" | "IPCHCollection" | "ISAFSession";

const RAI: ReadonlyMap<Guid, RaiInterface> = new Map([
  [IRASRV, "IRASrv"],
  [IPCHSERVICE, "IPCHService"],
  [IPCHCOLLECTION, "IPCHCollection"],
  [ISAFSESSION, "ISAFSession"],
]);

export function isRaiClass(clsid: Guid): boolean {
  return clsid === CLSID_RASRV || clsid === CLSID_PCHSERVICE;
}

const UUIDS: ReadonlyMap<RaiInterface, Guid> = new Map([...RAI].map(([uuid, name]) => [name, uuid]));

export const RAI_INTERFACES: readonly RaiInterface[] = [...RAI.values()];

export function raiUuid(name: RaiInterface): Guid {
  return UUIDS.get(name)!;
}

export function raiInterface(uuid: string | null): RaiInterface | null {
  return uuid === null ? null : (RAI.get(uuid) ?? null);
}

/** [MS-RAI] 1.7: all four are of version 0.0. A sentence where one is not, else null. */
export function versionFault(uuid: string, major: number, minor: number): string | null {
  const name = raiInterface(uuid);
  if (name === null || (major === 0 && minor === 0)) return null;
  return `${name} is asked for in version ${major}.${minor}; its version is 0.0 ([MS-RAI] 1.7)`;
}

/** [MS-RAI] 2.2.3 SessionStateEnum. */
const STATES = [
  "pchActive",
  "pchConnected",
  "pchConnectQuery",
  "pchShadow",
  "pchDisconnected",
  "pchIdle",
  "pchListen",
  "pchReset",
  "pchDown",
  "pchInit",
  "pchStateInvalid",
];

export function sessionState(value: number): string | null {
  return STATES[value] ?? null;
}
