/**
 * Correlation documents of the Sigma specification 2.1. Not handled, and refused: value_sum, value_avg and
 * value_percentile; conditions that are texts, which are an extension.
 */

import { type Complaints, choice, entry, readText, texts } from "./attributes.js";
import {
  type Attributes,
  type Bounds,
  CORRELATION_TYPES,
  type Correlation,
  type CorrelationType,
  OPERATORS,
} from "./rule.js";
import type { YamlMap } from "./yaml-tree.js";

/** Rules that one correlation watches: in all, and where each has to be told from the others. */
const MAX_RULES = 64;
const MAX_TEMPORAL = 16;
/** Different values that can be waited for: each is kept. */
const MAX_DIFFERENT = 10_000;
/** Fields that one correlation groups by, or counts together. */
const MAX_FIELDS = 16;
/** A count that is waited for costs memory in proportion. */
const MAX_COUNT = 1_000_000;

const UNITS: { readonly [unit: string]: number } = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  /** A twelfth of the Gregorian year. */
  M: 2_629_746,
};

const KEYS = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];

export function readCorrelation(
  document: YamlMap,
  map: YamlMap,
  attributes: Attributes,
  complaints: Complaints,
): Correlation {
  for (const { key, line } of map.entries) {
    if (!KEYS.includes(key)) complaints.add(line, `a correlation has no key ${key}`);
  }
  const unsupported = ["value_sum", "value_avg", "value_percentile"] as const;
  const found = choice<CorrelationType | (typeof unsupported)[number]>(
    map,
    "type",
    [...CORRELATION_TYPES, ...unsupported],
    complaints,
  );
  const line = (key: string): number => entry(map, key)?.line ?? map.line;
  if (found === null) complaints.add(map.line, "the correlation has no type");
  const type = CORRELATION_TYPES.find((one) => one === found) ?? "event_count";
  if (found !== null && found !== type) {
    complaints.add(
      line("type"),
      `correlations of type ${found} are not computed; these are: ${CORRELATION_TYPES.join(", ")}`,
    );
  }
  const rules = texts(map, "rules", complaints, { least: 2 });
  if (rules.length === 0) complaints.add(line("rules"), "the correlation names no rules");
  const most = type === "temporal" || type === "temporal_ordered" ? MAX_TEMPORAL : MAX_RULES;
  if (rules.length > most) complaints.add(line("rules"), `the correlation names more than ${most} rules`);
  const groupBy = texts(map, "group-by", complaints);
  if (entry(map, "group-by") === null) complaints.add(map.line, "the correlation has no group-by");
  if (groupBy.length > MAX_FIELDS)
    complaints.add(line("group-by"), `group-by names more than ${MAX_FIELDS} fields`);
  const { bounds, counted } =
    found === type ? readCondition(map, type, rules.length, complaints) : { bounds: [], counted: [] };
  return {
    kind: "correlation",
    ...attributes,
    type,
    rules,
    groupBy,
    timespan: readTimespan(map, complaints),
    bounds,
    counted,
    aliases: readAliases(map, complaints),
    generate: readGenerate(document, complaints) || readGenerate(map, complaints),
  };
}

function readTimespan(map: YamlMap, complaints: Complaints): number {
  const text = readText(map, "timespan", complaints, 10);
  if (text === null) {
    complaints.add(map.line, "the correlation has no timespan");
    return 1;
  }
  const [, count, unit] = /^([1-9]\d*)([smhdwM])$/.exec(text) ?? [];
  if (count === undefined) {
    complaints.add(
      entry(map, "timespan")!.line,
      `the timespan ${text} is no number with s, m, h, d, w or M (seconds to months) behind it`,
    );
    return 1;
  }
  return Number(count) * UNITS[unit!]!;
}

function readCondition(
  map: YamlMap,
  type: CorrelationType,
  rules: number,
  complaints: Complaints,
): { bounds: Bounds; counted: readonly string[] } {
  const temporal = type === "temporal" || type === "temporal_ordered";
  const found = entry(map, "condition");
  if (found === null) {
    if (!temporal) complaints.add(map.line, `a correlation of type ${type} needs a condition`);
    return { bounds: [{ operator: "gte", value: rules }], counted: [] };
  }
  const { value } = found;
  if (value.kind !== "map") {
    complaints.add(
      found.line,
      "the condition of the correlation is no map as the specification has it: conditions that are texts are an extension",
    );
    return { bounds: [], counted: [] };
  }
  const most = type === "value_count" ? MAX_DIFFERENT : MAX_COUNT;
  const bounds: { operator: (typeof OPERATORS)[number]; value: number }[] = [];
  for (const one of value.entries) {
    const operator = OPERATORS.find((name) => name === one.key);
    const count = one.value.kind === "scalar" ? one.value.value : null;
    if (operator !== undefined) {
      if (typeof count !== "number" || !Number.isInteger(count) || count < 0) {
        complaints.add(one.line, `${operator} in the condition needs a whole number`);
      } else if (count > most) complaints.add(one.line, `more than ${most} are not counted`);
      else bounds.push({ operator, value: count });
    } else if (one.key !== "field") {
      complaints.add(one.line, `the condition of a correlation has no key ${one.key}`);
    }
  }
  if (bounds.length === 0) complaints.add(found.line, `the condition has none of ${OPERATORS.join(", ")}`);
  const named = entry(value, "field");
  const counted = texts(value, "field", complaints, { orOne: true, least: 1 });
  if (type === "value_count" && counted.length === 0) {
    complaints.add(found.line, "a correlation of type value_count needs a field in its condition");
  }
  if (type !== "value_count" && named !== null) {
    complaints.add(named.line, `a correlation of type ${type} counts no values of a field`);
  }
  if (counted.length > MAX_FIELDS)
    complaints.add(found.line, `the condition names more than ${MAX_FIELDS} fields`);
  return { bounds, counted };
}

function readAliases(map: YamlMap, complaints: Complaints): { [alias: string]: { [rule: string]: string } } {
  const found = entry(map, "aliases");
  if (found === null) return {};
  if (found.value.kind !== "map") {
    complaints.add(found.line, "aliases is no map");
    return {};
  }
  const aliases: [string, { [rule: string]: string }][] = [];
  for (const { key, line, value } of found.value.entries) {
    if (value.kind !== "map") {
      complaints.add(line, `the alias ${key} is no map from rules to fields`);
      continue;
    }
    const fields: [string, string][] = [];
    for (const one of value.entries) {
      const field = one.value.kind === "scalar" ? one.value.value : null;
      if (typeof field !== "string") complaints.add(one.line, `the alias ${key} stands for no field`);
      else fields.push([one.key, field]);
    }
    aliases.push([key, Object.fromEntries(fields)]);
  }
  return Object.fromEntries(aliases);
}

/** The schema has it beside `correlation`, the specification's text inside. */
function readGenerate(map: YamlMap, complaints: Complaints): boolean {
  const found = entry(map, "generate");
  if (found === null) return false;
  const value = found.value.kind === "scalar" ? found.value.value : null;
  if (typeof value !== "boolean") complaints.add(found.line, "generate is neither true nor false");
  return value === true;
}
