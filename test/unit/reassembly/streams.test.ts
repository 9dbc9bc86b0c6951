/** When a conversation begins and ends, what number it has, and what limits do. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Frame } from "../../../src/capture/frame.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { bytesOf, keep, run, transcript } from "../../support/reassembly/collect.js";
import {
  ACK,
  FIN,
  frameOf,
  framesOf,
  ipv4,
  ipv6,
  packetOf,
  RST,
  type SegmentSpec,
  SYN,
  tcpSegment,
} from "../../support/reassembly/packets.js";

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

/** The stream number that each frame gets, or null. */
function numbers(frames: readonly Frame[]): (number | null)[] {
  const assembler = new StreamAssembler();
  return frames.map((frame) => {
    const before = assembler.counters.streams;
    assembler.push(frame);
    return assembler.counters.streams > before ? before : null;
  });
}

/** Frames (raw IP) as a pcap file. */
function pcap(frames: readonly Frame[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20);
  const parts: Buffer[] = [header];
  for (const frame of frames) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1000 + frame.number, 0);
    record.writeUInt32LE(frame.end - frame.start, 8);
    record.writeUInt32LE(frame.wireLength, 12);
    parts.push(record, Buffer.from(frame.data.subarray(frame.start, frame.end)));
  }
  return Buffer.concat(parts);
}

function icmpError(type: number, quoted: Buffer): Buffer {
  return ipv4(
    [10, 0, 0, 9],
    [10, 0, 0, 1],
    1,
    Buffer.concat([Buffer.from([type, 3, 0, 0, 0, 0, 0, 0]), quoted]),
  );
}

const other: SegmentSpec = { from: 0, seq: 1, ack: 2, port: 77 };
const c = (seq: number, flags = ACK, ack = 5001): Buffer => packetOf({ from: 0, seq, ack, flags });
const s = (seq: number, flags = ACK, ack = 1001): Buffer => packetOf({ from: 1, seq, ack, flags });
const next = packetOf(other);

/** Packets whose numbering tshark is asked about. */
const CASES: { [name: string]: (Buffer | [Buffer, number])[] } = {
  "SYN sent twice, then another": [c(1000, SYN), c(1000, SYN), c(2000, SYN), c(2001)],
  "data, then a SYN": [c(500), c(1000, SYN), next],
  "data, then the SYN before them": [c(1001), c(1000, SYN), next],
  "SYN, reset, the same SYN": [c(1000, SYN), s(0, RST | ACK), c(1000, SYN), next],
  "answered with two numbers": [c(1000, SYN), s(5000, SYN | ACK), s(6000, SYN | ACK), next],
  "answer first, then its SYN": [s(5000, SYN | ACK), c(1000, SYN), next],
  "answer first, then another SYN": [s(5000, SYN | ACK), c(1500, SYN), next],
  "server's data, then the client's SYN": [s(5001), c(1000, SYN), c(999, SYN), next],
  "both sides call": [c(1000, SYN, 0), s(7000, SYN, 0), next],
  "reset first": [c(1000, RST, 0), c(2000, SYN), next],
  "stray FIN": [c(1000, SYN), c(5, FIN | ACK), c(1000, SYN), next],
  "ICMP error that quotes a whole header": [icmpError(3, c(1000)), next],
  "ICMP error that quotes eight bytes": [icmpError(3, c(1000).subarray(0, 28)), next],
  "ICMP error, then the SYN it is about": [icmpError(11, c(1000, SYN)), c(1000, SYN), c(2000, SYN)],
  "ICMP that is no error": [icmpError(8, c(1000)), next],
  "header lengths that cannot be": [
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1, 2, 1, 1, ACK).fill(0x40, 12, 13)),
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1, 3, 1, 1, ACK).fill(0, 12, 13)),
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1, 4, 1, 1, ACK).fill(0xf0, 12, 13)),
    next,
  ],
  "short TCP headers": Array.from({ length: 21 }, (_, i) =>
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1000 + i, 135, 1, 1, ACK).subarray(0, i)),
  ),
  "TCP headers cut by the capture": Array.from({ length: 24 }, (_, i): [Buffer, number] => [
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1000 + i, 135, 1, 1, ACK, Buffer.from("abcdefgh"))),
    20 + i,
  ]),
  "total length 0, too small, too large": [
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1, 2, 1, 1, ACK), { totalLength: 0 }),
    ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(1, 3, 1, 1, ACK), { totalLength: 19 }),
    next,
  ],
  "packets in packets": [
    ipv4([10, 0, 0, 8], [10, 0, 0, 9], 4, c(1000)),
    ipv4(
      [10, 0, 0, 8],
      [10, 0, 0, 9],
      47,
      Buffer.concat([Buffer.from([0, 0, 8, 0]), packetOf({ from: 0, seq: 1, port: 5 })]),
    ),
    ipv6(Buffer.alloc(16, 1), Buffer.alloc(16, 2), 4, packetOf({ from: 0, seq: 1, port: 6 })),
    ipv4(
      [10, 0, 0, 8],
      [10, 0, 0, 9],
      41,
      ipv6(Buffer.alloc(16, 1), Buffer.alloc(16, 2), 6, tcpSegment(9, 8, 1, 1, ACK)),
    ),
    next,
  ],
  "a host that talks to itself": [
    ipv4([10, 0, 0, 1], [10, 0, 0, 1], 6, tcpSegment(135, 135, 1, 0, SYN)),
    ipv4([10, 0, 0, 1], [10, 0, 0, 1], 6, tcpSegment(135, 135, 9, 2, SYN | ACK)),
    next,
  ],
};

/** The same packet between hosts that only this case has. */
function moved(packet: Buffer, index: number): Buffer {
  const copy = Buffer.from(packet);
  for (let i = 0; i + 4 <= copy.length; i++) {
    if (copy.readUInt32BE(i) >>> 4 === 0x0a00000) copy[i + 1] = index;
  }
  return copy;
}

test("numbers as tshark gives them", { skip: !hasTshark && "no tshark" }, () => {
  const labels: string[] = [];
  const frames: Frame[] = [];
  Object.entries(CASES).forEach(([name, packets], index) => {
    for (const entry of packets) {
      const [packet, captured] = Array.isArray(entry) ? entry : [entry, entry.length];
      labels.push(name);
      frames.push(frameOf(moved(packet, index + 1), frames.length + 1, frames.length / 1000, 101, captured));
    }
  });
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  try {
    const path = join(folder, "x.pcap");
    writeFileSync(path, pcap(frames));
    const text = execFileSync("tshark", ["-r", path, "-T", "fields", "-e", "tcp.stream"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const seen = new Set<string>();
    const wanted = text.split("\n").slice(0, frames.length);
    const fresh = wanted.map((stream) => {
      if (stream === "" || seen.has(stream)) return null;
      seen.add(stream);
      return Number(stream);
    });
    const report = (all: (number | null)[]): string[] =>
      all.map((number, i) => `${i} ${labels[i]}: ${number}`);
    assert.deepEqual(report(numbers(frames)), report(fresh));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("port reuse is a new conversation", () => {
  const specs: SegmentSpec[] = [];
  for (const base of [1000, 900_000]) {
    specs.push(
      { from: 0, seq: base, flags: SYN },
      { from: 1, seq: base + 50, ack: base + 1, flags: SYN | ACK },
      { from: 0, seq: base + 1, ack: base + 51, data: `from ${base}` },
    );
  }
  assert.deepEqual(transcript(run(framesOf(specs))), [
    "open 0",
    "0>from 1000",
    "close reuse",
    "open 1",
    "0>from 900000",
    "close end",
  ]);
});

test("port reuse with the same number, after the conversation was over", () => {
  const once: SegmentSpec[] = [
    { from: 0, seq: 1000, flags: SYN },
    { from: 1, seq: 5000, ack: 1001, flags: SYN | ACK },
    { from: 0, seq: 1001, ack: 5001, data: "hello", flags: FIN | ACK },
    { from: 1, seq: 5001, ack: 1007, flags: FIN | ACK },
  ];
  const half = ["0>hello", "close fin"];
  assert.deepEqual(transcript(run(framesOf([...once, ...once]))), ["open 0", ...half, "open 1", ...half]);
});

test("who called, whichever frame came first", () => {
  const specs: SegmentSpec[] = [
    { from: 1, seq: 5000, ack: 1001, flags: SYN | ACK },
    { from: 0, seq: 1000, flags: SYN },
  ];
  const open = run(framesOf(specs))[0];
  assert.ok(open?.kind === "open");
  assert.deepEqual(open.flow.endpoint0, { address: "10.0.0.1", port: 40_000 });
  assert.deepEqual(open.flow.endpoint1, { address: "10.0.0.2", port: 135 });
  assert.equal(open.flow.midstream, false);
});

test("a dismissed flow gives nothing and counts on", () => {
  const assembler = new StreamAssembler();
  const frames = framesOf([
    { from: 0, seq: 1000, flags: SYN },
    { from: 0, seq: 1001, data: "one" },
    { from: 0, seq: 1004, data: "two" },
    { from: 0, seq: 1100, data: "three" },
    { from: 0, seq: 1105, flags: FIN | ACK },
  ]);
  const open = keep(assembler.push(frames[0]!))[0];
  assert.ok(open?.kind === "open");
  assert.equal(assembler.push(frames[1]!).length, 1);
  open.flow.dismiss();
  const nothing = assembler.push(frames[2]!);
  assert.equal(nothing.length, 0);
  assert.equal(assembler.push(frames[3]!), nothing);
  assert.equal(assembler.push(frames[4]!), nothing);
  assert.equal(assembler.finish().length, 0);
  assert.equal(open.flow.half0.packets, 5);
  assert.equal(open.flow.half0.bytes, 11);
});

test("more conversations than are kept: the quiet ones go, the numbers go on", () => {
  const specs: SegmentSpec[] = [];
  for (let i = 0; i < 500; i++) specs.push({ from: 0, seq: 1000, flags: SYN, port: 1000 + i });
  const items = run(framesOf(specs), { flows: 100 });
  const opened = items.filter((item) => item.kind === "open").map((item) => item.flow.stream);
  assert.deepEqual(
    opened,
    Array.from({ length: 500 }, (_, i) => i),
  );
  assert.equal(items.filter((item) => item.kind === "close").length, 500);
  assert.equal(items.filter((item) => item.kind === "note" && item.code === "flow-limit").length, 1);
});

test("bytes held stay below the limit, and giving them up is reported", () => {
  const specs: SegmentSpec[] = [];
  for (let port = 1; port <= 50; port++) {
    specs.push(
      { from: 0, seq: 1000, flags: SYN, port },
      { from: 1, seq: 5000, ack: 1001, flags: SYN | ACK, port },
    );
    for (let i = 0; i < 20; i++)
      specs.push({ from: 0, seq: 1101 + i * 100, ack: 5001, data: "x".repeat(100), port });
  }
  const items = run(framesOf(specs), { bytes: 20_000 });
  for (let stream = 0; stream < 50; stream++) {
    assert.equal(bytesOf(items, 0, stream), "?".repeat(100) + "x".repeat(2000));
  }
  assert.ok(items.some((item) => item.kind === "gap" && item.reason === "limit"));
  assert.ok(items.some((item) => item.kind === "note" && item.code === "memory-limit"));
});

test("IPv6 endpoints", () => {
  const source = Buffer.from("fe800000000000000000000000000001", "hex");
  const destination = Buffer.from("20010db8000000000000000000000035", "hex");
  const frames = [
    frameOf(ipv6(source, destination, 6, tcpSegment(1, 135, 10, 0, SYN)), 1),
    frameOf(ipv6(destination, source, 6, tcpSegment(135, 1, 20, 11, SYN | ACK)), 2),
    frameOf(ipv6(source, destination, 6, tcpSegment(1, 135, 11, 21, ACK, Buffer.from("v6"))), 3),
  ];
  const items = run(frames);
  assert.deepEqual(transcript(items), ["open 0", "0>v6", "close end"]);
  const open = items[0]!;
  assert.equal(open.kind === "open" && open.flow.endpoint0.address, "fe80::1");
  assert.equal(open.kind === "open" && open.flow.endpoint1.address, "2001:db8::35");
});

test("a segment larger than 64 KB, with total length 0", () => {
  const data = Buffer.alloc(100_000, 0x61);
  const packet = ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, tcpSegment(40_000, 135, 1001, 1, ACK, data), {
    totalLength: 0,
  });
  const items = run([...framesOf([{ from: 0, seq: 1000, flags: SYN }]), frameOf(packet, 2)]);
  assert.equal(bytesOf(items, 0).length, 100_000);
});
