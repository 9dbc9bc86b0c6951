/** gzip and Zstandard, recognised by content, whole and cut off. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Frame } from "../../src/capture/frame.js";
import { openInputs } from "../../src/capture/open.js";
import { type Packet, pcapFile } from "./files.js";
import { readBytes } from "./read.js";

let state = 1;
const MANY = Array.from({ length: 1600 }, (_, i): Packet => {
  // Compresses somewhat, so that blocks of several kinds occur.
  const data = Buffer.alloc(300);
  for (let k = 0; k < data.length; k++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[k] = (state >>> 16) & (k % 5 === 0 ? 0xff : 0x0f);
  }
  return { seconds: i, fraction: i, data };
});
const PACKETS = MANY.slice(0, 400);
const FILE = pcapFile(PACKETS);

function zstd(data: Uint8Array, ...options: string[]): Buffer | null {
  const run = spawnSync("zstd", ["-q", "-c", ...options], { input: data, maxBuffer: 1 << 28 });
  return run.status === 0 ? run.stdout : null;
}

const hasZstd = zstd(Buffer.from("x")) !== null;
const skip = !hasZstd && "no zstd";

test("gzip, in pieces of any size, and of several members", async () => {
  const whole = (await readBytes(FILE)).frames;
  const packed = gzipSync(FILE);
  for (const sizes of [[65_536], [1], [1000, 1, 17]]) {
    const read = await readBytes(packed, sizes);
    assert.deepEqual(read.frames, whole);
    assert.equal(read.complete, true);
  }
  const members = Buffer.concat([gzipSync(FILE.subarray(0, 50_000)), gzipSync(FILE.subarray(50_000))]);
  assert.deepEqual((await readBytes(members)).frames, whole);
});

test("gzip with octets behind it", async () => {
  const read = await readBytes(Buffer.concat([gzipSync(FILE), Buffer.alloc(1000)]));
  assert.equal(read.frames.length, PACKETS.length);
});

test("gzip cut off anywhere gives what could be inflated, and says so", async () => {
  const packed = gzipSync(FILE);
  const whole = (await readBytes(FILE)).frames;
  let most = 0;
  for (const part of [0.2, 0.5, 0.9, 0.999]) {
    const read = await readBytes(packed.subarray(0, Math.floor(packed.length * part)));
    assert.deepEqual(read.frames, whole.slice(0, read.frames.length));
    assert.ok(read.frames.length >= most);
    most = read.frames.length;
    assert.equal(read.complete, false);
    assert.deepEqual(read.codes, ["capture-cut-short"]);
    assert.match(read.notes[0]!.message, /the gzip data are cut short/);
  }
  assert.ok(most > 300);
  // Only the trailer with the checksum is missing.
  const trailer = await readBytes(packed.subarray(0, packed.length - 4));
  assert.equal(trailer.frames.length, PACKETS.length);
  assert.equal(trailer.complete, false);
});

test("gzip that is damaged in the middle gives all before the damage", async () => {
  const whole = (await readBytes(FILE)).frames;
  for (const sizes of [[65_536], [1000, 1, 17]]) {
    const packed = gzipSync(FILE);
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 50);
    const read = await readBytes(packed, sizes);
    assert.equal(read.complete, false);
    // What inflates wrongly before the damage shows itself is part of the last frames.
    const sound = read.frames.length - 2;
    assert.deepEqual(read.frames.slice(0, sound), whole.slice(0, sound));
    assert.ok(read.frames.length > PACKETS.length * 0.48, `${read.frames.length}`);
    assert.ok(read.frames.length < PACKETS.length * 0.52, `${read.frames.length}`);
  }
});

test("gzip with a wrong checksum, or with text behind it, gives all its frames and says what is wrong", async () => {
  const small = pcapFile(PACKETS.slice(0, 3));
  const wrong = gzipSync(small);
  wrong[wrong.length - 6]! ^= 1;
  for (const packed of [wrong, Buffer.concat([gzipSync(small), Buffer.from("text")])]) {
    const read = await readBytes(packed);
    assert.equal(read.frames.length, 3);
    assert.equal(read.complete, false);
    assert.match(read.notes[0]!.message, /the gzip data are damaged/);
  }
});

test("zstd, in pieces of any size, of several frames, with skippable ones", { skip }, async () => {
  const whole = (await readBytes(FILE)).frames;
  for (const level of ["-1", "-19", "--no-check"]) {
    const packed = zstd(FILE, level)!;
    for (const sizes of [[65_536], [1], [1000, 1, 17]]) {
      const read = await readBytes(packed, sizes);
      assert.deepEqual(read.frames, whole);
      assert.equal(read.complete, true);
    }
  }
  const skippable = Buffer.from("502a4d180500000068656c6c6f", "hex");
  const frames = [
    skippable,
    zstd(FILE.subarray(0, 30), "-1")!,
    skippable,
    zstd(FILE.subarray(30), "-1")!,
    skippable,
  ];
  const read = await readBytes(Buffer.concat(frames));
  assert.deepEqual(read.frames, whole);
  assert.equal(read.complete, true);
});

test("zstd cut off anywhere gives the blocks before, and says so", { skip }, async () => {
  const large = pcapFile(MANY);
  const packed = zstd(large, "-1")!;
  const whole = (await readBytes(large)).frames;
  let most = 0;
  for (const part of [0.6, 0.9, 0.999]) {
    const read = await readBytes(packed.subarray(0, Math.floor(packed.length * part)));
    assert.deepEqual(read.frames, whole.slice(0, read.frames.length));
    most = Math.max(most, read.frames.length);
    assert.equal(read.complete, false);
    assert.deepEqual(read.codes, ["capture-cut-short"]);
  }
  assert.ok(most > 0);
});

test("zstd with a wrong octet or checksum gives what it holds, and says that it is damaged", {
  skip,
}, async () => {
  const packed = zstd(pcapFile(MANY), "-1", "--check")!;
  for (const at of [packed.length - 2, Math.floor(packed.length * 0.9), Math.floor(packed.length * 0.7)]) {
    const wrong = Buffer.from(packed);
    wrong[at]! ^= 0x10;
    const read = await readBytes(wrong);
    assert.equal(read.complete, false);
    assert.match(read.notes.map(({ message }) => message).join(), /the zstd data are damaged/);
    assert.ok(read.frames.length > MANY.length / 2);
    if (at === packed.length - 2) assert.equal(read.frames.length, MANY.length);
  }
});

test("zstd of any length: its checksum holds, and no octet of it may be another", { skip }, async () => {
  // The header of the file, a record's header, and so many octets.
  for (const length of [0, 1, 3, 4, 7, 8, 23, 24, 31, 32, 33, 63, 64, 100, 1000, 4095, 100_003]) {
    const data = Buffer.from(MANY.flatMap((p) => [...p.data]).slice(0, length));
    const packed = zstd(pcapFile([{ seconds: 1, fraction: 2, data }]), "--check")!;
    for (const sizes of [[65_536], [7], [33]]) {
      assert.equal((await readBytes(packed, sizes)).complete, true, `${length}`);
    }
    for (let back = 1; back <= 4; back++) {
      const wrong = Buffer.from(packed);
      wrong[packed.length - back]! ^= 0x80;
      const read = await readBytes(wrong);
      assert.deepEqual([read.complete, read.frames.length], [false, 1], `${length}, octet ${back}`);
    }
  }
});

test("a zstd frame that asks for an absurd window is refused", async () => {
  // Window descriptor with exponent 31: two terabytes.
  const frame = Buffer.concat([Buffer.from("28b52ffd00f8", "hex"), Buffer.alloc(40)]);
  await assert.rejects(readBytes(frame), /its window is too large/);
});

test("a few octets that claim much do not fill the memory", { skip }, async () => {
  const large = Array.from(
    { length: 400 },
    (_, i): Packet => ({ seconds: i, fraction: 0, data: Buffer.alloc(250_000) }),
  );
  const file = pcapFile(large);
  for (const packed of [zstd(file, "-1")!, gzipSync(file, { level: 1 })]) {
    const source = await openInputs(["-"], { stdin: Readable.from([packed], { objectMode: false }) });
    const frame = new Frame();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    while (await source.next(frame)) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    assert.equal(frame.number, 400);
    assert.ok(most < 60_000_000, `${most} octets`);
  }
});

test("any octet changed: nothing is thrown but NotACapture", { skip }, async () => {
  const small = pcapFile(PACKETS.slice(0, 3));
  for (const packed of [gzipSync(small), zstd(small, "-1")!]) {
    for (let at = 0; at < packed.length; at += 3) {
      const flipped = Buffer.from(packed);
      flipped[at]! ^= 0x55;
      await readBytes(flipped).catch((error: Error) => assert.equal(error.name, "NotACapture"));
    }
  }
});
