/** The filter language with what it is made of: linear in what it reads, whatever that is, and fit for a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../../src/events.js";
import { compileFilter } from "../../../src/filter/filter.js";
import { indexOf, lastIndexOf, split } from "../../../src/filter/text-search.js";

const record = (request: unknown): Event =>
  ({ type: "call", method: "x", request, response: null }) as unknown as Event;

test("search in texts is that of the language", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 300 });
  fc.assert(
    fc.property(letters, letters, fc.nat(300), (text, part, from) => {
      assert.equal(
        indexOf(text, part, Math.min(from, text.length)),
        text.indexOf(part, Math.min(from, text.length)),
      );
      assert.equal(lastIndexOf(text, part), text.lastIndexOf(part));
    }),
    { numRuns: 2000 },
  );
  const long = "ab".repeat(100);
  assert.equal(indexOf(`${"ab".repeat(99)}a${long}c`, `${long}c`), 199);
  assert.deepEqual(split("a,b,,c", ",", 10), ["a", "b", "", "c"]);
  assert.deepEqual(split("a,b,,c", ",", 2), ["a", "b,,c"]);
  assert.deepEqual(split("abc", "", 10), ["a", "b", "c"]);
});

/** Steps of an expression over a text that a backtracking engine, or a naive search, would never finish. */
test("no text takes more than linear time", { timeout: 60_000 }, async () => {
  const size = 2_000_000;
  for (const [expression, text, part] of [
    ['request.t.matches("(a+)+$")', `${"a".repeat(size)}b`, ""],
    ['request.t.matches("(a|aa)*c")', "a".repeat(size), ""],
    ['request.t.matches("(.*)(.*)(.*)(.*)(.*)x")', "a".repeat(size), ""],
    ['request.t.matches("[ab]*a[ab]{12}c")', "ab".repeat(size / 2), ""],
    ["request.t.contains(request.p)", "a".repeat(size), `${"a".repeat(size / 2)}b`],
    ["request.t.contains(request.p)", `${"a".repeat(size)}`, `b${"a".repeat(size / 2)}`],
    ["request.t.lastIndexOf(request.p) >= 0", "a".repeat(size), `b${"a".repeat(size / 2)}`],
    ["request.t.split(request.p).size() > 1", "a".repeat(size), `${"a".repeat(size / 2)}b`],
  ] as const) {
    const filter = await compileFilter(expression);
    assert.equal(filter.matches(record({ t: text, p: part })), false, expression);
  }
});

/** Records as a damaged or hostile capture might make them: anything anywhere. */
const anything = fc.anything({
  withNullPrototype: true,
  withBigInt: false,
  withDate: false,
  withMap: false,
  withSet: false,
});

test("no record makes an expression throw", async () => {
  const expressions = [
    "opnum + 1 == 2 || opnum - 1 > 0 || opnum * 2 < 5 || opnum / 3 == 1 || opnum % 2 == 0",
    "method.contains('a') || method.startsWith(method) || method.matches('a+') || method.size() > 3",
    "request.x == response.y || request.x != response.y || request.x < response.y",
    "request.exists(k, k == 'a') && request.a.exists(x, x.b == 1 || x[0] == 2 || x['c'] == null)",
    "request.a.all(x, x in request.b) || request.a.map(x, x) == request.b || request.a.filter(x, x == x).size() > 0",
    "ts >= timestamp('2024-01-01T00:00:00Z') || ts.getHours() == 1 || timestamp(ts) - duration('1s') < timestamp(ts)",
    "int(request.a) > 0 || double(request.a) > 0.0 || string(request.a) == '' || bool(request.a) || type(request.a) == map",
    "client.address.inNetwork('10.0.0.0/8') || client.address.inNetwork('::/0')",
    "readable.request.a.b[0].c == 1 || frames.request[0] == 1 || request.a[request.b] == 1",
    "has(request.a) ? request.a == 1 : request.b.join(',') == 'a' || request.a.split(',')[0] == 'x' || -opnum == 1",
    "request.a.substring(1, 2) == 'a' || request.a.indexOf('b') > 0 || request.a.trim() + 'x' == 'x' || request.a + request.b == 3",
  ];
  const filters = await Promise.all(expressions.map(compileFilter));
  const shapes = fc.record(
    {
      type: fc.constant("call"),
      method: anything,
      opnum: anything,
      ts: anything,
      client: anything,
      frames: anything,
      request: fc.oneof(anything, fc.record({ a: anything, b: anything, x: anything })),
      response: anything,
      readable: fc.record({ request: anything }),
    },
    { requiredKeys: ["type"] },
  );
  fc.assert(
    fc.property(shapes, (shape) => {
      for (const filter of filters) assert.equal(typeof filter.matches(shape as unknown as Event), "boolean");
    }),
    { numRuns: 3000 },
  );
});

test("no expression does more than be refused", async () => {
  const words = fc.constantFrom(
    ...[
      "method",
      "request",
      ".",
      "a",
      "[",
      "]",
      "(",
      ")",
      "==",
      "!=",
      "<",
      "&&",
      "||",
      "!",
      "-",
      "+",
      "/",
      "1",
      "2.5",
      '"x"',
    ],
    ...[
      "null",
      "true",
      "in",
      "exists",
      "all",
      "map",
      "has",
      "matches",
      "inNetwork",
      "timestamp",
      ",",
      "?",
      ":",
      "{",
      "}",
      "kind",
    ],
    ...[
      "contexts",
      "frames",
      "x",
      "size",
      "type",
      "ts",
      "duration_us",
      "b'x'",
      "'\\'",
      "r'",
      "0x",
      "1u",
      "//",
      "\n",
    ],
  );
  const sources = fc.array(words, { maxLength: 24 }).map((parts) => parts.join(" "));
  await fc.assert(
    fc.asyncProperty(sources, async (source) => {
      try {
        const filter = await compileFilter(source);
        assert.equal(typeof filter.matches(record({ a: 1 })), "boolean");
      } catch (error) {
        assert.equal((error as Error).name, "FilterError", `${source}: ${error}`);
      }
    }),
    { numRuns: 3000 },
  );
});
