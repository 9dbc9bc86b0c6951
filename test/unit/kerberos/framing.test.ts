/** The length before each message of a KDC on TCP, [RFC 4120] 7.2.2. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageSize } from "../../../dissectors/kerberos/framing.js";

test("four bytes, big-endian; a size that no message has is none", () => {
  assert.equal(messageSize(Uint8Array.of(9, 0, 0, 0x05, 0x39), 1), 0x539);
  assert.equal(messageSize(Uint8Array.of(0, 2, 0, 0), 0), 128 * 1024);
  assert.equal(messageSize(Uint8Array.of(0, 2, 0, 1), 0), 0);
  // The high bit is reserved for extensions.
  assert.equal(messageSize(Uint8Array.of(0x80, 0, 0, 1), 0), 0);
});
