/** What offers must not depend on: the order in which calls become known, files, and how much else there is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { OfferRecord } from "../../../src/events.js";
import { MAX_GROUPS, OfferTracker } from "../../../src/offers/tracker.js";
import { withFiles } from "../../support/capture/read.js";
import { bare, captureNames, framesOf, run } from "../../support/offers/frames.js";
import {
  activate,
  ask,
  exported,
  list,
  parms,
  query,
  rdp,
  reach,
  Scene,
  string1,
  string2,
  type Who,
} from "../../support/offers/records.js";
import { validateRecord } from "../../support/output/validate.js";
import { analyze, ofKind } from "../../support/run.js";

const WHO: Who = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };

/** A bit of everything between three pairs of machines. */
function play(): Scene {
  const scene = new Scene();
  const other: Who = { expert: "10.0.0.6", novice: "10.0.0.9", user: "olaf" };
  const third: Who = { expert: "10.0.0.5", novice: "10.0.0.11", user: "helga" };
  const e = exported(1, 49155);
  const f = exported(2, 49156);
  const g = exported(3, 1041);
  const one = reach(scene, WHO, e);
  activate(scene, other, "RASrv", f);
  list(scene, WHO, one, e, ["CONTOSO\\jmarek:1"]);
  activate(scene, third, "RASrv", exported(4, 1), { hresult: 0x80040154 });
  activate(scene, third, "PCHService", g);
  const two = scene.open(other.expert, other.novice, f.port);
  query(scene, other, two, f, "IRASrv");
  ask(scene, WHO, one, e, string2([{ port: 49300, name: "NOVICE" }]));
  ask(scene, other, two, f, null, { hresult: 0x80070052 });
  rdp(scene, WHO.expert, WHO.novice, 49300);
  const three = scene.open(third.expert, third.novice, g.port);
  query(scene, third, three, g, "IPCHService");
  parms(scene, third, three, g, string1("10.0.0.11:3389"));
  rdp(scene, third.expert, third.novice, 3389);
  scene.wait(60);
  const h = exported(5, 49157);
  ask(scene, other, reach(scene, other, h, { session: 1 }), h, string2([{ port: 49301, name: "NOVICE" }]));
  return scene;
}

test("calls may become known in any order", () => {
  const scene = play();
  const expected = scene.finish();
  assert.equal(expected.length, 4);
  const order = fc.shuffledSubarray(
    scene.script.map((_, i) => i),
    { minLength: scene.script.length, maxLength: scene.script.length },
  );
  fc.assert(
    fc.property(order, (indices) => {
      const book = new OfferTracker();
      // What is said on a connection comes after its beginning; calls come whenever they like.
      const tcp = scene.kinds.flatMap((kind, i) => (kind === "tcp" ? [i] : []));
      let next = 0;
      for (const index of indices) {
        const at = scene.kinds[index] === "tcp" ? tcp[next++]! : index;
        scene.script[at]!(book);
      }
      assert.deepEqual(book.finish(), expected);
    }),
    { numRuns: 60 },
  );
});

test("every offer of the lab is as the schema says, with frames behind every statement", async () => {
  for (const name of captureNames()) {
    for (const offer of run(await framesOf(name)).offers) {
      assert.deepEqual(validateRecord(offer), [], name);
      assert.ok(offer.evidence.length > 0);
      for (const { statement, frames } of offer.evidence)
        assert.ok(frames.length > 0, `${name}: ${statement}`);
    }
  }
});

test("a capture in two files gives the same offers in either order of files", async () => {
  for (const name of ["follow-up.pcapng", "two-experts.pcapng"]) {
    const frames = await framesOf(name);
    const whole = run(frames).offers.map(withoutFile);
    // Every other connection's frames go to the other file: ports show.
    const halves = [0, 1].map((half) =>
      frames.filter((f, i) => (f.data[35]! + (i > 40 ? 1 : 0)) % 2 === half),
    );
    const files = { "a.pcap": pcap(halves[0]!), "b.pcap": pcap(halves[1]!) };
    await withFiles(files, async (path) => {
      for (const order of [
        ["a.pcap", "b.pcap"],
        ["b.pcap", "a.pcap"],
      ]) {
        const events = await analyze(order.map(path), { files: order });
        assert.deepEqual(ofKind(events, "offer").map(withoutFile), whole, name);
      }
    });
  }
});

function withoutFile(offer: OfferRecord): unknown {
  const { file: _file, ...rest } = offer;
  return bare({ ...rest, connection_string: null } as OfferRecord);
}

/** Microseconds, Ethernet. */
function pcap(frames: Awaited<ReturnType<typeof framesOf>>): Uint8Array {
  const parts = [Buffer.alloc(24)];
  parts[0]!.writeUInt32LE(0xa1b23c4d, 0);
  parts[0]!.writeUInt16LE(2, 4);
  parts[0]!.writeUInt16LE(4, 6);
  parts[0]!.writeUInt32LE(65_535, 16);
  parts[0]!.writeUInt32LE(1, 20);
  for (const frame of frames) {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(frame.seconds, 0);
    head.writeUInt32LE(frame.nanos, 4);
    head.writeUInt32LE(frame.data.length, 8);
    head.writeUInt32LE(frame.wireLength, 12);
    parts.push(head, Buffer.from(frame.data));
  }
  return Buffer.concat(parts);
}

test("much other DCOM traffic and many connections neither hide an offer nor are remembered", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  const one = reach(scene, WHO, e);
  for (let i = 0; i < MAX_GROUPS + 500; i++) {
    const other: Who = { expert: `10.1.${i >> 8}.${i & 255}`, novice: "10.0.0.9", user: "x" };
    activate(scene, other, "other", exported(9, 49200));
    if (i % 1000 === 0) scene.pass(1);
  }
  scene.pass(3);
  const listeners = string2([{ port: 49300, name: "10.0.0.9" }]);
  ask(scene, WHO, one, e, listeners);
  for (let i = 0; i < 6000; i++) scene.open("10.9.9.9", "10.0.0.9", 80);
  const follow = rdp(scene, WHO.expert, WHO.novice, 49300);
  for (let i = 0; i < 6000; i++) scene.open(WHO.expert, "10.0.0.77", 80);
  const [offer] = scene.finish();
  assert.equal(scene.reported.length, 1);
  assert.equal(offer!.outcome, "connected");
  assert.equal(offer!.follow_up?.stream, follow);
});

test("live, an offer comes a while after its last call", () => {
  const scene = new Scene({ live: true });
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, null, { hresult: 0x80070005 });
  assert.equal(scene.pass(60).length, 0);
  assert.equal(scene.pass(120).length, 1);
  const f = exported(2, 49156);
  ask(scene, WHO, reach(scene, WHO, f), f, string2([{ port: 49300, name: "10.0.0.9" }]));
  rdp(scene, WHO.expert, WHO.novice, 49300);
  const offer = scene.pass(200).at(-1);
  assert.equal(offer?.outcome, "connected");
  assert.equal(offer?.provisional, false);
  assert.deepEqual(
    offer?.notes.map((n) => n.code),
    ["follow-up-open"],
  );
  assert.deepEqual(scene.finish(), []);
});
