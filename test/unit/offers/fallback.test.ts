/** A fall-back is reported where IRASrv failed and IPCHService was called then ([MS-RAI] 1.7, note 2), and nowhere else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OfferRecord } from "../../../src/events.js";
import {
  activate,
  ask,
  exported,
  list,
  parms,
  query,
  reach,
  Scene,
  string1,
  string2,
  UUID,
  type Who,
} from "../../support/offers/records.js";

const WHO: Who = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };
const STRING_1 = string1("10.0.0.9:3389");
const STRING_2 = string2([{ port: 49300, name: "10.0.0.9" }]);
const ALREADY = 0x80070052;
const NO_CLASS = 0x80040154;
const DENIED = 0x80070005;
const REFUSED = { result: "provider_rejection", reason: "abstract_syntax_not_supported" } as const;

const VISTA = exported(1, 49155);
const XP = exported(2, 1041);

/** IRASrv as far as its request for a string: `string` null and a status where that fails. */
function useIRASrv(s: Scene, string: string | null, o: Parameters<typeof ask>[5] = {}): number {
  const stream = reach(s, WHO, VISTA);
  ask(s, WHO, stream, VISTA, string, o);
  return stream;
}

function useIPCHService(s: Scene, string: string | null, o: Parameters<typeof parms>[5] = {}): number {
  activate(s, WHO, "PCHService", XP);
  const stream = s.open(WHO.expert, WHO.novice, XP.port);
  query(s, WHO, stream, XP, "IPCHService");
  parms(s, WHO, stream, XP, string, o);
  return stream;
}

const saysIt = (offer: OfferRecord): boolean =>
  offer.notes.some((n) => n.code === "fallback") || offer.evidence.some((e) => /fell back/.test(e.statement));

function offersOf(act: (s: Scene) => void): OfferRecord[] {
  const scene = new Scene();
  act(scene);
  return scene.finish();
}

test("IRASrv failed, IPCHService was called then", () => {
  const cases: [string, (s: Scene) => void, RegExp][] = [
    ["class", (s) => activate(s, WHO, "RASrv", VISTA, { hresult: NO_CLASS }), /class not registered/],
    ["denied at activation", (s) => activate(s, WHO, "RASrv", VISTA, { hresult: DENIED }), /access denied/],
    ["asked", (s) => useIRASrv(s, null, { hresult: ALREADY }), /already running/],
    ["no string", (s) => useIRASrv(s, null), /no connection string/],
    ["fault", (s) => useIRASrv(s, null, { fault: 0x1c010002 }), /opnum out of range/],
    [
      "interface",
      (s) => {
        activate(s, WHO, "RASrv", VISTA);
        const stream = s.open(WHO.expert, WHO.novice, VISTA.port);
        query(s, WHO, stream, VISTA, "IRASrv", { hresult: 0x80004002 });
      },
      /E_NOINTERFACE|does not have the interface/,
    ],
    [
      "bind",
      (s) =>
        s.association(s.open(WHO.expert, WHO.novice, VISTA.port), [{ interface: UUID.IRASrv, ...REFUSED }]),
      /rejected at bind time/,
    ],
    [
      "port",
      (s) => {
        activate(s, WHO, "RASrv", VISTA);
        s.open(WHO.expert, WHO.novice, VISTA.port, "reset");
      },
      /port could not be reached/,
    ],
    [
      "list, then asked",
      (s) => {
        const stream = reach(s, WHO, VISTA);
        list(s, WHO, stream, VISTA, ["CONTOSO\\x:1"]);
        ask(s, WHO, stream, VISTA, null, { hresult: ALREADY });
      },
      /already running/,
    ],
  ];
  for (const [what, fail, why] of cases) {
    for (const [string, o] of [
      [STRING_1, {}],
      [null, { hresult: DENIED }],
    ] as const) {
      const offers = offersOf((s) => {
        fail(s);
        s.wait(3);
        useIPCHService(s, string, o);
      });
      assert.equal(offers.length, 1, what);
      const offer = offers[0]!;
      const note = offer.notes.find((n) => n.code === "fallback");
      assert.match(
        note?.message ?? "",
        /^the expert tried IRASrv first, .*, and fell back to IPCHService$/,
        what,
      );
      assert.match(note!.message, why, what);
      const said = offer.evidence.find((e) => e.statement === note!.message);
      assert.equal(said?.basis, "decoded", what);
      assert.equal(offer.interface, "IPCHService", what);
    }
  }
});

test("an answer that nobody could read makes it probable, and no more", () => {
  const cases: ((s: Scene) => void)[] = [
    (s) => useIRASrv(s, null, { sealed: true, stubBytes: 32 }),
    (s) => useIRASrv(s, null, { unanswered: true }),
  ];
  for (const fail of cases) {
    const offers = offersOf((s) => {
      fail(s);
      useIPCHService(s, STRING_1);
    });
    assert.equal(offers.length, 1);
    assert.match(offers[0]!.notes.find((n) => n.code === "fallback")!.message, /probably fell back/);
    assert.equal(offers[0]!.evidence.find((e) => /fell back/.test(e.statement))?.basis, "inferred");
    assert.equal(offers[0]!.outcome, "string_issued");
  }
});

test("IRASrv failed and IPCHService was tried in vain: two failures, no fall-back", () => {
  const tries: ((s: Scene) => void)[] = [
    (s) => activate(s, WHO, "PCHService", XP, { hresult: NO_CLASS }),
    (s) => {
      activate(s, WHO, "PCHService", XP);
      const stream = s.open(WHO.expert, WHO.novice, XP.port);
      query(s, WHO, stream, XP, "IPCHService", { hresult: 0x80004002 });
    },
    (s) =>
      s.association(s.open(WHO.expert, WHO.novice, XP.port), [{ interface: UUID.IPCHService, ...REFUSED }]),
  ];
  for (const fail of tries) {
    const offers = offersOf((s) => {
      useIRASrv(s, null, { hresult: ALREADY });
      fail(s);
    });
    assert.equal(offers.length, 1);
    assert.equal(saysIt(offers[0]!), false);
    assert.ok(
      offers[0]!.evidence.some((e) => /tried IRASrv first, .* then tried IPCHService/.test(e.statement)),
    );
    assert.equal(offers[0]!.outcome, "failed");
  }
});

test("IRASrv was used, whatever becomes of IPCHService: no fall-back", () => {
  const beside: [string, (s: Scene, stream: number) => void][] = [
    ["activation", (s) => activate(s, WHO, "PCHService", XP, { hresult: NO_CLASS })],
    ["query", (s, stream) => query(s, WHO, stream, VISTA, "IPCHService", { hresult: 0x80004002 })],
    [
      "bind",
      (s, stream) =>
        s.association(stream, [{ interface: UUID.IRASrv }, { interface: UUID.IPCHService, ...REFUSED }]),
    ],
    [
      "another bind",
      (s) =>
        s.association(s.open(WHO.expert, WHO.novice, 1041), [{ interface: UUID.IPCHService, ...REFUSED }]),
    ],
    ["a call of its own", (s) => useIPCHService(s, STRING_1)],
    ["a refused call", (s) => useIPCHService(s, null, { hresult: DENIED })],
  ];
  for (const [what, act] of beside) {
    for (const when of ["before the list", "between", "after"]) {
      const offers = offersOf((s) => {
        const stream = reach(s, WHO, VISTA);
        if (when === "before the list") act(s, stream);
        list(s, WHO, stream, VISTA, ["CONTOSO\\x:1"]);
        if (when === "between") act(s, stream);
        ask(s, WHO, stream, VISTA, STRING_2);
        if (when === "after") act(s, stream);
      });
      assert.equal(offers.some(saysIt), false, `${what}, ${when}`);
      const used = offers.filter((o) => o.interface === "IRASrv");
      assert.ok(
        used.some((o) => o.outcome === "string_issued"),
        `${what}, ${when}`,
      );
    }
  }
});

test("a refused proposal beside a string is no offer of its own, and takes nothing back", () => {
  for (const string of [STRING_2, null]) {
    const offers = offersOf((s) => {
      const stream = reach(s, WHO, VISTA);
      list(s, WHO, stream, VISTA, ["CONTOSO\\x:1"]);
      if (string !== null) ask(s, WHO, stream, VISTA, string);
      s.association(stream, [{ interface: UUID.IRASrv }, { interface: UUID.IPCHService, ...REFUSED }]);
    });
    assert.deepEqual(
      offers.map((o) => [o.outcome, o.interface, o.refusal]),
      [[string === null ? "listed_only" : "string_issued", "IRASrv", null]],
    );
  }
});

test("IPCHService first, IRASrv afterwards: no fall-back, in any outcome", () => {
  for (const [string1, o1] of [
    [STRING_1, {}],
    [null, { hresult: DENIED }],
  ] as const) {
    for (const [string2, o2] of [
      [STRING_2, {}],
      [null, { hresult: ALREADY }],
    ] as const) {
      const offers = offersOf((s) => {
        useIPCHService(s, string1, o1);
        useIRASrv(s, string2, o2);
      });
      assert.equal(offers.some(saysIt), false);
      assert.deepEqual(
        offers.map((o) => o.interface),
        ["IPCHService", "IRASrv"],
      );
    }
  }
});

test("both at once: what was not known to have failed is not fallen back from", () => {
  const offers = offersOf((s) => {
    const stream = reach(s, WHO, VISTA);
    activate(s, WHO, "PCHService", XP);
    ask(s, WHO, stream, VISTA, null, { hresult: ALREADY });
    const second = s.open(WHO.expert, WHO.novice, XP.port);
    query(s, WHO, second, XP, "IPCHService");
    parms(s, WHO, second, XP, STRING_1);
  });
  assert.equal(offers.some(saysIt), false);
});

test("activations alone: an IRASrv that was never called did not fail", () => {
  for (const [vista, xp] of [
    [{}, { hresult: NO_CLASS }],
    [{}, {}],
    [{ hresult: NO_CLASS }, { hresult: NO_CLASS }],
    [{ hresult: NO_CLASS }, {}],
  ]) {
    const offers = offersOf((s) => {
      activate(s, WHO, "RASrv", VISTA, vista);
      activate(s, WHO, "PCHService", XP, xp);
    });
    assert.equal(offers.some(saysIt), false);
  }
  const called = offersOf((s) => {
    activate(s, WHO, "RASrv", VISTA);
    useIPCHService(s, STRING_1);
  });
  assert.equal(called.some(saysIt), false);
});
