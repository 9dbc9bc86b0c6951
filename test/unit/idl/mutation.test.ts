/** Whatever happens to a file, reading it ends, throws nothing, and says where it is wrong. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { readIdl } from "../../../dissectors/idl/reader.js";
import { volume } from "../../support/volume.js";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dissectors", "idl");
const text = (name: string): string => readFileSync(join(FOLDER, name), "utf8");
const RAI = text("ms-rai.idl");
const EPM = text("epm.idl");
const TOKEN = /"[^"]*"|[A-Za-z_0-9.-]+|\s+|./g;

function readWhole(source: string): { problems: number; names: string[] } {
  const { library, problems } = readIdl([{ name: "t.idl", text: source }], () => null);
  const lines = source.split("\n").length;
  for (const p of problems) {
    assert.ok(p.line >= 1 && p.line <= lines && p.column >= 1, `${p.line}:${p.column}`);
    assert.ok(p.message.startsWith("expected ") || p.message.startsWith("macros "), p.message);
  }
  for (const i of library.interfaces) {
    i.methods.forEach((m, n) => {
      if (m === undefined) return;
      assert.equal(m.opnum, n);
      assert.ok(Array.isArray(m.params));
    });
  }
  return { problems: problems.length, names: library.interfaces.map((i) => i.name) };
}

test("a token is lost, doubled, or another takes its place", () => {
  const sources = [RAI, EPM].map((s) => s.match(TOKEN)!);
  fc.assert(
    fc.property(
      fc.nat(1),
      fc.array(fc.record({ at: fc.nat(), how: fc.nat(2), other: fc.nat() }), { minLength: 1, maxLength: 4 }),
      (which, changes) => {
        const tokens = [...sources[which]!];
        for (const { at, how, other } of changes) {
          const i = at % tokens.length;
          if (how === 0) tokens[i] = "";
          else if (how === 1) tokens[i] += ` ${tokens[i]}`;
          else tokens[i] = tokens[other % tokens.length]!;
        }
        readWhole(tokens.join(""));
      },
    ),
    { numRuns: volume(400, 100) },
  );
});

test("every single token of a file is lost once", () => {
  const tokens = EPM.match(TOKEN)!;
  for (let i = 0; i < tokens.length; i++) {
    if (/^\s/.test(tokens[i]!)) continue;
    readWhole(tokens.filter((_, k) => k !== i).join(""));
  }
});

test("a file is cut short anywhere", () => {
  for (let n = 0; n < RAI.length; n += 37) readWhole(RAI.slice(0, n));
});

test("random words of the language", () => {
  const word = fc.constantFrom(
    ...'interface typedef struct union enum [ ] ( ) { } ; , : * = switch case default import const x y long in out size_is uuid "s" 1 # define \n if endif void ~ - <<'.split(
      " ",
    ),
    "\n",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 80 }), (words) => void readWhole(words.join(" "))),
    { numRuns: 500 },
  );
});

test("random characters", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: "binary" }), (s) => void readWhole(s)),
    { numRuns: volume(300, 100) },
  );
});

test("a fault in one interface leaves the others as they are", () => {
  const whole = readIdl([{ name: "t.idl", text: RAI }], () => null).library.interfaces;
  const untouched = whole.filter((i) => i.name !== "IPCHService").map((i) => i.methods.map((m) => m?.name));
  const start = RAI.indexOf("HRESULT RemoteConnectionParms");
  const end = RAI.indexOf("HRESULT Opnum21");
  for (let at = start; at < end; at++) {
    const broken = RAI.slice(0, at) + RAI.slice(at + 1);
    const { library } = readIdl([{ name: "t.idl", text: broken }], () => null);
    const now = library.interfaces
      .filter((i) => i.name !== "IPCHService")
      .map((i) => i.methods.map((m) => m?.name));
    assert.deepEqual(now, untouched, broken.slice(at - 20, at + 20));
  }
});
