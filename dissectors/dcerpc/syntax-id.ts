/** [C706] 12.6.3.1 p_syntax_id_t: an interface or a transfer syntax, with its version. */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader, Show } from "../wire/reader.js";

export interface SyntaxId {
  uuid: Guid;
  major: number;
  minor: number;
}

/** The version's low half is the major number. `show` names the UUID. */
export function readSyntaxId(r: Reader, show?: Show<Guid>): SyntaxId {
  const uuid = readGuid(r, "if_uuid", show);
  r.enter("if_version");
  let major: number;
  let minor: number;
  if (r.littleEndian) {
    major = r.u16("major");
    minor = r.u16("minor");
  } else {
    minor = r.u16("minor");
    major = r.u16("major");
  }
  r.leave();
  return { uuid, major, minor };
}

/** [C706] Appendix O: the endpoint mapper's interface. */
export const ENDPOINT_MAPPER: Guid = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";

/** Interfaces that are met in datagrams only: the conversation manager of [C706] Appendix P, and PROFINET IO's. */
const DATAGRAMS_ONLY: ReadonlySet<Guid> = new Set([
  "333a2276-0000-0000-0d00-00809c000000",
  "dea00001-6c97-11d1-8271-00a02442df7d",
  "dea00002-6c97-11d1-8271-00a02442df7d",
  "dea00003-6c97-11d1-8271-00a02442df7d",
  "dea00004-6c97-11d1-8271-00a02442df7d",
]);

export function isDatagramsOnly(uuid: Guid): boolean {
  return DATAGRAMS_ONLY.has(uuid);
}
