/** IP headers: lengths that are to be believed and those that are not, extension headers, packets in packets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipv4Text, ipv6Text } from "../../../dissectors/ip/address.js";
import { decodePacket } from "../../../dissectors/ip/ip.js";
import { type IpResult, newIpResult } from "../../../dissectors/ip/result.js";
import { followTunnel } from "../../../dissectors/ip/tunnel.js";
import { newLinkResult } from "../../../dissectors/link/result.js";
import { ipv4, ipv6 } from "../../support/reassembly/packets.js";

const A = [192, 168, 1, 2];
const B = [10, 0, 0, 255];
const A6 = Buffer.from("20010db8000000000000000000000001", "hex");
const B6 = Buffer.from("fe800000000000000000000000000002", "hex");
const PAYLOAD = Buffer.from("payload!");

function read(packet: Uint8Array, network: 4 | 6, captured = packet.length): IpResult | null {
  const out = newIpResult();
  const read = decodePacket(packet, 0, captured, network, out) && followTunnel(packet, out, newLinkResult());
  return read ? out : null;
}

/** `protocol offset captured/length`. */
function brief(packet: Uint8Array, network: 4 | 6, captured?: number): string {
  const ip = read(packet, network, captured);
  return ip === null ? "-" : `${ip.protocol} ${ip.offset} ${ip.end - ip.offset}/${ip.length}`;
}

test("IPv4, with options", () => {
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD), 4), "6 20 8/8");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD, { options: Buffer.alloc(12, 1) }), 4), "6 32 8/8");
  const ip = read(ipv4(A, B, 6, PAYLOAD), 4)!;
  assert.equal(ipv4Text(ip.source0), "192.168.1.2");
  assert.equal(ipv4Text(ip.destination0), "10.0.0.255");
});

test("IPv4 lengths: padding cut, offload's 0, cut by the capture, lies", () => {
  assert.equal(brief(Buffer.concat([ipv4(A, B, 6, PAYLOAD), Buffer.alloc(18)]), 4), "6 20 8/8");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD, { totalLength: 0 }), 4), "6 20 8/8");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD), 4, 23), "6 20 3/8");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD, { totalLength: 19 }), 4), "-");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD), 4, 19), "-");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD).fill(0x44, 0, 1), 4), "-");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD).fill(0x4f, 0, 1), 4), "-");
  assert.equal(brief(ipv4(A, B, 6, PAYLOAD), 6), "-");
});

test("IPv4 fragments", () => {
  const first = read(ipv4(A, B, 6, PAYLOAD, { id: 77, moreFragments: true }), 4)!;
  assert.deepEqual(
    [first.fragment, first.moreFragments, first.fragmentOffset, first.identification],
    [true, true, 0, 77],
  );
  const last = read(ipv4(A, B, 6, PAYLOAD, { id: 77, fragmentOffset: 1480 }), 4)!;
  assert.deepEqual([last.fragment, last.moreFragments, last.fragmentOffset], [true, false, 1480]);
});

test("IPv6 extension headers are passed, up to what is encrypted", () => {
  const extension = (next: number, length = 8): Buffer => {
    const header = Buffer.alloc(length);
    header[0] = next;
    header[1] = length / 8 - 1;
    return header;
  };
  assert.equal(brief(ipv6(A6, B6, 6, PAYLOAD), 6), "6 40 8/8");
  const chain = Buffer.concat([extension(60), extension(43, 16), extension(6, 24), PAYLOAD]);
  assert.equal(brief(ipv6(A6, B6, 0, chain), 6), "6 88 8/8");
  const authentication = Buffer.concat([Buffer.from([6, 4, 0, 0]), Buffer.alloc(20), PAYLOAD]);
  assert.equal(brief(ipv6(A6, B6, 51, authentication), 6), "6 64 8/8");
  assert.equal(brief(ipv6(A6, B6, 50, PAYLOAD), 6), "50 40 8/8");
  assert.equal(brief(ipv6(A6, B6, 59, PAYLOAD), 6), "59 40 8/8");
  // However long the chain is.
  const long = Buffer.concat([...Array.from({ length: 100 }, () => extension(60)), extension(6), PAYLOAD]);
  assert.equal(brief(ipv6(A6, B6, 60, long), 6), `6 ${40 + 101 * 8} 8/8`);
  // A chain that runs out of the packet, and one that never ends.
  assert.equal(brief(ipv6(A6, B6, 0, extension(0)), 6), "-");
  assert.equal(brief(ipv6(A6, B6, 0, Buffer.alloc(800)), 6), "-");
  const ip = read(ipv6(A6, B6, 6, PAYLOAD), 6)!;
  assert.equal(ipv6Text(ip.source0, ip.source1, ip.source2, ip.source3), "2001:db8::1");
});

test("IPv6 fragments, and a fragment header on a whole datagram", () => {
  const fragment = (field: number): Buffer =>
    Buffer.concat([Buffer.from([6, 0, field >> 8, field & 255, 0, 0, 1, 2]), PAYLOAD]);
  const part = read(ipv6(A6, B6, 44, fragment(0x0059)), 6)!;
  assert.deepEqual(
    [part.fragment, part.moreFragments, part.fragmentOffset, part.identification],
    [true, true, 88, 258],
  );
  assert.equal(part.offset, 48);
  const whole = read(ipv6(A6, B6, 44, fragment(0)), 6)!;
  assert.deepEqual([whole.fragment, whole.protocol, whole.offset], [false, 6, 48]);
});

test("IPv6 with payload length 0 takes what was captured", () => {
  const packet = ipv6(A6, B6, 6, PAYLOAD);
  packet.writeUInt16BE(0, 4);
  assert.equal(brief(packet, 6), "6 40 8/8");
});

test("packets in packets", () => {
  const inner = ipv4(A, B, 6, PAYLOAD);
  assert.equal(brief(ipv4(B, A, 4, inner), 4), "6 40 8/8");
  assert.equal(brief(ipv6(A6, B6, 4, inner), 6), "6 60 8/8");
  assert.equal(brief(ipv4(B, A, 41, ipv6(A6, B6, 6, PAYLOAD)), 4), "6 60 8/8");
  const key = Buffer.concat([Buffer.from("2000080000000001", "hex"), inner]);
  assert.equal(brief(ipv4(B, A, 47, key), 4), "6 48 8/8");
  let deep = inner;
  for (let i = 0; i < 50; i++) deep = ipv4(B, A, 4, deep);
  assert.match(brief(deep, 4), /^4 /);
});

test("addresses as text", () => {
  assert.equal(ipv4Text(0), "0.0.0.0");
  assert.equal(ipv4Text(-1), "255.255.255.255");
  const six = (hex: string): string => {
    const b = Buffer.from(hex, "hex");
    return ipv6Text(b.readInt32BE(0), b.readInt32BE(4), b.readInt32BE(8), b.readInt32BE(12));
  };
  // [RFC 5952] 4 and 5.
  assert.equal(six("00000000000000000000000000000000"), "::");
  assert.equal(six("00000000000000000000000000000001"), "::1");
  assert.equal(six("20010db8000000000000000000020001"), "2001:db8::2:1");
  assert.equal(six("20010db8000000010001000100010001"), "2001:db8:0:1:1:1:1:1");
  assert.equal(six("20010db8000000000001000000000001"), "2001:db8::1:0:0:1");
  assert.equal(six("20010000000000010000000000000001"), "2001:0:0:1::1");
  assert.equal(six("fe80000000000000abcd00000000ef00"), "fe80::abcd:0:0:ef00");
  assert.equal(six("00010002000300040005000600070000"), "1:2:3:4:5:6:7:0");
  assert.equal(six("00000000000000000000ffffc0000201"), "::ffff:192.0.2.1");
});

test("any bytes at all", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(4 as const, 6 as const),
      (data, network) => {
        if (data.length > 0) data[0] = network === 4 ? 0x45 : 0x60;
        const ip = read(data, network);
        assert.ok(ip === null || (ip.offset <= ip.end && ip.end <= data.length && ip.length >= 0));
      },
    ),
  );
});
