/** Which values get a meaning, under which paths, and what bounds them. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Value } from "../../../dissectors/ndr/decoded.js";
import type { Method } from "../../../dissectors/ndr/types.js";
import type { Members } from "../../../dissectors/readable/place.js";
import { MAX_MEANINGS, MAX_PATH_CHARACTERS, meaningsOf } from "../../../dissectors/readable/plan.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { call } from "../../support/output/samples.js";

/** The Service Control Manager's UUID and names, in shapes of our own. */
const IDL = `[uuid(367abb81-9844-35f1-ad32-98f038001003), version(2.0)] interface svcctl {
  typedef struct node { struct node *next; unsigned long dwStartType; } NODE;
  typedef struct { unsigned long dwServiceType; [size_is(2)] NODE *nodes; NODE more[2]; } CONFIG;
  typedef [switch_type(long)] union { [case(1)] CONFIG *config; [case(2)] long other; } INFO;
  typedef union switch (long tag) both { case 1: unsigned long dwErrorControl; } BOTH;
  unsigned long ROpenSCManagerW([in] unsigned long dwDesiredAccess);
  unsigned long ROpenServiceW([in] unsigned long dwDesiredAccess, [out] unsigned long *dwStartType);
  unsigned long Info([in] long kind, [in, switch_is(kind)] INFO *info, [in] BOTH both);
  unsigned long Plain([in] long kind, [in, string] wchar_t *constructor);
  unsigned long Secure([in] long size, [in, size_is(size)] byte *lpSecurityDescriptor);
}`;

const { table } = loadInterfaces([{ name: "svcctl.idl", text: IDL }]);
const svcctl = table.find("367abb81-9844-35f1-ad32-98f038001003")!;

function meant(name: string, side: Members, request: Members | null = null) {
  const method = svcctl.methods.find((m) => m?.name === name) as Method;
  return meaningsOf(svcctl, method, side, request, () => null);
}

test("a field means what its method says before what its name says", () => {
  const path = (name: string, value: number) =>
    meant(name, { dwDesiredAccess: value })?.values.dwDesiredAccess;
  assert.equal(path("ROpenSCManagerW", 0xf003f), "SC_MANAGER_ALL_ACCESS");
  assert.equal(path("ROpenSCManagerW", 3), "SC_MANAGER_CONNECT|SC_MANAGER_CREATE_SERVICE");
  assert.equal(path("ROpenServiceW", 0xf01ff), "SERVICE_ALL_ACCESS");
  assert.equal(path("ROpenServiceW", 0x80010014), "SERVICE_QUERY_STATUS|SERVICE_START|DELETE|GENERIC_READ");
  // Bits without a name are kept as a number; where no bit has one there is nothing to say.
  assert.equal(path("ROpenServiceW", 0x4000010), "SERVICE_START|0x04000000");
  assert.equal(path("ROpenServiceW", 0x4000000), undefined);
  assert.equal(path("ROpenServiceW", 0), undefined);
});

test("paths go through pointers, arrays, unions and lists that point to themselves", () => {
  const node = (dwStartType: number, next: Members | null = null): Members => ({ next, dwStartType });
  const info = {
    kind: 1,
    info: {
      config: {
        dwServiceType: 0x110,
        nodes: [node(3, node(4)), node(99)],
        more: [node(2), { next: [node(1), { dwStartType: 0 }], dwStartType: 0 }],
      },
    },
    both: { tag: 1, both: { dwErrorControl: 1 } },
  };
  assert.deepEqual(meant("Info", info)?.values, {
    "info.config.dwServiceType": "SERVICE_WIN32_OWN_PROCESS|SERVICE_INTERACTIVE_PROCESS",
    "info.config.nodes[0].next.dwStartType": "SERVICE_DISABLED",
    "info.config.nodes[0].dwStartType": "SERVICE_DEMAND_START",
    "info.config.more[0].dwStartType": "SERVICE_AUTO_START",
    "info.config.more[1].next[0].dwStartType": "SERVICE_SYSTEM_START",
    "info.config.more[1].next[1].dwStartType": "SERVICE_BOOT_START",
    "info.config.more[1].dwStartType": "SERVICE_BOOT_START",
    "both.both.dwErrorControl": "SERVICE_ERROR_NORMAL",
  });
});

test("what was not decoded, or is not of the expected shape, has no meaning", () => {
  const shapes: Value[] = [null, 1, "x", [], {}, { config: [] }, { config: null }, { config: { nodes: {} } }];
  for (const info of shapes) {
    assert.equal(meant("Info", { kind: 1, info }), null);
  }
  assert.equal(meant("Plain", { kind: 1, constructor: "x" }), null);
  assert.equal(meant("ROpenServiceW", { dwStartType: "3" }, {})?.values.dwStartType, "SERVICE_DEMAND_START");
  assert.equal(meant("ROpenServiceW", { dwStartType: "three" }, {}), null);
});

test("meanings are bounded by their number and by their paths", () => {
  const many = Array.from({ length: MAX_MEANINGS + 1 }, () => ({ next: null, dwStartType: 3 }));
  const listed = meant("Info", { info: { config: { dwServiceType: 0x10, nodes: many } } })!;
  assert.equal(Object.keys(listed.values).length, MAX_MEANINGS);
  assert.equal(listed.limited, true);
  let chain: Members | null = null;
  for (let i = 0; i < 2000; i++) chain = { next: chain, dwStartType: 3 };
  const long = meant("Info", { info: { config: { nodes: [chain] } } })!;
  assert.equal(long.limited, true);
  assert.ok(Object.keys(long.values).join("").length <= MAX_PATH_CHARACTERS);
});

test("--redact hides in readable what it hides in the values", () => {
  const values = {
    Buffer: { Buffer: [{ RelativeId: 500, Name: { Length: 10, MaximumLength: 10, Buffer: "jmarek" } }] },
    Logon: {
      UserName: { Length: 4, MaximumLength: 4, Buffer: "bo" },
      Owf: { data: "00112233445566778899aabbccddeeff" },
    },
    Path: { Length: 10, MaximumLength: 10, Buffer: "C:\\Users\\jmarek" },
  };
  const record = call({
    method: "SamrEnumerateUsersInDomain",
    response: values,
    readable: {
      request: {},
      response: {
        "Buffer.Buffer[0].Name": "jmarek",
        "Logon.UserName": "bo",
        "Logon.Owf": "hash 0011",
        Path: "C:\\Users\\jmarek",
      },
    },
  });
  const hidden = new Redactor().event(record);
  const response = hidden.response as typeof values;
  assert.deepEqual(hidden.readable?.response, {
    "Buffer.Buffer[0].Name": response.Buffer.Buffer[0]!.Name.Buffer,
    "Logon.UserName": response.Logon.UserName.Buffer,
    "Logon.Owf": hidden.readable?.response["Logon.Owf"],
    Path: response.Path.Buffer,
  });
  assert.doesNotMatch(JSON.stringify(hidden), /jmarek|"bo"|0011/);
});

test("a limit that is reached is said, also where nothing else means anything", () => {
  const le = (n: number, size: number): string =>
    hex(Uint8Array.from({ length: size }, (_, i) => n >> (8 * i)));
  // Lists within lists, in the condition of an entry for everyone.
  let condition = "";
  for (let depth = 0; depth < 10; depth++) condition = `50${le(condition.length / 2, 4)}${condition}`;
  const body = `000000a001010000000000010000000061727478${condition}`;
  const entry = `0900${le(4 + body.length / 2, 2)}${body}`;
  const list = `0400${le(8 + entry.length / 2, 2)}01000000${entry}`;
  const descriptor = `01000480${le(0, 4)}${le(0, 4)}${le(0, 4)}${le(20, 4)}${list}`;
  const meanings = meant("Secure", { size: descriptor.length / 2, lpSecurityDescriptor: descriptor });
  assert.deepEqual(meanings?.values, {});
  assert.match(meanings!.incomplete!.reason, /MAX_DEPTH/);
});
