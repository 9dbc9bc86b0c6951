/** Which messages of ICMP quote a packet, [RFC 792] and [RFC 4443] 2.1. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { quotedPacket } from "../../../dissectors/ip/icmp.js";

const quoting = (network: 4 | 6): number[] =>
  Array.from({ length: 256 }, (_, type) => type).filter(
    (type) => quotedPacket(Uint8Array.of(0, type, 0, 0, 0, 0, 0, 0, 0, 0x45), 1, 10, network) === 9,
  );

test("errors quote the packet behind eight bytes; nothing else does", () => {
  // Destination Unreachable, Source Quench, Redirect, Time Exceeded, Parameter Problem.
  assert.deepEqual(quoting(4), [3, 4, 5, 11, 12]);
  // Destination Unreachable, Packet Too Big, Time Exceeded, Parameter Problem.
  assert.deepEqual(quoting(6), [1, 2, 3, 4]);
});

test("a message without its header quotes nothing", () => {
  assert.equal(quotedPacket(Uint8Array.of(3, 0, 0, 0, 0, 0, 0), 0, 7, 4), -1);
});
