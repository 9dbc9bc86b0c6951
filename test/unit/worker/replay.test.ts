/** One call is shown by reading its conversation alone, and its tree is the one of the whole traced run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parseSecrets } from "../../../src/rpc/security/secrets.js";
import type { NodeTree, Opening } from "../../../src/view/model.js";
import { CAPTURES, captureNames, secretsOf } from "../../support/golden.js";
import { fileNamed, openSession, wholeTrees } from "../../support/session.js";
import { volume } from "../../support/volume.js";

/** Shows every row, and compares; answers how often all was read again. */
async function compareAll(opening: Opening): Promise<{ rows: number; passes: number }> {
  const { inputs, ...more } = opening;
  const { session, rows } = await openSession(inputs, more);
  const trees = await wholeTrees(opening);
  assert.equal(trees.length, rows.count);
  for (const [row, expected] of trees.entries()) {
    if (row % volume(1, 4) !== 0) continue;
    const { record, tree, why } = await session.show(row);
    assert.deepEqual({ record, tree }, expected, `row ${row}`);
    assert.equal(why, null);
  }
  return { rows: rows.count, passes: session.passes };
}

const passwordsOf = (name: string): string[] =>
  parseSecrets(secretsOf(name) ?? "[]").flatMap((secret) =>
    secret.kind === "password" ? [secret.password] : [],
  );

describe("every capture that ships", () => {
  for (const name of captureNames()) {
    const inputs = [fileNamed(join(CAPTURES, name))];
    test(`${name}: the trees of all calls`, async () => {
      assert.equal((await compareAll({ inputs })).passes, 0);
    });
    const passwords = passwordsOf(name);
    if (passwords.length === 0) continue;
    test(`${name}: the same with its passwords`, async () => {
      assert.equal((await compareAll({ inputs, passwords })).passes, 0);
    });
  }
});

test("a sealed capture has more to show with its password", async () => {
  const name = "pipes-encrypted.pcapng";
  const inputs = [fileNamed(join(CAPTURES, name))];
  assert.equal((await compareAll({ inputs })).rows, 0);
  assert.ok((await compareAll({ inputs, passwords: passwordsOf(name) })).rows > 0);
});

test("of several captures the one that the call is in is read", async () => {
  const names = ["two-experts.pcapng", "datagrams.pcap", "pipes.pcapng", "big-endian.pcap"];
  const result = await compareAll({ inputs: names.map((name) => fileNamed(join(CAPTURES, name))) });
  assert.equal(result.passes, 0);
});

test("a packed capture is kept unpacked, and read in parts as well", async () => {
  const bytes = gzipSync(readFileSync(join(CAPTURES, "pipes.pcapng")));
  const result = await compareAll({ inputs: [{ name: "pipes.pcapng.gz", data: bytes }] });
  assert.ok(result.rows > 0);
  assert.equal(result.passes, 0);
});

test("a conversation is found again when captures without it are around", async () => {
  // Sections one behind another: other interfaces, and times that go back.
  const parts = ["pipes.pcapng", "two-experts.pcapng", "invoke.pcapng"].map((name) =>
    readFileSync(join(CAPTURES, name)),
  );
  const result = await compareAll({ inputs: [{ name: "all.pcapng", data: Buffer.concat(parts) }] });
  assert.ok(result.rows > 60);
});

test("a call can be shown while the capture is still read", async () => {
  const bytes = readFileSync(join(CAPTURES, "two-experts.pcapng"));
  const parts = Array.from({ length: 60 }, () => bytes);
  const shown: Promise<{ row: number; tree: NodeTree | null }>[] = [];
  let done = false;
  const early: boolean[] = [];
  const { session } = await openSession(
    [{ name: "long.pcapng", data: Buffer.concat(parts) }],
    {},
    undefined,
    {
      news(news, of) {
        if (news.done === true) done = true;
        if (news.rows === undefined || shown.length > 2) return;
        shown.push(
          of.show(news.rows.first).then((answer) => {
            early.push(!done);
            return answer;
          }),
        );
      },
    },
  );
  const answers = await Promise.allSettled(shown);
  const last = answers.at(-1)!;
  assert.equal(last.status, "fulfilled");
  assert.ok(last.value.tree !== null);
  assert.ok(early.includes(true), "none was answered before all was read");
  assert.equal(session.passes, 0);
});
