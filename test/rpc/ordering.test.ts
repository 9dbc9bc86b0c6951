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
        const places = order.map((_, i) => queue.open(i));
        const out: number[] = [];
        for (const i of order) queue.fill(places[i]!, i, (v) => out.push(v));
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
  const stuck = queue.open(1);
  for (const name of ["b", "c", "d", "e"]) queue.fill(queue.open(2), name, take);
  assert.deepEqual(out, ["b", "c", "d", "e"]);
  queue.fill(stuck, "a", take);
  assert.deepEqual(out, ["b", "c", "d", "e", "a"]);
});

test("at the end everything that is filled leaves, in order", () => {
  const queue = new OrderedQueue<string>();
  const out: string[] = [];
  queue.open(1);
  const second = queue.open(2);
  queue.open(3);
  const fourth = queue.open(4);
  queue.fill(fourth, "4", (v) => out.push(v));
  queue.fill(second, "2", (v) => out.push(v));
  assert.equal(out.length, 0);
  queue.release((v) => out.push(v), true);
  assert.deepEqual(out, ["2", "4"]);
});

test("what waits is bounded by the octets it was made of, too", () => {
  const queue = new OrderedQueue<string>(1000, 100);
  const out: string[] = [];
  queue.open(1);
  queue.fill(queue.open(2), "b", (v) => out.push(v), 90);
  assert.equal(out.length, 0);
  queue.fill(queue.open(3), "c", (v) => out.push(v), 90);
  assert.deepEqual(out, ["b", "c"]);
});

test("a call that comes late goes before those that overtook it", () => {
  const queue = new OrderedQueue<string>();
  const out: string[] = [];
  const five = queue.open(5);
  const nine = queue.open(9);
  const seven = queue.open(7);
  queue.fill(nine, "9", (v) => out.push(v));
  queue.fill(seven, "7", (v) => out.push(v));
  assert.equal(out.length, 0);
  queue.fill(five, "5", (v) => out.push(v));
  assert.deepEqual(out, ["5", "7", "9"]);
});
