import assert from "node:assert/strict";
import test from "node:test";
import type { Event } from "../../../src/events.js";
import { adviceFor, columnNamed } from "../../../src/fields/columns.js";
import { glossary } from "../../../src/fields/glossary.js";
import { WIRESHARK_NAMES } from "../../../src/fields/wireshark.js";
import { call, offer, run } from "../../support/output/samples.js";

function values(name: string, record: unknown): readonly unknown[] {
  const column = columnNamed(name);
  assert(column !== null, name);
  return column.values(record as Event);
}

test("paths of the call log: lists one by one, parts of what is open, places in lists", () => {
  const record = {
    ...call(),
    client: { address: "10.0.0.1", port: 50100 },
    frames: { request: [3, 4], response: [5] },
    fault: null,
    request: { szName: "x", list: [{ a: 1 }, { a: [2, 3] }, { b: 4 }], deep: { "a b": { c: null } } },
    readable: { request: { "p.Level1[3].dwType": "SERVICE", "q.r": { s: ["t", "u"] } }, response: {} },
    notes: [
      { severity: "info", code: "one", message: "a" },
      { severity: "info", code: "two", message: "b" },
    ],
  };
  for (const [name, expected] of [
    ["kind", ["call"]],
    ["type", ["call"]],
    ["client.address", ["10.0.0.1"]],
    ["client", [{ address: "10.0.0.1", port: 50100 }]],
    ["frames.request", [3, 4]],
    ["frames.request[1]", [4]],
    ["frames.request[7]", []],
    ["fault.status", []],
    ["notes.code", ["one", "two"]],
    ["notes[1].code", ["two"]],
    ["request.szName", ["x"]],
    ["request.list.a", [1, 2, 3]],
    ["request.list[1].a[0]", [2]],
    ["request.deep.a b.c", []],
    ["request.toString", []],
    ["request.none", []],
    ["readable.request.p.Level1[3].dwType", ["SERVICE"]],
    ["readable.request.q.r.s", ["t", "u"]],
    ["readable.request.q", []],
    ["outcome", []],
  ] as const) {
    assert.deepEqual(values(name, record), expected, name);
  }
});

test("names that no record has are refused, with what may be meant", () => {
  for (const name of [
    "metod",
    "client.adress",
    "method.x",
    "fault[0]",
    "",
    "a..b",
    "dcerpc.nothing",
    "[0]",
    "client.",
  ]) {
    assert.equal(columnNamed(name), null, name);
  }
  assert.equal(adviceFor("metod"), "did you mean method?");
  assert.match(adviceFor("username"), /ntlmssp\.auth\.username/);
  assert.equal(adviceFor("dcerpc.opnumm"), "did you mean dcerpc.opnum?");
  assert.match(adviceFor("dcerpc.cn_auth_len"), /Wireshark's names/);
  assert.match(adviceFor("entirely_else"), /-G fields/);
});

test("every name of the glossary is a column, and says its type and meaning", () => {
  const names = new Set<string>();
  for (const line of glossary().trimEnd().split("\n")) {
    const [mark, words, name = "", type, kinds, , mask, meaning = "", ...more] = line.split("\t");
    assert.deepEqual([mark, mask, more], ["F", "0x0", []], line);
    assert.notEqual(words, "", line);
    assert.match(type!, /^FT_[A-Za-z0-9_]+$/, line);
    assert.match(kinds!, /^(?:(?:call|association|offer|note|detection|summary),?)+$/, line);
    assert(meaning.length > 2, line);
    assert(columnNamed(name) !== null, name);
    assert(!names.has(name), `twice: ${name}`);
    names.add(name);
  }
  for (const name of ["kind", "type", "method", "contexts.name", "request", "dcerpc.opnum", "ip.src"]) {
    assert(names.has(name), name);
  }
});

test("there are some sixty names of Wireshark's, and each has values for some record", () => {
  assert(WIRESHARK_NAMES.length >= 60, `${WIRESHARK_NAMES.length}`);
  const records = run();
  for (const { name } of WIRESHARK_NAMES) {
    for (const record of records) {
      for (const value of values(name, record)) assert.match(`${value}`, /^[^\n]*$/, name);
    }
  }
  assert.deepEqual(
    values("ip.src", offer()),
    [offer().expert.address].filter((text) => !text.includes(":")),
  );
});
