/**
 * [MS-DCOM] 2.2.13 ORPCTHIS and ORPCTHAT, the implicit first parameters of every ORPC call, and the extensions of
 * 2.2.21. They are NDR even where the rest of the stub is NDR64, in the byte order of the drep.
 *
 * Not handled: the policy data of the context extension (kept as bytes).
 */
import { malformed, WireError } from "../wire/errors.js";
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { type LoneSurrogates, untilNul, utf16 } from "../wire/text.js";
import { readObjref } from "./objref.js";

/** [MS-DCOM] 1.9: identifiers of ORPC extensions and of the error object's marshaler. */
const CLSID_ERROR_EXTENSION = "0000031c-0000-0000-c000-000000000046";
const CLSID_CONTEXT_EXTENSION = "00000334-0000-0000-c000-000000000046";
export const CLSID_ERROR_OBJECT = "0000031b-0000-0000-c000-000000000046";
/** Not in [MS-DCOM]: sent by debuggers that step into a call. */
const DEBUG_EXTENSION = "f1f19680-4d2a-11ce-a66a-0020af6e72f4";

const EXTENSION_NAMES: ReadonlyMap<Guid, string> = new Map([
  [CLSID_ERROR_EXTENSION, "error"],
  [CLSID_CONTEXT_EXTENSION, "context"],
  [DEBUG_EXTENSION, "debug"],
]);

/** More extensions than any implementation sends. */
const MAX_EXTENSIONS = 256;

/** [MS-DCOM] 2.2.11. */
export interface ComVersion {
  major: number;
  minor: number;
}

/** [MS-DCOM] 2.2.21.2: what a custom-marshaled error object says. */
export interface ErrorInfo {
  version: number;
  helpContext: number;
  iid: Guid;
  source: string | null;
  description: string | null;
  helpFile: string | null;
  /** Lone surrogates of the three texts. */
  lone: number[];
}

/** [MS-DCOM] 2.2.13.1 ORPC_EXTENT. */
export interface OrpcExtension {
  id: Guid;
  /** `error`, `context`, `debug`, or null. */
  name: string | null;
  size: number;
  data: Uint8Array;
  /** Filled for the error extension, where its data can be read. */
  errorInfo: ErrorInfo | null;
}

export interface OrpcThis {
  version: ComVersion;
  flags: number;
  reserved1: number;
  /** The causality identifier. */
  cid: Guid;
  extensions: OrpcExtension[] | null;
}

export interface OrpcThat {
  flags: number;
  extensions: OrpcExtension[] | null;
}

/** [MS-DCOM] 2.2.13.3: what stands in front of the parameters of a request. */
export function readOrpcThis(r: Reader): OrpcThis {
  return r.part("ORPCTHIS", orpcThis, null);
}

/** [MS-DCOM] 2.2.13.4: what stands in front of those of a response. */
export function readOrpcThat(r: Reader): OrpcThat {
  return r.part("ORPCTHAT", orpcThat, null);
}

/** ORPCTHIS: 32 bytes and its extensions. */
export function orpcThis(r: Reader): OrpcThis {
  r.align(4);
  r.enter("version");
  const major = r.u16("MajorVersion");
  const minor = r.u16("MinorVersion");
  r.leave();
  const flags = r.u32("flags", FLAGS);
  const reserved1 = r.u32("reserved1");
  const cid = readGuid(r, "cid");
  return { version: { major, minor }, flags, reserved1, cid, extensions: readExtensions(r) };
}

/** ORPCTHAT: 8 bytes and its extensions. */
export function orpcThat(r: Reader): OrpcThat {
  r.align(4);
  const flags = r.u32("flags", FLAGS);
  return { flags, extensions: readExtensions(r) };
}

/** [MS-DCOM] 2.2.13.2: a unique pointer to ORPC_EXTENT_ARRAY, whose elements are unique pointers to ORPC_EXTENT. */
function readExtensions(r: Reader): OrpcExtension[] | null {
  if (r.u32("extensions") === 0) return null;
  return r.part("ORPC_EXTENT_ARRAY", readExtentArray, null);
}

function readExtentArray(r: Reader): OrpcExtension[] {
  const size = r.u32("size");
  r.u32("reserved");
  const extensions: OrpcExtension[] = [];
  if (r.u32("extent") === 0) return extensions;
  const count = r.u32("max_count");
  if (count > MAX_EXTENSIONS || size > count) {
    throw malformed(`${size} extensions in an array of ${count}`, r.offset - 4, "size");
  }
  let present = 0;
  for (let i = 0; i < count; i++) if (r.u32("referent_id") !== 0) present++;
  for (let i = 0; i < present; i++) {
    r.enter("ORPC_EXTENT", i);
    extensions.push(readExtension(r));
    r.leave();
  }
  return extensions;
}

function readExtension(r: Reader): OrpcExtension {
  r.align(4);
  const padded = r.u32("max_count");
  const id = readGuid(r, "id", extensionName);
  const size = r.u32("size");
  const body = r.window(padded, "max_count");
  const data = body.data.subarray(body.offset, body.offset + Math.min(padded, size));
  const name = EXTENSION_NAMES.get(id) ?? null;
  if (name !== "error") {
    body.skip(data.length, "data");
    return { id, name, size, data, errorInfo: null };
  }
  return { id, name, size, data, errorInfo: tryErrorInfo(body.window(data.length, "size", true)) };
}

/** [MS-DCOM] 2.2.21.1: the error extension is an OBJREF; null where it is not one, or of another marshaler. */
function tryErrorInfo(data: Reader): ErrorInfo | null {
  try {
    return data.part("data", readErrorObjref, null);
  } catch (e) {
    if (e instanceof WireError) return null;
    throw e;
  }
}

function readErrorObjref(r: Reader): ErrorInfo | null {
  const objref = readObjref(r);
  r.offset = r.end;
  if (objref.kind !== "custom" || objref.clsid !== CLSID_ERROR_OBJECT) return null;
  return objref.data.part("pObjectData", readErrorInfo, null);
}

function extensionName(id: Guid): string {
  return EXTENSION_NAMES.get(id) ?? id;
}

/** [MS-DCOM] 2.2.13.3, 2.2.13.4: who may receive the call, and what stands in the extensions. */
const FLAGS = flagsOf([
  [0x0001, "ORPCF_LOCAL"],
  [0x0002, "ORPCF_RESERVED1"],
  [0x0004, "ORPCF_RESERVED2"],
  [0x0008, "ORPCF_RESERVED3"],
  [0x0010, "ORPCF_RESERVED4"],
]);

/** [MS-DCOM] 2.2.21.2 custom-marshaled error information, little-endian. */
export function readErrorInfo(r: Reader): ErrorInfo {
  const version = r.u32("dwVersion");
  const helpContext = r.u32("dwHelpContext");
  const iid = readGuid(r, "iid");
  const lone: number[] = [];
  const take: LoneSurrogates = (units) => {
    for (const unit of units) lone.push(unit);
  };
  const source = readErrorString(r, take, "Source");
  const description = readErrorString(r, take, "Description");
  const helpFile = readErrorString(r, take, "HelpFile");
  return { version, helpContext, iid, source, description, helpFile, lone };
}

/** [MS-DCOM] 2.2.21.3 ErrorInfoString behind its signature; null where the signature says that there is none. */
function readErrorString(r: Reader, lone: LoneSurrogates, field: string): string | null {
  r.enter(field);
  const text = readErrorText(r, lone);
  r.leave();
  return text;
}

function readErrorText(r: Reader, lone: LoneSurrogates): string | null {
  // Whether a string of odd length is padded is not written down: a signature has one of two values.
  const signature = r.ahead().u32();
  if (signature !== 0 && signature !== 0xffffffff) r.align(4);
  if (r.u32("dwSignature") === 0) return null;
  r.u32("dwMax");
  r.u32("dwOffSet");
  const actual = r.u32("dwActual");
  const start = r.offset;
  const text = untilNul(utf16(r.bytes(actual * 2), true, lone));
  r.note("Name", start, text);
  return text;
}

/**
 * Whether a request stub whose interface is unknown starts with an ORPCTHIS: a COM version 5.1 to 5.7 and a reserved field
 * of zero. Moves the reader not at all.
 */
export function looksLikeOrpcThis(window: Reader): boolean {
  if (window.left < 32) return false;
  const r = window.ahead();
  const major = r.u16();
  const minor = r.u16();
  const flags = r.u32();
  return major === 5 && minor >= 1 && minor <= 7 && flags <= 0xff && r.u32() === 0;
}
