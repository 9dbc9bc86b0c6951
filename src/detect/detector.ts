/**
 * Rules over the records of a run: a stage of its own between records and outputs, which sees what filters hold back as well. Records
 * go in, findings come out; the records themselves are not changed.
 *
 * Not handled: offers that are not complete, which are looked at when they are.
 */
import { MemoryBudget } from "../budget.js";
import {
  type CallRecord,
  DETECTION_LEVELS,
  type DetectionLevel,
  type DetectionRecord,
  type Event,
  type EventKind,
  type Note,
  SCHEMA,
  type Value,
} from "../events.js";
import { microsOf } from "../output/zeek/times.js";
import { detectionId } from "../record/ids.js";
import { Correlator } from "./correlation.js";
import type { CorrelationMatch } from "./correlation-occurrence.js";
import { type Evidence, evidenceOf, joined } from "./evidence.js";
import { Known, type NameOf } from "./known.js";
import type { Placeholders } from "./rules/modifiers.js";
import type { Attributes, Correlation, Rule } from "./rules/rule.js";
import type { RuleBook } from "./rules/rule-book.js";
import { type Match, RuleSet, type SourceRules, type Unused } from "./rules/rule-set.js";
import {
  countOf,
  cutText,
  type Ending,
  endingOf,
  endOf,
  fieldsOf,
  fill,
  finished,
  generalSentence,
  parseTemplate,
  partiesOf,
  shownValue,
  type Template,
} from "./sentence.js";
import { ASSOCIATION_FIELDS, CALL_FIELDS, OFFER_FIELDS } from "./sources/derived.js";
import { RecordSource } from "./sources/record-source.js";
import { firewallRecord } from "./sources/rpc-firewall.js";
import type { SourceRecord } from "./sources/source-record.js";
import { SOURCES } from "./sources/sources.js";
import { needsObservations, ZeekSource } from "./sources/zeek.js";

/** The level of a rule that says none. */
const DEFAULT_LEVEL: DetectionLevel = "medium";
/** Characters of a value among the fields of a finding. */
const MAX_FIELD = 4_096;
/** Seconds of the records' time between two looks for correlations whose time is over. */
const TICK_SECONDS = 30;

/** Estimated bytes of memory that all it remembers may take, where nobody says, and how much of that what is known of machines and handles may. */
const MAX_BYTES = 16 * 1024 * 1024;
const KNOWN_SHARE = 1 / 4;

const NOTHING: readonly DetectionRecord[] = [];

export interface DetectorOptions {
  rules: RuleBook;
  placeholders?: Placeholders | undefined;
  /** The least level that is reported. */
  level?: DetectionLevel | undefined;
  /** Names of interfaces and classes. */
  names?: NameOf | undefined;
  /** A record as it may be shown: sentences and fields are made of that. */
  shown?: (<E extends Event>(event: E) => E) | undefined;
  /** The input does not end: what correlations find is told at once, and again where it grew. */
  live?: boolean | undefined;
  /** Estimated bytes of memory that all it remembers may take. */
  maxBytes?: number | undefined;
}

/** What a run has to give. */
export interface Needs {
  kinds: ReadonlySet<EventKind>;
  /** What conversations do beside calls (observations.ts). */
  observations: boolean;
  /** Ids of records. */
  ids: boolean;
}

/** What is kept of a record that a correlation watches. */
interface Kept extends Evidence {
  /** Values for the sentences of correlations, as they are shown. */
  values: ReadonlyMap<string, string>;
  ending: Ending;
}

export class Detector {
  readonly needs: Needs;
  /** Rules that cannot be used: for logs that captures do not show, or without values for their placeholders. */
  readonly unused: readonly Unused[];
  readonly #rules: RuleBook;
  readonly #known: Known;
  readonly #shown: <E extends Event>(event: E) => E;
  readonly #least: number;
  readonly #live: boolean;
  readonly #budget: MemoryBudget;
  readonly #sources = new Map<string, SourceRules>();
  readonly #callRules: SourceRules | null;
  readonly #noteRules: SourceRules | null;
  readonly #calls = new RecordSource<CallRecord>(CALL_FIELDS);
  readonly #offers = new RecordSource(OFFER_FIELDS);
  readonly #associations = new RecordSource(ASSOCIATION_FIELDS);
  readonly #notes = new RecordSource([]);
  readonly #zeek: ZeekSource | null;
  readonly #correlator: Correlator<Kept>;
  /** Rules as findings name them: one for all findings of a rule. */
  readonly #ruleOf = new Map<Attributes, DetectionRecord["rule"]>();
  readonly #templates = new Map<Attributes, Template | null>();
  /** Fields that sentences of correlations name, by the rules that they watch. */
  readonly #kept = new Map<Rule | Correlation, readonly string[]>();
  /** Live: records of what correlations found, when that was told. */
  readonly #told = new Map<CorrelationMatch<Kept>, number>();
  #ticked = Number.NEGATIVE_INFINITY;
  /** A time before the next look, as records have it: most are told by the text alone that it is not yet time. */
  #tickAt = "";
  #found: DetectionRecord[] = [];
  #last: Event | null = null;
  #noted = false;

  constructor({ rules, placeholders, level, names, shown, live, maxBytes = MAX_BYTES }: DetectorOptions) {
    this.#least = level === undefined ? 0 : DETECTION_LEVELS.indexOf(level);
    this.#live = live === true;
    this.#known = new Known(names, maxBytes * KNOWN_SHARE);
    this.#budget = new MemoryBudget(maxBytes * (1 - KNOWN_SHARE));
    this.#shown = shown ?? ((event) => event);
    const used = new RuleSet(
      rules.rules.filter((rule) => this.#isWanted(rule, rules)),
      placeholders,
      rules.silent,
    );
    this.unused = [...used.withheld, ...used.unusedWith(SOURCES)];
    for (const source of SOURCES) {
      const of = used.source(source);
      if (of.size > 0) this.#sources.set(source.key, of);
    }
    this.#callRules = this.#sources.get("call") ?? null;
    this.#noteRules = this.#sources.get("note") ?? null;
    this.#rules = rules;
    this.#correlator = new Correlator<Kept>(
      rules,
      {
        began: (found) => {
          if (!this.#live) return;
          this.#told.set(found, found.records);
          this.#correlated(found);
        },
        ended: (found) => {
          const told = this.#told.get(found);
          this.#told.delete(found);
          if (told !== found.records) this.#correlated(found);
        },
      },
      this.#budget.kind("correlations"),
    );
    this.#keepFields(rules);
    const services = [...this.#sources.keys()].flatMap((key) =>
      key.startsWith("zeek/") ? [key.slice(5)] : [],
    );
    this.#zeek =
      services.length === 0
        ? null
        : new ZeekSource(new Set(services), (service, record) => this.#match(`zeek/${service}`, record));
    this.needs = this.#needed(services);
  }

  /** What a correlation says is kept of the rules that it watches, through others as well. */
  #keepFields({ correlations }: RuleBook): void {
    // Those that others watch come before them.
    for (const { correlation, watched } of [...correlations].reverse()) {
      const own = fieldsOf(this.#templateOf(correlation) ?? []);
      const fields = [...own, ...(this.#kept.get(correlation) ?? [])];
      for (const { of } of watched) {
        this.#kept.set(of, [...new Set([...(this.#kept.get(of) ?? []), ...fields])]);
      }
    }
  }

  /** Rules that are reported, or that a correlation watches. */
  #isWanted(rule: Rule, { correlations, silent }: RuleBook): boolean {
    if (!silent.has(rule) && this.#reaches(rule)) return true;
    return correlations.some(({ watched }) => watched.some(({ of }) => of === rule));
  }

  #reaches(of: Attributes): boolean {
    return DETECTION_LEVELS.indexOf(of.level ?? DEFAULT_LEVEL) >= this.#least;
  }

  #needed(services: readonly string[]): Needs {
    const kinds = new Set(SOURCES.flatMap(({ key, kinds: of }) => (this.#sources.has(key) ? of : [])));
    const asked = new Set([...this.#sources.values()].flatMap(({ fields }) => fields));
    for (const { correlation } of this.#rules.correlations) {
      for (const field of [...correlation.groupBy, ...correlation.counted]) asked.add(field);
    }
    // What machines are called and what they are for is learned from associations.
    if (kinds.size > 0 && [...asked].some((field) => OF_MACHINES.test(field))) kinds.add("association");
    const observations = services.some((service) =>
      needsObservations(service, this.#sources.get(`zeek/${service}`)!.fields),
    );
    return {
      kinds,
      observations,
      ids: asked.has("id") || asked.has("community_id") || asked.has("call_ids"),
    };
  }

  /** The findings that an event brings about; it is to be shown before them. */
  take(event: Event): readonly DetectionRecord[] {
    if (event.type === "detection" || event.type === "summary") return NOTHING;
    this.#last = event;
    this.#tick(event);
    switch (event.type) {
      case "call":
        if (mayFit(this.#callRules, "interface.uuid", event.interface.uuid)) {
          this.#match("call", this.#calls.of(event, this.#known));
        }
        if (this.#sources.has("rpc_firewall")) {
          const record = firewallRecord(event);
          if (record !== null) this.#match("rpc_firewall", record);
        }
        break;
      case "offer":
        if (!event.provisional) this.#match("offer", this.#offers.of(event, this.#known));
        break;
      case "association":
        this.#match("association", this.#associations.of(event, this.#known));
        break;
      case "note":
        if (mayFit(this.#noteRules, "code", event.code)) {
          this.#match("note", this.#notes.of(event, this.#known));
        }
        break;
    }
    this.#zeek?.push(event);
    this.#known.learn(event);
    return this.#take();
  }

  /** The input is over. */
  finish(): readonly DetectionRecord[] {
    if (this.#last !== null) this.#zeek?.finish(this.#last);
    this.#correlator.finish();
    return this.#take();
  }

  /** What was given up, once. */
  takeNotes(): readonly Note[] {
    const { lost } = this.#correlator;
    if (this.#noted || (lost === 0 && !this.#known.full)) return [];
    this.#noted = true;
    const message =
      "more is watched by rules than is remembered: correlations may have missed something, and names in findings may be missing";
    return [{ severity: "warning", code: "findings-limit", message }];
  }

  #take(): readonly DetectionRecord[] {
    const found = this.#found;
    if (found.length === 0) return NOTHING;
    this.#found = [];
    return found;
  }

  #tick(event: Event): void {
    if (event.ts === null || event.ts < this.#tickAt || this.#rules.correlations.length === 0) return;
    const now = secondsOf(event.ts);
    if (now < this.#ticked + TICK_SECONDS) return;
    this.#ticked = now;
    this.#tickAt = textBefore(now + TICK_SECONDS);
    this.#correlator.tick(now);
  }

  #match(source: string, record: SourceRecord): void {
    const matches = this.#sources.get(source)?.match(record);
    if (matches === undefined || matches.length === 0) return;
    const { event } = record;
    const evidence = evidenceOf(event);
    const shown = this.#shownRecord(source, record);
    for (const match of matches) {
      const { rule } = match;
      if (this.#rules.silent.has(rule) || !this.#reaches(rule)) continue;
      this.#report(rule, evidence, this.#sentence(rule, shown, match), this.#fields(rule, match, shown));
    }
    if (event.ts === null || !matches.some(({ rule }) => this.#kept.has(rule))) return;
    const kept = { ...evidence, values: this.#valuesOf(matches, shown), ending: endingOf(shown.event) };
    this.#correlator.add(matches, secondsOf(event.ts), kept);
    if (this.#budget.pressed) this.#budget.relieve();
  }

  /** The same record of what may be shown of its event. */
  #shownRecord(source: string, record: SourceRecord): SourceRecord {
    const event = this.#shown(record.event);
    if (event === record.event) return record;
    switch (event.type) {
      case "call":
        if (source === "call") return this.#calls.of(event, this.#known);
        return source === "rpc_firewall" ? (firewallRecord(event) ?? record) : { ...record, event };
      case "offer":
        return this.#offers.of(event, this.#known);
      case "association":
        return source === "association" ? this.#associations.of(event, this.#known) : { ...record, event };
      default:
        return { ...record, event };
    }
  }

  #sentence(rule: Rule, record: SourceRecord, { fields }: Match): string {
    const { event } = record;
    const template = this.#templateOf(rule);
    const parties: { [name: string]: string } = { ...partiesOf(event) };
    const read = (field: string): unknown => parties[field] ?? record.field(field);
    const said =
      template === null
        ? generalSentence(event, rule.title, read, Object.keys(fields), this.#known)
        : fill(template, read);
    return finished(event.type === "call" ? `${said}${endOf(event)}` : said);
  }

  #templateOf(of: Attributes): Template | null {
    let template = this.#templates.get(of);
    if (template === undefined) {
      template = of.sentence === null ? null : parseTemplate(of.sentence);
      this.#templates.set(of, template);
    }
    return template;
  }

  /** The fields that made a rule match, and those that it calls interesting. */
  #fields(rule: Rule, match: Match, record: SourceRecord): { [name: string]: Value } {
    const fields: { [name: string]: Value } = {};
    for (const name of new Set([...Object.keys(match.fields), ...rule.fields])) {
      const value = record.field(name);
      if (value !== undefined) fields[name] = bounded(value as Value);
    }
    return fields;
  }

  #valuesOf(matches: readonly Match[], record: SourceRecord): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    const parties: { [name: string]: string } = { ...partiesOf(record.event) };
    for (const { rule } of matches) {
      for (const field of this.#kept.get(rule) ?? []) {
        const value = parties[field] ?? shownValue(record.field(field));
        if (value !== "") values.set(field, value);
      }
    }
    return values;
  }

  #correlated(found: CorrelationMatch<Kept>): void {
    const { correlation, occurrences, group } = found;
    if (!this.#reaches(correlation) || occurrences.length === 0) return;
    const all = evidences(found);
    const last = occurrences.at(-1)!.evidence;
    const own: { [name: string]: unknown } = {
      count: found.count,
      records: found.records,
      values: found.values,
      ...group,
    };
    const template = this.#templateOf(correlation);
    const [what] = correlation.counted;
    const said =
      template === null
        ? `${correlation.title}: ${last.values.get("user") ?? last.user ?? last.client?.address ?? ""}`
        : fill(template, (field) => (field in own ? own[field] : last.values.get(field)));
    const endings = all.map(({ ending }) => ending);
    const sentence = finished(`${said}${countOf(found, what ?? null, endings)}`);
    this.#report(correlation, joined(all), sentence, this.#countedFields(found));
  }

  #countedFields({ group, count, records, values, correlation }: CorrelationMatch<Kept>): {
    [name: string]: Value;
  } {
    const fields: { [name: string]: Value } = { count, records };
    for (const [name, value] of Object.entries(group)) fields[name] = bounded(value as Value);
    const [counted] = correlation.counted;
    if (counted !== undefined && values.length > 0) fields[counted] = bounded(values as Value);
    return fields;
  }

  #report(
    of: Rule | Correlation,
    evidence: Evidence,
    sentence: string,
    fields: { [name: string]: Value },
  ): void {
    let rule = this.#ruleOf.get(of);
    if (rule === undefined) {
      rule = ruleOf(of);
      this.#ruleOf.set(of, rule);
    }
    const { ts, stream, file, communityId } = evidence;
    this.#found.push({
      type: "detection",
      schema: SCHEMA,
      id: this.#idOf(rule.id, evidence),
      revision: 1,
      provisional: false,
      ts,
      stream,
      file,
      community_id: communityId,
      rule,
      sentence,
      basis: evidence.basis,
      calls: [...evidence.calls],
      frames: [...evidence.frames],
      client: evidence.client,
      server: evidence.server,
      user: evidence.user,
      domain: evidence.domain,
      false_positives: [...of.falsePositives],
      fields,
    });
  }

  /** Null where records have no ids. */
  #idOf(rule: string, { calls, key, named }: Evidence): string | null {
    if (!named) return null;
    return detectionId(rule, calls.length > 0 ? [...calls].sort() : [key]);
  }
}

/** Fields that rest on what associations said before. */
const OF_MACHINES = /\.(?:names|role)$|^request\.unc_elsewhere$/;

/** Whether a rule may fit a record, by the value of the one field by which most are known to fit none. */
function mayFit(rules: SourceRules | null, key: string, value: string | null): boolean {
  return rules !== null && (rules.key !== key || rules.admits(value));
}

/** All that a correlation rests on, those of correlations within it as well. */
function evidences(found: CorrelationMatch<Kept>): Kept[] {
  return found.occurrences.flatMap(({ evidence, inner }) => (inner === null ? [evidence] : evidences(inner)));
}

function ruleOf(of: Rule | Correlation): DetectionRecord["rule"] {
  const { title, tags, level } = of;
  const id = of.id ?? of.name ?? title;
  return { id, title, level: level ?? DEFAULT_LEVEL, tags: [...tags], techniques: techniquesOf(tags) };
}

function techniquesOf(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => {
    const technique = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1];
    return technique === undefined ? [] : [technique.toUpperCase()];
  });
}

/** Seconds since 1970; what is finer than a microsecond is cut. */
function secondsOf(ts: string): number {
  const micros = microsOf(ts);
  return Number.isNaN(micros) ? 0 : micros / 1e6;
}

/** A time in whole seconds as the text with which times of records begin; "" where years have other than four digits. */
function textBefore(seconds: number): string {
  const at = new Date(Math.floor(seconds) * 1000);
  const text = Number.isNaN(at.getTime()) ? "" : at.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 19) : "";
}

/** A value as it stands in a finding: long texts are cut, and what is larger still is its text. */
function bounded(value: Value): Value {
  if (typeof value === "string") return cutText(value, MAX_FIELD);
  if (value === null || typeof value !== "object") return value;
  const text = JSON.stringify(value);
  return text.length <= MAX_FIELD ? value : cutText(text, MAX_FIELD);
}
