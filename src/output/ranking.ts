/**
 * What a call is to someone who reads a list of many: whether it changes something, reads, prepares, or is bookkeeping,
 * and which of its parameters tell what it was about.
 *
 * One table, by UUID and opnum, says so of the interfaces that intruders and administrators use; the rest is known by the
 * verbs in the method's name, which follow the fashion of the Windows specifications ([MS-SCMR] RCreateServiceW,
 * [MS-SAMR] SamrSetInformationUser2, [MS-SRVS] NetrShareAdd): the first word that is a known verb decides, and a name
 * without one reads. Nothing else depends on this: it orders and shortens, and no call is left out by it.
 */

import { raiInterface } from "../../dissectors/rai/interfaces.js";
import type { CallRecord } from "../events.js";
import { infrastructure } from "../facts/infrastructure.js";

/** In the order in which a reader wants them. */
export const RANKS = ["acts", "reads", "prepares", "routine"] as const;
export type Rank = (typeof RANKS)[number];

export interface Ranking {
  rank: Rank;
  /** Of bookkeeping: what it is, in a few words. Calls of one kind are counted together. */
  kind: string | null;
  /** Parameters that tell what the call was about, the best first; null where no table says. */
  tell: readonly string[] | null;
}

interface Row {
  /** Parameters of its methods that tell, the best first; `*` in a path is the arm of a union. */
  tell?: readonly string[];
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
const REM_UNKNOWN: Row = { routine: { 3: QUERY_INTERFACE, 4: "AddRef", 5: RELEASE, 6: QUERY_INTERFACE } };
const ACTIVATION: Row = { rank: "acts" };
const IDS_OF_NAMES = "GetIDsOfNames";
/** The files of a driver that may be anybody's; the driver itself is mostly Windows' own. */
const DRIVER_FILES = ["pDriverContainer.DriverInfo.*.pDataFile", "pDriverContainer.DriverInfo.*.pConfigFile"];
const EFSRPC: Row = { tell: ["FileName"], acts: [0, 4, 5, 6, 7, 8, 9, 12, 13, 15] };

/** Methods whose names mislead about what they do, and the parameters that tell; [MS-…] names the specification. */
const ROWS: { readonly [uuid: string]: Row } = {
  // [MS-DCOM]: IRemUnknown, IRemUnknown2, IObjectExporter, IActivation, IRemoteSCMActivator, IClassFactory.
  "00000131-0000-0000-c000-000000000046": REM_UNKNOWN,
  "00000143-0000-0000-c000-000000000046": REM_UNKNOWN,
  "99fcfec4-5260-101b-bbcb-00aa0021347a": {
    rank: "prepares",
    routine: { 1: ALIVE, 2: ALIVE, 3: ALIVE, 5: ALIVE },
  },
  "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": ACTIVATION,
  "000001a0-0000-0000-c000-000000000046": ACTIVATION,
  "00000001-0000-0000-c000-000000000046": { rank: "prepares" },
  // [MS-OAUT]: IDispatch (its Invoke is known by what it invokes), ITypeInfo, ITypeInfo2, ITypeLib, ITypeLib2, ITypeComp,
  // IProvideClassInfo, IEnumVARIANT.
  "00020400-0000-0000-c000-000000000046": {
    routine: { 3: TYPE_INFORMATION, 4: TYPE_INFORMATION, 5: IDS_OF_NAMES },
  },
  "00020401-0000-0000-c000-000000000046": OF_TYPES,
  "00020412-0000-0000-c000-000000000046": OF_TYPES,
  "00020402-0000-0000-c000-000000000046": OF_TYPES,
  "00020411-0000-0000-c000-000000000046": OF_TYPES,
  "00020403-0000-0000-c000-000000000046": OF_TYPES,
  "b196b283-bab4-101a-b69c-00aa00341d07": OF_TYPES,
  "00020404-0000-0000-c000-000000000046": { rank: "reads" },
  // The endpoint mapper: one interface is asked for, or all.
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa": { reads: [2], prepares: [3], routine: { 4: CLOSING } },
  // [MS-WMI]: IWbemServices, IWbemLevel1Login, IWbemLoginClientID, IWbemLoginClientIDEx, IEnumWbemClassObject,
  // IWbemFetchSmartEnum, IWbemWCOSmartEnum.
  "9556dc99-828c-11cf-a37e-00aa003240c7": {
    tell: ["strObjectPath", "strQuery", "strClass", "strSuperClass", "strFilter", "strNamespace"],
    acts: [24, 25],
    reads: [5, 6, 7, 12, 13, 18, 19, 20, 21, 22, 23],
    prepares: [3],
  },
  "f309ad18-d86a-11d0-a075-00c04fb68820": {
    tell: ["wszNetworkResource"],
    prepares: [5, 6],
    routine: { 3: "WMI login", 4: "WMI login" },
  },
  "d4781cd6-e5d3-44df-ad94-930efe48a887": { routine: { "*": "WMI login" } },
  "9f6c78ef-fce5-42fa-abea-3e7df91921dc": { routine: { "*": "WMI login" } },
  "027947e1-d731-11ce-a357-000000000001": { rank: "reads" },
  "1c1c45ee-4395-11d2-b60b-00104b703efd": { rank: "reads" },
  "423ec01e-2e35-11d2-b604-00104b703efd": { rank: "reads" },
  // [MS-SCMR]
  "367abb81-9844-35f1-ad32-98f038001003": {
    tell: ["lpServiceName", "lpBinaryPathName", "dwControl", "argv"],
  },
  // [MS-TSCH]: ITaskSchedulerService, ATSvc, SASec.
  "86d35949-83c9-4044-b424-db363231fd0c": { tell: ["path", "xml"], prepares: [0] },
  "1ff70682-0a51-30e8-076d-740be8cee98b": { tell: ["pAtInfo.Command"] },
  "378e52b0-c0a9-11cf-822d-00aa0051e40f": { tell: ["pwszJobName"] },
  // [MS-RRP]
  "338cd001-2244-31f1-aaaa-900038001003": {
    tell: ["lpSubKey", "lpValueName", "lpData", "lpFile", "lpNewFile"],
  },
  // [MS-SAMR]
  "12345778-1234-abcd-ef00-0123456789ac": {
    tell: [
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
  "12345778-1234-abcd-ef00-0123456789ab": {
    tell: ["KeyName", "SecretName", "AccountSid", "Names", "InformationClass"],
    acts: [43],
  },
  // [MS-DRSR]: replication of secrets reads by its name, and is what DCSync does.
  "e3514235-4b06-11d1-ab04-00c04fc2dcd2": {
    tell: ["pmsgIn.*.pNC", "pmsgIn.*.pPartialAttrSet", "pmsgIn.*.rpNames"],
    acts: [3],
    prepares: [0],
    routine: { 1: CLOSING },
  },
  // [MS-NRPC]: the handshake of the secure channel.
  "12345678-1234-abcd-ef00-01234567cffb": {
    tell: ["AccountName", "ComputerName"],
    prepares: [4, 5, 15, 21, 26],
  },
  // [MS-EFSR], on its two endpoints: every one of them makes the server open the path that it is given.
  "c681d488-d850-11d0-8c52-00c04fd90f7e": EFSRPC,
  "df1941c5-fe89-4e79-bf10-463657acf44d": EFSRPC,
  // [MS-RPRN] and [MS-PAR]: RpcRemoteFindFirstPrinterChangeNotification makes the server call back.
  "12345678-1234-abcd-ef00-0123456789ab": {
    tell: ["pszLocalMachine", ...DRIVER_FILES, "pDriverName", "pPrinterName", "pName"],
    acts: [62, 65],
  },
  "76f03f96-cdfd-44fc-a22c-64950a001209": {
    tell: ["pszInfPath", ...DRIVER_FILES, "pDriverName", "pPrinterName", "pName"],
    reads: [58, 59],
  },
  // [MS-DFSNM], [MS-FSRVP]
  "4fc742e0-4a10-11cf-8273-00aa004ae673": { tell: ["ServerName", "RootShare", "DfsEntryPath"] },
  "a8e0653c-2744-4389-a61d-7373df8b2292": { tell: ["ShareName"], acts: [8, 9] },
  // [MS-BKRP], [MS-ICPR]
  "3dde7c30-165d-11d1-ab8f-00805f14db40": { tell: ["pguidActionAgent"], acts: [0] },
  "91ae6020-9e3c-11cf-8d7c-00aa00c091be": { tell: ["pwszAuthority"], acts: [0] },
  // [MS-EVEN], [MS-EVEN6]
  "82273fdc-e32a-18c3-3f78-827929dc23ea": {
    tell: ["BackupFileName", "ModuleName"],
    reads: [6],
    prepares: [8, 15],
  },
  "f6beaff7-1e19-4fbb-9f8f-b89e2018337c": {
    tell: ["channelPath", "path", "query"],
    acts: [15, 16],
    reads: [0, 5],
    prepares: [4],
  },
  // [MS-DNSP]
  "50abc2a4-574d-40b3-9d66-ee4fd5fba076": { tell: ["pszOperation", "pszZone"], acts: [0, 5] },
  // [MS-SRVS], [MS-WKST]
  "4b324fc8-1670-01d3-1278-5a47bf6ee188": { tell: ["NetName", "UserName", "ClientName", "InfoStruct"] },
  "6bffd098-a112-3610-9833-46c3f87e345a": { tell: ["DomainNameParam", "AccountName", "AlternateName"] },
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

const UNKNOWN: Ranking = { rank: "reads", kind: null, tell: null };

/** How a call ranks among others. */
export function rankingOf(call: CallRecord): Ranking {
  const { uuid } = call.interface;
  if (call.dispatch !== null) return { rank: invoked(call.dispatch), kind: null, tell: null };
  if (raiInterface(uuid) !== null) return { rank: "acts", kind: null, tell: null };
  const row = uuid === null ? undefined : ROWS[uuid];
  const { opnum } = call;
  const tell = row?.tell ?? null;
  if (row !== undefined && opnum !== null) {
    const routine = row.routine?.[opnum] ?? row.routine?.["*"];
    if (routine !== undefined) return { rank: "routine", kind: routine, tell };
    // What ExecMethod runs has a name of its own.
    const run = call.request?.strMethodName;
    if (row.acts?.includes(opnum) && typeof run === "string" && verbOf(run) === "reads") {
      return { rank: "reads", kind: null, tell };
    }
    for (const rank of ["acts", "reads", "prepares"] as const) {
      if (row[rank]?.includes(opnum)) return { rank, kind: null, tell };
    }
    if (row.rank !== undefined) return { rank: row.rank, kind: null, tell };
  }
  if (call.method === null) return tell === null ? UNKNOWN : { ...UNKNOWN, tell };
  return { ...byVerb(call.method), tell };
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
