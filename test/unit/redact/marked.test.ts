/** What a user's IDL marks `[secret]` is in no output of --redact, wherever it stands; what is not marked stays. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Method } from "../../../dissectors/ndr/types.js";
import type { CallRecord, Value } from "../../../src/events.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { raiscope } from "../../support/cli/spawn.js";
import { encodeParameter, Out } from "../../support/ndr/encode.js";
import { call } from "../../support/output/samples.js";
import { capture, type Step, UUID } from "../../support/rpc/talk.js";

const IDL = `[uuid(${UUID}), version(1.0)] interface vault {
  typedef [string, secret] wchar_t *PIN;
  typedef struct { [string] wchar_t *label; [string, secret] wchar_t *word; long port; } ENTRY;
  typedef [switch_type(long)] union {
    [case(1)] [string, secret] wchar_t *phrase;
    [case(2)] [secret] long code;
    [case(3)] ENTRY *entry;
    [case(4)] long plain;
  } PROOF;
  typedef struct node { struct node *next; [flag(NDR_SECRET)] hyper seed; } NODE;
  void Parameter([in, string, secret] wchar_t *text, [in] long port);
  void Field([in] ENTRY *entry);
  void Element([in] long count, [in, size_is(count)] PIN *list, [in, size_is(count)] ENTRY *entries);
  void Union([in] long kind, [in, switch_is(kind)] PROOF *proof);
  void Pointer([in] NODE *list, [out, secret] ENTRY *answer);
  void Number([in, secret, range(0, 10)] long pin, [in, secret] byte key[4]);
  [secret] long Result([in] long port);
}`;

const { table } = loadInterfaces([{ name: "vault.idl", text: IDL }]);
const methods = table.find(UUID)!.methods as Method[];

/** Request and response of one call, by its values. */
function said(
  name: string,
  request: object,
  response: object | null,
  callId: number,
  result?: number,
): Step[] {
  const method = methods.find((m) => m.name === name)!;
  const side = (values: object, which: "in" | "out"): Uint8Array => {
    const out = new Out({ syntax: "ndr", littleEndian: true });
    for (const p of method.params) {
      if (p[which]) encodeParameter(out, p.type, (values as { [name: string]: unknown })[p.name]);
    }
    if (which === "out" && result !== undefined) encodeParameter(out, method.returns!, result);
    return out.bytes();
  };
  return [
    ["client", "request", method.opnum, side(request, "in"), { callId }],
    ["server", "response", method.opnum, side(response ?? {}, "out"), { callId }],
  ];
}

const entry = (word: string, label = "front-door"): object => ({ label, word, port: 3389 });

const STEPS: Step[] = [
  ...said("Parameter", { text: "tango-parameter", port: 3390 }, null, 2),
  ...said("Field", { entry: entry("tango-field") }, null, 3),
  ...said(
    "Element",
    { count: 2, list: ["tango-element", "4tb"], entries: [entry("tango-first"), entry("tango-second")] },
    null,
    4,
  ),
  ...said("Union", { kind: 1, proof: { phrase: "tango-arm" } }, null, 5),
  ...said("Union", { kind: 2, proof: { code: 48151623 } }, null, 6),
  ...said("Union", { kind: 3, proof: { entry: entry("tango-inner") } }, null, 7),
  ...said("Union", { kind: 4, proof: { plain: 271828 } }, null, 8),
  ...said(
    "Pointer",
    { list: { next: { next: null, seed: "73518462" }, seed: "62951413" } },
    { answer: entry("tango-answer", "tango-door") },
    9,
  ),
  ...said("Number", { pin: 7351, key: "deadbea7" }, null, 10),
  ...said("Result", { port: 3391 }, null, 11, 918273),
];
const SECRETS = /tango|4tb|48151623|73518462|62951413|\b7351\b|deadbea7|918273/i;

async function outputs(t: TestContext, more: readonly string[]): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-marked-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const idl = join(folder, "vault.idl");
  writeFileSync(idl, IDL);
  const names = ["log.ndjson", "log.json", "log.table", "log.txt"];
  const to = names.flatMap((name) => ["-o", join(folder, name)]);
  const events = ["--events", "call,note,association,summary"];
  const { status, stderr } = await raiscope([
    capture(t, STEPS),
    "--idl",
    idl,
    "--all-calls",
    ...events,
    ...to,
    ...more,
  ]);
  assert.equal(status, 0, stderr);
  return new Map([
    ["standard error", stderr],
    ...names.map((name) => [name, readFileSync(join(folder, name), "utf8")] as const),
  ]);
}

test("nothing that is marked is in any output, in a parameter, a field, an element, an arm or behind a pointer", async (t) => {
  const plain = await outputs(t, []);
  // Were they not there without --redact, the test would be worth nothing.
  for (const secret of "tango-parameter tango-field tango-element tango-arm tango-inner tango-answer".split(
    " ",
  )) {
    assert.ok(plain.get("log.txt")!.includes(secret), secret);
  }
  for (const secret of SECRETS.source.split("|").slice(0, 5)) {
    assert.match(plain.get("log.ndjson")!, new RegExp(secret));
  }
  const hidden = await outputs(t, ["--redact"]);
  const ladder = await outputs(t, ["--redact", "--ladder"]);
  for (const [name, text] of [...hidden, ...ladder]) assert.doesNotMatch(text, SECRETS, name);
  const records = hidden
    .get("log.ndjson")!
    .split("\n")
    .filter((line) => line.includes('"type":"call"'))
    .map((line) => JSON.parse(line) as CallRecord);
  const of = (name: string): CallRecord[] => records.filter(({ method }) => method === name);
  assert.deepEqual(of("Parameter")[0]!.request, { text: "<secret-1>", port: 3390 });
  assert.deepEqual(of("Field")[0]!.request!.entry, { label: "front-door", word: "<secret-2>", port: 3389 });
  const element = of("Element")[0]!.request!;
  assert.match(String(element.list), /^<secret-\d+>$/);
  assert.equal((element.entries as Value[]).length, 2);
  assert.deepEqual(of("Union")[3]!.request!.proof, { plain: 271828 });
  assert.match(String(of("Pointer")[0]!.response!.answer), /^<secret-\d+>$/);
  const number = of("Number")[0]!;
  assert.match(number.notes.find((n) => n.code === "out-of-range")!.message, /pin is <secret-\d+>, outside/);
  assert.equal(of("Result")[0]!.request!.port, 3391);
});

test("members that Invoke reaches: arguments, result and their places in Invoke itself", () => {
  const idl = `import "ms-oaut.idl";
    [object, dual, uuid(12345678-1234-abcd-ef00-0123456789ac)] interface IVault : IDispatch {
      [id(1)] HRESULT Unlock([in, secret] BSTR code, [in] long door, [out, retval] long *state);
      [id(2), propget, secret] HRESULT Combination([out, retval] BSTR *value);
      [id(2), propput, secret] HRESULT Combination([in] BSTR value);
    }`;
  const redactor = new Redactor(undefined, loadInterfaces([{ name: "vault.idl", text: idl }]).table);
  const variant = (vt: string, value: Value): Value => ({ vt, value });
  const invoke = (
    member: string,
    dispid: string,
    kind: "method" | "propget" | "propput",
    args: { [name: string]: Value },
  ): CallRecord =>
    call({
      method: "Invoke",
      request: {
        pDispParams: { rgvarg: Object.values(args).map((value) => variant("VT_BSTR", value)), cArgs: 2 },
      },
      response: { pVarResult: variant("VT_BSTR", "rosebud") },
      dispatch: { dispid, interface: "IVault", member, kind, arguments: args },
    });
  const unlock = redactor.event(invoke("Unlock", "0x1", "method", { code: "abc", door: 3, arg3: "xyz" }));
  assert.deepEqual(unlock.dispatch!.arguments, { code: "<secret-1>", door: 3, arg3: "<secret-2>" });
  assert.match(String((unlock.request!.pDispParams as { rgvarg: Value }).rgvarg), /^<secret-\d+>$/);
  assert.doesNotMatch(JSON.stringify(unlock), /abc|xyz|rosebud/);
  const get = redactor.event(invoke("Combination", "0x2", "propget", {}));
  assert.doesNotMatch(JSON.stringify(get), /rosebud/);
  const put = redactor.event(invoke("Combination", "0x2", "propput", { value: "1 2 3" }));
  assert.doesNotMatch(JSON.stringify(put), /1 2 3/);
});

test("paths of readable values go by the names on them", () => {
  const redactor = new Redactor(undefined, table);
  const event = redactor.event(
    call({
      interface: { uuid: UUID, version: "1.0", name: "vault" },
      method: "Field",
      request: { entry: { label: "x", word: "sesame", port: 1 } },
      readable: { request: { "entry.word": "open", "entry.port": "one" }, response: {} },
    }),
  );
  assert.match(String(event.readable!.request["entry.word"]), /^<secret-\d+>$/);
  assert.equal(event.readable!.request["entry.port"], "one");
});
