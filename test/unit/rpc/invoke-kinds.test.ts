/** IDispatch::Invoke by its flags: which member of those with one DISPID is meant, and what is said where none is known. */
import assert from "node:assert/strict";
import test from "node:test";
import { type Learned, resolveInvoke, type Supposed } from "../../../src/call/invocation.js";
import type { MemberName } from "../../../src/call/knowledge.js";
import type { Value } from "../../../src/events.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { dispatchRecord } from "../../../src/record/call-record.js";

const IDL = `import "ms-oaut.idl";
[object, dual, uuid(12345678-4321-abcd-ef00-0123456789ab)] interface IThing : IDispatch {
  [propget, id(1)] HRESULT Name([out, retval] BSTR *value);
  [propput, id(1)] HRESULT Name([in] BSTR value);
  [propputref, id(2)] HRESULT Owner([in] IDispatch *value);
  [propget, id(44)] HRESULT Size([out, retval] long *value);
  [id(3)] HRESULT Do([in] long a, [in] long b);
}`;
const { table } = loadInterfaces([{ name: "thing.idl", text: IDL }]);
const thing = table.named("IThing");

const METHOD = 1;
const GET = 2;
const PUT = 4;
const PUTREF = 8;

const vt = (value: Value): Value => ({ vt: "VT_I4", value });

const memberName = (name: string): MemberName => ({ name, params: [], kinds: 0, frame: 9 });

function invoked(dispid: number, flags: number, params: { [name: string]: Value } = {}, iface = thing) {
  const request = { dispIdMember: dispid, dwFlags: flags, pDispParams: params };
  const supposed = iface && { iface, inferred: false, recognised: false };
  const learned: Learned = (id) => (id === 77 ? { member: memberName("Taught"), inferred: false } : null);
  return resolveInvoke(supposed, learned, request, null);
}

function recorded(supposed: Supposed, learned: Learned, request: { [name: string]: Value }) {
  const invocation = resolveInvoke(supposed, learned, request, null);
  return invocation && dispatchRecord(invocation);
}

test("flags say which accessor of a property is called", () => {
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
  assert.deepEqual(kinds(1, PUTREF), ["Name", "propput"]);
  // A value is put where none can be: the call says so, whatever is declared.
  assert.deepEqual(kinds(44, PUT), ["Size", "propput"]);
  assert.deepEqual(kinds(44, PUTREF), ["Size", "propputref"]);
  assert.deepEqual(kinds(2, GET), ["Owner", "propget"]);
});

test("where the interface is not known the flags alone speak, and names that were taught", () => {
  const kinds = [METHOD, METHOD | GET, GET, PUT, PUTREF, PUT | PUTREF, 0].map(
    (flags) => invoked(5, flags, {}, null)?.kind,
  );
  assert.deepEqual(kinds, ["method", "method", "propget", "propput", "propputref", "propputref", "method"]);
  assert.deepEqual([invoked(77, METHOD, {}, null)?.member, invoked(5, METHOD)?.member], ["Taught", null]);
  assert.equal(
    resolveInvoke(
      { iface: thing!, inferred: false, recognised: false },
      () => null,
      { dispIdMember: null, dwFlags: 1 },
      null,
    ),
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

test("a name from the wire goes before the interface's; one that contradicts it refutes the interface", () => {
  const request = { dispIdMember: 3, dwFlags: METHOD, pDispParams: { rgvarg: [vt(2), vt(1)] } };
  const named = (name: string, supposed = false, inferred = false) =>
    recorded(
      { iface: thing!, inferred: supposed, recognised: false },
      () => ({ member: { ...memberName(name), params: ["x", undefined] }, inferred }),
      request,
    );
  const agreed = { dispid: "0x00000003", interface: "IThing", member: "Do", kind: "method" };
  assert.deepEqual(named("DO"), { ...agreed, arguments: { a: 1, b: 2 }, from_frame: 9 });
  assert.deepEqual(named("Do", true), {
    ...agreed,
    arguments: { a: 1, b: 2 },
    from_frame: 9,
    inferred: true,
  });
  const refuted = { ...agreed, interface: null, member: "Undo", arguments: { x: 1, arg2: 2 }, from_frame: 9 };
  assert.deepEqual(named("Undo"), refuted);
  assert.deepEqual(named("Undo", true), refuted);
  assert.deepEqual(named("Undo", true, true), { ...refuted, inferred: true });
});

test("an interface that is only supposed counts where it has the member", () => {
  const record = (dispid: number) => {
    const request = { dispIdMember: dispid, dwFlags: METHOD };
    return recorded({ iface: thing!, inferred: true, recognised: false }, () => null, request);
  };
  assert.deepEqual(record(3), {
    dispid: "0x00000003",
    interface: "IThing",
    member: "Do",
    kind: "method",
    arguments: {},
    inferred: true,
  });
  const nothing = { dispid: "0x00000004", interface: null, member: null, kind: "method", arguments: {} };
  assert.deepEqual(record(4), nothing);
});

test("the kind that type information reported decides between a method and a property that is got", () => {
  const kind = (kinds: number, flags: number) =>
    resolveInvoke(
      null,
      () => ({ member: { ...memberName("x"), kinds }, inferred: false }),
      { dispIdMember: 1, dwFlags: flags },
      null,
    )?.kind;
  assert.equal(kind(2 | 4, METHOD | GET), "propget");
  assert.equal(kind(1, METHOD | GET), "method");
  assert.equal(kind(0, METHOD | GET), "method");
  assert.equal(kind(2 | 4, PUT), "propput");
  assert.equal(kind(2, METHOD), "method");
});
