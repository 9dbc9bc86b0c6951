/** What a run remembers of facts, and that it does not depend on the order of calls where it need not. */
import assert from "node:assert/strict";
import test from "node:test";
import type { FinishedCall } from "../../../src/rpc/finished-call.js";
import type { RunState } from "../../../src/run/run-state.js";
import { type ActivationRequest, scmActivation } from "../../lab/activation.js";
import { CLSID, IID, type ObjectRef } from "../../lab/dcom.js";
import { eptMap } from "../../lab/epm.js";
import { createInstance, remQueryInterface, remReferences, resolveOxid2 } from "../../lab/exporter.js";
import { LITTLE } from "../../lab/ndr.js";
import { HRESULT } from "../../lab/rai.js";
import { CALLED, CLIENT, finished, newRun, report, SERVER } from "../../support/call/calls.js";

const OVER_TCP = { protseq: "ncacn_ip_tcp", endpoint: "49665", smb: null } as const;
const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";
const REMUNKNOWN = "0000b000-b208-c945-a8d7-769a0ccef7f8";
const ref = (ipid: string, iid: string = IID.IRASrv): ObjectRef => ({
  iid,
  flags: 0,
  publicRefs: 5,
  oxid: 0x4a9d38fac24b00b8n,
  oid: 0x430b20287ca40b28n,
  ipid,
  bindings: { strings: [{ tower: 7, address: "resolver" }], security: [] },
});
const OXID = "4a9d38fac24b00b8";
const OID = "430b20287ca40b28";
const OTHER = "0000c000-b208-c945-a8d7-769a0ccef7f8";
const BINDINGS = { strings: [{ tower: 7, address: "novice[49665]" }], security: [] };
const ASKED: ActivationRequest = {
  clsid: CLSID.RASrv,
  iids: [IID.IRASrv],
  session: null,
  serverName: "novice",
  contextId: CID,
};

const activated = (frame: number): FinishedCall =>
  finished(
    scmActivation(LITTLE, CID, "RemoteCreateInstance", ASKED, {
      oxid: 0x4a9d38fac24b00b8n,
      bindings: BINDINGS,
      ipidRemUnknown: REMUNKNOWN,
      authnHint: 6,
      interfaces: [{ iid: IID.IRASrv, hresult: 0, ref: ref(CALLED) }],
    }),
    null,
    frame,
  );
const queried = (frame: number, hresult = 0): FinishedCall =>
  finished(
    remQueryInterface(LITTLE, CID, "IRemUnknown2", CALLED, [
      { iid: IID.IDispatch, hresult, ref: hresult === 0 ? ref(OTHER, IID.IDispatch) : null },
    ]),
    REMUNKNOWN,
    frame,
  );
const resolved = (frame: number): FinishedCall =>
  finished(resolveOxid2(LITTLE, 0x4a9d38fac24b00b8n, BINDINGS, REMUNKNOWN, 6), null, frame);
const mapped = (frame: number): FinishedCall =>
  finished(eptMap(LITTLE, "IRASrv", 49665, "0.0.0.0"), null, frame);

/** All that is known of the object and its exporter. */
function known(run: RunState): unknown {
  const { objects, announcements } = run;
  const exporter = objects.exporters.peek(OXID);
  return {
    ipids: [CALLED, OTHER, REMUNKNOWN].map((ipid) => {
      const at = objects.interfaces.peek(ipid);
      return [at?.iid, at?.oid, at?.oxid, at?.publicRefs];
    }),
    clsid: objects.classOf(OXID, OID),
    iids: objects.iidsOf(OXID, OID).sort(),
    exporter: [exporter?.bindings, exporter?.remUnknown, exporter?.machine],
    announced: announcements.find({ address: SERVER, port: 49665 }, OVER_TCP)?.by,
    asked: run.inference.asked(CLIENT, SERVER),
  };
}

test("an activation makes the object, its class, its exporter and the exporter's endpoint known", () => {
  const run = newRun();
  report(run, activated(1));
  assert.deepEqual(run.objects.called(CALLED), {
    ipid: CALLED,
    iid: IID.IRASrv,
    oxid: OXID,
    oid: OID,
    clsid: CLSID.RASrv,
  });
  assert.equal(run.objects.called(REMUNKNOWN)?.iid, IID.IRemUnknown2);
  assert.deepEqual(run.announcements.find({ address: SERVER, port: 49665 }, OVER_TCP), {
    by: "oxid_binding",
    interface: null,
    oxid: OXID,
    stream: 0,
    frame: 2,
  });
  assert.ok(run.announcements.find({ address: "NOVICE", port: 49665 }, OVER_TCP));
});

test("objects, classes, exporters and pairs are the same in whatever order calls are finished", () => {
  const calls = [activated(1), queried(3), resolved(5)];
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const all = orders.map((order) => {
    const run = newRun();
    for (const i of order) report(run, calls[i]!);
    return known(run);
  });
  for (const other of all) assert.deepEqual(other, all[0]);
});

test("what the endpoint mapper gave out stands for the machine that answered, and the pair asked for it", () => {
  const run = newRun();
  report(run, mapped(1));
  assert.equal(run.announcements.find({ address: SERVER, port: 49665 }, OVER_TCP)?.interface, "IRASrv");
  assert.ok(run.inference.asked(CLIENT, SERVER));
  assert.ok(!run.inference.asked(SERVER, CLIENT));
});

test("a query that was refused makes nothing known", () => {
  const run = newRun();
  report(run, queried(1, HRESULT.E_NOINTERFACE));
  assert.equal(run.objects.called(OTHER), null);
});

test("released references are taken off, and an object of a known factory is of its class", () => {
  const run = newRun();
  report(run, activated(1));
  const released = remReferences(LITTLE, CID, "IRemUnknown2", "RemRelease", [
    { ipid: CALLED, publicRefs: 2 },
  ]);
  report(run, finished(released, REMUNKNOWN, 3));
  assert.equal(run.objects.interfaces.peek(CALLED)?.publicRefs, 3);
  const made = { ...ref(OTHER), oid: 7n };
  report(run, finished(createInstance(LITTLE, CID, IID.IRASrv, made), CALLED, 5));
  assert.equal(run.objects.called(OTHER)?.clsid, CLSID.RASrv);
});
