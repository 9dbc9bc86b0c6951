/** Decoding is pure: it changes neither the call nor what is known, and says the same each time. */
import assert from "node:assert/strict";
import test from "node:test";
import { decodeCall } from "../../../src/call/decode-call.js";
import type { Knowledge } from "../../../src/call/knowledge.js";
import { factsOf } from "../../../src/facts/facts-of.js";
import { IID } from "../../lab/dcom.js";
import { DISPATCH, invoke } from "../../lab/dispatch.js";
import { LITTLE } from "../../lab/ndr.js";
import { bstrVariant, i4 } from "../../lab/oaut.js";
import { DISPID, getNoviceUserInfo, helpBlob } from "../../lab/rai.js";
import { CALLED, finished, newRun } from "../../support/call/calls.js";
import { encodeParameter, Out } from "../../support/ndr/encode.js";

const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";

/** What a run knows, where every question is answered and nothing can be written. */
function frozen(): Knowledge {
  const { table, ndr } = newRun();
  const called = { ipid: CALLED, iid: IID.IDispatch, oxid: "01", oid: "02", clsid: null };
  return Object.freeze({
    table,
    ndr: Object.freeze(ndr),
    objects: Object.freeze({
      called: () => Object.freeze(called),
      dualOf: () => Object.freeze({ iid: IID.IPCHService, inferred: true }),
      iidsOf: () => [],
    }),
    names: Object.freeze({
      named: () => null,
      types: Object.freeze({ typeOf: () => null, member: () => null, ofGuid: () => null, dropped: false }),
    }),
    inference: Object.freeze({
      ofContext: () => null,
      ofIpid: () => null,
      asked: () => false,
      namedBetween: () => [],
      drops: () => false,
    }),
  });
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("the same call and the same knowledge give the same, and nothing is written", () => {
  const knowledge = frozen();
  const spoken = invoke(LITTLE, CID, "IDispatch", {
    dispid: DISPID.REMOTECONNECTIONPARMS,
    flags: DISPATCH.METHOD,
    arguments: [bstrVariant("ann"), bstrVariant("EX"), i4(2), bstrVariant(helpBlob("EX", "eve"))],
    result: bstrVariant("1"),
  });
  const call = finished(spoken, CALLED);
  const before = plain(call);
  const first = decodeCall(call, knowledge);
  const facts = factsOf(first, knowledge.table);
  const second = decodeCall(call, knowledge);
  assert.deepEqual(plain(second), plain(first));
  assert.deepEqual(plain(factsOf(second, knowledge.table)), plain(facts));
  assert.deepEqual(plain(call), before);
  assert.equal(first.invocation?.member, "RemoteConnectionParms");
  assert.equal(first.invocation.inferred, true);
});

test("a call whose interface nothing names is tried, and what it is evidence for is part of what is said", () => {
  const knowledge = frozen();
  const nothing = { ...knowledge, objects: { ...knowledge.objects, called: () => null } };
  const call = { ...finished(getNoviceUserInfo(LITTLE, CID, null, "x"), CALLED), claim: null };
  const first = decodeCall(call, nothing);
  const second = decodeCall(call, nothing);
  assert.ok(first.inferred?.stated === null && first.inferred.fitting.size > 0);
  assert.deepEqual(plain(second), plain(first));
  const { client, server } = call.channel;
  const between = `${client.address} ${server.address} ${CALLED}`;
  assert.deepEqual(first.inferred.keys, { context: "0/0", ipid: between });
});

test("an object that another context has named tells no transfer syntax: the one that fits is taken, or none", () => {
  const knowledge = frozen();
  const iface = knowledge.table.find("76f03f96-cdfd-44fc-a22c-64950a001209", 1)!;
  const method = iface.methods[54]!;
  const stated = { uuid: iface.uuid, version: "1.0", iface, transfer: "ndr" as const };
  const evidence = { stated, fitting: null, named: null, noted: false, tried: 0 };
  const met = { ...knowledge, inference: { ...knowledge.inference, ofIpid: () => evidence } };
  const asked = { pName: "\\\\srv", pPrintProcessorName: "winprint", Level: 1, pDatatypes: null, cbBuf: 0 };
  const answered = { pDatatypes: null, pcbNeeded: 0, pcReturned: 0 };
  const said = (syntax: "ndr" | "ndr64", spoil = 0) => {
    const sides = [asked, answered].map((values, i) => {
      const out = new Out({ syntax, littleEndian: true });
      for (const { name, type, in: given, out: got } of method.params) {
        // The binding handle is none of the stub.
        if (type.kind !== "unsupported" && (i === 0 ? given : got))
          encodeParameter(out, type, (values as { [name: string]: unknown })[name]);
      }
      if (i === 1) out.int(1798, 4);
      for (let k = 0; k < spoil; k++) out.put(7n, 1);
      return out.bytes();
    });
    const spoken = { opnum: 54, request: sides[0]!, response: sides[1]! };
    const call = finished(getNoviceUserInfo(LITTLE, CID, null, "x"), CALLED);
    const side = (of: typeof call.request, stub: Uint8Array) => ({
      ...of!,
      parts: [stub],
      size: stub.length,
    });
    const { identity, request, outcome } = decodeCall(
      {
        ...call,
        claim: null,
        opnum: spoken.opnum,
        request: side(call.request, spoken.request),
        response: side(call.response, spoken.response),
      },
      { ...met, objects: { ...met.objects, called: () => null } },
    );
    return [identity.transfer, identity.inferred, request.values, outcome.status];
  };
  assert.deepEqual(said("ndr"), ["ndr", true, asked, "error"]);
  assert.deepEqual(said("ndr64"), ["ndr64", true, asked, "error"]);
  assert.deepEqual(said("ndr64", 3), [null, true, null, "unknown"]);
});

test("a sealed side, a missing side and a fault are decoded as what they are", () => {
  const knowledge = newRun();
  const call = finished(getNoviceUserInfo(LITTLE, CID, null, "x"), CALLED);
  const sealed = decodeCall({ ...call, response: { ...call.response!, sealed: true } }, knowledge);
  assert.deepEqual([sealed.response.state, sealed.outcome.status], ["encrypted", "unknown"]);
  const silent = decodeCall({ ...call, response: null }, knowledge);
  assert.deepEqual([silent.response.state, silent.outcome.status], [null, "no_response"]);
  const cut = {
    ...call.response!,
    whole: false,
    parts: [call.response!.parts[0]!.subarray(0, 20)],
    size: 20,
  };
  const incomplete = decodeCall({ ...call, response: cut }, knowledge);
  assert.equal(incomplete.response.state, "incomplete");
  assert.ok(incomplete.response.cut?.path.startsWith("szName"));
});

test("what a method takes is not looked up for a call that stays sealed", (t) => {
  const knowledge = newRun();
  const iface = knowledge.table.find("7c44d7d4-31d5-424c-bd5e-2b3e1f323d22", 1)!;
  const method = iface.methods[0]!;
  const get = (): never => {
    throw new Error("the description was asked for");
  };
  for (const name of ["params", "returns", "dispid"]) {
    Object.defineProperty(method, name, { get, configurable: true });
    // The table is shared by all tests of the process.
    t.after(() => Reflect.deleteProperty(method, name));
  }
  const { request, response, ...call } = finished(getNoviceUserInfo(LITTLE, CID, null, "x"), CALLED);
  const claim = { ...call.claim!, uuid: iface.uuid, version: "1.0", major: 1 };
  const sealed = { request: { ...request!, sealed: true }, response: { ...response!, sealed: true } };
  const decoded = decodeCall({ ...call, ...sealed, object: null, opnum: 0, claim }, knowledge);
  assert.deepEqual(
    [decoded.method?.name, decoded.request.state, decoded.outcome.status],
    ["IDL_DSAPrepareScript", "encrypted", "unknown"],
  );
});
