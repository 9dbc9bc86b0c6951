/** A conversation in every kind of tunnel, the limits of following them, fragments on either side, and what is no tunnel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NESTING_LIMIT } from "../../../dissectors/link/result.js";
import { datagram, outer, TUNNELS, vxlan } from "../../support/ip/tunnels.js";
import { capture, framesOf, noTshark, see, tsharkStreams } from "../../support/link/judge.js";
import { bytes, conversation, ether, innerEther } from "../../support/link/shapes.js";
import { ipv4 } from "../../support/reassembly/packets.js";

const PORT = 40_000;
const FROM = [198, 51, 100, 1];
const TO = [198, 51, 100, 2];

test("a conversation is found in every kind of tunnel, by its own addresses", async () => {
  for (const shape of TUNNELS) {
    const seen = await see(capture(framesOf([shape], (_, six) => conversation(PORT, six))));
    assert.equal(seen.counters.tcpSegments, 5, shape.name);
    assert.equal(seen.counters.ipPackets, 5, shape.name);
    assert.deepEqual(seen.data, ["a questionan answer to it"], shape.name);
    const ends = shape.six ? "2001:db8::1 40000 2001:db8::2 135" : "192.0.2.1 40000 192.0.2.2 135";
    assert.deepEqual(seen.endpoints, [ends], shape.name);
    assert.deepEqual(seen.notRead, [], shape.name);
  }
});

test("tshark finds the same conversations in the same tunnels", { skip: noTshark }, async () => {
  const shapes = TUNNELS.filter(({ alone }) => alone === undefined);
  const file = capture(framesOf(shapes, (i, six) => conversation(PORT + i, six)));
  const { streams, segments } = await tsharkStreams(file);
  const seen = await see(file);
  const name = (frame: number): string => `${frame}: ${shapes[Math.floor((frame - 1) / 5)]!.name}`;
  for (let frame = 1; frame <= shapes.length * 5; frame++) {
    assert.equal(seen.streams.get(frame), streams.get(frame), name(frame));
  }
  assert.equal(seen.counters.tcpSegments, segments);
});

/** The packet in two fragments. */
function halves(packet: Buffer, id: number): Buffer[] {
  const payload = packet.subarray(20);
  const [from, to, protocol] = [[...packet.subarray(12, 16)], [...packet.subarray(16, 20)], packet[9]!];
  const cut = (payload.length >> 4) << 3;
  return [
    ipv4(from, to, protocol, payload.subarray(0, cut), { id, moreFragments: true }),
    ipv4(from, to, protocol, payload.subarray(cut), { id, fragmentOffset: cut }),
  ];
}

const frames = (packets: readonly Buffer[]): { linkType: number; data: Buffer }[] =>
  packets.map((packet) => ({ linkType: 1, data: ether("0800", packet) }));

const FRAGMENTED: readonly [name: string, packets: (packet: Buffer, id: number) => Buffer[]][] = [
  ["the tunnel's packets", (packet, id) => halves(vxlan(packet).subarray(14), id)],
  ["the packets in the tunnel", (packet, id) => halves(packet, id).map((part) => vxlan(part).subarray(14))],
  [
    "both",
    (packet, id) =>
      halves(packet, id).flatMap((part, i) => halves(vxlan(part).subarray(14), 1000 + 2 * id + i)),
  ],
];

for (const [name, packets] of FRAGMENTED) {
  const file = capture(frames(conversation(PORT).flatMap((packet, i) => packets(packet, i + 1))));

  test(`fragments of ${name} are put together`, async () => {
    const seen = await see(file);
    assert.equal(seen.counters.tcpSegments, 5);
    assert.deepEqual(seen.data, ["a questionan answer to it"]);
    assert.deepEqual(seen.notRead, []);
  });

  test(`tshark puts fragments of ${name} together too`, { skip: noTshark }, async () => {
    const { streams } = await tsharkStreams(file);
    assert.deepEqual([...(await see(file)).streams], [...streams]);
  });
}

test("a fragment that never came is reported, inside of a tunnel as outside", async () => {
  const packet = conversation(PORT)[3]!;
  const seen = await see(
    capture(frames(halves(packet, 7).map((part) => vxlan(part).subarray(14))).slice(0, 1)),
  );
  assert.deepEqual(seen.notRead, ["1 IP datagram that never became whole"]);
});

test("encapsulations are followed so deep and no deeper, and what is deeper is reported", async () => {
  const nested = (levels: number): Buffer[] =>
    conversation(PORT).map((packet) => {
      let deep = packet;
      for (let i = 0; i < levels; i++) deep = ipv4(FROM, TO, 4, deep);
      return deep;
    });
  const most = await see(capture(frames(nested(NESTING_LIMIT))));
  assert.equal(most.counters.tcpSegments, 5);
  assert.deepEqual(most.notRead, []);
  const more = await see(capture(frames(nested(NESTING_LIMIT + 1))));
  assert.equal(more.counters.tcpSegments, 0);
  assert.deepEqual(more.notes, ["nesting-limit: 5 frames with more than 8 encapsulations are not read"]);
});

test("frames in frames are bounded as packets in packets are", async () => {
  let frame = ether("0800", conversation(PORT)[0]!);
  for (let i = 0; i < 2000; i++) frame = bytes("020000000001 020000000002 8847 00010140", frame);
  const seen = await see(capture([{ linkType: 1, data: frame }]));
  assert.deepEqual(seen.notRead, ["1 frame with more than 8 encapsulations"]);
});

test("a port alone makes no tunnel", async () => {
  const [packet] = conversation(PORT) as [Buffer];
  const refused: [name: string, port: number, payload: Buffer][] = [
    ["VXLAN without the I bit", 4789, bytes("00000000 00002a00", innerEther(packet))],
    ["VXLAN with reserved bits, of no Ethernet", 4789, bytes("ff01d1f2 00000b00", packet)],
    ["VXLAN-GPE of another version", 4790, bytes("1c000001 00002a00", packet)],
    ["VXLAN-GPE of an unknown protocol", 4790, bytes("0c0000f0 00002a00", packet)],
    ["Geneve of another version", 6081, bytes("4000 0800 00002a00", packet)],
    ["Geneve with reserved bits", 6081, bytes("0001 0800 00002a00", packet)],
    ["GTP's echo", 2152, bytes("32 01 0004 00000000", packet)],
    ["L2TP's control", 1701, bytes("c802 0014 0001 0000 0000 0000", packet)],
    ["a name service on Teredo's port", 3544, bytes("1234 0100 0001 0000 0000 0000", packet)],
    ["CAPWAP that keeps alive", 5247, bytes("00 10 00 08 00000000", innerEther(packet))],
    ["key exchange", 4500, bytes("00000000", packet)],
    ["anything else", 5353, bytes("08000000 00002a00", innerEther(packet))],
  ];
  for (const [name, port, payload] of refused) {
    const seen = await see(capture([{ linkType: 1, data: outer(17, datagram(port, payload)) }]));
    assert.equal(seen.counters.tcpSegments, 0, name);
    assert.equal(seen.counters.ipPackets, 1, name);
    assert.deepEqual(seen.notRead, [], name);
  }
});

test("what cannot be opened is reported by its kind, the number of packets with it", async () => {
  const kinds: [frame: Buffer, reported: string][] = [
    [outer(50, bytes("00001000 00000001", Buffer.alloc(40, 7))), "2 packets encrypted by ESP (IPsec)"],
    [
      outer(17, datagram(4500, bytes("00001000 00000001", Buffer.alloc(40, 7)))),
      "2 packets encrypted by ESP (IPsec)",
    ],
    [outer(108, bytes("06 00 0002", Buffer.alloc(40, 7))), "2 packets compressed by IPComp"],
    [outer(115, bytes("00000007", Buffer.alloc(40, 7))), "2 packets in L2TPv3"],
    [outer(17, datagram(5247, bytes("01 00 00 00", Buffer.alloc(40, 7)))), "2 packets in CAPWAP"],
    [
      outer(47, bytes("0000 8881", Buffer.alloc(40, 7))),
      "2 packets in GRE with a payload of another kind than IP, Ethernet, PPP or MPLS",
    ],
    [
      outer(47, bytes("3001 880b 0028 0001 00000007 00fd", Buffer.alloc(38, 7))),
      "2 frames of compressed, encrypted or multilink PPP",
    ],
  ];
  for (const [data, reported] of kinds) {
    const seen = await see(capture([data, data].map((each) => ({ linkType: 1, data: each }))));
    assert.deepEqual(seen.notRead, [reported]);
    assert.equal(seen.notes.length, 1, reported);
  }
});

test("a tunnel cut by the snap length is the capture's fault, one cut by its own lengths nobody's", async () => {
  const whole = vxlan(conversation(PORT)[0]!);
  for (let size = 15; size < whole.length; size++) {
    const cut = await see(
      capture([{ linkType: 1, data: whole.subarray(0, size), wireLength: whole.length }]),
    );
    // 14 + 20 + 8 + 8 + 14 + 20 bytes in front of the TCP header, of which 16 are needed to place a segment.
    assert.equal(cut.counters.tcpSegments, size >= 84 + 16 ? 1 : 0, `${size}`);
    const reported = size < 84 + 16 ? ["1 frame cut inside a header by the snap length"] : [];
    assert.deepEqual(cut.notRead, reported, `${size}`);
    const short = await see(capture([{ linkType: 1, data: whole.subarray(0, size) }]));
    assert.deepEqual(short.notRead, [], `${size}`);
  }
});
