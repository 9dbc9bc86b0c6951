/** Expressions that somebody points together are of the language, and let through what they were made of. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { compileFilter, type RecordFilter } from "../../../src/filter/filter.js";
import {
  both,
  choicesOfCall,
  choicesOfCell,
  choicesOfField,
  quoted,
  without,
} from "../../../src/page/expressions.js";
import { fieldPath } from "../../../src/page/menus.js";
import { captureNames } from "../../support/golden.js";
import { sessionOf } from "../../support/page-session.js";
import { volume } from "../../support/volume.js";

const COLUMNS = ["time", "conversation", "frames", "client", "server", "taken", "call", "outcome"];

/** Many rows ask for the same. */
const compiled = new Map<string, RecordFilter>();

async function holds(expression: string, record: object): Promise<boolean> {
  let filter = compiled.get(expression);
  if (filter === undefined) {
    filter = await compileFilter(expression);
    compiled.set(expression, filter);
  }
  return filter.matches(record as CallRecord);
}

describe("every capture that ships", () => {
  /** What is said of one status, in whatever capture. */
  const seen = new Set<string>();
  /** The same without its values, on which it does not depend how it is joined with more. */
  const joined = new Set<string>();
  for (const name of captureNames()) {
    test(`${name}: what a call can be filtered by lets the call through, and hides it`, async () => {
      const session = await sessionOf(name);
      const { rows } = session.state;
      for (let row = 0; row < rows.count; row += volume(1, 2)) {
        const record = JSON.parse(await session.engine.json(row)) as CallRecord;
        const choices = [
          ...choicesOfCall(rows, row),
          ...COLUMNS.flatMap((column) => choicesOfCell(rows, row, column)),
        ];
        assert.ok(choices.length > 6);
        for (const { expression } of choices) {
          if (seen.has(`${expression} ${record.status}`)) continue;
          seen.add(`${expression} ${record.status}`);
          assert.ok(await holds(expression, record), `${expression} of row ${row}`);
          const words = expression.replace(/"(?:[^"\\]|\\.)*"|[\d.]+/g, "_");
          if (joined.has(words)) continue;
          joined.add(words);
          assert.ok(await holds(both('status == "ok" || true', expression), record));
          assert.ok(!(await holds(without("true", expression), record)));
          assert.ok(!(await holds(without("", expression), record)));
        }
      }
    });
  }
  test("fields of parameters lead to the values of the record", async () => {
    let found = 0;
    for (const name of [
      "follow-up.pcapng",
      "xp-collection-walk.pcap",
      "pipes.pcapng",
      "wmi.pcapng",
      "invoke.pcapng",
    ]) {
      const session = await sessionOf(name);
      for (let row = 0; row < session.state.rows.count; row += volume(1, 4)) {
        await session.select(row);
        const { tree, folding, call } = session.state.subject!;
        if (tree === null) continue;
        for (let node = 0; node < tree.nodes.length; node++) {
          const { names, header } = fieldPath(session, node);
          for (const { expression } of choicesOfField(call!.record, folding!.sideOf(node), names, header)) {
            assert.ok(await holds(expression, call!.record), `${name} ${row}: ${expression}`);
            found++;
          }
        }
      }
    }
    assert.ok(found > volume(1_000, 250), `${found} fields`);
  });
});

const HOSTILE = [
  'a"b',
  "a\\",
  '\\"',
  "'",
  "`${x}`",
  "line\nline\r\t",
  "\u0000\u0007\u001b[31m",
  "\u202eevil\u2066",
  "\u2028\u2029\u0085",
  "\u{1f600}\u{e0041}",
  "\\u0041\\n",
  '" || true || "',
  "//",
  "",
];

test("texts from the wire stand in an expression as they are, and end where they end", async () => {
  for (const text of HOSTILE) {
    const expression = `method == ${quoted(text)}`;
    assert.ok(await holds(expression, { type: "call", method: text }), JSON.stringify(text));
    assert.ok(!(await holds(expression, { type: "call", method: `${text}x` })));
    assert.doesNotMatch(expression, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
  assert.equal(quoted("\ud800"), null);
});

test("names that are no words are read in brackets", async () => {
  const request = { "a b": { 'x"]': 5 }, in: "y", list: [{ n: 1.5 }, { n: 2e30 }], ok: false, none: null };
  const record = { type: "call", request, response: null } as unknown as CallRecord;
  const all = [["a b", 'x"]'], ["in"], ["list", "[0]", "n"], ["list", "1", "n"], ["ok"]];
  for (const names of all) {
    const [choice] = choicesOfField(record, "request", names, null);
    assert.ok(choice !== undefined, names.join("."));
    assert.ok(await holds(choice.expression, record), choice.expression);
  }
  for (const names of [["none"], ["nothing"], ["toString"], ["list", "7"], []]) {
    assert.deepEqual(choicesOfField(record, "request", names, null), []);
  }
});

test("what is joined keeps its meaning", async () => {
  assert.equal(both("", "a"), "a");
  assert.equal(both("a || b", "c"), "(a || b) && c");
  assert.equal(both('x == "a || b"', "c"), 'x == "a || b" && c');
  assert.equal(without("a ? b : c", "d"), "(a ? b : c) && !(d)");
});
