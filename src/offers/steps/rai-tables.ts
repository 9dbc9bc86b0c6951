/** The interfaces, methods and classes that an initiation is made of, by what the wire says of them: UUID and opnum. */

import { ENDPOINT_MAPPER } from "../../../dissectors/dcerpc/syntax-id.js";
import {
  CLSID_PCHSERVICE,
  CLSID_RASRV,
  RAI_INTERFACES,
  type RaiInterface,
} from "../../../dissectors/rai/interfaces.js";

/** The two ways of asking for help, [MS-RAI] 1.7. */
export type EntryPoint = "IRASrv" | "IPCHService";

/** [MS-RAI] 1.9: the classes, and the way that each stands for. */
const CLASSES: ReadonlyMap<string, { name: string; entry: EntryPoint }> = new Map([
  [CLSID_RASRV, { name: "RASrv", entry: "IRASrv" }],
  [CLSID_PCHSERVICE, { name: "PCHService", entry: "IPCHService" }],
]);

/** Methods by opnum, and by DISPID for IDispatch::Invoke. [MS-RAI] 3.1.4.1, 3.3.4.1, Appendix B. */
const METHODS: { readonly [name in RaiInterface]: readonly (readonly [number, number, string])[] } = {
  IRASrv: [
    [7, 1, "GetNoviceUserInfo"],
    [8, 2, "GetSessionInfo"],
  ],
  IPCHService: [
    [19, 0x08000040, "RemoteConnectionParms"],
    [20, 0x08000041, "RemoteUserSessionInfo"],
  ],
  IPCHCollection: [
    [7, -4, "_NewEnum"],
    [8, 0, "Item"],
    [9, 0x08010000, "Count"],
  ],
  ISAFSession: [
    [7, 0x08020d10, "SessionID (Get)"],
    [8, 0x08020d10, "SessionID (Set)"],
    [9, 0x08020d11, "SessionState (Get)"],
    [10, 0x08020d11, "SessionState (Set)"],
    [11, 0x08020d12, "DomainName (Get)"],
    [12, 0x08020d12, "DomainName (Set)"],
    [13, 0x08020d13, "UserName (Get)"],
    [14, 0x08020d13, "UserName (Set)"],
  ],
};

/** The machinery of DCOM around them, [MS-DCOM] 1.9, [C706] Appendix O. */
export type Infrastructure =
  | "epm"
  | "IActivation"
  | "IObjectExporter"
  | "IRemoteSCMActivator"
  | "IRemUnknown"
  | "IClassFactory"
  | "IDispatch"
  | "IEnumVARIANT";

const INFRASTRUCTURE: ReadonlyMap<string, Infrastructure> = new Map([
  [ENDPOINT_MAPPER, "epm"],
  ["4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", "IActivation"],
  ["99fcfec4-5260-101b-bbcb-00aa0021347a", "IObjectExporter"],
  ["000001a0-0000-0000-c000-000000000046", "IRemoteSCMActivator"],
  ["00000131-0000-0000-c000-000000000046", "IRemUnknown"],
  ["00000143-0000-0000-c000-000000000046", "IRemUnknown"],
  ["00000001-0000-0000-c000-000000000046", "IClassFactory"],
  ["00020400-0000-0000-c000-000000000046", "IDispatch"],
  ["00020404-0000-0000-c000-000000000046", "IEnumVARIANT"],
]);

export function raiInterfaceNamed(name: string | null): RaiInterface | null {
  return name !== null && Object.hasOwn(METHODS, name) ? (name as RaiInterface) : null;
}

export function infrastructure(uuid: string | null): Infrastructure | null {
  return uuid === null ? null : (INFRASTRUCTURE.get(uuid) ?? null);
}

export function raiClass(clsid: string | null): { name: string; entry: EntryPoint } | null {
  return clsid === null ? null : (CLASSES.get(clsid) ?? null);
}

export function entryOf(name: RaiInterface): EntryPoint {
  return name === "IRASrv" ? "IRASrv" : "IPCHService";
}

export function methodOf(name: RaiInterface, opnum: number | null): string | null {
  return METHODS[name].find(([number]) => number === opnum)?.[2] ?? null;
}

/** What a DISPID stands for; where the interface is not known, only where the DISPID is [MS-RAI]'s own. */
export function memberOf(
  name: RaiInterface | null,
  dispid: number,
  kind: string,
): { name: RaiInterface; method: string } | null {
  for (const candidate of name === null ? RAI_INTERFACES : [name]) {
    if (name === null && (dispid < 0x08000000 || dispid > 0x0802ffff)) continue;
    const found = METHODS[candidate].find(
      ([, id, method]) => id === dispid && method.endsWith("(Set)") === kind.startsWith("propput"),
    );
    if (found) return { name: candidate, method: found[2] };
  }
  return null;
}
