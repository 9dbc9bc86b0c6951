/**
 * What DCOM puts around a call: ORPCTHIS and ORPCTHAT, object references, string bindings. [MS-DCOM] 2.2; layouts
 * compared with captures of Windows. Activation is in activation.ts, the interfaces of every exporter in exporter.ts.
 *
 * Not handled: ORPC extensions, OBJREF_HANDLER, OBJREF_EXTENDED.
 */

import { Writer } from "./bytes.js";
import { type Encoding, Ndr } from "./ndr.js";

export const IID = {
  IUnknown: "00000000-0000-0000-c000-000000000046",
  IClassFactory: "00000001-0000-0000-c000-000000000046",
  IRemUnknown: "00000131-0000-0000-c000-000000000046",
  IRemUnknown2: "00000143-0000-0000-c000-000000000046",
  IRemoteSCMActivator: "000001a0-0000-0000-c000-000000000046",
  IActivation: "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",
  IObjectExporter: "99fcfec4-5260-101b-bbcb-00aa0021347a",
  IDispatch: "00020400-0000-0000-c000-000000000046",
  IEnumVARIANT: "00020404-0000-0000-c000-000000000046",
  ITypeInfo: "00020401-0000-0000-c000-000000000046",
  ept: "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
  IRASrv: "f120a684-b926-447f-9df4-c966cb785648",
  IPCHService: "833e4200-aff7-4ac3-aac2-9f24c1457bce",
  IPCHCollection: "833e4100-aff7-4ac3-aac2-9f24c1457bce",
  ISAFSession: "833e41aa-aff7-4ac3-aac2-9f24c1457bce",
  IWbemLevel1Login: "f309ad18-d86a-11d0-a075-00c04fb68820",
  IWbemServices: "9556dc99-828c-11cf-a37e-00aa003240c7",
  svcctl: "367abb81-9844-35f1-ad32-98f038001003",
  samr: "12345778-1234-abcd-ef00-0123456789ac",
  lsarpc: "12345778-1234-abcd-ef00-0123456789ab",
  winreg: "338cd001-2244-31f1-aaaa-900038001003",
  srvsvc: "4b324fc8-1670-01d3-1278-5a47bf6ee188",
} as const;

/** Those that are not version 0.0: major version in the lower half, minor in the upper one. */
export const VERSION: { readonly [name in InterfaceName]?: number } = {
  ept: 3,
  svcctl: 2,
  samr: 1,
  winreg: 1,
  srvsvc: 3,
};

export type InterfaceName = keyof typeof IID;

export const CLSID = {
  RASrv: "3c3a70a7-a468-49b9-8ada-28e11fccad5d",
  WbemLevel1Login: "8bc3f05e-d86b-11d0-a075-00c04fb68820",
  PCHService: "833e4010-aff7-4ac3-aac2-9f24c1457bce",
} as const;

export const GUID_NULL = "00000000-0000-0000-0000-000000000000";

/** JSON as the lab writes down what it said. */
export type Said = null | boolean | number | string | Said[] | { [name: string]: Said };

/** One method call: stubs, and what they say. `response` null: never answered by a response PDU. */
export interface Spoken {
  interface: InterfaceName;
  method: string;
  opnum: number;
  request: Uint8Array;
  response: Uint8Array | null;
  requestValues: { [name: string]: Said } | null;
  responseValues: { [name: string]: Said } | null;
  /** The returned HRESULT or error_status_t. */
  result: number | null;
  /** What it returned where that is neither. */
  returned?: { value: number; name: string };
  /** Where request or response values are too deep to spell out: the facts a reader must find in them. */
  facts?: { [name: string]: Said };
}

export interface Bindings {
  strings: { tower: number; address: string }[];
  security: { authn: number; principal: string }[];
}

export interface ObjectRef {
  iid: string;
  flags: number;
  publicRefs: number;
  oxid: bigint;
  oid: bigint;
  ipid: string;
  bindings: Bindings;
}

export const hex64 = (value: bigint): string => value.toString(16).padStart(16, "0");
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

const TOWER_NAMES: { [id: number]: string } = { 7: "ncacn_ip_tcp", 15: "ncacn_np" };

const SERVICE_NAMES: { [id: number]: string } = {
  9: "RPC_C_AUTHN_GSS_NEGOTIATE",
  10: "RPC_C_AUTHN_WINNT",
  14: "RPC_C_AUTHN_GSS_SCHANNEL",
  16: "RPC_C_AUTHN_GSS_KERBEROS",
  22: "0x0016",
  30: "RPC_C_AUTHN_NEGO_EXTENDER",
  31: "RPC_C_AUTHN_PKU2U",
};

function nameOf(iid: string): string | null {
  return Object.entries(IID).find(([, value]) => value === iid)?.[0] ?? null;
}

/** An interface pointer as the call log prints it. */
export function saidReference(ref: ObjectRef | null): Said {
  if (ref === null) return null;
  return {
    iid: ref.iid,
    interface: nameOf(ref.iid),
    oxid: hex64(ref.oxid),
    oid: hex64(ref.oid),
    ipid: ref.ipid,
    public_refs: ref.publicRefs,
    bindings: saidBindings(ref.bindings),
    security: ref.bindings.security.map(({ authn, principal }) => ({
      authn_service: SERVICE_NAMES[authn] ?? String(authn),
      principal,
    })),
  };
}

export function saidBindings(bindings: Bindings): Said {
  return bindings.strings.map(({ tower, address }) => ({
    tower: TOWER_NAMES[tower] ?? String(tower),
    address,
  }));
}

/** aStringArray of [MS-DCOM] 2.2.19, as 16-bit units; and where the security bindings start. */
function stringArray(bindings: Bindings): { units: number[]; securityOffset: number } {
  const units: number[] = [];
  const text = (value: string) => {
    for (let i = 0; i < value.length; i++) units.push(value.charCodeAt(i));
    units.push(0);
  };
  for (const s of bindings.strings) {
    units.push(s.tower);
    text(s.address);
  }
  if (bindings.strings.length === 0) units.push(0);
  units.push(0);
  const securityOffset = units.length;
  for (const s of bindings.security) {
    units.push(s.authn, 0xffff);
    text(s.principal);
  }
  if (bindings.security.length === 0) units.push(0);
  units.push(0);
  return { units, securityOffset };
}

/** DUALSTRINGARRAY inside an OBJREF: no conformance, little-endian. */
function packedBindings(bindings: Bindings): Uint8Array {
  const { units, securityOffset } = stringArray(bindings);
  const w = new Writer().u16(units.length).u16(securityOffset);
  for (const unit of units) w.u16(unit);
  return w.done();
}

/** DUALSTRINGARRAY as NDR parameter: conformant, in the stub's byte order. */
export function ndrBindings(ndr: Ndr, bindings: Bindings): void {
  const { units, securityOffset } = stringArray(bindings);
  ndr.count(units.length).u16(units.length).u16(securityOffset);
  for (const unit of units) ndr.u16(unit);
}

/** [MS-DCOM] 2.2.18.4 OBJREF_STANDARD. Little-endian whatever the drep. */
function objrefStandard(ref: ObjectRef): Uint8Array {
  const w = new Writer().ascii("MEOW").u32(1).guid(ref.iid);
  w.u32(ref.flags).u32(ref.publicRefs).u64(ref.oxid).u64(ref.oid).guid(ref.ipid);
  return w.bytes(packedBindings(ref.bindings)).done();
}

/**
 * [MS-DCOM] 2.2.18.6 OBJREF_CUSTOM. The reserved field behind the extension's size holds the data's length for a
 * context; for activation properties Windows puts a number there that is 8 larger.
 */
export function objrefCustom(
  iid: string,
  clsid: string,
  data: Uint8Array,
  reserved = data.length,
): Uint8Array {
  const w = new Writer().ascii("MEOW").u32(4).guid(iid).guid(clsid);
  return w.u32(0).u32(reserved).bytes(data).done();
}

/** [unique] MInterfacePointer*. */
export function interfacePointer(ndr: Ndr, objref: Uint8Array | null): Ndr {
  return ndr.pointer(
    objref === null
      ? null
      : () => {
          ndr.count(objref.length).u32(objref.length).bytes(objref);
        },
  );
}

export const reference = (ndr: Ndr, ref: ObjectRef | null): Ndr =>
  interfacePointer(ndr, ref === null ? null : objrefStandard(ref));

/** Opens a request stub with ORPCTHIS: NDR, also where the rest is NDR64. [MS-DCOM] 2.2.13.3. */
export function orpcThis(encoding: Encoding, cid: string, minor = 7, flags = 0): Ndr {
  const ndr = new Ndr(encoding);
  ndr.out.u16(5).u16(minor).u32(flags).u32(0).guid(cid).u32(0);
  return ndr;
}

/** Opens a response stub with ORPCTHAT. [MS-DCOM] 2.2.13.4. */
export function orpcThat(encoding: Encoding, flags = 0): Ndr {
  const ndr = new Ndr(encoding);
  ndr.out.u32(flags).u32(0);
  return ndr;
}
