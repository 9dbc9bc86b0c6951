/** The same call gives the same record, however TCP cuts it, RPC fragments it, or the capture reorders its frames. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { CallRecord } from "../../../src/events.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { type Cast, domainMachine, helper, PASSWORD } from "../../lab/cast.js";
import { Conversation } from "../../lab/conversation.js";
import { WINDOWS_7, WINDOWS_10 } from "../../lab/ntlm.js";
import type { Level } from "../../lab/plan.js";
import { getNoviceUserInfo, getSessionInfo, sessionNames } from "../../lab/rai.js";
import { make, type Shape } from "../../lab/recipe.js";
import { direct } from "../../lab/stories/direct.js";
import { plan } from "../../lab/stories/vista.js";
import type { Segment } from "../../lab/wire.js";
import { analyze, calls } from "../../support/run.js";

/** Made anew for each capture: a cast counts its ports. */
const cast = (): Cast => ({
  expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
  novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_7),
});
const ENTRIES = Array.from({ length: 9 }, (_, i) => `CONTOSO\\user number ${i}:${i}`);

interface Cut {
  /** Bytes of stub a fragment. */
  fragment?: number;
  answerFragment?: number;
  level?: Level;
  mss?: number;
  cuts?: number[];
  shape?: (segments: Segment[]) => Segment[];
}

function captureOf(cut: Cut): Uint8Array {
  const talk = new Conversation("same-call", "2024-05-14T08:00:00Z");
  const who = cast();
  const security = cut.level ? plan(who, { provider: "ntlmssp", level: cut.level }) : null;
  const { association, service, cid } = direct(talk, who, {}, security);
  const e = association.encoding("IRASrv");
  const options = { trailer: "all" as const, fragment: cut.fragment, answerFragment: cut.answerFragment };
  association.call(
    service.ipid,
    getSessionInfo(e, cid, { names: null, count: 0 }, { names: sessionNames(ENTRIES), count: 9 }),
    options,
  );
  association.call(service.ipid, getNoviceUserInfo(e, cid, "x".repeat(150), "<E/>"), options);
  talk.close(association.connection);
  return make({
    name: "same-call.pcap",
    about: "",
    make: (): Shape => ({
      talk,
      draw: { mss: cut.mss, ...(cut.cuts ? { cuts: () => cut.cuts! } : {}) },
      ...(cut.shape ? { shape: cut.shape } : {}),
      file: { format: "pcap", nanoseconds: true },
    }),
  }).capture;
}

/** What must not depend on how the bytes travelled. */
function essence(record: CallRecord): Record<string, unknown> {
  const { ts: _ts, duration_us: _d, frames: _f, wire: _w, target: _t, ...rest } = record;
  return rest;
}

/**
 * An id is made of the place and the time of the request's first byte: other segments leave it as it is; where fragments have
 * other lengths, or the frame has another time, it is another.
 */
function withoutIds(records: readonly Record<string, unknown>[]): unknown[] {
  return records.map(({ id: _id, ...rest }) => rest);
}

async function recordsOf(t: TestContext, cut: Cut): Promise<Record<string, unknown>[]> {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "same-call.pcap");
  writeFileSync(path, captureOf(cut));
  return calls(await analyze([path], { keys: KeyRing.from({ passwords: [PASSWORD] }) })).map(essence);
}

const LEVELS: (Level | undefined)[] = [undefined, "pkt_integrity", "pkt_privacy"];

for (const level of LEVELS) {
  test(`any TCP segmentation, ${level ?? "no security"}`, async (t) => {
    const whole = await recordsOf(t, { level });
    assert.equal(whole.length, 2);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 40, max: 1460 }),
        async (cuts, mss) => assert.deepEqual(await recordsOf(t, { level, cuts, mss }), whole),
      ),
      { numRuns: 25 },
    );
  });

  test(`any fragmentation, ${level ?? "no security"}`, async (t) => {
    const whole = withoutIds(await recordsOf(t, { level }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }), async (f, a) => {
        // Fragments of stub data end at multiples of eight bytes ([C706] 12.6.3.1).
        const cut = { level, fragment: 8 * f, answerFragment: 8 * a };
        assert.deepEqual(withoutIds(await recordsOf(t, cut)), whole);
      }),
      { numRuns: 25 },
    );
  });

  test(`neighbouring frames that changed places, ${level ?? "no security"}`, async (t) => {
    const whole = withoutIds(await recordsOf(t, { level, mss: 200 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }), async (places) => {
        const shape = (segments: Segment[]): Segment[] => {
          const out = [...segments];
          for (const p of places) {
            const [a, b] = [out[p], out[p + 1]];
            if (!a || !b || a.offset === undefined) continue;
            out[p] = { ...b, at: a.at };
            out[p + 1] = { ...a, at: b.at };
          }
          return out;
        };
        assert.deepEqual(withoutIds(await recordsOf(t, { level, mss: 200, shape })), whole);
      }),
      { numRuns: 25 },
    );
  });
}
