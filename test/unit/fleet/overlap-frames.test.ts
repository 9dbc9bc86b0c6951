/** Frames of overlaps by time: those outside are passed over, a window's own never. */
import assert from "node:assert/strict";
import test from "node:test";
import { Frame, type FrameSource } from "../../../src/capture/frame.js";
import { OverlapFrames } from "../../../src/fleet/overlap-frames.js";
import type { Part, WindowFile } from "../../../src/fleet/window.js";

const START = Date.UTC(2024, 4, 1, 10) / 1_000;

function at(second: number): string {
  return new Date(1_000 * (START + second)).toISOString().replace(".000Z", ".000000000Z");
}

/** Frames of `[file, second]`, every other one given late. */
function source(frames: readonly (readonly [number, number])[]): FrameSource {
  let next = 0;
  return {
    complete: true,
    next(frame) {
      const of = frames[next++];
      if (of === undefined) return false;
      frame.number = next;
      [frame.file, frame.seconds] = [of[0], START + of[1]];
      return next % 2 === 0 ? true : Promise.resolve(true);
    },
    takeNotes: () => [],
    close: () => Promise.resolve(),
  };
}

test("an overlap is cut at its times on both sides", async () => {
  const parts: Part[] = ["before", "own", "behind"];
  const files = parts.map((part) => ({ part }) as WindowFile);
  const frames = [
    [0, 0],
    [0, 9],
    [0, 10],
    [0, 19],
    [1, 5],
    [1, 20],
    [1, 99],
    [2, 30],
    [2, 39],
    [2, 40],
    [2, 41],
  ] as const;
  const read = new OverlapFrames(source(frames), files, { readFrom: at(10), readUntil: at(40) });
  const numbers: number[] = [];
  const frame = new Frame();
  while (await read.next(frame)) numbers.push(frame.number);
  assert.deepEqual(numbers, [3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([read.before, read.behind], [2, 2]);
});
