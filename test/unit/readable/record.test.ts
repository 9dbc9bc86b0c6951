/** From bytes on the wire to `readable` of the record and the line of a transcript. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Method } from "../../../dissectors/ndr/types.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { withMeanings } from "../../../src/output/meanings.js";
import { parameterLines } from "../../../src/output/values.js";
import { encodeParameter, Out } from "../../support/ndr/encode.js";
import { talk, UUID } from "../../support/rpc/talk.js";

/** Types as [MS-DTYP] declares them, in an interface that nobody knows. */
const IDL = `[uuid(${UUID}), version(1.0)] interface report {
  typedef unsigned long DWORD;
  typedef DWORD ACCESS_MASK;
  typedef struct _FILETIME { DWORD dwLowDateTime; DWORD dwHighDateTime; } FILETIME;
  typedef struct _RPC_UNICODE_STRING {
    unsigned short Length; unsigned short MaximumLength;
    [size_is(MaximumLength/2), length_is(Length/2)] wchar_t *Buffer;
  } RPC_UNICODE_STRING;
  typedef struct { RPC_UNICODE_STRING Name; FILETIME When; } ENTRY;
  void Report([in] ACCESS_MASK access, [in] long count, [in, size_is(count)] ENTRY *entries,
    [in] long cbDescriptor, [in, size_is(cbDescriptor)] byte *SecurityDescriptor, [out] ACCESS_MASK *granted);
}`;

const VIEW = { names: () => null, full: false };
const name = (text: string): object => ({
  Length: 2 * text.length,
  MaximumLength: 2 * text.length,
  Buffer: text,
});

test("records say what values mean, in both directions", async (t) => {
  const method = loadInterfaces([{ name: "report.idl", text: IDL }]).table.find(UUID)!.methods[0] as Method;
  const side = (values: { [name: string]: unknown }, which: "in" | "out"): Uint8Array => {
    const out = new Out({ syntax: "ndr", littleEndian: true });
    for (const p of method.params) if (p[which]) encodeParameter(out, p.type, values[p.name]);
    return out.bytes();
  };
  const request = {
    access: 0x82000000,
    count: 2,
    entries: [
      { Name: name("front door"), When: { dwLowDateTime: 0xd53e8000, dwHighDateTime: 0x019db1de } },
      { Name: name(""), When: { dwLowDateTime: 0, dwHighDateTime: 0 } },
    ],
    cbDescriptor: 20,
    SecurityDescriptor: "0100048000000000000000000000000000000000",
  };
  const [call] = (
    await talk(t, IDL, [
      ["client", "request", 0, side(request, "in")],
      ["server", "response", 0, side({ granted: 0x20000 }, "out")],
    ])
  ).filter((event) => event.type === "call");
  assert.ok(call?.type === "call");
  assert.deepEqual(call.readable, {
    request: {
      access: "MAXIMUM_ALLOWED|GENERIC_READ",
      "entries[0].Name": "front door",
      "entries[0].When": "1970-01-01T00:00:00Z",
      "entries[1].Name": "",
      SecurityDescriptor: "D:NO_ACCESS_CONTROL",
    },
    response: { granted: "READ_CONTROL" },
  });
  // The values keep their types.
  assert.equal(call.request!.access, 0x82000000);
  assert.equal(call.request!.SecurityDescriptor, request.SecurityDescriptor);
  const lines = (parameter: string): string[] =>
    parameterLines(
      parameter,
      withMeanings(parameter, call.request![parameter]!, call.readable!.request),
      100,
      VIEW,
    );
  assert.deepEqual(lines("access"), ["access = 0x82000000 (MAXIMUM_ALLOWED|GENERIC_READ)"]);
  assert.deepEqual(lines("SecurityDescriptor"), ["SecurityDescriptor = D:NO_ACCESS_CONTROL"]);
  assert.deepEqual(lines("entries"), [
    "entries (2)",
    '  [0] = {Name: "front door", When: 1970-01-01T00:00:00Z}',
    '  [1] = {Name: "", When: {dwLowDateTime: 0, dwHighDateTime: 0}}',
  ]);
  assert.deepEqual(lines("count"), ["count = 2"]);
});

test("what a value means reaches a terminal as any other text of the traffic does", () => {
  const shown = parameterLines(
    "Name",
    withMeanings("Name", { Length: 2, MaximumLength: 2, Buffer: "\u001b[2J" }, { Name: "\u001b[2J" }),
    100,
    VIEW,
  );
  assert.doesNotMatch(shown.join(""), /\u001b/);
  const object = parameterLines(
    "pObject",
    withMeanings("pObject", "00ff", { pObject: { "a\u001b": "b\u0007" } }),
    100,
    VIEW,
  );
  assert.doesNotMatch(object.join(""), /[\u001b\u0007]/);
});
