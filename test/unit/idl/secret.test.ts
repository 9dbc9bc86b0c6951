/** `[secret]`, and Samba's `[flag(NDR_SECRET)]`: what descriptions say of it. Decoding does not look at it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field, Method, NdrType } from "../../../dissectors/ndr/types.js";
import { read } from "../../support/idl/notation.js";

const HEAD = "[uuid(12345678-1234-abcd-ef00-0123456789ab)] interface t {\n";

function methodsOf(body: string, head = HEAD): Method[] {
  const { library, said } = read(`${head}${body}\n}`);
  assert.deepEqual(said, []);
  return library.interfaces[0]!.methods as Method[];
}

/** Names of the parameters that are marked, and the method itself where what it returns is. */
function marked(body: string): string[] {
  return methodsOf(body).flatMap(({ name, params, returnsSecret }) => [
    ...(returnsSecret ? [`${name}()`] : []),
    ...params.filter(({ secret }) => secret === true).map((p) => p.name),
  ]);
}

const fields = (type: NdrType | undefined): readonly Field[] => {
  if (type?.kind === "pointer") return fields(type.to);
  if (type?.kind === "struct") return type.fields;
  return type?.kind === "union" ? type.arms.flatMap(({ field }) => field ?? []) : [];
};

test("on a parameter", () => {
  assert.deepEqual(marked("void m([in, secret] long a, [in] long b, [out, flag(NDR_SECRET)] long *c);"), [
    "a",
    "c",
  ]);
  assert.deepEqual(
    marked("void m([in, flag(LIBNDR_FLAG_X | NDR_SECRET)] long a, [in, flag(NDR_SECRETS)] long b);"),
    ["a"],
  );
});

test("on a typedef, whatever way leads to it", () => {
  const types =
    "typedef [secret, string] wchar_t *PIN; typedef PIN CODE; typedef [secret] struct { long x; } KEY;";
  assert.deepEqual(
    marked(
      `${types} void m([in] PIN a, [in] CODE b, [in] long n, [in, size_is(n)] PIN *c, [in] KEY *d, [in] long e);`,
    ),
    ["a", "b", "c", "d"],
  );
});

test("on fields and arms, and on those that a marked typedef declares", () => {
  const [m] = methodsOf(`typedef [secret] long PIN;
    typedef [switch_type(long)] union { [case(1)] [secret] long a; [case(2)] PIN b; [case(3)] long c; } U;
    void m([in] struct { long t; [secret] long k; PIN p; long plain; [switch_is(t)] U u; } *s);`);
  const of = fields(m!.params[0]!.type);
  assert.deepEqual(
    of.filter(({ secret }) => secret === true).map(({ name }) => name),
    ["k", "p"],
  );
  const arms = fields(of.find(({ name }) => name === "u")!.type);
  assert.deepEqual(
    arms.filter(({ secret }) => secret === true).map(({ name }) => name),
    ["a", "b"],
  );
});

test("on the element of a SAFEARRAY, which is one value", () => {
  assert.deepEqual(
    marked(
      "typedef void *BSTR; typedef [secret] BSTR PIN; void m([in] SAFEARRAY(PIN) a, [in] SAFEARRAY(BSTR) b);",
    ),
    ["a"],
  );
});

test("on a method: what it returns, but no status; of a property what is put as well", () => {
  const types = "typedef long HRESULT; typedef [secret] long PIN;";
  assert.deepEqual(marked(`${types} [secret] long m([in] long a); PIN n(void); long o(void);`), [
    "m()",
    "n()",
  ]);
  assert.deepEqual(
    marked(`${types} [secret] HRESULT m([in] long a, [out, retval] long *b);
      [propget, secret] HRESULT P([out, retval] long *v); [propput, secret] HRESULT P([in] long v);`),
    ["b", "v", "v"],
  );
});

test("a SAFEARRAY of itself ends", () => {
  const [m] = methodsOf("typedef SAFEARRAY(A) A; void m([in] A a);");
  assert.equal(m!.params[0]!.type.kind, "native");
});
