/** UDP conversations have the numbers that Wireshark gives them, in tunnels, in fragments and in errors as well. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import type { IpResult } from "../../../dissectors/ip/result.js";
import { DatagramNumbers } from "../../../src/reassembly/datagram-numbers.js";
import { datagramPdu } from "../../lab/datagram.js";
import { withFiles } from "../../support/capture/read.js";
import { outer, TUNNELS } from "../../support/ip/tunnels.js";
import { capture, framesOf, noTshark } from "../../support/link/judge.js";
import { ether } from "../../support/link/shapes.js";
import { ipv4, ipv6 } from "../../support/reassembly/packets.js";
import { udp } from "../../support/rpc/datagrams.js";
import { analyze, calls } from "../../support/run.js";

const A6 = Buffer.from("20010db8000000000000000000000001", "hex");
const B6 = Buffer.from("20010db8000000000000000000000002", "hex");

/** A PDU that no other is like, so that each is a call of its own. */
let made = 0;
const pdu = (): Uint8Array =>
  datagramPdu(
    {
      type: "request",
      activity: `${(++made).toString(16).padStart(8, "0")}-3e4f-4a5b-8c6d-7e8f90a1b2c3`,
      interfaceId: "12345678-1234-abcd-ef00-0123456789ab",
      sequence: 0,
    },
    new Uint8Array(40),
  );

const packet = (port: number, payload: Uint8Array, six = false): Buffer =>
  six
    ? ipv6(A6, B6, 17, udp(payload, port, 1025))
    : ipv4([192, 0, 2, 1], [192, 0, 2, 2], 17, udp(payload, port, 1025));

/** By frame number: what tshark says of the last UDP header in it. */
async function tshark(file: Buffer): Promise<Map<number, { stream: number; rpc: boolean }>> {
  return withFiles({ capture: file }, async (path) => {
    const fields = ["-T", "fields", "-e", "frame.number", "-e", "udp.stream", "-e", "dcerpc.dg_seqnum"];
    const text = execFileSync("tshark", ["-n", "-r", path("capture"), ...fields], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const found = new Map<number, { stream: number; rpc: boolean }>();
    for (const line of text.trimEnd().split("\n")) {
      const [number, streams, rpc] = line.split("\t");
      if (streams) found.set(Number(number), { stream: Number(streams.split(",").at(-1)), rpc: rpc !== "" });
    }
    return found;
  });
}

test("numbers of conversations are tshark's", { skip: noTshark }, async () => {
  // The authentication header says that TCP is next.
  const shapes = TUNNELS.filter(({ alone, name }) => alone === undefined && name !== "authentication header");
  const inTunnels = framesOf(shapes, (i, six) => [
    packet(40_000 + i, pdu(), six),
    packet(40_000 + i, Buffer.from("no PDU at all"), six),
  ]);
  const payload = udp(pdu(), 50_000, 1025);
  const quoted = Buffer.concat([Buffer.from("0303000000000000", "hex"), packet(50_007, pdu())]);
  const noise = (port: number): Buffer => ether("0800", packet(port, Buffer.from("something"), false));
  const others = [
    noise(50_001),
    // A datagram in two fragments, and in one.
    ether(
      "0800",
      ipv4([192, 0, 2, 1], [192, 0, 2, 2], 17, payload.subarray(0, 64), { id: 9, moreFragments: true }),
    ),
    noise(50_002),
    ether(
      "0800",
      ipv4([192, 0, 2, 1], [192, 0, 2, 2], 17, payload.subarray(64), { id: 9, fragmentOffset: 64 }),
    ),
    ether("0800", packet(50_003, pdu())),
    ether("86dd", packet(50_003, pdu(), true)),
    // An error quotes a datagram that was not captured.
    outer(1, quoted),
    ether("0800", packet(50_004, pdu())),
    noise(50_001),
    ether("0800", packet(50_001, pdu())),
  ].map((data) => ({ linkType: 1, data }));
  const file = capture([...inTunnels, ...others]);
  const theirs = await tshark(file);
  const ours = await withFiles({ capture: file }, async (path) => calls(await analyze([path("capture")])));
  const found = new Set(ours.flatMap(({ frames }) => frames.request));
  shapes.forEach(({ name }, i) => {
    assert.ok(found.has(2 * i + 1), name);
  });
  assert.equal(ours.length, shapes.length + 5);
  for (const { frames, stream } of ours) {
    assert.equal(stream, theirs.get(frames.request.at(-1)!)?.stream, `frame ${frames.request}`);
  }
});

test("beyond the limit a conversation that was quiet makes room", () => {
  const numbers = new DatagramNumbers(100);
  const ip = { version: 4, source0: 1, destination0: 2 } as IpResult;
  const back = { version: 4, source0: 2, destination0: 1 } as IpResult;
  assert.equal(numbers.of(ip, 1, 9), 0);
  for (let port = 2; port <= 1000; port++) {
    assert.equal(numbers.of(ip, port, 9), port - 1);
    // One that goes on stays.
    assert.equal(numbers.of(back, 9, 1), 0);
  }
  assert.equal(numbers.forgotten, 900);
  assert.equal(numbers.of(ip, 2, 9), 1000);
});
