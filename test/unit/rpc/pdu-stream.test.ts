import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Skipped } from "../../../src/rpc/framed.js";
import { PduStream } from "../../../src/rpc/pdu-stream.js";

/** A request PDU of `size` bytes whose stub repeats `fill`. */
function request(callId: number, size: number, fill: number): Uint8Array {
  const p = new Uint8Array(size).fill(fill);
  p.set([5, 0, 0, 3, 0x10, 0, 0, 0, size & 255, size >> 8, 0, 0, callId, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0]);
  return p;
}

const time = { seconds: 1, nanos: 0, digits: 6 as const };

interface Seen {
  callId: number;
  size: number;
  frames: number[];
}

/** Sequence numbers go through zero within the bytes of most tests. */
const FIRST = -100;

class Sink {
  readonly seen: Seen[] = [];
  /** TCP sequence numbers of the first bytes of what was seen. */
  readonly sequences: number[] = [];
  #sequence = FIRST;
  readonly notes: Skipped[] = [];
  readonly stream: PduStream;

  constructor(searching = false) {
    this.stream = new PduStream(searching);
  }

  feed(bytes: Uint8Array, frame: number): void {
    this.stream.feed(bytes, frame, time, this.#sequence);
    this.#sequence = (this.#sequence + bytes.length) | 0;
    this.#take();
  }

  giveUp(): void {
    this.stream.giveUp();
    this.#take();
  }

  finish(): void {
    this.stream.finish();
    this.#take();
  }

  gap(size: number): void {
    this.#sequence = (this.#sequence + size) | 0;
    this.stream.gap(size, time);
    this.#take();
  }

  #take(): void {
    for (let framed = this.stream.next(); framed !== null; framed = this.stream.next()) {
      if (framed.kind === "skipped") this.notes.push(framed);
      else {
        const { bytes, frames, sequence } = framed;
        this.seen.push({ callId: bytes[12]!, size: bytes.length, frames });
        this.sequences.push(sequence);
      }
    }
  }
}

const PDUS = [request(1, 100, 1), request(2, 24, 5), request(3, 300, 5), request(4, 64, 0)];
const ALL = Buffer.concat(PDUS);
/** Where each of them begins. */
const STARTS = [0, 100, 124, 424].map((at) => FIRST + at);

test("any segmentation gives the same PDUs, each with the frames that carried it", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: ALL.length - 1 }), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), ALL.length];
      const sink = new Sink();
      for (let i = 0; i + 1 < at.length; i++) sink.feed(ALL.subarray(at[i], at[i + 1]), i + 1);
      assert.deepEqual(
        sink.seen.map((s) => [s.callId, s.size]),
        [
          [1, 100],
          [2, 24],
          [3, 300],
          [4, 64],
        ],
      );
      let start = 0;
      for (const [i, pdu] of PDUS.entries()) {
        const end = start + pdu.length;
        const carried = at.flatMap((a, k) =>
          k + 1 < at.length && a < end && at[k + 1]! > start ? [k + 1] : [],
        );
        assert.deepEqual(sink.seen[i]!.frames, carried);
        start = end;
      }
      assert.deepEqual(sink.notes, []);
      assert.deepEqual(sink.sequences, STARTS);
    }),
  );
});

test("where the beginning is searched, any segmentation gives PDUs the sequence number of their first byte", () => {
  const skipped = Buffer.alloc(37, 0xee);
  const bytes = Buffer.concat([skipped, ALL, skipped, ALL]);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 40 }),
      fc.integer({ min: 0, max: 40 }),
      (cuts, lost) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const sink = new Sink(true);
        for (let i = 0; i + 1 < at.length; i++) {
          const piece = bytes.subarray(at[i], at[i + 1]);
          if (i === lost) sink.gap(piece.length);
          else sink.feed(piece, i + 1);
        }
        sink.finish();
        const starts = [...STARTS, ...STARTS.map((s) => s + ALL.length + skipped.length)];
        // At most one copy of the PDUs is lost, unless the lost piece is most of the stream.
        const most = (at[lost + 1] ?? 0) - (at[lost] ?? 0) > ALL.length;
        assert.ok(sink.seen.length > 0 || most);
        for (const [i, { callId }] of sink.seen.entries()) {
          const own = starts.filter((_, k) => k % 4 === callId - 1).map((s) => s + skipped.length);
          assert.ok(own.includes(sink.sequences[i]!), `${callId} at ${sink.sequences[i]}`);
        }
        assert.deepEqual(
          sink.sequences,
          [...new Set(sink.sequences)].sort((a, b) => a - b),
        );
      },
    ),
  );
});

test("a gap inside a PDU costs that PDU's tail and keeps the place of the next", () => {
  const sink = new Sink();
  sink.feed(PDUS[2]!.subarray(0, 50), 1);
  sink.gap(100);
  sink.feed(Buffer.concat([PDUS[2]!.subarray(150), PDUS[3]!]), 2);
  assert.deepEqual(sink.seen, [
    { callId: 3, size: 50, frames: [1, 2] },
    { callId: 4, size: 64, frames: [2] },
  ]);
  assert.deepEqual(sink.sequences, [FIRST, FIRST + 300]);
});

test("after a gap of unknown size comes the next PDU, or the rest of the one before, which shows", () => {
  const next = new Sink();
  next.feed(PDUS[2]!.subarray(0, 50), 1);
  next.gap(0);
  next.feed(PDUS[3]!, 2);
  assert.deepEqual(next.seen, [
    { callId: 3, size: 50, frames: [1] },
    { callId: 4, size: 64, frames: [2] },
  ]);
  const rest = new Sink();
  rest.feed(PDUS[2]!.subarray(0, 50), 1);
  rest.gap(0);
  rest.feed(Buffer.concat([PDUS[2]!.subarray(50), PDUS[3]!]), 2);
  assert.deepEqual(
    rest.seen.map((s) => [s.callId, s.size]),
    [
      [3, 50],
      [4, 64],
    ],
  );
  const searched = new Sink(true);
  searched.feed(PDUS[2]!.subarray(0, 50), 1);
  searched.gap(0);
  searched.feed(PDUS[3]!, 2);
  searched.finish();
  assert.deepEqual(
    searched.seen.map((s) => [s.callId, s.size]),
    [
      [3, 50],
      [4, 64],
    ],
  );
});

test("a gap over several PDUs is followed by a search for the next credible header", () => {
  const sink = new Sink();
  sink.feed(PDUS[0]!.subarray(0, 90), 1);
  sink.gap(10 + 24 + 200);
  sink.feed(Buffer.concat([PDUS[2]!.subarray(200), PDUS[3]!]), 2);
  assert.deepEqual(
    sink.seen.map((s) => [s.callId, s.size]),
    [
      [1, 90],
      [4, 64],
    ],
  );
  assert.deepEqual(sink.sequences, [STARTS[0], STARTS[3]]);
  assert.deepEqual(
    sink.notes.map((n) => n.skipped),
    [100],
  );
});

test("a stream that starts in the middle is searched", () => {
  const sink = new Sink(true);
  sink.feed(PDUS[0]!.subarray(40), 1);
  sink.feed(Buffer.concat(PDUS.slice(1)), 2);
  assert.deepEqual(
    sink.seen.map((s) => s.callId),
    [2, 3, 4],
  );
});

test("what is given up goes out cut, what is still to come of it is passed over, and the next PDU is where it must be", () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 299 }), fc.integer({ min: 1, max: 80 }), (at, piece) => {
      const sink = new Sink();
      sink.feed(PDUS[2]!.subarray(0, at), 1);
      sink.giveUp();
      assert.equal(sink.stream.held, 0);
      const rest = Buffer.concat([PDUS[2]!.subarray(at), PDUS[0]!]);
      for (let i = 0; i < rest.length; i += piece) sink.feed(rest.subarray(i, i + piece), 2);
      assert.deepEqual(sink.seen, [
        { callId: 3, size: Math.min(at, 128), frames: [1] },
        { callId: 1, size: 100, frames: [2] },
      ]);
      assert.deepEqual(sink.sequences, [FIRST, FIRST + 300]);
    }),
  );
});

test("a gap within what is passed over leaves the place of the next PDU known", () => {
  const sink = new Sink();
  sink.feed(PDUS[2]!.subarray(0, 200), 1);
  sink.giveUp();
  sink.gap(60);
  sink.feed(Buffer.concat([PDUS[2]!.subarray(260), PDUS[0]!]), 2);
  assert.deepEqual(
    sink.seen.map(({ callId }) => callId),
    [3, 1],
  );
});

test("a search that is given up holds nothing, takes what the end of the stream would, and goes on", () => {
  const sink = new Sink(true);
  sink.feed(PDUS[2]!.subarray(0, 200), 1);
  assert.ok(sink.stream.held >= 200);
  sink.giveUp();
  assert.equal(sink.stream.held, 0);
  assert.deepEqual(
    sink.seen.map(({ callId, size }) => [callId, size]),
    [[3, 128]],
  );
  const lost = new Sink(true);
  lost.feed(request(9, 60, 5).subarray(0, 12), 1);
  lost.giveUp();
  assert.equal(lost.stream.held, 0);
  assert.deepEqual(lost.seen, []);
});

test("PDUs that came out stay as they are until the stream is fed again, however it was cut", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: ALL.length - 1 }), { maxLength: 6 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), ALL.length];
      const stream = new PduStream(false);
      const copies: Uint8Array[] = [];
      for (let i = 0; i + 1 < at.length; i++) {
        stream.feed(ALL.subarray(at[i], at[i + 1]), i + 1, time, 0);
        const borrowed: Uint8Array[] = [];
        for (let framed = stream.next(); framed !== null; framed = stream.next()) {
          if (framed.kind === "pdu") borrowed.push(framed.bytes);
        }
        copies.push(...borrowed.map((bytes) => Uint8Array.from(bytes)));
      }
      assert.deepEqual(copies, PDUS);
    }),
  );
});
