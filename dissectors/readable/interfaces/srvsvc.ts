/** [MS-SRVS] and [MS-WKST]: the Server and Workstation services, and [MS-DSSP]: the role of a machine. */
import * as uuids from "../../wire/interface-uuids.js";
import type { Names, Read } from "../place.js";
import { flags, oneOf } from "../tables.js";
import { SECONDS, UNIX_TIME } from "../times.js";

/** [MS-SRVS] 2.2.2.4 */
const SHARE_TYPE = flags(
  "STYPE_DISKTREE=0/3 STYPE_PRINTQ=1/3 STYPE_DEVICE=2/3 STYPE_IPC=3/3 STYPE_CLUSTER_FS=0x2000000 " +
    "STYPE_CLUSTER_SOFS=0x4000000 STYPE_CLUSTER_DFS=0x8000000 STYPE_TEMPORARY=0x40000000 STYPE_SPECIAL=0x80000000",
);
/** 2.2.4.29 */
const SHARE_FLAGS = flags(
  "SHI1005_FLAGS_DFS=0x1 SHI1005_FLAGS_DFS_ROOT=0x2 CSC_CACHE_AUTO_REINT=0x10/0x30 CSC_CACHE_VDO=0x20/0x30 " +
    "CSC_CACHE_NONE=0x30/0x30 SHI1005_FLAGS_RESTRICT_EXCLUSIVE_OPENS=0x100 SHI1005_FLAGS_FORCE_SHARED_DELETE=0x200 " +
    "SHI1005_FLAGS_ALLOW_NAMESPACE_CACHING=0x400 SHI1005_FLAGS_ACCESS_BASED_DIRECTORY_ENUM=0x800 " +
    "SHI1005_FLAGS_FORCE_LEVELII_OPLOCK=0x1000 SHI1005_FLAGS_ENABLE_HASH=0x2000 " +
    "SHI1005_FLAGS_ENCRYPT_DATA=0x8000 SHI1005_FLAGS_COMPRESS_DATA=0x100000",
);
/** 2.2.4.20 */
const PERMISSIONS = flags(
  "ACCESS_READ=0x1 ACCESS_WRITE=0x2 ACCESS_CREATE=0x4 ACCESS_EXEC=0x8 ACCESS_DELETE=0x10 ACCESS_ATRIB=0x20 ACCESS_PERM=0x40",
);
const FILE_PERMISSIONS = flags("PERM_FILE_READ=0x1 PERM_FILE_WRITE=0x2 PERM_FILE_CREATE=0x4");
const SESSION_FLAGS = flags("SESS_GUEST=0x1 SESS_NOENCRYPTION=0x2");
const PLATFORM = oneOf(
  "PLATFORM_ID_DOS=300 PLATFORM_ID_OS2=400 PLATFORM_ID_NT=500 PLATFORM_ID_OSF=600 PLATFORM_ID_VMS=700",
);
/** 2.2.2.7 */
const SOFTWARE = flags(
  "SV_TYPE_WORKSTATION=0x1 SV_TYPE_SERVER=0x2 SV_TYPE_SQLSERVER=0x4 SV_TYPE_DOMAIN_CTRL=0x8 SV_TYPE_DOMAIN_BAKCTRL=0x10 " +
    "SV_TYPE_TIME_SOURCE=0x20 SV_TYPE_AFP=0x40 SV_TYPE_NOVELL=0x80 SV_TYPE_DOMAIN_MEMBER=0x100 SV_TYPE_PRINTQ_SERVER=0x200 " +
    "SV_TYPE_DIALIN_SERVER=0x400 SV_TYPE_XENIX_SERVER=0x800 SV_TYPE_NT=0x1000 SV_TYPE_WFW=0x2000 SV_TYPE_SERVER_MFPN=0x4000 " +
    "SV_TYPE_SERVER_NT=0x8000 SV_TYPE_POTENTIAL_BROWSER=0x10000 SV_TYPE_BACKUP_BROWSER=0x20000 " +
    "SV_TYPE_MASTER_BROWSER=0x40000 SV_TYPE_DOMAIN_MASTER=0x80000 SV_TYPE_WINDOWS=0x400000 SV_TYPE_DFS=0x800000 " +
    "SV_TYPE_CLUSTER_NT=0x1000000 SV_TYPE_TERMINALSERVER=0x2000000 SV_TYPE_CLUSTER_VS_NT=0x4000000 " +
    "SV_TYPE_DCE=0x10000000 SV_TYPE_ALTERNATE_XPORT=0x20000000 SV_TYPE_LOCAL_LIST_ONLY=0x40000000 " +
    "SV_TYPE_DOMAIN_ENUM=0x80000000",
);
/** [MS-WKST] 3.2.4.13 */
const JOIN = flags(
  "NETSETUP_JOIN_DOMAIN=0x1 NETSETUP_ACCT_CREATE=0x2 NETSETUP_ACCT_DELETE=0x4 NETSETUP_WIN9X_UPGRADE=0x10 " +
    "NETSETUP_DOMAIN_JOIN_IF_JOINED=0x20 NETSETUP_JOIN_UNSECURE=0x40 NETSETUP_MACHINE_PWD_PASSED=0x80 " +
    "NETSETUP_DEFER_SPN_SET=0x100 NETSETUP_JOIN_DC_ACCOUNT=0x200 NETSETUP_JOIN_WITH_NEW_NAME=0x400 " +
    "NETSETUP_JOIN_READONLY=0x800 NETSETUP_INSTALL_INVOCATION=0x40000",
);

/** Which structure a level asks for: the methods of each kind have theirs. */
function levels(structure: string, numbers: string): Read {
  return oneOf(
    numbers
      .split(" ")
      .map((level) => `${structure}_${level}=${level}`)
      .join(" "),
  );
}

const SHARE = levels("SHARE_INFO", "0 1 2 501 502 503 1004 1005 1006 1501");
const SERVER = levels("SERVER_INFO", "100 101 102 103 502 503 599 1005 1107 1010 1016 1017 1018");
const SESSION = levels("SESSION_INFO", "0 1 2 10 502");
const CONNECTION = levels("CONNECTION_INFO", "0 1");
const FILE = levels("FILE_INFO", "2 3");
const WORKSTATION = levels("WKSTA_INFO", "100 101 102 502 1013 1018 1046");
const WORKSTATION_USER = levels("WKSTA_USER_INFO", "0 1");
const USE = levels("USE_INFO", "0 1 2 3");

export const SRVSVC: Names = {
  uuids: [uuids.SRVSVC],
  of: {
    shi1_type: SHARE_TYPE,
    shi2_type: SHARE_TYPE,
    shi501_type: SHARE_TYPE,
    shi502_type: SHARE_TYPE,
    shi503_type: SHARE_TYPE,
    coni1_type: SHARE_TYPE,
    "NetrShareCheck.Type": SHARE_TYPE,
    "NetrShareAdd.Level": SHARE,
    "NetrShareGetInfo.Level": SHARE,
    "NetrShareSetInfo.Level": SHARE,
    "SHARE_ENUM_STRUCT.Level": SHARE,
    "NetrServerGetInfo.Level": SERVER,
    "NetrServerSetInfo.Level": SERVER,
    "SESSION_ENUM_STRUCT.Level": SESSION,
    "CONNECT_ENUM_STRUCT.Level": CONNECTION,
    "NetrFileGetInfo.Level": FILE,
    "FILE_ENUM_STRUCT.Level": FILE,
    shi501_flags: SHARE_FLAGS,
    shi1005_flags: SHARE_FLAGS,
    shi2_permissions: PERMISSIONS,
    shi502_permissions: PERMISSIONS,
    shi503_permissions: PERMISSIONS,
    fi3_permissions: FILE_PERMISSIONS,
    sesi1_user_flags: SESSION_FLAGS,
    sesi2_user_flags: SESSION_FLAGS,
    sesi502_user_flags: SESSION_FLAGS,
    sesi1_time: SECONDS,
    sesi1_idle_time: SECONDS,
    sesi2_time: SECONDS,
    sesi2_idle_time: SECONDS,
    sesi10_time: SECONDS,
    sesi10_idle_time: SECONDS,
    sesi502_time: SECONDS,
    sesi502_idle_time: SECONDS,
    coni1_time: SECONDS,
    sv100_platform_id: PLATFORM,
    sv101_platform_id: PLATFORM,
    sv102_platform_id: PLATFORM,
    sv103_platform_id: PLATFORM,
    sv101_version_type: SOFTWARE,
    sv102_type: SOFTWARE,
    sv103_type: SOFTWARE,
    tod_elapsedt: UNIX_TIME,
    sts0_start: UNIX_TIME,
  },
};

export const WKSSVC: Names = {
  uuids: [uuids.WKSSVC],
  of: {
    wki100_platform_id: PLATFORM,
    wki101_platform_id: PLATFORM,
    wki102_platform_id: PLATFORM,
    "NetrWkstaGetInfo.Level": WORKSTATION,
    "NetrWkstaSetInfo.Level": WORKSTATION,
    "WKSTA_USER_ENUM_STRUCT.Level": WORKSTATION_USER,
    "NetrUseAdd.Level": USE,
    "NetrUseGetInfo.Level": USE,
    "USE_ENUM_STRUCT.Level": USE,
    "NetrJoinDomain2.Options": JOIN,
    "NetrJoinDomain3.Options": JOIN,
    "NetrUnjoinDomain2.Options": JOIN,
    "NetrUnjoinDomain3.Options": JOIN,
    "NetrRenameMachineInDomain2.Options": JOIN,
    "NetrRenameMachineInDomain3.Options": JOIN,
  },
};

/** [MS-DSSP] 2.2.1 */
export const DSSETUP: Names = {
  uuids: [uuids.DSSETUP],
  of: {
    "DSROLER_PRIMARY_DOMAIN_INFO_BASIC.Flags": flags(
      "DSROLE_PRIMARY_DS_RUNNING=0x1 DSROLE_PRIMARY_DS_MIXED_MODE=0x2 DSROLE_UPGRADE_IN_PROGRESS=0x4 " +
        "DSROLE_PRIMARY_DS_READONLY=0x8 DSROLE_PRIMARY_DOMAIN_GUID_PRESENT=0x1000000",
    ),
  },
};
