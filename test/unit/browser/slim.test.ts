/** What is left out for a browser (scripts/slim.mjs) is not missed: filters say the same, and classes of Unicode hold the same characters. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import vm from "node:vm";
import { RE2JS } from "re2js";
import { browserBundle } from "../../../scripts/browser.mjs";
import type { Event } from "../../../src/events.js";
import { compileFilter, type RecordFilter } from "../../../src/filter/filter.js";
import { GOLDEN } from "../../support/golden.js";
import { volume } from "../../support/volume.js";

interface Slim {
  RE2JS: typeof RE2JS;
  compileFilter: typeof compileFilter;
}

let slim: Slim;

before(async () => {
  const contents = `export { RE2JS } from "re2js"; export { compileFilter } from "./src/filter/filter.js";`;
  const text = await browserBundle({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    format: "iife",
    globalName: "slim",
    minify: true,
  });
  const context = vm.createContext({ TextEncoder, TextDecoder });
  vm.runInContext(text, context);
  slim = context.slim as Slim;
});

const EXPRESSIONS = [
  `method == "GetNoviceUserInfo" || status != "ok"`,
  `interface.name.startsWith("IR") && !(opnum in [3, 4, 5])`,
  `has(rai) && has(rai.connection_string)`,
  `notes.exists(n, n.severity == "warning") || notes.all(n, n.code != "gap")`,
  `frames.request.size() > 1 ? stream == 1 : stream == 0`,
  `method.matches("(?i)^get[a-z]+info$")`,
  `method.matches("\\\\p{Lu}\\\\p{L}+") && !method.matches("\\\\p{Greek}")`,
  `client.address.matches("^10[.]") && duration_us > 100.0`,
  `ts > timestamp("2024-01-01T00:00:00Z") && ts.getHours() < 24`,
  `{"a": [1, 2, 3]}.a.map(x, x * 2).filter(x, x > 2).exists_one(x, x == 4)`,
  `[1u, 2u].size() == 2 && b"ab".size() == 2 && -1 < 0 && 7 % 4 == 3 && "a" + "b" == "ab"`,
  `kind == "call" && int("3") == 3 && string(3) == "3" && double("1.5") == 1.5`,
  `method.contains("a") && method.lowerAscii().endsWith("o")`,
  `cel.bind(x, stream, x >= 0)`,
  `type(stream) == int`,
  `dyn(stream) == 1`,
  `optional.of(1).orValue(2) == 1`,
  `method ==`,
  `method = "x"`,
  `not (stream == 1)`,
  `((((`,
  `method.matches("(")`,
  `"\\q" == ""`,
  `nothing.here == 1`,
];

test("filters say the same, also of what is wrong with them", async () => {
  const records = ["follow-up.pcapng", "pipes.pcapng"].flatMap((name) =>
    readFileSync(join(GOLDEN, `${name}.ndjson`), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Event),
  );
  const told = async (compile: typeof compileFilter, source: string): Promise<unknown> => {
    let filter: RecordFilter;
    try {
      filter = await compile(source);
    } catch (error) {
      return (error as Error).message;
    }
    return records.map((record) => filter.matches(record));
  };
  let answers = 0;
  for (const source of EXPRESSIONS) {
    const expected = await told(compileFilter, source);
    assert.deepEqual(
      JSON.stringify(await told(slim.compileFilter, source)),
      JSON.stringify(expected),
      source,
    );
    if (Array.isArray(expected)) answers++;
  }
  assert.ok(answers > 10, `${answers} could be asked`);
});

test("classes of Unicode hold the same characters", () => {
  // What this version of Node knows of: the library may know a later Unicode.
  const step = volume(1, 7);
  const known = Array.from({ length: 0x3000 / step }, (_, n) => n * step).filter((code) =>
    /\P{Cn}/u.test(String.fromCodePoint(code)),
  );
  const classes = [
    "L",
    "Lu",
    "Ll",
    "Lm",
    "Nd",
    "N",
    "P",
    "Sc",
    "Zs",
    "Greek",
    "Cyrillic",
    "Han",
    "Latin",
    "Common",
  ];
  for (const name of classes) {
    for (const pattern of [`\\p{${name}}`, `\\P{${name}}`, `(?i)\\p{${name}}`, `[^\\p{${name}}a-f]`]) {
      const [own, other] = [RE2JS.compile(pattern), slim.RE2JS.compile(pattern)];
      const differing = known.filter((code) => {
        const text = String.fromCodePoint(code);
        return own.matches(text) !== other.matches(text);
      });
      // A handful has changed its class between versions.
      assert.ok(differing.length < 12, `${pattern}: ${differing.map((code) => code.toString(16))}`);
    }
  }
  assert.throws(() => slim.RE2JS.compile("\\p{Nothing}"), /invalid character class/);
});

test("the same characters differ in case alone", () => {
  const letters = Array.from({ length: 0x1e944 }, (_, code) => String.fromCodePoint(code)).filter(
    (text) => text.toLowerCase() !== text || text.toUpperCase() !== text,
  );
  assert.ok(letters.length > 2_500);
  const all = letters.join("");
  for (const text of letters.filter((_, i) => i % volume(1, 5) === 0)) {
    const [own, other] = [RE2JS, slim.RE2JS].map((re) => {
      const found = re.compile(`(?i)${text}`).matcher(all);
      const at: number[] = [];
      while (at.length < 8 && found.find()) at.push(found.start());
      return at.join();
    });
    assert.equal(other, own, text);
  }
});
