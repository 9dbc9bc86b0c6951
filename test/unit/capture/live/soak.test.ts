/**
 * Weeks of running in seconds: offers, calls that nobody answers, connections that nobody closes, and other traffic, an
 * hour apart. Once the tables are full, memory is flat. RAISCOPE_SOAK=N runs N times as long.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Analyzer } from "../../../../src/analyzer.js";
import { Frame } from "../../../../src/capture/frame.js";
import { filterOptions } from "../../../../src/cli/options.js";
import type { CallRecord, Event } from "../../../../src/events.js";
import { CALL_AGE, IDLE_AGE } from "../../../../src/expiry.js";
import { KeepRai } from "../../../../src/live/keep-rai.js";
import { makeFilter } from "../../../../src/output/filters.js";
import { transcriptPrinter } from "../../../../src/output/transcript.js";
import { Seeded } from "../../../lab/bytes.js";
import { liveOffer } from "../../../lab/sockets.js";
import { draw, encode } from "../../../lab/wire.js";
import { volume } from "../../../support/volume.js";

/** Offers between two looks at the memory, and looks. */
const ROUND = volume(40, 16) * Math.max(1, Number(process.env.RAISCOPE_SOAK ?? 1));
const ROUNDS = 8;
const HOUR = 3_600;
/** Conversations of other traffic with each offer: enough to fill the table of conversations in the first rounds. */
const OTHERS = volume(240, 600);
/** Bytes that the heap may differ by between the middle and the end. */
const SLACK = 6 << 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

interface Drawn {
  data: Buffer;
  seconds: number;
  nanos: number;
}

/** Offers of both kinds, with connections that are never closed, and every third with a call that is not answered. */
const TEMPLATES: Drawn[][] = Array.from({ length: 12 }, (_, n) => {
  const talk = liveOffer({
    story: n % 2 === 0 ? "vista" : "xp",
    expert: "10.1.0.0",
    novice: "10.2.0.0",
    seed: `soak/${n}`,
  });
  const { segments } = draw(talk);
  const open = segments.filter((s) => (s.flags & 1) === 0 || s.connection % 2 === 0);
  // A segment of some size from the expert, late in the conversation, is a request.
  const request = open.findLastIndex((s) => s.from === "client" && s.payload.length > 60);
  const some = n % 3 === 0 ? open.slice(0, request + 1) : open;
  const frames = encode(talk, some, new Seeded(`frames/${n}`));
  const first = frames[0]!.at;
  return frames.map(({ at, data }) => {
    const after = Number(at - first);
    return { data: Buffer.from(data), seconds: Math.floor(after / 1e9), nanos: after % 1e9 };
  });
});

/** Frames of one offer at the time `seconds`, between two machines of its own, and of what else there is. */
function* hour(n: number, seconds: number): Generator<{ data: Uint8Array; seconds: number; nanos: number }> {
  for (const frame of TEMPLATES[n % TEMPLATES.length]!) {
    frame.data.writeUInt16BE(n & 0xffff, 14 + 14);
    frame.data.writeUInt16BE(n & 0xffff, 14 + 18);
    yield { data: frame.data, seconds: seconds + frame.seconds, nanos: frame.nanos };
  }
  for (let i = 0; i < OTHERS; i++)
    yield { data: syn(n * OTHERS + i), seconds: seconds + 60 + (i >> 3), nanos: i };
}

/** A first segment of a conversation of its own. */
function syn(n: number): Uint8Array {
  const b = Buffer.alloc(54);
  b.writeUInt16BE(0x0800, 12);
  b[14] = 0x45;
  b.writeUInt16BE(40, 16);
  b[22] = 64;
  b[23] = 6;
  b.writeUInt32BE((0x0a800000 + (n >>> 4)) >>> 0, 26);
  b.writeUInt32BE(0x0a010203, 30);
  b.writeUInt16BE(1024 + ((n & 0xffff) % 60_000), 34);
  b.writeUInt16BE(443, 36);
  b.writeUInt32BE(n, 38);
  b[46] = 0x50;
  b[47] = 2;
  return b;
}

test("memory is flat, and what nothing comes of is given up", { timeout: 600_000 }, () => {
  const analyzer = new Analyzer({ live: true });
  let kept = 0;
  let seconds = 1_800_000_000;
  const keep = new KeepRai(analyzer.flows, { frame: () => kept++ }, null, undefined, () => seconds * 1000);
  const filter = makeFilter(filterOptions({}, analyzer.table));
  const printer = transcriptPrinter({
    columns: 100,
    cut: false,
    paint: (_style: unknown, text: string) => text,
    allCalls: false,
    ladder: false,
    live: true,
    names: () => null,
  } as never);
  const counts: { [key: string]: number } = {};
  let expired = 0;
  let printed = 0;
  const take = (events: readonly Event[], frame: Frame | null): void => {
    if (frame === null) keep.events(events);
    else keep.frame(frame, 0, events);
    for (const event of events) {
      counts[event.type] = (counts[event.type] ?? 0) + 1;
      if (event.type === "call" && isExpired(event)) expired++;
      if (filter(event)) printed += printer.push(event).length;
    }
  };
  const frame = new Frame();
  frame.linkType = 1;
  frame.digits = 9;
  const heaps: number[] = [];
  let n = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < ROUND; i++, n++, seconds += HOUR) {
      for (const { data, seconds: at, nanos } of hour(n, seconds)) {
        frame.number++;
        frame.data = data;
        frame.end = data.length;
        frame.wireLength = data.length;
        frame.seconds = at;
        frame.nanos = nanos;
        take(analyzer.push(frame), frame);
      }
      take(analyzer.tick(null, true), null);
      take(analyzer.tick(seconds + HOUR / 2), null);
      keep.tick();
    }
    heaps.push(heap());
  }
  const middle = heaps[ROUNDS / 2]!;
  const last = heaps.at(-1)!;
  const shown = heaps.map((bytes) => `${(bytes / (1 << 20)).toFixed(1)} MiB`).join(", ");
  if (process.env.RAISCOPE_SOAK !== undefined) console.log(shown);
  assert.ok(last - middle < SLACK, shown);
  assert.ok(counts.offer! >= n - 2, `${counts.offer} of ${n} offers were reported while it ran`);
  assert.ok(expired >= n / 6, `${expired} calls were given up after ${CALL_AGE} s`);
  assert.ok(
    counts.association! > n,
    `${counts.association} connections, those idle for ${IDLE_AGE} s among them`,
  );
  assert.ok(kept > n * 50 && printed > n * 1000);
  const { notes } = analyzer.summary();
  assert.equal(notes["no-answer-in-time"], expired);
});

function isExpired(call: CallRecord): boolean {
  return call.notes.some((note) => note.code === "no-answer-in-time");
}
