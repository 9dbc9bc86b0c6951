/** The page in one file: its size, its policy, and that it refers to nothing outside. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { SCHEMA } from "../../../dissectors/drsr/generated/attribute-data.js";
import { HRESULT, NTSTATUS, WIN32 } from "../../../dissectors/wire/generated/status-data.js";
import { type PageParts, pageParts, pageText } from "../../../scripts/page.mjs";
import { packedData } from "../../../scripts/shipped.mjs";
import { longLayout } from "../../../src/shipped/layout-spelling.js";
import { openTexts, unpack } from "../../../src/shipped/packed.js";
import { longTable } from "../../../src/shipped/table-spelling.js";
import { CAPTURES } from "../../support/golden.js";

const MAX_BYTES = 2_000_000;
const MAX_GZIPPED = 700_000;

/** Names of XML namespaces, which nobody fetches. */
const NAMESPACES = /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml|1998\/Math\/MathML|1999\/xlink)\b/g;

let parts: PageParts;
let page: string;

before(async () => {
  parts = await pageParts();
  page = pageText(parts);
});

test("no larger than it may be", (t) => {
  const gzipped = gzipSync(page, { level: 9 }).length;
  t.diagnostic(`${page.length} bytes, ${gzipped} gzipped`);
  assert.ok(Buffer.byteLength(page) <= MAX_BYTES, `${Buffer.byteLength(page)} bytes`);
  assert.ok(gzipped <= MAX_GZIPPED, `${gzipped} bytes gzipped`);
});

describe("its policy", () => {
  const directives = (): Map<string, string> => {
    const [, text] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)!;
    return new Map(
      text!.split("; ").map((one) => {
        const at = one.indexOf(" ");
        return [one.slice(0, at), one.slice(at + 1)];
      }),
    );
  };
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

  test("stands before all that it is about", () => {
    assert.ok(page.indexOf("Content-Security-Policy") < page.search(/<style|<script|<link/));
  });

  test("allows the script that unpacks, the page's own, the one style, and a worker; nothing else", () => {
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
    const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text]) => text!);
    assert.equal(scripts.length, 1);
    assert.equal(styles.length, 1);
    assert.deepEqual(Object.fromEntries(directives()), {
      "default-src": "'none'",
      "script-src": `${hash(scripts[0]!)} ${hash(parts.code)}`,
      "style-src": hash(styles[0]!),
      "worker-src": "blob:",
      "img-src": "data:",
      "base-uri": "'none'",
      "form-action": "'none'",
    });
  });
});

describe("nothing outside is referred to", () => {
  test("no address of the web", () => {
    // An address of IPv6 is read as a part of one that nobody asks for (src/address.ts).
    const rest = `${page} ${parts.code} ${parts.worker}`.replace(NAMESPACES, "").replaceAll("http://[${", "");
    assert.deepEqual(
      [...rest.matchAll(/.{0,40}\b(?:https?|wss?|ftp):\/\/.{0,40}/g)].map(([text]) => text),
      [],
    );
  });

  test("no element or rule that loads", () => {
    const markup = page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    assert.deepEqual(
      [...markup.matchAll(/\b(?:src|srcset|href|action|poster|data)="([^"]*)"/g)].map(([, to]) => to),
      ["data:,"],
    );
    assert.doesNotMatch(parts.css, /@import|url\((?!["']?data:)/);
  });

  test("no code that is made of text", () => {
    for (const code of [parts.boot, parts.code, parts.worker]) {
      // Methods of that name are something else.
      const calls = code.replace(/\.eval\(|\beval\([^()]*\)\{/g, "");
      assert.doesNotMatch(calls, /\beval\(|\bnew Function\(|\bdocument\.write\(|\bimport\(/);
    }
  });

  test("no source that makes markup of text", () => {
    const root = join(CAPTURES, "..");
    const sources = ["src/page", "src/worker"].flatMap((folder) =>
      existsSync(join(root, folder))
        ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
            join(folder, name),
          )
        : [],
    );
    const found = sources
      .filter((name) => /\.tsx?$/.test(name))
      .filter((name) =>
        /innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write/.test(
          readFileSync(join(root, name), "utf8"),
        ),
      );
    assert.deepEqual(found, []);
  });
});

test("nothing is kept in the browser", () => {
  const root = join(CAPTURES, "..");
  const keeping = readdirSync(join(root, "src/page"), { recursive: true, encoding: "utf8" }).filter(
    (name) =>
      /\.tsx?$/.test(name) &&
      /localStorage|sessionStorage|indexedDB|document\.cookie|\bcaches\b/.test(
        readFileSync(join(root, "src/page", name), "utf8"),
      ),
  );
  assert.deepEqual(keeping, []);
});

test("what is packed is what is shipped", () => {
  const text = openTexts(packedData());
  const file = (path: string): string => readFileSync(join(CAPTURES, "../dissectors", path), "utf8");
  assert.equal(text("names"), file("idl/generated/names.txt"));
  for (const name of readdirSync(join(CAPTURES, "../dissectors/idl/generated/layouts"))) {
    const layout = longLayout(text(`layout ${name.replace(".json", "")}`));
    assert.ok(layout === JSON.stringify(JSON.parse(file(`idl/generated/layouts/${name}`))), name);
  }
  const [first] = JSON.parse(text("idl .")) as { name: string; text: string }[];
  assert.equal(first!.text, file(`idl/${first!.name}`));
  for (const [name, table] of Object.entries({ HRESULT, NTSTATUS, WIN32 })) {
    assert.ok(longTable(text(`status-data ${name}`)) === table, name);
  }
  assert.ok(longTable(text("attribute-data SCHEMA")) === SCHEMA);
  assert.throws(() => text("layout MS-NONE"), /nothing is packed/);
});

test("samples are captures of the project", () => {
  const samples = JSON.parse(parts.samples) as { name: string; packed: string }[];
  assert.ok(samples.length > 0);
  for (const { name, packed } of samples) {
    assert.deepEqual(Buffer.from(unpack(packed)), readFileSync(join(CAPTURES, name)), name);
  }
});
