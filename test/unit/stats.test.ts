import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { DispatchRecord } from "../../src/events.js";
import { statsTables } from "../../src/output/stats-view.js";
import { BUCKET_ERROR, MAX_METHODS, StatsCounter, Times } from "../../src/stats.js";
import { call, run } from "../support/output/samples.js";

test("few times are exact, by nearest rank", () => {
  const times = new Times();
  for (let us = 100; us >= 1; us--) times.add(us);
  assert.deepEqual(
    [0.5, 0.9, 0.99, 1].map((q) => times.quantile(q)),
    [50, 90, 99, 100],
  );
  assert.equal(times.max, 100);
  assert.equal(new Times().quantile(0.5), null);
});

test("many times are within one per cent", () => {
  const some = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1001, maxLength: 1500 });
  fc.assert(
    fc.property(some, (values) => {
      const times = new Times();
      for (const us of values) times.add(us);
      const sorted = [...values].sort((a, b) => a - b);
      for (const q of [0.5, 0.9, 0.99]) {
        const exact = sorted[Math.ceil(q * sorted.length) - 1]!;
        const reported = times.quantile(q)!;
        assert.ok(Math.abs(reported - exact) <= exact * BUCKET_ERROR + 1, `${reported} for ${exact}`);
      }
      assert.equal(times.max, sorted.at(-1));
    }),
    { numRuns: 30 },
  );
});

test("sealed answers are not taken for successes", async () => {
  const counter = new StatsCounter();
  const sealed = call();
  counter.add({
    ...sealed,
    hresult: null,
    status: "unknown",
    stub: { request: "encrypted", response: "encrypted" },
  });
  counter.add(call());
  const result = counter.result();
  assert.equal(result.total.sealed, 1);
  assert.equal(result.interfaces[0]!.methods[0]!.sealed, 1);
  assert.equal(result.total.unknown, 1);
  assert.match(
    await statsTables(result),
    /\n1 answer could not be read \(sealed\): errors in them are not counted\n/,
  );
});

test("what IDispatch::Invoke called has rows of its own", async () => {
  const counter = new StatsCounter();
  const invoke = (member: string | null, dispid: string, kind: DispatchRecord["kind"], us: number) =>
    call({
      interface: { uuid: "00020400-0000-0000-c000-000000000046", version: "0.0", name: "IDispatch" },
      method: "Invoke",
      opnum: 6,
      duration_us: us,
      dispatch: { dispid, interface: null, member, kind, arguments: {} },
    });
  for (const record of [
    invoke("ExecuteShellCommand", "0x00000036", "method", 5_000),
    invoke("Document", "0x0000000a", "propget", 4_000),
    invoke("Document", "0x0000000a", "propget", 3_000),
    invoke("Document", "0x0000000a", "propput", 2_000),
    invoke(null, "0x00000007", "method", 1_000),
    { ...invoke(null, "", "method", 500), dispatch: null },
  ]) {
    counter.add(record);
  }
  const result = counter.result();
  assert.deepEqual(
    result.interfaces[0]!.methods.map(({ method, invoked, calls }) => [method, invoked, calls]),
    [
      ["Invoke", "get Document", 2],
      ["Invoke", null, 1],
      ["Invoke", "DISPID 0x00000007", 1],
      ["Invoke", "ExecuteShellCommand", 1],
      ["Invoke", "put Document", 1],
    ],
  );
  assert.deepEqual([result.slowest[0]!.invoked, result.slowest[5]!.invoked], ["ExecuteShellCommand", null]);
  const text = await statsTables(result);
  assert.match(text, / 6 Invoke → ExecuteShellCommand +│/);
  assert.match(text, / 6 Invoke +│/);
  assert.match(text, /IDispatch\.Invoke → ExecuteShellCommand +│/);
});

test("calls, requests, responses, errors, faults and unanswered calls by method", () => {
  const counter = new StatsCounter();
  for (const event of run()) if (event.type === "call") counter.add(event);
  counter.add(call({ status: "error", hresult: { value: "0x80004005", name: "E_FAIL", message: null } }));
  counter.add(call({ status: "no_request", duration_us: null, frames: { request: [], response: [3] } }));
  const { interfaces, total, slowest } = counter.result();
  const rasrv = interfaces.find(({ name }) => name === "IRASrv")!;
  assert.deepEqual(
    rasrv.methods.map(({ method, calls, requests, responses, errors, faults, unanswered, unasked }) => [
      method,
      calls,
      requests,
      responses,
      errors,
      faults,
      unanswered,
      unasked,
    ]),
    [
      ["GetNoviceUserInfo", 1, 1, 1, 0, 0, 0, 0],
      ["GetSessionInfo", 4, 3, 3, 1, 1, 0, 1],
    ],
  );
  const unknown = interfaces.find(({ uuid }) => uuid?.startsWith("12345778"))!;
  assert.equal(unknown.unanswered, 1);
  assert.equal(unknown.p50_us, null);
  assert.equal(total.calls, 8);
  assert.equal(slowest[0]?.duration_us, 2_345_678);
  assert.ok(slowest.every((one, i) => i === 0 || one.duration_us <= slowest[i - 1]!.duration_us));
});

test("methods beyond the limit are counted together", () => {
  const counter = new StatsCounter();
  for (let opnum = 0; opnum < MAX_METHODS + 10; opnum++) counter.add(call({ opnum, method: null }));
  const { interfaces } = counter.result();
  assert.equal(interfaces[0]?.methods.length, MAX_METHODS + 1);
  assert.equal(interfaces[0]?.calls, MAX_METHODS + 10);
});

test("the table has a row for each method, and none of cli-table3's own colours", async () => {
  const counter = new StatsCounter();
  for (const event of run()) if (event.type === "call") counter.add(event);
  counter.add(call({ method: "\x1b[31mRed", opnum: 99 }));
  const text = await statsTables(counter.result());
  assert.ok(!text.includes("\x1b"));
  assert.match(text, /IRASrv/);
  assert.match(text, /8 GetSessionInfo/);
  assert.match(text, /99 \\x1b\[31mRed/);
  assert.match(text, /Slowest calls/);
  assert.equal(await statsTables(new StatsCounter().result()), "No calls.\n");
});
