/** What becomes of outputs that cannot be written, and of names that lead to the same file. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CommandError } from "../../../src/cli/failure.js";
import { openOutputs } from "../../../src/cli/outputs.js";
import { type Named, refuseSame } from "../../../src/cli/same-file.js";
import type { View } from "../../../src/output/formats.js";
import { PLAIN_SPELLING } from "../../../src/output/spelling.js";
import { raiscope, raiscopeInto } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-outputs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);

const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-integrity.pcapng", import.meta.url));
const IDL = fileURLToPath(new URL("../../../dissectors/idl/ms-rai.idl", import.meta.url));
const full = !existsSync("/dev/full") && "there is no /dev/full";

describe("outputs that are full", { concurrency: 2 }, () => {
  for (const args of [
    ["--version"],
    ["--help"],
    ["stats", "--help"],
    ["stats", CAPTURE],
    ["objects", "-T", "json", CAPTURE],
    ["idl", "check", IDL],
    ["interfaces"],
    [CAPTURE],
    ["-T", "ndjson", "--events", "summary", CAPTURE],
    ["invitation", CAPTURE, "-T", "ndjson"],
  ]) {
    test(`standard output: ${args.map((arg) => arg.replace(/.*\//, "")).join(" ")}`, {
      skip: full,
    }, async () => {
      const fd = openSync("/dev/full", "w");
      const { status, stderr } = await raiscopeInto(fd, args);
      closeSync(fd);
      assert.equal(status, 1, stderr);
      assert.match(stderr, /^raiscope: cannot write standard output: no space left on device$/m);
    });
  }

  test("files, however little is written: status 1, and every other output is whole", {
    skip: full,
  }, async () => {
    for (const suffix of ["ndjson", "json", "txt", "table"])
      symlinkSync("/dev/full", place(`full.${suffix}`));
    const args = ["full.ndjson", "good.ndjson", "full.json", "full.txt", "full.table"].flatMap((n) => [
      "-o",
      place(n),
    ]);
    const { status, stderr } = await raiscope([CAPTURE, ...args]);
    assert.equal(status, 1);
    for (const suffix of ["ndjson", "json", "txt", "table"]) {
      assert.match(
        stderr,
        new RegExp(
          `^raiscope: \\S*full\\.${suffix}: cannot be written: no space left on device; .*incomplete$`,
          "m",
        ),
      );
    }
    const lines = readFileSync(place("good.ndjson"), "utf8").trimEnd().split("\n");
    assert.ok(lines.length > 5 && lines.every((line) => JSON.parse(line).type === "call"));
  });

  test("nothing to write is no failure", { skip: full }, async () => {
    const fd = openSync("/dev/full", "w");
    const { status, stderr } = await raiscopeInto(fd, [CAPTURE, "-o", place("elsewhere.ndjson")]);
    closeSync(fd);
    assert.deepEqual([status, stderr], [0, ""]);
  });
});

describe("names of the same file", () => {
  const at = (role: string, name: string): Named => ({ role, path: name });
  const out = (name: string): Named => at("-o", name.startsWith("/") ? name : place(name));
  const refused = (outputs: Named[], inputs: Named[] = []): string | null => {
    try {
      refuseSame(outputs, inputs);
      return null;
    } catch (error) {
      assert.ok(error instanceof CommandError);
      return error.message;
    }
  };
  writeFileSync(place("old"), "old\n");
  symlinkSync("old", place("soft"));
  linkSync(place("old"), place("hard"));
  mkdirSync(place("real"));
  symlinkSync("real", place("linked"));
  symlinkSync("real/later", place("dangling"));
  symlinkSync("round", place("round"));
  execFileSync("mkfifo", [place("fifo")]);

  for (const [first, second] of [
    ["new", "./new"],
    ["new", "real/../new"],
    ["old", "soft"],
    ["old", "hard"],
    ["soft", "hard"],
    ["real/x", "linked/x"],
    ["dangling", "linked/later"],
  ] as const) {
    test(`outputs ${first} and ${second}`, () => {
      const one = out(first);
      const two = at("-w", `${folder}/${second}`);
      assert.equal(
        refused([one, two]),
        `-o ${one.path} and -w ${two.path} are the same file: give each output a file of its own`,
      );
    });
  }

  for (const name of ["old", "./old", "soft", "hard", "fifo"]) {
    test(`the output ${name} is an input`, () => {
      const input = at("input", place(name === "fifo" ? "fifo" : "old"));
      const message = refused([at("-o", `${folder}/${name}`)], [input]);
      assert.match(message!, /^-o \S+ and the input \S+ are the same file: it would be overwritten$/);
      assert.ok(message!.includes(input.path) && message!.includes(`${folder}/${name}`));
    });
  }

  test("different files, devices, pipes and standard output may be named several times", () => {
    assert.equal(refused([out("old"), out("new"), out("real/new"), out("linked/other"), out("round")]), null);
    assert.equal(refused([out("/dev/null"), out("/dev/null")], [at("input", "/dev/null")]), null);
    assert.equal(refused([out("fifo"), out("fifo")]), null);
    assert.equal(refused([at("-o", "-"), at("-o", "/dev/stdout"), at("-o", "/dev/fd/1")]), null);
  });

  test("refused before anything is touched, also where standard output is the file", async () => {
    const capture = place("in.pcapng");
    writeFileSync(capture, readFileSync(CAPTURE));
    writeFileSync(place("secrets.json"), "[]", { mode: 0o600 });
    const runs = [
      [["-o", "old", "-o", "./old"], /-o old and -o \.\/old are/],
      [["-o", "./in.pcapng"], /-o \.\/in\.pcapng and the input/],
      [
        ["--secrets", "secrets.json", "-o", "secrets.json"],
        /-o secrets\.json and --secrets secrets\.json are/,
      ],
    ] as const;
    for (const [args, expected] of runs) {
      const { status, stderr } = await raiscopeInto(openSync("/dev/null", "w"), [capture, ...args], folder);
      assert.equal(status, 1);
      assert.match(stderr, expected);
    }
    const fd = openSync(capture, "a");
    const { status, stderr } = await raiscopeInto(fd, ["stats", capture]);
    closeSync(fd);
    assert.equal(status, 1);
    assert.match(stderr, /standard output and the input \S+in\.pcapng are the same file/);
    assert.deepEqual(readFileSync(capture), readFileSync(CAPTURE));
    assert.deepEqual(
      ["old", "secrets.json"].map((name) => readFileSync(place(name), "utf8")),
      ["old\n", "[]"],
    );
  });

  test("where one output cannot be opened the others are as they were, and nothing is left behind", async () => {
    const view: View = {
      kinds: new Set(),
      allCalls: false,
      ladder: false,
      full: false,
      brief: false,
      live: false,
      spelling: PLAIN_SPELLING,
      names: () => null,
    };
    const files = [place("old"), place("made"), place("absent/x")];
    await assert.rejects(openOutputs(files, undefined, view), /absent\/x: cannot be written: no such file/);
    assert.equal(readFileSync(place("old"), "utf8"), "old\n");
    assert.ok(!existsSync(place("made")));
    const [output] = await openOutputs([place("old")], undefined, view);
    output!.begin();
    await output!.finish();
    assert.equal(readFileSync(place("old"), "utf8"), "");
  });
});
