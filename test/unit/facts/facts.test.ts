/** What single calls say, as facts: stubs come from the lab, which shares no code with the decoders. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Fact } from "../../../src/facts/fact.js";
import {
  type Activated,
  type ActivationRequest,
  remoteActivation,
  scmActivation,
} from "../../lab/activation.js";
import { type Bindings, CLSID, IID, type ObjectRef } from "../../lab/dcom.js";
import {
  DISP_E_EXCEPTION,
  DISPATCH,
  getIDsOfNames,
  getTypeInfo,
  invoke,
  NO_EXCEPTION,
} from "../../lab/dispatch.js";
import { eptMap } from "../../lab/epm.js";
import {
  createInstance,
  remQueryInterface,
  remQueryInterface2,
  remReferences,
  resolveOxid2,
  serverAlive2,
} from "../../lab/exporter.js";
import { LITTLE } from "../../lab/ndr.js";
import { bstrVariant, i4 } from "../../lab/oaut.js";
import {
  connectionString2,
  DISPID,
  getNoviceUserInfo,
  getProperty,
  getSessionInfo,
  HRESULT,
  helpBlob,
  notUsed,
  remoteConnectionParms,
  sessionNames,
} from "../../lab/rai.js";
import { CALLED, factsAlone, finished, newRun, report } from "../../support/call/calls.js";

const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";
const BINDINGS: Bindings = {
  strings: [
    { tower: 7, address: "novice[49665]" },
    { tower: 15, address: "\\\\novice[\\PIPE\\x]" },
  ],
  security: [{ authn: 10, principal: "NT AUTHORITY\\SYSTEM" }],
};
const SHOWN = {
  strings: [
    { towerId: 7, address: "novice[49665]" },
    { towerId: 15, address: "\\\\novice[\\PIPE\\x]" },
  ],
  security: [{ authnSvc: 10, principal: "NT AUTHORITY\\SYSTEM" }],
};
const REMUNKNOWN = "0000b000-b208-c945-a8d7-769a0ccef7f8";
const REF: ObjectRef = {
  iid: IID.IRASrv,
  flags: 0,
  publicRefs: 5,
  oxid: 0x4a9d38fac24b00b8n,
  oid: 0x430b20287ca40b28n,
  ipid: "0000a000-b208-c945-a8d7-769a0ccef7f8",
  bindings: BINDINGS,
};
const POINTER = {
  kind: "interface-pointer",
  in: "response",
  iid: IID.IRASrv,
  ipid: REF.ipid,
  oid: "430b20287ca40b28",
  oxid: "4a9d38fac24b00b8",
  refs: 5,
  resolver: SHOWN,
  clsid: null,
  factory: null,
};
const EXPORTER = { kind: "exporter", oxid: "4a9d38fac24b00b8", bindings: SHOWN, remUnknown: REMUNKNOWN };
const ASKED: ActivationRequest = {
  clsid: CLSID.RASrv,
  iids: [IID.IRASrv],
  session: 3,
  serverName: "novice",
  contextId: CID,
};
const done = (hresult: number, ref: ObjectRef | null): Activated => ({
  oxid: REF.oxid,
  bindings: BINDINGS,
  ipidRemUnknown: REMUNKNOWN,
  authnHint: 6,
  interfaces: [{ iid: IID.IRASrv, hresult, ref }],
});

const ofKind = (facts: readonly Fact[], kind: Fact["kind"]): Fact[] => facts.filter((f) => f.kind === kind);

test("activation by properties: what was asked for, the result of each interface, the exporter, the object's class", () => {
  for (const [form, session] of [
    ["RemoteGetClassObject", 3],
    ["RemoteCreateInstance", null],
  ] as const) {
    const facts = factsAlone(scmActivation(LITTLE, CID, form, { ...ASKED, session }, done(0, REF)));
    assert.deepEqual(
      facts.filter((f) => f.kind !== "interface-pointer" || f.in === "response"),
      [
        {
          kind: "activation",
          form,
          clsid: CLSID.RASrv,
          iids: [IID.IRASrv],
          session,
          console: false,
          serverName: "novice",
          hr: null,
          results: [0],
        },
        EXPORTER,
        { ...POINTER, clsid: CLSID.RASrv },
      ],
    );
  }
});

test("an activation that fails for its interface, and one that fails as a whole", () => {
  const refused = scmActivation(
    LITTLE,
    CID,
    "RemoteCreateInstance",
    ASKED,
    done(HRESULT.E_NOINTERFACE, null),
  );
  const [fact] = ofKind(factsAlone(refused), "activation");
  assert.deepEqual(fact?.kind === "activation" && fact.results, [HRESULT.E_NOINTERFACE]);
  const denied = scmActivation(LITTLE, CID, "RemoteCreateInstance", ASKED, HRESULT.E_ACCESSDENIED);
  const reported = report(newRun(), finished(denied));
  assert.deepEqual(ofKind(reported.facts, "exporter"), []);
  const { status, returned } = reported.decoded.outcome;
  assert.deepEqual(
    [status, returned?.value, returned?.name],
    ["error", HRESULT.E_ACCESSDENIED, "E_ACCESSDENIED"],
  );
});

test("RemoteActivation shows a failure in phr, which is the call's own", () => {
  const spoken = remoteActivation(LITTLE, CID, ASKED, HRESULT.REGDB_E_CLASSNOTREG);
  const { facts, decoded } = report(newRun(), finished(spoken));
  assert.deepEqual(ofKind(facts, "activation"), [
    {
      kind: "activation",
      form: "RemoteActivation",
      clsid: CLSID.RASrv,
      iids: [IID.IRASrv],
      session: null,
      console: false,
      serverName: null,
      hr: HRESULT.REGDB_E_CLASSNOTREG,
      results: [0],
    },
  ]);
  assert.equal(decoded.outcome.status, "error");
  assert.equal(decoded.outcome.returned?.value, HRESULT.REGDB_E_CLASSNOTREG);
  const good = factsAlone(remoteActivation(LITTLE, CID, ASKED, done(0, REF)));
  assert.deepEqual(ofKind(good, "exporter"), [EXPORTER]);
  assert.deepEqual(ofKind(good, "interface-pointer"), [{ ...POINTER, clsid: CLSID.RASrv }]);
});

test("OXID resolution and ServerAlive2: towers keep their numbers", () => {
  assert.deepEqual(factsAlone(resolveOxid2(LITTLE, REF.oxid, BINDINGS, REMUNKNOWN, 6)), [
    { kind: "oxid-asked", oxid: "4a9d38fac24b00b8" },
    EXPORTER,
  ]);
  assert.deepEqual(factsAlone(resolveOxid2(LITTLE, 0n, BINDINGS, REMUNKNOWN, 6)), []);
  assert.deepEqual(factsAlone(serverAlive2(LITTLE, BINDINGS)), [{ kind: "resolver", bindings: SHOWN }]);
});

test("RemQueryInterface: a status for each IID, and what was given", () => {
  const answers = [
    { iid: IID.IRASrv, hresult: 0, ref: REF },
    { iid: IID.IPCHService, hresult: HRESULT.E_NOINTERFACE, ref: null },
  ];
  const given = { ipid: REF.ipid, oid: POINTER.oid, oxid: POINTER.oxid, refs: 5 };
  assert.deepEqual(factsAlone(remQueryInterface(LITTLE, CID, "IRemUnknown", CALLED, answers), REMUNKNOWN), [
    {
      kind: "query",
      ipid: CALLED,
      results: [
        { iid: IID.IRASrv, status: 0, given },
        { iid: IID.IPCHService, status: HRESULT.E_NOINTERFACE, given: null },
      ],
      answered: true,
    },
  ]);
  assert.deepEqual(factsAlone(remQueryInterface2(LITTLE, CID, CALLED, answers), REMUNKNOWN), [
    {
      kind: "query",
      ipid: CALLED,
      results: [
        { iid: IID.IRASrv, status: 0, given: null },
        { iid: IID.IPCHService, status: HRESULT.E_NOINTERFACE, given: null },
      ],
      answered: true,
    },
    POINTER,
  ]);
  const unanswered = { ...remQueryInterface(LITTLE, CID, "IRemUnknown", CALLED, answers), response: null };
  const [fact] = factsAlone(unanswered, REMUNKNOWN);
  assert.deepEqual(fact?.kind === "query" && [fact.answered, fact.results.map((r) => r.status)], [
    false,
    [null, null],
  ]);
});

test("references that are counted, and objects of a class factory", () => {
  const refs = [{ ipid: CALLED, publicRefs: 3 }];
  for (const [method, kind] of [
    ["RemAddRef", "added"],
    ["RemRelease", "released"],
  ] as const) {
    const facts = factsAlone(remReferences(LITTLE, CID, "IRemUnknown2", method, refs), REMUNKNOWN);
    assert.deepEqual(facts, [{ kind, refs: [{ ipid: CALLED, count: 3 }] }]);
  }
  assert.deepEqual(factsAlone(createInstance(LITTLE, CID, IID.IRASrv, REF), CALLED), [
    { kind: "creation", factory: CALLED },
    { ...POINTER, factory: CALLED },
  ]);
});

test("the endpoint mapper: what was asked for, and where it is", () => {
  assert.deepEqual(factsAlone(eptMap(LITTLE, "IRASrv", 49665, "0.0.0.0")), [
    { kind: "endpoint-asked", uuids: [IID.IRASrv] },
    { kind: "endpoint", uuid: IID.IRASrv, address: null, endpoint: 49665 },
  ]);
  const [, there] = factsAlone(eptMap(LITTLE, "IRASrv", 49665, "198.51.100.7"));
  assert.equal(there?.kind === "endpoint" && there.address, "198.51.100.7");
  const { notes } = report(newRun(), finished(eptMap(LITTLE, "IRASrv", 49665, "0.0.0.0", 2)));
  assert.deepEqual(
    notes.map((n) => n.code),
    ["rai-version"],
  );
});

test("calls of [MS-RAI] go by the names of the shipped IDL, with what they mean", () => {
  const string = connectionString2({ kh: "x", id: "y" }, [
    { id: "1", sid: "2", listeners: [{ name: "novice", port: 49666 }] },
  ]);
  const facts = factsAlone(getNoviceUserInfo(LITTLE, CID, null, string), CALLED);
  assert.deepEqual(facts[0], { kind: "rai-call", on: "IRASrv", member: "GetNoviceUserInfo", invoked: false });
  assert.equal(facts[1]?.kind === "connection-string" && facts[1].value.form, 2);
  const list = { names: sessionNames(["EX\\ann:2", null]), count: 2 };
  const listed = factsAlone(getSessionInfo(LITTLE, CID, { names: null, count: 0 }, list), CALLED);
  assert.deepEqual(ofKind(listed, "sessions"), [
    { kind: "sessions", entries: [{ raw: "EX\\ann:2", domain: "EX", user: "ann", session_id: 2 }] },
  ]);
  const asked = { user: "ann", domain: "EX", session: 2, helpBlob: helpBlob("EX", "eve") };
  const parms = factsAlone(remoteConnectionParms(LITTLE, CID, asked, null), CALLED);
  assert.deepEqual(ofKind(parms, "session-asked"), [
    { kind: "session-asked", user: "ann", domain: "EX", session: 2 },
  ]);
  const [blob] = ofKind(parms, "help-blob");
  assert.deepEqual(blob?.kind === "help-blob" && blob.value.id, { domain: "EX", user: "eve" });
  const unused = factsAlone(notUsed(LITTLE, CID, 9, 0), CALLED);
  assert.deepEqual(unused, [{ kind: "rai-call", on: "IPCHService", member: null, invoked: false }]);
});

test("properties of a session are read where the call went well, states by their numbers", () => {
  const read = (...args: [Parameters<typeof getProperty>[2], string | number | null, number?]) =>
    ofKind(factsAlone(getProperty(LITTLE, CID, ...args), CALLED), "session-property");
  assert.deepEqual(read("SessionState", 4), [{ kind: "session-property", name: "SessionState", value: 4 }]);
  assert.deepEqual(read("UserName", "ann"), [{ kind: "session-property", name: "UserName", value: "ann" }]);
  assert.deepEqual(read("SessionID", 7), [{ kind: "session-property", name: "SessionID", value: 7 }]);
  assert.deepEqual(read("SessionID", 7, HRESULT.E_POINTER), []);
});

test("through IDispatch::Invoke the same, by DISPIDs, with what was thrown as a number", () => {
  const string = connectionString2({ kh: "x", id: "y" }, [
    { id: "1", sid: "2", listeners: [{ name: "novice", port: 49666 }] },
  ]);
  const invoked = invoke(LITTLE, CID, "IPCHService", {
    dispid: DISPID.REMOTECONNECTIONPARMS,
    flags: DISPATCH.METHOD,
    arguments: [bstrVariant("ann"), bstrVariant("EX"), i4(2), bstrVariant(helpBlob("EX", "eve"))],
    result: bstrVariant(string),
  });
  const facts = factsAlone(invoked, CALLED);
  const [invocation] = ofKind(facts, "invocation");
  assert.ok(invocation?.kind === "invocation");
  const { iid, dispid, member, access, thrown } = invocation;
  assert.deepEqual(
    [iid, dispid, member, access, thrown],
    [IID.IPCHService, DISPID.REMOTECONNECTIONPARMS, "RemoteConnectionParms", "method", null],
  );
  assert.deepEqual(ofKind(facts, "rai-call"), [
    { kind: "rai-call", on: "IPCHService", member: "RemoteConnectionParms", invoked: true },
  ]);
  assert.deepEqual(ofKind(facts, "session-asked"), [
    { kind: "session-asked", user: "ann", domain: "EX", session: 2 },
  ]);
  assert.equal(ofKind(facts, "connection-string").length, 1);
  const failed = invoke(LITTLE, CID, "IPCHService", {
    dispid: DISPID.REMOTEUSERSESSIONINFO,
    flags: DISPATCH.METHOD,
    arguments: [],
    exception: { ...NO_EXCEPTION, scode: HRESULT.E_ACCESSDENIED },
    hresult: DISP_E_EXCEPTION,
  });
  const [thrower] = ofKind(factsAlone(failed, CALLED), "invocation");
  assert.equal(thrower?.kind === "invocation" && thrower.thrown, HRESULT.E_ACCESSDENIED);
});

test("names of members and types", () => {
  const names = [
    { name: "Copy", dispid: 7 },
    { name: "From", dispid: 0 },
  ];
  assert.deepEqual(factsAlone(getIDsOfNames(LITTLE, CID, "IDispatch", names), CALLED), [
    { kind: "member-name", keys: [CALLED], dispid: 7, name: "Copy", params: ["From"] },
  ]);
  assert.deepEqual(
    factsAlone(getIDsOfNames(LITTLE, CID, "IDispatch", [{ name: "x", dispid: -1 }]), CALLED),
    [],
  );
  const type = { ...REF, iid: IID.ITypeInfo };
  const facts = factsAlone(getTypeInfo(LITTLE, CID, "IDispatch", type), CALLED);
  assert.deepEqual(ofKind(facts, "type-of-object"), [
    { kind: "type-of-object", object: CALLED, type: `${POINTER.oxid}/${POINTER.oid}`, viaClass: false },
  ]);
});

test("what cannot be read says nothing: sealed, cut before the first value, a fault", () => {
  const call = finished(scmActivation(LITTLE, CID, "RemoteCreateInstance", ASKED, done(0, REF)));
  const sealed = {
    ...call,
    request: { ...call.request!, sealed: true },
    response: { ...call.response!, sealed: true },
  };
  const [fact, ...others] = report(newRun(), sealed).facts;
  assert.deepEqual(others, []);
  assert.equal(fact?.kind === "activation" && fact.clsid, null);
  const faulty = { ...call, fault: { status: 5, flags: 0, extra: new Uint8Array(0) } };
  const reported = report(newRun(), faulty);
  assert.equal(reported.decoded.outcome.status, "fault");
  assert.deepEqual(ofKind(reported.facts, "exporter"), []);
});
