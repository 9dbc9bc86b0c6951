/** Damaged input: every prefix and every flipped byte of the shipped captures is read to its end, with notes, never a throw. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { NotACapture } from "../../../src/capture/formats.js";
import { analyze, calls } from "../../support/run.js";

const folder = new URL("../../../captures/", import.meta.url);
const captures = readdirSync(folder).filter((f) => /\.(pcap|pcapng)$/.test(f));

/** Bytes of each capture that are flipped, and lengths it is cut to: spread evenly, with a different start for each.
 * Many more of them: `npm run fuzz -- --target containers`. */
const SAMPLES = 12;

async function read(bytes: Uint8Array, path: string): Promise<number | null> {
  writeFileSync(path, bytes);
  try {
    const events = await analyze([path]);
    assert.equal(events[events.length - 1]?.type, "summary");
    return calls(events).length;
  } catch (e) {
    if (e instanceof NotACapture) return null;
    throw e;
  }
}

for (const [index, capture] of captures.entries()) {
  test(`${capture}: cut or flipped anywhere`, async (t) => {
    const temporary = mkdtempSync(join(tmpdir(), "raiscope-"));
    t.after(() => rmSync(temporary, { recursive: true }));
    const path = join(temporary, "damaged.pcap");
    const whole = readFileSync(new URL(capture, folder));
    const all = (await read(whole, path)) ?? 0;
    const step = whole.length / SAMPLES;
    let before = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const at = Math.floor(i * step + (index % step));
      const cut = await read(whole.subarray(0, at), path);
      if (cut !== null) {
        assert.ok(cut >= before, `a longer prefix (${at}) gives fewer calls: ${cut} after ${before}`);
        before = cut;
      }
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (i % 8);
      await read(flipped, path);
    }
    assert.ok(before <= all);
  });
}
