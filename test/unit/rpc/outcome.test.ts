/** What a returned value says of how the call ended: its name, and whether it is a success. */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { returnedOf } from "../../../src/call/outcome.js";
import type { CallRecord } from "../../../src/events.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { concat, Writer } from "../../lab/bytes.js";
import { talk, UUID } from "../../support/rpc/talk.js";
import { calls } from "../../support/run.js";

const IDL = (type: string, name: string): string => `import "ms-dtyp.idl"; typedef unsigned long WERROR;
[uuid(${UUID}), version(1.0)] interface outcome { ${type} ${name}([out] long *answer); }`;

/** The call that returned `value` as a `type`. */
async function returning(t: TestContext, type: string, value: number, name = "Do"): Promise<CallRecord> {
  const stub = concat(new Writer(true).u32(7).done(), new Writer(true).u32(value >>> 0).done());
  const [call] = calls(
    await talk(t, IDL(type, name), [
      ["client", "request", 0, new Uint8Array(0)],
      ["server", "response", 0, stub],
    ]),
  );
  assert.deepEqual(call!.response, { answer: 7 });
  return call!;
}

test("HRESULTs: the severity bit alone shows success from failure", async (t) => {
  const said = async (value: number): Promise<unknown[]> => {
    const { hresult, status } = await returning(t, "HRESULT", value);
    return [hresult?.name, status];
  };
  assert.deepEqual(await said(0), ["S_OK", "ok"]);
  assert.deepEqual(await said(1), ["S_FALSE", "ok"]);
  assert.deepEqual(await said(5), [null, "ok"]);
  assert.deepEqual(await said(0x00040004), [null, "ok"]);
  assert.deepEqual(await said(0x00080012), ["CO_S_NOTALLINTERFACES", "ok"]);
  assert.deepEqual(await said(0x80070005), ["E_ACCESSDENIED", "error"]);
  assert.deepEqual(await said(0x80070490), ["ERROR_NOT_FOUND", "error"]);
  assert.deepEqual(await said(0xd0000022), ["STATUS_ACCESS_DENIED", "error"]);
  assert.deepEqual(await said(0x80041002), [null, "error"]);
});

test("NTSTATUS values: successes, information and warnings are no errors", async (t) => {
  const said = async (value: number): Promise<unknown[]> => {
    const { returned, status } = await returning(t, "NTSTATUS", value);
    return [returned?.name, status];
  };
  assert.deepEqual(await said(0), ["STATUS_SUCCESS", "ok"]);
  assert.deepEqual(await said(0x105), ["STATUS_MORE_ENTRIES", "ok"]);
  assert.deepEqual(await said(0x40000000), ["STATUS_OBJECT_NAME_EXISTS", "ok"]);
  assert.deepEqual(await said(0x80000005), ["STATUS_BUFFER_OVERFLOW", "ok"]);
  assert.deepEqual(await said(0xc0000022), ["STATUS_ACCESS_DENIED", "error"]);
  assert.deepEqual(await said(0xc0070005), ["ERROR_ACCESS_DENIED", "error"]);
});

test("Win32 codes: 1 is ERROR_INVALID_FUNCTION there, and what is no Win32 code keeps its own name", async (t) => {
  const said = async (value: number): Promise<unknown[]> => {
    const { returned, status } = await returning(t, "WERROR", value);
    return [returned?.name, status];
  };
  assert.deepEqual(await said(0), ["ERROR_SUCCESS", "ok"]);
  assert.deepEqual(await said(1), ["ERROR_INVALID_FUNCTION", "error"]);
  assert.deepEqual(await said(0x80070005), ["E_ACCESSDENIED", "error"]);
  assert.deepEqual(await said(0xc0000022), ["STATUS_ACCESS_DENIED", "error"]);
});

test("error_status_t of [MS-DCOM] is a Win32 code, the HRESULT of activation beside it is none", () => {
  const { table } = loadInterfaces();
  const named = (interfaceName: string, method: string, value: number): unknown[] => {
    const iface = table.named(interfaceName)!;
    const found = iface.methods.find((m) => m?.name === method)!;
    const code = returnedOf(found, iface, { returned: "", status: value, found: [] });
    assert.equal(code?.hresult, true);
    return [code?.name, code?.message !== null];
  };
  assert.deepEqual(named("IObjectExporter", "ResolveOxid2", 0x776), ["OR_INVALID_OXID", true]);
  assert.deepEqual(named("IObjectExporter", "ServerAlive2", 5), ["ERROR_ACCESS_DENIED", false]);
  assert.deepEqual(named("IActivation", "RemoteActivation", 0x80040154), ["REGDB_E_CLASSNOTREG", true]);
  assert.deepEqual(named("IRemoteSCMActivator", "RemoteCreateInstance", 1), ["S_FALSE", true]);
  assert.deepEqual(named("IRemoteSCMActivator", "RemoteCreateInstance", 5), [null, false]);
});

test("an enumeration that is not over, or is, went well", async (t) => {
  const said = async (value: number, name: string): Promise<unknown[]> => {
    const { returned, status } = await returning(t, "NET_API_STATUS", value, name);
    return [returned?.name, status];
  };
  assert.deepEqual(await said(234, "ThingEnum"), ["ERROR_MORE_DATA", "ok"]);
  assert.deepEqual(await said(259, "ThingEnumEx"), ["ERROR_NO_MORE_ITEMS", "ok"]);
  assert.deepEqual(await said(5, "ThingEnum"), ["ERROR_ACCESS_DENIED", "error"]);
  assert.deepEqual(await said(234, "ThingGetInfo"), ["ERROR_MORE_DATA", "error"]);
});

test("a method that returns a handle says in a parameter how it went", async (t) => {
  const idl = `import "ms-dtyp.idl"; typedef [context_handle] void *HTHING;
[uuid(${UUID}), version(1.0)] interface outcome { HTHING Open([out] error_status_t *Status, [out] error_status_t *rpc_status); }`;
  const said = async (first: number, second: number): Promise<string> => {
    const stub = concat(new Writer(true).u32(first).u32(second).done(), new Uint8Array(20));
    const [call] = calls(
      await talk(t, idl, [
        ["client", "request", 0, new Uint8Array(0)],
        ["server", "response", 0, stub],
      ]),
    );
    assert.equal(call!.stub.response, "decoded");
    return call!.status;
  };
  assert.equal(await said(0, 0), "ok");
  assert.equal(await said(5, 0), "error");
  assert.equal(await said(0, 1722), "error");
});
