import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFile } from "../../../dissectors/idl/parser.js";
import { readSyntax, spellSyntax } from "../../../dissectors/idl/syntax-spelling.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { shippedFiles, shippedSyntax } from "../../../src/shipped/node.js";

const FOLDERS = [".", "automation", "datagrams"] as const;
const parse = (file: { name: string; text: string }) =>
  parseFile(file, (pos, _, message) => assert.fail(`${file.name}, at ${pos}: ${message}`));

test("the syntax of all shipped files, spelled and read, is what it was", () => {
  for (const folder of FOLDERS) {
    const files = shippedFiles(folder);
    const parsed = files.map(parse);
    assert.deepEqual(readSyntax(spellSyntax(parsed), files), parsed);
  }
});

test("what stands in several places is one thing", () => {
  const text =
    "typedef enum E { A = 0x80000000, B } E_t, *PE; typedef struct S { E_t e; struct S *next; } S, *PS;";
  const [file] = readSyntax(spellSyntax([parse({ name: "t.idl", text })]), [{ name: "t.idl", text }]);
  const { typedefs, tags, constants, interfaceNames } = file!;
  const spec = tags.get("enum E")![0]!.spec;
  assert.equal(typedefs.get("E_t")![0]!.spec, spec);
  assert.equal(typedefs.get("PE")![0]!.spec, spec);
  assert.equal(constants.get("B")![0]!.member!.of, spec);
  assert.equal(typedefs.get("PS")![0]!.spec, tags.get("struct S")![0]!.spec);
  assert.deepEqual(constants.get("A")![0]!.value, { op: "const", value: 0x80000000n });
  assert.ok(interfaceNames instanceof Set);
});

test("the build writes down what the parser makes of the shipped files, which are read so", (t) => {
  if (!import.meta.url.includes("/dist/")) {
    t.skip("not built: the sources are parsed");
    return;
  }
  for (const folder of FOLDERS) {
    const files = shippedFiles(folder);
    const text = shippedSyntax(folder);
    assert.ok(text !== null, "the built library has it");
    assert.deepEqual(readSyntax(text, files), files.map(parse));
  }
  assert.deepEqual(loadInterfaces().problems, []);
});
