/** Inputs that once broke a promise keep it now, and every target of the fuzzer still runs: `npm run fuzz` does the rest. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ROOT } from "../../../fuzz/corpus.js";
import { mutate } from "../../../fuzz/mutate.js";
import { seeded } from "../../../fuzz/random.js";
import { TARGETS } from "../../../fuzz/targets.js";
import { volume } from "../../support/volume.js";

/** Whole captures and connections cost more than single decoders. */
const ROUNDS: { [target: string]: number } = {
  containers: 12,
  streams: 12,
  trees: 8,
  datagrams: 25,
  idl: 60,
  "smb1-connections": 100,
  "smb2-connections": 80,
  "smb3-connections": 80,
};
const USUAL_ROUNDS = 300;

const saved = join(ROOT, "fuzz", "regressions");

for (const target of TARGETS) {
  const folder = join(saved, target.name);
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  test(`${target.name}: ${files.length} saved inputs, and new ones`, async () => {
    for (const file of files) {
      await assert.doesNotReject(async () => target.run(readFileSync(join(folder, file))), file);
    }
    const seeds = await target.seeds();
    const all = ROUNDS[target.name] ?? USUAL_ROUNDS;
    const rounds = volume(all, Math.ceil(all / 4));
    for (let i = 0; i < rounds; i++) {
      const random = seeded(`test/${target.name}/${i}`);
      const input = target.make?.(random, seeds) ?? mutate(random.pick(seeds), random, seeds);
      await assert.doesNotReject(async () => target.run(input), `input ${i}`);
    }
  });
}

test("every folder of saved inputs belongs to a target", () => {
  const folders = existsSync(saved) ? readdirSync(saved) : [];
  const names = new Set(TARGETS.map(({ name }) => name));
  assert.deepEqual(
    folders.filter((name) => !names.has(name)),
    [],
  );
});
