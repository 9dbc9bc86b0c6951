/** Frames that are not read: reported by their kind and their number, and never taken for frames without anything in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePacket } from "../../../dissectors/ip/ip.js";
import { newIpResult } from "../../../dissectors/ip/result.js";
import { followTunnel } from "../../../dissectors/ip/tunnel.js";
import { decodeLink, LinkType, nextInFrame } from "../../../dissectors/link/link.js";
import { newLinkResult, UNREAD_KINDS } from "../../../dissectors/link/result.js";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import type { NoteRecord, SummaryRecord } from "../../../src/events.js";
import { summaryLines } from "../../../src/output/summary.js";
import { outer } from "../../support/ip/tunnels.js";
import { capture, see } from "../../support/link/judge.js";
import { bytes, conversation, ether } from "../../support/link/shapes.js";
import { ipv4, SYN, tcpSegment } from "../../support/reassembly/packets.js";

const frames = (linkType: number, count: number): { linkType: number; data: Buffer }[] =>
  Array.from({ length: count }, () => ({ linkType, data: Buffer.alloc(60, 0x45) }));

test("each link type that is not read has a note of its own, with its name and the number of frames", async () => {
  const file = capture([...frames(10, 3), ...frames(107, 1), ...frames(149, 2), ...frames(9999, 1)]);
  const seen = await see(file);
  assert.deepEqual(seen.notes, [
    "link-type-not-read: 3 frames of link type FDDI (10) are not read",
    "link-type-not-read: 1 frame of link type frame relay (107) is not read",
    "link-type-not-read: 2 frames of link type USER2 (149) are not read",
    "link-type-not-read: 1 frame of link type 9999 is not read",
  ]);
});

test("more link types than anybody has take no more memory", async () => {
  const file = capture(Array.from({ length: 400 }, (_, i) => frames(1000 + i, 1)[0]!));
  const seen = await see(file);
  assert.equal(seen.notRead.length, 257);
  assert.equal(seen.notRead[256], "144 frames of other link types");
});

test("other network protocols and short frames are other traffic, without a note", async () => {
  const arp = ether("0806", Buffer.alloc(28));
  const lldp = ether("88cc", Buffer.alloc(40));
  const bridge = bytes("0180c2000000 020000000001 0026 424203", Buffer.alloc(35));
  const seen = await see(
    capture([arp, lldp, bridge, arp.subarray(0, 9)].map((data) => ({ linkType: 1, data }))),
  );
  assert.equal(seen.counters.otherFrames, 4);
  assert.deepEqual(seen.notes, []);
});

test("encrypted MACsec, DOCSIS privacy, strange MPLS and batman-adv are reported", async () => {
  const kinds: [linkType: number, data: Buffer, reported: string][] = [
    [
      1,
      ether("88e5", bytes("2c 00 00000001 0200000000010001", Buffer.alloc(40, 9))),
      "1 frame encrypted by MACsec",
    ],
    [1, ether("4305", Buffer.alloc(60, 9)), "1 frame in batman-adv"],
    [
      1,
      ether("8847", bytes("00010140", Buffer.alloc(60, 0x99))),
      "1 frame in MPLS with a payload of another kind than IP or Ethernet",
    ],
    [
      143,
      bytes("01 05 0040 35 10 8001 0000 0000", Buffer.alloc(60, 9)),
      "1 frame encrypted by DOCSIS Baseline Privacy",
    ],
    [274, bytes("55555555555555 e6", Buffer.alloc(60, 9)), "1 part of preempted Ethernet frames"],
  ];
  for (const [linkType, data, reported] of kinds) {
    assert.deepEqual((await see(capture([{ linkType, data }]))).notRead, [reported]);
  }
});

/** Runs frames of Ethernet through everything; the summary and the notes that come out. */
function run(packets: readonly Buffer[], wireLength = 0): { summary: SummaryRecord; notes: NoteRecord[] } {
  const analyzer = new Analyzer();
  const frame = new Frame();
  const events = packets.flatMap((data, i) => {
    frame.number = i + 1;
    frame.linkType = LinkType.ETHERNET;
    frame.data = data;
    frame.end = data.length;
    frame.wireLength = Math.max(wireLength, data.length);
    return [...analyzer.push(frame)];
  });
  events.push(...analyzer.finish());
  return {
    summary: events.find((event) => event.type === "summary")!,
    notes: events.filter((event) => event.type === "note"),
  };
}

const first = (packets: readonly Buffer[], wireLength?: number): string =>
  summaryLines(run(packets, wireLength).summary)[0]!;

/** The beginning of a conversation with `port` on which `data` is sent. */
function begun(port: number, ...data: Buffer[]): Buffer[] {
  const segment = (seq: number, flags: number, payload: Uint8Array): Buffer =>
    ether("0800", ipv4([192, 0, 2, 1], [192, 0, 2, 2], 6, tcpSegment(50_000, port, seq, 0, flags, payload)));
  let seq = 2;
  return [
    segment(1, SYN, Buffer.alloc(0)),
    ...data.map((payload) => {
      seq += payload.length;
      return segment(seq - payload.length, 16, payload);
    }),
  ];
}

const SMB2 = bytes("00000044 fe534d42 4000", Buffer.alloc(62));

/** A message that is encrypted: of which session, and nothing more. */
const SEALED = bytes("00000054 fd534d42", Buffer.alloc(48), "fd534d42", Buffer.alloc(28));

test("SMB that is not read is counted, on whatever port", () => {
  const counted = (packets: readonly Buffer[]): number => run(packets).summary.traffic.smb_streams;
  assert.equal(counted(begun(445, SMB2)), 0);
  assert.equal(counted(begun(445, bytes("00000054 ff534d42 72", Buffer.alloc(79)))), 0);
  assert.equal(counted(begun(445, SEALED)), 1);
  assert.equal(counted(begun(4450, SEALED)), 1);
  assert.equal(counted(begun(445, SMB2, SEALED, SEALED)), 1);
  // The session's header may come alone; on port 139 a session is asked for first.
  assert.equal(counted(begun(445, SEALED.subarray(0, 4), SEALED.subarray(4))), 1);
  assert.equal(counted(begun(139, bytes("81000044 20", Buffer.alloc(67, 0x41)), SEALED)), 1);
  // One whose beginning was not captured, and in which no message is found.
  assert.equal(counted(begun(445, Buffer.alloc(500, 0x33)).slice(1)), 1);
  assert.equal(counted(begun(445, Buffer.alloc(500, 0x33), SMB2).slice(1)), 0);
  assert.equal(counted(begun(8080, Buffer.from("GET / HTTP/1.1\r\n\r\n"))), 0);
  assert.equal(counted(begun(445, Buffer.from("GET / HTTP/1.1\r\n\r\n"))), 0);
  assert.equal(first(begun(445, SMB2)), "No DCE/RPC in this capture.");
  assert.equal(
    first([...begun(445, SEALED), ...begun(139, SEALED)]),
    "No DCE/RPC in what could be read: 2 SMB conversations were not decoded.",
  );
});

test("RPC over HTTP is counted by its method", () => {
  const packets = begun(80, Buffer.from("RPC_IN_DATA /rpc/rpcproxy.dll?server:593 HTTP/1.1\r\n"));
  assert.equal(
    first(packets),
    "No DCE/RPC in what could be read: 1 RPC-over-HTTP conversation was not decoded.",
  );
});

test("DCE/RPC is denied of a capture only where all of it was looked at", () => {
  const segments = conversation(40_000).map((packet) => ether("0800", packet));
  assert.equal(first(segments), "No DCE/RPC in this capture.");
  assert.equal(
    first(segments, 70),
    "No DCE/RPC in this capture.",
    "padding of the link layer is no part of any packet",
  );
  assert.equal(
    first(
      segments.map((data) => data.subarray(0, 54)),
      200,
    ),
    "No DCE/RPC in what could be read: 2 TCP segments cut by the snap length are not read.",
  );
  assert.equal(
    first([...segments, outer(50, Buffer.alloc(40, 7))]),
    "No DCE/RPC in what could be read: 1 packet encrypted by ESP (IPsec) is not read.",
  );
  const fragment = ether(
    "0800",
    ipv4([192, 0, 2, 1], [192, 0, 2, 2], 6, Buffer.alloc(64), { id: 1, moreFragments: true }),
  );
  assert.equal(
    first([...segments, fragment]),
    "No DCE/RPC in what could be read: 1 IP datagram that never became whole is not read.",
  );
});

test("any bytes in any frame and any tunnel: an answer within the frame, and no exception", () => {
  const linkTypes = Object.values(LinkType);
  const link = newLinkResult();
  const tunnel = newLinkResult();
  const ip = newIpResult();
  const check = (data: Uint8Array): void => {
    assert.ok(link.network === 0 || (link.offset <= link.end && link.end <= data.length));
    assert.ok(link.unread >= 0 && link.unread < UNREAD_KINDS);
    if (link.network === 0 || !decodePacket(data, link.offset, link.end, link.network, ip)) return;
    tunnel.depth = link.depth;
    if (!followTunnel(data, ip, tunnel)) return;
    assert.ok(ip.offset <= ip.end && ip.end <= data.length && ip.length >= 0);
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...linkTypes), (data, linkType) => {
      decodeLink(data, 0, data.length, linkType, link);
      check(data);
      for (let n = 0; nextInFrame(data, link); n++) {
        assert.ok(n < 100);
        check(data);
      }
    }),
    { numRuns: 3000 },
  );
});
