/** The table of ranks: what it names is there, so that no row waits for what never comes. */
import assert from "node:assert/strict";
import test from "node:test";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { type Ranking, rankingOf } from "../../../src/output/ranking.js";
import { memberNames } from "../../support/members.js";
import { call } from "../../support/output/samples.js";

/** Beyond every method. */
const NO_METHOD = 4000;
const FIRST_OPNUMS = Array.from({ length: 256 }, (_, opnum) => opnum);

const table = shippedInterfaces();
const described = [...table.library.interfaces, ...table.catalogued()];
const uuids = [...new Set(described.map(({ uuid }) => uuid))];

const BARE = call({ method: null });

function ranked(uuid: string, opnum: number): Ranking {
  return rankingOf({ ...BARE, interface: { uuid, version: null, name: null }, opnum });
}

/** Spares most of the hundred thousand comparisons of every key. */
function isSame(one: Ranking, other: Ranking): boolean {
  return one.rank === other.rank && one.kind === other.kind && one.about === other.about;
}

test("parameters that tell what a call is about are the interface's own", () => {
  let rows = 0;
  for (const uuid of uuids) {
    const { about } = ranked(uuid, NO_METHOD);
    if (about === null) continue;
    rows++;
    const { plain } = memberNames(table.all(uuid));
    const names = about.flatMap((path) => path.split(".")).filter((name) => name !== "*");
    assert.deepEqual(
      names.filter((name) => !plain.has(name)),
      [],
      uuid,
    );
  }
  assert.ok(rows > 15);
});

test("opnums of the table are those of methods", () => {
  for (const uuid of uuids) {
    const others = ranked(uuid, NO_METHOD);
    const methods = new Set(table.all(uuid).flatMap(({ methods }) => methods.map((method) => method?.opnum)));
    for (const opnum of FIRST_OPNUMS) {
      if (methods.has(opnum)) continue;
      const one = ranked(uuid, opnum);
      if (!isSame(one, others)) assert.deepEqual(one, others, `${uuid} ${opnum}`);
    }
  }
});
