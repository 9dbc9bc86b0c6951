/**
 * Late-bound calls on automation objects: names that GetIDsOfNames and ITypeInfo teach, and the members that are known
 * beforehand, followed from object to object. Each call is played as it would be after its stubs were decoded.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { DecodedCall } from "../../../src/call/decoded-call.js";
import { droppedNote, invocationOf } from "../../../src/call/invocation.js";
import { MAX_ALL_MEMBERS } from "../../../src/call/knowledge.js";
import { NO_SIDE } from "../../../src/call/side.js";
import type { DispatchRecord, Note, Value } from "../../../src/events.js";
import { factsOf } from "../../../src/facts/facts-of.js";
import { type InterfaceTable, loadInterfaces } from "../../../src/interfaces.js";
import { dispatchRecord } from "../../../src/record/call-record.js";
import type { FinishedCall } from "../../../src/rpc/finished-call.js";
import { RunState } from "../../../src/run/run-state.js";
import { analyze, calls } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

type Values = { [name: string]: Value };

const { table: shipped } = loadInterfaces();
const IID_DISPATCH = "00020400-0000-0000-c000-000000000046";
const IID_TYPEINFO = "00020401-0000-0000-c000-000000000046";
const MMC = "49b2791a-b1ae-4c90-9b8e-e860ba07f889";
const EXCEL = "00024500-0000-0000-c000-000000000046";
const OUTLOOK = "0006f03a-0000-0000-c000-000000000046";
const WORD = "000209ff-0000-0000-c000-000000000046";
const SHELL_WINDOWS = "9ba05972-f6a8-11cf-a442-00a0c90a8f39";
const SHELL_BROWSER = "c08afd90-f2a1-11d1-8455-00a0c91f3880";
const INTERNET_EXPLORER = "0002df01-0000-0000-c000-000000000046";
const METHOD_OR_GET = 3;
const PUT = 4;

/** A run, to which calls are played one after another; objects go by a word that stands for their IPID and OID. */
class Run {
  readonly #run: RunState;
  readonly notes: Note[] = [];
  #frame = 0;

  constructor(table: InterfaceTable = shipped) {
    this.#run = new RunState(table, {} as RunState["ndr"]);
  }

  /** A reference to an object that a call hands out, which makes it known. */
  pointer(name: string, iid = IID_DISPATCH): Values {
    this.#run.objects.learn(`ipid ${name} ${iid}`, { iid, oid: name, oxid: "x" }, this.#frame, 0);
    return { iid, oxid: "x", oid: name, ipid: `ipid ${name} ${iid}` };
  }

  /** The object was activated as of this class. */
  activated(name: string, clsid: string): void {
    this.pointer(name);
    this.#run.objects.setClass("x", name, clsid);
  }

  call(name: string, interfaceName: string, method: string, request: Values, response: Values | null) {
    const iface = this.#run.table.named(interfaceName)!;
    const found = iface.methods.find((m) => m?.idlName === method)!;
    this.#frame += 2;
    const ipid = `ipid ${name} ${iface.uuid}`;
    const call = {
      object: ipid,
      opnum: found.opnum,
      channel: {
        stream: 0,
        transport: { protseq: "ncacn_ip_tcp", endpoint: "2", smb: null },
        client: { address: "a", port: 1 },
        server: { address: "b", port: 2 },
      },
      request: { frames: [this.#frame - 1] },
      response: { frames: [this.#frame] },
    } as unknown as FinishedCall;
    const dropped = droppedNote(iface, found, this.#run);
    if (dropped) this.notes.push(dropped);
    const called = this.#run.objects.called(ipid);
    const decoded: DecodedCall = {
      call,
      identity: { uuid: iface.uuid, version: "0.0", iface, transfer: "ndr", inferred: false },
      method: found,
      called,
      request: { ...NO_SIDE, values: request },
      response: { ...NO_SIDE, values: response },
      invocation: invocationOf(ipid, called, iface, found, request, response, this.#run),
      outcome: { status: "ok", returned: null },
      inferred: null,
      notes: [],
    };
    this.#run.apply(decoded, factsOf(decoded, this.#run.table).facts);
    return decoded.invocation === null ? undefined : dispatchRecord(decoded.invocation);
  }

  names(name: string, names: string[], ids: number[]): void {
    this.call(name, "IDispatch", "GetIDsOfNames", { rgszNames: names }, { rgDispId: ids });
  }

  invoke(
    name: string,
    dispid: number,
    args: Value[] = [],
    result: Value = null,
    flags = METHOD_OR_GET,
  ): DispatchRecord {
    const rgvarg = [...args].reverse().map((value) => ({ vt: "VT_BSTR", value }));
    const request = { dispIdMember: dispid, dwFlags: flags, pDispParams: { rgvarg } };
    const response = { pVarResult: { vt: "VT_DISPATCH", value: result }, rgVarRef: [] };
    return this.call(name, "IDispatch", "Invoke", request, response)!;
  }

  /** `object` is described by the ITypeInfo `type`, whose GUID is reported as well where it is given. */
  typed(object: string, type: string, guid: string | null = null): void {
    const ppTInfo = this.pointer(type, IID_TYPEINFO);
    this.call(object, "IDispatch", "GetTypeInfo", { iTInfo: 0, lcid: 0 }, { ppTInfo });
    if (guid !== null) this.attributes(type, guid);
  }

  attributes(type: string, guid: string, typekind = "TKIND_DISPATCH"): void {
    const ppTypeAttr = { guid, typekind: { value: 4, name: typekind } };
    this.call(type, "ITypeInfo", "GetTypeAttr", {}, { ppTypeAttr });
  }

  member(type: string, memid: number, names: string[], invkind = 1): void {
    const ppFuncDesc = { memid, invkind: { value: invkind, name: null } };
    this.call(type, "ITypeInfo", "GetFuncDesc", { index: 0 }, { ppFuncDesc });
    this.call(type, "ITypeInfo", "GetNames", { memid, cMaxNames: 20 }, { rgBstrNames: names });
  }
}

const reported = (r: DispatchRecord): Value[] => [r.interface, r.member, r.kind];

test("GetIDsOfNames names what is invoked on the same object, its parameters too, and says where", () => {
  const run = new Run();
  run.pointer("a");
  run.names("a", ["Copy", "Where", "From"], [7, 1, 0]);
  assert.deepEqual(run.invoke("a", 7, ["x", "y"]), {
    dispid: "0x00000007",
    interface: null,
    member: "Copy",
    kind: "method",
    arguments: { From: "x", Where: "y" },
    from_frame: 2,
  });
  // What the object does not know has no name, and neither has another member, or another object's.
  run.names("a", ["Nothing"], [-1]);
  run.pointer("b");
  assert.equal(run.invoke("a", 8).member, null);
  assert.equal(run.invoke("b", 7).member, null);
});

test("names of an object whose reference was not captured go by its IPID", () => {
  const run = new Run();
  run.names("unseen", ["Quit"], [3]);
  assert.equal(run.invoke("unseen", 3).member, "Quit");
  assert.equal(run.invoke("other", 3).member, null);
});

test("ITypeInfo names members, parameters and kinds of the object that gave it out", () => {
  const run = new Run();
  run.pointer("a");
  run.typed("a", "t");
  run.call("t", "ITypeInfo", "GetDocumentation", { memid: -1 }, { pBstrName: "Robot" });
  run.member("t", 4, ["Arm"], 2);
  run.member("t", 5, ["Move", "By", "How"]);
  run.call("t", "ITypeInfo", "GetDocumentation", { memid: 6 }, { pBstrName: "Stop" });
  const arm = run.invoke("a", 4);
  assert.deepEqual([...reported(arm), arm.inferred], ["Robot", "Arm", "propget", undefined]);
  const move = run.invoke("a", 5, ["1", "2"]);
  assert.deepEqual([...reported(move), move.arguments], ["Robot", "Move", "method", { By: "1", How: "2" }]);
  assert.equal(move.from_frame, 12);
  assert.deepEqual(reported(run.invoke("a", 6)), ["Robot", "Stop", "method"]);
  assert.deepEqual(reported(run.invoke("a", 9)), ["Robot", null, "method"]);
  // A variable of a dispinterface is a property.
  run.call("t", "ITypeInfo", "GetVarDesc", { index: 0 }, { ppVarDesc: { memid: 8 } });
  run.call("t", "ITypeInfo", "GetNames", { memid: 8 }, { rgBstrNames: ["Speed"] });
  assert.deepEqual(reported(run.invoke("a", 8)), ["Robot", "Speed", "propget"]);
  assert.deepEqual(reported(run.invoke("a", 8, ["1"], null, PUT)), ["Robot", "Speed", "propput"]);
});

test("types of one GUID share their names, whichever object's they are and whenever that is reported", () => {
  const guid = "11111111-2222-3333-4444-555555555555";
  const run = new Run();
  run.pointer("a");
  run.pointer("b");
  run.typed("a", "t");
  run.member("t", 5, ["Move", "By"]);
  run.attributes("t", guid);
  run.typed("b", "u", guid);
  assert.equal(run.invoke("b", 5).member, "Move");
  // And on: what the second one shows, the first one's type has as well.
  run.member("u", 6, ["Stop"]);
  assert.equal(run.invoke("a", 6).member, "Stop");
});

test("members of base types, by way of the implemented type that was asked for", () => {
  const run = new Run();
  run.pointer("a");
  run.typed("a", "t", "11111111-2222-3333-4444-555555555555");
  run.call("t", "ITypeInfo", "GetRefTypeOfImplType", { index: 0 }, { pRefType: 77 });
  const ppTInfo = run.pointer("base", IID_TYPEINFO);
  run.call("t", "ITypeInfo", "GetRefTypeInfo", { hRefType: 77 }, { ppTInfo });
  run.member("base", 9, ["Begin"]);
  assert.equal(run.invoke("a", 9).member, "Begin");
  // Another reference, such as the type of a parameter, is no base.
  const other = run.pointer("other", IID_TYPEINFO);
  run.call("t", "ITypeInfo", "GetRefTypeInfo", { hRefType: 78 }, { ppTInfo: other });
  run.member("other", 10, ["Foreign"]);
  assert.equal(run.invoke("a", 10).member, null);
});

test("a class's type information leads to its default interface, which is inferred to be the one called", () => {
  const run = new Run();
  run.pointer("a");
  run.pointer("a", "b196b283-bab4-101a-b69c-00aa00341d07");
  const ppTI = run.pointer("c", IID_TYPEINFO);
  run.call("a", "IProvideClassInfo", "GetClassInfo", {}, { ppTI });
  run.attributes("c", MMC, "TKIND_COCLASS");
  for (const [index, href, flags] of [
    [0, 10, 3],
    [1, 20, 1],
  ] as const) {
    run.call("c", "ITypeInfo", "GetImplTypeFlags", { index }, { pImplTypeFlags: flags });
    run.call("c", "ITypeInfo", "GetRefTypeOfImplType", { index }, { pRefType: href });
    const ppTInfo = run.pointer(`i${index}`, IID_TYPEINFO);
    run.call("c", "ITypeInfo", "GetRefTypeInfo", { hRefType: href }, { ppTInfo });
  }
  run.member("i0", 5, ["Fired"]);
  run.member("i1", 5, ["Fire"]);
  const fire = run.invoke("a", 5);
  assert.deepEqual([fire.member, fire.inferred], ["Fire", true]);
});

test("names of one object are inferred to be those of another of its class", () => {
  const run = new Run();
  const clsid = "aaaaaaaa-2222-3333-4444-555555555555";
  run.activated("a", clsid);
  run.activated("b", clsid);
  run.activated("c", "bbbbbbbb-2222-3333-4444-555555555555");
  run.names("a", ["Launch"], [12]);
  const launched = run.invoke("b", 12);
  assert.deepEqual([launched.member, launched.from_frame, launched.inferred], ["Launch", 2, true]);
  assert.equal(run.invoke("a", 12).inferred, undefined);
  assert.equal(run.invoke("c", 12).member, null);
});

test("MMC20.Application, without any name on the wire: Document.ActiveView.ExecuteShellCommand", () => {
  const run = new Run();
  run.activated("mmc", MMC);
  assert.deepEqual(reported(run.invoke("mmc", 4, [], run.pointer("document"))), [
    "_Application",
    "Document",
    "propget",
  ]);
  assert.deepEqual(reported(run.invoke("document", 6, [], run.pointer("view"))), [
    "Document",
    "ActiveView",
    "propget",
  ]);
  const executed = run.invoke("view", 0x36, ["cmd.exe", null, "/c calc", "7"]);
  assert.deepEqual(executed, {
    dispid: "0x00000036",
    interface: "View",
    member: "ExecuteShellCommand",
    kind: "method",
    arguments: { Command: "cmd.exe", Directory: null, Parameters: "/c calc", WindowState: "7" },
  });
  // An object of which nothing is known has no names: 54 is anything.
  run.pointer("stranger");
  assert.deepEqual(reported(run.invoke("stranger", 0x36)), [null, null, "method"]);
});

test("ShellWindows: what its documentation says of the objects behind it is inferred, as far as members fit", () => {
  const run = new Run();
  run.activated("windows", SHELL_WINDOWS);
  assert.deepEqual(reported(run.invoke("windows", 0x60020000)), ["IShellWindows", "Count", "propget"]);
  assert.deepEqual(reported(run.invoke("windows", 0, [], run.pointer("window"))), [
    "IShellWindows",
    "Item",
    "method",
  ]);
  const document = run.invoke("window", 203, [], run.pointer("folder"));
  assert.deepEqual([...reported(document), document.inferred], ["IWebBrowser", "Document", "propget", true]);
  run.invoke("folder", 0x60020000, [], run.pointer("shell"));
  const executed = run.invoke("shell", 0x60030001, ["cmd.exe", "/c calc", "C:\\", null, "0"]);
  assert.deepEqual(executed, {
    dispid: "0x60030001",
    interface: "IShellDispatch2",
    member: "ShellExecute",
    kind: "method",
    arguments: { File: "cmd.exe", vArgs: "/c calc", vDir: "C:\\", vOperation: null, vShow: "0" },
    inferred: true,
  });
  // A page instead of a folder: its members are none of a folder view's, and nothing is said.
  assert.deepEqual(reported(run.invoke("folder", 1001)), [null, null, "method"]);
});

test("ShellBrowserWindow and Internet Explorer are browsers; a page is no folder", () => {
  const run = new Run();
  run.activated("browser", SHELL_BROWSER);
  run.invoke("browser", 203, [], run.pointer("folder"));
  assert.equal(run.invoke("folder", 0x60020000).member, "Application");
  run.activated("ie", INTERNET_EXPLORER);
  assert.deepEqual(run.invoke("ie", 104, ["http://example.com/"]).arguments, { URL: "http://example.com/" });
  const visible = run.invoke("ie", 402, ["x"], null, PUT);
  assert.deepEqual([visible.member, visible.kind], ["Visible", "propput"]);
  assert.deepEqual(reported(run.invoke("ie", 500)), ["IWebBrowser2", "Navigate2", "method"]);
  run.invoke("ie", 203, [], run.pointer("page"));
  assert.equal(run.invoke("page", 0x60020000).member, null);
});

test("Office: what loads code, runs macros and makes objects", () => {
  const run = new Run();
  run.activated("excel", EXCEL);
  const excel = (dispid: number): string | null => run.invoke("excel", dispid).member;
  assert.deepEqual([0x1e, 0x15e, 0x14e, 0x14d, 0x103, 0x22e, 0x157].map(excel), [
    "RegisterXLL",
    "ExecuteExcel4Macro",
    "DDEInitiate",
    "DDEExecute",
    "Run",
    "Visible",
    "DisplayAlerts",
  ]);
  assert.deepEqual(run.invoke("excel", 0x14e, ["cmd", "/c calc"]).arguments, {
    App: "cmd",
    Topic: "/c calc",
  });
  // Application of Application is Excel's again.
  run.invoke("excel", 0x94, [], run.pointer("again"));
  assert.deepEqual(reported(run.invoke("again", 0x1e, ["a.xll"])), ["_Application", "RegisterXLL", "method"]);
  run.activated("outlook", OUTLOOK);
  assert.deepEqual(run.invoke("outlook", 0x115, ["Shell.Application"]).arguments, {
    ObjectName: "Shell.Application",
  });
  // The same number is another member in another class.
  run.activated("word", WORD);
  assert.deepEqual(
    [0x137, 0x14e].map((id) => run.invoke("word", id).member),
    ["DDEInitiate", null],
  );
});

test("the object's own type information goes before its class, and a type that is not known refutes both", () => {
  const run = new Run();
  run.activated("mmc", MMC);
  run.typed("mmc", "t", "6efc2da2-b38c-457e-9abb-ed2d189b8c38");
  assert.deepEqual(reported(run.invoke("mmc", 0x36)), ["View", "ExecuteShellCommand", "method"]);
  run.activated("strange", MMC);
  run.typed("strange", "u", "11111111-2222-3333-4444-555555555555");
  assert.deepEqual(reported(run.invoke("strange", 4)), [null, null, "method"]);
});

test("DISPIDs that MIDL gave out name no interface by themselves", () => {
  const run = new Run();
  run.pointer("any");
  assert.equal(run.invoke("any", 0x60030001).member, null);
  // One that somebody chose does, and it is inferred.
  const count = run.invoke("any", 0x08010000);
  assert.deepEqual([...reported(count), count.inferred], ["IPCHCollection", "Count", "propget", true]);
});

test("a distinctive name with its DISPID infers the interface that declares both, and no everyday word does", () => {
  const run = new Run();
  for (const name of ["app", "document", "view"]) run.pointer(name);
  run.names("app", ["Document"], [4]);
  assert.deepEqual(reported(run.invoke("app", 4)), [null, "Document", "method"]);
  run.names("view", ["executeshellcommand"], [0x36]);
  assert.deepEqual(run.invoke("view", 0x36, ["cmd.exe", "C:\\", "/c dir", "7"]), {
    dispid: "0x00000036",
    interface: "View",
    member: "ExecuteShellCommand",
    kind: "method",
    arguments: { Command: "cmd.exe", Directory: "C:\\", Parameters: "/c dir", WindowState: "7" },
    from_frame: 6,
    inferred: true,
  });
  // The same name under another number is another class's.
  run.names("document", ["ExecuteShellCommand"], [0x37]);
  assert.deepEqual(reported(run.invoke("document", 0x37)), [null, "ExecuteShellCommand", "method"]);
  // Inherited by six interfaces, declared by one.
  run.pointer("shell");
  run.names("shell", ["ShellExecute"], [0x60030001]);
  assert.deepEqual(reported(run.invoke("shell", 0x60030001)), ["IShellDispatch2", "ShellExecute", "method"]);
});

test("two libraries that call theirs _Application are distinguished by their classes' IIDs", () => {
  for (const [clsid, iid] of [
    [MMC, "a3afb9cc-b653-4741-86ab-f0470ec1384c"],
    [EXCEL, "000208d5-0000-0000-c000-000000000046"],
    [OUTLOOK, "00063001-0000-0000-c000-000000000046"],
    [WORD, "00020970-0000-0000-c000-000000000046"],
  ]) {
    assert.equal(shipped.coclass(clsid!)?.defaultIid, iid);
    assert.equal(shipped.find(iid!)?.name, "_Application");
  }
});

test("the members of a dispinterface have no opnums: a call by number on one is not named", () => {
  const excel = shipped.find("000208d5-0000-0000-c000-000000000046")!;
  assert.deepEqual([excel.dispatchOnly, excel.methods[6]?.idlName], [true, "Invoke"]);
  assert.equal(
    shipped.candidates(7, ["000208d5-0000-0000-c000-000000000046"]).some(({ iface }) => iface === excel),
    false,
  );
});

test("names and types are remembered up to a limit, and what was learned last is there", () => {
  const run = new Run();
  for (let i = 0; i < 5000; i++) run.names(`object ${i}`, ["Name"], [i]);
  assert.equal(run.invoke("object 0", 0).member, null);
  assert.equal(run.invoke("object 4999", 4999).member, "Name");
  for (let i = 0; i < 5000; i++) {
    run.typed("one", `type ${i}`);
    run.member(`type ${i}`, i, ["Member"]);
  }
  assert.equal(run.invoke("one", 4999).member, "Member");
  run.typed("one", "type 0");
  assert.equal(run.invoke("one", 0).member, null);
});

test("more members than may be remembered: all is forgotten, which is reported, and learning goes on", () => {
  const run = new Run();
  const each = 256;
  for (let left = MAX_ALL_MEMBERS - 1; left > 0; left -= each) {
    run.typed("a", `type ${left}`);
    for (let i = 0; i < Math.min(left, each); i++) run.member(`type ${left}`, i, ["Member"]);
  }
  assert.equal(run.invoke("a", 7).member, "Member");
  assert.equal(run.notes.length, 0);
  run.pointer("b");
  run.typed("b", "last");
  run.member("last", 6, ["First"]);
  assert.deepEqual([run.notes.length, run.notes[0]?.code], [1, "names-limit"]);
  run.typed("b", "last");
  run.member("last", 7, ["Last"]);
  assert.deepEqual([run.invoke("a", 7).member, run.invoke("b", 7).member], [null, "Last"]);
});

test("names longer than type libraries have are no names", () => {
  const run = new Run();
  run.pointer("a");
  run.typed("a", "t");
  run.names("a", ["x".repeat(257)], [1]);
  run.member("t", 2, ["y".repeat(257)]);
  run.member("t", 3, ["Fits", "z".repeat(257), "w"]);
  assert.deepEqual([run.invoke("a", 1).member, run.invoke("a", 2).member], [null, null]);
  assert.deepEqual(run.invoke("a", 3, ["1", "2"]).arguments, { arg1: "1", w: "2" });
});

const shared = sharedDir();
const skip = (shared === null || !existsSync(join(shared, "captures"))) && "no ../shared";

test("real captures: what was run on another machine, by name", { skip }, async () => {
  const invoked = async (name: string): Promise<Value[][]> =>
    calls(await analyze([join(shared!, "captures", name)])).flatMap((c) => {
      const d = c.dispatch;
      return d ? [[d.interface, d.member, d.kind, d.from_frame ?? null, d.inferred ?? false]] : [];
    });
  // Frames as tshark gives them; the last one taught that DISPID's name.
  assert.deepEqual(await invoked("dcompayload-poshc2.pcap"), [
    ["_Application", "Document", "propget", 88, false],
    ["Document", "ActiveView", "propget", 192, false],
    ["View", "ExecuteShellCommand", "method", 384, false],
  ]);
  assert.deepEqual(await invoked("LM_dcom_mmc20.application_dcerpc.pcapng"), [
    ["_Application", "Document", "propget", null, false],
    ["Document", "ActiveView", "propget", null, false],
    ["View", "ExecuteShellCommand", "method", null, false],
  ]);
  assert.deepEqual(await invoked("covenant_dcom_registerxll_2020-09-18145959.cap"), [
    ["_Application", "RegisterXLL", "method", 158, false],
  ]);
  for (const workstation of [5, 6]) {
    const name = `empire_dcom_shellwindows_WORKSTATION${workstation}_2020-09-18130751.cap`;
    assert.deepEqual(await invoked(name), [
      ["IShellWindows", "Item", "method", null, false],
      ["IWebBrowser2", "Document", "propget", null, false],
      ["IShellFolderViewDual3", "Application", "propget", null, false],
      ["IShellDispatch6", "ShellExecute", "method", null, false],
    ]);
  }
});

test("the shipped members of MMC20.Application are what its own type library shows in a real capture", {
  skip,
}, async () => {
  const events = calls(await analyze([join(shared!, "captures", "dcompayload-poshc2.pcap")]));
  const guids = new Map<string, string>();
  let compared = 0;
  for (const { method, object, request, response } of events) {
    const guid = (response?.ppTypeAttr as Values | undefined)?.guid;
    if (method === "GetTypeAttr" && typeof guid === "string") guids.set(object!, guid);
    if (method !== "GetNames") continue;
    const [name, ...params] = response!.rgBstrNames as string[];
    const members = shipped.find(guids.get(object!)!)!.methods.filter((m) => m?.dispid === request!.memid);
    assert.ok(members.length > 0, `${name} is missing`);
    assert.ok(members.every((m) => m!.idlName === name));
    assert.ok(
      members.some((m) => {
        const own = m!.params.filter((p) => !p.retval).map((p) => p.name);
        return params.every((p, i) => own[i] === p);
      }),
      `${name}(${params.join(", ")})`,
    );
    compared++;
  }
  assert.equal(compared, 70);
});
