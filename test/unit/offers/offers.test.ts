/** Offers from records made by hand: each way an initiation can go, and what may be said of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OfferRecord } from "../../../src/events.js";
import type { Fact } from "../../../src/facts/fact.js";
import {
  activate,
  ask,
  CLSID,
  exported,
  list,
  parms,
  pointer,
  queried,
  query,
  RDP_REQUEST,
  rdp,
  reach,
  Scene,
  string1,
  string2,
  UUID,
  type Who,
} from "../../support/offers/records.js";

const WHO: Who = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };
const LISTENERS = string2([{ port: 49300, name: "10.0.0.9" }]);
const ALREADY = 0x80070052;
const DENIED = 0x80070005;

function only(offers: OfferRecord[]): OfferRecord {
  assert.equal(offers.length, 1, JSON.stringify(offers.map((o) => [o.ts, o.outcome, o.refusal])));
  return offers[0]!;
}

const codes = (offer: OfferRecord): string[] => offer.notes.map((n) => n.code);
const inferred = (offer: OfferRecord): string[] =>
  offer.evidence.filter((e) => e.basis === "inferred").map((e) => e.statement);

test("a whole offer: activation with a session, list, string, RDP", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const one = reach(scene, WHO, e);
  list(scene, WHO, one, e, ["CONTOSO\\jmarek:1", "CONTOSO\\bgreen:2"]);
  scene.wait(4);
  const f = exported(2, 49156);
  const two = reach(scene, WHO, f, { session: 2 });
  ask(scene, WHO, two, f, LISTENERS);
  scene.wait(1);
  const follow = rdp(scene, WHO.expert, WHO.novice, 49300);
  scene.wait(30);
  scene.data(follow, 1, [1, 2, 3]);
  scene.close(follow);
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "connected");
  assert.equal(offer.basis, "decoded");
  assert.equal(offer.interface, "IRASrv");
  assert.deepEqual(offer.expert, {
    address: "10.0.0.5",
    user: "helga",
    domain: "CONTOSO",
    workstation: "DESK",
    listed: null,
  });
  assert.deepEqual(offer.novice, { address: "10.0.0.9", name: "NOVICE" });
  assert.deepEqual(offer.selected, {
    domain: "CONTOSO",
    user: "bgreen",
    session_id: 2,
    source: "activation",
  });
  assert.equal(offer.sessions.length, 2);
  assert.equal(offer.connection_string?.form, 2);
  assert.equal(offer.follow_up?.stream, follow);
  assert.equal(offer.follow_up?.protocol, "rdp");
  assert.equal(offer.follow_up?.bytes, RDP_REQUEST.length * 2 + 3);
  assert.ok(Math.abs(offer.follow_up!.duration_s! - 30) < 0.1);
  assert.equal(offer.calls.length, 6);
  assert.equal(offer.refusal, null);
  assert.deepEqual(offer.notes, []);
  assert.ok(offer.evidence.every((s) => s.frames.length > 0));
});

test("a retry after a refusal is another offer, at once or later, on the same connection or a new one", () => {
  for (const pause of [0, 1, 5, 400]) {
    for (const anew of [true, false]) {
      const scene = new Scene();
      const e = exported(1, 49155);
      const one = reach(scene, WHO, e, { session: 2 });
      ask(scene, WHO, one, e, null, { hresult: ALREADY });
      scene.wait(pause);
      const f = anew ? exported(2, 49156) : e;
      const two = anew ? reach(scene, WHO, f, { session: 2 }) : one;
      ask(scene, WHO, two, f, LISTENERS);
      const [first, second] = scene.finish();
      assert.equal(scene.reported.length, 2, `${pause} ${anew}`);
      assert.equal(first!.outcome, "failed");
      assert.match(first!.refusal!, /already running.*0x80070052/);
      assert.equal(second!.outcome, "string_issued");
      assert.equal(first!.calls.length + second!.calls.length, anew ? 6 : 4);
    }
  }
});

test("what a client asks again by itself, and is refused again, is one offer", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const one = reach(scene, WHO, e);
  ask(scene, WHO, one, e, null, { hresult: DENIED });
  ask(scene, WHO, one, e, null, { hresult: 0x80004003 });
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "denied");
  assert.match(offer.refusal!, /Offer Remote Assistance Helpers/);
});

test("IRASrv, then IPCHService: one offer, reported as a fallback", () => {
  for (const how of ["class", "interface", "call"] as const) {
    const scene = new Scene();
    const e = exported(1, 49155);
    if (how === "class") activate(scene, WHO, "RASrv", e, { hresult: 0x80040154 });
    else {
      activate(scene, WHO, "RASrv", e);
      const stream = scene.open(WHO.expert, WHO.novice, e.port);
      if (how === "interface") query(scene, WHO, stream, e, "IRASrv", { hresult: 0x80004002 });
      else {
        query(scene, WHO, stream, e, "IRASrv");
        ask(scene, WHO, stream, e, null, { fault: 0x1c010002 });
      }
    }
    scene.wait(3);
    const f = exported(2, 1041);
    activate(scene, WHO, "PCHService", f);
    const two = scene.open(WHO.expert, WHO.novice, f.port);
    query(scene, WHO, two, f, "IPCHService");
    parms(scene, WHO, two, f, string1("10.0.0.9:3389"));
    const offer = only(scene.finish());
    assert.equal(offer.outcome, "string_issued", how);
    assert.equal(offer.interface, "IPCHService");
    assert.deepEqual(codes(offer), ["fallback"]);
    assert.deepEqual(offer.selected, {
      domain: "CONTOSO",
      user: "bgreen",
      session_id: 2,
      source: "parameters",
    });
    assert.ok(offer.evidence.some((s) => /tried IRASrv first/.test(s.statement)));
  }
});

test("where the fallback fails too, both reasons are reported, and a denial stays one", () => {
  const scene = new Scene();
  activate(scene, WHO, "RASrv", exported(1, 49155), { hresult: DENIED });
  activate(scene, WHO, "PCHService", exported(2, 49156), { hresult: 0x80040154 });
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "denied");
  assert.match(
    offer.refusal!,
    /^access denied when starting Remote Assistance \(RASrv\).*class not registered.*PCHService/,
  );
});

test("a fallback that fails before it asks for a string is reported with the refused request before it", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, null, { hresult: ALREADY });
  activate(scene, WHO, "PCHService", exported(2, 49156), { hresult: 0x80040154 });
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "failed");
  assert.match(offer.refusal!, /already running.*; then .*class not registered.*PCHService/);
});

test("refusals in plain words", () => {
  const cases: [{ hresult?: number; fault?: number }, OfferRecord["outcome"], RegExp][] = [
    [{ hresult: DENIED }, "denied", /Offer Remote Assistance Helpers/],
    [{ fault: 5 }, "denied", /RPC fault.*Offer Remote Assistance Helpers/],
    [{ hresult: 0x800704ec }, "denied", /policy/],
    [{ hresult: ALREADY }, "failed", /already running/],
    [{ hresult: 0x8007000e }, "failed", /memory/],
    [{ fault: 0x1c010002 }, "failed", /opnum out of range/],
    [{ fault: 0x6d1 }, "failed", /opnum out of range/],
    [{ hresult: 0x800706ba }, "failed", /unavailable/],
    [{ hresult: 0x12345678 + 0x80000000 }, "failed", /status 0x92345678, no further explanation known/],
  ];
  for (const [how, outcome, words] of cases) {
    const scene = new Scene();
    const e = exported(1, 49155);
    ask(scene, WHO, reach(scene, WHO, e), e, null, how);
    const offer = only(scene.finish());
    assert.equal(offer.outcome, outcome);
    assert.match(offer.refusal!, words);
    assert.equal(offer.basis, "decoded");
  }
  for (const [code, outcome, words] of [
    [DENIED, "denied", /access denied when starting Remote Assistance \(RASrv\)/],
    [0x80040154, "failed", /class not registered.*RASrv/],
    [0x80080005, "failed", /unavailable/],
    [0x8000401a, "failed", /logon session/],
  ] as const) {
    const scene = new Scene();
    activate(scene, WHO, "RASrv", exported(1, 49155), { hresult: code, session: 9 });
    const offer = only(scene.finish());
    assert.equal(offer.outcome, outcome);
    assert.match(offer.refusal!, words);
    assert.equal(offer.selected?.session_id, 9);
  }
});

test("the port that the activation named is out of reach", () => {
  for (const answer of ["reset", "nothing"] as const) {
    const scene = new Scene();
    activate(scene, WHO, "RASrv", exported(1, 49155));
    scene.open(WHO.expert, WHO.novice, 49155, answer);
    const offer = only(scene.finish());
    assert.equal(offer.outcome, "failed");
    assert.equal(offer.basis, "decoded");
    assert.match(offer.refusal!, /port unreachable.*49155/);
  }
});

test("a listener that is out of reach leaves a string, and a note", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, LISTENERS);
  scene.open(WHO.expert, WHO.novice, 49300, "nothing");
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "string_issued");
  assert.equal(offer.follow_up, null);
  assert.deepEqual(codes(offer), ["listener-unreachable"]);
});

test("a listener that answers with a reset need not be behind a firewall", () => {
  for (const [answer, cause] of [
    ["reset", /or nothing listens there/],
    ["nothing", /a firewall drops the connection/],
  ] as const) {
    const scene = new Scene();
    const e = exported(1, 49155);
    ask(scene, WHO, reach(scene, WHO, e), e, LISTENERS);
    scene.open(WHO.expert, WHO.novice, 49300, answer);
    assert.match(only(scene.finish()).notes[0]!.message, cause);
  }
});

test("a second string from an object whose activation was captured does not miss it", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const one = reach(scene, WHO, e);
  ask(scene, WHO, one, e, LISTENERS, { clsid: CLSID.RASrv });
  scene.wait(30);
  ask(scene, WHO, one, e, LISTENERS, { clsid: CLSID.RASrv });
  const offers = scene.finish();
  assert.deepEqual(offers.map(codes), [[], []]);
});

test("of several listeners the one that answers is the follow-up", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const string = string2([
    { port: 49301, name: "fe80::1%3" },
    { port: 49302, name: "2001:DB8::9" },
    { port: 49300, name: "10.0.0.9" },
  ]);
  ask(scene, WHO, reach(scene, WHO, e), e, string);
  scene.open(WHO.expert, WHO.novice, 49300, "nothing");
  const follow = rdp(scene, "2001:db8::5", "2001:db8::9", 49302);
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "connected");
  assert.equal(offer.follow_up?.stream, follow);
  // The expert's own address is not the one it connected to from: a conclusion.
  assert.equal(offer.basis, "inferred");
  assert.ok(codes(offer).includes("follow-up-other-address"));
});

test("listeners by name, by scope, by translated address, by URI", () => {
  const cases: [string, string, number, "decoded" | "inferred" | null][] = [
    [string2([{ port: 49300, name: "NOVICE" }]), "10.0.0.9", 49300, "decoded"],
    [string2([{ port: 49300, name: "novice.contoso.example" }]), "10.0.0.9", 49300, "decoded"],
    [string2([{ port: 49300, name: "elsewhere" }]), "10.0.0.9", 49300, "inferred"],
    [string2([{ port: 49300, name: "192.168.7.7" }]), "10.0.0.9", 49300, "inferred"],
    [string2([{ port: 49300, name: "192.168.7.7" }]), "192.168.7.7", 49300, "decoded"],
    [string2([{ port: 49300, name: "192.168.7.7" }]), "10.0.0.9", 49301, null],
    [string2([{ uri: "wss://10.0.0.9:8443/ra", name: "NOVICE" }]), "10.0.0.9", 8443, "decoded"],
    [string2([{ uri: "wss://novice/ra", name: "NOVICE" }]), "10.0.0.9", 443, "decoded"],
    [string1("10.0.0.9:3389;NOVICE:3389"), "10.0.0.9", 3389, "decoded"],
  ];
  for (const [string, server, port, basis] of cases) {
    const scene = new Scene();
    const e = exported(1, 49155);
    ask(scene, WHO, reach(scene, WHO, e), e, string);
    rdp(scene, WHO.expert, server, port);
    const offer = only(scene.finish());
    assert.equal(offer.outcome, basis === null ? "string_issued" : "connected", string);
    if (basis !== null) assert.equal(offer.basis, basis, string);
  }
});

test("connections before the string, much later, or from strangers are no follow-ups", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  rdp(scene, WHO.expert, WHO.novice, 49300);
  ask(scene, WHO, reach(scene, WHO, e), e, string2([{ port: 49300, name: "elsewhere" }]));
  rdp(scene, "10.0.0.66", WHO.novice, 49300);
  scene.wait(700);
  rdp(scene, WHO.expert, WHO.novice, 49300);
  assert.equal(only(scene.finish()).follow_up, null);
});

test("two experts at one novice at once: each gets its own", () => {
  const scene = new Scene();
  const other: Who = { expert: "10.0.0.6", novice: "10.0.0.9", user: "olaf" };
  const e = exported(1, 49155);
  const f = exported(2, 49156);
  activate(scene, WHO, "RASrv", e);
  activate(scene, other, "RASrv", f);
  const a = scene.open(WHO.expert, WHO.novice, e.port);
  const b = scene.open(other.expert, other.novice, f.port);
  query(scene, other, b, f, "IRASrv");
  query(scene, WHO, a, e, "IRASrv");
  ask(scene, WHO, a, e, LISTENERS);
  ask(scene, other, b, f, null, { hresult: ALREADY });
  const follow = rdp(scene, WHO.expert, WHO.novice, 49300);
  const [first, second] = scene.finish();
  assert.equal(first!.expert.user, "helga");
  assert.equal(first!.outcome, "connected");
  assert.equal(first!.follow_up?.stream, follow);
  assert.equal(second!.expert.user, "olaf");
  assert.equal(second!.outcome, "failed");
  assert.equal(second!.follow_up, null);
  assert.equal(scene.reported.length, 2);
});

test("one expert and two novices with the same identifiers stay apart", () => {
  const scene = new Scene();
  const second: Who = { ...WHO, novice: "10.0.0.10" };
  const e = exported(1, 49155);
  const a = reach(scene, WHO, e);
  const b = reach(scene, second, e);
  list(scene, second, b, e, ["CONTOSO\\x:1"]);
  ask(scene, WHO, a, e, LISTENERS);
  const offers = scene.finish();
  assert.deepEqual(
    offers.map((o) => [o.novice.address, o.outcome, o.calls.length]),
    [
      ["10.0.0.9", "string_issued", 3],
      ["10.0.0.10", "listed_only", 3],
    ],
  );
});

test("two experts behind one address are distinguished by their users", () => {
  const scene = new Scene();
  const other: Who = { ...WHO, user: "olaf" };
  const e = exported(1, 49155);
  const f = exported(2, 49156);
  const a = reach(scene, WHO, e);
  const b = reach(scene, other, f);
  list(scene, WHO, a, e, ["CONTOSO\\x:1"]);
  ask(scene, other, b, f, null, { hresult: DENIED });
  ask(scene, WHO, a, e, LISTENERS);
  const offers = scene.finish();
  assert.deepEqual(offers.map((o) => [o.expert.user, o.outcome, o.calls.length]).sort(), [
    ["helga", "string_issued", 4],
    ["olaf", "denied", 3],
  ]);
});

test("activation over IPv4, calls over IPv6: one offer", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  activate(scene, WHO, "RASrv", e, { names: ["NOVICE", "10.0.0.9", "2001:db8::9"] });
  const six: Who = { expert: "2001:db8::5", novice: "2001:db8::9", user: "helga" };
  const stream = scene.open(six.expert, six.novice, e.port);
  query(scene, six, stream, e, "IRASrv");
  ask(scene, six, stream, e, string2([{ port: 49300, name: "2001:db8::9%12" }]));
  rdp(scene, "10.0.0.5", "2001:db8::9", 49300);
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "connected");
  assert.equal(offer.calls.length, 3);
  assert.equal(offer.novice.address, "2001:db8::9");
  assert.equal(offer.novice.name, "NOVICE");
});

test("loopback: expert and novice are one machine", () => {
  const scene = new Scene();
  const here: Who = { expert: "127.0.0.1", novice: "127.0.0.1", user: "me" };
  const e = exported(1, 49155);
  ask(
    scene,
    here,
    reach(scene, here, e, { names: ["BOX"] }),
    e,
    string2([{ port: 49300, name: "127.0.0.1" }]),
  );
  rdp(scene, "127.0.0.1", "127.0.0.1", 49300);
  assert.equal(only(scene.finish()).outcome, "connected");
});

test("sealed: what is in the clear shows, and no more", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const resolver = scene.open(WHO.expert, WHO.novice, 135);
  scene.call(resolver, WHO, "IRemoteSCMActivator", 3, "RemoteGetClassObject", {
    sealed: true,
    stubBytes: 700,
  });
  const stream = scene.open(WHO.expert, WHO.novice, 49155);
  scene.call(stream, WHO, "IRemUnknown2", 3, "RemQueryInterface", { sealed: true, object: e.remUnknown });
  scene.call(stream, WHO, "IRASrv", 8, "GetSessionInfo", { sealed: true, stubBytes: 180, object: e.service });
  scene.call(stream, WHO, "IRASrv", 7, "GetNoviceUserInfo", {
    sealed: true,
    stubBytes: 740,
    object: e.service,
  });
  scene.wait(1);
  scene.open(WHO.expert, WHO.novice, 445);
  const follow = rdp(scene, WHO.expert, WHO.novice, 49300);
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "connected");
  assert.equal(offer.basis, "inferred");
  assert.equal(offer.interface, "IRASrv");
  assert.equal(offer.connection_string, null);
  assert.deepEqual(offer.sessions, []);
  assert.equal(offer.follow_up?.stream, follow);
  assert.equal(offer.calls.length, 4);
  assert.deepEqual(
    inferred(offer).map((s) => s.slice(0, 30)),
    [
      "an activation (IRemoteSCMActiv",
      "an answer of 180 bytes holds m",
      "an answer of 740 bytes is long",
      "10.0.0.5 connected to 10.0.0.9",
    ],
  );
});

test("sealed and refused: a fault is in the clear, a short answer is not reported as a string", () => {
  const scene = new Scene();
  const stream = scene.open(WHO.expert, WHO.novice, 49155);
  scene.call(stream, WHO, "IRASrv", 7, "GetNoviceUserInfo", { sealed: true, stubBytes: 32 });
  rdp(scene, WHO.expert, WHO.novice, 49300);
  scene.wait(900);
  scene.call(stream, WHO, "IRASrv", 7, "GetNoviceUserInfo", { sealed: true, fault: 5 });
  const [short, fault] = scene.finish();
  assert.equal(short!.outcome, "encrypted");
  assert.equal(short!.follow_up, null);
  assert.ok(inferred(short!).some((s) => /too short/.test(s)));
  assert.equal(fault!.outcome, "denied");
  assert.equal(fault!.basis, "decoded");
});

test("a part only: one call, an activation, an answer, a bind", () => {
  const cases: [(scene: Scene) => void, OfferRecord["outcome"], OfferRecord["basis"]][] = [
    [
      (s) => ask(s, WHO, s.open(WHO.expert, WHO.novice, 49155), exported(1, 1), LISTENERS),
      "string_issued",
      "decoded",
    ],
    [(s) => activate(s, WHO, "RASrv", exported(1, 49155)), "failed", "inferred"],
    [
      (s) => ask(s, WHO, s.open(WHO.expert, WHO.novice, 1), exported(1, 1), null, { unanswered: true }),
      "failed",
      "inferred",
    ],
    [
      (s) => list(s, WHO, s.open(WHO.expert, WHO.novice, 1), exported(1, 1), ["D\\u:1"]),
      "listed_only",
      "decoded",
    ],
    [
      (s) => s.association(s.open(WHO.expert, WHO.novice, 1), [{ interface: UUID.IRASrv }]),
      "failed",
      "inferred",
    ],
    [
      (s) =>
        s.association(s.open(WHO.expert, WHO.novice, 1), [
          { interface: UUID.IRASrv, result: "provider_rejection", reason: "abstract_syntax_not_supported" },
        ]),
      "failed",
      "decoded",
    ],
  ];
  for (const [act, outcome, basis] of cases) {
    const scene = new Scene();
    act(scene);
    const offer = only(scene.finish());
    assert.equal(offer.outcome, outcome);
    assert.equal(offer.basis, basis);
    assert.ok(offer.evidence.length > 0);
    if (basis === "inferred") assert.ok(codes(offer).includes("outcome-not-captured"));
  }
});

test("an inferred interface makes an inferred offer", () => {
  const scene = new Scene();
  const stream = scene.open(WHO.expert, WHO.novice, 49155);
  ask(scene, WHO, stream, exported(1, 1), LISTENERS, { inferred: true });
  const offer = only(scene.finish());
  assert.equal(offer.basis, "inferred");
  assert.ok(inferred(offer).some((s) => /GetNoviceUserInfo/.test(s)));
});

test("other DCOM traffic makes no offer, and does not join one", () => {
  const scene = new Scene();
  const wmi = exported(7, 49200);
  activate(scene, WHO, "other", wmi);
  const stream = scene.open(WHO.expert, WHO.novice, 49200);
  scene.call(stream, WHO, "IRemUnknown2", 3, "RemQueryInterface", {
    object: wmi.remUnknown,
    oxid: wmi.oxid,
    facts: [queried(wmi.unknown, UUID.IDispatch, null, null)],
  });
  assert.deepEqual(scene.finish(), []);
  const both = new Scene();
  const e = exported(1, 49155);
  activate(both, WHO, "other", wmi);
  const mine = reach(both, WHO, e);
  const its = both.open(WHO.expert, WHO.novice, 49200);
  both.call(its, WHO, "IRemUnknown2", 5, "RemRelease", { object: wmi.remUnknown, oxid: wmi.oxid });
  ask(both, WHO, mine, e, LISTENERS);
  assert.equal(only(both.finish()).calls.length, 3);
});

test("the resolver's and the mapper's answers join the activation they lead to", () => {
  const scene = new Scene();
  const map = scene.open(WHO.expert, WHO.novice, 135);
  scene.call(map, WHO, "epm", 3, "ept_map", { facts: [{ kind: "endpoint-asked", uuids: [UUID.IRASrv] }] });
  scene.call(map, WHO, "epm", 3, "ept_map", { facts: [{ kind: "endpoint-asked", uuids: [CLSID_LIKE] }] });
  const alive = scene.open(WHO.expert, WHO.novice, 135);
  scene.call(alive, { ...WHO, user: null }, "IObjectExporter", 5, "ServerAlive2", {});
  const e = exported(1, 49155);
  const resolve = scene.open(WHO.expert, WHO.novice, 135);
  activate(scene, WHO, "RASrv", e);
  scene.call(resolve, WHO, "IObjectExporter", 4, "ResolveOxid2", {
    facts: [{ kind: "oxid-asked", oxid: e.oxid }],
  });
  const stream = scene.open(WHO.expert, WHO.novice, e.port);
  ask(scene, WHO, stream, e, LISTENERS);
  assert.equal(only(scene.finish()).calls.length, 5);
});
const CLSID_LIKE = "12345778-1234-abcd-ef00-0123456789ac";

test("sessions of the collection, joined by object, directly and through Invoke", () => {
  const scene = new Scene();
  const stream = scene.open(WHO.expert, WHO.novice, 1040);
  const e = exported(1, 1040);
  const id = (n: number): string => `0000000${n}-1111-0000-0000-000000000000`;
  for (const n of [1, 2]) {
    const oid = `000000000000000${n}`;
    const handed = pointer(e.oxid, oid, id(n), UUID.IDispatch);
    scene.call(stream, WHO, "IPCHCollection", 8, "Item", { object: e.service, facts: [handed] });
    // Another interface of the same object.
    scene.call(stream, WHO, "IRemUnknown2", 3, "RemQueryInterface", {
      object: e.remUnknown,
      facts: [queried(id(n), UUID.ISAFSession, 0, { ipid: id(n + 4), oid, oxid: e.oxid })],
    });
    const get = (opnum: number, name: string, value: string | number): void => {
      const property: Fact = { kind: "session-property", name, value };
      if (n === 1) {
        const facts = [property];
        scene.call(stream, WHO, "ISAFSession", opnum, `${name} (Get)`, { object: id(n + 4), facts });
        return;
      }
      const call: Fact = { kind: "rai-call", on: "ISAFSession", member: `${name} (Get)`, invoked: true };
      scene.call(stream, WHO, "IDispatch", 6, "Invoke", { object: id(n), facts: [call, property] });
    };
    get(7, "SessionID", 41 + n);
    get(11, "DomainName", "CONTOSO");
    get(13, "UserName", `user${n}`);
    get(9, "SessionState", 4);
  }
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "listed_only");
  assert.equal(offer.interface, "IPCHService");
  assert.deepEqual(offer.sessions, [
    { domain: "CONTOSO", user: "user1", session_id: 42, state: "pchDisconnected" },
    { domain: "CONTOSO", user: "user2", session_id: 43, state: "pchDisconnected" },
  ]);
});

test("the help blob's name is evidence, not an authenticated user", () => {
  const scene = new Scene();
  const nobody: Who = { ...WHO, user: null };
  parms(scene, nobody, scene.open(WHO.expert, WHO.novice, 1040), exported(1, 1040), string1("10.0.0.9:3389"));
  const offer = only(scene.finish());
  assert.equal(offer.expert.user, null);
  assert.ok(offer.evidence.some((s) => /EXDOMAIN\\EXUSER/.test(s.statement)));
});

test("a success without a string is no success", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, null);
  const offer = only(scene.finish());
  assert.equal(offer.outcome, "failed");
  assert.match(offer.refusal!, /no connection string/);
});
