/**
 * What a Sigma document says, as plain values that are JSON: what `npm run rules` writes and what `--rules` reads at run
 * time are the same. Nothing here is looked up or compiled yet.
 */

export const LEVELS = ["informational", "low", "medium", "high", "critical"] as const;
export type Level = (typeof LEVELS)[number];

export const STATUSES = ["stable", "test", "experimental", "deprecated", "unsupported"] as const;
export type Status = (typeof STATUSES)[number];

/** Where a document stands. */
export interface Place {
  file: string;
  /** From 1 on. */
  line: number;
}

/** What is wrong with a document, which is not used then: a sentence without a full stop. */
export interface Problem extends Place {
  /** Title of the document, where it has one. */
  title: string | null;
  message: string;
}

/** What rules, correlations and filters say of themselves. */
export interface Attributes extends Place {
  title: string;
  id: string | null;
  name: string | null;
  status: Status | null;
  description: string | null;
  author: string | null;
  license: string | null;
  date: string | null;
  modified: string | null;
  references: readonly string[];
  tags: readonly string[];
  falsePositives: readonly string[];
  /** Fields that are of interest where the rule matches. */
  fields: readonly string[];
  level: Level | null;
  /** What a finding of it says, with names of fields in braces (docs/findings.md): an attribute of this program's own. */
  sentence: string | null;
}

/** What a rule is for; null where it does not say. */
export interface LogSource {
  product: string | null;
  service: string | null;
  category: string | null;
}

export type Scalar = string | number | boolean | null;

/** One key of a map: a field with its modifiers, and values of which one has to fit (all of them with `all`). */
export interface Item {
  /** Null for keywords, which are looked for in all fields. */
  field: string | null;
  modifiers: readonly string[];
  values: readonly Scalar[];
}

/** A search identifier's content: a map (all of its keys), a list (any of its elements), or one key. */
export type Search = { all: readonly Search[] } | { any: readonly Search[] } | Item;

export type Condition =
  | { and: readonly Condition[] }
  | { or: readonly Condition[] }
  | { not: Condition }
  | { search: string };

/** Searches by name, and how they are combined. */
export interface Detection {
  searches: { readonly [name: string]: Search };
  condition: Condition;
}

export interface Rule extends Attributes {
  kind: "rule";
  logsource: LogSource;
  detection: Detection;
  /** Names between percent signs whose values the user gives; without them the rule is not used. */
  placeholders: readonly string[];
}

/** A document that narrows rules: they match only where its condition does as well. */
export interface Filter extends Attributes {
  kind: "filter";
  logsource: LogSource;
  detection: Detection;
  placeholders: readonly string[];
  /** Ids or names; null for every rule of the log source. */
  rules: readonly string[] | null;
}

export const CORRELATION_TYPES = ["event_count", "value_count", "temporal", "temporal_ordered"] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export const OPERATORS = ["gt", "gte", "lt", "lte", "eq", "neq"] as const;
export type Operator = (typeof OPERATORS)[number];

/** All of these must be true of the count. */
export type Bounds = readonly { operator: Operator; value: number }[];

export interface Correlation extends Attributes {
  kind: "correlation";
  type: CorrelationType;
  /** Ids or names of rules and other correlations. */
  rules: readonly string[];
  groupBy: readonly string[];
  /** Seconds. */
  timespan: number;
  bounds: Bounds;
  /** Fields whose values are counted together; of `value_count` alone. */
  counted: readonly string[];
  /** Alias, rule, field of that rule's records. */
  aliases: { readonly [alias: string]: { readonly [rule: string]: string } };
  /** The rules it refers to are reported for themselves as well. */
  generate: boolean;
}

export type Document = Rule | Correlation | Filter;
