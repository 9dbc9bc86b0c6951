/** The tables of names: every key is a member or a type of its interface, so that none waits for what never comes. */
import assert from "node:assert/strict";
import test from "node:test";
import { NAMES } from "../../../dissectors/readable/interfaces/table.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { memberNames } from "../../support/members.js";

const table = shippedInterfaces();

for (const { uuids, of } of NAMES) {
  const interfaces = uuids.map((uuid) => table.find(uuid));
  test(`names of ${interfaces.map((one) => one?.name).join(", ")}`, () => {
    assert.ok(!interfaces.includes(null), uuids.join(" "));
    const { owned, plain, types } = memberNames(interfaces);
    const known = (key: string): boolean =>
      key.startsWith(":") ? types.has(key.slice(1)) : key.includes(".") ? owned.has(key) : plain.has(key);
    assert.deepEqual(
      Object.keys(of).filter((key) => !known(key)),
      [],
    );
  });
}
