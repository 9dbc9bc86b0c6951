/** The one reading of activation properties, [MS-DCOM] 2.2.22: what a property bag says of all that it holds. */

import type { Values } from "../call/decoded-call.js";
import type { Value } from "../events.js";

/** [MS-DCOM] 2.2.22.2.2: dwSessionId where no session is asked for. */
const ANY_SESSION = 0xffffffff;
const SPD_FLAG_USE_CONSOLE_SESSION = 1;

/** Values as they were decoded; null for what the bag does not hold. */
export interface ActivationProperties {
  /** InstantiationInfo. */
  clsid: Value;
  iids: Value;
  /** SpecialSystemProperties: null for any session. */
  session: number | null;
  console: boolean;
  /** SecurityInfo's COSERVERINFO: the machine as the client dialed it; and ServerLocationInfo. */
  serverName: Value;
  machineName: Value;
  /** PropsOutInfo. */
  pointers: Value;
  results: Value;
  /** ScmReplyInfo. */
  oxid: Value;
  bindings: Value;
  remUnknown: Value;
}

/** Where the answer holds what is read by its path: PropsOutInfo's results and ScmReplyInfo's bindings. */
export const RESULTS_PATH = "properties.PropsOutInfo.phresults";
export const BINDINGS_PATH = "properties.ScmReplyInfo.remoteReply.pdsaOxidBindings";

/** What `pointer`, the value of an MInterfacePointer, holds; null where it is no property bag. */
export function activationProperties(pointer: Value | undefined): ActivationProperties | null {
  const properties = members(members(pointer)?.properties);
  if (properties === null) return null;
  const instantiation = members(properties.InstantiationInfo);
  const special = members(properties.SpecialSystemProperties);
  const server = members(members(properties.SecurityInfo)?.pServerInfo);
  const made = members(properties.PropsOutInfo);
  const reply = members(members(properties.ScmReplyInfo)?.remoteReply);
  const session = special?.dwSessionId;
  const flags = special?.dwFlags;
  return {
    clsid: instantiation?.classId ?? null,
    iids: instantiation?.pIID ?? null,
    session: typeof session !== "number" || session === ANY_SESSION ? null : session,
    console: typeof flags === "number" && (flags & SPD_FLAG_USE_CONSOLE_SESSION) !== 0,
    serverName: server?.pwszName ?? null,
    machineName: members(properties.ServerLocationInfo)?.machineName ?? null,
    pointers: made?.ppIntfData ?? null,
    results: made?.phresults ?? null,
    oxid: reply?.Oxid ?? null,
    bindings: members(reply?.pdsaOxidBindings)?.bindings ?? null,
    remUnknown: reply?.ipidRemUnknown ?? null,
  };
}

/** The causality id, where ORPCTHIS is a parameter: activation declares it as one. */
export function explicitCausalityId(request: Values | null): string | null {
  const cid = members(request?.orpcthis ?? request?.ORPCthis)?.cid;
  return typeof cid === "string" ? cid : null;
}

function members(value: Value | undefined): Values | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}
