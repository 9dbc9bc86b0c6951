/**
 * [MS-DCOM] 2.2.20 Context: what the context marshaler put into an OBJREF_CUSTOM, or an envoy context into an
 * OBJREF_EXTENDED. Little-endian.
 *
 * Not handled: the data of envoy properties, whose form is known to their CLSID only.
 */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";

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

const CONTEXT_FLAGS = flagsOf([[0x0002, "CTXMSHLFLAGS_BYVAL"]]);
const PROPERTY_FLAGS = flagsOf([
  [0x0001, "CPFLAG_PROPAGATE"],
  [0x0002, "CPFLAG_EXPOSE"],
  [0x0004, "CPFLAG_ENVOY"],
]);

/** [MS-DCOM] 2.2.20: 48 bytes and the properties. */
export function readContext(r: Reader): Context {
  const major = r.u16("MajorVersion");
  const minor = r.u16("MinVersion");
  const contextId = readGuid(r, "ContextId");
  const flags = r.u32("Flags", CONTEXT_FLAGS);
  r.u32("Reserved");
  r.u32("dwNumExtents");
  r.u32("cbExtents");
  const marshalFlags = r.u32("MshlFlags", hexText);
  const count = r.u32("Count");
  const frozen = r.u32("Frozen") !== 0;
  const properties: ContextProperty[] = [];
  for (let i = 0; i < count; i++) {
    r.enter("PROPMARSHALHEADER", i);
    const clsid = readGuid(r, "clsid");
    const policyId = readGuid(r, "policyId");
    const propertyFlags = r.u32("flags", PROPERTY_FLAGS);
    const data = r.window(r.u32("cb"), "cb");
    properties.push({ clsid, policyId, flags: propertyFlags, data });
    r.leave();
  }
  return { version: { major, minor }, contextId, flags, marshalFlags, frozen, properties };
}
