/** Secrets of a command line: gone from the list of processes, and in no message. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../src/cli/program.js";
import { withoutSecrets } from "../../../src/cli/secret-words.js";
import { distance, nearest } from "../../../src/suggest.js";
import { ended, raiscope, start } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-secrets-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-privacy.pcapng", import.meta.url));
const SECRET = "Hunter2Hunter2";

/** A file of this content, its owner's alone. */
function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

describe("secrets", { concurrency: 2 }, () => {
  const noProc = !existsSync("/proc/self/cmdline") && "there is no /proc";
  for (const options of [
    ["--password", SECRET],
    [`--password=${SECRET}`, "-q"],
    ["--password", "other", "--nt-hash", "0123456789abcdef0123456789abcdef", "--password", SECRET],
  ]) {
    test(`${options.join(" ")} leaves the list of processes`, { skip: noProc }, async () => {
      const child = start(["-", "-T", "ndjson", ...options], {
        SUDO_COMMAND: `raiscope ${options.join(" ")}`,
      });
      const end = ended(child);
      const shown = (): string =>
        readFileSync(`/proc/${child.pid}/cmdline`, "latin1").replace(/\0+/g, " ").trim();
      for (let tries = 0; tries < 400 && !shown().startsWith("raiscope"); tries++) await sleep(25);
      const line = execFileSync("ps", ["-ww", "-o", "args=", "-p", `${child.pid}`], { encoding: "utf8" });
      for (const text of [shown(), line]) {
        assert.match(text, /^raiscope - -T ndjson .*\*\*\*/);
        assert.doesNotMatch(text, /Hunter2|0123456789/);
      }
      child.stdin?.end();
      await end;
    });
  }

  test("a keytab with more entries than are used is said to be one, on standard error", async () => {
    // [MIT keytab format] one entry of no components: realm "R", name type, time, version, type 18, key of 16 bytes.
    const body = Buffer.concat([
      Buffer.from([0, 0, 0, 1, 0x52, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 18, 0, 16]),
      Buffer.alloc(16, 0x61),
    ]);
    const entry = Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]);
    const keytab = (entries: number): string => {
      const path = join(folder, `host-${entries}.keytab`);
      writeFileSync(path, Buffer.concat([Buffer.from([5, 2]), ...new Array<Buffer>(entries).fill(entry)]));
      return path;
    };
    const said = /warning: keytab host-10001\.keytab: only its first 10000 entries are used/;
    assert.match((await raiscope([CAPTURE, "--keytab", keytab(10_001)])).stderr, said);
    assert.doesNotMatch((await raiscope([CAPTURE, "--keytab", keytab(10_000)])).stderr, /keytab/);
  });

  test("no message repeats what may be a secret, and the option meant is named", async (t) => {
    let stderr = "";
    t.mock.method(process.stderr, "write", (text: string) => {
      stderr += text;
      return true;
    });
    const broken = file("broken.json", `[{"password":"${SECRET}"`);
    const noKeytab = file("no-keytab.json", `[{"keytab":"${SECRET}"}]`);
    const noHash = file("no-hash.json", `[{"user":"a","nt_hash":"${SECRET}"}]`);
    const runs: [string[], RegExp][] = [
      [["--pasword", SECRET], /'--pasword'\n\(Did you mean --password\?\)/],
      [[`--passwrod=${SECRET}`], /'--passwrod'\n\(Did you mean --password\?\)/],
      [[`--password${SECRET}`], /'--password'\n/],
      [[`-p${SECRET}`], /'-p'\n/],
      [[`-password=${SECRET}`], /'-password'\n\(Did you mean --password\?\)/],
      [[`--nt-hahs=${SECRET}`], /'--nt-hahs'\n\(Did you mean --nt-hash\?\)/],
      [["--nt-hash", SECRET], /nt_hash #1: must be 32 hex digits/],
      [["--session-key", SECRET], /session_key #1: must be 32 or 64 hex digits/],
      [["--password", "half", SECRET], /after the value of --password is not a file/],
      [["--secrets", SECRET], /--secrets: no such file/],
      [["--secrets", `[{"password":"${SECRET}"}]`], /--secrets: no such file/],
      [["--keytab", SECRET], /--keytab: no such file/],
      [["--secrets", broken], /broken\.json: the secrets file is not valid JSON/],
      [["--secrets", noKeytab], /no-keytab\.json: the keytab of secret 1: no such file/],
      [["--secrets", noHash], /no-hash\.json: secret 1: nt_hash: must be 32 hex digits/],
      [["--keytab", file("no.keytab", SECRET)], /keytab no\.keytab: not a keytab file/],
    ];
    for (const [args, expected] of runs) {
      stderr = "";
      assert.equal(await runProgram(["node", "raiscope", CAPTURE, ...args]), 1, args.join(" "));
      assert.match(stderr, expected);
      assert.ok(!stderr.includes("Hunter2"), stderr);
    }
    t.mock.reset();
  });

  test("a file of secrets that others can read is warned of, once", async () => {
    const open = file("open.json", "[]", 0o644);
    const shared = await raiscope([CAPTURE, "-T", "ndjson", "--secrets", open]);
    assert.equal(shared.status, 0);
    assert.match(
      shared.stderr,
      /^raiscope: warning: \S+open\.json can be read by others than its owner: .*\n$/,
    );
    assert.equal((await raiscope([CAPTURE, "-qT", "ndjson", "--secrets", open])).stderr, "");
  });

  test("a mistyped file behind a secret is named all the same", async () => {
    const { status, stderr } = await raiscope(["--password", SECRET, "nosuch.pcap"]);
    assert.deepEqual([status, stderr], [1, "raiscope: nosuch.pcap: no such file\n"]);
  });
});

test("which words of a command line are secrets", () => {
  assert.equal(
    withoutSecrets(["stats", "x.pcap", "--secrets", "s.json", "--host", "10.0.0.1", "-w", "a"]),
    null,
  );
  const hidden: [string[], string[]][] = [
    [
      ["--password", "--password", "x"],
      ["--password", "***", "x"],
    ],
    [["--passwrod=a=b"], ["--passwrod=***"]],
    [
      ["-password", "a"],
      ["-password", "***"],
    ],
    [
      ["--session-key=00", "--nt-hash", "a:b"],
      ["--session-key=***", "--nt-hash", "***"],
    ],
    [
      ["--secrets", '[{"password":"a"}]'],
      ["--secrets", "***"],
    ],
    [
      ["--password", "a", "--", "--password", "b"],
      ["--password", "***", "--", "--password", "b"],
    ],
  ];
  for (const [words, shown] of hidden) assert.deepEqual(withoutSecrets(words), shown);
});

test("the nearest word: letters left out, added, replaced or exchanged; another word is none", () => {
  assert.equal(distance("", "abc"), 3);
  assert.equal(distance("anlayze", "analyze"), 1);
  assert.equal(distance("kitten", "sitting"), 3);
  const commands = [
    "analyze",
    "sniff",
    "interfaces",
    "stats",
    "objects",
    "invitation",
    "idl",
    "extcap",
    "help",
  ];
  for (const [word, meant] of [
    ["anlyze", "analyze"],
    ["analyse", "analyze"],
    ["stat", "stats"],
    ["STATS", "stats"],
    ["satts", "stats"],
    ["snif", "sniff"],
    ["sniffer", "sniff"],
    ["inv", "invitation"],
    ["objcets", "objects"],
    ["interface", "interfaces"],
    ["ild", "idl"],
    ["x.pcap", null],
    ["capture", null],
    ["a", null],
    ["ls", null],
    ["", null],
    ["x".repeat(100_000), null],
  ] as const) {
    assert.equal(nearest(word, commands), meant, word.slice(0, 40));
  }
});
