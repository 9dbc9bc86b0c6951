/** Rules, correlations and filters of all files together: references are found, filters applied, and doubles refused. */

import type { RuleFile } from "./read-rules.js";
import type { Attributes, Condition, Correlation, Filter, Problem, Rule } from "./rule.js";
import { isFor } from "./rule-set.js";

/** A correlation with what it watches. */
export interface LinkedCorrelation {
  correlation: Correlation;
  /** In the order it names them. */
  watched: readonly Watched[];
}

/** A rule or a correlation as another correlation names it. */
export interface Watched {
  of: Rule | Correlation;
  /** What stands for an alias in its records. */
  aliases: ReadonlyMap<string, string>;
}

export interface RuleBook {
  rules: readonly Rule[];
  /** Those that others watch come before them. */
  correlations: readonly LinkedCorrelation[];
  /** Rules and correlations that others watch, and that are not reported for themselves. */
  silent: ReadonlySet<Rule | Correlation>;
  problems: readonly Problem[];
}

export function bindRules(files: readonly RuleFile[]): RuleBook {
  const problems: Problem[] = files.flatMap((file) => file.problems);
  const refuse = (of: Attributes, message: string): void => {
    problems.push({ file: of.file, line: of.line, title: of.title, message });
  };
  const names = new Map<string, Attributes>();
  const fresh = <T extends Attributes>(of: T): boolean => {
    const own = [of.id, of.name].filter((name) => name !== null);
    const taken = own.find((name) => names.has(name));
    if (taken !== undefined) {
      const other = names.get(taken)!;
      if (isSame(of, other)) return false;
      refuse(of, `${taken} already stands for "${other.title}" (${other.file}, line ${other.line})`);
      return false;
    }
    for (const name of own) names.set(name, of);
    return true;
  };
  const rules = files.flatMap((file) => file.rules).filter(fresh);
  const wanted = files.flatMap((file) => file.correlations).filter(fresh);
  const filtered = applyFilters(
    rules,
    files.flatMap((file) => file.filters),
    refuse,
  );
  const known = new Map<string, Rule | Correlation>();
  for (const rule of filtered) addNames(known, rule);
  const correlations = link(wanted, known, refuse);
  const silent = new Set(
    correlations.flatMap(({ correlation, watched }) =>
      correlation.generate ? [] : watched.map(({ of }) => of),
    ),
  );
  for (const { correlation, watched } of correlations) {
    if (correlation.generate) for (const { of } of watched) silent.delete(of);
  }
  return { rules: filtered, correlations, silent, problems };
}

/** A copy of what was read before, as of shipped rules, is no problem. */
function isSame(one: Attributes, other: Attributes): boolean {
  const text = (of: Attributes): string => JSON.stringify({ ...of, file: null, line: null });
  return text(one) === text(other);
}

function addNames(known: Map<string, Rule | Correlation>, of: Rule | Correlation): void {
  if (of.id !== null) known.set(of.id, of);
  if (of.name !== null) known.set(of.name, of);
}

/** Correlations of correlations. */
const MAX_CHAIN = 16;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Correlations whose rules are all known, again and again until no more are: those that are left name themselves. */
function link(
  wanted: readonly Correlation[],
  known: Map<string, Rule | Correlation>,
  refuse: (of: Attributes, message: string) => void,
): LinkedCorrelation[] {
  const find = (reference: string): Rule | Correlation | undefined =>
    known.get(UUID.test(reference) ? reference.toLowerCase() : reference);
  const linked: LinkedCorrelation[] = [];
  const depth = new Map<Rule | Correlation, number>();
  let left = [...wanted];
  for (let before = -1; left.length !== before; ) {
    before = left.length;
    left = left.filter((correlation) => {
      const watched: Watched[] = [];
      for (const reference of correlation.rules) {
        const of = find(reference);
        if (of === undefined) return true;
        watched.push({ of, aliases: aliasesOf(correlation, of) });
      }
      const own = 1 + Math.max(...watched.map(({ of }) => depth.get(of) ?? 0));
      if (own > MAX_CHAIN) {
        refuse(correlation, `more than ${MAX_CHAIN} correlations watch each other in turn`);
        return false;
      }
      depth.set(correlation, own);
      linked.push({ correlation, watched });
      addNames(known, correlation);
      return false;
    });
  }
  const names = new Set(left.flatMap(({ id, name }) => [id, name]));
  for (const correlation of left) {
    const missing = correlation.rules.filter((reference) => find(reference) === undefined);
    const foreign = missing.find((reference) => !names.has(reference) && !names.has(reference.toLowerCase()));
    refuse(
      correlation,
      foreign !== undefined
        ? `it watches ${foreign}, which is no rule that was read`
        : `it watches ${missing[0]}, which cannot be used, or watches this one in turn`,
    );
  }
  return linked;
}

/** An alias names a rule by its id or by its name, however the correlation does. */
function aliasesOf(correlation: Correlation, of: Rule | Correlation): Map<string, string> {
  const found = new Map<string, string>();
  for (const [alias, fields] of Object.entries(correlation.aliases)) {
    for (const [reference, field] of Object.entries(fields)) {
      if (reference === of.name || reference.toLowerCase() === of.id) found.set(alias, field);
    }
  }
  return found;
}

function applyFilters(
  rules: readonly Rule[],
  filters: readonly Filter[],
  refuse: (of: Attributes, message: string) => void,
): Rule[] {
  const result = [...rules];
  for (const [number, filter] of filters.entries()) {
    let applied = false;
    for (const [index, rule] of result.entries()) {
      const named =
        filter.rules === null ||
        filter.rules.some((reference) => reference.toLowerCase() === rule.id || reference === rule.name);
      if (!named || !isFor(filter.logsource, rule.logsource)) continue;
      applied = true;
      result[index] = narrowed(rule, filter, `filter ${number} `);
    }
    if (!applied) refuse(filter, "none of the rules that the filter is for was read");
  }
  return result;
}

/** `prefix`: before names of the filter's searches. A space is in no other name. */
function narrowed(rule: Rule, filter: Filter, prefix: string): Rule {
  const renamed = (condition: Condition): Condition => {
    if ("search" in condition) return { search: prefix + condition.search };
    if ("not" in condition) return { not: renamed(condition.not) };
    return "and" in condition ? { and: condition.and.map(renamed) } : { or: condition.or.map(renamed) };
  };
  const added = Object.entries(filter.detection.searches).map(
    ([name, search]) => [prefix + name, search] as const,
  );
  return {
    ...rule,
    placeholders: [...new Set([...rule.placeholders, ...filter.placeholders])],
    detection: {
      searches: { ...rule.detection.searches, ...Object.fromEntries(added) },
      condition: { and: [rule.detection.condition, renamed(filter.detection.condition)] },
    },
  };
}
