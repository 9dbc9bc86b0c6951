/** What fields and types of single interfaces mean, by UUID. */
import type { Names, Place, Read, Reader } from "../place.js";
import { DCOM, ICPR, WBEM } from "./dcom.js";
import { DRSUAPI } from "./drsuapi.js";
import { EVENTLOG, EVENTLOG6, SHUTDOWN } from "./events.js";
import { EFSRPC, NETDFS } from "./files.js";
import { LOGON } from "./logon.js";
import { LSARPC } from "./lsarpc.js";
import { SAMR } from "./samr.js";
import { SPOOLSS } from "./spoolss.js";
import { DSSETUP, SRVSVC, WKSSVC } from "./srvsvc.js";
import { SVCCTL } from "./svcctl.js";
import { AT, TASKS } from "./tasks.js";
import { WINREG } from "./winreg.js";

/** All of them. */
export const NAMES: readonly Names[] = [
  SVCCTL,
  SAMR,
  LSARPC,
  LOGON,
  DRSUAPI,
  WINREG,
  SRVSVC,
  WKSSVC,
  DSSETUP,
  SPOOLSS,
  TASKS,
  AT,
  EFSRPC,
  NETDFS,
  EVENTLOG,
  EVENTLOG6,
  SHUTDOWN,
  DCOM,
  WBEM,
  ICPR,
];

const BY_UUID: ReadonlyMap<string, Names["of"]> = new Map(
  NAMES.flatMap(({ uuids, of }) => uuids.map((uuid) => [uuid, of] as const)),
);

/** Fields and types that mean something in this interface. */
export const byInterface: Reader = (place) => {
  const of = BY_UUID.get(place.interface);
  return of === undefined ? null : named(of, place);
};

/** `constructor` and the like are names of fields as well. */
function named(of: Names["of"], { owner, name, type }: Place): Read | null {
  for (const key of [`${owner}.${name}`, name, "name" in type ? `:${type.name}` : ""]) {
    if (Object.hasOwn(of, key)) return of[key]!;
  }
  return null;
}
