import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MemoryBudget } from "../../../src/budget.js";
import { OrderedQueue } from "../../../src/ordering.js";

test("whatever the order of completion, calls leave in the order of their requests", () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 60 })
        .chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
      (order) => {
        const out: number[] = [];
        const queue = new OrderedQueue<number>((v) => out.push(v), 1000);
        const places = order.map((_, i) => queue.open(i));
        for (const i of order) queue.fill(places[i]!, i);
        assert.deepEqual(out, [...Array(order.length).keys()]);
      },
    ),
  );
});

test("a call that is never answered holds the others back only within the window, and leaves when it is completed", () => {
  const out: string[] = [];
  const queue = new OrderedQueue<string>((v) => out.push(v), 3);
  const stuck = queue.open(1);
  for (const name of ["b", "c", "d", "e"]) queue.fill(queue.open(2), name);
  assert.deepEqual(out, ["b", "c", "d", "e"]);
  queue.fill(stuck, "a");
  assert.deepEqual(out, ["b", "c", "d", "e", "a"]);
});

test("at the end everything that is filled leaves, in order", () => {
  const out: string[] = [];
  const queue = new OrderedQueue<string>((v) => out.push(v));
  queue.open(1);
  const second = queue.open(2);
  queue.open(3);
  const fourth = queue.open(4);
  queue.fill(fourth, "4");
  queue.fill(second, "2");
  assert.equal(out.length, 0);
  queue.release(true);
  assert.deepEqual(out, ["2", "4"]);
});

test("what waits is bounded by the bytes it was made of, too", () => {
  const out: string[] = [];
  const budget = new MemoryBudget(100);
  const queue = new OrderedQueue<string>((v) => out.push(v), 1000, budget.kind("order"));
  queue.open(1);
  queue.fill(queue.open(2), "b", 90);
  assert.equal(out.length, 0);
  queue.fill(queue.open(3), "c", 90);
  assert.equal(budget.pressed, true);
  budget.relieve();
  assert.deepEqual(out, ["b", "c"]);
  assert.equal(budget.held, 0);
});

test("a call that comes late goes before those that overtook it", () => {
  const out: string[] = [];
  const queue = new OrderedQueue<string>((v) => out.push(v));
  const five = queue.open(5);
  const nine = queue.open(9);
  const seven = queue.open(7);
  queue.fill(nine, "9");
  queue.fill(seven, "7");
  assert.equal(out.length, 0);
  queue.fill(five, "5");
  assert.deepEqual(out, ["5", "7", "9"]);
});

test("a place that is passed is none any more: nobody waits for it, and what fills it leaves at once", () => {
  const out: string[] = [];
  const queue = new OrderedQueue<string>((v) => out.push(v));
  const places = [1, 2, 2, 2, 3].map((key) => queue.open(key));
  for (const place of [places[2]!, places[4]!, places[4]!]) queue.pass(place);
  assert.equal(queue.waiting, 3);
  queue.fill(places[4]!, "3");
  queue.fill(places[3]!, "2c");
  queue.fill(places[1]!, "2a");
  assert.deepEqual(out, ["3"]);
  queue.fill(places[0]!, "1");
  assert.deepEqual(out, ["3", "1", "2a", "2c"]);
  assert.equal(queue.waiting, 0);
});
