/** The lines of a conversation: what matters stands first, and nothing of one conversation in the lines of another. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord, Event, Value } from "../../../src/events.js";
import { plain } from "../../../src/output/paint.js";
import { rankingOf } from "../../../src/output/ranking.js";
import { statsTables } from "../../../src/output/stats-view.js";
import { tablePrinter } from "../../../src/output/table.js";
import { type TranscriptOptions, transcriptPrinter } from "../../../src/output/transcript.js";
import { width } from "../../../src/output/width.js";
import { StatsCounter } from "../../../src/stats.js";
import { association, call, note, summary } from "../../support/output/samples.js";

const REM_UNKNOWN = { uuid: "00000143-0000-0000-c000-000000000046", version: "0.0", name: "IRemUnknown2" };
const DISPATCH = { uuid: "00020400-0000-0000-c000-000000000046", version: "0.0", name: "IDispatch" };
const SERVICES = { uuid: "9556dc99-828c-11cf-a37e-00aa003240c7", version: "0.0", name: "IWbemServices" };
const SVCCTL = { uuid: "367abb81-9844-35f1-ad32-98f038001003", version: "2.0", name: "svcctl" };
const SAMR = { uuid: "12345778-1234-abcd-ef00-0123456789ac", version: "1.0", name: "samr" };

/** The lines of the conversations. */
function lines(events: readonly Event[], over: Partial<TranscriptOptions> = {}): string[] {
  const options = { columns: 100, cut: false, paint: plain, allCalls: false, ladder: false, live: false };
  const printer = transcriptPrinter({ ...options, ...over });
  const text = events.map((event) => printer.push(event)).join("") + printer.finish();
  const all = text.split("\n");
  return all.slice(1, all.indexOf(""));
}

function invoke(
  oid: string,
  member: string,
  over: { args?: { [name: string]: Value }; gives?: string } = {},
): CallRecord {
  return call({
    interface: DISPATCH,
    method: "Invoke",
    opnum: 6,
    target: {
      clsid: null,
      class: oid === "a" ? "MMC20.Application" : null,
      iid: null,
      oxid: "1",
      oid,
      from_frame: 1,
    },
    dispatch: {
      dispid: "0x00000004",
      interface: "_Application",
      member,
      kind: over.gives === undefined ? "method" : "propget",
      arguments: over.args ?? {},
    },
    response:
      over.gives === undefined
        ? {}
        : {
            pVarResult: {
              vt: "VT_DISPATCH",
              value: { iid: DISPATCH.uuid, oxid: "1", oid: over.gives, ipid: "x" },
            },
          },
  });
}

function queries(times: number): CallRecord[] {
  return Array.from({ length: times }, () =>
    call({ interface: REM_UNKNOWN, method: "RemQueryInterface", opnum: 3 }),
  );
}

const AS = { ...call().auth, user: "bob", domain: "CORP", workstation: "WS5" };

test("what was run stands first, by the way to its object and with its arguments; bookkeeping last", () => {
  const events = [
    ...queries(20),
    invoke("a", "Document", { gives: "b" }),
    invoke("b", "ActiveView", { gives: "c" }),
    {
      ...invoke("c", "ExecuteShellCommand", {
        args: { Command: "cmd.exe", Directory: null, Parameters: "/c x" },
      }),
      auth: AS,
    },
  ];
  assert.deepEqual(lines([...events, summary()]), [
    "  [0] 10:00:00.000000  10.0.0.5:49712 → 10.0.0.9:49670  MMC20.Application as CORP\\bob (WS5)  23 calls: " +
      'Document.ActiveView.ExecuteShellCommand "cmd.exe", null, "/c x", ' +
      "get _Application.Document, get Document.ActiveView, QueryInterface ×20",
  ]);
});

test("on a terminal what was run has a line of its own, and nothing is lost", () => {
  const command = `powershell -enc ${"QUJD".repeat(60)}`;
  const events = [
    ...queries(3),
    invoke("c", "ExecuteShellCommand", { args: { Command: command } }),
    summary(),
  ];
  for (const columns of [60, 80, 120]) {
    const shown = lines(events, { cut: true, columns });
    assert.deepEqual(
      shown.filter((line) => width(line) > columns),
      [],
    );
    assert.ok(shown.some((line) => line.startsWith('      _Application.ExecuteShellCommand "powershell')));
    assert.equal(shown.at(-1), "      QueryInterface ×3");
    assert.match(shown.join(" ").replace(/ +/g, " "), /…" \(96 more characters: --full\)/);
    const full = lines(events, { cut: true, columns, full: true });
    assert.ok(
      full
        .map((line) => line.trim())
        .join("")
        .includes("QUJD".repeat(40)),
    );
    assert.ok(!full.join(" ").includes("--full"));
  }
});

test("ExecMethod shows class, method and the command line", () => {
  const exec = (readable: CallRecord["readable"]): CallRecord =>
    call({
      interface: SERVICES,
      method: "ExecMethod",
      opnum: 24,
      request: { strObjectPath: "Win32_Process", strMethodName: "Create", lFlags: 0, pInParams: null },
      readable,
    });
  const whole = {
    pInParams: { class: "__PARAMETERS", properties: { CommandLine: "calc.exe", Title: null } },
  };
  const apart = { "pInParams.class": "__PARAMETERS", "pInParams.properties.CommandLine": "calc.exe" };
  for (const request of [whole, apart]) {
    const [line] = lines([exec({ request, response: {} }), summary()]);
    assert.ok(line!.endsWith('IWbemServices.ExecMethod Win32_Process.Create "calc.exe"'), line);
  }
  const [bare] = lines([exec(null), summary()]);
  assert.ok(bare!.endsWith("IWbemServices.ExecMethod Win32_Process.Create"), bare);
});

test("changes come in order of time, refused ones before all, then reads and what leads to them", () => {
  const of = (
    opnum: number,
    method: string,
    request: CallRecord["request"],
    over: Partial<CallRecord> = {},
  ): CallRecord => call({ interface: SVCCTL, opnum, method, request, hresult: null, ...over });
  const denied = {
    status: "error" as const,
    returned: { type: "DWORD", value: 5, name: "ERROR_ACCESS_DENIED" },
  };
  const [line] = lines([
    of(15, "ROpenSCManagerW", { lpMachineName: "\\\\HOST" }),
    of(6, "RQueryServiceStatus", { hService: "00" }),
    of(12, "RCreateServiceW", {
      hSCManager: "00",
      lpServiceName: "PSEXESVC",
      lpBinaryPathName: "%SystemRoot%\\PSEXESVC.exe",
    }),
    of(19, "RStartServiceW", { hService: "00", argc: 0, argv: null }),
    of(2, "RDeleteService", { hService: "00" }, denied),
    of(0, "RCloseServiceHandle", { hSCObject: "00" }),
    summary(),
  ]);
  assert.ok(
    line!.endsWith(
      "6 calls: svcctl.RDeleteService (1 failed: ERROR_ACCESS_DENIED), " +
        'svcctl.RCreateServiceW "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe", svcctl.RStartServiceW, ' +
        "svcctl.RQueryServiceStatus, svcctl.ROpenSCManagerW, closing handles",
    ),
    line,
  );
});

test("what is beyond the calls that are named is said by its kind", () => {
  const events = Array.from({ length: 30 }, (_, n) =>
    call({
      interface: SAMR,
      opnum: 17,
      method: "SamrSetMemberAttributesOfGroup",
      request: { Name: `user${n}` },
    }),
  );
  const gets = Array.from({ length: 12 }, (_, n) =>
    call({
      interface: { ...SAMR, name: `i${n}` },
      opnum: 8,
      method: "SamrQueryInformationDomain",
      request: {},
    }),
  );
  const [line] = lines([...events, ...gets, summary()]);
  assert.match(line!, /further changes ×18, /);
  assert.match(line!, /further reads ×4$/);
  const [full] = lines([...events, ...gets, summary()], { full: true });
  assert.ok(!full!.includes("further"));
});

test("a method's rank is what its interface's table says, else its first verb's", () => {
  const rank = (uuid: string | null, opnum: number, method: string | null): string =>
    rankingOf(call({ interface: { uuid, version: null, name: null }, opnum, method })).rank;
  const other = "11111111-2222-3333-4444-555555555555";
  assert.equal(rank(other, 1, "NetrShareAdd"), "acts");
  assert.equal(rank(other, 1, "SamrSetInformationUser2"), "acts");
  assert.equal(rank(other, 1, "GetTargetInstallState"), "reads");
  assert.equal(rank(other, 1, "RpcFindClosePrinterChangeNotification"), "reads");
  assert.equal(rank(other, 1, "OpenLocalMachine"), "prepares");
  assert.equal(rank(other, 1, "SamrCloseHandle"), "routine");
  assert.equal(rank(other, 1, "Opnum7NotUsedOnWire"), "reads");
  assert.equal(rank(other, 1, null), "reads");
  assert.equal(rank(null, 1, null), "reads");
  // DCSync: its name only gets.
  assert.equal(rank("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 3, "IDL_DRSGetNCChanges"), "acts");
  // Known by UUID and opnum where nobody knows names.
  assert.equal(rank(SERVICES.uuid, 24, null), "acts");
});

const OVER_TCP = call().transport;
const OVER_UDP = { ...OVER_TCP, protseq: "ncadg_ip_udp" as const, endpoint: "49152" };
function pipe(endpoint: string): CallRecord["transport"] {
  const smb = {
    dialect: "3.1.1",
    share: "IPC$",
    session_user: "bob",
    session_domain: "CORP",
    encrypted: true,
  };
  return { protseq: "ncacn_np", endpoint, smb };
}

test("a TCP stream, a UDP stream of the same number and the pipes of the stream are conversations of their own", () => {
  const svcctl = pipe("\\pipe\\svcctl");
  const samr = pipe("\\pipe\\samr");
  const on445 = { address: "10.0.0.9", port: 445 };
  const auth = { ...call().auth, source: "smb_session" as const, user: "bob", domain: "CORP" };
  const shown = lines([
    call({ interface: SVCCTL, opnum: 15, method: "ROpenSCManagerW", transport: svcctl, server: on445, auth }),
    call({ interface: SAMR, opnum: 64, method: "SamrConnect5", transport: samr, server: on445, auth }),
    call({ interface: SAMR, opnum: 5, method: "SamrLookupDomainInSamServer", transport: OVER_UDP }),
    call({ interface: SAMR, opnum: 6, method: "SamrEnumerateDomainsInSamServer" }),
    association({
      stream: 0,
      transport: svcctl,
      server: on445,
      contexts: [],
      auth: { ...auth, ntlm: null, kerberos: null },
    }),
    summary(),
  ]);
  const on = "10:00:00.000000  10.0.0.5:49712 → 10.0.0.9";
  assert.deepEqual([...shown].sort(), [
    `  [0] ${on}:445 \\pipe\\samr  as CORP\\bob  samr.SamrConnect5  SMB 3.1.1, encrypted`,
    `  [0] ${on}:445 \\pipe\\svcctl  as CORP\\bob  svcctl.ROpenSCManagerW  SMB 3.1.1, encrypted`,
    `  [0] ${on}:49670  samr.SamrEnumerateDomainsInSamServer`,
    `  [udp 0] ${on}:49670  samr.SamrLookupDomainInSamServer`,
  ]);
});

test("every view names what carried a call", async () => {
  const on445 = { address: "10.0.0.9", port: 445 };
  const events = [
    call({
      interface: SVCCTL,
      opnum: 15,
      method: "ROpenSCManagerW",
      transport: pipe("\\pipe\\svcctl"),
      server: on445,
    }),
    call({ interface: SAMR, opnum: 5, method: "SamrLookupDomainInSamServer", transport: OVER_UDP }),
    call({ interface: SAMR, opnum: 6, method: "SamrEnumerateDomainsInSamServer" }),
  ];
  const layout = { columns: 160, cut: false, paint: plain };
  const table = tablePrinter({ ...layout, live: true });
  const rows = events
    .map((event) => table.push(event))
    .join("")
    .split("\n");
  assert.match(rows[1]!, /^10:00:00\.000000 +0 .* 10\.0\.0\.9\\svcctl /);
  assert.match(rows[2]!, /^10:00:00\.000000 udp 0 /);
  assert.match(rows[3]!, /^10:00:00\.000000 +0 .* 10\.0\.0\.9:49670 /);
  const counter = new StatsCounter();
  for (const event of events) counter.add(event);
  const slow = (await statsTables(counter.result()))
    .split("\n")
    .filter((line) => line.includes("→ 10.0.0.9:"));
  assert.equal(slow.length, 3);
  assert.ok(slow.some((line) => line.includes(":445 \\pipe\\svcctl")));
  assert.ok(slow.some((line) => line.includes("udp 0")));
  const rai = events.map((event) => ({ ...event, interface: call().interface }));
  const text = (ladder: boolean): string => {
    const printer = transcriptPrinter({ ...layout, allCalls: true, ladder, live: !ladder });
    return rai.map((event) => printer.push(event)).join("") + printer.finish();
  };
  assert.match(text(true), /conversation 0: .*:445 \\pipe\\svcctl/);
  assert.match(text(true), /conversation udp 0: /);
  assert.match(text(false), /^10:00:00\.000000 \[udp 0\] /m);
});

test("a note of a pipe stands below it and not below another pipe of the stream", () => {
  const noted = {
    severity: "info" as const,
    code: "no-key",
    message: "encrypted: what would open it is missing",
  };
  const samr = pipe("\\pipe\\samr");
  const svcctl = pipe("\\pipe\\svcctl");
  const shown = lines([
    call({ interface: SVCCTL, opnum: 15, method: "ROpenSCManagerW", transport: svcctl }),
    call({
      interface: SAMR,
      opnum: 64,
      method: "SamrConnect5",
      transport: samr,
      ts: "2024-05-01T10:00:01.000000Z",
    }),
    call({ interface: SAMR, opnum: 5, method: null, transport: OVER_UDP, ts: "2024-05-01T09:00:01.000000Z" }),
    note({ stream: 0, ...noted }),
    note({ stream: 0, severity: "warning", code: "stream-gap", message: "bytes are missing" }),
    association({ stream: 0, transport: samr, contexts: [] }),
    association({ stream: 0, transport: svcctl, contexts: [], notes: [noted] }),
    summary(),
  ]);
  const at = (part: string): number => shown.findIndex((line) => line.includes(part));
  assert.deepEqual(
    [at("[udp 0]"), at("svcctl"), at("no-key"), at("pipe\\samr"), at("stream-gap")],
    [0, 1, 2, 3, 4],
  );
});

test("of conversations that only differ in time and port the first is told, and the others are counted", () => {
  const denied = { status: "error" as const, hresult: null };
  const returned = { type: "NTSTATUS", value: "0xc0000022", name: "STATUS_ACCESS_DENIED" };
  const attempts = (times: number): Event[] =>
    Array.from({ length: times }, (_, n) => {
      const ts = `2024-05-01T10:00:${String(n).padStart(2, "0")}.000000Z`;
      const of = { stream: n, ts, client: { address: "10.0.0.5", port: 50_000 + n } };
      return [
        call({
          interface: SAMR,
          opnum: 5,
          method: "SamrCreateUser",
          request: {},
          ...of,
          ...denied,
          returned,
        }),
        note({
          stream: n,
          frame: n + 1,
          severity: "warning",
          code: "stream-gap",
          message: "bytes are missing",
        }),
      ];
    }).flat();
  const success = call({ stream: 40, interface: SAMR, opnum: 5, method: "SamrCreateUser", request: {} });
  const folded = lines([...attempts(30), success, summary()]);
  const at = (part: string): number => folded.findIndex((line) => line.includes(part));
  assert.equal(folded.filter((line) => /^ {2}\[/.test(line)).length, 2);
  assert.ok(at("[0]") >= 0 && at("[40]") >= 0);
  assert.match(
    folded.join(" "),
    /29 conversations more like it until 10:00:29\.000000: \[1\], \[2\], .*… \[29\]/,
  );
  assert.match(folded.join(" "), /warning: frames 1-30: bytes are missing/);
  for (const all of [
    lines([...attempts(30), summary()], { full: true }),
    lines([...attempts(2), summary()]),
  ]) {
    assert.ok(!all.join("").includes("more like it"));
  }
});

test("a call on a handle is of what was opened as it, and an account of a number by its name", () => {
  const handle = (n: number): Value => ({ attributes: 0, uuid: `00000000-0000-0000-0000-00000000000${n}` });
  const svc = (
    opnum: number,
    method: string,
    request: CallRecord["request"],
    response: CallRecord["response"] = {},
  ) => call({ interface: SVCCTL, opnum, method, request, response });
  const [services] = lines([
    svc(15, "ROpenSCManagerW", { lpMachineName: "HOST" }, { lpScHandle: handle(1) }),
    svc(
      16,
      "ROpenServiceW",
      { hSCManager: handle(1), lpServiceName: "ikeext" },
      { lpServiceHandle: handle(2) },
    ),
    svc(19, "RStartServiceW", { hService: handle(2), argc: 0, argv: null }),
    svc(19, "RStartServiceW", { hService: handle(3), argc: 0, argv: null }),
    summary(),
  ]);
  assert.match(services!, /4 calls: svcctl\.RStartServiceW "ikeext", svcctl\.RStartServiceW, /);
  const winreg = { uuid: "338cd001-2244-31f1-aaaa-900038001003", version: "1.0", name: "winreg" };
  const reg = (
    opnum: number,
    method: string,
    request: CallRecord["request"],
    response: CallRecord["response"] = {},
  ) => call({ interface: winreg, opnum, method, request, response });
  const [registry] = lines([
    reg(2, "OpenLocalMachine", { ServerName: null }, { phKey: handle(4) }),
    reg(15, "BaseRegOpenKey", { hKey: handle(4), lpSubKey: "SOFTWARE\\Run" }, { phkResult: handle(5) }),
    reg(22, "BaseRegSetValue", { hKey: handle(5), lpValueName: "x", dwType: 1, lpData: "evil.exe" }),
    summary(),
  ]);
  assert.match(registry!, /winreg\.BaseRegSetValue "HKLM\\SOFTWARE\\Run", "x", "evil\.exe", /);
  const names = { request: { "Names[0]": "admin" }, response: {} };
  const [accounts] = lines([
    call({
      interface: SAMR,
      opnum: 17,
      method: "SamrLookupNamesInDomain",
      request: { Names: [{}] },
      response: { RelativeIds: { Count: 1, Element: [500] } },
      readable: names,
    }),
    call({
      interface: SAMR,
      opnum: 34,
      method: "SamrOpenUser",
      request: { DomainHandle: handle(6), UserId: 500 },
      response: { UserHandle: handle(7) },
    }),
    call({
      interface: SAMR,
      opnum: 58,
      method: "SamrSetInformationUser2",
      request: {
        UserHandle: handle(7),
        UserInformationClass: { value: 26, name: "UserInternal5InformationNew" },
      },
    }),
    summary(),
  ]);
  assert.match(accounts!, /samr\.SamrSetInformationUser2 "admin", "UserInternal5InformationNew", /);
});

test("what ExecMethod runs is ranked by its own name, and objects that are written are told by their values", () => {
  const wmi = (opnum: number, method: string, over: Partial<CallRecord>): CallRecord =>
    call({ interface: SERVICES, opnum, method, request: {}, ...over });
  const params = (properties: { [name: string]: Value }): CallRecord["readable"] => ({
    request: { pInParams: { class: "__PARAMETERS", properties } },
    response: {},
  });
  const consumer = {
    class: "CommandLineEventConsumer",
    properties: { Name: "up", CommandLineTemplate: "x.exe", Z: null },
  };
  const [line] = lines([
    wmi(24, "ExecMethod", {
      request: { strObjectPath: "StdRegProv\0", strMethodName: "GetStringValue\0" },
      readable: params({ hDefKey: 0x80000002, sSubKeyName: "SOFTWARE" }),
    }),
    wmi(14, "PutInstance", { readable: { request: { pInst: consumer }, response: {} } }),
    summary(),
  ]);
  assert.ok(
    line!.endsWith(
      '2 calls: IWbemServices.PutInstance CommandLineEventConsumer "up", "x.exe", ' +
        'IWbemServices.ExecMethod StdRegProv.GetStringValue "HKLM", "SOFTWARE"',
    ),
    line,
  );
});

test("of many conversations those that changed something come first; of several days each has its date", () => {
  const one = (n: number, method: string): CallRecord =>
    call({
      stream: n,
      ts: `2024-05-0${n < 9 ? 1 : 2}T10:00:00.0000${n + 10}Z`,
      interface: { ...SAMR, name: `i${n}` },
      opnum: 99,
      method,
      request: {},
    });
  const reads = Array.from({ length: 15 }, (_, n) => one(n, "GetIt"));
  const options = { columns: 100, cut: false, paint: plain, allCalls: false, ladder: false, live: false };
  const text = (events: readonly Event[], over: Partial<TranscriptOptions> = {}): string => {
    const printer = transcriptPrinter({ ...options, ...over });
    return events.map((event) => printer.push(event)).join("") + printer.finish();
  };
  const many = text([...reads, one(15, "CreateIt"), one(16, "SetIt"), summary()]);
  const at = (part: string): number => many.indexOf(part);
  const order = [
    at("changed or ran something first"),
    at("CreateIt"),
    at("SetIt"),
    at("only asked"),
    at("i0.GetIt"),
  ];
  assert.ok(order[0]! > 0);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.match(many, /^ {2}\[15\] 2024-05-02 10:00:00\.000025 /m);
  for (const events of [
    [...reads, one(15, "CreateIt"), summary()],
    [...reads, one(15, "GetIt"), one(16, "GetIt"), summary()],
  ]) {
    assert.ok(!text(events).includes("only asked"));
  }
  assert.ok(
    !text([...reads, one(15, "CreateIt"), one(16, "SetIt"), summary()], { allCalls: true }).includes(
      "only asked",
    ),
  );
});

test("what is told lies anywhere in a parameter, in whichever arm of a union", () => {
  const spooler = { uuid: "12345678-1234-abcd-ef00-0123456789ab", version: "1.0", name: "winspool" };
  const level2 = {
    pName: "1234",
    pDriverPath: "C:\\UNIDRV.DLL",
    pDataFile: "\\\\evil\\x.dll",
    pConfigFile: "C:\\y.dll",
  };
  const drsuapi = { uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2", version: "4.0", name: "drsuapi" };
  const meant = {
    "pmsgIn.V8.pNC": "DC=corp",
    "pmsgIn.V8.pPartialAttrSet": "unicodePwd",
    "pmsgIn.V8.x.pNC": "no",
  };
  const shown = lines([
    call({
      interface: spooler,
      opnum: 89,
      method: "RpcAddPrinterDriverEx",
      request: { pName: null, pDriverContainer: { Level: 2, DriverInfo: { Level2: level2 } } },
    }),
    call({
      stream: 1,
      interface: drsuapi,
      opnum: 3,
      method: "IDL_DRSGetNCChanges",
      request: { pmsgIn: { V8: { pNC: { StringName: "DC=corp" } } } },
      readable: { request: meant, response: {} },
    }),
    summary(),
  ]);
  assert.ok(shown[0]!.endsWith('winspool.RpcAddPrinterDriverEx "\\\\evil\\x.dll", "C:\\y.dll"'), shown[0]);
  assert.ok(shown[1]!.endsWith('drsuapi.IDL_DRSGetNCChanges "DC=corp", "unicodePwd"'), shown[1]);
});

test("of many handles the latest have their names", () => {
  const handle = (n: number): Value => ({
    attributes: 0,
    uuid: `00000000-0000-0000-0000-${n.toString().padStart(12, "0")}`,
  });
  const opened = Array.from({ length: 700 }, (_, i) =>
    call({
      interface: SVCCTL,
      opnum: 16,
      method: "ROpenServiceW",
      request: { lpServiceName: `service${i}` },
      response: { lpServiceHandle: handle(i + 1) },
    }),
  );
  const start = (n: number): CallRecord =>
    call({ interface: SVCCTL, opnum: 19, method: "RStartServiceW", request: { hService: handle(n) } });
  const [line] = lines([...opened, start(700), start(1), summary()]);
  assert.match(line!, /svcctl\.RStartServiceW "service699", svcctl\.RStartServiceW, /);
});
