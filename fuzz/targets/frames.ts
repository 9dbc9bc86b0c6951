/** Frames of every link type, one at a time: whatever they hold, it is looked at and left again. */
import { Frame } from "../../src/capture/frame.js";
import { StreamAssembler } from "../../src/reassembly/streams.js";
import { captured } from "../corpus.js";
import { behind, mutate } from "../mutate.js";
import { OracleError } from "../oracles.js";
import type { Target } from "../target.js";

/** Inputs are the link type in two bytes, little-endian, and the frame. */
const HEAD = 2;

/** LINKTYPE_ values that are read, and a few that are not. */
const LINK_TYPES = [
  0, 1, 8, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113, 117, 119, 127, 143, 163, 192, 204, 228, 229, 239,
  242, 258, 276, 0xffff,
] as const;

export const frames: Target = {
  name: "frames",
  async seeds() {
    return (await captured()).frames.map(({ linkType, bytes }) =>
      behind([linkType & 0xff, linkType >> 8], bytes),
    );
  },
  make(random, seeds) {
    const seed = random.pick(seeds);
    const changed = mutate(seed.subarray(HEAD), random, seeds);
    const linkType = random.oneIn(3) ? random.pick(LINK_TYPES) : seed[0]! | (seed[1]! << 8);
    return behind([linkType & 0xff, linkType >> 8], changed);
  },
  run(input) {
    const frame = new Frame();
    frame.linkType = (input[0] ?? 0) | ((input[1] ?? 0) << 8);
    frame.data = input;
    frame.start = Math.min(HEAD, input.length);
    frame.end = input.length;
    frame.wireLength = frame.end - frame.start;
    const streams = new StreamAssembler();
    // The second of the same frames meets the state that the first one left.
    for (frame.number = 1; frame.number <= 2; frame.number++) {
      for (const item of streams.push(frame)) {
        if (item.kind === "data" && item.bytes.length > input.length)
          throw new OracleError("more bytes than the frame has");
      }
    }
    streams.finish();
  },
};
