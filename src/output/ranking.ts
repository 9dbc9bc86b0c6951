/**
 * What a call is to someone who reads a list of many: whether it changes something, reads, prepares, or is bookkeeping,
 * and which of its parameters say what it was about.
 *
 * One table, by UUID and opnum, says so of the interfaces that intruders and administrators use; the rest is known by the
 * verbs in the method's name, which follow the fashion of the Windows specifications ([MS-SCMR] RCreateServiceW,
 * [MS-SAMR] SamrSetInformationUser2, [MS-SRVS] NetrShareAdd): the first word that is a known verb decides, and a name
 * without one reads. Nothing else depends on this: it orders and shortens, and no call is left out by it.
 */

import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import {
  IACTIVATION,
  ICLASSFACTORY,
  IDISPATCH,
  IENUMVARIANT,
  IOBJECTEXPORTER,
  IPROVIDECLASSINFO,
  IREMOTESCMACTIVATOR,
  IREMUNKNOWN,
  IREMUNKNOWN2,
  ITYPECOMP,
  ITYPEINFO,
  ITYPEINFO2,
  ITYPELIB,
  ITYPELIB2,
} from "../../dissectors/dcom/iids.js";
import { raiInterface } from "../../dissectors/rai/interfaces.js";
import * as uuids from "../../dissectors/wire/interface-uuids.js";
import type { CallRecord } from "../events.js";
import { infrastructure } from "../facts/infrastructure.js";

/** In the order in which a reader wants them. */
export const RANKS = ["acts", "reads", "prepares", "routine"] as const;
export type Rank = (typeof RANKS)[number];

export interface Ranking {
  rank: Rank;
  /** Of bookkeeping: what it is, in a few words. Calls of one kind are counted together. */
  kind: string | null;
  /** Parameters that say what the call was about, the best first; null where no table says. */
  about: readonly string[] | null;
}

interface Row {
  /** Parameters of its methods that about, the best first; `*` in a path is the arm of a union. */
  about?: readonly string[];
  /** Rank of all methods that are not listed below; else their verbs decide. */
  rank?: Rank;
  acts?: readonly number[];
  reads?: readonly number[];
  prepares?: readonly number[];
  /** Bookkeeping by opnum; `*` for every opnum. */
  routine?: { readonly [opnum: number]: string; readonly "*"?: string };
}

const TYPE_INFORMATION = "type information";
const OF_TYPES: Row = { routine: { "*": TYPE_INFORMATION } };
const QUERY_INTERFACE = "QueryInterface";
const RELEASE = "Release";
const CLOSING = "closing handles";
const ALIVE = "alive and ping";
const REM_UNKNOWN = { 3: QUERY_INTERFACE, 4: "AddRef", 5: RELEASE };
const ACTIVATION: Row = { rank: "acts" };
const IDS_OF_NAMES = "GetIDsOfNames";
/** The files of a driver that may be anybody's; the driver itself is mostly Windows' own. */
const DRIVER_FILES = ["pDriverContainer.DriverInfo.*.pDataFile", "pDriverContainer.DriverInfo.*.pConfigFile"];
const EFSRPC: Row = { about: ["FileName"], acts: [0, 4, 5, 6, 7, 8, 9, 12, 13, 15] };

/** Methods whose names mislead about what they do, and the parameters that say what it is about; [MS-…] names the specification. */
const ROWS: { readonly [uuid: string]: Row } = {
  // [MS-DCOM]
  [IREMUNKNOWN]: { routine: REM_UNKNOWN },
  [IREMUNKNOWN2]: { routine: { ...REM_UNKNOWN, 6: QUERY_INTERFACE } },
  [IOBJECTEXPORTER]: {
    rank: "prepares",
    routine: { 1: ALIVE, 2: ALIVE, 3: ALIVE, 5: ALIVE },
  },
  [IACTIVATION]: ACTIVATION,
  [IREMOTESCMACTIVATOR]: ACTIVATION,
  [ICLASSFACTORY]: { rank: "prepares" },
  // [MS-OAUT]; Invoke is known by what it invokes.
  [IDISPATCH]: {
    routine: { 3: TYPE_INFORMATION, 4: TYPE_INFORMATION, 5: IDS_OF_NAMES },
  },
  [ITYPEINFO]: OF_TYPES,
  [ITYPEINFO2]: OF_TYPES,
  [ITYPELIB]: OF_TYPES,
  [ITYPELIB2]: OF_TYPES,
  [ITYPECOMP]: OF_TYPES,
  [IPROVIDECLASSINFO]: OF_TYPES,
  [IENUMVARIANT]: { rank: "reads" },
  // The endpoint mapper: one interface is asked for, or all.
  [ENDPOINT_MAPPER]: { reads: [2], prepares: [3], routine: { 4: CLOSING } },
  // [MS-WMI]
  [uuids.IWBEMSERVICES]: {
    about: ["strObjectPath", "strQuery", "strClass", "strSuperClass", "strNamespace"],
    acts: [24, 25],
    reads: [5, 6, 7, 12, 13, 18, 19, 20, 21, 22, 23],
    prepares: [3],
  },
  [uuids.IWBEMLEVEL1LOGIN]: {
    about: ["wszNetworkResource"],
    prepares: [5, 6],
    routine: { 3: "WMI login", 4: "WMI login" },
  },
  [uuids.IWBEMLOGINCLIENTID]: { routine: { "*": "WMI login" } },
  [uuids.IWBEMLOGINCLIENTIDEX]: { routine: { "*": "WMI login" } },
  [uuids.IENUMWBEMCLASSOBJECT]: { rank: "reads" },
  [uuids.IWBEMFETCHSMARTENUM]: { rank: "reads" },
  [uuids.IWBEMWCOSMARTENUM]: { rank: "reads" },
  // [MS-SCMR]
  [uuids.SVCCTL]: {
    about: ["lpServiceName", "lpBinaryPathName", "dwControl", "argv"],
  },
  // [MS-TSCH]
  [uuids.ITASKSCHEDULERSERVICE]: { about: ["path", "xml"], prepares: [0] },
  [uuids.ATSVC]: { about: ["pAtInfo.Command"] },
  [uuids.SASEC]: { about: ["pwszJobName"] },
  // [MS-MSRP]
  [uuids.MSGSVCSEND]: { about: ["Text", "To"] },
  // [MS-RRP]
  [uuids.WINREG]: {
    about: ["lpSubKey", "lpValueName", "lpData", "lpFile", "lpNewFile"],
  },
  // [MS-SAMR]
  [uuids.SAMR]: {
    about: [
      "Name",
      "UserName",
      "UserId",
      "GroupId",
      "AliasId",
      "RelativeId",
      "MemberId",
      "UserInformationClass",
      "DomainId",
      "Names",
    ],
  },
  // [MS-LSAD], [MS-LSAT]
  [uuids.LSARPC]: {
    about: ["KeyName", "SecretName", "AccountSid", "Names", "InformationClass"],
    acts: [43],
  },
  // [MS-DRSR]: replication of secrets reads by its name, and is what DCSync does.
  [uuids.DRSUAPI]: {
    about: ["pmsgIn.*.pNC", "pmsgIn.*.pPartialAttrSet", "pmsgIn.*.rpNames"],
    acts: [3],
    prepares: [0],
    routine: { 1: CLOSING },
  },
  // [MS-NRPC]: the handshake of the secure channel.
  [uuids.LOGON]: {
    about: ["AccountName", "ComputerName"],
    prepares: [4, 5, 15, 21, 26],
  },
  // [MS-EFSR], on its two endpoints: every one of them makes the server open the path that it is given.
  [uuids.EFSRPC_LSARPC]: EFSRPC,
  [uuids.EFSRPC]: EFSRPC,
  // [MS-RPRN] and [MS-PAR]: RpcRemoteFindFirstPrinterChangeNotification makes the server call back.
  [uuids.WINSPOOL]: {
    about: ["pszLocalMachine", ...DRIVER_FILES, "pDriverName", "pPrinterName", "pName"],
    acts: [62, 65],
  },
  [uuids.IREMOTEWINSPOOL]: {
    about: ["pszInfPath", ...DRIVER_FILES, "pDriverName", "pPrinterName", "pName"],
    reads: [58, 59],
  },
  // [MS-DFSNM], [MS-FSRVP]
  [uuids.NETDFS]: { about: ["ServerName", "RootShare", "DfsEntryPath"] },
  "a8e0653c-2744-4389-a61d-7373df8b2292": { about: ["ShareName"], acts: [8, 9] },
  // [MS-BKRP], [MS-ICPR]
  [uuids.BACKUPKEY]: { about: ["pguidActionAgent"], acts: [0] },
  [uuids.ICERTPASSAGE]: { about: ["pwszAuthority"], acts: [0] },
  // [MS-EVEN], [MS-EVEN6]
  [uuids.EVENTLOG]: {
    about: ["BackupFileName", "ModuleName"],
    reads: [6],
    prepares: [8, 15],
  },
  [uuids.IEVENTSERVICE]: {
    about: ["channelPath", "path", "query"],
    acts: [15, 16],
    reads: [0, 5],
    prepares: [4],
  },
  // [MS-DNSP]
  [uuids.DNSSERVER]: { about: ["pszOperation", "pszZone"], acts: [0, 5] },
  // [MS-SRVS], [MS-WKST]
  [uuids.SRVSVC]: { about: ["NetName", "UserName", "ClientName", "InfoStruct"] },
  [uuids.WKSSVC]: { about: ["DomainNameParam", "AccountName", "AlternateName"] },
};

/** Verbs that say that something becomes different, or runs. */
const CHANGING = verbs(
  "abort add append apply assign associate attach backup change clear commit control copy create decrypt delete demote",
  "deny deploy destroy detach disable dismount download eject enable encrypt exec execute export extend force format import",
  "initiate inject insert install join kill launch load logoff merge migrate modify mount move navigate pause perform post",
  "print promote purge push put reboot redirect register reinstall remove rename repair replace replicate report reset",
  "restart restore resume revoke run save schedule send set shrink shutdown start stop store submit suspend sync",
  "synchronize terminate trigger undelete uninstall unload unregister update upgrade upload write",
);
/** Verbs that ask. */
const READING = verbs(
  "browse calculate check compare count crack describe enum enumerate expand fetch find flush get has is list logon lookup",
  "notify peek query read receive refresh resolve retrieve sam search snoop test translate validate verify view wait",
);
/** Verbs of calls that only lead to others. */
const PREPARING = verbs(
  "auth authenticate bind challenge connect establish initialize login map negotiate open",
);
const CLOSINGS = verbs("addref close disconnect free release unbind");
const PINGS = verbs("alive ping");

function verbs(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.join(" ").split(" "));
}

/** The words of a name: `RCreateServiceW` is R, Create, Service, W; `IDL_DRSUpdateRefs` IDL, DRS, Update, Refs. */
const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;

const UNKNOWN: Ranking = { rank: "reads", kind: null, about: null };

/** How a call ranks among others. */
export function rankingOf(call: CallRecord): Ranking {
  const { uuid } = call.interface;
  if (call.dispatch !== null) return { rank: invoked(call.dispatch), kind: null, about: null };
  if (raiInterface(uuid) !== null) return { rank: "acts", kind: null, about: null };
  const row = uuid === null ? undefined : ROWS[uuid];
  const { opnum } = call;
  const about = row?.about ?? null;
  if (row !== undefined && opnum !== null) {
    const routine = row.routine?.[opnum] ?? row.routine?.["*"];
    if (routine !== undefined) return { rank: "routine", kind: routine, about };
    // What ExecMethod runs has a name of its own.
    const run = call.request?.strMethodName;
    if (row.acts?.includes(opnum) && typeof run === "string" && verbOf(run) === "reads") {
      return { rank: "reads", kind: null, about };
    }
    for (const rank of ["acts", "reads", "prepares"] as const) {
      if (row[rank]?.includes(opnum)) return { rank, kind: null, about };
    }
    if (row.rank !== undefined) return { rank: row.rank, kind: null, about };
  }
  if (call.method === null) return about === null ? UNKNOWN : { ...UNKNOWN, about };
  return { ...byVerb(call.method), about };
}

/** What a late-bound call does: puts change, gets read, and methods do what their names say, or something at least. */
function invoked({ kind, member }: NonNullable<CallRecord["dispatch"]>): Rank {
  if (kind === "propget") return "reads";
  if (kind !== "method") return "acts";
  const found = member === null ? null : verbOf(member);
  return found === null || found === "routine" ? "acts" : found;
}

function byVerb(method: string): { rank: Rank; kind: string | null } {
  const rank = verbOf(method);
  if (rank !== "routine") return { rank: rank ?? "reads", kind: null };
  const ping = words(method).find((word) => PINGS.has(word) || CLOSINGS.has(word))!;
  return { rank, kind: PINGS.has(ping) ? ALIVE : CLOSING };
}

/** By the first word that is a verb; null where none is. */
function verbOf(name: string): Rank | null {
  for (const word of words(name)) {
    if (CHANGING.has(word)) return "acts";
    if (READING.has(word)) return "reads";
    if (PREPARING.has(word)) return "prepares";
    if (CLOSINGS.has(word) || PINGS.has(word)) return "routine";
  }
  return null;
}

function words(name: string): string[] {
  return (name.match(WORD) ?? []).map((word) => word.toLowerCase());
}

/** A call that asks for a class, or for an object of a class factory. */
export function isActivation(call: CallRecord): boolean {
  const kind = infrastructure(call.interface.uuid);
  return kind === "activator" || kind === "class-factory";
}
