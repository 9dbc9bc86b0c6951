/** What ladders are made of: lifelines, items, breaks, places, and what is in sight. */
import assert from "node:assert/strict";
import test from "node:test";
import type { OfferRecord } from "../../../src/events.js";
import { rowsOfConversation, rowsOfHostPair, rowsOfOffer } from "../../../src/page/story/calls.js";
import {
  fitted,
  HEAD,
  ITEM,
  inSight,
  type LadderItem,
  ladderOf,
  MAX_CALLS,
  MAX_LIFELINES,
  placesOf,
} from "../../../src/page/story/ladder-layout.js";
import { call, NTLM, offer } from "../../support/output/samples.js";
import { at, many, rowsOf } from "../../support/page-rows.js";

const tcp = (endpoint: string) => ({ protseq: "ncacn_ip_tcp", endpoint, smb: null }) as const;
const expert = (port: number) => ({ address: "10.0.0.5", port });
const novice = (port: number) => ({ address: "10.0.0.9", port });

const CALLS = [
  call({
    ts: at(0),
    stream: 0,
    call_id: 1,
    client: expert(1),
    server: novice(49671),
    transport: tcp("49671"),
  }),
  call({
    ts: at(2_000),
    stream: 1,
    call_id: 1,
    client: expert(2),
    server: novice(135),
    transport: tcp("135"),
    auth: NTLM,
  }),
  call({
    ts: at(4_002_000),
    stream: 0,
    call_id: 2,
    client: expert(1),
    server: novice(49671),
    transport: tcp("49671"),
    status: "fault",
  }),
  call({
    ts: at(4_500_000),
    stream: 0,
    call_id: 3,
    client: expert(1),
    server: novice(49671),
    transport: tcp("49671"),
    status: "no_response",
    duration_us: null,
  }),
  call({
    ts: at(9_000_000),
    stream: 7,
    call_id: 1,
    client: novice(9),
    server: expert(50000),
    transport: tcp("50000"),
  }),
];
const OFFER: OfferRecord = {
  ...offer(),
  ts: at(0),
  expert: { address: "10.0.0.5", user: "h", domain: null, workstation: "DESK", listed: null },
  novice: { address: "10.0.0.9", name: "PC-9" },
  calls: [
    [0, 1],
    [1, 1],
    [0, 2],
    [0, 3],
  ],
  follow_up: {
    stream: 3,
    ts: at(8_000_000),
    server: { address: "10.0.0.9", port: 49230 },
    protocol: "rdp",
    duration_s: 2,
    bytes: 9_999,
    from_expert: true,
  },
};

const shape = (item: LadderItem): string =>
  item.kind === "break"
    ? `break ${item.label}`
    : `${item.kind} ${item.from}>${item.to} ${item.time} ${item.kind === "call" ? item.mark : item.label}`;

test("an offer: the expert left, 135 first, the dialled listener last, breaks with their length", () => {
  const rows = rowsOf(CALLS);
  const calls = rowsOfOffer(rows, OFFER);
  assert.deepEqual(calls, [0, 1, 2, 3]);
  const ladder = ladderOf(rows, calls, OFFER);
  assert.deepEqual(
    ladder.lifelines.map(({ machine, title, role }) => `${machine} ${title} ${role}`),
    ["DESK expert caller", "PC-9 :135 endpoint", "PC-9 :49671 endpoint", "PC-9 :49230 listener"],
  );
  assert.deepEqual(ladder.items.map(shape), [
    "call 0>2 10:00:00.000 none",
    "call 0>1 .002 none",
    "break 4.0 s",
    "call 0>2 10:00:04.002 fault",
    "call 0>2 .500 unanswered",
    "break 3.5 s",
    "follow 0>3 10:00:08.000 RDP session → :49230",
  ]);
  const [first, second] = ladder.items;
  assert.ok(first?.kind === "call" && first.bare && second?.kind === "call" && !second.bare);
  assert.match(first.says, /from 10\.0\.0\.5:1 to 10\.0\.0\.9:49671, S_OK, took 912 µs, no authentication$/);
});

test("a pipe in somebody's session is not without authentication", () => {
  const transport = { protseq: "ncacn_np", endpoint: "\\pipe\\svcctl", smb: null } as const;
  const rows = rowsOf([
    call({ transport, auth: { ...NTLM, level: "none", source: "smb_session" } }),
    call({ transport, call_id: 2 }),
  ]);
  const [first, second] = ladderOf(rows, [0, 1]).items;
  assert.ok(first?.kind === "call" && !first.bare && /in the session of EXDOMAIN\\EXUSER/.test(first.says));
  assert.ok(second?.kind === "call" && second.bare);
});

test("a connection from another address comes from no lifeline", () => {
  const rows = rowsOf(CALLS);
  const ladder = ladderOf(rows, [0], { ...OFFER, follow_up: { ...OFFER.follow_up!, from_expert: false } });
  const last = ladder.items.at(-1);
  assert.ok(last?.kind === "follow" && last.from === null && /from another address/.test(last.label));
});

test("without an offer: a conversation, and two hosts that call each other", () => {
  const rows = rowsOf(CALLS);
  assert.deepEqual(rowsOfConversation(rows, 0), [0, 2, 3]);
  const pair = rowsOfHostPair(rows, 1);
  assert.deepEqual(pair, [0, 1, 2, 3, 4]);
  const ladder = ladderOf(rows, pair);
  assert.deepEqual(
    ladder.lifelines.map(({ host, title }) => `${host} ${title}`),
    ["10.0.0.5 client", "10.0.0.5 :50000", "10.0.0.9 client", "10.0.0.9 :135", "10.0.0.9 :49671"],
  );
  const back = ladder.items.at(-1);
  assert.ok(back?.kind === "call" && back.from === 2 && back.to === 1);
});

test("calls that overlap make no break; a call that lasts is no break", () => {
  const rows = rowsOf([
    call({ ts: at(0), duration_us: 5_000_000 }),
    call({ ts: at(1_000), call_id: 2, duration_us: 1 }),
    call({ ts: at(5_500_000), call_id: 3 }),
  ]);
  assert.deepEqual(
    ladderOf(rows, [0, 1, 2]).items.map(({ kind }) => kind),
    ["call", "call", "call"],
  );
});

test("a call_id that a conversation uses again is taken nearest to the offer", () => {
  const rows = rowsOf([
    call({ ts: at(900_000_000), stream: 0, call_id: 1 }),
    call({ ts: at(1_000), stream: 0, call_id: 1 }),
    call({
      ts: at(1_000),
      stream: 0,
      call_id: 2,
      transport: { protseq: "ncadg_ip_udp", endpoint: "135", smb: null },
    }),
  ]);
  assert.deepEqual(
    rowsOfOffer(rows, {
      ...OFFER,
      calls: [
        [0, 1],
        [0, 2],
      ],
    }),
    [1],
  );
});

test("many endpoints share the last lifeline", () => {
  const rows = rowsOf(
    Array.from({ length: 60 }, (_, n) =>
      call({ ts: at(n), server: novice(50_000 + n), transport: tcp(`${50_000 + n}`), call_id: n }),
    ),
  );
  const { lifelines, items } = ladderOf(rows, rowsOfHostPair(rows, 0));
  assert.ok(lifelines.length <= MAX_LIFELINES);
  assert.equal(lifelines.at(-1)?.role, "others");
  for (const item of items) assert.ok(item.kind === "call" && lifelines[item.to] !== undefined);
});

test("500 and 100,000 rows: all are items, those in sight are few; beyond the limit it is said", () => {
  const rows = rowsOf(many(MAX_CALLS + 10, 1_000, 3));
  const every = rowsOfHostPair(rows, 0);
  assert.equal(every.length, MAX_CALLS + 10);
  for (const count of [500, MAX_CALLS, MAX_CALLS + 10]) {
    const all = every.slice(0, count);
    const began = process.cpuUsage();
    const { items, left, lifelines } = ladderOf(rows, all);
    const took = process.cpuUsage(began).user / 1_000;
    assert.equal(items.length + left, count);
    assert.equal(lifelines.length, 2);
    assert.ok(took < 2_000, `${took} ms`);
    const { first, end } = inSight(items.length, HEAD + 50_000 * ITEM, 520);
    if (count > 500) assert.ok(first > 49_900 && first < 50_000 && end - first < 80);
    else assert.deepEqual([first, end], [0, 500]);
  }
});

test("what is in sight never leaves the items", () => {
  assert.deepEqual(inSight(0, 0, 500), { first: 0, end: 0 });
  const { first, end } = inSight(1_000, 1e9, 500);
  assert.ok(first <= end && end === 1_000);
});

test("lifelines stand apart, however little room there is", () => {
  const rows = rowsOf(CALLS);
  const { lifelines } = ladderOf(rows, rowsOfOffer(rows, OFFER), OFFER);
  for (const room of [0, 300, 640, 2_000]) {
    const { x, width, right } = placesOf(lifelines, room);
    assert.equal(x.length, lifelines.length);
    for (let n = 1; n < x.length; n++) assert.ok(x[n]! - x[n - 1]! >= 70);
    assert.ok(x.at(-1)! < right && right < width && width >= room);
  }
  assert.deepEqual(placesOf([], 100).x, []);
});

test("a text is cut by what it measures, never within a character", () => {
  const measure = (text: string): number => Array.from(text).length * 7;
  assert.equal(fitted("IRASrv.GetSessionInfo", 500, measure), "IRASrv.GetSessionInfo");
  assert.equal(fitted("IRASrv.GetSessionInfo", 70, measure), "IRASrv.Ge…");
  assert.equal(fitted("😀😀😀😀", 21, measure), "😀😀…");
  assert.equal(fitted("abc", 0, measure), "…");
  assert.ok(measure(fitted("x".repeat(1_000_000), 70, measure)) <= 70);
});

test("hostile text is visible text", () => {
  const evil = "\u202eevil\u0000\n<img src=x onerror=alert(1)>";
  const rows = rowsOf([
    call({ method: evil, transport: { protseq: "ncacn_np", endpoint: `\\pipe\\${evil}`, smb: null } }),
  ]);
  const { items, lifelines } = ladderOf(rows, [0], {
    ...OFFER,
    novice: { address: "10.0.0.9", name: evil },
    follow_up: null,
  });
  const texts = [
    ...lifelines.flatMap(({ machine, title }) => [machine, title]),
    ...items.flatMap((item) => (item.kind === "call" ? [item.label, item.says] : [])),
  ];
  for (const text of texts) assert.doesNotMatch(text, /[\u0000-\u001f\u202e]/);
  const [item] = items;
  assert.ok(item?.kind === "call" && lifelines[item.to]?.role === "endpoint");
});
