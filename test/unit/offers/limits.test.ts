/** What an offer remembers and lists has limits: one that lost something by them says so. */
import assert from "node:assert/strict";
import test from "node:test";
import { Evidence } from "../../../src/offers/report/evidence.js";
import { listedSessions } from "../../../src/offers/report/sessions.js";
import { givenBy, isCut, mentionedBy } from "../../../src/offers/steps/references.js";
import type { Step } from "../../../src/offers/steps/step.js";

const guid = (i: number): string => i.toString(16).padStart(8, "0") + "-0000-0000-0000-000000000001";

test("statements: 64 are listed, and that there are more is known", () => {
  const evidence = new Evidence();
  for (let i = 0; i < 64; i++) evidence.add("decoded", `statement ${i}`, [i + 1]);
  assert.deepEqual([evidence.list.length, evidence.full], [64, false]);
  evidence.add("decoded", "one more", [65]);
  assert.deepEqual([evidence.list.length, evidence.full], [64, true]);
});

test("references of one call: 256 are kept, and that there are more is known", () => {
  const cut = (given: number, mentioned: number): boolean => {
    const references = givenBy(
      Array.from({ length: given }, (_, i) => ({
        kind: "interface-pointer" as const,
        in: "response" as const,
        iid: guid(0),
        ipid: guid(i + 1),
        oid: "1",
        oxid: "2",
        refs: 1,
        resolver: { strings: [], security: [] },
        clsid: null,
        factory: null,
      })),
    );
    const refs = Array.from({ length: mentioned }, (_, i) => ({ ipid: guid(i + 1), count: 1 }));
    const ids = mentionedBy([{ kind: "released", refs }]);
    return isCut({ given: references, mentioned: ids, detail: null } as unknown as Step);
  };
  assert.equal(cut(256, 256), false);
  assert.equal(cut(257, 0), true);
  assert.equal(cut(0, 257), true);
  assert.equal(cut(0, 5000), true);
});

test("sessions of one list: 4,096 are kept, and that there are more is known", () => {
  const listed = (count: number): [number, boolean] => {
    const sessions = Array.from({ length: count }, (_, i) => ({
      raw: "",
      domain: "D",
      user: "u",
      session_id: i,
    }));
    const step = { kind: "session-list", at: 1, given: [], response: [2], detail: { sessions } };
    const { sessions: kept, more } = listedSessions([step] as unknown as Step[]);
    return [kept.length, more];
  };
  assert.deepEqual(listed(4096), [4096, false]);
  assert.deepEqual(listed(4097), [4096, true]);
});
