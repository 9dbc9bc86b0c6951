import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "commander";
import { parseCount, parseEvents, parseSize } from "../../../src/cli/options.js";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-integrity.pcapng", import.meta.url));

describe("commands", { concurrency: 2 }, () => {
  test("the version is the package's", async () => {
    const described = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    assert.equal((await raiscope(["--version"])).stdout, `${described.version}\n`);
  });

  for (const command of ["analyze", "offers", "stats", "objects", "invitation", "idl check"]) {
    test(`raiscope ${command} --help shows examples`, async () => {
      const { status, stdout } = await raiscope([...command.split(" "), "--help"]);
      assert.equal(status, 0);
      assert.match(stdout, /Examples:\n {2}raiscope/);
      assert.doesNotMatch(stdout, /default: \[\]/);
    });
  }

  test("filters that can let nothing through are reported about", async () => {
    const name = await raiscope(["-T", "ndjson", "--host", "10.0.0.1,NOVICE", CAPTURE]);
    assert.equal(name.status, 1);
    assert.match(name.stderr, /Give an IPv4 or IPv6 address/);
    const slip = await raiscope(["-T", "ndjson", "--interface", "irasrv,IRASrw", CAPTURE]);
    assert.equal(slip.status, 0);
    assert.ok(slip.stdout.split("\n").length > 1);
    assert.match(slip.stderr, /^raiscope: --interface IRASrw: no interface of that name is known.*\n$/);
    const uuid = ["--interface", "{F120A684-B926-447F-9DF4-C966CB785648}", "--host", "FE80::1%eth0"];
    assert.equal((await raiscope(["-T", "ndjson", ...uuid, CAPTURE])).stderr, "");
  });

  test("stats as table and JSON", async () => {
    const [table, json] = await Promise.all([
      raiscope(["stats", CAPTURE]),
      raiscope(["stats", "-T", "json", CAPTURE]),
    ]);
    assert.deepEqual([table.status, json.status], [0, 0]);
    assert.match(table.stdout, /IRASrv/);
    const { interfaces, total, complete } = JSON.parse(json.stdout);
    assert.equal(complete, true);
    const sum = interfaces.reduce((n: number, one: { calls: number }) => n + one.calls, 0);
    assert.equal(sum, total.calls);
    const names = interfaces.map(({ name }: { name: string }) => name);
    assert.ok(names.includes("IRASrv") && names.includes("IRemUnknown2"));
  });

  test("objects as tree, JSON, Mermaid and DOT", async () => {
    const [tree, json, mermaid, dot] = await Promise.all(
      ["tree", "json", "mermaid", "dot"].map((format) => raiscope(["objects", "-T", format, CAPTURE])),
    );
    assert.match(tree!.stdout, /└─ /);
    assert.match(tree!.stdout, /OXID [0-9a-f]{16}/);
    const { machines } = JSON.parse(json!.stdout);
    const interfaces = JSON.stringify(machines);
    assert.match(interfaces, /"interface":"IRASrv"/);
    assert.match(mermaid!.stdout, /^graph LR\n {2}n0\["/);
    assert.match(dot!.stdout, /^digraph objects \{\n[\s\S]*\}\n$/);
  });

  test("idl check writes types, arrays and expressions as IDL does", async () => {
    const path = join(folder, "types.idl");
    writeFileSync(
      path,
      `import "ms-oaut.idl";
       [object, dual, uuid(11111111-2222-3333-4444-555555555557)] interface IShape : IDispatch {
         [id(7)] HRESULT Draw([in, size_is(n * 2 + 1), length_is(n)] byte *data, [in] long n,
           [out, size_is(, *count)] short **found, [out] long *count, [in] SAFEARRAY(BSTR) names, [in] char tag[8]);
         [local] HRESULT Here();
       }
       [uuid(11111111-2222-3333-4444-555555555558), version(2.1)] interface plain {
         typedef pipe byte STREAM;
         typedef struct node { struct node *next; hyper value; } NODE;
         void Send([in] STREAM stream, [in, size_is(n ? -n : 3)] unsigned small *x, [in] long n);
         NODE *Walk([in] boolean deep, [in, string] wchar_t *from, [out] error_status_t *status);
       }`,
    );
    const { stdout, stderr, status } = await raiscope(["idl", "check", path]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /IShape {2}\S+ {2}0\.0, object, dual, from IDispatch\n/);
    for (const line of [
      "7  HRESULT Draw([in, size_is(n * 2 + 1), length_is(n)] byte* data, [in] long n, [out] short** found, " +
        "[out] long* count, [in] SAFEARRAY(BSTR) names, [in] char[8] tag)  id(0x7)",
      "8  Here  not on the wire",
      "Send([in] STREAM (not decoded: a pipe) stream, [in, size_is(n ? -n : 3)] unsigned small* x, [in] long n)",
      "1  NODE* Walk([in] boolean deep, [in, string] wchar_t* from, [out] error_status_t* status)",
    ]) {
      assert.ok(stdout.includes(line), `${line}\n${stdout}`);
    }
  });

  test("idl check shows what a file defines, or where it is wrong", async () => {
    const right = join(folder, "right.idl");
    writeFileSync(
      right,
      "[uuid(11111111-2222-3333-4444-555555555555), version(1.2)]\ninterface tiny {\n" +
        "  long Add([in] long a, [in, string] wchar_t* name, [out] long* sum);\n" +
        "  [callback] void Ask([out] short* word);\n}\n",
    );
    const wrong = join(folder, "wrong.idl");
    writeFileSync(
      wrong,
      "[uuid(11111111-2222-3333-4444-555555555556)]\ninterface broken {\n  long Add([in] long a;\n}\n",
    );
    const pasted = join(folder, "pasted.idl");
    writeFileSync(
      pasted,
      `7 Appendix A: Full IDL\nThe full IDL is provided below.\n${readFileSync(right, "utf8")}`,
    );
    const [good, bad, prose] = await Promise.all([
      raiscope(["idl", "check", right]),
      raiscope(["idl", "check", wrong]),
      raiscope(["idl", "check", pasted]),
    ]);
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /tiny {2}11111111-2222-3333-4444-555555555555 {2}1\.2\n +0 {2}long Add\(/);
    assert.match(good.stdout, /\n +0 {2}void Ask\(\[out\] short\* word\) {2}callback\n/);
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /wrong\.idl:3:\d+: error: /);
    assert.equal(prose.status, 0, prose.stderr);
    assert.match(
      prose.stderr,
      /pasted\.idl:1:1: warning: expected a declaration, found the text "7 Appendix A/,
    );
    assert.match(prose.stdout, /pasted\.idl: 1 interface, 1 method, 0 errors, 1 warning\n/);
  });
});

test("sizes, counts and kinds are read strictly", () => {
  assert.equal(parseSize("64K"), 65_536);
  assert.equal(parseSize("1.5MiB"), 1_572_864);
  assert.equal(parseSize("2g"), 2 ** 31);
  assert.equal(parseSize("1000"), 1000);
  for (const text of ["", "x", "-1", "1X", "0", "1e3", "9999999999T"]) {
    assert.throws(() => parseSize(text), InvalidArgumentError, text);
  }
  assert.equal(parseCount("5"), 5);
  for (const text of ["0", "-5", "1.5", "x"]) assert.throws(() => parseCount(text), InvalidArgumentError);
  assert.deepEqual(parseEvents("call, OFFER", undefined), ["call", "offer"]);
  assert.equal(parseEvents("all", ["call"]).length, 6);
  assert.throws(() => parseEvents("calls", undefined), InvalidArgumentError);
});
