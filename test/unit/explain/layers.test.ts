/** The layers of frames: no byte of a frame of the project's captures is without a field. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { Explainer } from "../../../src/explain/explainer.js";
import { CAPTURES } from "../../support/golden.js";
import { insideOf, linesOf, uncovered } from "../../support/traced.js";

const names = readdirSync(CAPTURES).filter((name) => /\.pcap(?:ng)?$/.test(name));

for (const name of names) {
  test(`${name}: every byte of every frame`, async () => {
    const source = await openInputs([`${CAPTURES}/${name}`]);
    const explainer = new Explainer();
    const frame = new Frame();
    let count = 0;
    while (await source.next(frame)) {
      const { root, sources } = explainer.frame(frame, []);
      const size = frame.end - frame.start;
      assert.equal(sources.length, 1);
      assert.deepEqual(uncovered(root, 0, size), [], `frame ${frame.number}\n${linesOf(root).join("\n")}`);
      assert.ok(insideOf(root, size));
      count++;
    }
    await source.close();
    assert.ok(count > 0);
  });
}
