/** Every call of the lab's captures, against what the lab wrote down of what it said. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import type { CallRecord, Value } from "../../../src/events.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { parseSecrets } from "../../../src/rpc/security/secrets.js";
import { analyze, calls } from "../../support/run.js";

interface Said {
  kind: "call";
  stream: number;
  call_id: number;
  context_id: number;
  opnum: number | null;
  interface: { uuid: string | null; name: string | null };
  method: string | null;
  transfer_syntax: string | null;
  object: string | null;
  status: string;
  hresult: string | null;
  returned?: { value: number; name: string };
  fault: { status: string } | string | null;
  transport?: { protseq: string; endpoint: string };
  /** Only a key shows that there is a call. */
  hidden?: true;
  causality_id: string | null;
  auth: { [key: string]: Value };
  frames: { request: number[]; response: number[] };
  request: { [name: string]: Value } | null;
  response: { [name: string]: Value } | null;
  rai: { [name: string]: Value } | null;
  dispatch: { [name: string]: Value } | null;
  /** What the stubs hold whatever the shape of the IDL: identifiers, bindings, results. */
  facts: Value;
}

/** Every string and number inside a value. */
function scalars(value: Value | undefined): (string | number)[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(scalars) : [];
}

/** [C706] Appendix O: it returns void, its status is an [out] parameter. */
const ENDPOINT_MAPPER = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";

const folder = new URL("../../../captures/", import.meta.url);
const captures = readdirSync(folder).filter((f) => /\.(pcap|pcapng)$/.test(f));

/** Where `actual` differs from what `expected` states; what `expected` does not mention is not asked. */
function differences(actual: unknown, expected: unknown, path: string): string[] {
  if (expected === null || typeof expected !== "object") {
    return Object.is(actual, expected)
      ? []
      : [`${path}: ${JSON.stringify(actual)}, said ${JSON.stringify(expected)}`];
  }
  if (actual === null || typeof actual !== "object")
    return [`${path}: ${JSON.stringify(actual)}, said ${JSON.stringify(expected)}`];
  if (Array.isArray(expected) && (actual as unknown[]).length !== expected.length) {
    return [`${path}: ${JSON.stringify(actual)}, said ${JSON.stringify(expected)}`];
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    differences((actual as { [key: string]: unknown })[key], value, `${path}.${key}`),
  );
}

function compare(capture: string, record: CallRecord, said: Said): string[] {
  const sealed = record.stub.request === "encrypted" || record.stub.response === "encrypted";
  const {
    kind: _kind,
    hidden: _hidden,
    hresult,
    fault,
    request,
    response,
    rai,
    dispatch,
    facts,
    causality_id,
    returned,
    ...rest
  } = said;
  const expected: { [key: string]: unknown } = { ...rest };
  // The lab knows what a capture that starts in the middle cannot show: who bound, and the bytes that are missing.
  const partial = "incomplete" in rest || record.auth.context_id === null || capture.startsWith("mid-stream");
  delete expected.incomplete;
  if (partial) delete expected.auth;
  if (said.interface.uuid === ENDPOINT_MAPPER) expected.interface = { uuid: ENDPOINT_MAPPER, name: "ept" };
  if (said.method === "") expected.method = null;
  if (sealed) delete expected.method;
  else {
    if (causality_id !== null) expected.causality_id = causality_id;
    if (request && said.method !== "") expected.request = request;
    if (response && !("incomplete" in rest)) expected.response = response;
    if (rai && !("incomplete" in rest)) expected.rai = rai;
    if (dispatch) expected.dispatch = dispatch;
    if (returned) expected.returned = { name: returned.name };
    if (hresult && !("incomplete" in rest) && said.interface.uuid !== ENDPOINT_MAPPER)
      expected.hresult = { value: hresult };
  }
  // Whether it succeeded stands in bytes that were sealed or not captured.
  if (sealed || record.stub.response === "incomplete") {
    if (expected.status === "ok" || expected.status === "error") expected.status = "unknown";
  }
  const reported = new Set(scalars([record.request, record.response, record.dispatch as unknown as Value]));
  const unreported =
    sealed || "incomplete" in rest
      ? []
      : scalars(facts).filter((f) => !reported.has(f) && !reported.has(Number(f)));
  if (fault) expected.fault = typeof fault === "string" ? { status: fault } : fault;
  const at = `${said.stream}/${said.call_id}`;
  // A status of a type that has its own form is written in it, of any other as the number that it is.
  const status = Number(record.returned?.value);
  const other = !sealed && returned !== undefined && status !== returned.value;
  return [
    ...(other ? [`${at}: returned ${record.returned?.value}, said ${returned.value}`] : []),
    ...differences(record, expected, at),
    ...unreported.map((f) => `${at}: ${f} is nowhere in the values`),
  ];
}

for (const capture of captures) {
  test(`${capture}: every call as the lab said it`, async () => {
    const lines = readFileSync(new URL(`${capture.replace(/\.\w+$/, "")}.expected.ndjson`, folder), "utf8")
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as { kind: string });
    const said = lines.filter((l): l is Said => l.kind === "call");
    const path = new URL(capture, folder).pathname;
    const hidden = said.filter((s) => s.hidden);
    const closed = calls(await analyze([path]));
    const { secrets } = lines[0] as unknown as { secrets: unknown };
    const keys = KeyRing.from({ secrets: parseSecrets(JSON.stringify(secrets)) });
    const records = hidden.length > 0 ? calls(await analyze([path], { keys })) : closed;
    assert.equal(closed.length, said.length - hidden.length);
    assert.ok(said.length > 0);
    const found: string[] = [];
    for (const s of said) {
      const protseq = s.transport?.protseq ?? "ncacn_ip_tcp";
      const same = records.filter(
        (r) => r.stream === s.stream && r.call_id === s.call_id && r.transport.protseq === protseq,
      );
      const best = same.map((r) => compare(capture, r, s)).sort((a, b) => a.length - b.length)[0];
      found.push(...(best ?? [`${s.stream}/${s.call_id} ${s.interface.name}.${s.method}: no record`]));
    }
    assert.deepEqual(found, []);
    assert.equal(records.length, said.length);
  });
}
