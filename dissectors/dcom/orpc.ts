/**
 * [MS-DCOM] 2.2.13 ORPCTHIS and ORPCTHAT, the implicit first parameters of every ORPC call, and the extensions of
 * 2.2.21. They are NDR even where the rest of the stub is NDR64, in the byte order of the drep.
 *
 * Not handled: the policy data of the context extension (kept as bytes).
 */
import { malformed, WireError } from "../wire/errors.js";
import { type Guid, readGuid } from "../wire/guid.js";
import { Reader } from "../wire/reader.js";
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

/** [MS-DCOM] 2.2.13.3 ORPCTHIS: 32 bytes and its extensions. */
export function readOrpcThis(r: Reader): OrpcThis {
  r.align(4);
  const major = r.u16();
  const minor = r.u16();
  const flags = r.u32();
  const reserved1 = r.u32();
  const cid = readGuid(r);
  return { version: { major, minor }, flags, reserved1, cid, extensions: readExtensions(r) };
}

/** [MS-DCOM] 2.2.13.4 ORPCTHAT: 8 bytes and its extensions. */
export function readOrpcThat(r: Reader): OrpcThat {
  r.align(4);
  const flags = r.u32();
  return { flags, extensions: readExtensions(r) };
}

/** [MS-DCOM] 2.2.13.2: a unique pointer to ORPC_EXTENT_ARRAY, whose elements are unique pointers to ORPC_EXTENT. */
function readExtensions(r: Reader): OrpcExtension[] | null {
  if (r.u32() === 0) return null;
  const size = r.u32();
  r.u32(); // reserved
  const extensions: OrpcExtension[] = [];
  if (r.u32() === 0) return extensions;
  const count = r.u32();
  if (count > MAX_EXTENSIONS || size > count) {
    throw malformed(`${size} extensions in an array of ${count}`, r.offset - 4, "size");
  }
  let present = 0;
  for (let i = 0; i < count; i++) if (r.u32() !== 0) present++;
  for (let i = 0; i < present; i++) extensions.push(readExtension(r));
  return extensions;
}

function readExtension(r: Reader): OrpcExtension {
  r.align(4);
  const padded = r.u32();
  const id = readGuid(r);
  const size = r.u32();
  const data = r.bytes(padded).subarray(0, size);
  const name = EXTENSION_NAMES.get(id) ?? null;
  return { id, name, size, data, errorInfo: name === "error" ? tryErrorInfo(data) : null };
}

/** [MS-DCOM] 2.2.21.1: the error extension is an OBJREF; null where it is not one, or of another marshaler. */
function tryErrorInfo(data: Uint8Array): ErrorInfo | null {
  try {
    const objref = readObjref(new Reader(data, true, 0, data.length, "size"));
    if (objref.kind !== "custom" || objref.clsid !== CLSID_ERROR_OBJECT) return null;
    return readErrorInfo(objref.data);
  } catch (e) {
    if (e instanceof WireError) return null;
    throw e;
  }
}

/** [MS-DCOM] 2.2.21.2 custom-marshaled error information, little-endian. */
export function readErrorInfo(r: Reader): ErrorInfo {
  const version = r.u32();
  const helpContext = r.u32();
  const iid = readGuid(r);
  const lone: number[] = [];
  const take: LoneSurrogates = (units) => {
    for (const unit of units) lone.push(unit);
  };
  const source = readErrorString(r, take);
  const description = readErrorString(r, take);
  const helpFile = readErrorString(r, take);
  return { version, helpContext, iid, source, description, helpFile, lone };
}

/** [MS-DCOM] 2.2.21.3 ErrorInfoString behind its signature; null where the signature says that there is none. */
function readErrorString(r: Reader, lone: LoneSurrogates): string | null {
  // Whether a string of odd length is padded is not written down: a signature has one of two values.
  const signature = r.fork().u32();
  if (signature !== 0 && signature !== 0xffffffff) r.align(4);
  if (r.u32() === 0) return null;
  r.u32(); // dwMax
  r.u32(); // dwOffSet
  const actual = r.u32();
  return untilNul(utf16(r.bytes(actual * 2), true, lone));
}

/**
 * Whether a request stub whose interface is unknown starts with an ORPCTHIS: a COM version 5.1 to 5.7 and a reserved field
 * of zero. Moves the reader not at all.
 */
export function looksLikeOrpcThis(window: Reader): boolean {
  if (window.left < 32) return false;
  const r = window.fork();
  const major = r.u16();
  const minor = r.u16();
  const flags = r.u32();
  return major === 5 && minor >= 1 && minor <= 7 && flags <= 0xff && r.u32() === 0;
}
