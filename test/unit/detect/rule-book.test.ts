/** Rules of several files together: doubles, references, chains and filters. */
import assert from "node:assert/strict";
import test from "node:test";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { bindRules, type RuleBook } from "../../../src/detect/rules/rule-book.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { correlation } from "../../support/detect/correlations.js";
import { recordOf, ruleText, SOURCE } from "../../support/detect/rules.js";

const ID = "929a690e-bef0-4204-a928-ef5e620d6fcc";
const OTHER = "0e95725d-7320-415d-80f7-004da920fc11";

const rule = (name: string, head = ""): string =>
  ruleText(`s:\n    op: ${name}\ncondition: s`, `title: ${name}\nname: ${name}${head}`);

const temporal = (name: string, rules: string, more = ""): string =>
  `${correlation(`type: temporal\nrules: [${rules}]\ngroup-by: []\ntimespan: 5s`, name)}${more}`;

const bind = (...files: readonly string[]): RuleBook =>
  bindRules(files.map((text, i) => readRules(text, `${i}.yml`)));

const told = ({ problems }: RuleBook): string[] =>
  problems.map(({ file, line, title, message }) => `${file}:${line} ${title}: ${message}`);

test("an id or a name stands for one rule: the first", () => {
  const book = bind(
    rule("aa", `\nid: ${ID}`),
    `${rule("bb", `\nid: ${ID.toUpperCase()}`)}---\n${rule("aa", "\nlevel: low")}---\n${rule("cc")}`,
  );
  assert.deepEqual(
    book.rules.map(({ title }) => title),
    ["aa", "cc"],
  );
  assert.deepEqual(told(book), [
    `1.yml:1 bb: ${ID} already stands for "aa" (0.yml, line 1)`,
    '1.yml:11 aa: aa already stands for "aa" (0.yml, line 1)',
  ]);
});

test("a copy is no second rule", () => {
  const book = bind(rule("aa", `\nid: ${ID}`), `# the same\n\n${rule("aa", `\nid: ${ID}`)}`);
  assert.deepEqual([told(book), book.rules.length], [[], 1]);
});

test("correlations find what they watch by id and by name, in whatever file and order", () => {
  const book = bind(
    temporal("outer", `inner, ${ID.toUpperCase()}`),
    temporal("inner", "aa, bb"),
    `${rule("aa")}---\n${rule("bb")}---\n${rule("cc", `\nid: ${ID}`)}`,
  );
  assert.deepEqual(told(book), []);
  assert.deepEqual(
    book.correlations.map(({ correlation: { name }, watched }) => [name, watched.map(({ of }) => of.title)]),
    [
      ["inner", ["aa", "bb"]],
      ["outer", ["inner", "cc"]],
    ],
  );
  assert.deepEqual([...book.silent].map(({ title }) => title).sort(), ["aa", "bb", "cc", "inner"]);
});

test("what watches nothing that is known, or itself, is refused", () => {
  assert.deepEqual(told(bind(temporal("one", "aa, gone"), rule("aa"))), [
    "0.yml:1 one: it watches gone, which is no rule that was read",
  ]);
  assert.deepEqual(told(bind(temporal("one", "two"), temporal("two", "one"))), [
    "0.yml:1 one: it watches two, which cannot be used, or watches this one in turn",
    "1.yml:1 two: it watches one, which cannot be used, or watches this one in turn",
  ]);
  // A rule that is refused takes those along that watch it.
  assert.deepEqual(told(bind(temporal("one", "bad, aa"), `title: bad\nname: bad\n---\n${rule("aa")}`)), [
    "1.yml:1 bad: there is no detection, no correlation and no filter",
    "0.yml:1 one: it watches bad, which is no rule that was read",
  ]);
  const chain = Array.from({ length: 18 }, (_, i) => temporal(`c${i}`, i === 0 ? "aa" : `c${i - 1}`));
  const long = bind(rule("aa"), ...chain);
  assert.equal(long.correlations.length, 16);
  assert.match(told(long)[0]!, /17\.yml:1 c16: more than 16 correlations watch each other/);
});

test("what one correlation generates is reported, also where another does not", () => {
  const book = bind(
    rule("aa"),
    rule("bb"),
    temporal("one", "aa, bb"),
    temporal("two", "aa", "\ngenerate: true"),
  );
  assert.deepEqual(
    [...book.silent].map(({ title }) => title),
    ["bb"],
  );
});

test("filters narrow the rules they name, where the log source is theirs", () => {
  const filter = (rules: string, condition: string, product = "test"): string =>
    `title: filter\nlogsource:\n    product: ${product}\nfilter:\n    rules: ${rules}\n    selection:\n        user|startswith: adm_\n    other:\n        user: root\n    condition: ${condition}\n`;
  const titles = (filterText: string, user: string): string[] => {
    const book = bind(`${rule("aa", `\nid: ${ID}`)}---\n${rule("bb")}`, filterText);
    assert.deepEqual(told(book), []);
    const source = new RuleSet(book.rules).source(SOURCE);
    return ["aa", "bb"].flatMap((op) =>
      source.match(recordOf({ op, user })).map((match) => match.rule.title),
    );
  };
  assert.deepEqual(titles(filter(`[${ID}]`, "not selection"), "ADM_x"), ["bb"]);
  assert.deepEqual(titles(filter(`[${ID}]`, "not selection"), "x"), ["aa", "bb"]);
  assert.deepEqual(titles(filter("[aa, bb]", "not 1 of them"), "root"), []);
  assert.deepEqual(titles(filter("any", "selection or other"), "root"), ["aa", "bb"]);
  assert.deepEqual(titles(filter("any", "selection or other"), "x"), []);
  assert.deepEqual(told(bind(rule("aa"), filter(`[${OTHER}]`, "selection"))), [
    "1.yml:1 filter: none of the rules that the filter is for was read",
  ]);
  assert.equal(told(bind(rule("aa"), filter("[aa]", "selection", "windows"))).length, 1);
});
