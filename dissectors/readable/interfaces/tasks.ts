/** [MS-TSCH]: the Task Scheduler, in its three interfaces. */
import * as uuids from "../../wire/interface-uuids.js";
import type { Names } from "../place.js";
import { flags, oneOf } from "../tables.js";
import { MILLISECONDS } from "../times.js";
import { SECURITY_INFORMATION } from "../types.js";

/** 3.2.5.4.2 */
const REGISTER = flags(
  "TASK_VALIDATE_ONLY=0x1 TASK_CREATE=0x2 TASK_UPDATE=0x4 TASK_DISABLE=0x8 TASK_DONT_ADD_PRINCIPAL_ACE=0x10 " +
    "TASK_IGNORE_REGISTRATION_TRIGGERS=0x20",
);
/** 3.2.5.4.13 */
const RUN = flags(
  "TASK_RUN_AS_SELF=0x1 TASK_RUN_IGNORE_CONSTRAINTS=0x2 TASK_RUN_USE_SESSION_ID=0x4 TASK_RUN_USER_SID=0x8",
);
const ENUMERATE = flags("TASK_ENUM_HIDDEN=0x1");
const SECURITY = flags("TASK_DONT_ADD_PRINCIPAL_ACE=0x10");
/** 2.3.9 */
const LOGON = oneOf(
  "TASK_LOGON_NONE=0 TASK_LOGON_PASSWORD=1 TASK_LOGON_S4U=2 TASK_LOGON_INTERACTIVE_TOKEN=3 TASK_LOGON_GROUP=4 " +
    "TASK_LOGON_SERVICE_ACCOUNT=5 TASK_LOGON_INTERACTIVE_TOKEN_OR_PASSWORD=6",
);
/** 2.3.13 */
const STATE = oneOf(
  "TASK_STATE_UNKNOWN=0 TASK_STATE_DISABLED=1 TASK_STATE_QUEUED=2 TASK_STATE_READY=3 TASK_STATE_RUNNING=4",
);
/** 2.3.7 */
const JOB = flags(
  "TASK_FLAG_INTERACTIVE=0x1 TASK_FLAG_DELETE_WHEN_DONE=0x2 TASK_FLAG_DISABLED=0x4 TASK_FLAG_START_ONLY_IF_IDLE=0x10 " +
    "TASK_FLAG_KILL_ON_IDLE_END=0x20 TASK_FLAG_DONT_START_IF_ON_BATTERIES=0x40 TASK_FLAG_KILL_IF_GOING_ON_BATTERIES=0x80 " +
    "TASK_FLAG_HIDDEN=0x200 TASK_FLAG_RESTART_ON_IDLE_RESUME=0x800 TASK_FLAG_SYSTEM_REQUIRED=0x1000 " +
    "TASK_FLAG_RUN_ONLY_IF_LOGGED_ON=0x2000",
);
/** 2.3.4 AT_INFO */
const AT_FLAGS = flags(
  "JOB_RUN_PERIODICALLY=0x1 JOB_EXEC_ERROR=0x2 JOB_RUNS_TODAY=0x4 JOB_ADD_CURRENT_DATE=0x8 JOB_NONINTERACTIVE=0x10",
);
const WEEKDAYS = flags(
  "Monday=0x1 Tuesday=0x2 Wednesday=0x4 Thursday=0x8 Friday=0x10 Saturday=0x20 Sunday=0x40",
);
const DAYS = flags(Array.from({ length: 31 }, (_, i) => `${i + 1}=${2 ** i}`).join(" "));

/** ITaskSchedulerService. */
export const TASKS: Names = {
  uuids: [uuids.ITASKSCHEDULERSERVICE],
  of: {
    "SchRpcRegisterTask.flags": REGISTER,
    "SchRpcCreateFolder.flags": SECURITY,
    "SchRpcSetSecurity.flags": SECURITY,
    "SchRpcRun.flags": RUN,
    "SchRpcEnumFolders.flags": ENUMERATE,
    "SchRpcEnumTasks.flags": ENUMERATE,
    "SchRpcEnumInstances.flags": ENUMERATE,
    logonType: LOGON,
    pState: STATE,
    securityInformation: SECURITY_INFORMATION,
  },
};

/** ATSvc and SASec. */
export const AT: Names = {
  uuids: [uuids.ATSVC, uuids.SASEC],
  of: {
    "AT_INFO.Flags": AT_FLAGS,
    "AT_ENUM.Flags": AT_FLAGS,
    DaysOfWeek: WEEKDAYS,
    DaysOfMonth: DAYS,
    JobTime: MILLISECONDS,
    dwJobFlags: JOB,
  },
};
