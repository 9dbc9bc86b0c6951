/**
 * The engine as a browser has it: the bundle runs where nothing of Node's is, and says what the program says. The checks of
 * the bundle fail where they should.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import vm from "node:vm";
import { browserBundle, engineBundle } from "../../../scripts/browser.mjs";
import { writeShipped } from "../../../scripts/shipped.mjs";
import { CAPTURES, captureNames, GOLDEN, secretsOf } from "../../support/golden.js";

type Engine = typeof import("../../../src/engine.js");

/** What every browser and worker has beside the language. */
const GIVEN = { TextDecoder, TextEncoder, URL, atob, btoa, queueMicrotask };

let engine: Engine;
let context: vm.Context;

/** The capture in an array of the other world. */
function bytesOf(name: string): Uint8Array {
  const file = readFileSync(join(CAPTURES, name));
  const bytes = vm.runInContext(`new Uint8Array(${file.length})`, context) as Uint8Array;
  bytes.set(file);
  return bytes;
}

async function linesOf(name: string, secrets: string | null): Promise<string> {
  const keys = secrets === null ? null : engine.KeyRing.from({ secrets: engine.parseSecrets(secrets) });
  const printer = engine.ndjsonPrinter(new Set(["call", "association", "offer", "note", "summary"] as const));
  let lines = "";
  for await (const event of engine.analyze(bytesOf(name), { keys })) lines += printer.push(event);
  return lines + printer.finish();
}

/** What the program says, but what rules find: the engine has none. */
function expected(file: string): string {
  const lines = readFileSync(join(GOLDEN, file), "utf8").split("\n");
  return lines
    .filter((line) => !line.startsWith('{"type":"detection"'))
    .map((line) =>
      line.startsWith('{"type":"summary"') ? line.replace(/,"detections":\{[^{}]*\}\}$/, "}") : line,
    )
    .join("\n");
}

describe("the bundle, without Node", () => {
  before(async () => {
    writeShipped();
    const text = await engineBundle({ format: "iife", globalName: "raiscope" });
    context = vm.createContext({ ...GIVEN });
    vm.runInContext(text, context);
    engine = context.raiscope as Engine;
  });

  test("has nothing of Node's", () => {
    for (const name of ["Buffer", "process", "require", "global", "setImmediate"]) {
      assert.equal(vm.runInContext(`typeof ${name}`, context), "undefined", name);
    }
  });

  for (const name of captureNames()) {
    test(`${name}: the same records`, async () => {
      assert.equal(await linesOf(name, null), expected(`${name}.ndjson`));
    });
    const secrets = secretsOf(name);
    if (secrets === null || !existsSync(join(GOLDEN, `${name}.opened.ndjson`))) continue;
    test(`${name}: the same records with its secrets`, async () => {
      assert.equal(await linesOf(name, secrets), expected(`${name}.opened.ndjson`));
    });
  }
});

describe("what only Node has is refused:", () => {
  const refused: [what: string, contents: string, message: RegExp][] = [
    ["a module of Node's", `import { readFileSync } from "node:fs"; console.log(readFileSync);`, /node:fs/],
    ["its old name", `import fs from "fs"; console.log(fs);`, /"fs"/],
    ["Buffer", `export const bytes = Buffer.from([1]);`, /only Node has Buffer/],
    ["process", `export const name = process.env.NAME;`, /only Node has process/],
    ["require", `export const load = (name) => require(name);`, /only Node has require/],
  ];
  for (const [what, contents, message] of refused) {
    test(what, async () => {
      await assert.rejects(browserBundle({ stdin: { contents, resolveDir: "." } }), message);
    });
  }

  test("but not a question whether it is there, nor a property or local name of that spelling", async () => {
    const contents = `export const is = (x) => typeof Buffer < "u" && Buffer.isBuffer(x);
      export const f = (x, process) => x.Buffer + process;`;
    assert.match(await browserBundle({ stdin: { contents } }), /Buffer\.isBuffer/);
  });
});
