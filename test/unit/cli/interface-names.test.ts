/** What --interface understands, and what it says where it does not. */
import assert from "node:assert/strict";
import test from "node:test";
import { meantInterfaces, unknownInterfaces } from "../../../src/cli/interface-names.js";
import { shippedInterfaces } from "../../../src/interfaces.js";

const table = shippedInterfaces();

test("a name or alias means the interface's UUID and stays beside it; a UUID is itself", () => {
  const uuid = "{338CD001-2244-31F1-AAAA-900038001003}";
  assert.deepEqual(meantInterfaces(["NetLogon, rrp", uuid, "own"], table), [
    "NetLogon,12345678-1234-abcd-ef00-01234567cffb,rrp,338cd001-2244-31f1-aaaa-900038001003",
    uuid,
    "own",
  ]);
});

test("an unknown name is answered with the nearest that is known", () => {
  assert.deepEqual(
    unknownInterfaces(
      ["spolss,samr", "ISystemActivater", "f120a684-b926-447f-9df4-c966cb785648", "zzzzzz"],
      table,
    ),
    [
      "--interface spolss: no interface of that name is known; did you mean spoolss?",
      "--interface ISystemActivater: no interface of that name is known; did you mean isystemactivator?",
      "--interface zzzzzz: no interface of that name is known; give its UUID, or its IDL with --idl",
    ],
  );
});
