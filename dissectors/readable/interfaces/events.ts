/** [MS-EVEN] and [MS-EVEN6]: event logs, and [MS-RSP]: shutting down. */
import * as uuids from "../../wire/interface-uuids.js";
import type { Names } from "../place.js";
import { flags, oneOf } from "../tables.js";
import { SECONDS, UNIX_TIME } from "../times.js";

/** [MS-EVEN] 3.1.4.7 and 2.2.2 */
const READ = flags(
  "EVENTLOG_SEQUENTIAL_READ=0x1 EVENTLOG_SEEK_READ=0x2 EVENTLOG_FORWARDS_READ=0x4 EVENTLOG_BACKWARDS_READ=0x8",
);
const EVENT_TYPE = oneOf(
  "EVENTLOG_SUCCESS=0 EVENTLOG_ERROR_TYPE=1 EVENTLOG_WARNING_TYPE=2 EVENTLOG_INFORMATION_TYPE=4 EVENTLOG_AUDIT_SUCCESS=8 " +
    "EVENTLOG_AUDIT_FAILURE=16",
);

export const EVENTLOG: Names = {
  uuids: [uuids.EVENTLOG],
  of: { ReadFlags: READ, EventType: EVENT_TYPE, Time: UNIX_TIME, TimeWritten: UNIX_TIME },
};

/** [MS-EVEN6] 3.1.4.8, 3.1.4.12, 3.1.4.14, 3.1.4.17 */
const SUBSCRIBE = flags(
  "EvtSubscribeToFutureEvents=1/3 EvtSubscribeStartAtOldestRecord=2/3 EvtSubscribeStartAfterBookmark=3/3 " +
    "EvtSubscribeTolerateQueryErrors=0x1000 EvtSubscribeStrict=0x10000 EvtSubscribePull=0x10000000",
);
const QUERY = flags(
  "EvtQueryChannelPath=0x1 EvtQueryFilePath=0x2 EvtQueryForwardDirection=0x100 EvtQueryReverseDirection=0x200 " +
    "EvtQueryTolerateQueryErrors=0x1000",
);
const SEEK = flags(
  "EvtSeekRelativeToFirst=1/7 EvtSeekRelativeToLast=2/7 EvtSeekRelativeToCurrent=3/7 EvtSeekRelativeToBookmark=4/7 " +
    "EvtSeekStrict=0x10000",
);
const FILE_PROPERTY = oneOf(
  "EvtLogCreationTime=0 EvtLogLastAccessTime=1 EvtLogLastWriteTime=2 EvtLogFileSize=3 EvtLogAttributes=4 " +
    "EvtLogNumberOfLogRecords=5 EvtLogOldestRecordNumber=6 EvtLogFull=7",
);

export const EVENTLOG6: Names = {
  uuids: [uuids.IEVENTSERVICE],
  of: {
    "EvtRpcRegisterRemoteSubscription.flags": SUBSCRIBE,
    "EvtRpcRegisterLogQuery.flags": QUERY,
    "EvtRpcExportLog.flags": QUERY,
    "EvtRpcQuerySeek.flags": SEEK,
    "EvtRpcGetLogFileInfo.propertyId": FILE_PROPERTY,
  },
};

/** [MS-RSP] 2.3: two numbers among flags. */
const REASON = flags(
  "SHTDN_REASON_MAJOR_HARDWARE=0x10000/0xff0000 SHTDN_REASON_MAJOR_OPERATINGSYSTEM=0x20000/0xff0000 " +
    "SHTDN_REASON_MAJOR_SOFTWARE=0x30000/0xff0000 SHTDN_REASON_MAJOR_APPLICATION=0x40000/0xff0000 " +
    "SHTDN_REASON_MAJOR_SYSTEM=0x50000/0xff0000 SHTDN_REASON_MAJOR_POWER=0x60000/0xff0000 " +
    "SHTDN_REASON_MAJOR_LEGACY_API=0x70000/0xff0000 SHTDN_REASON_MINOR_MAINTENANCE=0x1/0xffff " +
    "SHTDN_REASON_MINOR_INSTALLATION=0x2/0xffff SHTDN_REASON_MINOR_UPGRADE=0x3/0xffff " +
    "SHTDN_REASON_MINOR_RECONFIG=0x4/0xffff SHTDN_REASON_MINOR_HUNG=0x5/0xffff SHTDN_REASON_MINOR_UNSTABLE=0x6/0xffff " +
    "SHTDN_REASON_MINOR_DISK=0x7/0xffff SHTDN_REASON_MINOR_PROCESSOR=0x8/0xffff " +
    "SHTDN_REASON_MINOR_NETWORKCARD=0x9/0xffff SHTDN_REASON_MINOR_POWER_SUPPLY=0xa/0xffff " +
    "SHTDN_REASON_MINOR_CORDUNPLUGGED=0xb/0xffff SHTDN_REASON_MINOR_ENVIRONMENT=0xc/0xffff " +
    "SHTDN_REASON_MINOR_HARDWARE_DRIVER=0xd/0xffff SHTDN_REASON_MINOR_OTHERDRIVER=0xe/0xffff " +
    "SHTDN_REASON_MINOR_BLUESCREEN=0xf/0xffff SHTDN_REASON_MINOR_SERVICEPACK=0x10/0xffff " +
    "SHTDN_REASON_MINOR_HOTFIX=0x11/0xffff SHTDN_REASON_MINOR_SECURITYFIX=0x12/0xffff " +
    "SHTDN_REASON_MINOR_SECURITY=0x13/0xffff SHTDN_REASON_MINOR_NETWORK_CONNECTIVITY=0x14/0xffff " +
    "SHTDN_REASON_MINOR_WMI=0x15/0xffff SHTDN_REASON_MINOR_SERVICEPACK_UNINSTALL=0x16/0xffff " +
    "SHTDN_REASON_MINOR_HOTFIX_UNINSTALL=0x17/0xffff SHTDN_REASON_MINOR_SECURITYFIX_UNINSTALL=0x18/0xffff " +
    "SHTDN_REASON_MINOR_MMC=0x19/0xffff SHTDN_REASON_MINOR_TERMSRV=0x20/0xffff " +
    "SHTDN_REASON_FLAG_USER_DEFINED=0x40000000 SHTDN_REASON_FLAG_PLANNED=0x80000000",
);

/** InitShutdown and WindowsShutdown. */
export const SHUTDOWN: Names = {
  uuids: [uuids.INITSHUTDOWN, uuids.WINDOWSSHUTDOWN],
  of: { dwReason: REASON, dwTimeout: SECONDS, dwGracePeriod: SECONDS },
};
