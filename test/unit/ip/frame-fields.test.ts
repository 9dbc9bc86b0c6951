/** The headers of frames field by field: every byte has a name, and the payload is where the ordinary run finds it. */
import assert from "node:assert/strict";
import test from "node:test";
import { type FramePayload, readFrameFields } from "../../../dissectors/ip/frame-fields.js";
import { decodePacket } from "../../../dissectors/ip/ip.js";
import { newIpResult } from "../../../dissectors/ip/result.js";
import { followTunnel } from "../../../dissectors/ip/tunnel.js";
import { decodeLink } from "../../../dissectors/link/link.js";
import { newLinkResult } from "../../../dissectors/link/result.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { TUNNELS } from "../../support/ip/tunnels.js";
import { conversation, FRAMES } from "../../support/link/shapes.js";
import { insideOf, linesOf, tracedOf, uncovered } from "../../support/traced.js";

function read(bytes: Uint8Array, linkType: number) {
  let payload: FramePayload | null = null;
  const root = tracedOf(bytes, (r) => {
    try {
      payload = readFrameFields(r, linkType);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
    }
  });
  return { root, payload: payload as FramePayload | null };
}

/** Where the segment of TCP begins that the ordinary run finds; -1 where it finds none. */
function segmentAt(bytes: Uint8Array, linkType: number): number {
  const link = newLinkResult();
  decodeLink(bytes, 0, bytes.length, linkType, link);
  const ip = newIpResult();
  if (link.network === 0 || !decodePacket(bytes, link.offset, link.end, link.network, ip)) return -1;
  followTunnel(bytes, ip, link);
  return ip.protocol === 6 ? ip.offset : -1;
}

test("every kind of frame and tunnel: ports, the place of the payload, and no byte before it without a name", () => {
  for (const { name, linkType, wrap, six } of [...FRAMES, ...TUNNELS]) {
    for (const packet of conversation(40_000, six === true)) {
      const bytes = wrap(packet);
      const { root, payload } = read(bytes, linkType);
      const at = segmentAt(bytes, linkType);
      if (at < 0) continue;
      assert.ok(payload !== null && payload.protocol === "tcp", name);
      assert.ok([payload.ports?.sourcePort, payload.ports?.destinationPort].includes(135), name);
      assert.equal(payload.start, at + ((bytes[at + 12]! >> 4) << 2), name);
      assert.deepEqual(uncovered(root, 0, payload.start), [], name);
      assert.ok(insideOf(root, bytes.length));
    }
  }
});

test("cut anywhere, nothing lies outside", () => {
  for (const { linkType, wrap, six } of [...FRAMES, ...TUNNELS]) {
    const bytes = wrap(conversation(40_000, six === true)[3]!);
    for (let size = 0; size < bytes.length; size += 3) {
      assert.ok(insideOf(read(bytes.subarray(0, size), linkType).root, size));
    }
  }
});

test("names and values of a segment in a VLAN, with options", () => {
  const bytes = Buffer.from(
    "020000000001020000000002" +
      "81002064" +
      "0800" +
      "4500003412344000400600007f0000017f000002" +
      "c0010087000000640000038480180400abcd0000" +
      "0101080a0000000100000002",
    "hex",
  );
  assert.deepEqual(linesOf(read(bytes, 1).root).slice(1), [
    "  Ethernet 0+14",
    "    Destination Address 0+6 02:00:00:00:00:01",
    "    Source Address 6+6 02:00:00:00:00:02",
    "    Type 12+2 Customer VLAN Tag",
    "  VLAN tag 14+4",
    "    Tag Control Information 14+2 8292",
    "    Type 16+2 IPv4",
    "  IPv4 18+20",
    "    Version, IHL 18+1 69",
    "    DSCP, ECN 19+1 0",
    "    Total Length 20+2 52",
    "    Identification 22+2 0x1234",
    "    Flags, Fragment Offset 24+2 16384",
    "    Time to Live 26+1 64",
    "    Protocol 27+1 TCP",
    "    Header Checksum 28+2 0x0",
    "    Source Address 30+4 127.0.0.1",
    "    Destination Address 34+4 127.0.0.2",
    "  TCP 38+32",
    "    Source Port 38+2 49153",
    "    Destination Port 40+2 135",
    "    Sequence Number 42+4 100",
    "    Acknowledgment Number 46+4 900",
    "    Data Offset, Rsrvd 50+1 128",
    "    Control bits 51+1 24",
    "    Window 52+2 1024",
    "    Checksum 54+2 0xabcd",
    "    Urgent Pointer 56+2 0",
    "    Options 58+12",
    "      Kind 58+1 No-Operation",
    "      Kind 59+1 No-Operation",
    "      Timestamps 60+10",
    "        Kind 60+1 Timestamps",
    "        Length 61+1 10",
    "        TSval 62+4 1",
    "        TSecr 66+4 2",
  ]);
});
