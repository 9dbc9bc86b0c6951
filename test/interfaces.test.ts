import assert from "node:assert/strict";
import test from "node:test";
import { loadInterfaces } from "../src/interfaces.js";

const HEAD = "[uuid(12345678-0000-0000-0000-0000000000aa), version(1.0)] interface";

test("two files that describe one interface, each with placeholders for the other, are joined", () => {
  const { table } = loadInterfaces([
    { name: "one.idl", text: `${HEAD} lsa { void First([in] long a); void Opnum1NotUsedOnWire(void); }` },
    { name: "two.idl", text: `${HEAD} lsa { void Opnum0NotUsedOnWire(void); void Second([in] long b); }` },
  ]);
  const found = table.find("12345678-0000-0000-0000-0000000000aa", 1);
  assert.deepEqual(
    found?.methods.map((m) => m?.name),
    ["First", "Second"],
  );
});

test("a name that is shipped without methods gives way to a description with them", () => {
  const { table } = loadInterfaces();
  const named = table.find("12345778-1234-abcd-ef00-0123456789ac", 1);
  assert.equal(named?.methods.length, 0);
  const { table: given } = loadInterfaces([
    {
      name: "samr.idl",
      text: "[uuid(12345778-1234-ABCD-EF00-0123456789AC), version(1.0)] interface samr { long SamrConnect(void); }",
    },
  ]);
  assert.equal(given.find("12345778-1234-abcd-ef00-0123456789ac", 1)?.methods[0]?.name, "SamrConnect");
});
