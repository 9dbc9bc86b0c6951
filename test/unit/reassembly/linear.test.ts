/** TCP conversations of which much is missing, late or sent again: their time grows with their segments. */
import assert from "node:assert/strict";
import test from "node:test";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { assertLinear } from "../../support/growth.js";
import { ACK, frameOf, packetOf, type SegmentSpec, SYN } from "../../support/reassembly/packets.js";

const SIZE = 40;
const DATA = new Uint8Array(SIZE).fill(7);

/** Segments through the assembler, after a handshake; `time` apart. */
function assemble(specs: readonly SegmentSpec[], time = 1e-4): () => void {
  const opening: SegmentSpec[] = [
    { from: 0, seq: 99, flags: SYN },
    { from: 1, seq: 499, ack: 100, flags: SYN | ACK },
    { from: 0, seq: 100, ack: 500 },
  ];
  const frames = [...opening, ...specs].map((spec, i) => {
    const packet = packetOf(spec);
    return frameOf(packet, i + 1, spec.time ?? 1000 + i * time, 101, spec.snap ?? packet.length);
  });
  return () => {
    const assembler = new StreamAssembler();
    let bytes = 0;
    for (const frame of frames) for (const item of assembler.push(frame)) if (item.kind === "data") bytes++;
    for (const item of assembler.finish()) if (item.kind === "data") bytes++;
    assert.ok(bytes > 0);
  };
}

/** Data of the client, the i-th `SIZE` bytes of its stream. */
const data = (i: number, more: Partial<SegmentSpec> = {}): SegmentSpec => ({
  from: 0,
  seq: 100 + i * SIZE,
  ack: 500,
  data: DATA,
  ...more,
});

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Numbers that look random and are the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const shapes: { name: string; n: number; specs: (n: number) => SegmentSpec[]; apart?: number }[] = [
  { name: "every second segment missing", n: 4000, specs: (n) => range(n).map((i) => data(2 * i + 1)) },
  {
    name: "every second segment missing, the receiver acknowledges all",
    n: 4000,
    specs: (n) =>
      range(n).flatMap((i) => [
        data(2 * i + 1),
        { from: 1, seq: 500, ack: 100 + (2 * i + 2) * SIZE } as SegmentSpec,
      ]),
  },
  {
    name: "every second segment missing, slowly",
    n: 4000,
    specs: (n) => range(n).map((i) => data(2 * i + 1)),
    apart: 0.3,
  },
  {
    name: "every third segment missing",
    n: 3000,
    specs: (n) => range(n).flatMap((i) => [data(3 * i), data(3 * i + 2)]),
  },
  {
    name: "segments lost at random",
    n: 8000,
    specs: (n) => {
      const next = random(1);
      return range(n).flatMap((i) => (next(5) === 0 ? [] : [data(i)]));
    },
  },
  {
    name: "segments in the reverse order",
    n: 8000,
    specs: (n) => range(n).map((i) => data(n - i)),
  },
  {
    name: "segments in random order",
    n: 8000,
    specs: (n) => {
      const order = range(n);
      const next = random(2);
      for (let i = n - 1; i > 0; i--) {
        const j = next(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order.map((i) => data(i + 1));
    },
  },
  {
    name: "segments reordered by hundreds",
    n: 8000,
    specs: (n) => {
      const next = random(3);
      return range(n)
        .map((i) => ({ i, at: i + next(600) }))
        .sort((a, b) => a.at - b.at)
        .map(({ i }) => data(i));
    },
  },
  {
    name: "many tiny segments behind one hole",
    n: 8000,
    specs: (n) => range(n).map((i) => ({ from: 0, seq: 200 + 2 * i, ack: 500, data: DATA.subarray(0, 2) })),
  },
  {
    name: "tiny segments with holes between them, sent again in large ones",
    n: 3000,
    specs: (n) => [
      ...range(n).map((i) => ({
        from: 0 as const,
        seq: 200 + 3 * i,
        ack: 500,
        data: DATA.subarray(0, 2),
      })),
      ...range(n).map((i) => ({
        from: 0 as const,
        seq: 200 + ((3 * i) % 2000),
        ack: 500,
        data: new Uint8Array(120),
      })),
    ],
  },
  {
    name: "a storm of retransmissions over held segments",
    n: 3000,
    specs: (n) => [
      ...range(n).map((i) => data(i + 1)),
      ...range(n).map((i) => data((i * 7) % n, { seq: 150 + ((i * 7) % n) * SIZE })),
    ],
  },
  {
    name: "what SACK leaves: blocks with holes that are filled from the end",
    n: 2000,
    specs: (n) => [
      ...range(n).map((i) => data(2 * i + 1)),
      ...range(n).map((i) => data(2 * (n - i))),
      data(0),
    ],
  },
  {
    name: "both directions wait for each other",
    n: 4000,
    specs: (n) =>
      range(n).flatMap((i) => [
        data(i + 1, { ack: 500 + (2 * i + 1) * SIZE }),
        { from: 1, seq: 500 + (2 * i + 1) * SIZE, ack: 100 + (i + 2) * SIZE, data: DATA } as SegmentSpec,
      ]),
  },
  {
    name: "one direction only",
    n: 8000,
    specs: (n) => range(n).map((i) => data(i, { ack: 500 + i * SIZE })),
  },
  {
    name: "segments that the snap length cut",
    n: 4000,
    specs: (n) => range(n).map((i) => data(2 * i + 1, { snap: 60 })),
  },
  {
    name: "long segments of which nothing was captured, over tiny ones",
    n: 1000,
    specs: (n) => [
      ...range(n).map((i) => ({ from: 0 as const, seq: 200 + 3 * i, ack: 500, data: DATA.subarray(0, 1) })),
      ...range(n).map((i) => ({
        from: 0 as const,
        seq: 200 + i,
        ack: 500,
        data: new Uint8Array(12_000),
        snap: 40,
      })),
    ],
  },
  {
    name: "conversations that all wait while the clock goes to and fro",
    n: 1000,
    specs: (n) => [
      ...range(n).flatMap((port) => [
        { from: 0 as const, seq: 99, flags: SYN, port: port + 1, time: 1000 },
        { from: 1 as const, seq: 499, ack: 100, flags: SYN | ACK, port: port + 1, time: 1000 },
        data(3, { port: port + 1, time: 1000 }),
      ]),
      ...range(n).map((i) => data(1, { port: 1, time: 1000 + (i % 2) })),
    ],
  },
  {
    name: "every conversation holds back something, more than there is room for",
    n: 3000,
    specs: (n) =>
      range(n).flatMap((port) => [
        { from: 0 as const, seq: 99, flags: SYN, port: port + 1 },
        data(3, { port: port + 1 }),
      ]),
  },
];

for (const { name, n, specs, apart } of shapes) {
  test(`in the time of its segments: ${name}`, () => {
    assertLinear((size) => assemble(specs(size), apart), n);
  });
}
