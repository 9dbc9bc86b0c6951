/** [XML 1.0] well-formedness, rule by rule, and against expat over documents that were damaged at random. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { closedDocument, wellFormednessFault, type XmlElement } from "../../../dissectors/rai/well-formed.js";
import { readXml } from "../../../dissectors/rai/xml.js";
import { Seeded } from "../../lab/bytes.js";

const KEPT: [string, string][] = [
  ["nothing but a root", "<a/>"],
  [
    "a declaration, comments and instructions around the root",
    '<?xml version="1.0"?><!-- c --><?pi x?><a/><!-- - -->\n',
  ],
  ["every form of declaration", "<?xml version='1.0' encoding='Unicode' standalone='yes' ?><a/>"],
  ["spaces where they may stand", "<a  b = '1'\n\tc=\"2\" ></a\t>"],
  ["> and the other quote in a value", `<a b=">'" c='>"'/>`],
  ["]] and > apart, and ]]> in a value", '<a b="]]>">]] > ]]&gt;</a>'],
  ["references", "<a b='&amp;&lt;&gt;&apos;&quot;&#9;&#x1F600;'>&#10;</a>"],
  ["CDATA with anything", "<a><![CDATA[<b>&x; ]] ]]></a>"],
  ["names of other scripts", '<é:中.-· _="1"/>'],
  ["characters beyond the first plane", "<a b='\u{1F600}'>\u{1F600}\u0085</a>"],
  ["a byte order mark", "\ufeff<a/>"],
];

const REFUSED: [string, string, RegExp][] = [
  ["< in a value", '<a b="1<2"/>', /"b" holds </],
  ["a bare &", "<a>a & b</a>", /begins no reference/],
  ["a bare & in a value", "<a b='a&b'/>", /begins no reference/],
  ["an undefined entity", "<a>&foo;</a>", /"&foo;" refers to nothing/],
  ["an HTML entity", "<a b='&nbsp;'/>", /"&nbsp;" refers to nothing/],
  ["an entity without its semicolon", "<a>&amp</a>", /begins no reference/],
  ["an attribute twice", '<a b="1" b="2"/>', /"b" occurs twice/],
  ["a control character", "<a b='\u0001'/>", /U\+0001/],
  ["a NUL", "<a>\0</a>", /U\+0000/],
  ["an unpaired surrogate", "<a>\ud800</a>", /U\+D800/],
  ["U+FFFE", "<a>\ufffe</a>", /U\+FFFE/],
  ["a reference to NUL", "<a>&#0;</a>", /"&#0;" is no character/],
  ["a reference to a surrogate", "<a>&#xD800;</a>", /"&#xD800;" is no character/],
  ["a reference beyond Unicode", "<a>&#x110000;</a>", /no character/],
  ["]]> in text", "<a>]]></a>", /]]>/],
  ["no space between attributes", '<a b="1"c="2"/>', /no space stands before the attribute "c"/],
  ["a value without quotes", "<a b=1/>", /no quotes/],
  ["an attribute without a value", "<a b/>", /no value/],
  ["text before the root", "x<a/>", /outside the root/],
  ["text behind the root", "<a/>x", /outside the root/],
  ["a reference behind the root", "<a/>&#32;", /outside the root/],
  ["CDATA behind the root", "<a/><![CDATA[ ]]>", /CDATA/],
  ["two roots", "<a/><b/>", /second root/],
  ["no root", "<!-- -->", /no root/],
  ["nothing", "", /no root/],
  ["-- in a comment", "<a><!-- a -- b --></a>", /--/],
  ["a comment that ends in three hyphens", "<a><!-- ---></a>", /--/],
  ["a closing tag in the wrong case", "<a></A>", /the element "a" is closed by an end tag "A"/],
  ["closing tags out of order", "<a><b></a></b>", /the element "b" is closed by an end tag "a"/],
  ["a closing tag for nothing", "<a/></a>", /closes nothing/],
  ["an open root", "<a><b/>", /never closed/],
  ["an open tag", '<a b="1"', /never closed/],
  ["an open value", '<a b="1/>', /never closed/],
  ["a declaration behind a space", ' <?xml version="1.0"?><a/>', /elsewhere/],
  ["a declaration behind a comment", '<!-- --><?xml version="1.0"?><a/>', /elsewhere/],
  ["a declaration without a version", "<?xml encoding='utf-8'?><a/>", /declaration/],
  ["a declaration whose parts change places", "<?xml encoding='utf-8' version='1.0'?><a/>", /declaration/],
  ["a reserved target", "<a><?XML x?></a>", /elsewhere/],
  ["an instruction without a target", "<a><? x?></a>", /target/],
  ["an open instruction", "<a><?x</a>", /never closed/],
  ["a space before the name", "< a/>", /begins no tag/],
  ["a space within />", "<a / >", /never closed/],
  ["a name that begins with a digit", "<1a/>", /begins no tag/],
  ["a slash and more", "<a/b>", /never closed/],
];

test("what is well-formed", () => {
  for (const [what, text] of KEPT) assert.equal(wellFormednessFault(text), null, what);
});

test("what is not, and why", () => {
  for (const [what, text, why] of REFUSED) {
    const fault = wellFormednessFault(text);
    assert.ok(fault !== null, what);
    assert.match(fault.why, why, what);
    assert.ok(fault.at >= 0 && fault.at <= text.length, what);
    assert.throws(() => readXml(text), /XML/, what);
  }
});

test("a document cut anywhere breaks no rule, and is closed to one that breaks none", () => {
  for (const text of [...KEPT.map(([, text]) => text), ...SEEDS]) {
    for (let n = 0; n < text.length; n++) {
      const cut = text.slice(0, n);
      const fault = wellFormednessFault(cut);
      if (fault !== null) assert.equal(fault.cut, true, `${JSON.stringify(cut)}: ${fault.why}`);
      const closed = closedDocument(cut);
      assert.ok(!("why" in closed), JSON.stringify(cut));
      if (closed.open > 0) assert.equal(wellFormednessFault(closed.text), null, JSON.stringify(closed.text));
    }
  }
});

test("what is wrong whatever followed is a fault of a document that was cut, too", () => {
  for (const cut of [
    '<a b="<"',
    "<a>&#0; x",
    "<a>&x; y",
    "<a>a & b",
    '<a b="1" b="2" ',
    "<a><b></c> ",
    "<a/>x",
    "<a>]]> ",
  ]) {
    assert.ok("why" in closedDocument(cut), cut);
  }
});

const SEEDS = [
  '<E><A KH="YiKwWUY8Ioq5NB3wAQHSbs5kwrM=" ID="8rYm30"/><C><T ID="1" SID="7"><L P="49300" N="10.0.0.9"/></T></C></E>',
  "<?xml version=\"1.0\"?><UPLOADINFO TYPE='Escalated'><!-- c --><UPLOADDATA USERNAME=\"j&amp;e\" L='0' />\n</UPLOADINFO>",
  "<a b='1'><![CDATA[x]]>text &#65; &lt;<?p i?><c/></a>",
];
const PIECES = [
  "<",
  ">",
  "&",
  "/",
  "=",
  '"',
  "'",
  " ",
  "\n",
  "]]>",
  "--",
  "<!--",
  "-->",
  "<?x ?>",
  "<?",
  "?>",
  "<![CDATA[",
  "&amp;",
  "&#0;",
  "&#65;",
  "&x;",
  ";",
  "#",
  "a",
  "A",
  "1",
  "<b>",
  "</b>",
  "<b/>",
  ' c="1"',
  "!",
  "[",
  "]",
  "-",
  "\u0001",
  "é",
  "<?xml version='1.0'?>",
];

/** Documents with one to three changes each: something put in, left out, doubled, or put elsewhere. */
function damaged(count: number): string[] {
  const random = new Seeded("xml");
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    let text = SEEDS[i % SEEDS.length]!;
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const at = random.below(text.length + 1);
      const length = random.below(6);
      const piece = PIECES[random.below(PIECES.length)]!;
      const cut = text.slice(at, at + length);
      const put = [piece, "", cut + cut, piece + cut][random.below(4)]!;
      text = text.slice(0, at) + put + text.slice(at + length);
    }
    // Half a pair would not survive the way to the other program.
    if (!/\p{Surrogate}/u.test(text)) texts.push(text);
  }
  return texts;
}

/** Reads texts as a JSON array; answers for each its elements with attributes, or null where it is not well-formed. */
const EXPAT = `
import sys, json
from xml.parsers import expat
out = []
for text in json.load(sys.stdin):
    p = expat.ParserCreate("UTF-8")
    seen = []
    p.StartElementHandler = lambda name, attributes: seen.append([name, sorted(attributes.items())])
    try:
        p.Parse(text.encode("utf-8", "surrogatepass"), True)
        out.append(seen)
    except expat.ExpatError:
        out.append(None)
json.dump(out, sys.stdout)
`;

test("expat agrees, on what is well-formed and on what it says", (t) => {
  const texts = [...KEPT.map(([, text]) => text), ...REFUSED.map(([, text]) => text), ...damaged(4000)];
  const run = spawnSync("python3", ["-c", EXPAT], { input: JSON.stringify(texts), encoding: "utf8" });
  if (run.status !== 0) return t.skip("python3 with expat is not here");
  const reported = JSON.parse(run.stdout) as (unknown[] | null)[];
  let kept = 0;
  for (const [i, text] of texts.entries()) {
    const fault = wellFormednessFault(text);
    // expat takes any number for a version, and knows the names of the fourth edition only.
    if (fault?.why === "the XML declaration is malformed") continue;
    assert.equal(
      fault === null,
      reported[i] !== null,
      `${JSON.stringify(text)}: ${fault?.why ?? "well-formed here"}`,
    );
    if (fault !== null) continue;
    kept++;
    assert.deepEqual(flat(readXml(text)), spaced(reported[i]!), JSON.stringify(text));
  }
  assert.ok(kept > 300, `${kept} of ${texts.length} are well-formed`);
});

/** White space in attributes is kept here and normalised there ([XML 1.0] 3.3.3). */
function spaced(elements: unknown[]): unknown {
  return JSON.parse(JSON.stringify(elements).replace(/\\[trn]/g, " "));
}

/** Elements in order of the document, attributes sorted. */
function flat(element: XmlElement): unknown[] {
  const attributes = [...element.attributes].map(([name, value]) => [name, value.replace(/[\t\r\n]/g, " ")]);
  attributes.sort(([a], [b]) => (a! < b! ? -1 : 1));
  return [[element.name, attributes], ...element.children.flatMap(flat)];
}

test("twice the text costs twice the time", () => {
  const shapes: ((n: number) => string)[] = [
    (n) => `<a>${"&amp;".repeat(n)}</a>`,
    (n) => `<a>${"&".repeat(n)}</a>`,
    (n) => `<a ${"b ".repeat(n)}/>`,
    (n) => `<a ${Array.from({ length: n }, (_, i) => `b${i}=""`).join(" ")}/>`,
    (n) => "<a>".repeat(n),
    (n) => `<a>${"]]".repeat(n)}</a>`,
    (n) => `<?xml ${" ".repeat(n)}`,
    (n) => `<?xml version="1.0"${" ".repeat(n)}`,
    (n) => `<a b="${"<".repeat(n)}"/>`,
    (n) => `${"<!---->".repeat(n)}<a/>`,
    (n) => `<a${" ".repeat(n)}`,
    (n) => `<${"a".repeat(n)}`,
  ];
  const cost = (text: string): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < 5; i++) wellFormednessFault(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  for (const shape of shapes) {
    cost(shape(10_000));
    assert.ok(cost(shape(20_000)) < 4 * cost(shape(10_000)) + 20_000, shape(3));
  }
});
