/** 802.11 frames that hold several packets, or none that can be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { capture, noTshark, see, tsharkStreams } from "../../support/link/judge.js";
import { big, bytes, conversation } from "../../support/link/shapes.js";

const ADDRESSES = "020000000001 020000000002 020000000003";
const SNAP = "aaaa03 000000 0800";

/** QoS data from the distribution system whose control says: an aggregate [IEEE 802.11] 9.3.2.2. */
function aggregate(packets: readonly Buffer[]): Buffer {
  const subframes = packets.map((packet, i) => {
    const subframe = bytes("020000000011 020000000012", big(packet.length + 8, 2), SNAP, packet);
    const padding = i === packets.length - 1 ? 0 : -subframe.length & 3;
    return bytes(subframe, Buffer.alloc(padding));
  });
  return bytes("8802 0000", ADDRESSES, "1000 8000", ...subframes);
}

const wireless = (
  data: Buffer,
  wireLength?: number,
): { linkType: number; data: Buffer; wireLength?: number } => ({
  linkType: 105,
  data,
  ...(wireLength === undefined ? {} : { wireLength }),
});

test("every subframe of an aggregate is read", async () => {
  const packets = conversation(40_000);
  const file = capture([wireless(aggregate(packets.slice(0, 2))), wireless(aggregate(packets.slice(2)))]);
  const seen = await see(file);
  assert.equal(seen.counters.tcpSegments, 5);
  assert.equal(seen.counters.ipPackets, 5);
  assert.equal(seen.counters.otherFrames, 0);
  assert.deepEqual(seen.data, ["a questionan answer to it"]);
  assert.deepEqual(seen.notRead, []);
});

test("tshark counts the same segments in an aggregate", { skip: noTshark }, async () => {
  const packets = [...conversation(40_000), ...conversation(40_001)];
  const file = capture([0, 3, 6].map((at) => wireless(aggregate(packets.slice(at, at + 3)))));
  const seen = await see(file);
  const { streams, segments } = await tsharkStreams(file);
  assert.deepEqual([...seen.streams], [...streams]);
  assert.equal(seen.counters.tcpSegments, segments);
});

test("an aggregate that the capture cut gives the subframes that are there", async () => {
  const whole = aggregate(conversation(40_000));
  const seen = await see(capture([wireless(whole.subarray(0, 26 + 64 + 64 + 20), whole.length)]));
  assert.equal(seen.counters.tcpSegments, 2);
  assert.deepEqual(seen.notRead, ["1 frame cut inside a header by the snap length"]);
});

test("frames without data, and those of management and control, are other traffic", async () => {
  const others = ["4801", "c801", "8000", "b400", "d400", "4000"].map((control) =>
    wireless(bytes(control, "0000", ADDRESSES, "1000 0000", Buffer.alloc(40, 0x45))),
  );
  const seen = await see(capture(others));
  assert.equal(seen.counters.otherFrames, others.length);
  assert.deepEqual(seen.notRead, []);
});

test("protected frames and fragments are reported, with their number", async () => {
  const body = Buffer.alloc(60, 0x5a);
  const protectedFrame = wireless(bytes("0842 0000", ADDRESSES, "1000", body));
  const first = wireless(bytes("0806 0000", ADDRESSES, "1000", SNAP, body));
  const second = wireless(bytes("0802 0000", ADDRESSES, "1100", body));
  const seen = await see(capture([protectedFrame, protectedFrame, first, second]));
  assert.deepEqual(seen.notes, [
    "encrypted-frames: 2 frames of encrypted 802.11 data are not read",
    "encapsulation-not-read: 2 fragments of 802.11 frames are not read",
  ]);
});

test("radiotap is passed by its length, however many words of fields it announces", async () => {
  const frame = bytes("0801 0000", ADDRESSES, "1000", SNAP, conversation(40_000)[0]!);
  const headers = [
    "00 00 0800 00000000",
    "00 00 1000 00000080 00000080 00000000",
    // Flags only: a check sequence, no padding; a pad byte.
    "00 00 0a00 02000000 10 00",
    "00 00 1200 03000000 0102030405060708 00 00",
  ];
  for (const header of headers) {
    const data = bytes(header, frame);
    const seen = await see(capture([{ linkType: 127, data }]));
    assert.equal(seen.counters.tcpSegments, 1, header);
    const cut = await see(capture([{ linkType: 127, data: data.subarray(0, 6), wireLength: data.length }]));
    assert.deepEqual(cut.notRead, ["1 frame cut inside a header by the snap length"]);
  }
});
