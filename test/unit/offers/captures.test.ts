/** Offers of the lab's captures: what the lab says happened, and what must not depend on the traffic around. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Frame } from "../../../src/capture/frame.js";
import type { OfferRecord } from "../../../src/events.js";
import { at, bare, CAPTURES, captureNames, framesOf, lastFrame, run } from "../../support/offers/frames.js";
import { volume } from "../../support/volume.js";

interface Said {
  expert: OfferRecord["expert"];
  novice: OfferRecord["novice"];
  interface: string;
  outcome: string;
  refusal?: string;
  fallback?: boolean;
  sessions?: Partial<OfferRecord["sessions"][number]>[];
  selected?: Partial<NonNullable<OfferRecord["selected"]>> | null;
  connection_string?: string | null;
  follow_up?: { server: unknown; protocol: string; seconds: number } | null;
}

function said(name: string): Said[] {
  const manifest = readFileSync(new URL(name.replace(/\.pcap(ng)?$/, ".expected.ndjson"), CAPTURES), "utf8");
  const lines = manifest.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line)).filter((record) => record.kind === "offer");
}

function matches(offer: OfferRecord, s: Said): boolean {
  return (
    offer.expert.address === s.expert.address &&
    offer.novice.address === s.novice.address &&
    offer.interface === s.interface &&
    (offer.outcome === s.outcome || offer.outcome === "encrypted")
  );
}

for (const name of captureNames()) {
  const expected = said(name);
  if (expected.length === 0) continue;
  test(`${name}: every offer that the lab made`, async () => {
    const { offers } = run(await framesOf(name));
    const left = [...offers];
    for (const s of expected) {
      const index = left.findIndex((o) => matches(o, s));
      assert.ok(index >= 0, `no offer for ${JSON.stringify(s)}`);
      compare(left.splice(index, 1)[0]!, s);
    }
    // What the lab does beside its offers may look like one, but gets nowhere.
    for (const offer of left) assert.equal(offer.outcome, "failed", JSON.stringify(offer));
  });
}

function compare(offer: OfferRecord, s: Said): void {
  assert.deepEqual(offer.expert, { ...s.expert, listed: null });
  assert.deepEqual(offer.novice, s.novice);
  if (s.refusal !== undefined) assert.ok(offer.refusal?.includes(s.refusal), offer.refusal ?? "none");
  if (s.fallback) assert.ok(offer.notes.some((n) => n.code === "fallback"));
  if (offer.outcome === "encrypted") {
    // Without keys nothing of this can be known.
    assert.deepEqual([offer.sessions, offer.selected, offer.connection_string], [[], null, null]);
    assert.equal(offer.basis, "inferred");
    return;
  }
  if (s.sessions !== undefined) {
    const known = offer.sessions.map((one, i) => pick(one, s.sessions![i]));
    assert.deepEqual(known, s.sessions);
  }
  if (s.selected !== undefined) assert.deepEqual(offer.selected, s.selected);
  assert.equal(offer.connection_string?.raw ?? null, s.connection_string ?? null);
  if (s.follow_up) {
    assert.deepEqual(offer.follow_up?.server, s.follow_up.server);
    assert.equal(offer.follow_up?.protocol, s.follow_up.protocol);
    assert.ok(offer.follow_up!.duration_s! >= s.follow_up.seconds);
  } else if (s.follow_up === null) assert.equal(offer.follow_up, null);
}

function pick<T extends object>(value: T, like: Partial<T> | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => like && key in like)) as Partial<T>;
}

/** Those that run in a few milliseconds and hold offers of every kind. */
const SOME = [
  "failures-and-faults.pcap",
  "follow-up.pcapng",
  "two-experts.pcapng",
  "xp-collection-walk.pcap",
];

test("cut anywhere, the offers that were over stay as they were", async () => {
  for (const name of SOME) {
    const frames = await framesOf(name);
    const whole = run(frames);
    const ends = whole.offers.map((offer) => lastFrame(offer, whole.calls));
    const follows = whole.offers.map((o) => (o.follow_up === null ? 0 : endOf(o)));
    for (let cut = 1; cut < frames.length; cut += volume(3, 9)) {
      // Over is what nothing was added to for a second.
      const now = at(frames[cut - 1]!);
      const over = whole.offers.filter(
        (_, i) => ends[i]! <= cut && at(frames[ends[i]! - 1]!) + 1 < now && follows[i]! < now,
      );
      if (over.length === 0) continue;
      const { offers } = run(frames.slice(0, cut));
      for (const offer of over) {
        assert.ok(
          offers.some((o) => JSON.stringify(o) === JSON.stringify(offer)),
          `${name} cut after ${cut}: ${JSON.stringify(offer)}\n${JSON.stringify(offers)}`,
        );
      }
    }
  }
});

function endOf(offer: OfferRecord): number {
  const { ts, duration_s } = offer.follow_up!;
  return Date.parse(ts) / 1000 + duration_s! + 0.01;
}

test("mixed with other conversations, at any distance in time, the offers are the same", async () => {
  const captures = await Promise.all(
    ["follow-up.pcapng", "xp-collection-walk.pcap", "big-endian.pcap"].map(framesOf),
  );
  const alone = captures.map((frames) => run(frames).offers.map(bare));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 3, maxLength: 3 }),
      async (delays) => {
        const start = 1_700_000_000;
        const shifted = captures.flatMap((frames, i) => {
          const by = start + delays[i]! / 1000 - at(frames[0]!);
          return frames.map((frame) => ({ frame, time: at(frame) + by }));
        });
        shifted.sort((a, b) => a.time - b.time);
        const mixed = shifted.map(({ frame, time }) => {
          const seconds = Math.floor(time);
          const nanos = Math.round((time - seconds) * 1e6) * 1000;
          return Object.assign(Object.create(Object.getPrototypeOf(frame)) as Frame, frame, {
            seconds,
            nanos: Math.min(nanos, 999_999_000),
            digits: 6,
          });
        });
        const found = run(mixed)
          .offers.map((o) => JSON.stringify(rounded(o)))
          .sort();
        const expected = captures.flatMap((_, i) => alone[i]!.map((o) => JSON.stringify(rounded(o)))).sort();
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 15 },
  );
});

/** Shifting times costs the last digits of a duration. */
function rounded(offer: unknown): unknown {
  const o = bareAgain(offer);
  if (o.follow_up !== null)
    o.follow_up = { ...o.follow_up, duration_s: Math.round(o.follow_up.duration_s! * 1000) };
  return o;
}

function bareAgain(offer: unknown): OfferRecord {
  const o = offer as OfferRecord;
  return { ...("ts" in o ? (bare(o) as OfferRecord) : o) };
}

test("reported live, an offer says the same once it is over", async () => {
  const frames = await framesOf("follow-up.pcapng");
  const last = frames.at(-1)!;
  // Other traffic goes on for half an hour.
  const later = Array.from({ length: 1800 }, (_, i) =>
    Object.assign(Object.create(Object.getPrototypeOf(last)) as Frame, last, {
      data: new Uint8Array(14),
      end: 14,
      seconds: last.seconds + i,
    }),
  );
  const offline = run(frames).offers.map((o) => JSON.stringify(o));
  for (const live of [true, false]) {
    const { early } = run([...frames, ...later], live);
    const last = early.filter(({ provisional }) => !provisional);
    assert.deepEqual(
      last.map((o) => JSON.stringify({ ...o, revision: 1 })),
      offline,
    );
  }
});

test("clocks that differ by an hour, and a frame that is a year ahead, split no offer", async () => {
  const frames = await framesOf("follow-up.pcapng");
  const offers = run(frames).offers.map((o) => JSON.stringify(bare(o)));
  const noise = (like: Frame, ahead: number): Frame =>
    Object.assign(Object.create(Object.getPrototypeOf(like)) as Frame, like, {
      data: new Uint8Array(14),
      end: 14,
      seconds: like.seconds + ahead,
    });
  const jittery = frames.flatMap((frame) => [frame, noise(frame, -3600), noise(frame, -3601)]);
  assert.deepEqual(
    run(jittery).offers.map((o) => JSON.stringify(bare(o))),
    offers,
  );
  const damaged = frames.flatMap((frame, i) => (i === 50 ? [noise(frame, 365 * 86_400), frame] : [frame]));
  assert.deepEqual(
    run(damaged).offers.map((o) => JSON.stringify(bare(o))),
    offers,
  );
});
