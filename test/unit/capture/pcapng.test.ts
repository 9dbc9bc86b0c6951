/** pcapng: sections, interfaces, resolutions, every kind of packet block, damage. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bytes, Section } from "../../support/capture/files.js";
import { readBytes } from "../../support/capture/read.js";

const DATA = Buffer.from("abcde");
const HEX = DATA.toString("hex");

test("sections of either byte order, each with its own interfaces", async () => {
  const first = new Section(true).interface(1).interface(101).enhanced(1, 1_500_000n, DATA);
  const second = new Section(false).interface(276).enhanced(0, 2_000_001n, DATA, 9);
  const read = await readBytes(Buffer.concat([first.done(), second.done()]));
  assert.deepEqual(read.frames, [`1 1.500000000/6 101 5/5 0 ${HEX}`, `2 2.000001000/6 276 5/9 0 ${HEX}`]);
  assert.equal(read.complete, true);
});

test("times: powers of ten and of two, offsets, exactly", async () => {
  const cases: [resolution: number, units: bigint, offset: bigint, expected: string][] = [
    [6, 1_700_000_000_123_456n, 0n, "1700000000.123456000/6"],
    [9, 1_700_000_000_123_456_789n, 0n, "1700000000.123456789/9"],
    [9, 18_446_744_073_709_551_615n, 0n, "18446744073.709551615/9"],
    [3, 1_700_000_000_123n, 0n, "1700000000.123000000/6"],
    [0, 1_700_000_000n, 0n, "1700000000.000000000/6"],
    [7, 17_000_000_001_234_567n, 0n, "1700000000.123456700/9"],
    [12, 1_700_000_123_456_789_012n, 0n, "1700000.123456789/9"],
    [0x80 | 10, 1_700_000_000n * 1024n + 512n, 0n, "1700000000.500000000/6"],
    [0x80 | 20, 1_700_000_000n * 1048576n + 1n, 0n, "1700000000.000000953/9"],
    [0x80 | 32, 1_700_000_000n * 4294967296n + 0x80000000n, 0n, "1700000000.500000000/9"],
    [0x80 | 30, 1_700_000_000n * 1073741824n + 1n, 0n, "1700000000.000000000/9"],
    [6, 5_000_000n, 1_700_000_000n, "1700000005.000000000/6"],
    [9, 5_000_000_001n, -3n, "2.000000001/9"],
  ];
  for (const [resolution, units, offset, expected] of cases) {
    for (const littleEndian of [true, false]) {
      const section = new Section(littleEndian);
      const options: [number, Uint8Array][] = [
        [2, Buffer.from("eth0")],
        [9, Buffer.from([resolution])],
        [14, section.i64(offset)],
      ];
      const read = await readBytes(section.interface(1, 0, options).enhanced(0, units, DATA).done());
      assert.equal(read.frames[0], `1 ${expected} 1 5/5 0 ${HEX}`);
    }
  }
});

test("simple and obsolete packet blocks", async () => {
  const section = new Section(false).interface(1, 4);
  const file = section.obsolete(0, 7_000_000n, DATA).simple(DATA.subarray(0, 4), 60).done();
  assert.deepEqual((await readBytes(file)).frames, [
    `1 7.000000000/6 1 5/5 0 ${HEX}`,
    // No time of its own, and as many bytes as the interface's snap length lets through.
    `2 7.000000000/6 1 4/60 0 ${HEX.slice(0, 8)}`,
  ]);
});

test("names, statistics, secrets and unknown blocks are passed over, whatever their size", async () => {
  const section = new Section().interface(1).block(4, Buffer.alloc(40)).block(5, Buffer.alloc(12));
  section.block(10, Buffer.alloc(300_000, 1)).block(0x7777, Buffer.alloc(2_000_000, 2));
  const read = await readBytes(section.enhanced(0, 1n, DATA).done(), [70_001]);
  assert.deepEqual(read.frames, [`1 0.000001000/6 1 5/5 0 ${HEX}`]);
  assert.equal(read.complete, true);
});

test("custom blocks take a frame number, as in Wireshark", async () => {
  const custom = new Bytes(true).u32(32473).raw(Buffer.alloc(8)).done();
  const section = new Section()
    .interface(1)
    .block(0xbad, custom)
    .enhanced(0, 1n, DATA)
    .block(0x40000bad, custom);
  const read = await readBytes(section.done());
  assert.deepEqual(read.frames, [
    "1 0.000000000/6 -1 0/0 0 ",
    `2 0.000001000/6 1 5/5 0 ${HEX}`,
    "3 0.000001000/6 -1 0/0 0 ",
  ]);
});

test("damage: what came before, and a note of what and where", async () => {
  const good = (): Section => new Section().interface(1).enhanced(0, 1n, DATA);
  const body = Buffer.alloc(24);
  const cases: [Buffer, RegExp][] = [
    [good().block(6, body, 8).done(), /block of type 0x6 that claims 8 bytes/],
    [good().block(6, body, 37).done(), /claims 37 bytes/],
    [good().block(6, body, 0xfffffffc).done(), /claims 4294967292 bytes/],
    [good().block(6, body, undefined, 99).done(), /two lengths differ \(36, 99\)/],
    [good().enhanced(5, 1n, DATA).done(), /interface 5, which it does not describe/],
    [
      good().block(6, new Bytes(true).u32(0).u32(0).u32(0).u32(500).u32(500).raw(DATA).done()).done(),
      /packet of 500 bytes/,
    ],
    [Buffer.concat([good().done(), new Section(true, [2, 0]).done()]), /section of version 2\.0/],
    [
      Buffer.concat([good().done(), Buffer.from("0a0d0d0a1c00000012345678", "hex")]),
      /byte-order magic 0x12345678/,
    ],
    [good().block(1, Buffer.alloc(4)).done(), /interface description of 16 bytes/],
  ];
  for (const [file, message] of cases) {
    const read = await readBytes(file);
    assert.equal(read.frames.length, 1, String(message));
    assert.deepEqual(read.codes, ["capture-damaged"], String(message));
    assert.match(read.notes[0]!.message, message);
    assert.match(read.notes[0]!.message, /after frame 1/);
    assert.equal(read.complete, false);
  }
});

test("cut off anywhere", async () => {
  const file = new Section()
    .interface(1)
    .enhanced(0, 1n, DATA)
    .block(4, Buffer.alloc(20))
    .enhanced(0, 2n, DATA)
    .done();
  const ends = [28, 48, 88, 120, 160];
  for (let size = 4; size <= file.length; size++) {
    const read = await readBytes(file.subarray(0, size));
    assert.equal(read.complete, ends.includes(size), `${size} bytes`);
    assert.deepEqual(read.codes, ends.includes(size) ? [] : ["capture-cut-short"], `${size} bytes`);
    assert.equal(read.frames.length, size >= 160 ? 2 : size >= 88 ? 1 : 0);
  }
});

test("any byte changed: nothing is thrown, nothing hangs", async () => {
  const file = Buffer.concat([
    new Section(true)
      .interface(1, 0, [[9, Buffer.from([9])]])
      .enhanced(0, 1n, DATA)
      .simple(DATA)
      .done(),
    new Section(false).interface(1).obsolete(0, 1n, DATA).done(),
  ]);
  for (let at = 0; at < file.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const flipped = Buffer.from(file);
      flipped[at]! ^= change;
      await readBytes(flipped).catch((error: Error) => assert.equal(error.name, "NotACapture"));
    }
  }
});

test("pieces of one byte", async () => {
  const file = new Section(false)
    .interface(1)
    .enhanced(0, 1n, DATA)
    .block(4, Buffer.alloc(20))
    .simple(DATA)
    .done();
  assert.deepEqual((await readBytes(file, [1])).frames, (await readBytes(file)).frames);
});
