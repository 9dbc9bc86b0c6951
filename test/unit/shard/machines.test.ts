/**
 * What one pair of machines knows and another one needs, in parts of a run: conversations of the lab in which one connection goes
 * from a third machine, as where an object was handed on, or to another address of the server, as where a follow-up goes to another
 * of its interfaces.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PASSWORD } from "../../lab/cast.js";
import { RECIPES } from "../../lab/make.js";
import { make } from "../../lab/recipe.js";
import { inParts, oneRun } from "../../support/shards.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-machines-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Connections of each recipe that are moved, one at a time. */
const MOVED = 8;
const THIRD = { 4: "10.20.4.201", 6: "fd00::201" } as const;

for (const side of ["client", "server"] as const) {
  test(`one connection has another ${side}`, async () => {
    let moved = 0;
    let different = 0;
    for (const recipe of RECIPES) {
      const usual = join(folder, recipe.name);
      writeFileSync(usual, make(recipe).capture);
      const options = { keys: { passwords: [PASSWORD] }, acknowledged: false, observe: false };
      const before = (await oneRun([usual], options)).lines.length;
      const { connections } = recipe.make().talk;
      const step = Math.max(1, Math.floor(connections.length / MOVED));
      for (let k = 0; k < connections.length; k += step) {
        const other = {
          ...recipe,
          make: () => {
            const shape = recipe.make();
            const connection = shape.talk.connections[k]!;
            const { address } = connection[side];
            connection[side] = { ...connection[side], address: THIRD[address.includes(":") ? 6 : 4] };
            return shape;
          },
        };
        const file = join(folder, `${side}-${k}-${recipe.name}`);
        writeFileSync(file, make(other).capture);
        const whole = await oneRun([file], options);
        if (whole.lines.length !== before) different++;
        for (const count of [2, 5]) {
          const parts = await inParts([file], count, options);
          assert.deepEqual(parts.lines, whole.lines, `${recipe.name}, connection ${k} in ${count}`);
          assert.equal(parts.transcript, whole.transcript, `${recipe.name}, connection ${k} in ${count}`);
        }
        moved++;
      }
    }
    assert.ok(moved > 50, `${moved} were moved`);
    assert.ok(different > 0, "it makes a difference where one goes");
  });
}
