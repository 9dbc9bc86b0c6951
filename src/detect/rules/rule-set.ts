/**
 * Rules by the log sources they are for, ready to be matched. Of hundreds of rules a record meets few: those that need a
 * field to be one of certain texts are found by that text.
 */

import { type Compiled, compileDetection } from "./compile.js";
import { Fields, type SourceRecord, textOf } from "./fields.js";
import type { Placeholders } from "./modifiers.js";
import { ABSENT, type Need, needsOf } from "./needs.js";
import type { Attributes, LogSource, Rule } from "./rule.js";
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
const NO_RULES: ReadonlySet<Attributes> = new Set();
const NO_FIELDS: Match["fields"] = {};

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
  readonly #silent: ReadonlySet<Attributes>;
  /** Rules for which values are missing that the user gives. */
  readonly withheld: readonly Unused[];
  readonly #sources = new Map<string, SourceRules>();

  /** `silent`: rules that only correlations ask for; the fields that made them match are not told. */
  constructor(
    rules: readonly Rule[],
    placeholders: Placeholders = NO_PLACEHOLDERS,
    silent: ReadonlySet<Attributes> = NO_RULES,
  ) {
    this.#placeholders = placeholders;
    this.#silent = silent;
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
        this.#silent,
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

interface Ready {
  rule: Rule;
  order: number;
  /** Number of the record it was last tried with. */
  tried: number;
  /** null until a record comes that it may fit. */
  compiled: Compiled | null;
}

/** Rules by the texts that they need, one field after the other. */
interface Node {
  indexes: readonly Index[];
  /** Rules that have to be tried with every record that comes here. */
  rules: readonly Ready[];
}

interface Index {
  slot: number;
  /** What is found by a text; its own nodes are made when a record first comes there. */
  nodes: Map<string, Node | Placed[]>;
  depth: number;
}

/** The rules of one source. */
export class SourceRules {
  readonly #fields = new Fields();
  readonly #root: Node;
  /** Values of `key` that were met, and whether a rule needs them. */
  readonly #admitted = new Map<string, boolean>();
  readonly size: number;
  /** The field of which every rule needs one of certain texts; null where they have none in common. */
  readonly key: string | null;
  #found: Ready[] = [];

  readonly #placeholders: Placeholders;
  /** Rules of which nobody is told what made them match. */
  readonly #silent: ReadonlySet<Attributes>;

  constructor(rules: readonly Rule[], placeholders: Placeholders, silent: ReadonlySet<Attributes>) {
    this.#placeholders = placeholders;
    this.#silent = silent;
    this.size = rules.length;
    this.#root = nodeOf(
      rules.map((rule, order) => ({
        ready: { rule, order, tried: 0, compiled: null },
        needs: needsOf(rule.detection, this.#fields, placeholders),
      })),
      0,
    );
    const { indexes, rules: others } = this.#root;
    this.key = indexes.length === 1 && others.length === 0 ? this.#fields.names[indexes[0]!.slot]! : null;
  }

  /** Names of all fields that the rules ask for. */
  get fields(): readonly string[] {
    return this.#fields.names;
  }

  /** Whether a rule may fit a record with this value of `key`. Others need not be looked at. */
  admits(value: string | null): boolean {
    if (value === null) return this.#root.indexes[0]!.nodes.has(ABSENT);
    let admitted = this.#admitted.get(value);
    if (admitted === undefined) {
      if (this.#admitted.size >= MAX_ADMITTED) this.#admitted.clear();
      admitted = this.#root.indexes[0]!.nodes.has(this.#fields.fold(value));
      this.#admitted.set(value, admitted);
    }
    return admitted;
  }

  /** Rules that fit, in their order. Allocates nothing where none does. */
  match(record: SourceRecord): readonly Match[] {
    const fields = this.#fields;
    fields.open(record);
    this.#visit(this.#root);
    if (this.#found.length === 0) {
      fields.close();
      return NO_MATCHES;
    }
    const found = this.#found;
    if (found.length > 1) found.sort((a, b) => a.order - b.order);
    const matches: Match[] = [];
    for (const { rule, compiled } of found) {
      if (this.#silent.has(rule)) matches.push({ rule, record, fields: NO_FIELDS });
      else {
        const by = new Map<string, unknown>();
        compiled!.explain(fields, by);
        matches.push({ rule, record, fields: Object.fromEntries(by) });
      }
    }
    this.#found = [];
    fields.close();
    return matches;
  }

  #visit({ indexes, rules }: Node): void {
    for (const index of indexes) {
      const text = this.#fields.text(index.slot);
      if (text === null) this.#visitElements(index, this.#fields.read(index.slot));
      else this.#follow(index, text);
    }
    if (rules.length > 0) this.#try(rules);
  }

  #follow({ nodes, depth }: Index, text: string): void {
    let node = nodes.get(text);
    if (node === undefined) return;
    if (Array.isArray(node)) {
      node = nodeOf(node, depth + 1);
      nodes.set(text, node);
    }
    this.#visit(node);
  }

  #visitElements(index: Index, value: unknown): void {
    if (Array.isArray(value) && value.length > 0) {
      for (const one of value) this.#visitElements(index, one);
      return;
    }
    const text = textOf(value);
    // An object is neither a text nor absent.
    this.#follow(index, text === null ? ABSENT : this.#fields.fold(text));
  }

  #try(rules: readonly Ready[]): void {
    const { current } = this.#fields;
    for (const ready of rules) {
      // A list may name it twice.
      if (ready.tried === current) continue;
      ready.tried = current;
      ready.compiled ??= this.#compile(ready.rule);
      if (ready.compiled.check(this.#fields)) this.#found.push(ready);
    }
  }

  /** Rules that cannot be compiled were refused when they were read, but for what placeholders make of them: those fit nothing. */
  #compile({ detection }: Rule): Compiled {
    const compiled = compileDetection(detection, this.#fields, this.#placeholders);
    return isRefusal(compiled) ? FITS_NOTHING : compiled;
  }
}

const FITS_NOTHING: Compiled = { check: () => false, explain: () => {} };

/** Values of the field by which rules are found first that are remembered. */
const MAX_ADMITTED = 4_096;

/** So few rules are tried one by one. */
const FEW = 2;

interface Placed {
  ready: Ready;
  /** Those that are not looked up yet. */
  needs: readonly Need[];
}

/** Each rule by the field that most rules can be found by, and those that meet there by the next one. */
function nodeOf(placed: readonly Placed[], depth: number): Node {
  const rules: Ready[] = [];
  const bySlot = new Map<number, Map<string, Placed[]>>();
  const useful = usefulness(placed);
  const better = (a: Need, b: Need): number =>
    useful.get(b.slot)! - useful.get(a.slot)! || a.texts.size - b.texts.size;
  for (const { ready, needs } of placed) {
    const need = depth > 0 && placed.length <= FEW ? undefined : [...needs].sort(better)[0];
    if (need === undefined) {
      rules.push(ready);
      continue;
    }
    let texts = bySlot.get(need.slot);
    if (texts === undefined) {
      texts = new Map();
      bySlot.set(need.slot, texts);
    }
    const rest = { ready, needs: needs.filter(({ slot }) => slot !== need.slot) };
    for (const text of need.texts) {
      const same = texts.get(text);
      if (same === undefined) texts.set(text, [rest]);
      else same.push(rest);
    }
  }
  return { indexes: [...bySlot].map(([slot, nodes]) => ({ slot, nodes, depth })), rules };
}

/** How many rules can be found by a field, and between fields that are alike in that by how many different texts. */
function usefulness(placed: readonly Placed[]): ReadonlyMap<number, number> {
  const texts = new Map<number, Set<string>>();
  const rules = new Map<number, number>();
  for (const { needs } of placed) {
    for (const slot of new Set(needs.map((need) => need.slot))) rules.set(slot, (rules.get(slot) ?? 0) + 1);
    for (const { slot, texts: needed } of needs) {
      let all = texts.get(slot);
      if (all === undefined) {
        all = new Set();
        texts.set(slot, all);
      }
      for (const text of needed) all.add(text);
    }
  }
  return new Map([...texts].map(([slot, { size }]) => [slot, rules.get(slot)! + 1 - 1 / size]));
}
