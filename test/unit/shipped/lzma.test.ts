/** LZMA both ways, judged by xz. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { writeLzma } from "../../../scripts/lzma.mjs";
import { readLzma } from "../../../src/shipped/lzma.js";
import { CAPTURES } from "../../support/golden.js";
import { someOf, volume } from "../../support/volume.js";

const MAX_BUFFER = 1 << 28;

function hasXz(): boolean {
  try {
    execFileSync("xz", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const skip = hasXz() ? false : "xz is not installed";

const xz = (args: string[], input: Uint8Array): Buffer =>
  execFileSync("xz", ["--stdout", "--format=lzma", ...args], { input, maxBuffer: MAX_BUFFER });

/** Bytes of few values with long repetitions, random ones, and text. */
const SHAPES = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 })), {
      maxLength: 12,
    })
    .map((parts) =>
      Uint8Array.from(
        parts.flatMap(([bytes, times]) =>
          Array(times)
            .fill([...bytes])
            .flat(),
        ),
      ),
    ),
);

const FILES = readdirSync(CAPTURES)
  .filter((name) => /\.(pcap|pcapng|md)$/.test(name))
  .map((name) => ({ name, bytes: readFileSync(join(CAPTURES, name)) }));

test("what was written is read", () => {
  fc.assert(
    fc.property(SHAPES, (bytes) => {
      assert.deepEqual(readLzma(writeLzma(bytes)), bytes);
    }),
    { numRuns: volume(60, 20) },
  );
  for (const { name, bytes } of someOf(FILES)) assert.ok(bytes.equals(readLzma(writeLzma(bytes))), name);
});

test("what was written for who has what stands before it is read by who has it", () => {
  fc.assert(
    fc.property(SHAPES, SHAPES, (before, bytes) => {
      assert.deepEqual(new Uint8Array(readLzma(writeLzma(bytes, before), before)), new Uint8Array(bytes));
    }),
    { numRuns: volume(60, 20) },
  );
  const [first, second] = [FILES[0]!.bytes, FILES[1]!.bytes];
  const both = Buffer.concat([second, first]);
  assert.ok(writeLzma(both, first).length < writeLzma(both).length);
});

describe("xz", { skip }, () => {
  test("reads what was written", () => {
    for (const { name, bytes } of FILES) assert.ok(xz(["-d"], writeLzma(bytes)).equals(bytes), name);
  });

  test("writes what is read, whatever its properties", () => {
    // All files as one, and the shortest, which ends before much was learnt.
    const shortest = FILES.reduce((least, file) => (file.bytes.length < least.bytes.length ? file : least));
    const all = { name: "all", bytes: Buffer.concat(FILES.map((file) => file.bytes)) };
    for (const { name, bytes } of [all, shortest]) {
      for (const how of ["preset=9e", "preset=1", "lc=0,lp=2,pb=4", "lc=4,lp=0,pb=0", "lc=3,lp=1,pb=1"]) {
        const file = xz([`--lzma1=${how}`], bytes);
        // It says that the size is unknown, and ends with a mark.
        file.writeBigUInt64LE(BigInt(bytes.length), 5);
        assert.ok(bytes.equals(readLzma(file)), `${name} ${how}`);
      }
    }
  });

  test("writes hardly less", () => {
    const text = readFileSync(join(CAPTURES, "../dissectors/idl/generated/names.txt"));
    assert.ok(writeLzma(text).length < 1.02 * xz(["-9e"], text).length);
  });
});

test("damaged data cost no more than they say", () => {
  const file = writeLzma(FILES[0]!.bytes);
  fc.assert(
    fc.property(fc.nat(file.length - 14), fc.nat(255), (at, byte) => {
      const damaged = Uint8Array.from(file);
      damaged[13 + at] = byte;
      assert.equal(readLzma(damaged).length, FILES[0]!.bytes.length);
    }),
    { numRuns: 40 },
  );
});
