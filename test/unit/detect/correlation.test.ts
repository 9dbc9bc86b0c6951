/** Correlations: what is found, once for each episode, and what is kept meanwhile. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { bindRules } from "../../../src/detect/rules/rule-book.js";
import { bookOf, correlation, type Event, events, run } from "../../support/detect/correlations.js";

const count = (condition: string, more = ""): string =>
  correlation(`
type: event_count
rules: [ra]
group-by: [user]
timespan: 10s
condition: {${condition}}
${more}`);

const times = (text: string): Event[] => events(text.replace(/(^|\s)(?=\d)/g, "$1a"), { user: "u" });

const spans = (found: ReturnType<typeof run>): string[] =>
  found.map((one) => `${one.first}-${one.last}: ${one.count}`);

test("event_count: as many within one timespan, wherever it begins", () => {
  const book = bookOf(["a"], count("gte: 3"));
  assert.deepEqual(spans(run(book, times("1 6 11"))), ["1-11: 3"]);
  assert.deepEqual(spans(run(book, times("1 6 11.1"))), []);
  assert.deepEqual(spans(run(book, times("9 11 12"))), ["9-12: 3"]);
  assert.deepEqual(spans(run(bookOf(["a"], count("gt: 3")), times("1 2 3"))), []);
  assert.deepEqual(spans(run(bookOf(["a"], count("gt: 3")), times("1 2 3 4"))), ["1-4: 4"]);
});

test("an episode is found once, grows, and is over when a timespan passed without the condition", () => {
  const book = bookOf(["a"], count("gte: 3"));
  assert.deepEqual(spans(run(book, times("1 2 3 4 5 6 7"))), ["1-7: 7"]);
  // 12 holds nothing, and still belongs to what 3 ended.
  assert.deepEqual(spans(run(book, times("1 2 3 12 14 15"))), ["1-15: 6"]);
  assert.deepEqual(spans(run(book, times("1 2 3 20 21 22"))), ["1-3: 3", "20-22: 3"]);
});

test("a finding of more records than it tells begins with the first of them", () => {
  const many = times(Array.from({ length: 150 }, (_, i) => `${1 + i / 100}`).join(" "));
  const [found] = run(bookOf(["a"], count("gte: 150")), many);
  assert.deepEqual([found?.first, found?.last, found?.count, found?.occurrences.length], [1, 2.49, 150, 100]);
});

test("groups are apart, whatever the case of their values; records without one belong to none", () => {
  const book = bookOf(["a"], count("gte: 2"));
  const of = (user: unknown, time: number): Event => ({ op: "a", user, time });
  assert.equal(run(book, [of("x", 1), of("y", 2)]).length, 0);
  assert.deepEqual(
    run(book, [of("Xé", 1), of("xÉ", 2)]).map((one) => one.group),
    [{ user: "Xé" }],
  );
  assert.equal(run(book, [of(undefined, 1), of(undefined, 2), of(null, 3), of(null, 4)]).length, 0);
  assert.equal(run(book, [of(1, 1), of("1", 2)]).length, 1);
  assert.equal(run(book, [of(["x", "y"], 1), of(["x", "y"], 2)]).length, 1);
  // What is together is not mixed up with what is apart.
  const two = bookOf(["a"], count("gte: 2").replace("[user]", "[user, host]"));
  assert.equal(
    run(two, [
      { op: "a", user: "ab", host: "c", time: 1 },
      { op: "a", user: "a", host: "bc", time: 2 },
    ]).length,
    0,
  );
});

test("records that come late count where they belong", () => {
  const book = bookOf(["a"], count("gte: 3"));
  assert.deepEqual(spans(run(book, times("1 11.5 6"))), []);
  assert.deepEqual(spans(run(book, times("1 11 6"))), ["1-11: 3"]);
  assert.deepEqual(spans(run(book, times("12 13 5 4"))), ["4-13: 4"]);
});

test("value_count counts different values, tuples, and elements of lists", () => {
  const values = (condition: string): string =>
    correlation(`
type: value_count
rules: [ra]
group-by: [user]
timespan: 10s
condition: {${condition}}`);
  const of = (host: unknown, time: number, port = 1): Event => ({ op: "a", user: "u", host, port, time });
  const book = bookOf(["a"], values("field: host, gte: 3"));
  assert.equal(run(book, [of("x", 1), of("X", 2), of("y", 3)]).length, 0);
  const [found] = run(book, [of("x", 1), of("y", 2), of("Z", 3), of("x", 4), of("w", 5)]);
  assert.deepEqual([found?.count, found?.records, found?.values], [4, 5, ["x", "y", "Z", "w"]]);
  assert.equal(run(book, [of("x", 1), of("y", 2), of("z", 11.5)]).length, 0);
  // The last time of a value is what counts.
  assert.equal(run(book, [of("x", 1), of("y", 2), of("x", 8), of("z", 12)]).length, 1);
  assert.equal(run(book, [of(["x", "y", "z"], 1)]).length, 1);
  assert.equal(run(book, [of(undefined, 1), of("x", 2), of("y", 3)]).length, 0);
  const tuples = bookOf(["a"], values("field: [host, port], gte: 3"));
  assert.equal(run(tuples, [of("x", 1, 1), of("x", 2, 2), of("y", 3, 1)]).length, 1);
  assert.equal(run(tuples, [of("x", 1, 1), of("x", 2, 2), of("x", 3, 1)]).length, 0);
});

test("temporal: all rules in any order; temporal_ordered: in theirs", () => {
  const temporal = (type: string, more = ""): string =>
    correlation(`
type: ${type}
rules: [ra, rb, rc]
group-by: []
timespan: 10s
${more}`);
  const found = (type: string, text: string, more = ""): string[] =>
    spans(run(bookOf(["a", "b", "c"], temporal(type, more)), events(text)));
  assert.deepEqual(found("temporal", "c1 a2 b3"), ["1-3: 3"]);
  assert.deepEqual(found("temporal", "c1 a2 a3"), []);
  assert.deepEqual(found("temporal", "c1 a2 b11.5"), []);
  assert.deepEqual(found("temporal", "c1 a2 b11.5 c12"), ["2-12: 3"]);
  assert.deepEqual(found("temporal", "c1 a2", "condition: {gte: 2}"), ["1-2: 2"]);
  // The last one comes late.
  assert.deepEqual(found("temporal", "c1 b9 a15 a5"), ["1-9: 3"]);
  assert.deepEqual(found("temporal_ordered", "a1 b2 c3"), ["1-3: 3"]);
  assert.deepEqual(found("temporal_ordered", "c1 a2 b3"), []);
  assert.deepEqual(found("temporal_ordered", "a1 c2 b3 c4"), ["1-4: 3"]);
  assert.deepEqual(found("temporal_ordered", "a1 b2 c11.5"), []);
  assert.deepEqual(found("temporal_ordered", "a1 b2 a3 b4 c11.5"), ["3-11.5: 3"]);
  assert.deepEqual(found("temporal_ordered", "a1 c3 b2"), ["1-3: 3"]);
  assert.deepEqual(found("temporal_ordered", "a1 c3", "condition: {gte: 2}"), ["1-3: 2"]);
  // However many of one rule come in between.
  const flood = Array.from({ length: 500 }, (_, i) => `a${2 + i / 100}`).join(" ");
  assert.deepEqual(found("temporal_ordered", `a1 b1.5 ${flood} c8`), ["1-8: 3"]);
});

test("a record is not before itself", () => {
  const rules = ["x", "y"]
    .map(
      (name) =>
        `title: ${name}\nname: r${name}\nlogsource: {product: test}\ndetection: {s: {${name}: 1}, condition: s}`,
    )
    .join("\n---\n");
  const book = (type: string) =>
    bindRules([
      readRules(
        `${rules}\n---\n${correlation(`type: ${type}\nrules: [rx, ry]\ngroup-by: []\ntimespan: 5s\n${type === "event_count" ? "condition: {gte: 2}" : ""}`)}`,
        "a.yml",
      ),
    ]);
  const both = { x: 1, y: 1 };
  assert.equal(run(book("temporal"), [{ ...both, time: 1 }]).length, 1);
  assert.equal(run(book("temporal_ordered"), [{ ...both, time: 1 }]).length, 0);
  assert.equal(
    run(book("temporal_ordered"), [
      { ...both, time: 1 },
      { ...both, time: 1 },
    ]).length,
    1,
  );
  assert.equal(run(book("event_count"), [{ ...both, time: 1 }]).length, 0);
});

test("conditions that further records make false are judged when the window is over", () => {
  const of = (condition: string, text: string): string[] =>
    run(bookOf(["a"], count(condition)), times(text)).map(
      (one) => `${one.first}: ${one.count}${one.cut ? " cut" : ""}`,
    );
  assert.deepEqual(of("eq: 2", "1 2 20"), ["1: 2"]);
  assert.deepEqual(of("eq: 2", "1 2 3 20"), []);
  assert.deepEqual(of("lt: 2", "1 20 21"), ["1: 1"]);
  assert.deepEqual(of("gt: 1, lte: 3", "1 2 3 4 20 21 40"), ["20: 2"]);
  assert.deepEqual(of("neq: 2", "1 2 20 21 22 40 41"), ["20: 3"]);
  assert.deepEqual(of("eq: 2", "1 2"), ["1: 2 cut"]);
});

test("aliases: different fields of different rules are one", () => {
  const book = bookOf(
    ["a", "b"],
    correlation(`
type: temporal
rules: [ra, rb]
group-by: [internal, remote]
timespan: 10s
aliases:
    internal: {ra: dst, rb: src}
    remote: {ra: src, rb: dst}`),
  );
  const found = run(book, [
    { op: "a", src: "1", dst: "2", time: 1 },
    { op: "b", src: "1", dst: "2", time: 2 },
    { op: "b", src: "2", dst: "1", time: 3 },
  ]);
  assert.deepEqual(
    found.map((one) => [one.group, one.records]),
    [[{ internal: "2", remote: "1" }, 2]],
  );
});

test("the specification's example: many failed logins and then a successful one", () => {
  const text = [
    correlation("type: temporal_ordered\nrules: [many, rok]\ngroup-by: [user]\ntimespan: 10m", "outer"),
    correlation(
      "type: event_count\nrules: [rfailed]\ngroup-by: [user]\ntimespan: 10m\ncondition: {gte: 10}",
      "many",
    ),
  ];
  const book = bookOf(["failed", "ok"], ...text);
  const failed = Array.from({ length: 12 }, (_, i): Event => ({ op: "failed", user: "u", time: i }));
  const found = run(book, [
    ...failed,
    { op: "ok", user: "other", time: 20 },
    { op: "ok", user: "U", time: 100 },
  ]);
  assert.deepEqual(
    found.map((one) => one.correlation.name),
    ["outer"],
  );
  const { occurrences } = found[0]!;
  assert.deepEqual(
    occurrences.map(({ of }) => of.name),
    ["many", "rok"],
  );
  assert.equal(occurrences[0]?.inner?.count, 12);
  // The inner one goes on; what follows half an hour later follows it none the less.
  const long = Array.from({ length: 60 }, (_, i): Event => ({ op: "failed", user: "u", time: i * 50 }));
  assert.equal(run(book, [...long, { op: "ok", user: "u", time: 3300 }]).length, 1);
  // It is told of where it is asked for.
  const told = bookOf(["failed", "ok"], text[0]!, `${text[1]}\ngenerate: true`);
  assert.deepEqual(
    [...told.silent].map(({ name }) => name),
    ["many", "rok"],
  );
  const generating = bookOf(["failed", "ok"], `${text[0]}\ngenerate: true`, text[1]!);
  assert.deepEqual(
    run(generating, [...failed, { op: "ok", user: "u", time: 100 }]).map((one) => one.correlation.name),
    ["many", "outer"],
  );
});

test("what is found is what a naive count finds", () => {
  const least = 3;
  const span = 10;
  const book = bookOf(["a"], count(`gte: ${least}`));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 }), (list) => {
      const sorted = [...list].sort((a, b) => a - b);
      const held = sorted.filter(
        (time) => sorted.filter((other) => other <= time && time - other <= span).length >= least,
      );
      // Of equal times the last one holds first.
      const naive: number[] = [];
      let until = Number.NEGATIVE_INFINITY;
      for (const time of held) {
        if (time > until) naive.push(time);
        until = time + span;
      }
      const found = run(
        book,
        sorted.map((time) => ({ op: "a", user: "u", time })),
      );
      assert.equal(found.length, naive.length);
      // Out of order the same is found, where nothing is later than a timespan.
      if ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0) > span) return;
      assert.equal(
        run(
          book,
          list.map((time) => ({ op: "a", user: "u", time })),
        ).length,
        found.length,
      );
    }),
  );
});

test("ordered chains are those that trying all finds", () => {
  const rules = ["a", "b", "c"];
  const span = 10;
  const book = bookOf(
    rules,
    correlation(`type: temporal_ordered\nrules: [ra, rb, rc]\ngroup-by: []\ntimespan: ${span}s`),
  );
  const one = fc.record({ op: fc.constantFrom(...rules), time: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 25 }), (list) => {
      const sorted = [...list].sort((x, y) => x.time - y.time);
      const exists = sorted.some((a, i) =>
        sorted.some(
          (b, j) =>
            j > i &&
            sorted.some(
              (c, k) => k > j && a.op === "a" && b.op === "b" && c.op === "c" && c.time - a.time <= span,
            ),
        ),
      );
      assert.equal(run(book, sorted).length > 0, exists);
    }),
  );
});

test("different values are those that a naive count finds", () => {
  const least = 3;
  const span = 10;
  const book = bookOf(
    ["a"],
    correlation(
      `type: value_count\nrules: [ra]\ngroup-by: []\ntimespan: ${span}s\ncondition: {field: host, gte: ${least}}`,
    ),
  );
  const one = fc.record({ host: fc.constantFrom("p", "q", "r", "s"), time: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (list) => {
      const sorted = [...list].sort((x, y) => x.time - y.time);
      let until = Number.NEGATIVE_INFINITY;
      let naive = 0;
      for (const [i, { time }] of sorted.entries()) {
        const within = sorted.slice(0, i + 1).filter((other) => time - other.time <= span);
        if (new Set(within.map(({ host }) => host)).size < least) continue;
        if (time > until) naive++;
        until = time + span;
      }
      assert.equal(
        run(
          book,
          sorted.map((event) => ({ op: "a", ...event })),
        ).length,
        naive,
      );
    }),
  );
});

test("rules in any order are those that a naive search finds, also where records come late", () => {
  const rules = ["a", "b", "c"];
  const span = 10;
  const book = bookOf(
    rules,
    correlation(`type: temporal\nrules: [ra, rb, rc]\ngroup-by: []\ntimespan: ${span}s`),
  );
  const one = fc.record({ op: fc.constantFrom(...rules), time: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 20 }),
      fc.infiniteStream(fc.integer({ min: 0, max: span })),
      (list, late) => {
        const exists = list.some((first) => {
          const within = list.filter(({ time }) => time >= first.time && time - first.time <= span);
          return new Set(within.map(({ op }) => op)).size === rules.length;
        });
        const sorted = [...list].sort((x, y) => x.time - y.time);
        assert.equal(run(book, sorted).length > 0, exists);
        // None comes later than one timespan after its time.
        const arrivals = sorted.map((event) => ({ event, at: event.time + late.next().value }));
        const shuffled = arrivals.sort((x, y) => x.at - y.at).map(({ event }) => event);
        assert.equal(run(book, shuffled).length > 0, exists);
      },
    ),
  );
});

test("an ordered chain is found also where its records come late", () => {
  const span = 10;
  const book = bookOf(
    ["a", "b", "c"],
    correlation(`type: temporal_ordered\nrules: [ra, rb, rc]\ngroup-by: []\ntimespan: ${span}s`),
  );
  // Times of their own: of equal ones the arrival decides.
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 15 });
  const ops = fc.infiniteStream(fc.constantFrom("a", "b", "c"));
  fc.assert(
    fc.property(times, ops, fc.infiniteStream(fc.integer({ min: 0, max: span })), (list, names, late) => {
      const sorted = [...list].sort((x, y) => x - y).map((time) => ({ op: names.next().value, time }));
      const exists = run(book, sorted).length > 0;
      const arrivals = sorted.map((event) => ({ event, at: event.time + late.next().value }));
      const shuffled = arrivals.sort((x, y) => x.at - y.at).map(({ event }) => event);
      assert.equal(run(book, shuffled).length > 0, exists);
    }),
    { numRuns: 500 },
  );
});
