import assert from "node:assert/strict";
import test from "node:test";
import {
  isValid,
  MAX_INSTRUCTIONS,
  type Program,
  parseProgram,
  runProgram,
} from "../../../src/capture/bpf.js";

type Quad = [code: number, jt: number, jf: number, k: number];

const program = (...lines: Quad[]): Program =>
  lines.map(([code, jt, jf, k]) => ({ code, jt, jf, k: k >>> 0 }));
const BYTES = new Uint8Array([0xff, 0xff, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x45]);

/** Over BYTES[2..9), of 60 bytes on the wire. */
const run = (...lines: Quad[]): number => runProgram(program(...lines), BYTES, 2, 9, 60);
/** A is returned behind these. */
const value = (...lines: Quad[]): number => run(...lines, [0x16, 0, 0, 0]);
const IMM = (k: number): Quad => [0x00, 0, 0, k];
const X = (k: number): Quad => [0x01, 0, 0, k];

test("loads, in every size and mode, and bounds as libpcap has them", () => {
  assert.equal(value([0x20, 0, 0, 0]), 0x12345678);
  assert.equal(value([0x28, 0, 0, 1]), 0x3456);
  assert.equal(value([0x30, 0, 0, 6]), 0x45);
  assert.equal(value([0x20, 0, 0, 3]), 0x789abc45);
  assert.equal(value([0x20, 0, 0, 2]), 0x56789abc);
  for (const beyond of [
    [0x20, 0, 0, 4],
    [0x28, 0, 0, 6],
    [0x30, 0, 0, 7],
    [0x20, 0, 0, 0xffffffff],
  ] as Quad[]) {
    assert.equal(run(beyond, [0x06, 0, 0, 1]), 0, "a load beyond the bytes rejects");
  }
  assert.equal(value(X(2), [0x40, 0, 0, 1]), 0x789abc45);
  assert.equal(value(X(2), [0x48, 0, 0, 0]), 0x5678);
  assert.equal(value(X(6), [0x50, 0, 0, 0]), 0x45);
  assert.equal(run(X(0xffffffff), [0x50, 0, 0, 1], [0x06, 0, 0, 1]), 0, "no index wraps around");
  assert.equal(value([0x80, 0, 0, 0]), 60, "len is that on the wire");
  assert.equal(value([0xb1, 0, 0, 6], [0x87, 0, 0, 0]), 20, "4 * ([6] & 0xf)");
  assert.equal(run([0xb1, 0, 0, 7], [0x06, 0, 0, 1]), 0);
  assert.equal(value([0x81, 0, 0, 0], [0x87, 0, 0, 0]), 60);
});

test("scratch memory, registers, returns", () => {
  assert.equal(value(IMM(7), [0x02, 0, 0, 15], IMM(0), [0x60, 0, 0, 15]), 7);
  assert.equal(value(X(9), [0x03, 0, 0, 0], [0x60, 0, 0, 0]), 9);
  assert.equal(value(IMM(5), [0x02, 0, 0, 3], [0x61, 0, 0, 3], [0x87, 0, 0, 0]), 5);
  assert.equal(value([0x60, 0, 0, 4]), 0, "words begin as 0");
  assert.equal(value(IMM(3), [0x07, 0, 0, 0], IMM(0), [0x87, 0, 0, 0]), 3);
  assert.equal(run([0x06, 0, 0, 262144]), 262144);
});

test("arithmetic in 32 bits without a sign", () => {
  const max = 0xffffffff;
  for (const [operation, a, b, expected] of [
    [0x04, max, 1, 0],
    [0x14, 0, 1, max],
    [0x24, 0x10001, 0x10001, 0x20001],
    [0x34, max, 2, 0x7fffffff],
    [0x44, 0x80000000, 1, 0x80000001],
    [0x54, max, 0x80000000, 0x80000000],
    [0x64, 1, 31, 0x80000000],
    [0x64, 1, 32, 0],
    [0x74, 0x80000000, 31, 1],
    [0x74, max, 32, 0],
    [0x94, max, 10, 5],
    [0xa4, max, 0x0f0f0f0f, 0xf0f0f0f0],
  ] as const) {
    assert.equal(value(IMM(a), [operation, 0, 0, b]), expected, `0x${operation.toString(16)} by a constant`);
    assert.equal(value(IMM(a), X(b), [operation | 8, 0, 0, 0]), expected, `0x${operation.toString(16)} by X`);
  }
  assert.equal(value(IMM(1), [0x84, 0, 0, 0]), max);
  assert.equal(run(IMM(1), X(0), [0x3c, 0, 0, 0], [0x06, 0, 0, 1]), 0, "a division by zero rejects");
  assert.equal(run(IMM(1), X(0), [0x9c, 0, 0, 0], [0x06, 0, 0, 1]), 0);
});

test("jumps", () => {
  const jump = (code: number, a: number, k: number): number =>
    run(IMM(a), [code, 0, 1, k], [0x06, 0, 0, 1], [0x06, 0, 0, 2]);
  assert.deepEqual([jump(0x15, 5, 5), jump(0x15, 5, 6)], [1, 2]);
  assert.deepEqual([jump(0x25, 0x80000000, 1), jump(0x25, 1, 1)], [1, 2]);
  assert.deepEqual([jump(0x35, 1, 1), jump(0x35, 0, 0x80000000)], [1, 2]);
  assert.deepEqual([jump(0x45, 6, 2), jump(0x45, 0x80000000, 0x80000000), jump(0x45, 6, 1)], [1, 1, 2]);
  assert.equal(run(IMM(5), X(5), [0x1d, 0, 1, 0], [0x06, 0, 0, 1], [0x06, 0, 0, 2]), 1);
  assert.equal(run([0x05, 0, 0, 1], [0x06, 0, 0, 1], [0x06, 0, 0, 2]), 2);
  // Counts down from 3 by jumping back.
  const loop: Quad[] = [IMM(3), [0x14, 0, 0, 1], [0x15, 1, 0, 0], [0x05, 0, 0, -3], [0x06, 0, 0, 9]];
  assert.equal(isValid(program(...loop)), true);
  assert.equal(run(...loop), 9);
  const endless: Quad[] = [
    [0x05, 0, 0, -1],
    [0x06, 0, 0, 1],
  ];
  assert.equal(isValid(program(...endless)), true);
  assert.equal(run(...endless), 0, "what does not end rejects");
});

test("what may not run is refused", () => {
  const ret: Quad = [0x06, 0, 0, 1];
  for (const wrong of [
    [],
    [IMM(1)],
    [[0x15, 1, 0, 0], ret],
    [[0x15, 0, 1, 0], ret],
    [[0x05, 0, 0, 1], ret],
    [[0x05, 0, 0, -2], ret],
    [[0x60, 0, 0, 16], ret],
    [[0x61, 0, 0, 16], ret],
    [[0x02, 0, 0, 16], ret],
    [[0x03, 0, 0, 16], ret],
    [[0x34, 0, 0, 0], ret],
    [[0x94, 0, 0, 0], ret],
    [[0xb4, 0, 0, 1], ret],
    [[0x38, 0, 0, 0], ret],
    [[0x55, 0, 0, 0], ret],
    [[0xc0, 0, 0, 0], ret],
    [[0x17, 0, 0, 0], ret],
    [[0x1e, 0, 0, 0]],
  ] as Quad[][]) {
    assert.equal(isValid(program(...wrong)), false, JSON.stringify(wrong));
  }
  assert.equal(isValid(program(...Array.from({ length: MAX_INSTRUCTIONS + 1 }, () => ret))), false);
  for (const text of [
    "",
    "1",
    "1\n6 0 0",
    "2\n6 0 0 1",
    "1\n6 0 0 4294967296",
    "1\n6 256 0 1",
    "x\n6 0 0 1",
    "1\n6 0 0 -1",
    "0",
  ]) {
    assert.equal(parseProgram(text), null, JSON.stringify(text));
  }
  assert.deepEqual(parseProgram("2\n0 0 0 5\n6 0 0 262144\n"), program(IMM(5), [0x06, 0, 0, 262144]));
});
