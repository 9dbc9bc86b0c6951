/** Interfaces that nothing names: what is evidence for one, what stays known, and what is taken back. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { MAX_SUSPECTS } from "../../../src/call/knowledge.js";
import type { Event } from "../../../src/events.js";
import { IID, type ObjectRef, orpcThat, orpcThis, reference, type Spoken } from "../../lab/dcom.js";
import { remQueryInterface } from "../../lab/exporter.js";
import { LITTLE, type Ndr } from "../../lab/ndr.js";
import { bstr, i4, variant } from "../../lab/oaut.js";
import {
  connectionString2,
  getNoviceUserInfo,
  getSessionInfo,
  helpBlob,
  remoteConnectionParms,
  sessionNames,
} from "../../lab/rai.js";
import { CAPTURES } from "../../support/expected.js";
import { analyzeFrames } from "../../support/rpc/frames.js";
import { type Head, request, response, Wire } from "../../support/rpc/wire.js";
import { calls, ofKind } from "../../support/run.js";

const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";
const IPID = "00008c00-b208-c945-a8d7-769a0ccef7f5";
const OTHER = "00009000-b208-c945-a8d7-769a0ccef7f6";

const REFERENCE: ObjectRef = {
  iid: IID.IUnknown,
  flags: 0,
  publicRefs: 5,
  oxid: 0x4a9d38fac24b00b8n,
  oid: 0x430b20287ca40b28n,
  ipid: "0000a000-b208-c945-a8d7-769a0ccef7f8",
  bindings: { strings: [], security: [] },
};

/** Calls on a connection whose beginning was not captured. */
class Calls {
  readonly wire = new Wire();
  #callId = 1;

  say(spoken: Pick<Spoken, "opnum" | "request" | "response">, head: Head = {}): this {
    const id = this.#callId++;
    const { contextId = 1, object = IPID } = head;
    this.wire.say(0, request(id, spoken.request, { ...head, opnum: spoken.opnum, contextId, object }));
    if (spoken.response) this.wire.say(1, response(id, spoken.response, { ...head, contextId }));
    return this;
  }

  events(): Event[] {
    return this.wire.close().events();
  }
}

/** A property of any automation object. */
function property(
  opnum: number,
  put: (ndr: Ndr) => void,
  ask: (ndr: Ndr) => void = () => {},
): Pick<Spoken, "opnum" | "request" | "response"> {
  const question = orpcThis(LITTLE, CID);
  ask(question);
  const answer = orpcThat(LITTLE);
  put(answer);
  return { opnum, request: question.done(), response: answer.u32(0).done() };
}

const text =
  (value: string | null) =>
  (ndr: Ndr): void => {
    ndr.param(() => bstr(ndr, value));
  };
const long =
  (value: number) =>
  (ndr: Ndr): void => {
    ndr.u32(value);
  };

const named = (events: readonly Event[]): (string | null)[] => calls(events).map((c) => c.interface.name);
const codes = (events: readonly Event[]): string[][] => calls(events).map((c) => c.notes.map((n) => n.code));
const offers = (events: readonly Event[]): number => ofKind(events, "offer").length;

const SESSIONS = getSessionInfo(
  LITTLE,
  CID,
  { names: null, count: 0 },
  { names: sessionNames(["CONTOSO\\jmarek:1"]), count: 1 },
);
const STRING = connectionString2({ kh: "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=", id: "abc" }, [
  { id: "1", sid: "7", listeners: [{ port: 49300, name: "10.0.0.2" }] },
]);

test("properties of an automation object are no session of Remote Assistance, and make no offer", () => {
  const events = new Calls()
    .say(property(7, long(1)))
    .say(property(11, text("Calibri")))
    .say(property(13, text("Heading 1")))
    .events();
  assert.deepEqual(named(events), [null, null, null]);
  assert.deepEqual(codes(events), [["interface-not-inferred"], [], []]);
  assert.equal(offers(events), 0);
  assert.match(calls(events)[0]!.notes[0]!.message, /^ISAFSession::SessionID \(Get\) fits, but nothing here/);
});

test("whatever properties an automation object has, none is taken for Remote Assistance's", () => {
  const shapes: fc.Arbitrary<(ndr: Ndr) => void> = fc.oneof(
    fc.string({ maxLength: 20 }).map((s) => text(s.replaceAll("\0", ""))),
    fc.constant(text(null)),
    fc.constantFrom(0, 1, 2, 10, 11, 65_536, 0xffffffff).map(long),
    fc.constantFrom(0, 1, 10).map((n) => (ndr: Ndr) => {
      ndr.u16(n).align(4);
    }),
    fc.constant((ndr: Ndr) => {
      ndr.f64(1.5);
    }),
    fc.constant((ndr: Ndr) => {
      ndr.param(() => ndr.pointer(() => variant(ndr, i4(5)), 0x72657355));
    }),
    fc.constantFrom(IID.IDispatch, IID.IUnknown).map((iid) => (ndr: Ndr) => {
      ndr.param(() => reference(ndr, { ...REFERENCE, iid }));
    }),
  );
  const read = fc.record({
    opnum: fc.integer({ min: 3, max: 40 }),
    shape: shapes,
    object: fc.constantFrom(IPID, OTHER),
    index: fc.option(fc.integer({ min: 0, max: 3 })),
  });
  fc.assert(
    fc.property(fc.array(read, { minLength: 1, maxLength: 12 }), (reads) => {
      const said = new Calls();
      for (const { opnum, shape, object, index } of reads) {
        said.say(property(opnum, shape, index === null ? undefined : long(index)), { object });
      }
      const events = said.events();
      assert.deepEqual([...new Set(named(events))], [null]);
      assert.equal(offers(events), 0);
    }),
    { numRuns: 200 },
  );
});

for (const [what, spoken, name] of [
  ["sessions", SESSIONS, "IRASrv"],
  ["a connection string", getNoviceUserInfo(LITTLE, CID, null, STRING), "IRASrv"],
  [
    "a help blob",
    remoteConnectionParms(
      LITTLE,
      CID,
      { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: helpBlob("CONTOSO", "helga") },
      null,
    ),
    "IPCHService",
  ],
] as const) {
  test(`${what} are Remote Assistance's alone`, () => {
    const events = new Calls().say(spoken).events();
    assert.deepEqual(named(events), [name]);
    assert.equal(calls(events)[0]!.interface.inferred, true);
    assert.equal(offers(events), 1);
    assert.equal(ofKind(events, "offer")[0]!.basis, "inferred");
  });
}

test("three texts and a number are no help blob: a second method of the same kind is wanted", () => {
  const parms = { user: "Calibri", domain: "Heading 1", session: 3, helpBlob: "Normal.dotm" };
  const events = new Calls().say(remoteConnectionParms(LITTLE, CID, parms, "Heading 2")).events();
  assert.deepEqual(named(events), [null]);
  assert.equal(offers(events), 0);
});

test("two methods that only one interface has name it, from the second on", () => {
  const none = { names: null, count: 0 };
  const events = new Calls()
    .say(getNoviceUserInfo(LITTLE, CID, "", ""))
    .say(getSessionInfo(LITTLE, CID, none, { names: sessionNames([]), count: 0 }))
    .say(getNoviceUserInfo(LITTLE, CID, null, null))
    .events();
  assert.deepEqual(named(events), [null, "IRASrv", "IRASrv"]);
  assert.deepEqual(codes(events), [["interface-not-inferred"], [], []]);
});

test("what was inferred stays known for the context and for the object, and no longer where a call does not fit", () => {
  const nothing = getNoviceUserInfo(LITTLE, CID, null, null);
  const said = new Calls()
    .say(SESSIONS)
    .say(nothing)
    // The same object by another context, and another object by the same context.
    .say(nothing, { contextId: 2 })
    .say(nothing, { object: OTHER })
    // No interface of Remote Assistance has this one.
    .say(property(30, text("Calibri")))
    .say(SESSIONS)
    .say(nothing, { contextId: 9, object: "00009400-b208-c945-a8d7-769a0ccef7f7" });
  const events = said.events();
  assert.deepEqual(named(events), ["IRASrv", "IRASrv", "IRASrv", "IRASrv", null, null, null]);
  assert.deepEqual(codes(events), [[], [], [], [], ["inference-withdrawn"], [], ["interface-not-inferred"]]);
  assert.match(calls(events)[4]!.notes[0]!.message, /taken for calls of IRASrv/);
});

test("the evidence of an object is another connection's as well", () => {
  const first = new Calls().say(SESSIONS);
  const second = new Calls().say(getNoviceUserInfo(LITTLE, CID, null, null), { contextId: 7 });
  const specs = [...first.wire.specs, ...second.wire.specs.map((s) => ({ ...s, port: 40_001 }))];
  const wire = new Wire();
  wire.specs.push(...specs);
  assert.deepEqual(named(wire.events()), ["IRASrv", "IRASrv"]);
});

test("who asks for an interface by name means it, unless the object has none such", () => {
  const nothing = getNoviceUserInfo(LITTLE, CID, null, null);
  const after = (iid: string, hresult: number): (string | null)[] => {
    const ref = hresult === 0 ? { ...REFERENCE, iid } : null;
    const query = remQueryInterface(LITTLE, CID, "IRemUnknown2", OTHER, [{ iid, hresult, ref }]);
    return named(new Calls().say(query, { object: OTHER, contextId: 0 }).say(nothing).events());
  };
  assert.deepEqual(after(IID.IRASrv, 0), ["IRemUnknown2", "IRASrv"]);
  assert.deepEqual(after(IID.IRASrv, 0x80004002), ["IRemUnknown2", null]);
  assert.deepEqual(after(IID.IDispatch, 0), ["IRemUnknown2", null]);
});

test("an activation of its classes between the same machines is enough for an object without a name", async () => {
  // Requests alone: no reference shows an interface, and nothing but the activation distinguishes the properties.
  const path = join(CAPTURES, "xp-collection-walk.pcap");
  const whole = calls(await analyzeFrames(path, () => true));
  const asked = new Set(whole.flatMap((c) => c.frames.request));
  const events = await analyzeFrames(path, (n) => asked.has(n));
  assert.ok(calls(events).some((c) => c.interface.name === "IPCHService" && c.interface.inferred === true));
});

test("evidence is bounded, and says so", () => {
  const said = new Calls();
  for (let i = 0; i <= MAX_SUSPECTS; i++) {
    const object = `${(i + 0x10000).toString(16).padStart(8, "0")}-b208-c945-a8d7-769a0ccef7f5`;
    said.say({ opnum: 3, request: orpcThis(LITTLE, CID).done(), response: null }, { object });
  }
  assert.equal(
    codes(said.events())
      .flat()
      .filter((c) => c === "inference-limit").length,
    1,
  );
});
