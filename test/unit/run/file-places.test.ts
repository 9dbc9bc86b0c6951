/** Which file a frame of the run is in: the stretches, and what records and views make of them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { MemoryBudget } from "../../../src/budget.js";
import type { CallRecord } from "../../../src/events.js";
import { FilePlaces } from "../../../src/run/file-places.js";
import { splitPcap } from "../../support/capture/split.js";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-places-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-privacy-ntlmssp.pcap", import.meta.url));

test("every frame is found where it was, in whatever order files take turns and frames are left out", () => {
  const turn = fc.record({ file: fc.nat(3), seen: fc.boolean() });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 900 }), (turns) => {
      const places = new FilePlaces();
      const counts = [0, 0, 0, 0];
      const expected = new Map<number, { file: number; number: number }>();
      for (const [index, { file, seen }] of turns.entries()) {
        const number = ++counts[file]!;
        if (!seen) continue;
        places.see(index + 1, file, number);
        expected.set(index + 1, { file, number });
      }
      for (const [frame, place] of expected) assert.deepEqual(places.of(frame), place);
      assert.equal(places.of(0), null);
    }),
  );
});

test("where memory is short the older frames are forgotten, and none is taken for another", () => {
  const budget = new MemoryBudget(1 << 20);
  const kind = budget.kind("places", 1);
  const places = new FilePlaces(kind);
  for (let i = 1; i <= 10_000; i++) places.see(i, i % 2, Math.ceil(i / 2));
  const held = kind.bytes;
  places.giveUp();
  assert.ok(kind.bytes <= held / 2 + 40);
  assert.equal(places.of(1), null);
  for (const i of [5_002, 9_999, 10_000]) {
    assert.deepEqual(places.of(i), { file: i % 2, number: Math.ceil(i / 2) });
  }
});

const KEY = ["--password", "Help4Desk!"];

const calls = (text: string): CallRecord[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

for (const [how, whereTo] of [
  ["by turns", (frame: number) => frame % 2],
  ["one after the other", (frame: number) => (frame <= 20 ? 0 : 1)],
] as const) {
  test(`records and views name the frames of files that were filled ${how}`, async () => {
    const parts = splitPcap(readFileSync(CAPTURE), whereTo);
    const files = parts.map((bytes, index) => {
      const path = join(folder, `${how.replaceAll(" ", "-")}-${index}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
    /** The number in its file of each frame of the whole. */
    const counts = [0, 0];
    const inFile = [0, ...Array.from({ length: 5_000 }, (_, i) => ++counts[whereTo(i + 1)]!)];
    const whole = calls((await raiscope([CAPTURE, "-T", "ndjson"])).stdout);
    const both = calls((await raiscope([...files, "-T", "ndjson"])).stdout);
    assert.deepEqual(
      both.map(({ frames }) => frames),
      whole.map(({ frames }) => frames),
    );
    for (const call of both) {
      const expected = files.flatMap((file, index) => {
        const of = (frames: number[]): number[] =>
          frames.filter((frame) => whereTo(frame) === index).map((frame) => inFile[frame]!);
        const request = of(call.frames.request);
        const response = of(call.frames.response);
        return request.length + response.length === 0 ? [] : [{ file, request, response }];
      });
      const byName = (a: { file: string }, b: { file: string }): number => (a.file < b.file ? -1 : 1);
      assert.deepEqual([...call.places!].sort(byName), expected.sort(byName));
    }
    assert.ok(whole.every(({ places }) => places === null));
    const name = (frame: number): string => `${files[whereTo(frame)]!.split("/").at(-1)}:${inFile[frame]}`;
    const first = name(whole[0]!.frames.request[0]!);
    for (const view of [["-T", "table"], ["--all-calls"], ["--all-calls", "--ladder"]]) {
      const { stdout } = await raiscope([...files, ...view]);
      const shown = view.includes("--ladder") ? /-\d\.pcap|…/ : new RegExp(`${first.replace(".", "\\.")}\\b`);
      assert.match(stdout, shown, view.join(" "));
    }
    const slow = (await raiscope(["stats", ...files])).stdout;
    assert.match(slow, /-[01]\.pcap:\d+→/);
    assert.match((await raiscope(["objects", ...files, ...KEY])).stdout, /frames? [\w-]+-[01]\.pcap:\d+/);
    const opened = (await raiscope([...files, ...KEY])).stdout;
    assert.match(opened, /from frame [\w-]+-[01]\.pcap:\d+/);
    // Every frame that is named is named with its file.
    assert.doesNotMatch(opened, /\bframes? \d/);
  });
}

test("trees name frames by their files as well", async () => {
  const files = splitPcap(readFileSync(CAPTURE), (frame) => frame % 2).map((bytes, index) => {
    const path = join(folder, `tree-${index}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
  const { stdout } = await raiscope(["show", ...files, "--frame", "7", "-x"]);
  assert.match(stdout, /^frame tree-1\.pcap:4 /);
  const calls = (await raiscope([...files, "-V", "-x", "-c", "20"])).stdout;
  assert.match(calls, /frames tree-\d\.pcap:\d+→/);
  assert.doesNotMatch(calls, /\bframes? \d/);
});
