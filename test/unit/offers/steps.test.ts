/** Each kind of step, made of the facts of one call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import type { ActivationFact, Fact } from "../../../src/facts/fact.js";
import { callStep } from "../../../src/offers/steps/call-steps.js";
import { bindingsOf, failed, idsOf, interfaceOf, isCall } from "../../../src/offers/steps/predicates.js";
import type { CallStep, StepKind } from "../../../src/offers/steps/step.js";
import {
  type CallOptions,
  CLSID,
  exported,
  exporter,
  pointer,
  queried,
  Scene,
  string2,
  UUID,
} from "../../support/offers/records.js";

const WHO = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };
const E = exported(1, 49155);
const DENIED = 0x80070005;
const NO_INTERFACE = 0x80004002;

function made(
  on: keyof typeof UUID,
  opnum: number,
  member: string | null,
  o: CallOptions = {},
): CallStep | null {
  const scene = new Scene();
  return callStep(scene.call(scene.open(WHO.expert, WHO.novice, 49155), WHO, on, opnum, member, o));
}

function step<Kind extends StepKind>(
  kind: Kind,
  ...[on, opnum, member, o]: Parameters<typeof made>
): Extract<CallStep, { kind: Kind }> {
  const found = made(on, opnum, member, o);
  assert.equal(found?.kind, kind);
  return found as Extract<CallStep, { kind: Kind }>;
}

function activation(over: Partial<ActivationFact> = {}): ActivationFact {
  return {
    kind: "activation",
    form: "RemoteCreateInstance",
    clsid: CLSID.RASrv,
    iids: [],
    session: null,
    console: false,
    serverName: null,
    hr: null,
    results: [0],
    ...over,
  };
}

test("of every call: who, when, how it ended, and what it hands out and mentions", () => {
  const facts: Fact[] = [
    pointer(E.oxid, E.oid, E.service, UUID.IDispatch),
    { ...pointer(E.oxid, E.oid, E.unknown, UUID.IDispatch), in: "request" },
  ];
  const s = step("object", "IDispatch", 4, null, {
    object: E.unknown,
    oxid: E.oxid,
    clsid: CLSID.RASrv,
    facts,
  });
  assert.equal(s.title, "IDispatch::GetTypeInfo");
  assert.deepEqual([s.core, s.entry, s.activated, s.result, s.code], [true, "IRASrv", true, "ok", null]);
  assert.deepEqual(
    [s.client.address, s.server, s.user],
    ["10.0.0.5", { address: "10.0.0.9", port: 49155 }, "helga"],
  );
  assert.equal(s.end - s.at, 4000);
  assert.equal(s.at, s.first.seconds * 1e6 + s.first.nanos / 1000);
  assert.deepEqual(s.given, [{ ipid: E.service, iid: UUID.IDispatch, oid: E.oid, oxid: E.oxid }]);
  assert.deepEqual(s.mentioned, [E.unknown]);
  assert.deepEqual(new Set(idsOf(s)), new Set([E.unknown, E.oxid, E.service]));
  assert.deepEqual([interfaceOf(s), isCall(s), failed(s)], [null, false, false]);
});

test("how it ended: a fault, a status, an exception of Invoke, no answer, an answer that is encrypted", () => {
  const asked = (o: CallOptions): CallStep => step("string-answer", "IRASrv", 7, "GetNoviceUserInfo", o);
  const fault = asked({ fault: 5 });
  assert.deepEqual([fault.result, fault.code], ["refused", { value: 5, name: null, fault: true }]);
  const status = asked({ hresult: DENIED });
  assert.deepEqual([status.result, status.code], ["refused", { value: DENIED, name: null, fault: false }]);
  assert.deepEqual(
    [asked({ unanswered: true }).result, asked({ unanswered: true }).size],
    ["unanswered", null],
  );
  const sealed = asked({ sealed: true, stubBytes: 700 });
  assert.deepEqual([sealed.result, sealed.size, sealed.code], ["sealed", 700, null]);
  const thrown = step("object", "IDispatch", 6, null, {
    hresult: 0x80020009,
    facts: [
      {
        kind: "invocation",
        iid: null,
        dispid: 1,
        member: null,
        access: "method",
        arguments: {},
        thrown: DENIED,
      },
    ],
  });
  assert.equal(thrown.code?.value, DENIED);
  assert.ok([fault, status, asked({ unanswered: true })].every(failed));
});

test("calls that are no part of an initiation are no steps", () => {
  assert.equal(made("epm", 4, null), null);
  assert.equal(made("epm", 3, null, { facts: [{ kind: "endpoint-asked", uuids: [UUID.epm] }] }), null);
  assert.equal(step("ping", "IObjectExporter", 1, null).core, false);
});

test("mapping: of Remote Assistance, of what leads there, or encrypted", () => {
  const asked = (...uuids: string[]): Fact[] => [{ kind: "endpoint-asked", uuids }];
  const ours = step("mapping", "epm", 3, null, { facts: asked(UUID.IPCHService) });
  assert.deepEqual([ours.core, ours.entry], [true, "IPCHService"]);
  const resolver = step("mapping", "epm", 2, null, { facts: asked(UUID.IObjectExporter) });
  assert.deepEqual([resolver.core, resolver.entry], [false, null]);
  step("mapping", "epm", 3, null, { sealed: true });
});

test("liveness and resolution: string bindings of TCP", () => {
  const strings = [
    { towerId: 7, address: "NOVICE" },
    { towerId: 15, address: "\\\\NOVICE[\\pipe\\epmapper]" },
  ];
  const alive = step("liveness", "IObjectExporter", 5, null, {
    facts: [{ kind: "resolver", bindings: { strings, security: [] } }],
  });
  assert.deepEqual(alive.detail.bindings, [{ host: "NOVICE", port: null }]);
  const resolved = step("resolution", "IObjectExporter", 4, null, {
    facts: [{ kind: "oxid-asked", oxid: E.oxid }, exporter(E, ["NOVICE"])],
  });
  assert.deepEqual(resolved.detail.bindings, [{ host: "NOVICE", port: 49155 }]);
  assert.deepEqual(resolved.mentioned, [E.oxid, E.remUnknown]);
});

test("activation: of the two classes, of one that cannot be read, and of others", () => {
  const answered = [pointer(E.oxid, E.oid, E.unknown, UUID.IDispatch), exporter(E, ["NOVICE"])];
  const of = (fact: ActivationFact, more: Fact[] = answered, o: CallOptions = {}): CallStep =>
    made("IRemoteSCMActivator", 4, null, { facts: [fact, ...more], ...o })!;
  const ours = of(activation({ session: 2, serverName: "novice" }));
  assert.ok(ours.kind === "activation");
  const { bindings, ...detail } = ours.detail;
  assert.deepEqual(detail, { class: "RASrv", session: 2, console: false, serverName: "novice" });
  assert.deepEqual(
    [bindings, ours.core, ours.entry, ours.result],
    [[{ host: "NOVICE", port: 49155 }], true, "IRASrv", "ok"],
  );
  const unread = step("activation", "IActivation", 0, null, { sealed: true });
  assert.deepEqual([unread.detail.class, unread.core, unread.result], [null, false, "sealed"]);
  const foreign = of(activation({ clsid: CLSID.other }));
  assert.deepEqual(
    [foreign.kind, foreign.core, idsOf(foreign), bindingsOf(foreign)],
    ["foreign", false, [], []],
  );
});

test("activation: the call succeeds although the activation does not", () => {
  const refused = (fact: Partial<ActivationFact>, more: Fact[] = []): CallStep =>
    made("IActivation", 0, null, { facts: [activation(fact), ...more] })!;
  for (const s of [refused({ hr: DENIED, results: [] }), refused({ hr: 0, results: [DENIED] })]) {
    assert.deepEqual(
      [s.result, s.code, failed(s)],
      ["refused", { value: DENIED, name: null, fault: false }, true],
    );
  }
  // One interface of several was given.
  const given = refused({ results: [0, NO_INTERFACE] }, [pointer(E.oxid, E.oid, E.unknown, UUID.IDispatch)]);
  assert.deepEqual([given.result, failed(given)], ["ok", false]);
});

test("creation: a class factory's method, which fails where the factory is of Remote Assistance", () => {
  const ours = step("creation", "IClassFactory", 3, null, {
    oxid: E.oxid,
    clsid: CLSID.PCHService,
    hresult: DENIED,
  });
  assert.deepEqual([ours.core, ours.entry, failed(ours)], [true, "IPCHService", true]);
  assert.equal(failed(step("creation", "IClassFactory", 3, null, { hresult: DENIED })), false);
});

test("query: of several interfaces of Remote Assistance one that is given counts", () => {
  const result = (iid: string, status: number | null) => ({ iid, status, given: null });
  const query = (results: ReturnType<typeof result>[], o: CallOptions = {}): CallStep =>
    made("IRemUnknown2", 3, null, {
      facts: [{ kind: "query", ipid: E.unknown, results, answered: results.every((r) => r.status !== null) }],
      ...o,
    })!;
  const given = query([result(UUID.IRASrv, NO_INTERFACE), result(UUID.IPCHService, 0)]);
  assert.ok(given.kind === "query");
  assert.deepEqual(
    [given.detail.queried, given.entry, given.result, failed(given)],
    ["IPCHService", "IPCHService", "ok", false],
  );
  assert.equal(given.title, "IRemUnknown2::RemQueryInterface for IPCHService");
  const refused = query([result(UUID.IRASrv, NO_INTERFACE)], { hresult: NO_INTERFACE });
  assert.deepEqual([refused.result, refused.code?.value, failed(refused)], ["refused", NO_INTERFACE, true]);
  // The call fails for an interface that does not matter.
  const other = query([result(UUID.IDispatch, NO_INTERFACE), result(UUID.IRASrv, 0)], {
    hresult: NO_INTERFACE,
  });
  assert.deepEqual([other.result, other.code], ["ok", null]);
  const unread = query([result(UUID.IRASrv, null)]);
  assert.deepEqual([unread.kind, unread.core, unread.result], ["query", true, "ok"]);
  step("object", "IRemUnknown2", 3, null, { facts: [queried(E.unknown, UUID.IDispatch, 0, null)] });
  const handed = step("query", "IRemUnknown2", 3, null, {
    facts: [queried(E.unknown, UUID.IRASrv, 0, { ipid: E.service, oid: E.oid, oxid: E.oxid })],
  });
  assert.deepEqual(handed.given, [{ ipid: E.service, iid: null, oid: E.oid, oxid: E.oxid }]);
});

test("session list, whole and in part", () => {
  const entries = [{ raw: "D\\u:1", domain: "D", user: "u", session_id: 1 }];
  const note = { severity: "info" as const, code: "sessions-incomplete", message: "only 1" };
  const list = step("session-list", "IRASrv", 8, "GetSessionInfo", {
    facts: [
      { kind: "partly-captured", note },
      { kind: "sessions", entries },
    ],
  });
  assert.deepEqual(
    [list.detail, list.cut, list.title],
    [{ on: "IRASrv", sessions: entries }, note, "IRASrv::GetSessionInfo"],
  );
  const xp = step("session-list", "IPCHService", 20, "RemoteUserSessionInfo");
  assert.deepEqual([xp.detail, isCall(xp)], [{ on: "IPCHService", sessions: null }, true]);
});

test("walk and session property: directly, and through Invoke", () => {
  assert.equal(step("walk", "IPCHCollection", 8, "Item").entry, "IPCHService");
  const property: Fact = { kind: "session-property", name: "SessionID", value: 2 };
  const direct = step("session-property", "ISAFSession", 7, "SessionID (Get)", { facts: [property] });
  assert.deepEqual(direct.detail, { on: "ISAFSession", name: "SessionID", value: 2 });
  const call: Fact = { kind: "rai-call", on: "ISAFSession", member: "SessionID (Get)", invoked: true };
  const invoked = step("session-property", "IDispatch", 6, null, { facts: [call, property] });
  assert.deepEqual([invoked.detail, invoked.title], [direct.detail, "ISAFSession::SessionID (Get)"]);
  step("walk", "ISAFSession", 7, "SessionID (Get)", { facts: [property], hresult: DENIED });
});

test("string answer: the string, none, and what was asked for whom", () => {
  const value = parseConnectionString(string2([{ port: 49300, name: "10.0.0.9" }]));
  const asked: Fact = { kind: "session-asked", user: "bgreen", domain: "CONTOSO", session: 2 };
  const blob = parseHelpBlob("13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER");
  const full = step("string-answer", "IPCHService", 19, "RemoteConnectionParms", {
    facts: [asked, { kind: "help-blob", value: blob }, { kind: "connection-string", value }],
  });
  assert.deepEqual(full.detail, {
    on: "IPCHService",
    string: value,
    empty: false,
    helper: { domain: "EXDOMAIN", user: "EXUSER" },
    asked,
  });
  const empty = step("string-answer", "IRASrv", 7, "GetNoviceUserInfo");
  assert.deepEqual([empty.detail.empty, failed(empty), interfaceOf(empty)], [true, true, "IRASrv"]);
  assert.equal(step("string-answer", "IRASrv", 7, "GetNoviceUserInfo", { sealed: true }).detail.empty, false);
});

test("other opnums of Remote Assistance's interfaces, and other calls on its objects", () => {
  const other = step("other", "IPCHService", 9, null);
  assert.deepEqual([other.detail, other.core, isCall(other)], [{ on: "IPCHService" }, true, true]);
  assert.equal(step("object", "IRemUnknown2", 5, null).core, false);
});

test("a step is made of one shape, whatever its kind", () => {
  const keys = (s: CallStep): string[] => Object.keys(s);
  const shape = keys(step("ping", "IObjectExporter", 1, null));
  const others = [
    step("string-answer", "IRASrv", 7, "GetNoviceUserInfo"),
    step("activation", "IActivation", 0, null, { facts: [activation()] }),
    step("foreign", "IActivation", 0, null, { facts: [activation({ clsid: CLSID.other })] }),
    step("query", "IRemUnknown2", 3, null, { facts: [queried(E.unknown, UUID.IRASrv, 0, null)] }),
  ];
  for (const s of others) assert.deepEqual(keys(s), shape);
});
