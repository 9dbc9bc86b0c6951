/**
 * Calls of the interfaces that Windows listens for in named pipes, as stubs with what they say: [MS-SCMR], [MS-SAMR],
 * [MS-LSAT], [MS-RRP], [MS-SRVS].
 */

import type { InterfaceName, Said, Spoken } from "./dcom.js";
import { LITTLE, Ndr } from "./ndr.js";

const NAMES: { readonly [value: number]: string } = { 5: "ERROR_ACCESS_DENIED" };

interface Stubs {
  request: (ndr: Ndr) => void;
  response: (ndr: Ndr) => void;
  asks?: { [name: string]: Said };
  answers?: { [name: string]: Said };
  /** What it returns; 0 where absent. */
  status?: number;
  success?: "ERROR_SUCCESS" | "STATUS_SUCCESS";
}

function call(on: InterfaceName, method: string, opnum: number, stubs: Stubs): Spoken {
  const [request, response] = [new Ndr(LITTLE), new Ndr(LITTLE)];
  stubs.request(request);
  stubs.response(response);
  const { status = 0, success = "ERROR_SUCCESS" } = stubs;
  // Flushed first: what pointers point at comes before what is returned.
  response.flush();
  response.u32(status);
  return {
    interface: on,
    method,
    opnum,
    request: request.done(),
    response: response.done(),
    requestValues: stubs.asks ?? null,
    responseValues: stubs.answers ?? null,
    result: null,
    returned: { value: status, name: NAMES[status] ?? success },
  };
}

/** A context handle: attributes, which are zero, and a UUID. [C706] 14.2.16.6 ndr_context_handle. */
const handle = (ndr: Ndr, id: string | null): Ndr =>
  ndr.u32(0).guid(id ?? "00000000-0000-0000-0000-000000000000");

/** [unique, string] wchar_t*, of one parameter. */
function text(ndr: Ndr, value: string | null): Ndr {
  return ndr.param(() => ndr.pointer(value === null ? null : () => ndr.wideString(value)));
}

/** RPC_UNICODE_STRING: [MS-DTYP] 2.3.10; with `ended` its terminator is counted, as [MS-RRP] 2.2.4 has it. */
function counted(ndr: Ndr, value: string, ended = false): Ndr {
  const chars = ended ? `${value}\0` : value;
  const size = 2 * chars.length;
  ndr.align(4).u16(size).u16(size);
  return ndr.pointer(() => {
    ndr.count(chars.length).count(0).count(chars.length);
    ndr.out.utf16(chars);
  });
}

function saidCounted(value: string, ended = false): Said {
  const size = 2 * (value.length + Number(ended));
  return { Length: size, MaximumLength: size, Buffer: value };
}

/** RPC_SID, conformant. */
function sid(ndr: Ndr, value: string): Ndr {
  const [authority, ...parts] = value.split("-").slice(2).map(Number);
  ndr.count(parts.length).u8(1).u8(parts.length);
  for (const byte of [0, 0, 0, 0, 0, authority!]) ndr.u8(byte);
  for (const part of parts) ndr.u32(part);
  return ndr;
}

// [MS-SCMR] 3.1.4.

export const openSCManager = (machine: string, access: number, given: string): Spoken =>
  call("svcctl", "ROpenSCManagerW", 15, {
    request: (n) => text(text(n, machine), "ServicesActive").u32(access),
    response: (n) => handle(n, given),
    asks: { lpMachineName: machine, lpDatabaseName: "ServicesActive", dwDesiredAccess: access },
  });

export interface Service {
  name: string;
  display: string;
  command: string;
}

export function createService(manager: string, { name, display, command }: Service, given: string): Spoken {
  const [access, type, start, errors] = [0xf01ff, 0x10, 3, 0];
  return call("svcctl", "RCreateServiceW", 12, {
    request: (n) => {
      handle(n, manager).wideString(name);
      text(n.align(4), display).u32(access).u32(type).u32(start).u32(errors).wideString(command);
      // No group, no tag, no dependencies, LocalSystem, no password.
      n.align(4).pointer(null).pointer(null).pointer(null).u32(0).pointer(null).pointer(null).u32(0);
    },
    response: (n) => handle(n.pointer(null), given),
    asks: {
      lpServiceName: name,
      lpDisplayName: display,
      dwDesiredAccess: access,
      dwServiceType: type,
      dwStartType: start,
      dwErrorControl: errors,
      lpBinaryPathName: command,
      lpServiceStartName: null,
    },
  });
}

export const startService = (service: string): Spoken =>
  call("svcctl", "RStartServiceW", 19, {
    request: (n) => handle(n, service).u32(0).pointer(null),
    response: () => {},
    asks: { argc: 0, argv: null },
  });

export const deleteService = (service: string): Spoken =>
  call("svcctl", "RDeleteService", 2, { request: (n) => handle(n, service), response: () => {} });

export const closeServiceHandle = (service: string): Spoken =>
  call("svcctl", "RCloseServiceHandle", 0, {
    request: (n) => handle(n, service),
    response: (n) => handle(n, null),
  });

// [MS-SAMR] 3.1.5.

export const samrConnect5 = (server: string, given: string): Spoken =>
  call("samr", "SamrConnect5", 64, {
    success: "STATUS_SUCCESS",
    request: (n) => text(n, server).u32(0x30).u32(1).u32(1).u32(3).u32(0),
    response: (n) => handle(n.u32(1).u32(1).u32(3).u32(0), given),
    asks: { ServerName: server, DesiredAccess: 0x30, InVersion: 1 },
  });

export interface Entry {
  id: number;
  name: string;
}

/** PSAMPR_ENUMERATION_BUFFER* and the count, which follow the context. */
function enumerated(n: Ndr, entries: readonly Entry[]): void {
  n.u32(0).param(() => {
    n.pointer(() => {
      n.u32(entries.length).pointer(() => {
        n.count(entries.length);
        for (const { id, name } of entries) counted(n.u32(id), name);
      });
    });
  });
  n.u32(entries.length);
}

const saidEntries = (entries: readonly Entry[]): Said => ({
  EntriesRead: entries.length,
  Buffer: entries.map(({ id, name }) => ({ RelativeId: id, Name: saidCounted(name) })),
});

export const enumerateDomains = (server: string, names: readonly string[]): Spoken => {
  const entries = names.map((name) => ({ id: 0, name }));
  return call("samr", "SamrEnumerateDomainsInSamServer", 6, {
    success: "STATUS_SUCCESS",
    request: (n) => handle(n, server).u32(0).u32(0x10000),
    response: (n) => enumerated(n, entries),
    answers: { EnumerationContext: 0, Buffer: saidEntries(entries), CountReturned: entries.length },
  });
};

export const lookupDomain = (server: string, name: string, found: string): Spoken =>
  call("samr", "SamrLookupDomainInSamServer", 5, {
    success: "STATUS_SUCCESS",
    request: (n) => handle(n, server).param(() => counted(n, name)),
    response: (n) => n.param(() => n.pointer(() => sid(n, found))),
    asks: { Name: saidCounted(name) },
  });

export const openDomain = (server: string, domain: string, given: string): Spoken =>
  call("samr", "SamrOpenDomain", 7, {
    success: "STATUS_SUCCESS",
    request: (n) => sid(handle(n, server).u32(0x304), domain),
    response: (n) => handle(n, given),
    asks: { DesiredAccess: 0x304 },
  });

export const enumerateUsers = (domain: string, users: readonly Entry[]): Spoken =>
  call("samr", "SamrEnumerateUsersInDomain", 13, {
    success: "STATUS_SUCCESS",
    request: (n) => handle(n, domain).u32(0).u32(0x10).u32(0x10000),
    response: (n) => enumerated(n, users),
    asks: { EnumerationContext: 0, UserAccountControl: 0x10, PreferedMaximumLength: 0x10000 },
    answers: { EnumerationContext: 0, Buffer: saidEntries(users), CountReturned: users.length },
  });

export const samrClose = (id: string): Spoken =>
  call("samr", "SamrCloseHandle", 1, {
    success: "STATUS_SUCCESS",
    request: (n) => handle(n, id),
    response: (n) => handle(n, null),
  });

// [MS-RRP] 3.1.5.

export const openLocalMachine = (access: number, given: string): Spoken =>
  call("winreg", "OpenLocalMachine", 2, {
    request: (n) => n.param(() => n.pointer(null)).u32(access),
    response: (n) => handle(n, given),
    asks: { ServerName: null, samDesired: access },
  });

export const openKey = (
  key: string,
  path: string,
  access: number,
  given: string | null,
  status = 0,
): Spoken =>
  call("winreg", "BaseRegOpenKey", 15, {
    status,
    request: (n) =>
      handle(n, key)
        .param(() => counted(n, path, true))
        .u32(0)
        .u32(access),
    response: (n) => handle(n, given),
    asks: { lpSubKey: saidCounted(path, true), dwOptions: 0, samDesired: access },
  });

/** A value of REG_SZ. */
export const setValue = (key: string, name: string, value: string): Spoken =>
  call("winreg", "BaseRegSetValue", 22, {
    request: (n) => {
      const size = 2 * (value.length + 1);
      handle(n, key).param(() => counted(n, name, true));
      n.u32(1).count(size);
      n.out.utf16(value).u16(0);
      n.u32(size);
    },
    response: () => {},
    asks: { lpValueName: saidCounted(name, true), dwType: 1, cbData: 2 * (value.length + 1) },
  });

export const closeKey = (key: string): Spoken =>
  call("winreg", "BaseRegCloseKey", 5, {
    request: (n) => handle(n, key),
    response: (n) => handle(n, null),
  });

// [MS-SRVS] 3.1.4.

export interface Share {
  name: string;
  type: number;
  remark: string;
}

export function shareEnum(server: string, shares: readonly Share[]): Spoken {
  const level = 1;
  return call("srvsvc", "NetrShareEnum", 15, {
    request: (n) => {
      text(n, server).param(() => {
        n.u32(level).u32(level);
        n.pointer(() => n.u32(0).pointer(null));
      });
      n.u32(0xffffffff).param(() => n.pointer(() => n.u32(0)));
    },
    response: (n) => {
      n.param(() => {
        n.u32(level).u32(level);
        n.pointer(() =>
          n.u32(shares.length).pointer(() => {
            n.count(shares.length);
            for (const { name, type, remark } of shares) {
              n.pointer(() => n.wideString(name)).u32(type);
              n.pointer(() => n.wideString(remark));
            }
          }),
        );
      });
      n.u32(shares.length).param(() => n.pointer(() => n.u32(0)));
    },
    asks: { ServerName: server, PreferedMaximumLength: 0xffffffff, ResumeHandle: 0 },
    answers: {
      InfoStruct: {
        Level: level,
        ShareInfo: {
          Level1: {
            EntriesRead: shares.length,
            Buffer: shares.map(({ name, type, remark }) => ({
              shi1_netname: name,
              shi1_type: type,
              shi1_remark: remark,
            })),
          },
        },
      },
      TotalEntries: shares.length,
      ResumeHandle: 0,
    },
  });
}

// [MS-LSAD] 3.1.4.4 and [MS-LSAT] 3.1.4.

export const openPolicy = (system: string, given: string): Spoken =>
  call("lsarpc", "LsarOpenPolicy2", 44, {
    success: "STATUS_SUCCESS",
    request: (n) =>
      text(n, system).u32(24).pointer(null).pointer(null).u32(0).pointer(null).pointer(null).u32(0x801),
    response: (n) => handle(n, given),
    asks: { SystemName: system, DesiredAccess: 0x801 },
  });

export interface Found {
  name: string;
  id: number;
  /** 1: user, 2: group. */
  use: number;
}

export function lookupNames(
  policy: string,
  domain: Entry & { sid: string },
  found: readonly Found[],
): Spoken {
  const names = found.map(({ name }) => `${domain.name}\\${name}`);
  return call("lsarpc", "LsarLookupNames", 14, {
    success: "STATUS_SUCCESS",
    request: (n) => {
      handle(n, policy).u32(names.length);
      n.param(() => {
        n.count(names.length);
        for (const name of names) counted(n, name);
      });
      n.u32(0).pointer(null).enum16(1).u32(0);
    },
    response: (n) => {
      n.param(() =>
        n.pointer(() => {
          n.u32(1).pointer(() => {
            n.count(1);
            counted(n, domain.name);
            n.pointer(() => sid(n, domain.sid));
          });
          n.u32(32);
        }),
      );
      n.param(() =>
        n.u32(found.length).pointer(() => {
          n.count(found.length);
          for (const { use, id } of found) n.align(4).enum16(use).u32(id).u32(0);
        }),
      );
      n.u32(found.length);
    },
    asks: {
      Count: names.length,
      Names: names.map((name) => saidCounted(name)),
      LookupLevel: { value: 1, name: "LsapLookupWksta" },
      MappedCount: 0,
    },
    answers: { MappedCount: found.length },
  });
}

export const lsarClose = (policy: string): Spoken =>
  call("lsarpc", "LsarClose", 0, {
    success: "STATUS_SUCCESS",
    request: (n) => handle(n, policy),
    response: (n) => handle(n, null),
  });
