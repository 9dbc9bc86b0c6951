/**
 * [MS-DCOM] 2.2.20 Context: what the context marshaler put into an OBJREF_CUSTOM, or an envoy context into an
 * OBJREF_EXTENDED. Little-endian.
 *
 * Not handled: the data of envoy properties, whose form is known to their CLSID only.
 */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";

/** [MS-DCOM] 1.9. */
export const CLSID_CONTEXT_MARSHALER: Guid = "0000033b-0000-0000-c000-000000000046";

/** [MS-DCOM] 2.2.20.1 PROPMARSHALHEADER. */
export interface ContextProperty {
  /** The nil GUID where `data` is an OBJREF. */
  clsid: Guid;
  policyId: Guid;
  flags: number;
  data: Reader;
}

export interface Context {
  version: { major: number; minor: number };
  contextId: Guid;
  flags: number;
  marshalFlags: number;
  frozen: boolean;
  properties: ContextProperty[];
}

/** [MS-DCOM] 2.2.20: 48 bytes and the properties. */
export function readContext(r: Reader): Context {
  const major = r.u16();
  const minor = r.u16();
  const contextId = readGuid(r);
  const flags = r.u32();
  r.skip(12); // Reserved, dwNumExtents, cbExtents
  const marshalFlags = r.u32();
  const count = r.u32();
  const frozen = r.u32() !== 0;
  const properties: ContextProperty[] = [];
  for (let i = 0; i < count; i++) {
    const clsid = readGuid(r);
    const policyId = readGuid(r);
    const propertyFlags = r.u32();
    const data = r.window(r.u32(), "cb");
    properties.push({ clsid, policyId, flags: propertyFlags, data });
  }
  return { version: { major, minor }, contextId, flags, marshalFlags, frozen, properties };
}
