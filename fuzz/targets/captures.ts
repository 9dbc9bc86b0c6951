/** Whole capture files: the containers, and conversations whose segments were lost, doubled, swapped, cut and changed. */
import { gzipSync } from "node:zlib";
import type { AnalyzerOptions } from "../../src/analyzer.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { parseSecrets } from "../../src/rpc/security/secrets.js";
import { Seeded } from "../../test/lab/bytes.js";
import { pcap } from "../../test/lab/files.js";
import { RECIPES } from "../../test/lab/make.js";
import { draw, encode, LINKTYPE, type Segment } from "../../test/lab/wire.js";
import { captures } from "../corpus.js";
import { behind, mutate } from "../mutate.js";
import { checkCapture } from "../oracles.js";
import type { Random } from "../random.js";
import type { Target } from "../target.js";

const KEYS = parseSecrets(
  JSON.stringify([{ user: "helga.desk", domain: "CONTOSO", password: "Help4Desk!" }]),
);

/** The first byte of an input chooses how the file behind it is read. */
export async function optionsOf(choice: number): Promise<AnalyzerOptions> {
  return {
    keys: choice & 1 ? await KeyRing.from({ secrets: KEYS }) : null,
    live: (choice & 2) !== 0,
    ...(choice & 4 ? { maxMemory: 64 * 1024 } : {}),
    ...(choice & 8 ? { orderWindow: 2 } : {}),
  };
}

async function run(input: Uint8Array): Promise<void> {
  await checkCapture(input.subarray(1), await optionsOf(input[0] ?? 0));
}

export const containers: Target = {
  name: "containers",
  async seeds() {
    return captures().flatMap((bytes) => [behind([0], bytes), behind([0], gzipSync(bytes))]);
  },
  make(random, seeds) {
    const seed = random.pick(seeds);
    return behind([random.below(16)], mutate(seed.subarray(1), random, seeds));
  },
  run,
};

export const streams: Target = {
  name: "streams",
  seeds: async () => [],
  make(random) {
    const recipe = random.pick(RECIPES);
    const { talk, encode: options } = recipe.make();
    const drawn = draw(talk, { mss: random.pick([1460, 536, 100, 23]) });
    const segments = changed(drawn.segments, random);
    const frames = encode(talk, segments, new Seeded(recipe.name), options);
    for (const frame of frames) {
      if (random.oneIn(40)) frame.data = mutate(frame.data, random);
      else if (random.oneIn(60)) frame.data = frame.data.slice(0, random.below(frame.data.length));
    }
    return behind([random.below(16)], pcap(frames, { linkType: LINKTYPE[options?.link ?? "ethernet"] }));
  },
  run,
};

/** Segments as a bad network and a bad capture leave them. */
function changed(segments: readonly Segment[], random: Random): Segment[] {
  const rate = random.pick([3, 10, 50, 1000]);
  let list = segments.flatMap((segment) => {
    if (!random.oneIn(rate)) return [segment];
    switch (random.below(5)) {
      case 0:
        return [];
      case 1:
        return [segment, segment];
      case 2:
        return [{ ...segment, payload: mutate(segment.payload, random) }];
      case 3: {
        const at = random.below(segment.payload.length + 1);
        const rest = { ...segment, offset: segment.offset + at, payload: segment.payload.slice(at) };
        return [{ ...segment, payload: segment.payload.slice(0, at) }, rest];
      }
      default:
        return [{ ...segment, flags: random.below(32), acknowledges: random.below(5000) }];
    }
  });
  if (random.oneIn(3)) list = list.slice(random.below(list.length + 1));
  if (random.oneIn(5)) list = list.filter((segment) => segment.from === "client");
  if (random.oneIn(3)) {
    for (let i = 0; i < list.length >> 2; i++) {
      const at = random.below(list.length);
      const to = Math.min(list.length - 1, at + random.below(8));
      [list[at], list[to]] = [list[to]!, list[at]!];
    }
  }
  return list;
}
