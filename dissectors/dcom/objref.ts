/**
 * [MS-DCOM] 2.2.18 OBJREF and 2.2.19 DUALSTRINGARRAY: marshalled object references. Little-endian whatever the
 * NDR data representation label says.
 *
 * Not handled: what a custom marshaler put into OBJREF_CUSTOM's data (activation properties: activation.ts).
 */

import { malformed, WireError } from "../wire/errors.js";
import { type Guid, readGuid, readHex64 } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText, nameIn } from "../wire/show.js";
import { type LoneSurrogates, utf16 } from "../wire/text.js";

/** [MS-DCOM] 2.2.18.1: "MEOW". */
const OBJREF_SIGNATURE = 0x574f454d;

/** [MS-DCOM] 2.2.18.1 flags. */
const OBJREF_STANDARD = 0x1;
const OBJREF_HANDLER = 0x2;
const OBJREF_CUSTOM = 0x4;
const OBJREF_EXTENDED = 0x8;

const FORMS = nameIn(
  new Map([
    [OBJREF_STANDARD, "OBJREF_STANDARD"],
    [OBJREF_HANDLER, "OBJREF_HANDLER"],
    [OBJREF_CUSTOM, "OBJREF_CUSTOM"],
    [OBJREF_EXTENDED, "OBJREF_EXTENDED"],
  ]),
);

/** [MS-DCOM] 2.2.18.7 Signature1 and Signature2: "NSYV" as it reads from its high byte, little-endian. */
const EXTENDED_SIGNATURE = 0x4e535956;

/** [MS-DCOM] 2.2.18.2 STDOBJREF: who exports the object (OXID), which object (OID), which interface of it (IPID). */
export interface StdObjref {
  flags: number;
  publicRefs: number;
  /** 16 hex digits. */
  oxid: string;
  /** 16 hex digits. */
  oid: string;
  ipid: Guid;
}

/** [MS-DCOM] 2.2.19.3 STRINGBINDING. */
export interface StringBinding {
  towerId: number;
  address: string;
}

/** [MS-DCOM] 2.2.19.4 SECURITYBINDING. */
export interface SecurityBinding {
  authnSvc: number;
  principal: string;
}

/** [MS-DCOM] 2.2.19 DUALSTRINGARRAY. */
export interface DualStringArray {
  stringBindings: StringBinding[];
  securityBindings: SecurityBinding[];
  /** Why the array could not be read to its end. */
  fault?: WireError;
  /** Lone surrogates of its texts. */
  lone?: number[];
}

/** [MS-DCOM] 2.2.18.7 OBJREF_EXTENDED's DATAELEMENT. */
export interface DataElement {
  dataId: Guid;
  data: Uint8Array;
}

/** [MS-DCOM] 2.2.18 OBJREF, distinguished by `kind`. `fault`: why what follows `std` could not be read to its end. */
export type Objref = { iid: Guid; flags: number; fault?: WireError } & (
  | { kind: "standard"; std: StdObjref; bindings: DualStringArray }
  | { kind: "handler"; std: StdObjref; clsid: Guid; bindings: DualStringArray }
  | { kind: "custom"; clsid: Guid; extension: number; data: Reader }
  | { kind: "extended"; std: StdObjref; bindings: DualStringArray; elements: DataElement[] }
);

/** Protocol tower identifiers of string bindings. [MS-DCOM] 2.2.19.3, [MS-RPCE] 2.1, [C706] Appendix I. */
const TOWERS: ReadonlyMap<number, string> = new Map([
  [0x04, "ncacn_dnet_nsp"],
  [0x07, "ncacn_ip_tcp"],
  [0x08, "ncadg_ip_udp"],
  [0x09, "ncacn_nb_tcp"],
  [0x0c, "ncacn_spx"],
  [0x0d, "ncacn_nb_ipx"],
  [0x0e, "ncadg_ipx"],
  [0x0f, "ncacn_np"],
  [0x10, "ncalrpc"],
  [0x12, "ncacn_nb_nb"],
  [0x1f, "ncacn_http"],
]);

export function towerName(id: number): string {
  return TOWERS.get(id) ?? `0x${id.toString(16).padStart(4, "0")}`;
}

/** Authentication services of security bindings: [MS-DCOM] 2.2.19.4, [MS-RPCE] 2.2.1.1.7, and rpcdce.h for the rest. */
const AUTHN_SERVICES: ReadonlyMap<number, string> = new Map([
  [0x01, "RPC_C_AUTHN_DCE_PRIVATE"],
  [0x02, "RPC_C_AUTHN_DCE_PUBLIC"],
  [0x04, "RPC_C_AUTHN_DEC_PUBLIC"],
  [0x09, "RPC_C_AUTHN_GSS_NEGOTIATE"],
  [0x0a, "RPC_C_AUTHN_WINNT"],
  [0x0e, "RPC_C_AUTHN_GSS_SCHANNEL"],
  [0x10, "RPC_C_AUTHN_GSS_KERBEROS"],
  [0x11, "RPC_C_AUTHN_DPA"],
  [0x12, "RPC_C_AUTHN_MSN"],
  [0x14, "RPC_C_AUTHN_KERNEL"],
  [0x15, "RPC_C_AUTHN_DIGEST"],
  [0x1e, "RPC_C_AUTHN_NEGO_EXTENDER"],
  [0x1f, "RPC_C_AUTHN_PKU2U"],
  [0x44, "RPC_C_AUTHN_NETLOGON"],
  [0x64, "RPC_C_AUTHN_MQ"],
  [0xffff, "RPC_C_AUTHN_DEFAULT"],
]);

/** The name of an authentication service, or null. */
export function authnServiceName(id: number): string | null {
  return AUTHN_SERVICES.get(id) ?? null;
}

/** [MS-DCOM] 2.2.18.2 STDOBJREF, 40 bytes, in the reader's byte order (an NDR structure in REMQIRESULT). */
function readStdObjref(r: Reader): StdObjref {
  const flags = r.u32("flags", STD_FLAGS);
  const publicRefs = r.u32("cPublicRefs");
  const oxid = readHex64(r, "oxid");
  const oid = readHex64(r, "oid");
  return { flags, publicRefs, oxid, oid, ipid: readGuid(r, "ipid") };
}

/** [MS-DCOM] 2.2.18.2. */
const STD_FLAGS = flagsOf([[0x00001000, "SORF_NOPING"]]);

/**
 * [MS-DCOM] 2.2.19 DUALSTRINGARRAY as it stands in an OBJREF: wNumEntries, wSecurityOffset (both count 16-bit
 * units), then the array.
 */
function readDualStringArray(r: Reader): DualStringArray {
  const entries = r.u16("wNumEntries");
  const securityOffset = r.u16("wSecurityOffset");
  return readDualStringEntries(r, entries, securityOffset);
}

/**
 * The aStringArray part: `entries` 16-bit units, the security bindings beginning at unit `securityOffset`. What can
 * be read is kept: an array that breaks off has a `fault`.
 */
export function readDualStringEntries(r: Reader, entries: number, securityOffset: number): DualStringArray {
  const units = r.windowAtMost(entries * 2, "wNumEntries");
  if (units.end - units.offset < entries * 2) r.offset = r.end;
  const array: DualStringArray = { stringBindings: [], securityBindings: [] };
  try {
    readBindings(units, entries, securityOffset, array);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    array.fault = e;
  }
  return array;
}

function readBindings(units: Reader, entries: number, securityOffset: number, into: DualStringArray): void {
  if (entries === 0) return;
  const lone: LoneSurrogates = (found) => {
    into.lone ??= [];
    for (const unit of found) into.lone.push(unit);
  };
  const whole = units.left >= entries * 2;
  const strings = units.windowAtMost(Math.min(securityOffset, entries) * 2, "wSecurityOffset");
  while (strings.left >= 2) {
    const start = strings.offset;
    const towerId = strings.u16();
    if (towerId === 0) {
      strings.note("nullterm1", start, 0);
      break;
    }
    strings.enter("STRINGBINDING", into.stringBindings.length);
    strings.note("wTowerId", start, towerId, towerName);
    into.stringBindings.push({ towerId, address: readTerminated(strings, lone, "aNetworkAddr") });
    strings.leave();
  }
  if (!whole) {
    // Half an address names another machine.
    const { data, offset } = strings;
    const cut = strings.left < 2 && (data[offset - 1] !== 0 || data[offset - 2] !== 0);
    if (cut) into.stringBindings.pop();
    units.need(entries * 2);
  }
  if (securityOffset > entries) {
    throw malformed("wSecurityOffset beyond wNumEntries", units.offset, "wNumEntries");
  }
  while (units.left >= 2) {
    const start = units.offset;
    const authnSvc = units.u16();
    if (authnSvc === 0) {
      units.note("nullterm2", start, 0);
      break;
    }
    units.enter("SECURITYBINDING", into.securityBindings.length);
    units.note("wAuthnSvc", start, authnSvc, shownService);
    units.u16("Reserved");
    into.securityBindings.push({ authnSvc, principal: readTerminated(units, lone, "aPrincName") });
    units.leave();
  }
}

/** A NUL-terminated run of UTF-16 code units; the end of the window ends it as well. */
function readTerminated(r: Reader, lone: LoneSurrogates, field: string): string {
  const start = r.offset;
  let end = start;
  while (r.left >= 2) {
    if (r.u16() === 0) break;
    end = r.offset;
  }
  const text = utf16(r.data.subarray(start, end), r.littleEndian, lone);
  r.note(field, start, text);
  return text;
}

function shownService(id: number): string {
  return authnServiceName(id) ?? hexText(id);
}

/**
 * [MS-DCOM] 2.2.18 OBJREF filling the window `r`, which is read little-endian. Fails where there is no header or
 * no STDOBJREF; what is wrong behind them is in `fault`.
 */
export function readObjref(window: Reader): Objref {
  const r = window.fork();
  r.littleEndian = true;
  const signature = r.u32("signature", hexText);
  if (signature !== OBJREF_SIGNATURE) {
    throw malformed("OBJREF signature is not MEOW", r.offset - 4, "signature");
  }
  const flags = r.u32("flags", FORMS);
  const iid = readGuid(r, "iid");
  switch (flags) {
    case OBJREF_STANDARD: {
      const std = r.part("std", readStdObjref, null);
      return faulty({ kind: "standard", iid, flags, std, bindings: NO_BINDINGS }, () =>
        r.part("saResAddr", readDualStringArray, null),
      );
    }
    case OBJREF_HANDLER: {
      const std = r.part("std", readStdObjref, null);
      const clsid = readGuid(r, "clsid");
      return faulty({ kind: "handler", iid, flags, std, clsid, bindings: NO_BINDINGS }, () =>
        r.part("saResAddr", readDualStringArray, null),
      );
    }
    case OBJREF_CUSTOM: {
      const clsid = readGuid(r, "clsid");
      const extension = r.u32("cbExtension");
      // The size of pObjectData by some senders, ignored on receipt.
      r.u32("reserved");
      const data = r.over(r.offset, r.end, r.bound);
      return { kind: "custom", iid, flags, clsid, extension, data };
    }
    case OBJREF_EXTENDED: {
      const std = r.part("std", readStdObjref, null);
      const elements: DataElement[] = [];
      return faulty({ kind: "extended", iid, flags, std, bindings: NO_BINDINGS, elements }, () =>
        readExtended(r, elements),
      );
    }
    default:
      throw malformed(`OBJREF flags ${flags} name no form of object reference`, r.offset - 20, "flags");
  }
}

const NO_BINDINGS: DualStringArray = { stringBindings: [], securityBindings: [] };

/** Completes an object reference with its bindings; a fault in them does not cost what stood before. */
function faulty<T extends Exclude<Objref, { kind: "custom" }>>(objref: T, read: () => DualStringArray): T {
  try {
    objref.bindings = read();
    if (objref.bindings.fault !== undefined) objref.fault = objref.bindings.fault;
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    objref.fault = e;
  }
  return objref;
}

/** [MS-DCOM] 2.2.18.7 OBJREF_EXTENDED behind its STDOBJREF. */
function readExtended(r: Reader, elements: DataElement[]): DualStringArray {
  const signature1 = r.u32("Signature1", hexText);
  if (signature1 !== EXTENDED_SIGNATURE) {
    throw malformed("OBJREF_EXTENDED signature is not NSYV", r.offset - 4, "Signature1");
  }
  const bindings = r.part("saResAddr", readDualStringArray, null);
  if (bindings.fault !== undefined) return bindings;
  try {
    const count = r.u32("nElms");
    if (r.u32("Signature2", hexText) !== EXTENDED_SIGNATURE) {
      throw malformed("OBJREF_EXTENDED signature is not NSYV", r.offset - 4, "Signature2");
    }
    for (let i = 0; i < count; i++) {
      r.enter("ElmArray", i);
      const dataId = readGuid(r, "dataID");
      const size = r.u32("cbSize");
      const rounded = r.u32("cbRounded");
      const body = r.window(rounded, "cbRounded");
      elements.push({ dataId, data: body.bytes(Math.min(size, body.left), "Data") });
      r.leave();
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    bindings.fault = e;
  }
  return bindings;
}
