/** -o, -T, filters and --redact of the commands that print one text at their end. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-reports-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const captures = fileURLToPath(new URL("../../../captures/", import.meta.url));
const EXPERTS = join(captures, "two-experts.pcapng");
const place = (name: string): string => join(folder, name);
const TICKET = place("ticket.txt");
writeFileSync(TICKET, "65538,1,10.0.0.1:3389,*,AbCd,*,*,Xy");

describe("-o and -T of stats, objects and invitation", { concurrency: 2 }, () => {
  const commands = [
    { command: ["stats", EXPERTS], text: "s.txt", json: "s.json" },
    { command: ["objects", EXPERTS], text: "o.txt", json: "o.json" },
    { command: ["invitation", TICKET, "--now", "0"], text: "i.txt", json: "i.json" },
  ];
  for (const { command, text, json } of commands) {
    test(command[0]!, async () => {
      const plain = await raiscope(command);
      const asJson = await raiscope([...command, "-T", "json"]);
      assert.deepEqual([plain.status, asJson.status], [0, 0]);
      assert.notEqual(plain.stdout, "");
      JSON.parse(asJson.stdout);
      const files = await raiscope([...command, "-o", place(text), "-o", place(json)]);
      assert.deepEqual(files, { status: 0, stdout: "", stderr: "" });
      assert.equal(readFileSync(place(text), "utf8"), plain.stdout);
      assert.equal(readFileSync(place(json), "utf8"), asJson.stdout);
      const both = await raiscope([...command, "-T", "json", "-o", place(text)]);
      assert.equal(both.stdout, asJson.stdout);
      assert.equal(readFileSync(place(text), "utf8"), plain.stdout);
      // An older, longer text does not show behind the new one.
      writeFileSync(place(text), "x".repeat(1_000_000));
      await raiscope([...command, "-o", place(text)]);
      assert.equal(readFileSync(place(text), "utf8"), plain.stdout);
      assert.equal((await raiscope([...command, "-o", "-"])).stdout, plain.stdout);
    });
  }

  test("what cannot be written is said before anything is read, and inputs are not overwritten", async () => {
    const missing = await raiscope(["stats", EXPERTS, "-o", place("none/s.json")]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /cannot be written: no such file or directory/);
    const same = await raiscope(["objects", EXPERTS, "-o", EXPERTS, "-T", "json"]);
    assert.equal(same.status, 1);
    assert.match(same.stderr, /the same file/);
    const slip = await raiscope(["stats", EXPERTS, "-o", place("s.jsn")]);
    assert.equal(slip.status, 1);
    assert.match(slip.stderr, /-o .*s\.jsn: no format has the suffix \.jsn/);
    assert.equal(existsSync(place("s.jsn")), false);
  });
});

test("stats: talkers and users in both formats, as filters say, redacted, of logs as well", async () => {
  const of = async (...more: string[]) =>
    JSON.parse((await raiscope(["stats", EXPERTS, "-T", "json", ...more])).stdout);
  const all = await of();
  assert.deepEqual(
    all.talkers.map((row: { client: string; server: string; calls: number }) => [
      row.client,
      row.server,
      row.calls,
    ]),
    [
      ["10.20.4.91", "10.20.4.17", 23],
      ["10.20.4.90", "10.20.4.17", 8],
    ],
  );
  const users = all.users.map((row: { user: string; client: string }) => `${row.user} ${row.client}`);
  assert.ok(users.includes("helga.desk 10.20.4.90") && users.includes("olaf.desk 10.20.4.91"), users.join());
  for (const rows of [all.talkers, all.users]) {
    const calls = rows.reduce((sum: number, row: { calls: number }) => sum + row.calls, 0);
    assert.equal(calls, all.total.calls);
  }
  const one = await of("--host", "10.20.4.90", "--by", "talkers");
  assert.deepEqual([one.talkers.length, one.users, one.interfaces], [1, undefined, undefined]);
  const hidden = await of("--redact");
  assert.deepEqual(
    hidden.users.map(({ user }: { user: string | null }) => user === null || /^<user-\d>$/.test(user)),
    [...hidden.users.map(() => true)],
  );
  const table = await raiscope(["stats", EXPERTS, "--by", "users"]);
  assert.match(table.stdout, /^Users\n/);
  assert.match(table.stdout, /CONTOSO\\olaf\.desk +│ HELPDESK-9 \(10\.20\.4\.91\)/);
  const log = place("experts.ndjson");
  await raiscope([EXPERTS, "-o", log]);
  assert.equal(
    (await raiscope(["stats", log, "--by", "users,talkers"])).stdout,
    (await raiscope(["stats", EXPERTS, "--by", "talkers,users"])).stdout,
  );
  assert.equal((await raiscope(["stats", EXPERTS, "--by", "people"])).status, 1);
});

test("objects: filters choose those of conversations with such a call", async () => {
  const of = async (...more: string[]) => (await raiscope(["objects", EXPERTS, ...more])).stdout;
  const all = await of();
  assert.equal(all.match(/IRASrv {2}IPID/g)?.length, 4);
  const one = await of("--host", "10.20.4.90");
  assert.equal(one.match(/IRASrv {2}IPID/g)?.length, 1);
  assert.equal(await of("--status", "fault"), await of("--interface", "svcctl"));
  assert.match(await of("-Y", 'method == "GetSessionInfo"'), /IRASrv/);
});
