/**
 * The methods of [MS-RAI] as stubs, and what they say as values: 3.1.4.1 IPCHService, IPCHCollection, ISAFSession,
 * 3.3.4.1 IRASrv; connection strings of 2.2.1 and 2.2.2; the help blob of 3.1.4.1.1.
 */

import {
  type ObjectRef,
  orpcThat,
  orpcThis,
  reference,
  type Said,
  type Spoken,
  saidReference,
} from "./dcom.js";
import type { Encoding, Ndr } from "./ndr.js";
import {
  bstr,
  type SafeArray,
  type SafeArrayLayout,
  safeArrayParameter,
  saidArray,
  saidVariant,
  type Variant,
  variant,
} from "./oaut.js";

/** HRESULTs that the methods return. */
export const HRESULT = {
  S_OK: 0,
  S_FALSE: 1,
  E_POINTER: 0x80004003,
  E_NOINTERFACE: 0x80004002,
  E_ACCESSDENIED: 0x80070005,
  E_OUTOFMEMORY: 0x8007000e,
  ERROR_CANNOT_MAKE: 0x80070052,
  ERROR_ACCESS_DISABLED_BY_POLICY: 0x800704ec,
  ERROR_NONE_MAPPED: 0x80070534,
  /** E_INVALIDARG as [MS-RAI] 3.1.4.1.2.2.3 prints it. */
  E_INVALIDARG_AS_PRINTED: 0x80000003,
  E_INVALIDARG: 0x80070057,
  REGDB_E_CLASSNOTREG: 0x80040154,
  DISP_E_MEMBERNOTFOUND: 0x80020003,
} as const;

/** DISPIDs of [MS-RAI] Appendix B. */
export const DISPID = {
  NEWENUM: -4,
  VALUE: 0,
  GETNOVICEUSERINFO: 1,
  GETSESSIONINFO: 2,
  REMOTECONNECTIONPARMS: 0x08000040,
  REMOTEUSERSESSIONINFO: 0x08000041,
  COUNT: 0x08010000,
  SESSIONID: 0x08020d10,
  SESSIONSTATE: 0x08020d11,
  DOMAINNAME: 0x08020d12,
  USERNAME: 0x08020d13,
} as const;

const SESSION_STATES = [
  "pchActive",
  "pchConnected",
  "pchConnectQuery",
  "pchShadow",
  "pchDisconnected",
  "pchIdle",
  "pchListen",
  "pchReset",
  "pchDown",
  "pchInit",
  "pchStateInvalid",
];

export const saidState = (value: number): Said => ({ value, name: SESSION_STATES[value] ?? null });

function spoken(
  on: Spoken["interface"],
  method: string,
  opnum: number,
  request: Ndr,
  requestValues: { [name: string]: Said },
  response: Ndr,
  responseValues: { [name: string]: Said },
  result: number,
): Spoken {
  response.u32(result);
  return {
    interface: on,
    method,
    opnum,
    request: request.done(),
    response: response.done(),
    requestValues,
    responseValues,
    result,
  };
}

/** An [in, out] LPWSTR*: a reference to a unique pointer to a string. */
function stringPointer(ndr: Ndr, text: string | null): void {
  ndr.param(() =>
    ndr.pointer(
      text === null
        ? null
        : () => {
            ndr.wideString(text);
          },
    ),
  );
}

/** IRASrv::GetNoviceUserInfo, opnum 7. */
export function getNoviceUserInfo(
  e: Encoding,
  cid: string,
  sent: string | null,
  returned: string | null,
  result: number = HRESULT.S_OK,
): Spoken {
  const request = orpcThis(e, cid);
  stringPointer(request, sent);
  const response = orpcThat(e);
  stringPointer(response, returned);
  return spoken(
    "IRASrv",
    "GetNoviceUserInfo",
    7,
    request,
    { szName: sent },
    response,
    { szName: returned },
    result,
  );
}

/** One IRASrv::GetSessionInfo's [in, out] pair. */
export interface SessionInfo {
  names: SafeArray | null;
  count: number;
}

/** "DOMAIN\user:1" entries as a SAFEARRAY; null and undefined elements stay in it. */
export function sessionNames(entries: (string | null | undefined)[], lower = 0): SafeArray {
  return { vt: "VT_BSTR", bounds: [{ elements: entries.length, lower }], values: entries };
}

/** IRASrv::GetSessionInfo, opnum 8. */
export function getSessionInfo(
  e: Encoding,
  cid: string,
  sent: SessionInfo,
  returned: SessionInfo,
  layout: SafeArrayLayout = "two-referents",
  result: number = HRESULT.S_OK,
): Spoken {
  const side = (ndr: Ndr, info: SessionInfo) => {
    ndr.param(() => safeArrayParameter(ndr, info.names, layout));
    ndr.u32(info.count);
    return ndr;
  };
  const said = (info: SessionInfo): { [name: string]: Said } => ({
    UserNames: saidArray(
      info.names === null ? null : { ...info.names, values: info.names.values.map((v) => v ?? null) },
    ),
    Count: info.count,
  });
  const request = side(orpcThis(e, cid), sent);
  const response = side(orpcThat(e), returned);
  return spoken("IRASrv", "GetSessionInfo", 8, request, said(sent), response, said(returned), result);
}

/** A method that MS-RAI names OpnumNNNotUsedByProtocol: nothing but the return value. */
export function notUsed(e: Encoding, cid: string, opnum: number, result: number): Spoken {
  return spoken(
    "IPCHService",
    `Opnum${opnum}NotUsedByProtocol`,
    opnum,
    orpcThis(e, cid),
    {},
    orpcThat(e),
    {},
    result,
  );
}

export interface ConnectionParms {
  user: string | null;
  domain: string | null;
  session: number;
  helpBlob: string | null;
}

/** IPCHService::RemoteConnectionParms, opnum 19. */
export function remoteConnectionParms(
  e: Encoding,
  cid: string,
  asked: ConnectionParms,
  connectionString: string | null,
  result: number = HRESULT.S_OK,
): Spoken {
  const request = orpcThis(e, cid);
  request.param(() => bstr(request, asked.user));
  request.param(() => bstr(request, asked.domain));
  request.u32(asked.session);
  request.param(() => bstr(request, asked.helpBlob));
  const response = orpcThat(e);
  response.param(() => bstr(response, connectionString));
  return spoken(
    "IPCHService",
    "RemoteConnectionParms",
    19,
    request,
    {
      bstrUserName: asked.user,
      bstrDomainName: asked.domain,
      lSessionID: asked.session,
      bstrUserHelpBlob: asked.helpBlob,
    },
    response,
    { pbstrConnectionString: connectionString },
    result,
  );
}

function interfaceOut(
  e: Encoding,
  cid: string,
  on: Spoken["interface"],
  method: string,
  opnum: number,
  ref: ObjectRef | null,
  result: number,
): Spoken {
  const response = orpcThat(e);
  response.param(() => reference(response, ref));
  return spoken(on, method, opnum, orpcThis(e, cid), {}, response, { pVal: saidReference(ref) }, result);
}

/** IPCHService::RemoteUserSessionInfo, opnum 20. */
export function remoteUserSessionInfo(
  e: Encoding,
  cid: string,
  ref: ObjectRef | null,
  result: number = HRESULT.S_OK,
): Spoken {
  return interfaceOut(e, cid, "IPCHService", "RemoteUserSessionInfo", 20, ref, result);
}

/** IPCHCollection::_NewEnum, opnum 7. */
export function newEnum(
  e: Encoding,
  cid: string,
  ref: ObjectRef | null,
  result: number = HRESULT.S_OK,
): Spoken {
  return interfaceOut(e, cid, "IPCHCollection", "_NewEnum", 7, ref, result);
}

/** IPCHCollection::Item, opnum 8. */
export function item(
  e: Encoding,
  cid: string,
  index: number,
  entry: Variant,
  result: number = HRESULT.S_OK,
): Spoken {
  const response = orpcThat(e);
  response.param(() => variant(response, entry));
  const request = orpcThis(e, cid).u32(index);
  return spoken(
    "IPCHCollection",
    "Item",
    8,
    request,
    { vIndex: index },
    response,
    { ppEntry: saidVariant(entry) },
    result,
  );
}

/** IPCHCollection::Count, opnum 9. */
export function count(e: Encoding, cid: string, value: number, result: number = HRESULT.S_OK): Spoken {
  const response = orpcThat(e).u32(value);
  return spoken("IPCHCollection", "Count", 9, orpcThis(e, cid), {}, response, { pVal: value }, result);
}

const PROPERTIES = {
  SessionID: 7,
  SessionState: 9,
  DomainName: 11,
  UserName: 13,
} as const;

export type SessionProperty = keyof typeof PROPERTIES;

function property(ndr: Ndr, name: SessionProperty, value: number | string | null, padding: number): Said {
  if (name === "SessionID") {
    ndr.u32(value as number);
    return value;
  }
  if (name === "SessionState") {
    ndr.enum16(value as number);
    // Two bytes up to the next long may hold anything: a value by name must not look at them.
    if (!ndr.wide) ndr.u16(padding);
    return saidState(value as number);
  }
  ndr.param(() => bstr(ndr, value as string | null));
  return value;
}

/** ISAFSession's getters: SessionID 7, SessionState 9, DomainName 11, UserName 13. */
export function getProperty(
  e: Encoding,
  cid: string,
  name: SessionProperty,
  value: number | string | null,
  result: number = HRESULT.S_OK,
  padding = 0,
): Spoken {
  const response = orpcThat(e);
  const said = property(response, name, value, padding);
  return spoken(
    "ISAFSession",
    `${name} (Get)`,
    PROPERTIES[name],
    orpcThis(e, cid),
    {},
    response,
    { pVal: said },
    result,
  );
}

/** ISAFSession's setters: SessionID 8, SessionState 10, DomainName 12, UserName 14. */
export function setProperty(
  e: Encoding,
  cid: string,
  name: SessionProperty,
  value: number | string | null,
  result: number = HRESULT.S_OK,
): Spoken {
  const request = orpcThis(e, cid);
  const said =
    name === "SessionState" && !e.ndr64
      ? plainState(request, value as number)
      : property(request, name, value, 0);
  return spoken(
    "ISAFSession",
    `${name} (Set)`,
    PROPERTIES[name] + 1,
    request,
    { pVal: said },
    orpcThat(e),
    {},
    result,
  );
}

function plainState(ndr: Ndr, value: number): Said {
  ndr.u16(value);
  return saidState(value);
}

export interface Listener {
  port?: number;
  name: string;
  uri?: string;
}

/** Connection String 2. [MS-RAI] 2.2.2. */
export function connectionString2(
  auth: { kh: string; kh2?: string; id: string },
  transports: { id: string; sid: string; listeners: Listener[] }[],
): string {
  const kh2 = auth.kh2 === undefined ? "" : ` KH2="${auth.kh2}"`;
  const listener = (l: Listener) =>
    l.uri === undefined ? `<L P="${l.port}" N="${l.name}"/>` : `<L U="${l.uri}" N="${l.name}"/>`;
  const transport = (t: { id: string; sid: string; listeners: Listener[] }) =>
    `<T ID="${t.id}" SID="${t.sid}">${t.listeners.map(listener).join("")}</T>`;
  return `<E><A KH="${auth.kh}"${kh2} ID="${auth.id}"/><C>${transports.map(transport).join("")}</C></E>`;
}

/** Connection String 1. [MS-RAI] 2.2.1. */
export function connectionString1(
  addresses: { host: string; port: number }[],
  sessionId: string,
  parms: string,
): string {
  const list = addresses.map(({ host, port }) => `${host}:${port}`).join(";");
  return `65538,1,${list},*,${sessionId},*,*,${parms}`;
}

/** bstrUserHelpBlob: each part after its length, with no separator between them. [MS-RAI] 3.1.4.1.1. */
export function helpBlob(domain: string, user: string): string {
  const id = `ID=${domain}\\${user}`;
  return `13;UNSOLICITED=1${id.length};${id}`;
}
