/** [C706] 12.6.3.1 p_syntax_id_t: an interface or a transfer syntax, with its version. */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";

export interface SyntaxId {
  uuid: Guid;
  major: number;
  minor: number;
}

/** The version's low half is the major number. */
export function readSyntaxId(r: Reader): SyntaxId {
  const uuid = readGuid(r);
  const version = r.u32();
  return { uuid, major: version & 0xffff, minor: version >>> 16 };
}

/** [C706] Appendix O: the endpoint mapper's interface. */
export const ENDPOINT_MAPPER: Guid = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
