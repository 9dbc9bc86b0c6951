/**
 * Trees as DuckDB reads them: the same rows as the call log, column for column, and what docs/results.md asks in SQL, held against
 * the same made of the call log here.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { EVENT_KINDS, type EventKind } from "../../../src/events.js";
import { ParquetTree } from "../../../src/lake/tree.js";
import { tableOf } from "../../../src/output/parquet/partitions.js";
import { CAPTURES, captureNames } from "../../support/golden.js";
import { emptyFolder, filesBelow } from "../../support/lake/trees.js";
import { type Ask, duckDb, type Row, WITHOUT_DUCKDB } from "../../support/output/duckdb.js";
import { at, parsed } from "../../support/output/exports.js";
import { type Line, sameRow, timesIn } from "../../support/output/parquet-columns.js";
import { association, call, note, offer } from "../../support/output/samples.js";
import { PROGRAM } from "../../support/program.js";

const ask = await duckDb();
const WITH_DUCKDB = { skip: ask === null ? WITHOUT_DUCKDB : false };

/** The blocks of SQL in the page, in order. */
const BLOCKS = [
  ...readFileSync(new URL("../../../docs/results.md", import.meta.url), "utf8").matchAll(
    /^```sql\n(.*?)^```/gms,
  ),
].map((match) => match[1]!);

const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
const root = join(folder, "results");
/** What the call log of each sensor says. */
const logs = new Map<string, Line[]>();

/** The blocks are of a tree called results. */
function inTree(sql: string, tree = root): string {
  return sql.replaceAll("'results/", `'${tree}/`);
}

before(() => {
  const captures = captureNames().map((name) => join(CAPTURES, name));
  for (const [sensor, part] of [
    ["dc1", captures.filter((_, index) => index % 2 === 0)],
    ["branch-7", captures.filter((_, index) => index % 2 === 1)],
  ] as const) {
    const log = join(folder, `${sensor}.ndjson`);
    const outputs = ["-o", log, "--events", "all", "-T", "parquet", "-o", `${root}/`, "--sensor", sensor];
    execFileSync(process.execPath, [PROGRAM, "-q", ...part, ...outputs], { stdio: "pipe" });
    logs.set(sensor, parsed(readFileSync(log, "utf8")) as Line[]);
  }
});
after(() => rmSync(folder, { recursive: true }));

function of(kind: EventKind, sensor?: string): Line[] {
  const lines = sensor === undefined ? [...logs.values()].flat() : logs.get(sensor)!;
  return lines.filter(({ type }) => type === kind);
}

/** A connection with the views of the page. */
async function withViews(tree = root): Promise<Ask> {
  const own = (await duckDb())!;
  for (const block of BLOCKS.filter((sql) => sql.startsWith("create view"))) await own(inTree(block, tree));
  return own;
}

test("DuckDB reads the rows of the call log: every id, every column of every kind", WITH_DUCKDB, async () => {
  for (const kind of EVENT_KINDS) {
    for (const sensor of logs.keys()) {
      const from = `read_parquet('${root}/${tableOf(kind)}/sensor=${sensor}/**/*.parquet', hive_partitioning = false)`;
      const columns = (await ask!(`describe select * from ${from}`)).map((row) => `${row.column_name}`);
      const rows = new Map(
        (await ask!(`select ${timesIn(columns)} from ${from}`)).map((row) => [row.id ?? null, row]),
      );
      const records = of(kind, sensor);
      assert.equal(rows.size, records.length, kind);
      for (const record of records) {
        const row = rows.get(record.id as string | null);
        assert.ok(row !== undefined, `${kind} ${record.id}`);
        sameRow(kind, record, row, { json: true, micros: true });
      }
    }
    if (kind !== "detection") assert.ok(of(kind).length > 0, kind);
  }
});

type Groups = Map<string, Line[]>;

function grouped(lines: readonly Line[], by: (line: Line) => unknown[]): Groups {
  const groups: Groups = new Map();
  for (const line of lines) {
    const key = JSON.stringify(by(line));
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return groups;
}

const some = (...values: unknown[]): unknown =>
  values.find((value) => value !== null && value !== undefined) ?? null;
const text = (line: Line, path: string): unknown => at(line, path) ?? null;
const distinct = (lines: readonly Line[], path: string): number =>
  new Set(lines.map((line) => text(line, path)).filter((value) => value !== null)).size;
const day = (line: Line): string | null => (line.ts === null ? null : `${line.ts}`.slice(0, 10));

function helper(line: Line): unknown {
  const user = text(line, "expert.user");
  const domain = text(line, "expert.domain");
  return user !== null && domain !== null ? `${domain}\\${user}` : some(user, text(line, "expert.address"));
}

function novice(line: Line): unknown {
  return some(text(line, "novice.name"), text(line, "novice.address"));
}

function sensorOf(line: Line): string {
  return [...logs].find(([, lines]) => lines.includes(line))![0];
}

/** Rows without order, as texts, of the columns that are asked for; numbers as DuckDB writes them. */
function asSet(rows: Iterable<Row | readonly unknown[]>, columns: readonly string[] = []): string[] {
  const plain = (value: unknown): unknown => (typeof value === "number" ? `${value}` : (value ?? null));
  return [...rows]
    .map((row) =>
      JSON.stringify(Array.isArray(row) ? row.map(plain) : columns.map((name) => plain((row as Row)[name]))),
    )
    .sort();
}

/** What each question of the page must answer, of the call log: a word in its block, its columns, and the rows. */
const ANSWERS: readonly [word: string, columns: readonly string[], rows: () => unknown[][]][] = [
  [
    "from offers_by_week",
    ["sensor", "helper", "novice", "outcome", "id"],
    () =>
      of("offer")
        .filter((line) => day(line)! >= "2024-06-03" && day(line)! < "2024-06-10")
        .map((line) => [sensorOf(line), helper(line), novice(line), line.outcome, line.id]),
  ],
  [
    "from helpers_by_novice",
    ["novice", "helper", "offers", "connected", "refused"],
    () =>
      [...grouped(of("offer"), (line) => [novice(line), helper(line)])].map(([key, lines]) => [
        ...JSON.parse(key),
        lines.length,
        lines.filter(({ outcome }) => outcome === "connected").length,
        lines.filter(({ outcome }) => outcome === "denied" || outcome === "failed").length,
      ]),
  ],
  [
    "from failures_by_cause",
    ["status", "cause", "interface_name", "method", "calls", "clients", "sensors"],
    () =>
      [
        ...grouped(
          of("call").filter(({ status }) => ["error", "fault", "no_response"].includes(`${status}`)),
          (line) => [
            line.status,
            some(
              ...["hresult.name", "hresult.value", "fault.name", "fault.status", "returned.name"].map(
                (path) => text(line, path),
              ),
              line.status,
            ),
            text(line, "interface.name"),
            line.method,
          ],
        ),
      ].map(([key, lines]) => [
        ...JSON.parse(key),
        lines.length,
        distinct(lines, "client.address"),
        new Set(lines.map(sensorOf)).size,
      ]),
  ],
  [
    "from top_methods",
    ["sensor", "interface_name", "method", "calls", "failed"],
    () =>
      [...logs.keys()].flatMap((sensor) =>
        [...grouped(of("call", sensor), (line) => [sensor, text(line, "interface.name"), line.method])]
          .map(([key, lines]): [string, number, number] => [
            key,
            lines.length,
            lines.filter(({ status }) => status === "error" || status === "fault").length,
          ])
          .sort((a, b) => b[1] - a[1])
          .slice(0, 10)
          .map(([key, ...counts]) => [...JSON.parse(key), ...counts]),
      ),
  ],
  [
    "from findings_by_host",
    ["level", "host", "findings", "rules", "sources"],
    () =>
      [...grouped(of("detection"), (line) => [text(line, "rule.level"), text(line, "server.address")])].map(
        ([key, lines]) => [
          ...JSON.parse(key),
          lines.length,
          distinct(lines, "rule.id"),
          distinct(lines, "client.address"),
        ],
      ),
  ],
  [
    "from not_seen",
    ["sensor", "date", "severity", "code", "notes"],
    () =>
      [
        ...grouped(
          of("note").filter(({ severity }) => severity !== "info"),
          (line) => [sensorOf(line), day(line), line.severity, line.code],
        ),
      ].map(([key, lines]) => [...JSON.parse(key), lines.length]),
  ],
  [
    "as provisional",
    ["of", "provisional"],
    () => [
      ["calls", 0],
      ["offers", 0],
    ],
  ],
];

/** Columns by which rows that the question leaves out are as good as those that it shows: their order among each other is open. */
const TIED: ReadonlySet<string> = new Set(["from top_methods"]);

test("every question of the page answers what the call log says", WITH_DUCKDB, async () => {
  const own = await withViews();
  const asked = BLOCKS.filter((sql) => sql.startsWith("select"));
  for (const block of asked) {
    const answer = ANSWERS.find(([word]) => block.includes(word));
    assert.ok(answer !== undefined, `nothing is known of what this must answer:\n${block}`);
    const [word, columns, rows] = answer;
    const found = await own(inTree(block));
    const expected = rows();
    if (TIED.has(word)) {
      const counts = (of: string[]): string[] =>
        of.map((row) => JSON.stringify([JSON.parse(row)[0], JSON.parse(row)[3]])).sort();
      assert.deepEqual(counts(asSet(found, columns)), counts(asSet(expected as unknown[][])), word);
      const [all] = await own("select sum(calls) as n from top_methods");
      assert.equal(all!.n, `${of("call").length}`);
      continue;
    }
    assert.deepEqual(asSet(found, columns), asSet(expected), word);
    if (word !== "as provisional") assert.ok(found.length > 0, word);
  }
  assert.equal(asked.length, ANSWERS.length);
});

test(
  "the views have one row a record, the newest revision, and each sensor its own",
  WITH_DUCKDB,
  async (t) => {
    const tree = emptyFolder(t);
    const write = (sensor: string, run: string, events: Parameters<ParquetTree["push"]>[0][]): void => {
      const one = new ParquetTree({ root: tree, sensor, run, kinds: new Set(EVENT_KINDS) });
      for (const event of events) one.push(event);
      one.finish();
    };
    const open = { status: "no_response", provisional: true } as const;
    write("a", "w1", [
      call({ id: "1", ...open }),
      call({ id: "2", ...open }),
      call({ id: "3", method: "sealed" }),
      note({ id: "n", ts: null, code: "input-cut" }),
      note({ id: "m" }),
      offer({ id: "o", outcome: "listed_only", provisional: true }),
      association({ id: "s" }),
    ]);
    // Not in the order of revisions, as workers are.
    write("a", "w3", [
      call({ id: "1", revision: 3, status: "ok" }),
      offer({ id: "o", revision: 2, outcome: "connected" }),
    ]);
    write("a", "w2", [
      call({ id: "1", revision: 2, ...open }),
      call({ id: "3", method: "opened" }),
      note({ id: "n", ts: null, code: "input-cut" }),
      note({ id: "m" }),
    ]);
    write("b", "w1", [call({ id: "1", status: "fault" })]);
    const own = await withViews(tree);
    assert.deepEqual(
      await own("select sensor, id, revision, status, method from calls order by sensor, id"),
      [
        { sensor: "a", id: "1", revision: 3, status: "ok", method: call().method },
        { sensor: "a", id: "2", revision: 1, status: "no_response", method: call().method },
        { sensor: "a", id: "3", revision: 1, status: "ok", method: "opened" },
        { sensor: "b", id: "1", revision: 1, status: "fault", method: call().method },
      ],
    );
    assert.deepEqual(await own("select outcome, provisional from offers"), [
      { outcome: "connected", provisional: false },
    ]);
    assert.deepEqual(await own("select id, count(*)::int as n from notes group by id order by id"), [
      { id: "m", n: 1 },
      { id: "n", n: 2 },
    ]);
    const [open2] = await own("select count(*)::int as n from calls where provisional");
    assert.equal(open2!.n, 1);
    assert.equal((await own("select * from detections")).length, 0);
  },
);

test("a question about a day or a sensor reads no other folder", WITH_DUCKDB, async () => {
  const own = await withViews();
  const files = filesBelow(join(root, "calls")).length;
  const read = async (where: string): Promise<string | undefined> => {
    const [plan] = await own(`explain select count(*) from calls where ${where}`);
    return /Scanning Files:\s*([\d/]+)/.exec(`${plan!.explain_value}`.replace(/[│\s]+/g, " "))?.[1];
  };
  assert.ok(files > 2);
  const ofDc1 = filesBelow(join(root, "calls/sensor=dc1")).length;
  const [first] = await own("select distinct date::varchar as date from all_calls where sensor = 'dc1'");
  assert.equal(await read(`sensor = 'dc1' and date = date '${first!.date}'`), `1/${files}`);
  assert.equal(await read("sensor = 'dc1'"), `${ofDc1}/${files}`);
});

test("a day that was joined into one file says the same", WITH_DUCKDB, async (t) => {
  const tree = emptyFolder(t);
  for (const run of ["w1", "w2"]) {
    const one = new ParquetTree({ root: tree, sensor: "dc1", run, kinds: new Set(EVENT_KINDS) });
    for (let n = 0; n < 10; n++) {
      const revision = run === "w1" ? 1 : 2;
      one.push(call({ id: `${n}`, revision, ts: `2024-06-03T10:00:0${n}.123456Z`, request: { n } }));
    }
    one.push(call({ id: "other day", ts: "2024-06-04T10:00:00.000000Z" }));
    one.finish();
  }
  const [block] = BLOCKS.filter((sql) => sql.startsWith("copy"));
  const whole = "select * from calls order by id";
  const own = await withViews(tree);
  const said = await own(whole);
  assert.equal(said.length, 11);
  const old = filesBelow(join(tree, "calls/sensor=dc1/date=2024-06-03"));
  await own(inTree(block!, tree));
  const place = join(tree, "calls/sensor=dc1/date=2024-06-03");
  renameSync(join(tree, "joined.tmp"), join(place, "joined-2024-06-03.parquet"));
  assert.deepEqual(await own(whole), said);
  for (const path of old) rmSync(join(place, path));
  assert.deepEqual(await own(whole), said);
  assert.equal(filesBelow(place).length, 1);
});
