/** What the page's worker answers in a browser is what the command prints: rows, fields and bytes of every capture. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { raiscope } from "../support/cli/spawn.js";
import { CAPTURES, captureNames } from "../support/golden.js";
import { closeBrowser, skip, withPage } from "../support/page/browser.js";
import { type SeamRow, seamPage } from "../support/page/seam.js";

const PASSWORD = "Help4Desk!";

const plain = (text: string): string => text.replace(/\s+/g, "");

/** What stands under the headings of calls, in order. */
function blocks(text: string): { call: string; text: string }[] {
  return text.split(/^(?=(?:call (?:udp:)?\d+:\d+|association (?:udp )?\d+) )/m).flatMap((block) => {
    const [, call] = /^call (?:udp:)?(\d+:\d+)/.exec(block) ?? [];
    return call === undefined ? [] : [{ call, text: block.slice(block.indexOf("\n") + 1) }];
  });
}

/** Bytes as -x prints them: in hex, a text for each source. */
function sourcesOf(text: string): string[] {
  return text
    .split(/^(?=\S.*\(\d+ bytes?\)(?:, [^:]*)?:$)/m)
    .map((source) =>
      [...source.matchAll(/^[0-9a-f]{4,} {2}((?:[0-9a-f]{2} {1,2})*[0-9a-f]{2})/gm)]
        .map(([, bytes]) => plain(bytes!))
        .join(""),
    )
    .filter((hex) => hex !== "");
}

/** Says where long texts begin to differ. */
function assertSame(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const from = Math.max(0, at - 40);
  assert.equal(actual.slice(from, at + 80), expected.slice(from, at + 80), `${what}, at ${at}`);
}

async function printed(args: string[]): Promise<string> {
  const { status, stdout, stderr } = await raiscope([...args, "-q"]);
  assert.ok(status === 0 || status === 2, stderr);
  return stdout;
}

describe("the worker in a browser", { skip }, () => {
  let url = "";

  before(async () => {
    url = await seamPage();
  });

  after(closeBrowser);

  for (const name of captureNames()) {
    for (const passwords of [[], [PASSWORD]]) {
      test(`${name}${passwords.length > 0 ? ", opened" : ""}`, async () => {
        const path = join(CAPTURES, name);
        const keys = passwords.flatMap((password) => ["--password", password]);
        const [table, fields, bytes] = await Promise.all([
          printed([path, "-T", "table", "--full", "--events", "call", ...keys]),
          printed(["show", path, "--all", "-V", "--full", ...keys]),
          printed(["show", path, "--all", "-x", ...keys]),
        ]);
        await withPage({ url }, async ({ page }) => {
          const call = `everyRow(${JSON.stringify(name)}, "${readFileSync(path).toString("hex")}", ${JSON.stringify({ passwords })})`;
          const { all } = (await page.evaluate(call)) as { all: SeamRow[] };
          const [, ...lines] = table.trimEnd().split("\n");
          assert.deepEqual(
            all.map(({ cells }) => plain(cells.join(" "))),
            lines.map(plain),
          );
          const expected = blocks(fields);
          const hex = blocks(bytes);
          assert.deepEqual(
            all.map(({ call }) => call),
            expected.map(({ call }) => call),
          );
          for (const [i, { lines: tree, sources, call }] of all.entries()) {
            assertSame(plain(tree!.join(" ")), plain(expected[i]!.text), call);
            assertSame(sources!.join(" "), sourcesOf(hex[i]!.text).join(" "), call);
          }
        });
      });
    }
  }
});
