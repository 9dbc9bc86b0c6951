/** -T fields, csv and tsv: shape, escapes, and readers that take no nonsense. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Event, EventKind } from "../../../src/events.js";
import { columnNamed } from "../../../src/fields/columns.js";
import type { ColumnLayout } from "../../../src/output/column-text.js";
import { csvPrinter, tsvPrinter } from "../../../src/output/csv.js";
import { fieldsPrinter } from "../../../src/output/fields.js";
import type { Printer } from "../../../src/output/printer.js";
import { spellingOf } from "../../../src/output/spelling.js";
import { call, offer, run } from "../../support/output/samples.js";

type Make = typeof fieldsPrinter;

function print(
  make: Make,
  names: readonly string[] | null,
  records: readonly unknown[],
  layout: ColumnLayout = {},
  { terminal = false, kinds = ["call"] }: { terminal?: boolean; kinds?: readonly EventKind[] } = {},
): string {
  const columns = names === null ? null : names.map((name) => columnNamed(name)!);
  const printer: Printer = make({
    kinds: new Set(kinds),
    columns,
    layout,
    terminal,
    spelling: spellingOf({}),
  });
  return records.map((record) => printer.push(record as Event)).join("") + printer.finish();
}

const NASTY = {
  ...call(),
  call_id: 7,
  method: null,
  frames: { request: [3, 4, 5], response: [] },
  request: {
    a: 'q"u\to\nt\re\\',
    formula: "=1+1",
    at: "@x",
    minus: "-5",
    tab: "\tx",
    number: -5,
    yes: true,
    list: ["-1", "b"],
  },
};

test("fields: tshark's shape and its -E", () => {
  const names = ["call_id", "method", "frames.request", "request.a"];
  assert.equal(print(fieldsPrinter, names, [NASTY]), '7\t\t3,4,5\tq"u\\to\\nt\\re\\\n');
  assert.equal(
    print(fieldsPrinter, names.slice(0, 3), [NASTY], {
      header: true,
      separator: "|",
      aggregator: " ",
      quote: '"',
    }),
    'call_id|method|frames.request\n"7"||"3 4 5"\n',
  );
  assert.equal(print(fieldsPrinter, ["frames.request"], [NASTY], { occurrence: "first" }), "3\n");
  assert.equal(print(fieldsPrinter, ["frames.request"], [NASTY], { occurrence: "last" }), "5\n");
  assert.equal(print(fieldsPrinter, ["request.a"], [NASTY], { quote: '"' }), '"q""u\\to\\nt\\re\\"\n');
  assert.equal(print(fieldsPrinter, ["request.a"], [NASTY], { escape: false }), 'q"u\to\nt\re\\\n');
  assert.equal(print(fieldsPrinter, ["call_id"], [], { header: true, bom: true }), "\ufeffcall_id\n");
  assert.equal(print(fieldsPrinter, ["request.yes", "client.port"], [offer()]), "", "no row of other kinds");
  const controls = { ...call(), request: { a: "\x1b[2J\x00\x07\x7f" } };
  assert.equal(print(fieldsPrinter, ["request.a"], [controls]), "\\x1b[2J\\x00\\a\\x7f\n");
  assert.equal(
    print(fieldsPrinter, ["request.a"], [controls], { escape: false }, { terminal: true }).includes("\x1b"),
    false,
  );
});

/** [RFC 4180], nothing more: throws where it does not hold. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      let field = "";
      if (text[at] === '"') {
        for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
          assert(at < text.length, "a quoted field has no end");
          if (text[at] === '"') at++;
          field += text[at];
        }
        at++;
      } else {
        while (at < text.length && !/[,\r\n]/.test(text[at]!)) {
          assert.notEqual(text[at], '"', "a quote in a field that is not quoted");
          field += text[at++];
        }
      }
      row.push(field);
      if (text[at] !== ",") break;
      at++;
    }
    assert.equal(text.slice(at, at + 2), "\r\n", "a line ends in CRLF");
    at += 2;
    rows.push(row);
  }
  for (const row of rows) assert.equal(row.length, rows[0]!.length, "every row has as many fields");
  return rows;
}

test("csv: RFC 4180, formulas defused, numbers as they are", () => {
  const names = [
    "request.a",
    "request.formula",
    "request.at",
    "request.minus",
    "request.tab",
    "request.number",
    "request.list",
  ];
  assert.deepEqual(readCsv(print(csvPrinter, names, [NASTY])), [
    names,
    ['q"u\to\nt\re\\', "'=1+1", "'@x", "'-5", "'\tx", "-5", "'-1,b"],
  ]);
  assert.equal(print(csvPrinter, ["call_id"], [NASTY], { header: false }), "7\r\n");
  assert.equal(
    print(csvPrinter, ["call_id", "frames.request"], [NASTY], { separator: ";" }),
    "call_id;frames.request\r\n7;3,4,5\r\n",
  );
  assert.equal(
    print(csvPrinter, ["request.formula"], [NASTY], { bom: true }),
    "\ufeffrequest.formula\r\n'=1+1\r\n",
  );
});

/** A line a record, a tab between fields, four escapes; throws where anything else stands there. */
function readTsv(text: string): string[][] {
  assert(text.endsWith("\n"));
  const rows = text
    .slice(0, -1)
    .split("\n")
    .map((line) =>
      line.split("\t").map((field) =>
        field.replace(/\\(.?)|\r/g, (all, letter: string) => {
          const meant = { t: "\t", n: "\n", r: "\r", "\\": "\\" }[letter];
          assert(meant !== undefined, `no escape: ${all}`);
          return meant;
        }),
      ),
    );
  for (const row of rows) assert.equal(row.length, rows[0]!.length);
  return rows;
}

test("tsv: a line a record, and every value comes back", () => {
  const names = ["request.a", "request.tab", "method", "request.list"];
  assert.deepEqual(readTsv(print(tsvPrinter, names, [NASTY, NASTY])), [
    names,
    ['q"u\to\nt\re\\', "\tx", "", "-1,b"],
    ['q"u\to\nt\re\\', "\tx", "", "-1,b"],
  ]);
});

test("without -e: the table's columns, of calls or of offers", () => {
  const [names, ...rows] = readCsv(print(csvPrinter, null, run()));
  assert.deepEqual(names, ["time", "stream", "frames", "client", "server", "taken", "call", "outcome"]);
  assert.equal(rows.length, run().filter(({ type }) => type === "call").length);
  assert.equal(rows[0]![0], run().find(({ type }) => type === "call")!.ts);
  const offers = readTsv(print(tsvPrinter, null, run(), {}, { kinds: ["offer"] }));
  assert.deepEqual(offers[0], [
    "time",
    "expert",
    "from",
    "novice",
    "session",
    "outcome",
    "dialled",
    "refusal",
  ]);
  assert.equal(offers.length, 1 + run().filter(({ type }) => type === "offer").length);
});
