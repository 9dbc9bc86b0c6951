/**
 * The `detection` of rules and the `filter` of filters: search identifiers and the condition. Each item is tried as it
 * will be compiled, so that what cannot be asked is refused where it stands.
 */

import type { Complaints } from "./attributes.js";
import { parseCondition } from "./condition.js";
import { itemTests, placeholdersOf } from "./modifiers.js";
import type { Condition, Detection, Item, Scalar, Search } from "./rule.js";
import { isRefusal } from "./value-test.js";
import type { Yaml, YamlEntry, YamlMap } from "./yaml-tree.js";

/** What a detection is read with. */
export interface Reading {
  complaints: Complaints;
  /** Placeholders that may be used, in lower case. */
  known: ReadonlySet<string>;
  /** Those that are. */
  used: Set<string>;
}

/** `reserved`: keys of the map that are no searches. */
export function readDetection(map: YamlMap, reserved: readonly string[], reading: Reading): Detection {
  const { complaints } = reading;
  const searches: [string, Search][] = [];
  for (const { key, line, value } of map.entries) {
    if (key === "condition" || reserved.includes(key)) continue;
    if (key === "timeframe") {
      complaints.add(
        line,
        "timeframe belongs to conditions that count: a correlation has a timespan instead",
      );
    } else if (!/^[\w.-]+$/.test(key)) {
      complaints.add(line, `${key} is no name of a search that a condition could use`);
    } else searches.push([key, readSearch(value, line, reading)]);
  }
  if (searches.length === 0) complaints.add(map.line, "there is no search");
  return {
    searches: Object.fromEntries(searches),
    condition: readCondition(
      map,
      searches.map(([name]) => name),
      complaints,
    ),
  };
}

const NEVER: Condition = { or: [] };

function readCondition(map: YamlMap, names: readonly string[], complaints: Complaints): Condition {
  const found = map.entries.find((one) => one.key === "condition");
  if (found === undefined) {
    complaints.add(map.line, "there is no condition");
    return NEVER;
  }
  const { value } = found;
  const texts = value.kind === "list" ? value.items : [value];
  const or: Condition[] = [];
  for (const text of texts) {
    if (text.kind !== "scalar" || typeof text.value !== "string") {
      complaints.add(text.line, "the condition is no text");
      continue;
    }
    const condition = parseCondition(text.value, names);
    if ("problem" in condition) complaints.add(text.line, condition.problem);
    else or.push(condition);
  }
  if (texts.length === 0) complaints.add(found.line, "the list of conditions is empty");
  return or.length === 1 ? or[0]! : { or };
}

function readSearch(value: Yaml, line: number, reading: Reading): Search {
  if (value.kind === "scalar") {
    reading.complaints.add(line, "a search is neither a map nor a list");
    return { any: [] };
  }
  return value.kind === "map" ? readMap(value, reading) : readList(value.items, line, reading);
}

function readMap(map: YamlMap, reading: Reading): Search {
  if (map.entries.length === 0) reading.complaints.add(map.line, "a search is empty");
  const items = map.entries.map((one) => readItem(one, reading));
  return items.length === 1 ? items[0]! : { all: items };
}

/** Texts and numbers are keywords, maps are alternatives. */
function readList(items: readonly Yaml[], line: number, reading: Reading): Search {
  if (items.length === 0) reading.complaints.add(line, "a search is empty");
  const keywords: Scalar[] = [];
  const any: Search[] = [];
  for (const item of items) {
    if (item.kind === "map") any.push(readMap(item, reading));
    else if (item.kind === "scalar" && (typeof item.value === "string" || Number.isInteger(item.value))) {
      keywords.push(item.value);
    } else {
      reading.complaints.add(
        item.line,
        "a list of keywords holds something that is neither a text nor a whole number",
      );
    }
  }
  if (keywords.length > 0) any.unshift({ field: null, modifiers: [], values: keywords });
  return any.length === 1 ? any[0]! : { any };
}

function readItem({ key, line, value }: YamlEntry, reading: Reading): Item {
  const { complaints } = reading;
  const [field = "", ...modifiers] = key.split("|");
  const values: Scalar[] = [];
  let plain = true;
  for (const one of value.kind === "list" ? value.items : [value]) {
    if (one.kind === "scalar") values.push(one.value);
    else {
      plain = false;
      complaints.add(one.line, `${field || "a keyword"} is compared with something that is no single value`);
    }
  }
  const item: Item = { field: field === "" ? null : field, modifiers, values };
  if (field === "" && modifiers.length === 0) complaints.add(line, "a field has no name");
  if (!plain || (field === "" && modifiers.length === 0)) return item;
  const tests = itemTests(item, null);
  const where = modifiers.length > 0 ? `${key}: ` : "";
  if (isRefusal(tests)) complaints.add(line, where + tests.problem);
  if (modifiers.includes("expand")) {
    for (const name of values.flatMap((one) => (typeof one === "string" ? placeholdersOf(one) : []))) {
      if (!reading.known.has(name))
        complaints.add(line, `${where}there are no values for the placeholder %${name}%`);
      reading.used.add(name);
    }
  }
  return item;
}
