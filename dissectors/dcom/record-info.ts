/**
 * [MS-OAUT] 2.2.31 RecordInfoData: which type a record is of, as a custom marshaler puts it into an object reference.
 *
 * Not handled: the fields of the type, which its type library says.
 */
import type { Value } from "../ndr/decoded.js";
import { readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";

const RECORD_INFO_SIZE = 44;

/** Its parts by the names of the specification; null where there are fewer bytes. */
export function readRecordInfo(r: Reader): { [name: string]: Value } | null {
  if (r.left < RECORD_INFO_SIZE) return null;
  const libraryGuid = readGuid(r, "libraryGuid");
  const verMajor = r.u32("verMajor");
  const recGuid = readGuid(r, "recGuid");
  return { libraryGuid, verMajor, recGuid, verMinor: r.u32("verMinor"), Lcid: r.u32("Lcid") };
}
