/** CIM classes from one answer to the next: [MS-WMI] 2.2.14.4. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import type { DecodedCall } from "../../../src/call/decoded-call.js";
import type { Fact } from "../../../src/facts/fact.js";
import { wmiFacts } from "../../../src/facts/wmi.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { readableOf } from "../../../src/record/readable.js";
import { CimClasses } from "../../../src/run/cim-classes.js";
import { type ClassSpec, instanceNoClass, objectArray, objectBlock } from "../../lab/wmio.js";

const IDL = `[object, uuid(423ec01e-2e35-11d2-b604-00104b703efd)] interface IWbemWCOSmartEnum {
  long Next([out] unsigned long *pdwBuffSize, [out, size_is(, *pdwBuffSize)] byte **pBuffer);
}`;
const { table } = loadInterfaces([{ name: "wmi.idl", text: IDL }]);
const iface = table.find("423ec01e-2e35-11d2-b604-00104b703efd")!;

/** What is looked at of a call. */
function next(pBuffer: string): DecodedCall {
  const identity = { uuid: iface.uuid, iface };
  const response = { values: { pBuffer }, seen: null };
  return {
    identity,
    method: iface.methods[0],
    request: { values: null, seen: null },
    response,
  } as unknown as DecodedCall;
}

const CLASS: ClassSpec = {
  name: "Win32_Process",
  properties: [
    { name: "Name", type: "string" },
    { name: "Priority", type: "uint32", default: 8 },
  ],
};
const spec = (Name: string) => ({ server: "WS-2004", namespace: "root", class: CLASS, values: { Name } });
const ID = "0123456789abcdef0123456789abcdef";
const FIRST = objectArray([{ type: 2, classId: ID, block: objectBlock(spec("a.exe")) }]).toString("hex");
const SECOND = objectArray([{ type: 3, classId: ID, block: instanceNoClass(spec("b.exe")) }]).toString("hex");

function shown(call: DecodedCall, cimClasses: CimClasses): object[] {
  const { readable } = readableOf(call, { table, cimClasses });
  return (readable!.response.pBuffer as { objects: object[] }).objects;
}

test("an instance is read by the class that an earlier answer brought", () => {
  const classes = new CimClasses();
  const facts: Fact[] = [];
  for (const one of [FIRST, SECOND]) wmiFacts(next(one), facts);
  assert.equal(facts.length, 1);
  const [fact] = facts;
  assert.ok(fact?.kind === "cim-class");
  assert.match(JSON.stringify(shown(next(SECOND), classes)), /was not sent before/);
  classes.learn(fact.classId, fact.bytes);
  assert.deepEqual(shown(next(SECOND), classes), [
    {
      class: "Win32_Process",
      server: "WS-2004",
      namespace: "root",
      properties: { Name: "b.exe", Priority: 8 },
    },
  ]);
});

test("other calls, and bytes that are no array, bring no class", () => {
  const facts: Fact[] = [];
  wmiFacts(next(""), facts);
  wmiFacts(next(FIRST.slice(0, 60)), facts);
  wmiFacts(next("00".repeat(200)), facts);
  const other = next(FIRST);
  other.identity.uuid = "9556dc99-828c-11cf-a37e-00aa003240c7";
  wmiFacts(other, facts);
  assert.deepEqual(facts, []);
});

test("the oldest make room, and memory is given back", () => {
  const budget = new MemoryBudget(1 << 20);
  const kind = budget.kind("CIM classes were evicted");
  const classes = new CimClasses(kind, 4);
  const bytes = new Uint8Array(100);
  for (const id of ["a", "b", "c", "d"]) classes.learn(id, bytes);
  assert.equal(classes.full, false);
  classes.learn("a", bytes);
  assert.equal(classes.full, false);
  classes.learn("e", bytes);
  assert.equal(classes.full, true);
  assert.equal(classes.classOf("b"), null);
  // Kept, though its bytes are no class.
  assert.equal(classes.classOf("a")?.name ?? null, null);
  const held = kind.bytes;
  classes.giveUp();
  assert.ok(kind.bytes < held);
  for (let i = 0; i < 4; i++) classes.giveUp();
  assert.equal(kind.bytes, 0);
});

test("what a class says is not shown without end for instances that say nothing", () => {
  const long: ClassSpec = {
    name: "Long",
    derivation: Array.from({ length: 50 }, () => "d".repeat(2_000)),
    properties: [{ name: "Text", type: "string", default: "t".repeat(200_000) }],
  };
  const one = { class: long, values: {} };
  const facts: Fact[] = [];
  wmiFacts(next(objectArray([{ type: 2, classId: ID, block: objectBlock(one) }]).toString("hex")), facts);
  const classes = new CimClasses();
  for (const fact of facts) if (fact.kind === "cim-class") classes.learn(fact.classId, fact.bytes);
  const short = objectArray([{ type: 3, classId: ID, block: instanceNoClass(one) }]);
  const text = JSON.stringify(shown(next(short.toString("hex")), classes));
  assert.ok(text.length < 40_000, String(text.length));
  assert.match(text, /more than is shown/);
});

test("lone surrogates in the texts of objects are noted with the call", () => {
  const block = objectBlock(spec("aЖb"));
  block.writeUInt16LE(0xd800, block.indexOf(Buffer.from("Ж", "utf16le")));
  const call = next(objectArray([{ type: 2, classId: ID, block }]).toString("hex"));
  const { notes } = readableOf(call, { table, cimClasses: new CimClasses() });
  assert.deepEqual(notes, [
    {
      severity: "warning",
      code: "text-lone-surrogate",
      message: "response: pBuffer: the lone surrogate 0xd800 is shown as U+FFFD",
    },
  ]);
});

test("what could not be read to its end is noted with the call", () => {
  const { notes } = readableOf(next(SECOND), { table, cimClasses: new CimClasses() });
  assert.deepEqual(notes, [
    {
      severity: "info",
      code: "readable-incomplete",
      message: "response: pBuffer: not all could be read: the class of the instance was not sent before it",
    },
  ]);
});
