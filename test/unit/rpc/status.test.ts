/** What a call's status claims: success and failure only where they were read. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { isProbe, outcome, outcomeStyle } from "../../../src/output/format.js";
import { remoteActivation } from "../../lab/activation.js";
import { Association } from "../../lab/association.js";
import { Conversation } from "../../lab/conversation.js";
import { CLSID, IID } from "../../lab/dcom.js";
import { LITTLE } from "../../lab/ndr.js";
import { connect } from "../../lab/stories/vista.js";
import { old, play } from "../../support/offers/played.js";
import { call } from "../../support/output/samples.js";
import { bind, bindAck, request, response, Wire } from "../../support/rpc/wire.js";
import { analyze, calls } from "../../support/run.js";

const capture = (name: string): string => new URL(`../../../captures/${name}`, import.meta.url).pathname;
const brief = (c: CallRecord): string => `${c.method} ${c.stub.response} ${c.status}`;

test("sealed answers are unknown, and are counted apart", async () => {
  const events = await analyze([capture("vista-offer-privacy.pcapng")]);
  const sealed = calls(events).filter((c) => c.stub.response === "encrypted");
  assert.ok(sealed.length > 5);
  assert.deepEqual([...new Set(sealed.map((c) => c.status))], ["unknown"]);
  const summary = events.find((e) => e.type === "summary");
  assert.equal(summary?.calls.unknown, sealed.length);
});

test("an answer of which the end is missing is unknown", async () => {
  const cut = calls(await analyze([capture("mid-stream.pcap")])).filter(
    (c) => c.stub.response === "incomplete",
  );
  assert.deepEqual(cut.map(brief), [
    "RemoteGetClassObject incomplete unknown",
    "GetNoviceUserInfo incomplete unknown",
  ]);
});

test("people read that there was an answer, not that it was well", () => {
  const unread = call({
    status: "unknown",
    hresult: null,
    response: null,
    stub: { request: "decoded", response: "unknown" },
  });
  assert.equal(outcome(unread), "answered");
  assert.equal(outcomeStyle(unread), "dim");
  const sealed = call({
    status: "unknown",
    hresult: null,
    response: null,
    stub: { request: "encrypted", response: "encrypted" },
  });
  assert.equal(outcome(sealed), "answered, encrypted");
});

test("an interface that an object does not have is nothing to be alarmed by", () => {
  const hresult = { value: "0x80004002", name: "E_NOINTERFACE", message: null };
  const probe = call({
    interface: { uuid: "00000143-0000-0000-c000-000000000046", version: "0.0", name: "IRemUnknown2" },
    method: "RemQueryInterface",
    status: "error",
    hresult,
  });
  assert.ok(isProbe(probe));
  assert.equal(outcomeStyle(probe), "dim");
  const other = call({ status: "error", hresult });
  assert.ok(!isProbe(other));
  assert.equal(outcomeStyle(other), "bad");
});

test("a status that is reported by a last [out] parameter counts as one that is returned", () => {
  const EPT = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
  const NOT_REGISTERED = 0x16c9a0d6;
  const wire = new Wire().handshake().say(0, bind(1, EPT)).say(1, bindAck(1));
  const statuses = [0, NOT_REGISTERED, 5];
  statuses.forEach((status, i) => {
    const stub = new Uint8Array(24);
    new DataView(stub.buffer).setUint32(20, status, true);
    wire.say(0, request(2 + i, new Uint8Array(20), { opnum: 4 })).say(1, response(2 + i, stub));
  });
  // The end of a list is none.
  const end = new Uint8Array(40);
  new DataView(end.buffer).setUint32(36, NOT_REGISTERED, true);
  wire.say(0, request(8, new Uint8Array(40), { opnum: 2 })).say(1, response(8, end));
  const cut = new Uint8Array(20);
  wire.say(0, request(9, new Uint8Array(20), { opnum: 4 })).say(1, response(9, cut));
  const found = calls(wire.close().events());
  assert.deepEqual(
    found.map((c) => `${c.method} ${c.status}`),
    [
      "ept_lookup_handle_free ok",
      "ept_lookup_handle_free error",
      "ept_lookup_handle_free error",
      "ept_lookup ok",
      "ept_lookup_handle_free unknown",
    ],
  );
});

test("an activation that failed is an error, although RemoteActivation itself went well", () => {
  const talk = new Conversation("status", "2008-02-19T10:15:30.000Z");
  const association = new Association(talk, connect(talk, old(), 135), "", {});
  association.bind([{ interface: "IActivation", propose: ["ndr"], accept: "ndr" }], null, null);
  const wanted = {
    clsid: CLSID.PCHService,
    iids: [IID.IUnknown],
    session: null,
    serverName: "",
    contextId: "",
  };
  association.call(null, remoteActivation(LITTLE, talk.random.guid(), wanted, 0x80040154));
  const { calls: found, offers } = play(talk);
  assert.deepEqual(
    found.map((c) => [c.status, c.hresult?.name, c.response?.phr]),
    [["error", "REGDB_E_CLASSNOTREG", "0x80040154"]],
  );
  assert.equal(outcome(found[0]!), "REGDB_E_CLASSNOTREG (0x80040154)");
  assert.equal(offers[0]?.outcome, "failed");
});
