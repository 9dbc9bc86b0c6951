/** CIM objects in `readable`: where interface pointers stand, in smart enumerations, and with --redact. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Method } from "../../../dissectors/ndr/types.js";
import type { Members } from "../../../dissectors/readable/place.js";
import { meaningsOf } from "../../../dissectors/readable/plan.js";
import { CLSID_WBEM_CONTEXT } from "../../../dissectors/wmio/context.js";
import { CLSID_WBEM_CLASS_OBJECT } from "../../../dissectors/wmio/object.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { type ClassSpec, encodingUnit, instanceNoClass, objectArray, objectBlock } from "../../lab/wmio.js";
import { call } from "../../support/output/samples.js";

const IDL = `
[object, uuid(dc12a681-737f-11cf-884d-00aa004b2e24)] interface IWbemClassObject {}
[object, uuid(9556dc99-828c-11cf-a37e-00aa003240c7)] interface IWbemServices {
  long ExecMethod([in] IWbemClassObject *pCtx, [in] IWbemClassObject *pInParams, [in, out] IWbemClassObject **ppOutParams);
}
[object, uuid(423ec01e-2e35-11d2-b604-00104b703efd)] interface IWbemWCOSmartEnum {
  long Next([out] unsigned long *pdwBuffSize, [out, size_is(, *pdwBuffSize)] byte **pBuffer);
}
[object, uuid(027947e1-d731-11ce-a357-000000000001)] interface IEnumWbemClassObject {
  long Next([in] unsigned long uCount, [out, size_is(uCount)] IWbemClassObject **apObjects);
}`;
const { table } = loadInterfaces([{ name: "wmi.idl", text: IDL }]);

function meant(uuid: string, name: string, side: Members): Members {
  const iface = table.find(uuid)!;
  const method = iface.methods.find((m) => m?.name === name) as Method;
  return meaningsOf(iface, method, side, null, () => null)?.values ?? {};
}

const SERVICES = "9556dc99-828c-11cf-a37e-00aa003240c7";
const pointer = (bytes: Uint8Array, clsid = CLSID_WBEM_CLASS_OBJECT): Members => ({
  iid: "dc12a681-737f-11cf-884d-00aa004b2e24",
  interface: "IWbemClassObject",
  clsid,
  data: Buffer.from(bytes).toString("hex"),
});

const CREATE: ClassSpec = {
  name: "__PARAMETERS",
  properties: [
    { name: "CommandLine", type: "string" },
    { name: "UserName", type: "string" },
    { name: "StartPassword", type: "string" },
  ],
};
const VALUES = {
  CommandLine: "net user helga.desk /add",
  UserName: "helga.desk",
  StartPassword: "Secret4U!",
};

test("the parameters of a method, both ways", () => {
  const pInParams = pointer(encodingUnit({ class: CREATE, values: VALUES }));
  assert.deepEqual(meant(SERVICES, "ExecMethod", { pCtx: null, pInParams, ppOutParams: null }), {
    pInParams: { class: "__PARAMETERS", properties: VALUES },
  });
  const out: ClassSpec = { name: "__PARAMETERS", properties: [{ name: "ReturnValue", type: "uint32" }] };
  const ppOutParams = pointer(encodingUnit({ class: out, values: { ReturnValue: 0 } }));
  assert.deepEqual(meant(SERVICES, "ExecMethod", { ppOutParams }), {
    ppOutParams: { class: "__PARAMETERS", properties: { ReturnValue: 0 } },
  });
});

test("every object of a list, and pointers that are none of them", () => {
  const object = (Name: string) =>
    pointer(
      encodingUnit({
        class: { name: "A", properties: [{ name: "Name", type: "string" }] },
        values: { Name },
      }),
    );
  const other = { iid: "00000000-0000-0000-c000-000000000046", oxid: "01", data: "78563412" };
  const side = { apObjects: [object("x"), other, pointer(Buffer.alloc(3)), object("y")] };
  assert.deepEqual(meant("027947e1-d731-11ce-a357-000000000001", "Next", side), {
    "apObjects[0]": { class: "A", properties: { Name: "x" } },
    "apObjects[3]": { class: "A", properties: { Name: "y" } },
  });
});

test("what a capture cut is said to be incomplete", () => {
  const whole = encodingUnit({ class: CREATE, values: VALUES });
  const pInParams = pointer(whole.subarray(0, whole.length - 30));
  const { pInParams: shown } = meant(SERVICES, "ExecMethod", { pInParams }) as { pInParams: Members };
  assert.equal(shown.class, "__PARAMETERS");
  assert.match(String(shown.incomplete), /^needs \d+ bytes/);
});

test("IWbemContext", () => {
  const hex = `01000000${"00".repeat(16)}01000000${"01000000"}4100${"00000000"}0300${"2000000000000000"}`;
  const pCtx = pointer(Buffer.from(hex, "hex"), CLSID_WBEM_CONTEXT);
  assert.deepEqual(meant(SERVICES, "ExecMethod", { pCtx }), { pCtx: { A: 32 } });
});

test("a smart enumeration: its objects by their class, whether it was sent with them or before", () => {
  const spec = (CommandLine: string) => ({ class: CREATE, values: { CommandLine } });
  const items = [
    { type: 2, classId: "11".repeat(16), block: objectBlock(spec("a")) },
    { type: 3, classId: "11".repeat(16), block: instanceNoClass(spec("b")) },
    { type: 3, classId: "22".repeat(16), block: instanceNoClass(spec("c")) },
  ] as const;
  const pBuffer = objectArray(items).toString("hex");
  const { pBuffer: shown } = meant("423ec01e-2e35-11d2-b604-00104b703efd", "Next", { pBuffer }) as {
    pBuffer: { objects: Members[] };
  };
  const rest = { UserName: null, StartPassword: null };
  assert.deepEqual(shown.objects.slice(0, 2), [
    { class: "__PARAMETERS", properties: { CommandLine: "a", ...rest } },
    { class: "__PARAMETERS", properties: { CommandLine: "b", ...rest } },
  ]);
  assert.match(String(shown.objects[2]!.incomplete), /class of the instance was not sent before/);
  const cut = meant("423ec01e-2e35-11d2-b604-00104b703efd", "Next", { pBuffer: pBuffer.slice(0, -40) });
  assert.ok(JSON.stringify(cut).includes("incomplete"));
  assert.deepEqual(meant("423ec01e-2e35-11d2-b604-00104b703efd", "Next", { pBuffer: "00" }), {});
});

test("redacted: users and passwords by the names of properties, and wherever else they stand", () => {
  const pInParams = pointer(encodingUnit({ class: CREATE, values: VALUES }));
  const request = { pInParams };
  const readable = { request: meant(SERVICES, "ExecMethod", request), response: {} };
  const shown = JSON.stringify(new Redactor().event({ ...call(), request, readable }));
  assert.ok(!/helga|Secret4U/i.test(shown), shown);
  assert.match(shown, /"CommandLine":"net user <user-1> \/add"/);
  assert.match(shown, /"StartPassword":"<secret-\d+/);
  // The bytes of the object hold them as well.
  for (const secret of ["helga.desk", "Secret4U!"]) {
    assert.ok(!shown.includes(Buffer.from(secret).toString("hex")), secret);
  }
});
