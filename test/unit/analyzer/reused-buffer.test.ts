/** A program that uses the analyzer may hand in Node buffers, and use their memory again. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";

const CAPTURES = new URL("../../../captures/", import.meta.url).pathname;

/** What the analyzer says of a capture, each frame of which it sees as `prepare` puts it. */
async function said(path: string, prepare: (frame: Frame) => void): Promise<string[]> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer();
  const frame = new Frame();
  const lines: string[] = [];
  while (await source.next(frame)) {
    prepare(frame);
    for (const event of analyzer.push(frame)) lines.push(JSON.stringify(event));
  }
  for (const event of analyzer.finish()) lines.push(JSON.stringify(event));
  return lines;
}

for (const name of readdirSync(CAPTURES).filter((n) => /\.pcap(ng)?$/.test(n))) {
  test(name, async () => {
    const landing = Buffer.alloc(1 << 18);
    const reused = await said(CAPTURES + name, (frame) => {
      landing.fill(0xee);
      landing.set(frame.data.subarray(frame.start, frame.end));
      frame.end -= frame.start;
      frame.start = 0;
      frame.data = landing;
    });
    assert.deepEqual(reused, await said(CAPTURES + name, () => {}));
  });
}
