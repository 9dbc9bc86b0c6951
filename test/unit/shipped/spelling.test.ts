/** Shorter spellings of what files for a browser carry, both ways; file.test.ts looks at all that is shipped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { longLayout, shortLayout } from "../../../src/shipped/layout-spelling.js";
import { longTable, shortTable } from "../../../src/shipped/table-spelling.js";

test("a layout comes back, whatever its strings look like", () => {
  const layout = {
    types: [
      "uint32 DWORD",
      ["struct", "true", "null", 0, "-1", 0, "1.5e3", 0, "a,b:c", 0, "", 0, 'quo"ted', 0, "back\\slash", 0],
      ["ref", 1, "12"],
      ["array", 2, null, 1.5],
      ["shipped", "ref"],
    ],
    interfaces: { "367abb81-9844-35f1-ad32-98f038001003 2.0 svcctl": { m: [[0, "&h", 2], [-1]] }, "1": true },
    names: { DWORD: 0, _true: 1, tagtrue: 1, other: 3, LONG: 0 },
  };
  const short = shortLayout(JSON.stringify(layout));
  assert.match(short, /^\{types:\[uint32 DWORD,\[struct,"true","null",0,"-1",0,/);
  assert.match(short, /\[ref,-1,"12"\]/);
  assert.equal(longLayout(short), JSON.stringify(layout));
});

test("a table comes back, and codes that follow each other are left out", () => {
  const table = "\n0:\n0 A\n1 B\n2 C\nff D\n100 E\n1:\n101 F\n102 G\n";
  assert.equal(shortTable(table), "\n0:\n0 A\n B\n C\nff D\n E\n1:\n101 F\n G\n");
  assert.equal(longTable(shortTable(table)), table);
  const line = fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom("name", "two words", ""))
    .map(([code, name]) => (name === "" ? `${code.toString(16)}:` : `${code.toString(16)} ${name}`));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join("\n");
      assert.equal(longTable(shortTable(text)), text);
    }),
  );
});
