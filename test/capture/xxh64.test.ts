/** XXH64 judged by the checksums that the zstd tool writes behind its frames. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Xxh64 } from "../../src/capture/xxh64.js";

test("the hash of nothing, and of a text, as published", () => {
  assert.equal(new Xxh64().low32(), 0x51d8e999);
  const hash = new Xxh64();
  hash.update(Buffer.from("abc"));
  assert.equal(hash.low32(), 0xad770999);
});

const hasZstd = spawnSync("zstd", ["--version"]).status === 0;

test("any length, in any pieces, as the zstd tool", { skip: !hasZstd && "no zstd" }, () => {
  let state = 7;
  for (const length of [1, 3, 4, 7, 8, 31, 32, 33, 63, 64, 65, 100, 1000, 4095, 100_003]) {
    const data = Buffer.alloc(length);
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      data[i] = state >>> 24;
    }
    const packed = spawnSync("zstd", ["-q", "-c", "--check"], { input: data, maxBuffer: 1 << 24 }).stdout;
    for (const piece of [length, 1, 7, 33, 40]) {
      const hash = new Xxh64();
      for (let at = 0; at < length; at += piece) hash.update(data.subarray(at, at + piece));
      assert.equal(hash.low32(), packed.readUInt32LE(packed.length - 4), `${length} in pieces of ${piece}`);
    }
  }
});
