/** [MS-RAI] 1.9: the interfaces and classes of Remote Assistance, by UUID. */
import type { Guid } from "../wire/guid.js";

export const IRASRV: Guid = "f120a684-b926-447f-9df4-c966cb785648";
export const IPCHSERVICE: Guid = "833e4200-aff7-4ac3-aac2-9f24c1457bce";
export const IPCHCOLLECTION: Guid = "833e4100-aff7-4ac3-aac2-9f24c1457bce";
export const ISAFSESSION: Guid = "833e41aa-aff7-4ac3-aac2-9f24c1457bce";

export const CLSID_RASRV: Guid = "3c3a70a7-a468-49b9-8ada-28e11fccad5d";
export const CLSID_PCHSERVICE: Guid = "833e4010-aff7-4ac3-aac2-9f24c1457bce";

const INTERFACES: ReadonlySet<Guid> = new Set([IRASRV, IPCHSERVICE, IPCHCOLLECTION, ISAFSESSION]);
const CLASSES: ReadonlySet<Guid> = new Set([CLSID_RASRV, CLSID_PCHSERVICE]);

export function isRaiInterface(iid: Guid): boolean {
  return INTERFACES.has(iid);
}

export function isRaiClass(clsid: Guid): boolean {
  return CLASSES.has(clsid);
}
