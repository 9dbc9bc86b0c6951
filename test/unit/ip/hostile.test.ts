/** Every kind of frame and tunnel, with any byte changed and cut off anywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Frame } from "../../../src/capture/frame.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { TUNNELS } from "../../support/ip/tunnels.js";
import { conversation, FRAMES } from "../../support/link/shapes.js";

test("nothing is thrown, and nothing is invented out of what was cut off", () => {
  const frame = new Frame();
  for (const { name, linkType, wrap, six } of [...FRAMES, ...TUNNELS]) {
    const whole = wrap(conversation(40_000, six === true)[3]!);
    const assembler = new StreamAssembler();
    const push = (data: Uint8Array, wireLength: number): void => {
      frame.number++;
      frame.linkType = linkType;
      frame.data = data;
      frame.start = 0;
      frame.end = data.length;
      frame.wireLength = wireLength;
      assembler.push(frame);
    };
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 0xff, whole[at]! ^ 1, whole[at]! ^ 0x80]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        push(changed, whole.length);
      }
    }
    const before = assembler.counters.tcpSegments;
    // No more than the last 16 bytes of a header and the data behind may be missing from a segment that counts.
    for (let size = 0; size < whole.length; size++) push(whole.subarray(0, size), whole.length);
    assert.ok(assembler.counters.tcpSegments - before <= 50, name);
    assembler.finish();
    const reported = assembler
      .notRead()
      .find(({ code, what }) => code === "headers-cut" && what.includes("header"));
    assert.ok(reported !== undefined && reported.count > 10, name);
  }
});
