/** Calls as the writer that is made of the schema puts them, held against JSON.stringify. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { callTextModule } from "../../../scripts/call-text.js";
import type { CallRecord } from "../../../src/events.js";
import { callText } from "../../../src/output/generated/call-text.js";
import { call } from "../../support/output/samples.js";
import { analyze } from "../../support/run.js";

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

test("src/output/generated/call-text.ts is what `npm run schema` writes", () => {
  assert.equal(readFileSync(root("src/output/generated/call-text.ts"), "utf8"), callTextModule());
});

test("every call of every capture is written as JSON.stringify writes it", async () => {
  const captures = readdirSync(root("captures")).filter((name) => /\.pcap(?:ng)?$/.test(name));
  let calls = 0;
  for (const name of captures) {
    for (const event of await analyze([root(`captures/${name}`)], { acknowledged: true })) {
      if (event.type !== "call") continue;
      assert.equal(callText(event), JSON.stringify(event), name);
      calls++;
    }
  }
  assert.ok(calls > 300, `${calls} calls`);
});

/** Keys whose strings have a pattern or are of a list, which nothing else may stand for. */
const OF_PATTERN =
  /(?:^|\.)(?:type|id|ts|last_ts|uuid|object|activity|clsid|iid|oxid|oid|causality_id|dispid|kind|byte_order|protseq|transfer_syntax|source|status|hresult\.value|fault\.status|stub\.request|stub\.response)$/;

/** A copy in which strings and numbers are others, where the schema lets them. */
function changed(value: unknown, path: string, string: () => string, number: () => number): unknown {
  if (typeof value === "string") return OF_PATTERN.test(path) ? value : string();
  if (typeof value === "number") return path === "schema" ? value : number();
  if (Array.isArray(value)) return value.map((one, i) => changed(one, `${path}[${i}]`, string, number));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      changed(one, path === "" ? key : `${path}.${key}`, string, number),
    ]),
  );
}

test("whatever strings and numbers say", () => {
  const strings = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom('"', "\\", "\u0000", "\n", "\u2028", "\ud800", "\udc00\ud800", "é", "😀", "\u007f"),
  );
  const numbers = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, 2 ** 53));
  fc.assert(
    fc.property(fc.infiniteStream(strings), fc.infiniteStream(numbers), (texts, figures) => {
      const string = (): string => texts.next().value;
      const number = (): number => figures.next().value;
      for (const sample of SAMPLES) {
        const record = changed(sample, "", string, number) as CallRecord;
        assert.equal(callText(record), JSON.stringify(record));
      }
    }),
    { numRuns: 300, includeErrorInReport: true },
  );
});

test("values that come again, among more of them than are kept, and values too long to be kept", () => {
  const values = Array.from({ length: 2_000 }, (_, i) => ({ n: i, s: "x".repeat(i % 7 === 0 ? 3_000 : 3) }));
  const order = [0, 1, 0, ...values.keys(), 0, 1_999, 1_500, 700, 7];
  for (const index of order) {
    const record = call({ request: values[index]!, response: values[0]! });
    assert.equal(callText(record), JSON.stringify(record));
  }
});

/** With everything that a call may have, and with nothing. */
const SAMPLES: readonly CallRecord[] = [
  call(),
  call({
    activity: "00000000-0000-0000-0000-000000000001",
    acknowledged: 9,
    places: [{ file: "a", request: [1], response: [] }],
    frames: { request: [], response: [1, 2, 3] },
    transport: {
      protseq: "ncacn_np",
      endpoint: "\\pipe\\x",
      smb: { dialect: "3.1.1", share: "IPC$", session_user: "u", session_domain: null, encrypted: true },
    },
    interface: { uuid: null, version: null, name: null, inferred: true },
    dispatch: {
      dispid: "0x00000001",
      interface: null,
      member: "m",
      kind: "method",
      arguments: { a: [1, "x", null, true] },
      from_frame: 3,
      inferred: true,
    },
    fault: { status: "0x00000005", name: "n" },
    returned: { type: "t", value: [1, { b: "c" }], name: null },
    readable: { request: { "a.b": "c" }, response: {} },
    rai: { connection_string: null, help_blob: null, sessions: [] },
    notes: [{ severity: "info", code: "c", message: "m" }],
  }),
  call({ hresult: null, target: null, orpc: null, request: null, response: null, object: null }),
];
