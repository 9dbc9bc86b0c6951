/** IP fragments of both versions: order, overlaps, limits, and the frames that are remembered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Frame } from "../../../src/capture/frame.js";
import { run, transcript } from "../../support/reassembly/collect.js";
import { ACK, frameOf, ipv4, ipv6, tcpSegment } from "../../support/reassembly/packets.js";

const A = [10, 0, 0, 1];
const B = [10, 0, 0, 2];
const A6 = Buffer.from("20010db8000000000000000000000001", "hex");
const B6 = Buffer.from("20010db8000000000000000000000002", "hex");
const TEXT = "The quick brown fox jumps over the lazy dog, and again, and once more for good measure.";
const SEGMENT = tcpSegment(1000, 135, 500, 700, ACK, Buffer.from(TEXT));

/** Cuts `payload` after multiples of eight bytes. */
function cut4(payload: Buffer, points: readonly number[], id = 7): Buffer[] {
  const ends = [...points.map((p) => p * 8), payload.length];
  let from = 0;
  return ends.map((to) => {
    const moreFragments = to < payload.length;
    const packet = ipv4(A, B, 6, payload.subarray(from, to), { id, fragmentOffset: from, moreFragments });
    from = to;
    return packet;
  });
}

function cut6(payload: Buffer, points: readonly number[], next = 6): Buffer[] {
  const ends = [...points.map((p) => p * 8), payload.length];
  let from = 0;
  return ends.map((to) => {
    const header = Buffer.alloc(8);
    header[0] = next;
    header.writeUInt16BE(from | (to < payload.length ? 1 : 0), 2);
    header.writeUInt32BE(0xfeedbeef, 4);
    const packet = ipv6(A6, B6, 44, Buffer.concat([header, payload.subarray(from, to)]));
    from = to;
    return packet;
  });
}

const frames = (packets: readonly Buffer[]): Frame[] => packets.map((packet, i) => frameOf(packet, i + 1));
const WHOLE = ["open 0", `0>${TEXT}`, "close end"];

test("in order, backwards, and with a fragment twice", () => {
  const parts = cut4(SEGMENT, [1, 4, 9]);
  assert.deepEqual(transcript(run(frames(parts))), WHOLE);
  assert.deepEqual(transcript(run(frames([...parts].reverse()))), WHOLE);
  assert.deepEqual(transcript(run(frames([parts[2]!, parts[0]!, parts[2]!, parts[3]!, parts[1]!]))), WHOLE);
});

test("the frames of a datagram are those of its bytes, in their order", () => {
  const parts = cut4(SEGMENT, [1, 4, 9]);
  const items = run(frames([parts[2]!, parts[0]!, parts[2]!, parts[3]!, parts[1]!]));
  const data = items.find((item) => item.kind === "data");
  assert.ok(data?.kind === "data");
  assert.deepEqual(data.frames, [2, 5, 1, 4]);
  assert.equal(data.frame, 5);
});

test("IPv6, with an extension header behind the fragment header", () => {
  assert.deepEqual(transcript(run(frames(cut6(SEGMENT, [2, 5])))), WHOLE);
  const options = Buffer.concat([Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]), SEGMENT]);
  assert.deepEqual(transcript(run(frames(cut6(options, [2, 5], 60)))), WHOLE);
  // A single fragment that is the whole datagram.
  assert.deepEqual(transcript(run(frames(cut6(SEGMENT, [])))), WHOLE);
});

test("of overlapping fragments the first bytes win", () => {
  const other = Buffer.from(SEGMENT);
  other.fill(0x58, 40);
  const first = ipv4(A, B, 6, SEGMENT.subarray(0, 64), { id: 7, moreFragments: true });
  const middle = ipv4(A, B, 6, other.subarray(48, 88), { id: 7, fragmentOffset: 48, moreFragments: true });
  const last = ipv4(A, B, 6, SEGMENT.subarray(64), { id: 7, fragmentOffset: 64 });
  const expected = TEXT.slice(0, 44) + "X".repeat(24) + TEXT.slice(68);
  assert.deepEqual(transcript(run(frames([first, middle, last]))), ["open 0", `0>${expected}`, "close end"]);
});

test("a missing fragment is reported at the end, a datagram of another id is not mixed in", () => {
  const parts = cut4(SEGMENT, [1, 4, 9]);
  const others = cut4(SEGMENT, [1, 4, 9], 8);
  assert.deepEqual(transcript(run(frames([parts[0]!, others[1]!, parts[2]!, parts[3]!]))), [
    "note fragments-missing",
  ]);
});

test("what is too old is given up", () => {
  const parts = cut4(SEGMENT, [4]);
  const late = [frameOf(parts[0]!, 1, 10), frameOf(parts[1]!, 2, 200)];
  assert.deepEqual(transcript(run(late)), ["note fragments-missing"]);
});

test("limits hold: datagrams, fragments, bytes", () => {
  const limits = { datagrams: 10, fragments: 20, bytes: 5000, age: 60 };
  const many = Array.from({ length: 200 }, (_, i) => cut4(SEGMENT, [4], i)[0]!);
  const items = run(frames([...many, ...cut4(SEGMENT, [4], 999)]), { fragments: limits });
  assert.deepEqual(transcript(items), [
    "note fragment-limit",
    "open 0",
    `0>${TEXT}`,
    "note fragments-missing",
    "close end",
  ]);
});

test("lying fragments never throw and never make a datagram of holes", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          at: fc.nat({ max: 8191 }),
          size: fc.nat({ max: 64 }),
          more: fc.boolean(),
          id: fc.nat({ max: 1 }),
          six: fc.boolean(),
        }),
        { maxLength: 20 },
      ),
      (specs) => {
        const packets = specs.map(({ at, size, more, id, six }) => {
          const payload = Buffer.alloc(size, 0x50);
          if (!six) return ipv4(A, B, 6, payload, { id, fragmentOffset: at * 8, moreFragments: more });
          const header = Buffer.alloc(8);
          header[0] = 6;
          header.writeUInt16BE(((at * 8) | (more ? 1 : 0)) & 0xffff, 2);
          return ipv6(A6, B6, 44, Buffer.concat([header, payload]));
        });
        run(frames(packets));
      },
    ),
  );
});
