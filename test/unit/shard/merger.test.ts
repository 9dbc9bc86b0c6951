/** Operations of several fronts: packed and read again, and merged into the order of one run. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { CallRecord } from "../../../src/events.js";
import { BatchReader, BatchWriter } from "../../../src/shard/batch.js";
import { Merger } from "../../../src/shard/merger.js";
import { AT_END, type Moment, type Operation } from "../../../src/shard/operations.js";

const record = (id: string, codes: string[] = []): CallRecord =>
  ({ type: "call", id, status: "ok", notes: codes.map((code) => ({ code })) }) as unknown as CallRecord;

interface Told {
  frame: number;
  rank: number;
  operation: Operation;
}

/** A front that tells what it is told. */
class FrontOf {
  readonly moment: Moment = { frame: 0, rank: 0 };
  readonly writer = new BatchWriter(this.moment);

  tell({ frame, rank, operation }: Told): void {
    this.moment.frame = frame;
    this.moment.rank = rank;
    this.writer.receive(operation);
  }
}

test("places, records and all else come out of a batch as they went in", () => {
  const front = new FrontOf();
  const sent: Operation[] = [
    { kind: "opened", call: 1, frame: 7 },
    { kind: "call", call: 1, record: record("ä€😀", ["a", "b"]), cost: 12.5, evicted: true },
    { kind: "pdu", type: "request" },
    { kind: "call", call: 2, record: record("two", ["b"]), cost: 0, evicted: false },
  ];
  sent.forEach((operation, rank) => {
    front.tell({ frame: 7, rank, operation });
  });
  const objects = new BatchReader(false);
  const lines = new BatchReader(true);
  const batch = front.writer.take(7, 1, 1);
  objects.add(batch);
  lines.add(batch);
  const out: Operation[] = [];
  while (objects.has) {
    assert.deepEqual(objects.moment, { frame: 7, rank: out.length });
    out.push(objects.next());
  }
  assert.deepEqual(out, sent);
  assert.equal(objects.finished, 1);
  const text = sent.map(() => lines.next()).flatMap((o) => (o.kind === "call" ? [o.record] : []));
  const decoder = new TextDecoder();
  assert.deepEqual(
    text.map((r) => [r.status, r.notes, decoder.decode((r as unknown as { line: Uint8Array }).line)]),
    [
      ["ok", [{ code: "a" }, { code: "b" }], `${JSON.stringify(record("ä€😀", ["a", "b"]))}\n`],
      ["ok", [{ code: "b" }], `${JSON.stringify(record("two", ["b"]))}\n`],
    ],
  );
});

test("whatever was sent when, operations come out in the order of moments, and none before it is known", () => {
  const moments = fc.array(fc.tuple(fc.nat(20), fc.nat(3)), { maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(moments, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      (all, coins) => {
        const count = all.length;
        // Of one moment there is one front that tells of it.
        const own = all.map((list, front) =>
          list
            .map(([frame, rank]) => [frame, rank * count + front] as const)
            .sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        );
        const fronts = own.map(() => new FrontOf());
        const readers = own.map(() => new BatchReader(false));
        const merger = new Merger(readers);
        const next = own.map(() => 0);
        const out: number[][] = [];
        const drain = (): void => {
          for (let front = merger.nextFront(); front >= 0; front = merger.nextFront()) {
            out.push([readers[front]!.moment.frame, readers[front]!.moment.rank]);
            readers[front]!.next();
          }
        };
        const coin = coins[Symbol.iterator]();
        while (readers.some(({ upTo }) => upTo < AT_END)) {
          const front = coin.next().value % count;
          if (readers[front]!.upTo === AT_END) continue;
          const list = own[front]!;
          // All of one frame go into one batch.
          const frame = list[next[front]!]?.[0] ?? AT_END;
          while (next[front]! < list.length && list[next[front]!]![0] === frame) {
            const [at, rank] = list[next[front]!++]!;
            fronts[front]!.tell({ frame: at, rank, operation: { kind: "pdu", type: "" } });
          }
          readers[front]!.add(fronts[front]!.writer.take(frame, 0, 0));
          drain();
        }
        const sorted = own.flat().sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        assert.deepEqual(
          out,
          sorted.map((moment) => [...moment]),
        );
        assert.equal(merger.nextFront(), -1);
      },
    ),
  );
});
