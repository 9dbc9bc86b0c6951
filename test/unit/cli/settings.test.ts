/** Options from the environment and the configuration file, which stand back behind the command line. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Ended, raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-settings-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));
const INVOKE = capture("invoke.pcapng");
const SEALED = capture("vista-offer-privacy-ntlmssp.pcap");

function run(args: readonly string[], environment: { [name: string]: string } = {}): Promise<Ended> {
  return raiscope(args, "", { environment: { TZ: "Asia/Kolkata", ...environment } });
}

/** Runs with a configuration file of this text. */
async function configured(
  text: string,
  args: readonly string[],
  environment: { [name: string]: string } = {},
): Promise<Ended & { path: string }> {
  const path = join(folder, `config-${made++}.toml`);
  writeFileSync(path, text);
  const result = await run(args, { RAISCOPE_NO_CONFIG: "", RAISCOPE_CONFIG: path, ...environment });
  return { ...result, path };
}

/** Of the first call in a table, which findings may stand above. */
const firstTime = ({ stdout }: Ended): string =>
  /^ *TIME .*\n *(\S+)/m.exec(stdout)?.[1] ?? stdout.slice(0, 200);

describe("settings", { concurrency: 2 }, () => {
  test("the command line stands before the environment, and that before the file", async () => {
    const file = 'format = "table"\ntime-format = "e"\n';
    const table = await configured(file, [INVOKE]);
    assert.deepEqual([table.status, table.stderr], [0, ""]);
    assert.equal(firstTime(table), "1256194812.001859");
    const environment = { RAISCOPE_TIME_FORMAT: "u" };
    assert.equal(firstTime(await configured(file, [INVOKE], environment)), "07:00:12.001859");
    assert.equal(firstTime(await configured(file, [INVOKE, "-t", "a"], environment)), "12:30:12.001859");
    assert.match((await configured(file, [INVOKE, "-T", "ndjson"])).stdout, /^\{"type":"call"/);
    for (const words of [
      ["--no-config", INVOKE],
      [INVOKE, "--no-config"],
      ["analyze", "--no-config", INVOKE],
    ]) {
      assert.match((await configured(file, words)).stdout, /^Offer 1/m, words.join(" "));
    }
    assert.match((await configured(file, [INVOKE], { RAISCOPE_NO_CONFIG: "1" })).stdout, /^Offer 1/m);
  });

  test("a table is for one command, and a word that only another command takes is left to it", async () => {
    const file = 'format = "ndjson"\n[stats]\nformat = "json"\n[objects]\nlimit = 5\n';
    assert.match((await configured(file, [INVOKE])).stdout, /^\{"type":"call"/);
    assert.equal(JSON.parse((await configured(file, ["stats", INVOKE])).stdout).type, "stats");
    assert.match((await configured(file, ["objects", INVOKE])).stdout, /^No objects/);
  });

  test("the file is found where the XDG specification has it, and need not be there", async () => {
    const at = join(folder, "xdg", "raiscope");
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "config.toml"), "local = true\n");
    const own = { RAISCOPE_NO_CONFIG: "", XDG_CONFIG_HOME: join(folder, "xdg") };
    assert.match((await run([INVOKE], own)).stdout, /12:30:12.\d+ \+05:30/);
    mkdirSync(join(folder, "home", ".config"), { recursive: true });
    const home = { RAISCOPE_NO_CONFIG: "", XDG_CONFIG_HOME: "", HOME: join(folder, "home") };
    assert.match((await run([INVOKE], home)).stdout, /07:00:12.\d+ UTC/);
    mkdirSync(join(folder, "home", ".config", "raiscope"));
    writeFileSync(join(folder, "home", ".config", "raiscope", "config.toml"), "local = true\n");
    assert.match((await run([INVOKE], home)).stdout, /\+05:30/);
    const none = await run([INVOKE], {
      RAISCOPE_NO_CONFIG: "",
      RAISCOPE_CONFIG: join(folder, "absent.toml"),
    });
    assert.deepEqual([none.status, none.stdout], [1, ""]);
    assert.match(none.stderr, /RAISCOPE_CONFIG: .*absent\.toml: no such file/);
  });

  test("secrets files and IDL folders are relative to the file, and lists are repeatable options", async () => {
    const idl = join(folder, "interfaces", "deeper");
    mkdirSync(idl, { recursive: true });
    const text = readFileSync(
      fileURLToPath(new URL("../../../dissectors/idl/ms-rai.idl", import.meta.url)),
      "utf8",
    );
    writeFileSync(join(idl, "own.idl"), text.replace(/interface IRASrv\b/, "interface MyRASrv"));
    writeFileSync(join(folder, "interfaces", "README"), "no IDL");
    writeFileSync(join(folder, "keys.json"), '[{"password":"Help4Desk!"}]', { mode: 0o600 });
    writeFileSync(join(folder, "others.json"), '[{"password":"x"}]', { mode: 0o600 });
    const file = 'secrets = [\n  "keys.json",\n  "others.json",\n]\nidl = "interfaces"\n';
    const { stdout, stderr } = await configured(file, [SEALED, "--all-calls"]);
    assert.equal(stderr, "");
    assert.match(stdout, /fits 1 security context|fits \d+ security contexts/);
    assert.match(stdout, /MyRASrv\./);
    const environment = {
      RAISCOPE_SECRETS: ["keys.json", "others.json"].map((n) => join(folder, n)).join(":"),
    };
    assert.match((await run([SEALED], environment)).stdout, /fits \d+ security context/);
    const empty = join(folder, "empty");
    mkdirSync(empty);
    assert.match((await run([INVOKE, "--idl", empty])).stderr, /a folder without an \.idl file/);
  });

  test("options that take commas take lists as well", async () => {
    const file = 'status = ["fault", "error"]\nresolve = ["capture"]\nformat = "ndjson"\n';
    const listed = await configured(file, [INVOKE, "-q"]);
    const typed = await run([INVOKE, "-Tndjson", "--status", "fault", "--status", "error", "-q"]);
    assert.deepEqual([listed.status, listed.stdout, listed.stderr], [0, typed.stdout, ""]);
    const either = await configured('status = "fault,error"\nformat = "ndjson"\n', [INVOKE, "-q"]);
    assert.match(either.stdout, /"status":"error"/);
  });

  test("what is wrong is refused with file and line", async () => {
    for (const [text, place, said] of [
      ["local = true\ncolour = 1\n", ":2", /unknown key colour/],
      ["\n# x\nforamt = 'json'\n", ":3", /unknown key foramt\n.*did you mean format\?/],
      ["[stats]\n\nladder = true\n", ":3", /unknown key of \[stats\] ladder/],
      ["idl = [\n'a',\n'b']\n[nosuch]\nx = 1\n", ":5", /unknown command nosuch/],
      ["local = 'yes'\n", ":1", /local takes true or false/],
      ["limit = 0\n", ":1", /limit: Give a whole number of 1 or more/],
      ["limit = [1, 2]\n", ":1", /limit takes one value/],
      ["format = 'nosuch'\n", ":1", /format: nosuch is none of transcript/],
      ["time-format = 'x'\n", ":1", /x is none of ad, a, r, d, e, u/],
      ["password = 'topsecret'\n", ":1", /password does not stand in a configuration file/],
      ["log-format = 'xml'\n", ":1", /log-format is one of text, json/],
      ["local = \n", ":1", /./],
      ["a = 1\na = 2\n", ":2", /./],
      ["local = {a = {b = 1}}\n", ":1", /./],
    ] as const) {
      const { status, stdout, stderr, path } = await configured(text, [INVOKE]);
      assert.deepEqual([status, stdout], [1, ""], text);
      assert.ok(stderr.startsWith(`raiscope: ${path}${place}:`), stderr);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /topsecret/);
    }
  });

  test("the environment is refused where it is wrong, and its secrets are not passed on", async () => {
    for (const [name, value, said] of [
      ["RAISCOPE_LOCAL", "maybe", /RAISCOPE_LOCAL: give 1 or 0/],
      ["RAISCOPE_LIMIT", "many", /RAISCOPE_LIMIT: Give a whole number/],
      ["RAISCOPE_FORMAT", "nosuch", /RAISCOPE_FORMAT: nosuch is none of/],
    ] as const) {
      const { status, stderr } = await run([INVOKE], { [name]: value });
      assert.equal(status, 1);
      assert.match(stderr, said);
    }
    assert.match((await run([INVOKE], { RAISCOPE_LOCAL: "1" })).stdout, /\+05:30/);
    assert.match((await run([INVOKE], { RAISCOPE_LOCAL: "0", RAISCOPE_UNKNOWN: "x" })).stdout, / UTC/);
    assert.match(
      (await run([SEALED], { RAISCOPE_PASSWORD: "Help4Desk!" })).stdout,
      /fits \d+ security context/,
    );
  });

  test("--log-format may stand there as well", async () => {
    const { stderr } = await configured('log-format = "json"\n', ["nosuch.pcap"]);
    assert.equal(JSON.parse(stderr).code, "input-unreadable");
    const text = await configured('log-format = "json"\n', ["nosuch.pcap", "--log-format", "text"]);
    assert.match(text.stderr, /^raiscope: nosuch/);
  });
});
