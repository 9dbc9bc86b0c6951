/** gzip and Zstandard, recognised by content, whole and cut off. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { type Packet, pcapFile } from "../../support/capture/files.js";
import { readBytes } from "../../support/capture/read.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

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
const SMALL = pcapFile(PACKETS.slice(0, 3));

function zstd(data: Uint8Array, ...options: string[]): Buffer | null {
  const run = spawnSync("zstd", ["-q", "-c", ...options], { input: data, maxBuffer: 1 << 28 });
  return run.status === 0 ? run.stdout : null;
}

const hasZstd = zstd(Buffer.from("x")) !== null;
const skip = !hasZstd && "zstd is not installed";
const noGzip = spawnSync("gzip", ["--version"]).status !== 0 && "gzip is not installed";

test("gzip, in pieces of any size, and of several members", async () => {
  const whole = (await readBytes(FILE)).frames;
  const packed = gzipSync(FILE);
  for (const sizes of [[65_536], [1000, 1, 17]]) {
    const read = await readBytes(packed, sizes);
    assert.deepEqual(read.frames, whole);
    assert.equal(read.complete, true);
  }
  // Byte by byte, of which each is a turn of the event loop.
  const some = await readBytes(gzipSync(pcapFile(PACKETS.slice(0, 40))), [1]);
  assert.deepEqual(some.frames, whole.slice(0, 40));
  assert.equal(some.complete, true);
  const members = Buffer.concat([gzipSync(FILE.subarray(0, 50_000)), gzipSync(FILE.subarray(50_000))]);
  assert.deepEqual((await readBytes(members)).frames, whole);
});

/** What the tool itself makes of a file: its exit status, and how many bytes it gives. */
function tool(command: string, packed: Uint8Array): { status: number | null; size: number } {
  const { status, stdout } = spawnSync(command, ["-d", "-c"], { input: packed, maxBuffer: 1 << 28 });
  return { status, size: stdout.length };
}

test("zeros behind the last gzip member are padding, as for gzip itself", { skip: noGzip }, async () => {
  const whole = (await readBytes(SMALL)).frames;
  const two = Buffer.concat([gzipSync(SMALL.subarray(0, 500)), gzipSync(SMALL.subarray(500))]);
  for (const packed of [gzipSync(SMALL), two]) {
    for (const zeros of [1, 2, 511, 100_000]) {
      const padded = Buffer.concat([packed, Buffer.alloc(zeros)]);
      assert.deepEqual(tool("gzip", padded), { status: 0, size: SMALL.length });
      for (const sizes of [[65_536], [packed.length], [1000, 1, 17]]) {
        const read = await readBytes(padded, sizes);
        assert.deepEqual(read.frames, whole);
        assert.deepEqual([read.complete, read.codes], [true, []], `${zeros} in pieces of ${sizes}`);
      }
    }
  }
});

test("bytes behind the last gzip member that begin no other are counted; nothing is missing", {
  skip: noGzip,
}, async () => {
  const whole = (await readBytes(SMALL)).frames;
  const two = Buffer.concat([gzipSync(SMALL.subarray(0, 500)), gzipSync(SMALL.subarray(500))]);
  const behind = [
    Buffer.from("hello"),
    Buffer.from("-----BEGIN PGP SIGNATURE-----".repeat(2000)),
    Buffer.from("\0\0\0x"),
    // gzip does not look for a member behind padding either.
    Buffer.concat([Buffer.alloc(5), gzipSync("more")]),
    Buffer.from("8b1f0800", "hex"),
    Buffer.from([0x1f, 0x00, 0x08]),
  ];
  for (const packed of [gzipSync(SMALL), two]) {
    for (const rest of behind) {
      const packedAndMore = Buffer.concat([packed, rest]);
      assert.deepEqual(tool("gzip", packedAndMore), { status: 2, size: SMALL.length });
      for (const sizes of [[65_536], [packed.length], [packed.length - 4, 6], [1]]) {
        // A long rest is in many pieces as it is.
        if (sizes[0] === 1 && rest.length > 10_000) continue;
        const read = await readBytes(packedAndMore, sizes);
        assert.deepEqual(read.frames, whole);
        assert.deepEqual([read.complete, read.codes], [true, ["trailing-bytes"]]);
        assert.equal(
          read.notes[0]!.message,
          `standard input: ${rest.length} bytes after the gzip data were ignored`,
        );
      }
    }
  }
  const one = await readBytes(Buffer.concat([gzipSync(SMALL), Buffer.from("x")]));
  assert.deepEqual([one.complete, one.frames.length], [true, 3]);
  assert.match(one.notes[0]!.message, /: 1 byte after the gzip data was ignored$/);
});

test("what begins as a gzip member is one: cut short or damaged where it goes wrong", {
  skip: noGzip,
}, async () => {
  const member = gzipSync("");
  const behind: [rest: Uint8Array, says: RegExp][] = [
    [member.subarray(0, 1), /cut short/],
    [member.subarray(0, 2), /cut short/],
    [member.subarray(0, 9), /cut short/],
    [member.subarray(0, 15), /cut short/],
    [member.subarray(0, member.length - 1), /cut short/],
    [Buffer.from("1f8b09000000000000ff", "hex"), /damaged \(unknown compression method\)/],
    [Buffer.from("1f8b08e0000000000000ff", "hex"), /damaged \(unknown header flags set\)/],
    [Buffer.from("1f8b08000000000000ffffffff", "hex"), /damaged \(invalid block type\)/],
  ];
  for (const [rest, says] of behind) {
    const packed = Buffer.concat([gzipSync(SMALL), rest]);
    assert.equal(tool("gzip", packed).status, 1, String(says));
    for (const sizes of [[65_536], [1]]) {
      const read = await readBytes(packed, sizes);
      assert.deepEqual([read.complete, read.frames.length], [false, 3]);
      assert.deepEqual(read.codes, ["capture-cut-short"]);
      assert.match(read.notes[0]!.message, says);
    }
  }
});

test("gzip members with every field that a header may have", async () => {
  const whole = (await readBytes(SMALL)).frames;
  const plain = gzipSync(SMALL);
  const header = (flags: number, ...fields: (string | number[])[]): Buffer => {
    const parts = [plain.subarray(0, 10), ...fields.map((f) => Buffer.from(f as string, "latin1"))];
    const bytes = Buffer.concat(parts);
    bytes[3] = flags;
    return bytes;
  };
  const headers = [
    header(8, "name.pcap\0"),
    header(16, "a comment\0"),
    header(4, [3, 0, 1, 2, 3]),
    header(1 + 4 + 8 + 16, [0, 0], "n\0", "\0"),
  ];
  for (const bytes of headers) {
    const packed = Buffer.concat([bytes, plain.subarray(10)]);
    for (const sizes of [[65_536], [1]]) {
      const read = await readBytes(packed, sizes);
      assert.deepEqual([read.frames.length, read.complete], [whole.length, true]);
    }
    // With the checksum of the header, which is the low half of that of its bytes.
    bytes[3]! |= 2;
    const checksum = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8) & 0xffff;
    for (const [reported, complete] of [
      [checksum, true],
      [checksum ^ 1, false],
    ] as const) {
      const check = Buffer.from([reported & 0xff, reported >> 8]);
      const run = readBytes(Buffer.concat([bytes, check, plain.subarray(10)]));
      if (complete) assert.equal((await run).frames.length, whole.length);
      else await assert.rejects(run, /header crc mismatch/);
    }
  }
});

test("a large gzip file with bytes behind it loses nothing of its end", async () => {
  let seed = 7;
  const packets = Array.from({ length: 90 }, (_, i): Packet => {
    const data = Buffer.alloc(100_000);
    for (let k = 0; k < data.length; k++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      data[k] = seed >>> 16;
    }
    return { seconds: i, fraction: 0, data };
  });
  const packed = gzipSync(pcapFile(packets), { level: 1 });
  assert.ok(packed.length > 1 << 23);
  const read = await readBytes(Buffer.concat([packed, Buffer.from("text")]));
  assert.deepEqual([read.frames.length, read.complete], [90, true]);
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

test("gzip with a wrong checksum or length gives all its frames and says what is wrong", async () => {
  for (const [back, says] of [
    [6, /damaged \(incorrect data check\)/],
    [1, /damaged \(incorrect length check\)/],
  ] as const) {
    const wrong = gzipSync(pcapFile(PACKETS.slice(0, 3)));
    wrong[wrong.length - back]! ^= 1;
    for (const packed of [wrong, Buffer.concat([wrong, Buffer.from("text")])]) {
      const read = await readBytes(packed);
      assert.equal(read.frames.length, 3);
      assert.equal(read.complete, false);
      assert.match(read.notes[0]!.message, says);
    }
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

test("bytes behind the last zstd frame: padding, counted, or the start of another frame", {
  skip,
}, async () => {
  const skippable = Buffer.from("5f2a4d180500000068656c6c6f", "hex");
  const another = zstd(Buffer.alloc(0), "-1")!;
  const cases: [rest: Uint8Array, complete: boolean, codes: string[]][] = [
    [Buffer.alloc(1), true, []],
    [Buffer.alloc(1000), true, []],
    [skippable, true, []],
    [Buffer.concat([skippable, Buffer.alloc(3)]), true, []],
    [Buffer.from("x"), true, ["trailing-bytes"]],
    [Buffer.from("hello, world"), true, ["trailing-bytes"]],
    [Buffer.concat([skippable, Buffer.from("\0\0x")]), true, ["trailing-bytes"]],
    [Buffer.from("28b52ffe0000000000000000", "hex"), true, ["trailing-bytes"]],
    [skippable.subarray(0, 12), false, ["capture-cut-short"]],
    [skippable.subarray(0, 2), false, ["capture-cut-short"]],
    [another.subarray(0, 1), false, ["capture-cut-short"]],
    [another.subarray(0, 3), false, ["capture-cut-short"]],
    [another.subarray(0, 7), false, ["capture-cut-short"]],
    [another.subarray(0, another.length - 1), false, ["capture-cut-short"]],
  ];
  for (const check of ["--check", "--no-check"]) {
    const packed = zstd(SMALL, "-1", check)!;
    for (const [rest, complete, codes] of cases) {
      const packedAndMore = Buffer.concat([packed, rest]);
      // The tool gives all of it as well, and fails where there is more than frames.
      assert.equal(tool("zstd", packedAndMore).size, SMALL.length);
      for (const sizes of [[65_536], [packed.length, 2], [1]]) {
        const read = await readBytes(packedAndMore, sizes);
        assert.deepEqual(
          [read.frames.length, read.complete, read.codes],
          [3, complete, codes],
          Buffer.from(rest).toString("hex"),
        );
      }
    }
  }
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

test("zstd with a wrong byte or checksum gives what it holds, and says that it is damaged", {
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

test("zstd of any length: its checksum holds, and no byte of it may be another", { skip }, async () => {
  const bytes = Buffer.concat(MANY.map((p) => p.data));
  // The header of the file, a record's header, and so many bytes.
  for (const length of [0, 1, 3, 4, 7, 8, 23, 24, 31, 32, 33, 63, 64, 100, 1000, 4095, 100_003]) {
    const data = Buffer.from(bytes.subarray(0, length));
    const packed = zstd(pcapFile([{ seconds: 1, fraction: 2, data }]), "--check")!;
    for (const sizes of [[65_536], [7], [33]]) {
      assert.equal((await readBytes(packed, sizes)).complete, true, `${length}`);
    }
    for (let back = 1; back <= 4; back++) {
      const wrong = Buffer.from(packed);
      wrong[packed.length - back]! ^= 0x80;
      const read = await readBytes(wrong);
      assert.deepEqual([read.complete, read.frames.length], [false, 1], `${length}, byte ${back}`);
    }
  }
});

test("a zstd frame that asks for an absurd window is refused", async () => {
  // Window descriptor with exponent 31: two terabytes.
  const frame = Buffer.concat([Buffer.from("28b52ffd00f8", "hex"), Buffer.alloc(40)]);
  await assert.rejects(readBytes(frame), /its window is too large/);
});

/** What is held, without what only waits to be collected. */
function held(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

test("a few bytes that claim much do not fill the memory", { skip }, async () => {
  const large = Array.from(
    { length: 240 },
    (_, i): Packet => ({ seconds: i, fraction: 0, data: Buffer.alloc(250_000) }),
  );
  const file = pcapFile(large);
  for (const packed of [zstd(file, "-1")!, gzipSync(file, { level: 1 })]) {
    const source = await openInputs(["-"], { stdin: Readable.from([packed], { objectMode: false }) });
    const frame = new Frame();
    const before = held();
    let most = 0;
    while (await source.next(frame)) {
      if (frame.number % 20 === 0) most = Math.max(most, held() - before);
    }
    assert.equal(frame.number, 240);
    assert.ok(most < 30_000_000, `${most} bytes`);
  }
});

test("any byte changed: nothing is thrown but NotACapture", { skip }, async () => {
  const small = pcapFile(PACKETS.slice(0, 3));
  for (const packed of [gzipSync(small), zstd(small, "-1")!]) {
    for (let at = 0; at < packed.length; at += 3) {
      const flipped = Buffer.from(packed);
      flipped[at]! ^= 0x55;
      await readBytes(flipped).catch((error: Error) => assert.equal(error.name, "NotACapture"));
    }
  }
});
