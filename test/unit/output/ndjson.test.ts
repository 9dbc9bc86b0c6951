import assert from "node:assert/strict";
import test from "node:test";
import { EVENT_KINDS } from "../../../src/events.js";
import { jsonPrinter, ndjsonPrinter } from "../../../src/output/ndjson.js";
import { call, run } from "../../support/output/samples.js";

test("one record a line, of the kinds that were asked for", () => {
  const printer = ndjsonPrinter(new Set(["call"]));
  const text =
    run()
      .map((event) => printer.push(event))
      .join("") + printer.finish();
  const lines = text.split("\n");
  assert.equal(lines.pop(), "");
  assert.ok(lines.every((line) => JSON.parse(line).type === "call"));
  assert.equal(lines.length, run().filter((event) => event.type === "call").length);
});

test("one array, also without a record", () => {
  const printer = jsonPrinter(new Set(EVENT_KINDS));
  const text =
    run()
      .map((event) => printer.push(event))
      .join("") + printer.finish();
  assert.deepEqual(JSON.parse(text), run());
  const none = jsonPrinter(new Set(["offer"]));
  assert.deepEqual(JSON.parse(none.push(call()) + none.finish()), []);
});

test("strings go out as they are: escaped by JSON, lone surrogates as \\udXXX", () => {
  const printer = ndjsonPrinter(new Set(["call"]));
  const raw = "\u202e\x1b[2J\ud800é\n";
  const text = printer.push(call({ request: { s: raw } }));
  assert.ok(text.includes("\\ud800"));
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.equal(JSON.parse(text).request.s, raw);
});
