/** TCP headers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTcp, newTcpResult } from "../../../dissectors/tcp.js";
import { tcpSegment } from "../../support/reassembly/packets.js";

test("fields, with options, whatever the checksum", () => {
  const out = newTcpResult();
  const segment = tcpSegment(40_000, 135, 0xfffffffe, 7, 0x18, Buffer.from("data"), Buffer.alloc(12, 1));
  segment.writeUInt16BE(0xdead, 16);
  assert.equal(decodeTcp(segment, 0, segment.length, out), true);
  assert.deepEqual(out, {
    sourcePort: 40_000,
    destinationPort: 135,
    sequence: -2,
    acknowledgment: 7,
    flags: 0x18,
    window: 65_535,
    headerLength: 32,
  });
});

test("a header cut by the capture is read as far as its window", () => {
  const segment = tcpSegment(1, 2, 3, 4, 0x10);
  for (let size = 0; size <= 20; size++) {
    assert.equal(decodeTcp(segment, 0, size, newTcpResult()), size >= 16);
  }
});
