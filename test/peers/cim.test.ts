/**
 * CIM objects of real captures against impacket's reading of the same bytes: names, types, values, qualifiers and methods. What
 * an attacker ran with Win32_Process.Create is written out. Skipped, visibly, where the captures or impacket are missing.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Reader } from "../../dissectors/wire/reader.js";
import type { CimObject, CimQualifier, CimValue } from "../../dissectors/wmio/cim.js";
import { cimTypeName } from "../../dissectors/wmio/cim-types.js";
import { CLSID_WBEM_CLASS_OBJECT, readEncodingUnit } from "../../dissectors/wmio/object.js";
import type { CallRecord, Value } from "../../src/events.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { CAPTURES } from "../support/expected.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";

const PYTHON = "/usr/bin/python3";
const HERE = dirname(fileURLToPath(import.meta.url));
const shared = sharedDir();
const skip = shared === null ? "no ../shared" : false;
const EMPIRE = "empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod_WORKSTATION5_2020-09-21001437.cap";
const IMPLANT = "wmimplant.pcap.gz";

async function read(name: string): Promise<CallRecord[]> {
  const keytab = "theshire_2020-09-17.keytab";
  const bytes = readFileSync(join(shared!, "captures", keytab));
  const keys = KeyRing.from({ keytabs: [{ name: keytab, bytes }] });
  return calls(await analyze([join(shared!, "captures", name)], { keys }));
}

/** Hex of every CIM object in a value. */
function objects(value: Value, into: string[] = []): string[] {
  if (value === null || typeof value !== "object") return into;
  if (!Array.isArray(value) && value.clsid === CLSID_WBEM_CLASS_OBJECT) into.push(String(value.data));
  for (const inner of Object.values(value)) objects(inner, into);
  return into;
}

/** A value in impacket's words. */
function plain(value: CimValue | undefined): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "boolean") return value ? "True" : "False";
  return value !== null && typeof value === "object" ? "OBJECT" : (value ?? null);
}

const qualified = (all: readonly CimQualifier[]): object =>
  Object.fromEntries(all.map(({ name, value }) => [name, plain(value)]));

/** What impacket says. It takes the filling of a class's empty places for values, so theirs are not compared. */
function said(object: CimObject, theirs: { properties: { [name: string]: { value: unknown } } }): object {
  const type = object.class!;
  return {
    kind: object.kind,
    name: [type.name, ...type.derivation],
    properties: Object.fromEntries(
      type.properties.map((p) => {
        const value = plain(object.values.get(p.name));
        const empty = object.kind === "class" && value === null;
        return [
          p.name,
          {
            type: cimTypeName(p.type, p.array),
            value: empty ? theirs.properties[p.name]?.value : value,
            qualifiers: qualified(p.qualifiers),
          },
        ];
      }),
    ),
    qualifiers: qualified(type.qualifiers),
    methods: Object.fromEntries(
      type.methods.map(({ name, input, output }) => [
        name,
        [input, output].map((side) => side?.properties.map((p) => p.name) ?? null),
      ]),
    ),
  };
}

const noImpacket =
  spawnSync(PYTHON, ["-c", "import impacket"]).status === 0 ? (false as const) : "no impacket";

/** Every CIM object of these calls, read here and by impacket; answers how many there were. */
function judge(records: readonly CallRecord[]): number {
  const found = records.flatMap(({ request, response }) => objects([request, response] as Value));
  const run = spawnSync(PYTHON, [join(HERE, "impacket_cim.py")], {
    input: found.join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.trim().split("\n");
  assert.equal(lines.length, found.length);
  for (const [i, line] of lines.entries()) {
    const object = readEncodingUnit(new Reader(Buffer.from(found[i]!, "hex")));
    assert.equal(object.fault, null);
    const theirs = JSON.parse(line);
    assert.deepEqual(said(object, theirs), theirs);
  }
  return found.length;
}

test("every object is what impacket says", { skip: skip || noImpacket }, async () => {
  const count = judge([...(await read(EMPIRE)), ...(await read(IMPLANT))]);
  assert.ok(count >= 18, `${count} objects`);
});

test("impacket reads the lab's objects as they were said", { skip: noImpacket }, async () => {
  assert.equal(judge(calls(await analyze([join(CAPTURES, "wmi.pcapng")]))), 3);
});

test("Win32_Process.Create, opened with a keytab, shows what was run", { skip }, async () => {
  const executed = (await read(EMPIRE)).filter(({ method }) => method === "ExecMethod");
  assert.equal(executed.length, 1);
  const { request, readable } = executed[0]!;
  assert.deepEqual([request!.strObjectPath, request!.strMethodName], ["Win32_Process", "create"]);
  const { pInParams } = readable!.request as { pInParams: { properties: { CommandLine: string } } };
  assert.match(
    pInParams.properties.CommandLine,
    /^C:\\Windows\\System32\\WindowsPowershell\\v1\.0\\powershell -noP -sta -w 1 -enc {2}SQBGACgA/,
  );
  assert.deepEqual(readable!.response.ppOutParams, {
    class: "__PARAMETERS",
    properties: { ProcessId: 9804, ReturnValue: 0 },
  });
});

test("an environment variable that carries a program, written and read back", { skip }, async () => {
  const all = await read(IMPLANT);
  const put = all.find(({ method }) => method === "PutInstance")!.readable!.request.pInst as {
    class: string;
    properties: { [name: string]: Value };
  };
  assert.equal(put.class, "Win32_Environment");
  assert.match(String(put.properties.VariableValue), /^\$fct = Get-Content -Encoding byte/);
  const next = all.find(({ method, readable }) => method === "Next" && readable?.response.pBuffer);
  const { objects: back } = next!.readable!.response.pBuffer as { objects: (typeof put)[] };
  assert.equal(back.length, 1);
  assert.equal(back[0]!.properties.VariableValue, put.properties.VariableValue);
});
