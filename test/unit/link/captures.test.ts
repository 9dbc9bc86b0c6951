/** A conversation in every kind of frame: found whole, and numbered as tshark numbers it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { capture, framesOf, noTshark, see, tsharkStreams } from "../../support/link/judge.js";
import { conversation, FRAMES } from "../../support/link/shapes.js";
import { sharedDir } from "../../support/shared.js";

const PORT = 40_000;

test("a conversation is found in every kind of frame", async () => {
  for (const shape of FRAMES) {
    const seen = await see(capture(framesOf([shape], (_, six) => conversation(PORT, six))));
    assert.equal(seen.counters.tcpSegments, 5, shape.name);
    assert.equal(seen.counters.ipPackets, 5, shape.name);
    assert.deepEqual(seen.data, ["a questionan answer to it"], shape.name);
    const ends = shape.six ? "2001:db8::1 40000 2001:db8::2 135" : "192.0.2.1 40000 192.0.2.2 135";
    assert.deepEqual(seen.endpoints, [ends], shape.name);
    assert.deepEqual(seen.notRead, [], shape.name);
  }
});

test("tshark finds the same conversations in the same frames", { skip: noTshark }, async () => {
  const shapes = FRAMES.filter(({ alone }) => alone === undefined);
  const file = capture(framesOf(shapes, (i, six) => conversation(PORT + i, six)));
  const { streams, segments } = await tsharkStreams(file);
  const seen = await see(file);
  const name = (frame: number): string => `${frame}: ${shapes[Math.floor((frame - 1) / 5)]!.name}`;
  for (let frame = 1; frame <= shapes.length * 5; frame++) {
    assert.equal(seen.streams.get(frame), streams.get(frame), name(frame));
  }
  assert.equal(seen.counters.tcpSegments, segments);
});

const shared = sharedDir();

test("captures that others made of such frames", {
  skip: shared === null && "no ../shared",
}, async () => {
  const kinds = ["chdlc", "erspan2", "ieee80211", "ipoib", "mpls", "nflog", "radiotap", "vxlan"];
  for (const kind of kinds) {
    const seen = await see(readFileSync(join(shared!, "faults", `silent-${kind}.pcap`)));
    assert.equal(seen.counters.tcpSegments, 10, kind);
    assert.deepEqual(seen.endpoints, ["192.0.2.10 50000 192.0.2.20 135"], kind);
  }
});
