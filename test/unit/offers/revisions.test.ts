/** Live, an offer is reported at once, again when its follow-up is known, and once more when it is over. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OfferRecord } from "../../../src/events.js";
import { captureNames, framesOf, run } from "../../support/offers/frames.js";
import { ask, exported, list, rdp, reach, Scene, string2, type Who } from "../../support/offers/records.js";

const WHO: Who = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };
const LISTENERS = string2([{ port: 49300, name: "10.0.0.9" }]);
const DENIED = 0x80070005;

const told = ({ revision, provisional, outcome }: OfferRecord): string =>
  `${revision}${provisional ? "~" : ""} ${outcome}`;

test("at once when the string is issued, when its follow-up is known, when that is over", () => {
  const scene = new Scene({ live: true });
  const e = exported(1, 49155);
  const stream = reach(scene, WHO, e);
  list(scene, WHO, stream, e, ["CONTOSO\\jmarek:1"]);
  assert.deepEqual(scene.tracker.takeEarly(), []);
  ask(scene, WHO, stream, e, LISTENERS);
  // Nothing has to happen first, and no time has to pass.
  const [first, ...more] = scene.tracker.takeEarly();
  assert.deepEqual([told(first!), more], ["1~ string_issued", []]);
  assert.equal(first!.connection_string?.form, 2);
  assert.deepEqual(scene.pass(5), []);
  const follow = rdp(scene, WHO.expert, WHO.novice, 49300);
  const second = scene.pass(3);
  assert.deepEqual(second.map(told), ["2~ connected"]);
  assert.equal(second[0]!.follow_up?.protocol, "rdp");
  // Bytes and seconds alone are no news.
  scene.data(follow, 1, [1, 2, 3]);
  assert.deepEqual(scene.pass(60), []);
  scene.close(follow);
  const last = scene.pass(120);
  assert.deepEqual(last.map(told), ["3 connected"]);
  assert.ok(last[0]!.follow_up!.duration_s! > 0);
  assert.deepEqual(scene.finish(), []);
});

test("without a follow-up the second report is the last", () => {
  const scene = new Scene({ live: true });
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, LISTENERS);
  assert.deepEqual(scene.tracker.takeEarly().map(told), ["1~ string_issued"]);
  assert.deepEqual(scene.finish().map(told), ["2 string_issued"]);
});

test("what issues no string is reported once, when it is over", () => {
  for (const how of [{ hresult: DENIED }, { unanswered: true }] as const) {
    const scene = new Scene({ live: true });
    const e = exported(1, 49155);
    ask(scene, WHO, reach(scene, WHO, e), e, null, how);
    assert.deepEqual(scene.tracker.takeEarly(), []);
    assert.equal(scene.pass(400).filter(({ provisional }) => provisional).length, 0);
    assert.equal([...scene.reported, ...scene.finish()].length, 1);
    assert.equal(scene.reported[0]!.revision, 1);
  }
});

test("each initiation of a pair has reports of its own", () => {
  const scene = new Scene({ live: true });
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e, { session: 1 }), e, LISTENERS);
  const f = exported(2, 49156);
  scene.wait(30);
  const one = scene.tracker.takeEarly();
  ask(scene, WHO, reach(scene, WHO, f, { session: 2 }), f, string2([{ port: 49301, name: "10.0.0.9" }]));
  const two = scene.tracker.takeEarly();
  assert.deepEqual([...one, ...two].map(told), ["1~ string_issued", "1~ string_issued"]);
  assert.notEqual(one[0]!.ts, two[0]!.ts);
  rdp(scene, WHO.expert, WHO.novice, 49301);
  assert.deepEqual(
    scene.pass(4).map((offer) => [offer.ts, told(offer)]),
    [[two[0]!.ts, "2~ connected"]],
  );
  assert.deepEqual(
    scene.finish().map((offer) => [offer.ts, told(offer)]),
    [
      [one[0]!.ts, "2 string_issued"],
      [two[0]!.ts, "3 connected"],
    ],
  );
});

test("where the input ends there is one report", () => {
  const scene = new Scene();
  const e = exported(1, 49155);
  ask(scene, WHO, reach(scene, WHO, e), e, LISTENERS);
  assert.deepEqual(scene.tracker.takeEarly(), []);
  rdp(scene, WHO.expert, WHO.novice, 49300);
  assert.deepEqual(scene.finish().map(told), ["1 connected"]);
});

describe("of the lab's captures", () => {
  for (const name of captureNames()) {
    test(`${name}: reports of one id, in order, the last of which is what is said offline`, async () => {
      const frames = await framesOf(name);
      const offline = run(frames).offers;
      const byId = new Map<string | null, OfferRecord[]>();
      for (const report of run(frames, true).offers) {
        byId.set(report.id, [...(byId.get(report.id) ?? []), report]);
      }
      assert.equal(byId.size, offline.length);
      for (const [id, of] of byId) {
        assert.deepEqual(
          of.map(({ revision }) => revision),
          of.map((_, i) => i + 1),
        );
        assert.deepEqual(
          of.map(({ provisional }) => provisional),
          of.map((_, i) => i < of.length - 1),
        );
        const last = of.at(-1)!;
        // Where a call was answered after the one that issued the string, the id stays that of the first report.
        const same = offline.find((offer) => JSON.stringify(offer.calls) === JSON.stringify(last.calls))!;
        const { outcome, follow_up, calls } = same;
        if (!name.startsWith("fragmented")) assert.equal(same.id, id);
        assert.deepEqual(
          [last.outcome, last.follow_up?.stream, last.calls],
          [outcome, follow_up?.stream, calls],
        );
        // Its answer is incomplete until the capture ends.
        if (name.startsWith("mid-stream")) continue;
        const issued = outcome === "string_issued" || outcome === "connected";
        assert.equal(of.length > 1, issued, `${outcome}: ${of.map(told)}`);
      }
    });
  }
});
