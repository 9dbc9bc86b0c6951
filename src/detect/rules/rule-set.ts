/**
 * Rules by the log sources they are for, ready to be matched. Of hundreds of rules a record meets few: those that need a
 * field to be one of certain texts are found by that text.
 */

import { type Compiled, compileDetection, type Need } from "./compile.js";
import { Fields, type SourceRecord, textOf } from "./fields.js";
import type { Placeholders } from "./modifiers.js";
import type { LogSource, Rule } from "./rule.js";
import { isRefusal } from "./value-test.js";

/** A rule that a record fits. */
export interface Match {
  rule: Rule;
  record: SourceRecord;
  /** The fields that made it match, with their values: none of what a rule excludes. */
  fields: { readonly [name: string]: unknown };
}

/** A rule that is not used, with the reason as a sentence without a full stop. */
export interface Unused {
  rule: Rule;
  reason: string;
}

const NO_MATCHES: readonly Match[] = [];

const NO_PLACEHOLDERS: Placeholders = new Map();

/** Whether a rule for one is for the other: what it does not say may be anything. */
export function isFor(rule: LogSource, source: LogSource): boolean {
  return (
    (rule.product === null || rule.product === source.product) &&
    (rule.service === null || rule.service === source.service) &&
    (rule.category === null || rule.category === source.category)
  );
}

/** As `windows/security`; a category stands in brackets. */
function sourceName({ product, service, category }: LogSource): string {
  const named = [product, service].filter((part) => part !== null).join("/");
  return category === null ? named : named === "" ? category : `${named} (${category})`;
}

export class RuleSet {
  readonly #rules: Rule[] = [];
  readonly #placeholders: Placeholders;
  /** Rules for which values are missing that the user gives. */
  readonly withheld: readonly Unused[];
  readonly #sources = new Map<string, SourceRules>();

  constructor(rules: readonly Rule[], placeholders: Placeholders = NO_PLACEHOLDERS) {
    this.#placeholders = placeholders;
    const withheld: Unused[] = [];
    for (const rule of rules) {
      const missing = rule.placeholders.find((name) => !placeholders.has(name));
      if (missing === undefined) this.#rules.push(rule);
      else withheld.push({ rule, reason: `there are no values for its placeholder %${missing}%` });
    }
    this.withheld = withheld;
  }

  /** The rules that are for a source's records; made when first asked for. */
  source(source: LogSource): SourceRules {
    const key = JSON.stringify([source.product, source.service, source.category]);
    let rules = this.#sources.get(key);
    if (rules === undefined) {
      rules = new SourceRules(
        this.#rules.filter((rule) => isFor(rule.logsource, source)),
        this.#placeholders,
      );
      this.#sources.set(key, rules);
    }
    return rules;
  }

  /** Rules for none of these sources, as those for logs of hosts. */
  unusedWith(sources: readonly LogSource[]): Unused[] {
    return this.#rules
      .filter((rule) => !sources.some((source) => isFor(rule.logsource, source)))
      .map((rule) => ({
        rule,
        reason: `it is for ${sourceName(rule.logsource)}, which captures do not show`,
      }));
  }
}

interface Ready extends Compiled {
  rule: Rule;
  order: number;
  /** Number of the record it was last tried with. */
  tried: number;
}

interface Index {
  slot: number;
  rules: Map<string, Ready[]>;
}

/** The rules of one source. */
export class SourceRules {
  readonly #fields = new Fields();
  readonly #indexes: Index[] = [];
  /** Rules that have to be tried with every record. */
  readonly #others: Ready[] = [];
  readonly size: number;
  #found: Ready[] = [];

  constructor(rules: readonly Rule[], placeholders: Placeholders) {
    const ready: Ready[] = [];
    for (const rule of rules) {
      const compiled = compileDetection(rule.detection, this.#fields, placeholders);
      // Rules that cannot be compiled were refused when they were read.
      if (!isRefusal(compiled)) ready.push({ ...compiled, rule, order: ready.length, tried: 0 });
    }
    this.size = ready.length;
    this.#index(ready);
  }

  /** Names of all fields that the rules ask for. */
  get fields(): readonly string[] {
    return this.#fields.names;
  }

  /** Rules that fit, in their order. Allocates nothing where none does. */
  match(record: SourceRecord): readonly Match[] {
    const fields = this.#fields;
    fields.open(record);
    for (const { slot, rules } of this.#indexes) {
      const text = fields.text(slot);
      if (text !== null) this.#try(rules.get(text));
      else this.#tryElements(rules, fields.read(slot));
    }
    this.#try(this.#others);
    if (this.#found.length === 0) {
      fields.close();
      return NO_MATCHES;
    }
    const matches = this.#found
      .sort((a, b) => a.order - b.order)
      .map(({ rule, explain }) => {
        const found = new Map<string, unknown>();
        explain(fields, found);
        return { rule, record, fields: Object.fromEntries(found) };
      });
    this.#found = [];
    fields.close();
    return matches;
  }

  #tryElements(rules: ReadonlyMap<string, Ready[]>, value: unknown): void {
    if (Array.isArray(value)) {
      for (const one of value) this.#tryElements(rules, one);
      return;
    }
    const text = textOf(value);
    if (text !== null) this.#try(rules.get(this.#fields.fold(text)));
  }

  #try(rules: readonly Ready[] | undefined): void {
    if (rules === undefined) return;
    const { current } = this.#fields;
    for (const ready of rules) {
      // A list may name it twice.
      if (ready.tried === current) continue;
      ready.tried = current;
      if (ready.check(this.#fields)) this.#found.push(ready);
    }
  }

  /** Each rule by the field that most rules can be found by. */
  #index(ready: readonly Ready[]): void {
    const useful = usefulness(ready);
    const better = (a: Need, b: Need): number =>
      useful.get(b.slot)! - useful.get(a.slot)! || a.texts.size - b.texts.size;
    for (const one of ready) {
      const need = [...one.needs].sort(better)[0];
      if (need === undefined) {
        this.#others.push(one);
        continue;
      }
      let index = this.#indexes.find(({ slot }) => slot === need.slot);
      if (index === undefined) {
        index = { slot: need.slot, rules: new Map() };
        this.#indexes.push(index);
      }
      for (const text of need.texts) {
        const rules = index.rules.get(text);
        if (rules === undefined) index.rules.set(text, [one]);
        else rules.push(one);
      }
    }
  }
}

/**
 * How good a field is to find rules by: the more rules need a text of it, and the more different texts they need, the fewer
 * rules a record meets.
 */
function usefulness(ready: readonly Ready[]): ReadonlyMap<number, number> {
  const texts = new Map<number, Set<string>>();
  const rules = new Map<number, Set<Ready>>();
  for (const one of ready) {
    for (const { slot, texts: needed } of one.needs) {
      if (!texts.has(slot)) texts.set(slot, new Set());
      if (!rules.has(slot)) rules.set(slot, new Set());
      for (const text of needed) texts.get(slot)!.add(text);
      rules.get(slot)!.add(one);
    }
  }
  return new Map([...texts].map(([slot, { size }]) => [slot, size * rules.get(slot)!.size]));
}
