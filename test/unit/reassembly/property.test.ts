/**
 * The same conversation, however it was cut into segments and however the capture shuffled, doubled and overlapped
 * them, gives the same bytes in the same order of the two sides.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run, transcript } from "../../support/reassembly/collect.js";
import { ACK, FIN, framesOf, type SegmentSpec, SYN } from "../../support/reassembly/packets.js";

interface Turn {
  from: 0 | 1;
  size: number;
}

/** A conversation cut by `cuts`, with an acknowledgment after every `ackEvery` segments. */
function conversation(
  turns: readonly Turn[],
  cuts: readonly number[],
  ackEvery: number,
  start: readonly [number, number],
): SegmentSpec[] {
  const next: [number, number] = [(start[0] + 1) | 0, (start[1] + 1) | 0];
  const specs: SegmentSpec[] = [
    { from: 0, seq: start[0], flags: SYN },
    { from: 1, seq: start[1], ack: next[0], flags: SYN | ACK },
    { from: 0, seq: next[0], ack: next[1] },
  ];
  let cut = 0;
  let letter = 0;
  for (const { from, size } of turns) {
    const other = from === 0 ? 1 : 0;
    const text = Array.from({ length: size }, () => String.fromCharCode(33 + (letter++ % 90))).join("");
    for (let at = 0, count = 1; at < size; count++) {
      const length = Math.min(size - at, 2 + 2 * (cuts[cut++ % cuts.length] ?? 0));
      specs.push({ from, seq: next[from], ack: next[other], data: text.slice(at, at + length) });
      next[from] = (next[from] + length) | 0;
      at += length;
      if (count % ackEvery === 0) specs.push({ from: other, seq: next[other], ack: next[from] });
    }
  }
  specs.push({ from: 0, seq: next[0], ack: next[1], flags: FIN | ACK });
  specs.push({ from: 1, seq: next[1], ack: (next[0] + 1) | 0, flags: FIN | ACK });
  specs.push({ from: 0, seq: (next[0] + 1) | 0, ack: (next[1] + 1) | 0 });
  return specs;
}

function expected(turns: readonly Turn[]): string[] {
  const lines: string[] = ["open 0"];
  let letter = 0;
  let last = -1;
  for (const { from, size } of turns) {
    const text = Array.from({ length: size }, () => String.fromCharCode(33 + (letter++ % 90))).join("");
    if (from === last) lines[lines.length - 1] += text;
    else lines.push(`${from}>${text}`);
    last = from;
  }
  return [...lines, "close fin"];
}

const turns = fc.array(
  fc.record({
    from: fc.constantFrom(0 as const, 1 as const),
    size: fc.integer({ min: 1, max: 30 }).map((n) => 2 * n),
  }),
  { minLength: 1, maxLength: 6 },
);
// Segments of one byte are left out: they cannot be distinguished from keep-alives everywhere.
const cuts = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 12 });
const ackEvery = fc.integer({ min: 1, max: 4 });
const start = fc.tuple(fc.integer(), fc.integer());

test("any segmentation", () => {
  fc.assert(
    fc.property(turns, cuts, ackEvery, start, (t, c, a, s) => {
      assert.deepEqual(transcript(run(framesOf(conversation(t, c, a, s)))), expected(t));
    }),
  );
});

test("any two neighbouring frames swapped, anywhere", () => {
  fc.assert(
    fc.property(turns, cuts, ackEvery, start, fc.nat(), (t, c, a, s, where) => {
      const specs = conversation(t, c, a, s);
      const i = where % (specs.length - 1);
      [specs[i], specs[i + 1]] = [specs[i + 1]!, specs[i]!];
      assert.deepEqual(transcript(run(framesOf(specs))), expected(t));
    }),
    { numRuns: 300 },
  );
});

test("joined in the middle, any two neighbouring frames swapped", () => {
  fc.assert(
    fc.property(turns, cuts, ackEvery, start, fc.nat(), (t, c, a, s, where) => {
      const specs = conversation(t, c, a, s).slice(3);
      const plain = transcript(run(framesOf(specs)));
      const i = where % (specs.length - 1);
      [specs[i], specs[i + 1]] = [specs[i + 1]!, specs[i]!];
      // Who is endpoint 0 depends on the first frame.
      const flip = (line: string): string => line.replace(/^[01]/, (d) => (d === "0" ? "1" : "0"));
      const swapped = transcript(run(framesOf(specs)));
      const other = specs[0]!.from === 1;
      const usual = (lines: string[], turned: boolean): string[] => (turned ? lines.map(flip) : lines);
      assert.deepEqual(usual(swapped, other), usual(plain, t[0]!.from === 1));
    }),
    { numRuns: 300 },
  );
});

test("shuffled by a few places, doubled, sent again with other boundaries", () => {
  fc.assert(
    fc.property(
      turns,
      cuts,
      ackEvery,
      start,
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 20 }), fc.nat({ max: 9 })), { maxLength: 6 }),
      (t, c, a, s, delays, repeats) => {
        const specs = conversation(t, c, a, s);
        const head = specs.splice(0, 3);
        for (const [which, later, trim] of repeats) {
          const original = specs[which % specs.length]!;
          const data = (original.data as string | undefined) ?? "";
          // The same bytes, less some at the front, some frames later; acknowledging what it did.
          const again = {
            ...original,
            seq: (original.seq + Math.min(trim, data.length)) | 0,
            data: data.slice(trim),
          };
          if (data.length - trim > 1) specs.splice((which % specs.length) + 1 + later, 0, again);
        }
        const order = specs.map((spec, i) => ({ spec, key: i + delays[i % delays.length]! }));
        order.sort((x, y) => x.key - y.key);
        const frames = framesOf([...head, ...order.map((entry) => entry.spec)]);
        assert.deepEqual(transcript(run(frames)), expected(t));
      },
    ),
    { numRuns: 300 },
  );
});

test("lost segments: what was captured comes out at its offset, the rest as gaps of the right size", () => {
  fc.assert(
    fc.property(turns, cuts, ackEvery, start, fc.array(fc.nat(), { maxLength: 6 }), (t, c, a, s, losses) => {
      const specs = conversation(t, c, a, s);
      const whole: [string, string] = ["", ""];
      for (const spec of specs) whole[spec.from] += (spec.data as string | undefined) ?? "";
      for (const loss of losses) {
        const i = 3 + (loss % Math.max(1, specs.length - 3));
        if (i < specs.length - 3 && specs[i]!.data !== undefined) specs.splice(i, 1);
      }
      const items = run(framesOf(specs));
      for (const direction of [0, 1] as const) {
        let at = 0;
        for (const item of items) {
          if ((item.kind !== "data" && item.kind !== "gap") || item.direction !== direction) continue;
          assert.equal(item.offset, at);
          if (item.kind === "data") {
            const text = Buffer.from(item.bytes).toString("latin1");
            assert.equal(text, whole[direction].slice(at, at + text.length));
            at += text.length;
          } else at += item.size;
        }
        assert.equal(at, whole[direction].length);
      }
    }),
    { numRuns: 300 },
  );
});

test("any bytes at all never throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 120 }), link: fc.nat({ max: 300 }) }), {
        maxLength: 30,
      }),
      (packets) => {
        const frames = packets.map(({ bytes, link }, i) => {
          const frame = framesOf([{ from: 0, seq: i }])[0]!;
          frame.data = bytes;
          frame.end = bytes.length;
          frame.linkType = link;
          return frame;
        });
        run(frames);
      },
    ),
  );
});
