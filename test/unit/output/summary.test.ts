/** The counters as text: an empty capture, what a live capture lost, which keys opened what. */
import assert from "node:assert/strict";
import test from "node:test";
import type { KeysRecord, SummaryRecord } from "../../../src/events.js";
import { summaryLines } from "../../../src/output/summary.js";
import { NOTHING_CARRIED, summary } from "../../support/output/samples.js";

const EMPTY = {
  pdus: {},
  calls: {},
  notes: {},
  offers: 0,
  traffic: { tcp_segments: 3, ip_packets: 4, other_frames: 1, rpc_streams: 0, ...NOTHING_CARRIED },
};

test("a capture without DCE/RPC says what it holds", () => {
  assert.deepEqual(summaryLines(summary({ ...EMPTY, frames: 5, bytes: 500, streams: 1, duration_s: 2 })), [
    "No DCE/RPC in this capture.",
    "It holds 5 frames (500 bytes), 4 IP packets, 3 TCP segments in 1 TCP conversation, 1 other frame over 2.00 s.",
  ]);
  const [first, second] = summaryLines(
    summary({ ...EMPTY, frames: 0, bytes: 0, streams: 0, duration_s: null, complete: false }),
  );
  assert.equal(first, "No DCE/RPC here: the capture holds no frames.");
  assert.match(second!, / The capture is damaged or was cut short\.$/);
});

test("a capture that was not looked at as a whole does not deny DCE/RPC as a whole", () => {
  const first = (over: Partial<SummaryRecord["traffic"]>, more: Partial<SummaryRecord> = {}): string =>
    summaryLines(summary({ ...EMPTY, ...more, traffic: { ...EMPTY.traffic, ...over } }))[0]!;
  const fddi = { code: "link-type-not-read", what: "1,204 frames of link type FDDI (10)", count: 1204 };
  const esp = { code: "encrypted-frames", what: "1 packet encrypted by ESP (IPsec)", count: 1 };
  assert.equal(first({}), "No DCE/RPC in this capture.");
  assert.equal(
    first({ not_read: [fddi, esp] }),
    "No DCE/RPC in what could be read: 1,204 frames of link type FDDI (10) and 1 packet encrypted by ESP (IPsec) are not read.",
  );
  assert.equal(
    first({ not_read: [esp], smb_streams: 1 }),
    "No DCE/RPC in what could be read: 1 packet encrypted by ESP (IPsec) is not read; 1 SMB conversation was not decoded.",
  );
  assert.equal(
    first({ smb_streams: 3, rpc_http_streams: 1 }),
    "No DCE/RPC in what could be read: 3 SMB conversations and 1 RPC-over-HTTP conversation were not decoded.",
  );
  assert.equal(first({}, { complete: false }), "No DCE/RPC in what could be read.");
});

test("beside DCE/RPC that was found, the rest is reported too", () => {
  const traffic = {
    ...summary().traffic,
    smb_streams: 2,
    not_read: [{ code: "nesting-limit", what: "7 frames with more than 8 encapsulations", count: 7 }],
  };
  const lines = summaryLines(summary({ traffic }));
  assert.ok(lines.includes("7 frames with more than 8 encapsulations are not read"));
  assert.ok(lines.includes("2 SMB conversations were not decoded"));
});

test("why not everything was read: each cause by its name, and a limit that was asked for is none", () => {
  const last = (over: Partial<SummaryRecord>): string[] => {
    const lines = summaryLines(summary({ complete: false, ...over }));
    return lines.slice(lines.findIndex((line) => line.startsWith("notes:")) + 1);
  };
  const cut = "The capture is damaged or was cut short: this is what came before.";
  assert.deepEqual(last({ notes: { "capture-cut-short": 1 } }), [cut]);
  assert.deepEqual(last({ notes: { "capture-damaged": 1 } }), [cut]);
  assert.deepEqual(last({ notes: { "capture-damaged": 1, "capture-cut-short": 2 } }), [
    "3 captures are damaged or were cut short: this is what came before.",
  ]);
  assert.deepEqual(last({ notes: { "input-unreadable": 1 } }), [
    "1 input could not be read: nothing of it is counted here.",
  ]);
  assert.deepEqual(last({ notes: { "input-unreadable": 1, "not-a-capture": 1, "capture-cut-short": 1 } }), [
    cut,
    "2 inputs could not be read: nothing of them is counted here.",
  ]);
  assert.deepEqual(last({ notes: { x: 1 }, ended: "signal" }), [
    "Stopped by a signal: what came later was not read.",
  ]);
  assert.deepEqual(last({ notes: { x: 1 }, ended: "output_closed" }), [
    "The reader of the output has closed it: the rest was not read.",
  ]);
  assert.deepEqual(last({ notes: { x: 1 }, complete: true, ended: "limit", frames: 5 }), [
    "Stopped after 5 frames, as --limit asks.",
  ]);
  assert.deepEqual(last({ notes: { "interface-lost": 1 } }), [
    "An interface was lost: what came later was not captured.",
  ]);
  assert.deepEqual(last({ notes: { "input-skipped": 1 }, complete: true }), []);
  assert.deepEqual(last({ notes: { x: 1 } }), [cut]);
});

test("filtered calls are counted whole, with how many are shown; offers that nobody looked for are not counted", () => {
  const line = (of: SummaryRecord, offers?: boolean): string =>
    summaryLines(of, offers).find((text) => / calls?\b/.test(text))!;
  const counts = { calls: { ok: 20, error: 7 }, offers: 2 };
  assert.equal(line(summary(counts)), "27 calls (ok 20, error 7), 2 offers");
  assert.equal(
    line(summary({ ...counts, shown: { calls: 0, offers: 1 } })),
    "27 calls, 0 shown (of all: ok 20, error 7), 2 offers, 1 shown",
  );
  assert.equal(
    line(summary({ ...counts, shown: { calls: 27, offers: 2 } })),
    "27 calls (ok 20, error 7), 2 offers",
  );
  assert.equal(line(summary(counts), false), "27 calls (ok 20, error 7)");
});

test("a live capture says what was lost, by whom, and what was written", () => {
  const capture = {
    engine: "tcpdump" as const,
    time_stamps: "kernel" as const,
    interfaces: ["eth0", "eth1"],
    filters: ["tcp", "tcp"],
    received: 12_000,
    dropped_kernel: 7,
    dropped_interface: null,
    dropped_own: 2,
    written: { frames: 1, bytes: 60, files: 2 },
  };
  const line =
    "eth0, eth1 with tcpdump: 12,000 frames received; dropped: 7 by the kernel, unknown by the interface, 2 by raiscope";
  const written = "; 1 frame (60 bytes) written to 2 files";
  assert.ok(summaryLines(summary({ capture })).includes(line + written));
  assert.ok(summaryLines(summary({ capture: { ...capture, written: null } })).includes(line));
  assert.ok(summaryLines(summary({ ...EMPTY, capture })).includes(line + written));
});

test("keys: what each opened, and why the rest stayed encrypted, a reason once", () => {
  const context = (stream: number, why: string | null): KeysRecord["contexts"][number] => ({
    stream,
    context_id: 0,
    smb_session: null,
    type: "ntlmssp",
    mechanism: null,
    level: "pkt_privacy",
    user: "eve",
    domain: null,
    opened: why === null,
    secret: why === null ? "password #1" : null,
    proof: why === null ? "nt_response" : null,
    reason: why === null ? null : "no-key",
    message: why,
  });
  const keys: KeysRecord = {
    secrets: [{ secret: "password #1", kind: "nt_hash", user: "eve", domain: "EX", opened: 1 }],
    contexts: [
      context(1, null),
      ...Array.from({ length: 10 }, (_, i) => context(i, "no-key")),
      ...Array.from({ length: 7 }, (_, i) => context(i, `reason ${i}`)),
    ],
    contexts_not_listed: 3,
  };
  const lines = summaryLines(summary({ keys })).filter((line) => line.startsWith("keys: "));
  assert.equal(lines[0], "keys: password #1 (nt hash of EX\\eve) fits 1 security context");
  assert.equal(lines[1], "keys: none fits in conversation 0, 1, 2, 3, 4, 5, 6, 7 and 2 more: no-key");
  assert.deepEqual(lines.slice(-2), ["keys: 2 further reasons", "keys: 3 further contexts not listed"]);
});
