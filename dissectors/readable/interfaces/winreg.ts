/** [MS-RRP]: the remote registry. */

import type { Value } from "../../ndr/decoded.js";
import * as uuids from "../../wire/interface-uuids.js";
import type { Around, Names, Read } from "../place.js";
import { registryValue } from "../registry.js";
import { flags, numberOf, oneOf, rights } from "../tables.js";

/** 2.2.3 REGSAM */
const REGSAM = rights(
  "KEY_QUERY_VALUE=1 KEY_SET_VALUE=2 KEY_CREATE_SUB_KEY=4 KEY_ENUMERATE_SUB_KEYS=8 KEY_NOTIFY=0x10 KEY_CREATE_LINK=0x20 " +
    "KEY_WOW64_64KEY=0x100 KEY_WOW64_32KEY=0x200 KEY_ALL_ACCESS=0xf003f KEY_READ=0x20019 KEY_WRITE=0x20006",
);
/** 3.1.5.7 and 3.1.5.15 */
const OPTIONS = flags(
  "REG_OPTION_NON_VOLATILE=0 REG_OPTION_VOLATILE=1 REG_OPTION_CREATE_LINK=2 REG_OPTION_BACKUP_RESTORE=4 " +
    "REG_OPTION_OPEN_LINK=8",
);
const DISPOSITION = oneOf("REG_CREATED_NEW_KEY=1 REG_OPENED_EXISTING_KEY=2");
/** 3.1.1.5 */
export const REG_TYPE = oneOf(
  "REG_NONE=0 REG_SZ=1 REG_EXPAND_SZ=2 REG_BINARY=3 REG_DWORD=4 REG_DWORD_BIG_ENDIAN=5 REG_LINK=6 REG_MULTI_SZ=7 " +
    "REG_RESOURCE_LIST=8 REG_FULL_RESOURCE_DESCRIPTOR=9 REG_RESOURCE_REQUIREMENTS_LIST=10 REG_QWORD=11",
);
/** 3.1.5.20 and 3.1.5.28 */
const RESTORE = flags("REG_WHOLE_HIVE_VOLATILE=1 REG_REFRESH_HIVE=2 REG_NO_LAZY_FLUSH=4 REG_FORCE_RESTORE=8");
const SAVE = oneOf("REG_STANDARD_FORMAT=1 REG_LATEST_FORMAT=2 REG_NO_COMPRESSION=4");

/** Data by the type beside it. What was only asked for comes back by its answer. */
export function dataBy(type: string): Read {
  return (value: Value, { members }: Around) => {
    const kind = numberOf(members[type] ?? null);
    return typeof value !== "string" || kind === null ? null : registryValue(kind, value);
  };
}

export const WINREG: Names = {
  uuids: [uuids.WINREG],
  of: {
    samDesired: REGSAM,
    AccessMask: REGSAM,
    dwOptions: OPTIONS,
    lpdwDisposition: DISPOSITION,
    dwType: REG_TYPE,
    lpType: REG_TYPE,
    ve_type: REG_TYPE,
    "BaseRegSetValue.lpData": dataBy("dwType"),
    lpData: dataBy("lpType"),
    "BaseRegRestoreKey.Flags": RESTORE,
    "BaseRegSaveKeyEx.Flags": SAVE,
  },
};
