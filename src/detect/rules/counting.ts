/**
 * Conditions that count behind a pipe, with a `timeframe`, as rules had them before correlations: `selection | count(field) by
 * other > 4`. They are read as a rule and the correlation that says the same. Not handled: min, max, avg, sum and near.
 */

import { entry } from "./attributes.js";
import type { Correlation, Operator, Rule } from "./rule.js";
import type { YamlMap } from "./yaml-tree.js";

const COUNTS =
  /^([^|]*\S)\s*\|\s*count\(\s*([\w.-]*)\s*\)(?:\s+by\s+([\w.-]+))?\s*(>=|<=|>|<|==?)\s*(\d{1,4})\s*$/;
const TIMEFRAME = /^([1-9]\d{0,8})([smhd])$/;
const OPERATORS: { readonly [sign: string]: Operator } = {
  ">": "gt",
  ">=": "gte",
  "<": "lt",
  "<=": "lte",
  "=": "eq",
  "==": "eq",
};
const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

/** How a rule counts, and the rule without that. */
interface Counting {
  tree: YamlMap;
  counted: readonly string[];
  groupBy: readonly string[];
  timespan: number;
  operator: Operator;
  value: number;
}

/** Null where a rule does not count in this way. */
export function countingOf(tree: YamlMap): Counting | null {
  const detection = entry(tree, "detection")?.value;
  if (detection?.kind !== "map") return null;
  const [, condition, field, by, sign, value] = COUNTS.exec(textOf(detection, "condition")) ?? [];
  const [, count, unit] = TIMEFRAME.exec(textOf(detection, "timeframe")) ?? [];
  if (condition === undefined || count === undefined) return null;
  const entries = detection.entries.flatMap((one) => {
    if (one.key === "timeframe") return [];
    if (one.key !== "condition" || one.value.kind !== "scalar") return [one];
    return [{ ...one, value: { ...one.value, value: condition } }];
  });
  const without = tree.entries.map((one) => {
    if (one.key === "detection") return { ...one, value: { ...detection, entries } };
    const { value } = one;
    if ((one.key !== "date" && one.key !== "modified") || value.kind !== "scalar") return one;
    // Dates of that time have slashes.
    return typeof value.value === "string"
      ? { ...one, value: { ...value, value: value.value.replaceAll("/", "-") } }
      : one;
  });
  return {
    tree: { ...tree, entries: without },
    counted: field === undefined || field === "" ? [] : [field],
    groupBy: by === undefined ? [] : [by],
    timespan: Number(count) * SECONDS[unit!]!,
    operator: OPERATORS[sign!]!,
    value: Number(value),
  };
}

function textOf(map: YamlMap, key: string): string {
  const value = entry(map, key)?.value;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : "";
}

/** The correlation has what the document says of itself; what it watches is told by it alone. */
export function asCorrelation(
  document: Rule,
  { counted, groupBy, timespan, operator, value }: Counting,
): { rule: Rule; correlation: Correlation } {
  const { kind: _, logsource, detection, placeholders, ...attributes } = document;
  const name = `what ${document.id ?? document.name ?? document.title} counts`;
  return {
    rule: { kind: "rule", ...attributes, id: null, name, tags: [], logsource, detection, placeholders },
    correlation: {
      kind: "correlation",
      ...attributes,
      type: counted.length > 0 ? "value_count" : "event_count",
      rules: [name],
      groupBy,
      timespan,
      bounds: [{ operator, value }],
      counted,
      aliases: {},
      generate: false,
    },
  };
}
