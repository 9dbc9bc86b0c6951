/** The page of a case report before its data: its policy, its size, and that it refers to nothing outside. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { caseTemplate } from "../../../scripts/page.mjs";
import { casePieces, DATA_MARK, TITLE_MARK } from "../../../src/report/html.js";

/** Of which the panes, the views of offers and their libraries are nine tenths. */
const MAX_BYTES = 100_000;
/** Names of XML namespaces, which nobody fetches. */
const NAMESPACES = /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml|1998\/Math\/MathML|1999\/xlink)\b/g;

/** What canonicalAddress has a URL made of, to read an IPv6 address. */
const ADDRESS = /`http:\/\/\[\$\{\w+\}\]`/g;

let page: string;
let loader: string;
let style: string;
let code: string;

const part = (id: string): string => {
  const [, packed = ""] = new RegExp(`id="raiscope-page-${id}">([^<]*)<`).exec(page) ?? [];
  return gunzipSync(Buffer.from(packed, "base64")).toString();
};
const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

before(async () => {
  page = await caseTemplate();
  loader = /<script>([\s\S]*?)<\/script>/.exec(page)![1]!;
  style = part("style");
  code = part("script");
});

test("no larger than it may be", (t) => {
  t.diagnostic(`${page.length} bytes`);
  assert.ok(Buffer.byteLength(page) <= MAX_BYTES, `${Buffer.byteLength(page)} bytes`);
});

test("its policy lets run what it brings along, and nothing else in", () => {
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)!;
  assert.deepEqual(policy!.split("; "), [
    "default-src 'none'",
    `script-src ${hash(loader)} ${hash(code)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

test("it refers to nothing outside", () => {
  for (const text of [
    page.replace("http-equiv", ""),
    loader,
    style,
    code.replace(NAMESPACES, "").replace(ADDRESS, ""),
  ]) {
    assert.doesNotMatch(text, /https?:/);
    assert.doesNotMatch(text, /@import|url\(/);
  }
  assert.doesNotMatch(code, /\beval\(|\bnew Function\b|insertAdjacentHTML|document\.write/);
});

test("it has one place for the title and one for the data", () => {
  for (const mark of [TITLE_MARK, DATA_MARK]) assert.equal(page.split(mark).length, 2, mark);
  const none = { bytes: 0, lines: 0, sha256: "", blocks: [] };
  const manifest = {
    format: 1,
    program: "</script>",
    redacted: true,
    records: none,
    trees: none,
    packets: null,
  };
  const data = { title: "<b>$&", manifest, head: "", records: [], trees: [], packets: null } as const;
  const html = [...casePieces(page, data as never)].join("");
  assert.match(html, /<title>&lt;b&gt;\$&amp;<\/title>/);
  assert.ok(html.includes('"program":"\\u003c/script>"'));
  assert.throws(() => [...casePieces("<html></html>", data as never)], /no place/);
});
