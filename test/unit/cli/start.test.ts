/** How the built program starts: with the code that was made of it when it was built, and without where that does not fit. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { PROGRAM } from "../../support/program.js";

const folder = dirname(PROGRAM);
const ROOT = dirname(dirname(folder));

/** The sources in each chunk, as the build has joined them. */
const SOURCES = JSON.parse(readFileSync(join(ROOT, "dist/chunks.json"), "utf8")) as {
  [chunk: string]: string[];
};

/** Says on standard error which scripts are compiled, and whether V8 has taken the code that was made ahead. */
const WATCH = `const vm = require("node:vm");
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      process._rawDebug("chunk " + require("node:path").basename(options.filename) + " " + this.cachedDataRejected);
    }
  };`;

/** The chunks that a run compiles, and whether their code was refused. */
function chunksOf(...args: string[]): Map<string, boolean> {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-start-"));
  try {
    writeFileSync(join(folder, "watch.cjs"), WATCH);
    const { stderr } = spawnSync(process.execPath, ["-r", join(folder, "watch.cjs"), PROGRAM, ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
    return new Map(
      [...stderr.matchAll(/^chunk (\S+) (true|false)$/gm)].map(([, name, refused]) => [
        name!,
        refused === "true",
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sourcesOf = (...args: string[]): string[] =>
  [...chunksOf(...args).keys()].flatMap((chunk) => SOURCES[chunk]!);

test("the code that was made ahead is that of this program and this Node, for every chunk", () => {
  const runs = [
    ["captures/invoke.pcapng"],
    ["captures/pipes.pcapng", "-T", "ndjson"],
    ["captures/wmi.pcapng", "-T", "table", "--redact"],
    ["sniff", "-i", "no-such-interface"],
  ];
  for (const args of runs) {
    const chunks = [...chunksOf(...args)];
    assert.ok(chunks.length > 3);
    assert.deepEqual(
      chunks.filter(([, refused]) => refused),
      [],
      args.join(" "),
    );
  }
});

/** Runs that show no tree. */
const ORDINARY = [
  ["captures/invoke.pcapng"],
  ["captures/pipes-encrypted.pcapng", "--password", "Help4Desk!", "-T", "ndjson", "--events", "all"],
  ["captures/datagrams.pcap", "captures/wmi.pcapng", "-T", "table", "--redact"],
  ["stats", "captures/pipes.pcapng"],
  ["objects", "captures/follow-up.pcapng"],
];

test("what traces bytes is in no chunk that an ordinary run loads", () => {
  const traces = /^(dissectors\/wire\/trace\.ts|dissectors\/ndr\/traced\.ts|src\/explain\/)/;
  for (const args of ORDINARY) {
    const sources = sourcesOf(...args);
    assert.ok(sources.includes("src/analyzer.ts"), "the list of chunks is that of this program");
    assert.deepEqual(
      sources.filter((source) => traces.test(source)),
      [],
      args.join(" "),
    );
  }
});

test("a run that shows trees loads it", () => {
  for (const args of [
    ["-V", "captures/invoke.pcapng"],
    ["-T", "pdml", "captures/invoke.pcapng"],
    ["show", "captures/invoke.pcapng", "--frame", "7"],
  ]) {
    assert.ok(sourcesOf(...args).includes("dissectors/wire/trace.ts"), args.join(" "));
  }
});

test("what a run does not need is not loaded", () => {
  const small = sourcesOf("captures/invoke.pcapng", "-T", "ndjson");
  for (const source of [
    "src/protocols/smb/smb-stream.ts",
    "src/rpc/security/keyring.ts",
    "src/redact/redactor.ts",
    "src/output/transcript.ts",
    "src/cli/live.ts",
    "src/cli/packet-filter.ts",
    "src/fields/columns.ts",
    "src/filter/compile.ts",
    "src/filter/filter.ts",
    "src/filter/patterns.ts",
    "src/output/csv.ts",
    "src/cli/invitation.ts",
  ]) {
    assert.ok(Object.values(SOURCES).flat().includes(source), source);
    assert.ok(!small.includes(source), source);
  }
  assert.ok(sourcesOf("captures/pipes.pcapng").includes("src/protocols/smb/smb-stream.ts"));
  assert.ok(!sourcesOf("--version").includes("src/cli/program.ts"));
});

test("every source is in one chunk", () => {
  const sources = Object.values(SOURCES)
    .flat()
    .filter((source) => /^(src|dissectors)\//.test(source));
  assert.deepEqual(sources.length, new Set(sources).size);
});

test("what may give up root reads all chunks before", () => {
  const chunks = chunksOf("sniff", "-i", "no-such-interface");
  assert.deepEqual(
    Object.keys(SOURCES).filter((chunk) => !chunks.has(chunk)),
    [],
  );
});

test("under other flags, for which V8 refuses it, the program says the same", () => {
  const run = (...flags: string[]): string => {
    const args = [...flags, PROGRAM, "captures/invoke.pcapng", "-T", "ndjson", "--events", "all"];
    return spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" }).stdout;
  };
  assert.equal(run("--no-opt"), run());
  assert.match(run(), /"summary"/);
});

test("it can be run by its name", {
  skip: process.platform === "win32" && "there are no such rights",
}, () => {
  assert.match(spawnSync(PROGRAM, ["--version"], { encoding: "utf8" }).stdout, /^\d+\.\d+\.\d+\n$/);
});
