/**
 * [MS-DCOM] 2.2.22 activation properties: the bytes of an OBJREF_CUSTOM whose marshaler is ActivationPropertiesIn
 * or ActivationPropertiesOut. A CustomHeader lists properties by CLSID with their sizes; header and properties are
 * type serialization streams ([MS-RPCE] 2.2.6), each with its own header, of types that the IDL declares.
 *
 * A property whose size or content lies costs that property only. Properties that [MS-DCOM] does not name are
 * kept as hex.
 */

import { readNested } from "../ndr/decode.js";
import type { Container, DecodeState, Key } from "../ndr/decode-state.js";
import type { Value } from "../ndr/decoded.js";
import type { NdrType } from "../ndr/types.js";
import { malformed, unsupported, type WireError } from "../wire/errors.js";
import { type Guid, hex } from "../wire/guid.js";
import { CAPTURED, type Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";

/** [MS-DCOM] 1.9. */
export const CLSID_ACTIVATION_PROPERTIES_IN: Guid = "00000338-0000-0000-c000-000000000046";
export const CLSID_ACTIVATION_PROPERTIES_OUT: Guid = "00000339-0000-0000-c000-000000000046";

interface Property {
  /** Name of its CLSID without the prefix. */
  name: string;
  /** Name of its structure in the IDL, by the bytes that it has in the stream. */
  type(size: number): string;
}

function property(name: string, type: string): Property {
  return { name, type: () => type };
}

/** [MS-DCOM] 2.2.22.2.2: SpecialPropertiesData takes 84 bytes, padded to 88; its alternate form 80. */
const SPECIAL_PROPERTIES_SIZE = 84;

/** [MS-DCOM] 1.9 and 2.2.22.2. */
const PROPERTIES: ReadonlyMap<Guid, Property> = new Map([
  ["000001ab-0000-0000-c000-000000000046", property("InstantiationInfo", "InstantiationInfoData")],
  ["000001a5-0000-0000-c000-000000000046", property("ActivationContextInfo", "ActivationContextInfoData")],
  ["000001a6-0000-0000-c000-000000000046", property("SecurityInfo", "SecurityInfoData")],
  ["000001a4-0000-0000-c000-000000000046", property("ServerLocationInfo", "LocationInfoData")],
  ["000001ad-0000-0000-c000-000000000046", property("InstanceInfo", "InstanceInfoData")],
  [
    "000001b9-0000-0000-c000-000000000046",
    {
      name: "SpecialSystemProperties",
      type: (size) =>
        size >= SPECIAL_PROPERTIES_SIZE ? "SpecialPropertiesData" : "SpecialPropertiesData_Alternate",
    },
  ],
  ["000001aa-0000-0000-c000-000000000046", property("ScmRequestInfo", "ScmRequestInfoData")],
  ["000001b6-0000-0000-c000-000000000046", property("ScmReplyInfo", "ScmReplyInfoData")],
  [CLSID_ACTIVATION_PROPERTIES_OUT, property("PropsOutInfo", "PropsOutInfo")],
]);

export function isActivation(clsid: Guid): boolean {
  return clsid === CLSID_ACTIVATION_PROPERTIES_IN || clsid === CLSID_ACTIVATION_PROPERTIES_OUT;
}

/** Reads the blob `data` into `value.header` and `value.properties`. */
export function activationProperties(
  state: DecodeState,
  data: Reader,
  value: { [name: string]: Value },
): void {
  const properties: { [name: string]: Value } = {};
  value.properties = properties;
  const fault = state.attempt(data.fork(), () => {
    const r = state.reader;
    const size = r.u32("dwSize");
    r.u32("dwReserved");
    if (size > r.left && r.bound !== CAPTURED) {
      const message = `${state.path()}: dwSize is ${size} where ${r.left} bytes are left`;
      state.note("warning", "activation-size", message);
    }
    // Where the blob itself is cut short, what is missing was not captured.
    const bound = size > r.left && r.bound !== "ulCntData" ? r.bound : "dwSize";
    const blob = r.over(r.offset, Math.min(r.offset + size, r.end), bound, true);
    const header = readHeader(state, blob, value);
    readProperties(state, blob, header, properties);
  });
  if (fault !== null) {
    reportMalformed(state, fault);
    if (value.header === undefined) value.data = hex(data.fork().rest());
  }
}

/** [MS-RPCE] 2.2.6.1 Endianness. */
const LITTLE_ENDIAN = 0x10;

interface Header {
  headerSize: number;
  clsids: Guid[];
  sizes: number[];
}

/** [MS-DCOM] 2.2.22.1 CustomHeader, in front of which the blob's reader stands. */
function readHeader(state: DecodeState, blob: Reader, value: { [name: string]: Value }): Header {
  const fault = readSerialized(state, blob.fork(), "CustomHeader", () => "CustomHeader", value, "header");
  const h = value.header as { [name: string]: Value } | undefined;
  const clsids = (h?.pclsid ?? []) as Guid[];
  const sizes = (h?.pSizes ?? []) as number[];
  const headerSize = h?.headerSize;
  if (typeof headerSize !== "number" || !Array.isArray(clsids) || !Array.isArray(sizes)) {
    throw fault ?? malformed("no CustomHeader", blob.offset, "CustomHeader");
  }
  if (fault !== null) reportMalformed(state, fault);
  return { headerSize, clsids, sizes };
}

function readProperties(state: DecodeState, blob: Reader, h: Header, into: { [name: string]: Value }): void {
  let at = blob.offset + h.headerSize;
  const depth = state.depth;
  state.keys[state.depth++] = "properties";
  const level = state.depth++;
  for (let i = 0; i < h.clsids.length; i++) {
    const clsid = h.clsids[i]!;
    const size = h.sizes[i] ?? 0;
    const known = PROPERTIES.get(clsid);
    const name = freeName(known?.name ?? clsid, into);
    state.keys[level] = name;
    const start = Math.min(at, blob.end);
    const end = Math.min(at + size, blob.end);
    const window = blob.over(start, end, at + size > blob.end ? blob.bound : "pSizes", true);
    at += size;
    if (window.left === 0) {
      if (window.bound !== CAPTURED) {
        state.note("warning", "activation-malformed", `${state.path()}: no bytes of its ${size} are left`);
      }
      into[name] = null;
      continue;
    }
    if (known === undefined) {
      into[name] = hex(window.rest(name));
      state.note(
        "info",
        "activation-property-unknown",
        `${state.path()}: a property that [MS-DCOM] does not define`,
      );
      continue;
    }
    const fault = readSerialized(state, window, name, known.type, into, name);
    if (fault === null) continue;
    reportMalformed(state, fault);
    into[name] ??= hex(window.data.subarray(window.origin, window.end));
  }
  state.depth = depth;
}

/** What was cut off is not the sender's fault: the stub that lacks it says so. */
function reportMalformed(state: DecodeState, fault: WireError): void {
  if (fault.kind === "incomplete") return;
  state.note("warning", "activation-malformed", `${fault.path}: ${fault.message}`);
}

/** A property that is listed twice keeps both values. */
function freeName(name: string, into: object): string {
  let free = name;
  for (let n = 2; free in into; n++) free = `${name} (${n})`;
  return free;
}

/**
 * [MS-RPCE] 2.2.6: one constructed type in a serialization stream of version 1, which fills `window`. The error
 * that ended it early, or null.
 */
function readSerialized(
  state: DecodeState,
  window: Reader,
  field: string,
  typeName: (size: number) => string,
  into: Container,
  key: Key,
): WireError | null {
  return state.attempt(window, () => {
    const r = window;
    r.enter(field);
    r.enter("CommonHeader");
    const version = r.u8("Version");
    const endianness = r.u8("Endianness", endiannessName);
    r.u16("CommonHeaderLength");
    r.u32("Filler", hexText);
    r.leave();
    if (version !== 1) throw malformed(`type serialization version ${version}`, r.offset, "Version");
    const little = endianness === LITTLE_ENDIAN;
    r.littleEndian = little;
    r.enter("PrivateHeader");
    const size = r.u32("ObjectBufferLength");
    r.u32("Filler", hexText);
    r.leave();
    const name = typeName(Math.min(size, r.left));
    const type: NdrType | undefined = state.ctx.types.get(name);
    if (type === undefined) throw unsupported(`the IDL declares no ${name}`, r.offset);
    const object = r.windowAtMost(size, "ObjectBufferLength", little);
    state.reader = object;
    readNested(state, type, "ndr", into, key);
    object.rest("padding");
  });
}

function endiannessName(endianness: number): string {
  return endianness === LITTLE_ENDIAN ? "little-endian" : hexText(endianness);
}
