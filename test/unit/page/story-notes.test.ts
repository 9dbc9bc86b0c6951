/** Notes by code and findings by level: every one is counted once, wherever it stands. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord, NoteRecord, OfferRecord, SummaryRecord } from "../../../src/events.js";
import { undecodedSentences } from "../../../src/output/summary.js";
import {
  groupFindings,
  groupNotes,
  noteFilter,
  reasonsOf,
  whereText,
} from "../../../src/page/story/note-groups.js";
import type { Finding } from "../../../src/view/model.js";
import { captureNames, GOLDEN } from "../../support/golden.js";
import { note, offer, summary } from "../../support/output/samples.js";

const finding = (level: string, title = "t"): Finding => ({
  id: null,
  ts: null,
  rule: { id: "r", title, level, techniques: [] },
  sentence: "s",
  basis: "decoded",
  rows: [],
  frames: [],
  stream: null,
  harmless: [],
  fields: {},
});

test("by code: the gravest first, then the most frequent; those of calls are what is left of the summary's", () => {
  const groups = groupNotes(
    [
      note({ code: "stream-gap", severity: "warning", frame: 4 }),
      note({ code: "rai-clear", severity: "info" }),
      note({ code: "rai-clear", severity: "info" }),
    ],
    [offer({ notes: [{ severity: "warning", code: "stream-gap", message: "m" }] })],
    summary({ notes: { "stream-gap": 2, "rai-clear": 5, "stub-malformed": 3 } }),
  );
  assert.deepEqual(
    groups.map(({ code, severity, total, calls, listed, offers }) => [
      code,
      severity,
      total,
      listed.length,
      offers.length,
      calls,
    ]),
    [
      ["stream-gap", "warning", 2, 1, 1, 0],
      ["rai-clear", "info", 5, 2, 0, 3],
      ["stub-malformed", null, 3, 0, 0, 3],
    ],
  );
  assert.deepEqual(groups.map(whereText), ["2: 1 below, 1 of an offer", "5: 2 below, 3 of calls", ""]);
});

test("while a run goes on nothing is said of calls", () => {
  const [group] = groupNotes([note({ code: "snaplen" })], [], null);
  assert.deepEqual([group?.calls, group?.total], [null, 1]);
});

test("codes of the traffic's making are no keys of objects, and no expressions", () => {
  const groups = groupNotes(
    [note({ code: "__proto__" }), note({ code: "constructor" })],
    [],
    summary({ notes: {} }),
  );
  assert.equal(groups.length, 2);
  for (const { calls, total } of groups) assert.deepEqual([calls, total], [null, 1]);
  assert.equal(noteFilter('x") || true || ("'), null);
  assert.equal(noteFilter("stub-incomplete"), 'notes.exists(n, n.code == "stub-incomplete")');
});

test("100,000 notes are grouped in one pass", () => {
  const one = note({ code: "stream-gap" });
  const began = performance.now();
  const groups = groupNotes(
    Array.from({ length: 100_000 }, () => one),
    [],
    null,
  );
  assert.equal(groups[0]?.total, 100_000);
  assert.ok(performance.now() - began < 1_000);
});

test("findings: the gravest level first, unknown levels last, each once", () => {
  const groups = groupFindings([
    finding("low"),
    finding("weird"),
    finding("critical"),
    finding("low", "other"),
  ]);
  assert.deepEqual(
    groups.map(({ level, findings }) => [level, findings.map(({ index }) => index)]),
    [
      ["critical", [2]],
      ["low", [0, 3]],
      ["weird", [1]],
    ],
  );
  assert.deepEqual(groupFindings([]), []);
});

test("of every shipped capture the counts add up, and those at calls are what calls have", () => {
  for (const name of captureNames()) {
    const records = readFileSync(join(GOLDEN, `${name}.ndjson`), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as CallRecord | NoteRecord | OfferRecord | SummaryRecord);
    const all = records.find((record) => record.type === "summary");
    if (all === undefined) continue;
    const notes = records.filter((record) => record.type === "note");
    const offers = records.filter((record) => record.type === "offer");
    const atCalls = new Map<string, number>();
    for (const record of records) {
      if (record.type !== "call") continue;
      for (const { code } of record.notes) atCalls.set(code, (atCalls.get(code) ?? 0) + 1);
    }
    for (const group of groupNotes(notes, offers, all)) {
      assert.equal(group.calls, atCalls.get(group.code) ?? 0, `${name}: ${group.code}`);
      assert.equal(group.total, all.notes[group.code], `${name}: ${group.code}`);
    }
  }
});

test("what was not decoded is said in sentences, with why", () => {
  const plain = summary({ complete: true });
  assert.deepEqual(undecodedSentences(plain), []);
  const { traffic } = plain;
  const sentences = undecodedSentences({
    ...plain,
    complete: false,
    traffic: {
      ...traffic,
      smb_streams: 1,
      rpc_http_streams: 0,
      not_read: [{ code: "link-type-not-read", what: "3 frames of link type 999", count: 3 }],
    },
    keys: {
      secrets: [],
      contexts: [2, 3].map((stream) => ({
        stream,
        context_id: 0,
        smb_session: null,
        type: "ntlmssp",
        mechanism: "ntlmssp",
        level: "pkt_privacy",
        user: "u",
        domain: "d",
        opened: false,
        secret: null,
        proof: null,
        reason: "wrong-password",
        message: "the password is not that of d\\u",
      })),
      contexts_not_listed: 0,
    },
  });
  assert.deepEqual(sentences, [
    "3 frames of link type 999 are not read.",
    "1 SMB conversation was not decoded.",
    "None fits in conversation 2, 3: the password is not that of d\\u.",
    "The capture is damaged or was cut short: this is what came before.",
  ]);
});

test("why something stayed encrypted, each reason once; where keys were given the summary tells it", () => {
  const notes = [1, 2, 1].map((stream) =>
    note({ code: "no-key", stream, frame: stream * 10, message: "give the password" }),
  );
  notes.push(
    note({ code: "smb-encrypted", stream: 7, frame: 70, message: "5 messages" }),
    note({ code: "rai-clear" }),
  );
  const plain = summary({ keys: null });
  assert.deepEqual(
    reasonsOf(notes, plain).map(({ message, count, frame, streams }) => [message, count, frame, streams]),
    [
      ["give the password", 3, 10, [1, 2]],
      ["5 messages", 1, 70, [7]],
    ],
  );
  const withKeys = { ...plain, keys: { secrets: [], contexts: [], contexts_not_listed: 0 } };
  assert.deepEqual(
    reasonsOf(notes, withKeys).map(({ message }) => message),
    ["5 messages"],
  );
  const many = Array.from({ length: 50 }, (_, stream) => note({ code: "no-key", stream, message: "m" }));
  assert.deepEqual(
    reasonsOf(many, plain).map(({ streams, more }) => [streams.length, more]),
    [[8, 42]],
  );
});
