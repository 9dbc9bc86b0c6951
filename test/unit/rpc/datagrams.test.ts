/** [C706] 9.5, 10.2: calls in datagrams, with everything that a network does to these. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import type { CallRecord } from "../../../src/events.js";
import { Activity, type DatagramCall } from "../../../src/rpc/datagram-activity.js";
import { Writer } from "../../lab/bytes.js";
import { cancelBody, DG, fackBody, statusBody } from "../../lab/datagram.js";
import { assertLinear } from "../../support/growth.js";
import {
  ACTIVITY,
  CLIENT_PORT,
  heard,
  INTERFACE,
  type Said,
  SERVER_PORT,
  said,
  sent,
} from "../../support/rpc/datagrams.js";

const ask = (what: number, little = true): Uint8Array => new Writer(little).u32(what).done();
const ASK = { type: "request", opnum: 1 } as const;
const ANSWER = { type: "response", opnum: 1 } as const;

const shown = (c: CallRecord): unknown[] => [
  c.method,
  c.call_id,
  c.status,
  c.frames.request,
  c.frames.response,
  c.request,
  c.returned?.value ?? null,
];
const codes = ({ notes }: { notes: { code: string }[] }): string[] => notes.map(({ code }) => code);

test("a call and its answer, in both byte orders", () => {
  for (const little of [true, false]) {
    const object = "dea00000-6c97-11d1-8271-00010101feca";
    const { calls, associations, summary } = heard([
      said("client", { ...ASK, little, object, sequence: 7 }, ask(258, little)),
      said("server", { ...ANSWER, little, object, sequence: 7, boot: 99 }, ask(5, little)),
    ]);
    assert.deepEqual(calls.map(shown), [["Ask", 7, "ok", [1], [2], { what: 258 }, 5]]);
    const [call] = calls;
    assert.deepEqual(call!.transport, { protseq: "ncadg_ip_udp", endpoint: "1025", smb: null });
    assert.deepEqual(call!.interface, { uuid: INTERFACE, version: "1.0", name: "talk" });
    assert.deepEqual([call!.object, call!.context_id, call!.transfer_syntax], [object, 0, "ndr"]);
    assert.deepEqual(call!.client, { address: "10.0.0.1", port: CLIENT_PORT });
    assert.deepEqual(call!.server, { address: "10.0.0.2", port: SERVER_PORT });
    assert.equal(call!.wire.request?.byte_order, little ? "little" : "big");
    assert.equal(call!.auth.type, "none");
    assert.deepEqual(codes(call!), []);
    assert.deepEqual(
      associations.map((a) => [a.stream, a.transport.protseq, a.calls, a.contexts.map((c) => c.name)]),
      [[0, "ncadg_ip_udp", 1, ["talk"]]],
    );
    assert.deepEqual(summary.pdus, { request: 1, response: 1 });
    assert.equal(summary.traffic.rpc_datagrams, 2);
    assert.equal(summary.traffic.rpc_streams, 0);
  }
});

/** `text` in fragments of so many bytes; `number` for each says how it is sent. */
function fragments(
  type: "request" | "response",
  body: Uint8Array,
  size: number,
  more: Partial<Said> = {},
): Buffer[] {
  const count = Math.ceil(body.length / size);
  return Array.from({ length: count }, (_, i) => {
    const flags1 = DG.FRAG | (i === count - 1 ? DG.LAST_FRAG : 0);
    const part = body.subarray(i * size, (i + 1) * size);
    return said(type === "request" ? "client" : "server", { type, ...more, flags1, fragment: i }, part);
  });
}

const text = Uint8Array.from({ length: 100 }, (_, i) => i);
const say = new Writer().u32(100).u32(100).bytes(text).done();

test("fragments by number: in any order, some of them twice, with facks in between", () => {
  const parts = fragments("request", say, 8);
  const fack = said("server", { type: "fack", serial: 1 }, fackBody(1, 7));
  const answers = fragments("response", ask(100), 1);
  const frames = [4, 0, 1, 1, 12, 3, 2, 13, 5, 6, 4, 7, 8, 9, 11, 10].map((i) => parts[i]!);
  const { calls, summary } = heard([
    ...frames,
    fack,
    answers[3]!,
    answers[1]!,
    answers[0]!,
    fack,
    answers[2]!,
    answers[2]!,
  ]);
  assert.equal(calls.length, 1);
  const [call] = calls;
  assert.deepEqual(call!.request, { size: 100, text: Buffer.from(text).toString("hex") });
  assert.deepEqual(call!.response, { heard: 100 });
  assert.deepEqual(call!.frames.request, [2, 3, 7, 6, 1, 9, 10, 12, 13, 14, 16, 15, 5, 8]);
  assert.deepEqual(call!.frames.response, [20, 19, 22, 18]);
  assert.equal(call!.wire.request?.fragments, 14);
  assert.equal(summary.pdus.request, 16);
});

test("a fragment that is missing leaves the side incomplete, and is named", () => {
  const parts = fragments("request", say, 8);
  const answer = said("server", { type: "response" }, ask(100));
  const { calls } = heard([...parts.filter((_, i) => i !== 5), answer]);
  assert.equal(calls[0]!.stub.request, "incomplete");
  assert.deepEqual(
    calls[0]!.notes.filter(({ code }) => code === "datagram-fragment-missing").map(({ message }) => message),
    ["request: fragment 5 was not captured"],
  );
  assert.equal(calls[0]!.status, "ok");
});

test("what is sent again is no further call; another request with the same number is one", () => {
  const request = said("client", ASK, ask(1));
  const answer = said("server", ANSWER, ask(2));
  const { calls } = heard([request, request, answer, request, answer, answer]);
  assert.deepEqual(calls.map(shown), [["Ask", 0, "ok", [1], [3], { what: 1 }, 2]]);
  const again = heard([request, answer, said("client", ASK, ask(9)), said("server", ANSWER, ask(3))]).calls;
  assert.deepEqual(again.map(shown), [
    ["Ask", 0, "ok", [1], [2], { what: 1 }, 2],
    ["Ask", 0, "ok", [3], [4], { what: 9 }, 3],
  ]);
  // So long after it is not sent again, but said again.
  const later = heard([
    { data: request, at: 0 },
    { data: answer, at: 1 },
    { data: request, at: 120_000 },
    { data: answer, at: 120_001 },
  ]);
  assert.equal(later.calls.length, 2);
  assert.notEqual(later.calls[0]!.id, later.calls[1]!.id);
});

test("the server may answer from another port, and be called there", () => {
  const other = { sourcePort: 49_152 };
  const { calls, associations } = heard([
    said("client", { ...ASK, sequence: 0 }, ask(1)),
    said("server", { ...ANSWER, sequence: 0 }, ask(1), other),
    said("client", { ...ASK, sequence: 1 }, ask(2), { destinationPort: 49_152 }),
    said("server", { ...ANSWER, sequence: 1 }, ask(2), other),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.stream, c.server.port, c.call_id, c.status]),
    [
      [0, SERVER_PORT, 0, "ok"],
      [1, 49_152, 1, "ok"],
    ],
  );
  assert.deepEqual(
    associations.map(({ stream }) => stream),
    [0, 1],
  );
});

test("answers that were captured before their requests", () => {
  const { calls } = heard([
    said("server", { ...ANSWER, sequence: 1 }, ask(2)),
    said("server", { ...ANSWER, sequence: 2 }, ask(3)),
    said("client", { ...ASK, sequence: 1 }, ask(20)),
    said("client", { ...ASK, sequence: 2 }, ask(30)),
  ]);
  assert.deepEqual(calls.map(shown), [
    ["Ask", 1, "ok", [3], [1], { what: 20 }, 2],
    ["Ask", 2, "ok", [4], [2], { what: 30 }, 3],
  ]);
});

test("faults, rejects, cancels, pings and the rest", () => {
  const { calls, summary } = heard([
    said("client", { ...ASK, sequence: 0 }, ask(1)),
    said("client", { type: "ping", sequence: 0 }),
    said("server", { type: "working", sequence: 0 }),
    said("client", { type: "cl_cancel", sequence: 0 }, cancelBody(1)),
    said("server", { type: "cancel_ack", sequence: 0 }, cancelBody(1, true)),
    said("server", { type: "fault", sequence: 0 }, statusBody(0x1c00000d)),
    said("client", { type: "ack", sequence: 0 }),
    said("client", { ...ASK, sequence: 1 }, ask(1)),
    said("server", { type: "nocall", sequence: 1 }),
    said("server", { type: "reject", sequence: 1 }, statusBody(0x1c010003)),
    said("client", { ...ASK, sequence: 2 }, ask(1)),
    said("client", { type: "ack", sequence: 2 }),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.status, c.fault?.name ?? null, c.wire.response?.cancel_count ?? null, codes(c)]),
    [
      ["fault", "nca_s_fault_cancel", 1, ["cancelled"]],
      ["fault", "nca_unk_if", 0, []],
      ["no_response", null, null, ["acknowledged"]],
    ],
  );
  assert.deepEqual(summary.pdus, {
    request: 3,
    ping: 1,
    working: 1,
    cl_cancel: 1,
    cancel_ack: 1,
    fault: 1,
    ack: 2,
    nocall: 1,
    reject: 1,
  });
});

test("a call that expects no answer, and one that everybody may answer", () => {
  const everybody = { destination: [10, 0, 0, 255] };
  const { calls, notes } = heard([
    said("client", { ...ASK, flags1: DG.MAYBE | DG.IDEMPOTENT }, ask(1)),
    said("client", { ...ASK, flags1: DG.BROADCAST, sequence: 1 }, ask(2), everybody),
    said("server", { ...ANSWER, sequence: 1 }, ask(3)),
    said("server", { ...ANSWER, sequence: 1 }, ask(4), { source: [10, 0, 0, 3] }),
    said("server", { ...ANSWER, sequence: 1 }, ask(4), { source: [10, 0, 0, 3] }),
    said("server", { ...ANSWER, sequence: 1 }, ask(3)),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.status, c.frames.response, codes(c), c.server.address]),
    [
      ["no_response", [], ["maybe-call"], "10.0.0.2"],
      ["ok", [3], ["broadcast-call"], "10.0.0.255"],
    ],
  );
  assert.deepEqual(
    notes.map(({ code, frame, stream, message }) => [code, frame, stream, message]),
    [["further-answer", 4, null, `call 1 of activity ${ACTIVITY} was answered by 10.0.0.3 as well`]],
  );
});

test("a server that asks who the client is calls it back, by the interface that is known for that", () => {
  const conv = "333a2276-0000-0000-0d00-00809c000000";
  const own = "0f0e0d0c-0b0a-4908-8706-050403020100";
  const question = new Writer().guid(ACTIVITY).u32(0x66554433).done();
  const answer = new Writer().u32(0).guid("11111111-2222-4333-8444-555555555555").u32(0).done();
  const { calls } = heard([
    said("client", ASK, ask(1)),
    said(
      "server",
      {
        type: "request",
        activity: own,
        interfaceId: conv,
        version: 3,
        opnum: 1,
        flags1: DG.IDEMPOTENT,
        flags2: DG.UNRELATED,
      },
      question,
    ),
    said("client", { type: "response", activity: own, interfaceId: conv, version: 3, opnum: 1 }, answer),
    said("server", ANSWER, ask(2)),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.interface.name, c.method, c.status, c.client.address, c.frames, codes(c)]),
    [
      ["talk", "Ask", "ok", "10.0.0.1", { request: [1], response: [4] }, []],
      ["conv", "conv_who_are_you2", "ok", "10.0.0.2", { request: [2], response: [3] }, ["callback"]],
    ],
  );
  assert.deepEqual(calls[1]!.request, { actuid: ACTIVITY, boot_time: 0x66554433 });
  assert.deepEqual(calls[1]!.response, {
    seq: 0,
    cas_uuid: "11111111-2222-4333-8444-555555555555",
    st: "0x00000000",
  });
});

test("PROFINET IO is known by its interfaces; how it ended stands before the arguments", () => {
  const pnio = { interfaceId: "dea00001-6c97-11d1-8271-00a02442df7d", opnum: 0 };
  const args = Uint8Array.from({ length: 12 }, (_, i) => i);
  const connect = new Writer().u32(64).u32(12).u32(64).u32(0).u32(12).bytes(args).done();
  const answered = (status: number): Uint8Array =>
    new Writer().u32(status).u32(0).u32(64).u32(0).u32(0).done();
  const { calls } = heard([
    said("client", { type: "request", ...pnio }, connect),
    said("server", { type: "response", ...pnio }, answered(0)),
    said("client", { type: "request", sequence: 1, ...pnio }, connect),
    said("server", { type: "response", sequence: 1, ...pnio }, answered(0xdb810102)),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.interface.name, c.method, c.status, c.request, c.response]),
    [
      [
        "PNIO_Device",
        "Connect",
        "ok",
        { ArgsMaximum: 64, ArgsLength: 12, Args: "000102030405060708090a0b" },
        { PNIOStatus: "0x00000000", ResponseLength: 0, ResponseArgs: "" },
      ],
      [
        "PNIO_Device",
        "Connect",
        "error",
        { ArgsMaximum: 64, ArgsLength: 12, Args: "000102030405060708090a0b" },
        { PNIOStatus: "0xdb810102", ResponseLength: 0, ResponseArgs: "" },
      ],
    ],
  );
});

test("sealed stubs stay encrypted, and what protects them is named", () => {
  const token = new Uint8Array(16);
  const sealed = { auth: { protocol: 10, level: 6, key: 2, token } };
  const { calls } = heard([
    said("client", { ...ASK, ...sealed }, new Uint8Array(8)),
    // Encrypted anew, the same request looks otherwise.
    said("client", { ...ASK, ...sealed }, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    said("server", { ...ANSWER, ...sealed }, new Uint8Array(8)),
    said("client", { ...ASK, sequence: 1, auth: { protocol: 9, level: 5, token } }, ask(3)),
    said("server", { ...ANSWER, sequence: 1, auth: { protocol: 9, level: 5, token } }, ask(4)),
  ]);
  assert.deepEqual(
    calls.map((c) => [c.auth.type, c.auth.level, c.auth.context_id, c.auth.decrypted, c.stub, c.status]),
    [
      ["ntlmssp", "pkt_privacy", 2, null, { request: "encrypted", response: "encrypted" }, "unknown"],
      ["spnego", "pkt_integrity", 0, null, { request: "decoded", response: "decoded" }, "ok"],
    ],
  );
});

test("ids are made of the activity and the number; a window that begins later has the same", () => {
  const frames = [
    { data: said("client", { ...ASK, sequence: 0 }, ask(1)), at: 0 },
    { data: said("server", { ...ANSWER, sequence: 0 }, ask(1)), at: 5 },
    { data: said("client", { ...ASK, sequence: 1 }, ask(2)), at: 10 },
    { data: said("server", { ...ANSWER, sequence: 1 }, ask(2)), at: 15 },
  ];
  const whole = heard(frames).calls;
  const window = heard(frames.slice(2)).calls;
  assert.equal(window[0]!.id, whole[1]!.id);
  assert.notEqual(whole[0]!.id, whole[1]!.id);
});

test("calls of which nothing more comes are given up in time, and the activity is forgotten", () => {
  const { calls } = heard([
    { data: said("client", ASK, ask(1)), at: 0 },
    { data: sent("client", Buffer.from("something else")), at: 200_000 },
    { data: said("client", { ...ASK, activity: INTERFACE }, ask(2)), at: 400_000 },
  ]);
  assert.deepEqual(
    calls.map((c) => [c.status, codes(c)]),
    [
      ["no_response", ["no-answer-in-time"]],
      ["no_response", []],
    ],
  );
});

test("a clock that was set back keeps no activity alive", () => {
  const { calls } = heard([
    { data: said("client", ASK, ask(1)), at: 9_000_000 },
    { data: said("client", { ...ASK, activity: INTERFACE }, ask(2)), at: 0 },
    { data: said("client", { ...ASK, activity: INTERFACE, sequence: 1 }, ask(3)), at: 400_000 },
  ]);
  const late = calls.filter((c) => codes(c).includes("no-answer-in-time"));
  assert.deepEqual(
    late.map(({ request }) => request),
    [{ what: 1 }, { what: 2 }],
  );
});

test("clients that share one activity do not get each other's answers", () => {
  const of = (host: number) => ({ source: [10, 0, 0, host] });
  const back = (host: number) => ({ destination: [10, 0, 0, host] });
  const hosts = Array.from({ length: 70 }, (_, i) => 10 + i);
  const { calls, notes } = heard([
    ...hosts.map((host) => said("client", ASK, ask(host), of(host))),
    ...hosts.map((host) => said("server", ANSWER, ask(host), back(host))),
  ]);
  const answered = calls.filter(({ status }) => status === "ok");
  for (const { client, returned } of answered) assert.equal(client.address, `10.0.0.${returned?.value}`);
  assert.equal(answered.length, 64);
  assert.deepEqual(
    notes.map(({ code }) => code),
    ["activity-limit"],
  );
});

test("memory is bounded, whatever strangers send", () => {
  const frames = Array.from({ length: 4000 }, (_, i) =>
    said(
      "client",
      {
        ...ASK,
        activity: `${(i + 1).toString(16).padStart(8, "0")}-3e4f-4a5b-8c6d-7e8f90a1b2c3`,
        flags1: DG.FRAG,
        fragment: i % 3,
      },
      new Uint8Array(1000),
    ),
  );
  const { calls, summary } = heard(frames, { maxMemory: 4 << 20 });
  assert.equal(calls.length, 4000);
  assert.ok((summary.notes["memory-limit"] ?? 0) > 0);
});

test("datagrams whose header was cut by the snap length are counted where they may be PDUs", () => {
  const other = sent("client", new Uint8Array(100).fill(9));
  const frames = [said("client", ASK, ask(1)), said("server", ANSWER, ask(2)), other].map((frame) => ({
    data: frame.subarray(0, 96),
    size: frame.length,
  }));
  const { calls, notes, summary } = heard(frames);
  assert.deepEqual([calls, codes({ notes })], [[], ["snaplen"]]);
  assert.deepEqual(summary.traffic.not_read, [
    { code: "snaplen", what: "2 UDP datagrams cut by the snap length", count: 2 },
  ]);
});

test("an answer that comes twice from where nobody was asked is no further call", () => {
  const back = { source: [10, 0, 0, 1], sourcePort: 80, destination: [10, 0, 0, 255], destinationPort: 8000 };
  const asked = said("client", ASK, ask(1), back);
  const answer = said("client", ANSWER, ask(2), back);
  const { calls } = heard([asked, answer, answer]);
  assert.deepEqual(
    calls.map(({ status, frames }) => [status, frames.request, frames.response]),
    [["ok", [1], [2]]],
  );
});

test("servers that answered what was sent to all are paid for", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const end = { address: "10.0.0.1", port: 50_000 };
  const now = { seconds: 0, nanos: 0, digits: 6 } as const;
  const activity = new Activity(ACTIVITY, end, "10.0.0.255", now, budget.kind("activities"), () => {});
  const call = { sequence: 1, print: null } as DatagramCall;
  const before = budget.held;
  activity.leave(call, new Set(Array.from({ length: 100 }, (_, i) => `10.0.1.${i}`)));
  assert.ok(budget.held >= before + 100 * 40);
  for (let i = 0; i < 16; i++) activity.leave({ ...call, sequence: 2 + i }, null);
  assert.equal(budget.held, before);
});

test("time grows with the traffic: fragments in any order, activities, calls without answers", () => {
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const uuid = (i: number): string => `${(i + 1).toString(16).padStart(8, "0")}-3e4f-4a5b-8c6d-7e8f90a1b2c3`;
  const inputs: ((n: number) => Buffer[])[] = [
    (n) =>
      numbers(n).map((i) => {
        const flags1 = DG.FRAG | (i === n - 1 ? DG.LAST_FRAG : 0);
        return said("client", { ...ASK, flags1, fragment: (i * 7919) % n }, ask(i));
      }),
    (n) => numbers(n).map((i) => said("client", { ...ASK, activity: uuid(i) }, ask(i))),
    (n) => numbers(n).map((i) => said("client", { ...ASK, sequence: i, flags2: DG.UNRELATED }, ask(i))),
    (n) => numbers(n).map((i) => said("client", { ...ASK, sequence: i }, ask(i), { sourcePort: 1024 + i })),
  ];
  for (const make of inputs) {
    assertLinear((n) => {
      const frames = make(n);
      return () => assert.equal(heard(frames).summary.traffic.rpc_datagrams, n);
    }, 1000);
  }
});

test("what is beyond the interfaces and answers that are listed is said once", () => {
  const uuid = (i: number): string => `${i.toString(16).padStart(8, "0")}-aaaa-4bbb-8ccc-dddddddddddd`;
  const many = Array.from({ length: 258 }, (_, i) =>
    said("client", { ...ASK, sequence: i, interfaceId: uuid(i) }, ask(1)),
  );
  const { associations, notes } = heard(many);
  assert.equal(associations[0]!.contexts.length, 256);
  assert.deepEqual(codes({ notes }), ["context-limit"]);

  const everybody = { destination: [10, 0, 0, 255] };
  const answers = Array.from({ length: 300 }, (_, i) =>
    said("server", ANSWER, ask(2), { source: [10, 0, 1 + (i >> 8), i & 0xff] }),
  );
  const asked = said("client", { ...ASK, flags1: DG.BROADCAST }, ask(1), everybody);
  const further = heard([asked, ...answers]).notes;
  assert.equal(further.length, 256);
  assert.match(further.at(-1)!.message, /answered by others as well$/);
});
