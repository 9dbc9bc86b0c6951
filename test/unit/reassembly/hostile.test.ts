/** Captures cut off and changed at random: nothing is thrown, and what does come out is consistent. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { Flow } from "../../../src/reassembly/flow.js";
import type { StreamItem } from "../../../src/reassembly/items.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";

const FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), "../../../captures");
const PREFIXES = 25;
const FLIPS = 60;
const LARGEST = 100_000;

/** Whether items obey the rules: open first, offsets without holes, nothing after the close. */
class Rules {
  private readonly open = new Map<Flow, [number, number]>();
  given = 0;

  check(items: readonly StreamItem[]): void {
    for (const item of items) {
      if (item.kind === "open") {
        assert.ok(!this.open.has(item.flow));
        this.open.set(item.flow, [0, 0]);
      } else if (item.kind === "data" || item.kind === "gap") {
        const offsets = this.open.get(item.flow);
        assert.ok(offsets !== undefined);
        assert.equal(item.offset, offsets[item.direction]);
        const size = item.kind === "data" ? item.bytes.length : item.size;
        assert.ok(size >= 0 && (item.kind === "gap" || size > 0));
        offsets[item.direction] += size;
        if (item.kind === "data") this.given += size;
      } else if (item.kind === "close") {
        assert.ok(this.open.delete(item.flow));
      }
    }
  }
}

async function read(data: Uint8Array): Promise<void> {
  let source: Awaited<ReturnType<typeof openInputs>>;
  try {
    source = await openInputs(["-"], { stdin: Readable.from([data], { objectMode: false }) });
  } catch (error) {
    assert.equal((error as Error).name, "NotACapture");
    return;
  }
  const assembler = new StreamAssembler();
  const rules = new Rules();
  const frame = new Frame();
  let captured = 0;
  while (await source.next(frame)) {
    captured += frame.end - frame.start;
    rules.check(assembler.push(frame));
  }
  rules.check(assembler.finish());
  assert.ok(rules.given <= captured);
  await source.close();
}

for (const name of readdirSync(FOLDER).filter((file) => /\.pcap(ng)?$/.test(file))) {
  const whole = readFileSync(join(FOLDER, name));
  if (whole.length > LARGEST) continue;
  test(`${name}, cut off`, async () => {
    for (let i = 1; i <= PREFIXES; i++) {
      await read(Buffer.from(whole.subarray(0, Math.floor((whole.length * i) / PREFIXES) - (i % 7))));
    }
  });
  test(`${name}, changed`, async () => {
    let state = 12_345;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % limit;
    };
    for (let i = 0; i < FLIPS; i++) {
      const changed = Buffer.from(whole);
      for (let n = 0; n <= i % 4; n++) changed[random(changed.length)]! ^= 1 << random(8);
      // Headers are where it hurts: every other time the change is near a record's beginning.
      if (i % 2 === 0) changed[random(Math.min(changed.length, 600))] = random(256);
      await read(changed);
    }
  });
}
