import assert from "node:assert/strict";
import test from "node:test";
import { parseProgram } from "../../../src/capture/bpf.js";
import { Frame, type FrameSource, NO_LINK_TYPE } from "../../../src/capture/frame.js";
import { type Compile, FilteredFrames, ProgramTable } from "../../../src/capture/packet-filter.js";
import { CommandError } from "../../../src/cli/failure.js";
import { packetFilter } from "../../../src/cli/packet-filter.js";

/** A source of frames of one byte each, at once or after a wait. */
function source(
  frames: readonly { linkType: number; bytes: readonly number[] }[],
  waits = false,
): FrameSource {
  let at = 0;
  const next = (frame: Frame): boolean => {
    const one = frames[at];
    if (one === undefined) return false;
    frame.number = ++at;
    frame.linkType = one.linkType;
    frame.data = new Uint8Array(one.bytes);
    frame.start = 0;
    frame.end = one.bytes.length;
    frame.wireLength = one.bytes.length;
    return true;
  };
  return {
    next: (frame) => (waits ? Promise.resolve(next(frame)) : next(frame)),
    takeNotes: () => [],
    complete: true,
    close: () => Promise.resolve(),
  };
}

/** Lets through what begins with the number of its link type; of 9 there is no program. */
const asked: [number, boolean][] = [];
const compile: Compile = (linkType, bigEndian) => {
  asked.push([linkType, bigEndian]);
  if (linkType === 9) return { refused: "tcpdump: not implemented" };
  return parseProgram(`4\n48 0 0 0\n21 0 1 ${linkType}\n6 0 0 1\n6 0 0 0\n`)!;
};

for (const waits of [false, true]) {
  test(`each link type has its program, and frames keep their numbers${waits ? ", of a source that waits" : ""}`, async () => {
    asked.length = 0;
    const filtered = new FilteredFrames(
      source(
        [
          { linkType: 1, bytes: [1] },
          { linkType: 1, bytes: [2] },
          { linkType: 101, bytes: [101] },
          { linkType: NO_LINK_TYPE, bytes: [] },
          { linkType: 9, bytes: [9] },
          { linkType: 9, bytes: [9] },
          { linkType: 1, bytes: [] },
          { linkType: 101, bytes: [1] },
          { linkType: 1, bytes: [1] },
        ],
        waits,
      ),
      new ProgramTable(compile),
    );
    const frame = new Frame();
    const numbers: number[] = [];
    while (await filtered.next(frame)) numbers.push(frame.number);
    assert.deepEqual(numbers, [1, 3, 4, 9]);
    assert.equal(filtered.skipped, 5);
    assert.deepEqual(asked, [
      [1, false],
      [101, false],
      [9, false],
    ]);
    const notes = filtered.takeNotes();
    assert.deepEqual(
      notes.map(({ code, frame: at }) => [code, at]),
      [["filter-not-applied", 5]],
    );
    assert.match(notes[0]!.message, /link type 9, .*: tcpdump: not implemented/);
    assert.deepEqual(filtered.takeNotes(), []);
  });
}

test("headers in the order of the machine that captured have a program for either order", async () => {
  asked.length = 0;
  const filtered = new FilteredFrames(
    source([
      { linkType: 0, bytes: [2, 0, 0, 0, 0x45] },
      { linkType: 0, bytes: [0, 0, 0, 2, 0x45] },
      { linkType: 0, bytes: [2, 0] },
    ]),
    new ProgramTable(compile),
  );
  const frame = new Frame();
  while (await filtered.next(frame));
  assert.deepEqual(asked, [
    [0, false],
    [0, true],
  ]);
});

test("without tcpdump -f is refused in so many words", () => {
  assert.throws(
    () => packetFilter("tcp", null),
    (error) =>
      error instanceof CommandError &&
      /tcpdump is not installed/.test(error.message) &&
      error.code === "no-tcpdump",
  );
});
