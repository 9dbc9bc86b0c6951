/** `--keep rai`: exactly the frames of conversations that belong to an offer, out of the lab's captures and other traffic. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Analyzer } from "../../../../src/analyzer.js";
import { Frame } from "../../../../src/capture/frame.js";
import { openInputs } from "../../../../src/capture/node/open.js";
import type { Event, OfferRecord } from "../../../../src/events.js";
import { KeepRai } from "../../../../src/live/keep-rai.js";
import { Matches } from "../../../../src/live/matches.js";
import { callComment } from "../../../../src/output/comment.js";
import { ROOT } from "../../../support/live/programs.js";

interface Kept {
  number: number;
  comment: string | null;
  bytes: string;
}

/** An HTTP conversation's frames: SYN, answer, request, response, the ends. */
function noise(port: number): Buffer[] {
  const client = Buffer.from("0a636301", "hex");
  const server = Buffer.from("0a636302", "hex");
  const segment = (up: boolean, flags: number, seq: number, ack: number, text: string): Buffer => {
    const payload = Buffer.from(text);
    const b = Buffer.alloc(54 + payload.length);
    b.writeUInt16BE(0x0800, 12);
    b[14] = 0x45;
    b.writeUInt16BE(40 + payload.length, 16);
    b[22] = 64;
    b[23] = 6;
    (up ? client : server).copy(b, 26);
    (up ? server : client).copy(b, 30);
    b.writeUInt16BE(up ? port : 80, 34);
    b.writeUInt16BE(up ? 80 : port, 36);
    b.writeUInt32BE(seq, 38);
    b.writeUInt32BE(ack, 42);
    b[46] = 0x50;
    b[47] = flags;
    b.writeUInt16BE(8192, 48);
    payload.copy(b, 54);
    return b;
  };
  const body = `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1000)}`;
  return [
    segment(true, 2, 100, 0, ""),
    segment(false, 0x12, 500, 101, ""),
    segment(true, 0x10, 101, 501, ""),
    segment(true, 0x18, 101, 501, "GET / HTTP/1.1\r\n\r\n"),
    segment(false, 0x18, 501, 119, body),
    segment(false, 0x11, 501 + body.length, 119, ""),
    segment(true, 0x11, 119, 502 + body.length, ""),
    segment(false, 0x10, 502 + body.length, 120, ""),
  ];
}

interface Run {
  kept: Kept[];
  /** Conversation of every frame, by its number. */
  streams: Map<number, number>;
  events: Event[];
  keep: KeepRai;
}

/** A capture with a conversation of noise begun every few frames. */
async function keepOf(
  path: string,
  comments: boolean,
  limit?: number,
  filter?: (event: Event) => boolean,
): Promise<Run> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer({ live: true });
  const kept: Kept[] = [];
  const target = {
    frame(frame: Frame, _source: number, comment: string | null = null) {
      const bytes = Buffer.from(frame.data.subarray(frame.start, frame.end)).toString("hex");
      kept.push({ number: frame.number, comment, bytes });
    },
  };
  const matches = filter === undefined ? null : new Matches(analyzer.flows, filter);
  const keep = new KeepRai(matches ?? analyzer.flows, target, comments ? callComment : null, limit);
  const streams = new Map<number, number>();
  const events: Event[] = [];
  const frame = new Frame();
  const other = new Frame();
  const waiting: Buffer[] = [];
  let number = 0;
  let port = 20_000;
  const put = (one: Frame): void => {
    one.number = ++number;
    const made = analyzer.push(one);
    events.push(...made);
    const at = analyzer.flows.lastFlow;
    if (at !== null) {
      streams.set(number, at.flow.stream);
      if (typeof at.frames !== "number") for (const n of at.frames) streams.set(n, at.flow.stream);
    }
    keep.frame(one, 0, matches?.take(made) ?? made);
  };
  while (await source.next(frame)) {
    if (number % 5 === 0) waiting.push(...noise(port++));
    put(frame);
    const data = waiting.shift();
    if (data === undefined) continue;
    Object.assign(other, {
      seconds: frame.seconds,
      nanos: frame.nanos,
      linkType: 1,
      data,
      start: 0,
      end: data.length,
      wireLength: data.length,
    });
    put(other);
  }
  const last = [...analyzer.finish()];
  events.push(...last);
  keep.events(matches?.take(last) ?? last);
  keep.finish();
  return { kept, streams, events, keep };
}

const CAPTURES = [
  "vista-offer-integrity.pcapng",
  "vista-offer-privacy.pcapng",
  "xp-collection-walk.pcap",
  "follow-up.pcapng",
  "two-experts.pcapng",
  "one-expert-three-novices.pcapng",
  "failures-and-faults.pcap",
  "invoke.pcapng",
];

for (const name of CAPTURES) {
  test(`${name}: the frames of its offers, all of them and no others`, async () => {
    const { kept, streams, events } = await keepOf(`${ROOT}captures/${name}`, false);
    const offers = events.filter((event): event is OfferRecord => event.type === "offer");
    const belong = new Set<number>();
    for (const offer of offers) {
      for (const [stream] of offer.calls) belong.add(stream);
      if (offer.follow_up !== null) belong.add(offer.follow_up.stream);
      // A connection whose bind was refused has no calls, and yet is what the offer failed by.
      for (const { frames } of offer.evidence) for (const n of frames) belong.add(streams.get(n) ?? -1);
    }
    const expected = [...streams].filter(([, stream]) => belong.has(stream)).map(([number]) => number);
    assert.deepEqual(
      kept.map((k) => k.number),
      expected.sort((a, b) => a - b),
    );
    assert.equal(kept.length === 0, offers.length === 0);
    if (name === "follow-up.pcapng") assert.ok(offers.some((offer) => offer.follow_up !== null));
  });
}

test("each frame that closes a call says so", async () => {
  const { kept, events } = await keepOf(`${ROOT}captures/vista-offer-integrity.pcapng`, true);
  const comments = new Map(kept.filter((k) => k.comment !== null).map((k) => [k.number, k.comment]));
  const calls = events.flatMap((event) => (event.type === "call" ? [event] : []));
  assert.ok(calls.length > 5);
  assert.deepEqual(
    [...comments.keys()],
    [...new Set(calls.map((call) => call.frames.response.at(-1)))].sort((a, b) => a! - b!),
  );
  const list = calls.find((call) => call.method === "GetSessionInfo");
  assert.match(
    comments.get(list!.frames.response.at(-1)!) ?? "",
    /^IRASrv\.GetSessionInfo -> S_OK, \d sessions$/,
  );
});

test("what waits for a verdict is bounded, and what that costs is reported", async () => {
  const { keep, kept } = await keepOf(`${ROOT}captures/vista-offer-integrity.pcapng`, false, 3_000);
  assert.ok(keep.dropped > 0);
  const notes = keep.takeNotes();
  assert.ok(notes.length > 0 && notes.every((note) => note.code === "keep-limit"));
  assert.match(notes[0]!.message, /frames of conversation \d+ were not written/);
  assert.equal(new Set(kept.map((k) => k.number)).size, kept.length);
});

test("an offer is on its way to the file soon, not when the run ends", async () => {
  const source = await openInputs([`${ROOT}captures/vista-offer-integrity.pcapng`]);
  const analyzer = new Analyzer({ live: true });
  let written = 0;
  const keep = new KeepRai(analyzer.flows, { frame: () => written++ }, callComment);
  const frame = new Frame();
  let frames = 0;
  while (await source.next(frame)) {
    frames++;
    keep.frame(frame, 0, analyzer.push(frame));
  }
  for (let n = 0; n < 800 && written < frames; n++) {
    await sleep(25);
    keep.tick();
  }
  assert.equal(written, frames);
});

test("--keep matches: exactly the frames of conversations with something that the filter lets through", async () => {
  const isSearch = (event: Event): boolean => event.type === "call" && event.method === "GetSessionInfo";
  const { kept, streams, events } = await keepOf(
    `${ROOT}/captures/follow-up.pcapng`,
    false,
    undefined,
    isSearch,
  );
  const chosen = new Set(events.filter(isSearch).map((event) => (event.type === "call" ? event.stream : -1)));
  assert.ok(chosen.size > 0);
  const wanted = [...streams].filter(([, stream]) => chosen.has(stream)).map(([number]) => number);
  assert.deepEqual(
    kept.map(({ number }) => number).sort((a, b) => a - b),
    wanted,
  );
});
