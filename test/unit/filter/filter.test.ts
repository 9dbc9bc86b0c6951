import assert from "node:assert/strict";
import test from "node:test";
import { Environment } from "@marcbachmann/cel-js";
import type { Event } from "../../../src/events.js";
import { compileFilter, MAX_STEPS } from "../../../src/filter/filter.js";
import { FilterError } from "../../../src/filter/filter-error.js";
import { call, offer, run } from "../../support/output/samples.js";

async function holds(expression: string, record: unknown): Promise<boolean> {
  return (await compileFilter(expression)).matches(record as Event);
}

/** The message, and what of the expression is marked. */
async function refusal(expression: string): Promise<[string, string]> {
  try {
    await compileFilter(expression);
  } catch (error) {
    assert(error instanceof FilterError, String(error));
    return [error.message, expression.slice(error.start, error.end)];
  }
  assert.fail(`not refused: ${expression}`);
}

const RECORD = {
  ...call(),
  type: "call",
  method: "GetNoviceUserInfo",
  opnum: 7,
  call_id: 12,
  duration_us: 526,
  server: { address: "10.20.4.17", port: 49664 },
  client: { address: "2001:db8::1", port: 50103 },
  frames: { request: [3, 4], response: [] },
  fault: null,
  ts: "2024-06-03T09:15:00.050206Z",
  request: {
    bstrName: "novice",
    n: 5,
    big: "9223372036854775808",
    list: [1, 2, 3],
    nothing: null,
    constructor: 1,
  },
  response: null,
  readable: { request: { "pInfo.Level1[3].dwType": "SERVICE_WIN32", "x.y": { z: 1 } }, response: {} },
};

test("what holds and what does not", async () => {
  for (const expression of [
    'method == "GetNoviceUserInfo" && server.address.inNetwork("10.0.0.0/8")',
    'kind == "call"',
    "opnum == 7 && opnum != 8 && opnum < 8 && opnum <= 7 && opnum > 6 && opnum >= 7 && opnum == 0x7 && opnum == 7u",
    "opnum + 1 == 8 && opnum - 1 == 6 && opnum * 2 == 14 && opnum / 2 == 3 && opnum % 2 == 1 && -opnum == -7",
    "double(opnum) / 2.0 == 3.5",
    "opnum in [1, 7] && !(opnum in [1, 2]) && method in ['GetNoviceUserInfo']",
    "4 in frames.request && !(5 in frames.request) && 'bstrName' in request",
    "frames.request[0] == 3 && frames.request[1] == 4 && size(frames.request) == 2 && frames.response.size() == 0",
    "frames.request.exists(f, f > 3) && !frames.request.all(f, f > 3) && frames.request.exists_one(f, f > 3)",
    "frames.request.map(f, f * 2) == [6, 8] && frames.request.filter(f, f > 3) == [4]",
    "frames.request.map(f, f > 3, f + 1) == [5]",
    "frames.response.all(f, f > 100)",
    "request.exists(key, key.startsWith('bstr'))",
    "method.contains('Novice') && method.startsWith('Get') && method.endsWith('Info') && method.matches('^Get.*Info$')",
    "matches(method, 'nov(ice)?|Nov')",
    "method.size() == 17 && method.lowerAscii() == 'getnoviceuserinfo' && method.upperAscii().contains('USER')",
    "method.indexOf('N') == 3 && method.lastIndexOf('e') == 11 && method.substring(3, 9) == 'Novice'",
    "'a,b,c'.split(',') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b' && '  x '.trim() == 'x'",
    'client.address.inNetwork("2001:db8::/32") && !client.address.inNetwork("10.0.0.0/8", "fe80::/10")',
    'server.address.inNetwork("10.20.4.17") && server.address.inNetwork("::ffff:10.0.0.0/104")',
    'ts >= timestamp("2024-06-03T09:15:00Z") && ts < timestamp("2024-06-03T11:15:00.050207+02:00")',
    'client.address == "2001:DB8:0:0::1" && "2001:db8:0::1" == client.address && client.address in ["2001:0db8::0001"]',
    'server.address == "::ffff:10.20.4.17" && server.address != "10.20.4.18"',
    'ts > timestamp("2024-06-03T00:00:00Z") + duration("9h") && timestamp(ts) - duration("1s") < timestamp(ts)',
    'ts.getHours() == 9 && ts.getHours("Europe/Berlin") == 11 && ts.getHours("-01:00") == 8 && ts.getDayOfWeek() == 1',
    'ts.startsWith("2024-06-03") && ts >= "2024-06"',
    'duration("90m").getHours() == 1 && duration("1.5s") == duration("1500ms")',
    "request.n == 5 && request['n'] == 5 && int(request.big) > 9223372036854775807",
    'readable.request.pInfo.Level1[3].dwType == "SERVICE_WIN32" && readable.request["x.y"].z == 1',
    'readable.request["pInfo.Level1[3].dwType"].startsWith("SERVICE") && readable.request.x.y.z == 1',
    "has(method) && !has(fault) && !has(request.other) && !has(request.nothing) && has(request.bstrName)",
    "fault == null && method != null && request.nothing == null && null == fault.status",
    "type(request) == map && type(opnum) == int && type(method) == string && type(frames.request) == list",
    "opnum == 7 ? method == 'GetNoviceUserInfo' : false",
    "(opnum == 7) == true && [opnum == 7] == [true]",
    "string(opnum) == '7' && bool('true') && double('1.5') == 1.5 && dyn(opnum) == 7",
    "{'a': 1}.a == 1 && [1, 2] + [3] == request.list",
  ]) {
    assert.equal(await holds(expression, RECORD), true, expression);
    assert.equal(await holds(`!(${expression})`, RECORD), false, `!(${expression})`);
  }
});

test("a condition with a missing part does not hold, whatever its operator; its negation does", async () => {
  for (const condition of [
    'fault.status == "0x00000005"',
    'fault.status != "0x00000005"',
    'fault.status < "x"',
    'fault.name in ["a"]',
    '"a" in response',
    "fault.name.contains('')",
    "fault.name.matches('')",
    "fault.name.size() >= 0",
    "response.count + 1 == 1",
    "response.count + 1 != 1",
    "-response.count != 0",
    "int(response.text) == 0",
    'outcome == "connected"',
    "contexts.exists(c, true)",
    "contexts.all(c, true)",
    "response.flag",
    "response.constructor != 5",
    "response.list[3] != 0",
    "request.list[3] != 0",
    "frames.request[response.n] != 0",
    "[response.n] == [1]",
    'expert.address.inNetwork("0.0.0.0/0")',
    'follow_up.ts > timestamp("1970-01-01T00:00:00Z")',
    "opnum / 0 == 0",
    "opnum % 0 != 0",
  ]) {
    assert.equal(await holds(condition, RECORD), false, condition);
    assert.equal(await holds(`!(${condition})`, RECORD), true, `!(${condition})`);
    assert.equal(await holds(`${condition} || opnum == 7`, RECORD), true);
    assert.equal(await holds(`opnum == 7 || ${condition}`, RECORD), true);
    assert.equal(await holds(`opnum == 7 && ${condition}`, RECORD), false);
  }
});

test("keys of the traffic's making do not reach what objects inherit", async () => {
  assert.equal(await holds("request.constructor == 1", RECORD), true);
  assert.equal(await holds("has(request.toString)", RECORD), false);
  assert.equal(await holds("has(request.__proto__)", RECORD), false);
  assert.equal(await holds('"toString" in request', RECORD), false);
});

test("every kind of record", async () => {
  const kinds = async (expression: string): Promise<string[]> => {
    const filter = await compileFilter(expression);
    return [
      ...new Set(
        run()
          .filter((event) => filter.matches(event))
          .map(({ type }) => type),
      ),
    ];
  };
  assert.deepEqual(await kinds('kind == "offer"'), ["offer"]);
  assert.deepEqual(await kinds('kind in ["offer", "summary"]'), ["offer", "summary"]);
  assert.equal(await holds(`kind == "offer" && outcome == "${offer().outcome}"`, offer()), true);
  const filter = await compileFilter('kind == "offer" && outcome == "connected" && client.port == 1');
  assert.deepEqual([...filter.uses], ["type", "outcome", "client"]);
});

test("what is wrong is said with its place before the run", async () => {
  for (const [expression, message, place] of [
    ['metod == "x"', /no metod; did you mean method\?/, "metod"],
    ['workstation == "x"', /no workstation; did you mean auth\.workstation/, "workstation"],
    ["dcerpc.opnum == 5", /Wireshark's names are for -e/, "dcerpc"],
    ['auth.usr == "x"', /auth has no usr; did you mean auth\.user\?/, "usr"],
    ['type == "call"', /kind of record is kind/, "type"],
    ['contexts.name == "samr"', /contexts is a list: contexts\.exists\(x, x\.name == …\)/, "name"],
    ["contexts.exists(c, c.nme == 'x')", /no nme; did you mean contexts\.name\?/, "nme"],
    ["method.x == 1", /method is text and has no parts/, "x"],
    ["method[0] == 'G'", /method is text, no list/, "method[0]"],
    ["opnum == '7'", /opnum is a number, and is compared with text/, "opnum == '7'"],
    ["method == 7", /method is text, and is compared with a number/, "method == 7"],
    ["auth.decrypted == 'true'", /auth\.decrypted is true or false/, "auth.decrypted == 'true'"],
    ["server == 3", /server is an object/, "server == 3"],
    ["frames.request == 3", /frames\.request is a list/, "frames.request == 3"],
    ["frames.request.exists(f, f == '3')", /frames\.request is a number/, "f == '3'"],
    ['status == "okay"', /status is never "okay"/, '"okay"'],
    ['status in ["ok", "eror"]', /did you mean error\?/, '"eror"'],
    ['kind == "cal"', /kind is never "cal"; did you mean call\?/, '"cal"'],
    ["method", /method is text, no condition: compare it, or ask has\(method\)/, "method"],
    ["opnum + 1", /a number, no condition/, "opnum + 1"],
    ["opnum == 1 && method", /no condition/, "method"],
    ["!opnum", /no condition/, "opnum"],
    ['server.address.inNetwork("10.0.0.0/33")', /no network/, '"10.0.0.0/33"'],
    ['server.address.inNetwork("10.0.0/8")', /no network/, '"10.0.0/8"'],
    ['server.address.inNetwork("::1/129")', /no network/, '"::1/129"'],
    ['server.address.inNetwork("host")', /no network/, '"host"'],
    ["server.address.inNetwork(client.address)", /must be written here as text/, "client.address"],
    ['method.matches("(a")', /missing closing \)/, '"(a"'],
    ['method.matches("(?=a)")', /RE2/, '"(?=a)"'],
    ['method.matches("(a)\\\\1")', /RE2/, '"(a)\\\\1"'],
    ["method.matches(request.x)", /must be written here/, "request.x"],
    ['opnum.contains("7")', /contains is for text, this is a number/, 'opnum.contains("7")'],
    ['ts > timestamp("2014")', /cannot be made a time/, '"2014"'],
    ['ts > timestamp("2023-02-29T00:00:00Z")', /cannot be made a time/, '"2023-02-29T00:00:00Z"'],
    ['duration("5 minutes") == duration("1s")', /cannot be made a duration/, '"5 minutes"'],
    ['ts.getHours("Mars") == 1', /no time zone/, '"Mars"'],
    ["method.foo()", /no method foo/, "method.foo()"],
    ["method.startswith('x')", /did you mean startsWith\?/, "method.startswith('x')"],
    ["contains(method, 'x')", /it is asked of a value/, "contains(method, 'x')"],
    ["size() == 1", /size takes 1 argument/, "size()"],
    ["1 < null", /nothing is less or more than null/, "1 < null"],
    ["method == b'x'", /bytes are not understood/, "b'x'"],
    ["'a' in method", /in looks into lists/, "method"],
    ["has(1 + 1)", /has/, ""],
    ['method = "x"', /= is not CEL: ==/, "="],
    ['method == "x" and opnum == 5', /and is not CEL: &&/, "and"],
    ["method eq 5", /eq is not CEL: ==/, "eq"],
    ["not (opnum == 5)", /not/, ""],
    ["(opnum == 5", /ends too early|[Ee]xpected/, ""],
    ["", /empty/, ""],
    [`${"(".repeat(5000)}1`, /maxDepth|too deeply/, ""],
    [`${"!".repeat(100_000)}true`, /too deeply/, ""],
  ] as const) {
    const [said, marked] = await refusal(expression);
    assert.match(said, message, expression);
    if (place !== "") assert.equal(marked, place, expression);
  }
});

test("the place is shown below the line, of a long line only what is around", async () => {
  const long = `${"opnum == 1 || ".repeat(50)}metod == "x"${" || opnum == 2".repeat(50)}`;
  await compileFilter(long).then(
    () => assert.fail(),
    (error: FilterError) => {
      const [line, marks] = error.place();
      assert(line.length < 130);
      assert.equal(line.slice(marks.indexOf("^"), marks.length), "metod");
    },
  );
  await compileFilter('opnum == 1 &&\n  metod == "x"').then(
    () => assert.fail(),
    (error: FilterError) => assert.deepEqual(error.place(), ['  metod == "x"', "  ^^^^^"]),
  );
});

/** What the library makes of the same expression: it wants whole numbers as bigint, and everything present. */
test("where nothing is missing, expressions mean what CEL says", async () => {
  const values = { a: 7, b: -3, t: "héllo wörld", u: "wörld", l: [1, 2, 3], m: { x: 1, y: "z" }, yes: true };
  const wide = JSON.parse(JSON.stringify(values), (_, value) =>
    typeof value === "number" ? BigInt(value) : value,
  );
  const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
  const record = { ...RECORD, request: values };
  for (const expression of [
    "R.a + R.b == 4",
    "R.a / R.b == -2",
    "R.a % R.b == 1",
    "R.b % R.a == -3",
    "R.a * R.b < 0",
    "R.a > R.b && !(R.a < R.b)",
    "R.a - R.b * 2 == 13",
    "R.a == 7 || R.a / 0 == 1",
    "R.t.contains(R.u)",
    "R.t.size() == 11",
    "size(R.t) == 11 && size(R.l) == 3 && size(R.m) == 2",
    "R.t.startsWith('hé') && R.t.endsWith('ld')",
    "R.t.split(' ')[1] == R.u",
    "R.t.substring(0, 5) + ' ' + R.u == R.t",
    "R.t.indexOf('w') == 6 && R.t.lastIndexOf('l') == 9 && R.t.indexOf('q') == -1",
    "R.t < 'i' && R.t > 'h'",
    "R.l == [1, 2, 3] && R.l != [1, 2]",
    "2 in R.l && !(4 in R.l)",
    "'x' in R.m && !('q' in R.m)",
    "R.m == {'x': 1, 'y': 'z'}",
    "R.l.all(x, x > 0) && R.l.exists(x, x == 2) && R.l.exists_one(x, x > 2)",
    "!R.l.exists_one(x, x > 1)",
    "R.l.map(x, x * x) == [1, 4, 9] && R.l.filter(x, x % 2 == 1) == [1, 3]",
    "R.l.map(x, x > 1, x + 1) == [3, 4]",
    "R.l.exists(x, R.l.exists(y, x + y == 6))",
    "R.m.exists(k, k == 'y')",
    "R.l[0] == 1 && R.l[2] == 3 && R.m['y'] == 'z'",
    "R.yes && !false ? R.a == 7 : R.a == 8",
    "R.yes == true && R.yes != false",
    "timestamp('2024-01-01T00:00:00Z') < timestamp('2024-01-01T00:00:01Z')",
    "timestamp('2024-01-01T00:00:00Z') + duration('25h') == timestamp('2024-01-02T01:00:00Z')",
    "timestamp('2024-03-31T12:34:56.789Z').getMonth() == 2",
    "timestamp('2024-03-31T12:34:56.789Z').getDate() == 31",
    "timestamp('2024-03-31T12:34:56.789Z').getDayOfMonth() == 30",
    "timestamp('2024-03-31T12:34:56.789Z').getDayOfWeek() == 0",
    "timestamp('2024-03-31T12:34:56.789Z').getMilliseconds() == 789",
    "duration('1h30m').getMinutes() == 90",
    "int('42') == 42 && string(42) == '42' && double('2.5') == 2.5 && int(2.9) == 2",
    "type(R.t) == string && type(R.l) == list && type(R.m) == map && type(R.yes) == bool",
    "'a' + 'b' == 'ab' && [1] + [2] == [1, 2]",
    "1.5 + 1.5 == 3.0 && 7.0 / 2.0 == 3.5",
    "has(R.m.x) && !has(R.m.q)",
    "'x'.lowerAscii() == 'x' && ' y '.trim() == 'y' && 'z'.upperAscii() == 'Z'",
    "R.t.matches('w.rld$') && !R.t.matches('^w')",
    "['b', 'a'].join('+') == 'b+a'",
    "(R.a > 5 && R.b < 0) || false",
  ]) {
    const theirs = environment.evaluate(expression.replaceAll("R.", "request."), { request: wide });
    assert.equal(typeof theirs, "boolean", expression);
    assert.equal(await holds(expression.replaceAll("R.", "request."), record), theirs, expression);
  }
});

test("macros within macros end, and the record is given up", async () => {
  const filter = await compileFilter(
    "request.l.exists(a, request.l.exists(b, request.l.exists(c, a + b + c == -1)))",
  );
  const record = { ...RECORD, request: { l: Array.from({ length: 5000 }, (_, i) => i) } } as unknown as Event;
  assert.equal(filter.matches(record), false);
  assert.equal(filter.givenUp, 1);
  assert(MAX_STEPS >= 1_000_000);
  const negated = await compileFilter(
    "!request.l.exists(a, request.l.exists(b, request.l.exists(c, false)))",
  );
  assert.equal(negated.matches(record), false, "a record that is given up does not match");
  const once = await compileFilter("request.l.exists(a, a == 4999)");
  assert.equal(once.matches(record), true);
  assert.equal(once.givenUp, 0);
});
