import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { OrderedQueue } from "../../src/ordering.js";

test("whatever the order of completion, calls leave in the order of their requests", () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 60 })
        .chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
      (order) => {
        const queue = new OrderedQueue<number>(1000);
        for (let i = 0; i < order.length; i++) assert.equal(queue.open(), i);
        const out: number[] = [];
        for (const place of order) queue.fill(place, place, (v) => out.push(v));
        assert.deepEqual(out, [...Array(order.length).keys()]);
      },
    ),
  );
});

test("a call that is never answered holds the others back only within the window, and leaves when it is completed", () => {
  const queue = new OrderedQueue<string>(3);
  const out: string[] = [];
  const take = (v: string): void => {
    out.push(v);
  };
  const stuck = queue.open();
  for (const name of ["b", "c", "d", "e"]) queue.fill(queue.open(), name, take);
  assert.deepEqual(out, ["b", "c", "d", "e"]);
  queue.fill(stuck, "a", take);
  assert.deepEqual(out, ["b", "c", "d", "e", "a"]);
});

test("at the end everything that is filled leaves, in order", () => {
  const queue = new OrderedQueue<string>();
  const out: string[] = [];
  queue.open();
  const second = queue.open();
  queue.open();
  const fourth = queue.open();
  queue.fill(fourth, "4", (v) => out.push(v));
  queue.fill(second, "2", (v) => out.push(v));
  assert.equal(out.length, 0);
  queue.release((v) => out.push(v), true);
  assert.deepEqual(out, ["2", "4"]);
});

test("what waits is bounded by the octets it was made of, too", () => {
  const queue = new OrderedQueue<string>(1000, 100);
  const out: string[] = [];
  queue.open();
  queue.fill(queue.open(), "b", (v) => out.push(v), 90);
  assert.equal(out.length, 0);
  queue.fill(queue.open(), "c", (v) => out.push(v), 90);
  assert.deepEqual(out, ["b", "c"]);
});
