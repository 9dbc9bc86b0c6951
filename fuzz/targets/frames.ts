/** Frames of every link type, one at a time: whatever they hold, it is looked at and left again. */
import { LinkType } from "../../dissectors/link/link.js";
import { Frame } from "../../src/capture/frame.js";
import { StreamAssembler } from "../../src/reassembly/streams.js";
import { TUNNELS } from "../../test/support/ip/tunnels.js";
import { conversation, FRAMES } from "../../test/support/link/shapes.js";
import { captured } from "../corpus.js";
import { behind, mutate } from "../mutate.js";
import { OracleError } from "../oracles.js";
import type { Target } from "../target.js";

/** Inputs are the link type in two bytes, little-endian, and the frame. */
const HEAD = 2;

/** LINKTYPE_ values that are read, and a few that are not. */
const LINK_TYPES = [...Object.values(LinkType), 8, 10, 107, 0xffff];

/** A segment in every kind of frame and tunnel, beside the frames of the captures. */
function shaped(): Uint8Array[] {
  return [...FRAMES, ...TUNNELS].flatMap(({ linkType, wrap, six }) =>
    conversation(40_000, six === true).map((packet) =>
      behind([linkType & 0xff, linkType >> 8], wrap(packet)),
    ),
  );
}

export const frames: Target = {
  name: "frames",
  async seeds() {
    const frames = (await captured()).frames.map(({ linkType, bytes }) =>
      behind([linkType & 0xff, linkType >> 8], bytes),
    );
    return [...frames, ...shaped()];
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
    // Every other frame is one that the snap length cut.
    frame.wireLength = frame.end - frame.start + (input.length % 2) * 100;
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
