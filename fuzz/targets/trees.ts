/** Trees of fields, of captures as the targets of whole captures make them. */

import type { Target } from "../target.js";
import { checkTrees } from "../tree-oracles.js";
import { containers, optionsOf, streams } from "./captures.js";

export const trees: Target = {
  name: "trees",
  seeds: () => containers.seeds(),
  make: (random, seeds) => (random.oneIn(3) ? containers : streams).make!(random, seeds),
  async run(input) {
    await checkTrees(input.subarray(1), () => optionsOf(input[0] ?? 0));
  },
};
