/** IDispatch::Invoke by its flags: which member of those with one DISPID is meant, and what is said where none is known. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Value } from "../../src/events.js";
import { loadInterfaces } from "../../src/interfaces.js";
import { resolveInvoke } from "../../src/rpc/dispatch.js";

const IDL = `import "ms-oaut.idl";
[object, dual, uuid(12345678-1234-abcd-ef00-0123456789ab)] interface IThing : IDispatch {
  [propget, id(1)] HRESULT Name([out, retval] BSTR *value);
  [propput, id(1)] HRESULT Name([in] BSTR value);
  [propputref, id(2)] HRESULT Owner([in] IDispatch *value);
  [id(3)] HRESULT Do([in] long a, [in] long b);
}`;
const { table } = loadInterfaces([{ name: "thing.idl", text: IDL }]);
const thing = table.named("IThing");

const METHOD = 1;
const GET = 2;
const PUT = 4;
const PUTREF = 8;

const vt = (value: Value): Value => ({ vt: "VT_I4", value });

function invoked(dispid: number, flags: number, params: { [name: string]: Value } = {}, iface = thing) {
  const request = { dispIdMember: dispid, dwFlags: flags, pDispParams: params };
  return resolveInvoke(iface, (id) => (id === 77 ? "Taught" : null), request, null)?.record;
}

test("flags tell which accessor of a property is called", () => {
  const kinds = (dispid: number, flags: number): unknown[] => {
    const record = invoked(dispid, flags);
    return [record?.member, record?.kind];
  };
  assert.deepEqual(kinds(1, GET), ["Name", "propget"]);
  // As scripting clients call anything.
  assert.deepEqual(kinds(1, METHOD | GET), ["Name", "propget"]);
  assert.deepEqual(kinds(1, PUT), ["Name", "propput"]);
  assert.deepEqual(kinds(2, PUTREF), ["Owner", "propputref"]);
  assert.deepEqual(kinds(3, METHOD), ["Do", "method"]);
  assert.deepEqual(kinds(3, METHOD | GET), ["Do", "method"]);
  // Only one accessor is declared: it is that one which the server calls.
  assert.deepEqual(kinds(2, PUT), ["Owner", "propputref"]);
});

test("where the interface is not known the flags alone speak, and names that were taught", () => {
  const kinds = [METHOD, METHOD | GET, GET, PUT, PUTREF, PUT | PUTREF, 0].map(
    (flags) => invoked(5, flags, {}, null)?.kind,
  );
  assert.deepEqual(kinds, ["method", "method", "propget", "propput", "propputref", "propputref", "method"]);
  assert.deepEqual([invoked(77, METHOD, {}, null)?.member, invoked(5, METHOD)?.member], ["Taught", null]);
  assert.equal(
    resolveInvoke(thing, () => null, { dispIdMember: null, dwFlags: 1 }, null),
    null,
  );
});

test("arguments: last first, named ones before them, the value of a put by its own name", () => {
  assert.deepEqual(invoked(3, METHOD, { rgvarg: [vt(2), vt(1)] })?.arguments, { a: 1, b: 2 });
  assert.deepEqual(invoked(3, METHOD, { rgvarg: [vt(8), vt(9)], rgdispidNamedArgs: [1, 0] })?.arguments, {
    b: 8,
    a: 9,
  });
  assert.deepEqual(invoked(1, PUT, { rgvarg: [vt("x")], rgdispidNamedArgs: [-3] })?.arguments, {
    value: "x",
  });
  const unknown = { rgvarg: [vt("x"), vt(1)], rgdispidNamedArgs: [-3] };
  assert.deepEqual(invoked(5, PUT, unknown, null)?.arguments, { value: "x", arg1: 1 });
});
