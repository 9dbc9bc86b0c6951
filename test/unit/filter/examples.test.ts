/** The examples of docs/filters.md, over the captures of the project. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { Detecting } from "../../../src/detect/detecting.js";
import { Detector } from "../../../src/detect/detector.js";
import { bindRules } from "../../../src/detect/rules/rule-book.js";
import { shippedRules } from "../../../src/detect/shipped-rules.js";
import type { Event } from "../../../src/events.js";
import { compileFilter } from "../../../src/filter/filter.js";
import { analyze } from "../../../src/index.js";

const ROOT = new URL("../../../", import.meta.url);

/** The first cells of the table below a heading, without the marks of code. */
function expressions(page: string, heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `(.+?)` \|/gm)].map(([, cell]) => cell!.replaceAll("\\|", "|"));
}

/** By the shipped rules. */
function detector(): Detector {
  return new Detector({
    rules: bindRules([shippedRules()]),
    placeholders: new Map(),
    level: "low",
    names: () => null,
    shown: (event) => event,
    live: false,
    maxBytes: 1 << 24,
  });
}

async function records(): Promise<Event[]> {
  const found: Event[] = [];
  const folder = new URL("captures/", ROOT);
  const captures = readdirSync(folder).filter((name) => /\.pcap/.test(name));
  for (const name of captures) {
    const events: Event[] = [];
    for await (const event of analyze([new URL(name, folder).pathname])) events.push(event);
    found.push(...new Detecting({ detector: detector(), helpers: null }).finish(events));
  }
  return found;
}

test("each example of the page finds something in the captures of the project", async () => {
  const page = readFileSync(new URL("docs/filters.md", ROOT), "utf8");
  const examples = expressions(page, "Examples");
  assert(examples.length > 30);
  const all = await records();
  for (const expression of examples) {
    const filter = await compileFilter(expression);
    const found = all.filter((record) => filter.matches(record)).length;
    assert(found > 0, `${expression}: nothing`);
    assert(found < all.length, `${expression}: everything`);
  }
});

test("what the page says of missing parts is so", async () => {
  const page = readFileSync(new URL("docs/filters.md", ROOT), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith("What is missing")) ?? "";
  const record = { type: "call", fault: null } as unknown as Event;
  const rows = [...section.matchAll(/^\| (`.*) \| ((?:does|do|holds?)\b.*) \|$/gm)];
  assert(rows.length >= 6);
  for (const [, cell = "", verdict = ""] of rows) {
    for (const [, expression = ""] of cell.matchAll(/`([^`]+)`/g)) {
      const filter = await compileFilter(expression);
      assert.equal(filter.matches(record), /^holds?\b/.test(verdict), expression);
    }
  }
});
