/**
 * Correlations of the Sigma specification: records that match rules, counted and set in order by group and time. Time is
 * that of the records. Memory is bounded by what each window needs, by the number of groups, and by the run's budget.
 *
 * Records that lack a field that is grouped by belong to no group. Values are the same where they differ in case alone.
 * A record that matches several rules of one `event_count` is one record.
 */

import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import { Oldest } from "../oldest.js";
import {
  bytesOf,
  type CorrelationMatch,
  fulfils,
  type Incoming,
  MAX_OCCURRENCES,
  MAX_VALUES,
  type Occurrence,
  plain,
  type SlidingWindow,
  threshold,
} from "./correlation-occurrence.js";
import { WholeWindow } from "./correlation-whole.js";
import { slidingWindow } from "./correlation-window.js";
import { textOf } from "./rules/fields.js";
import { fold } from "./rules/fold.js";
import type { Correlation, CorrelationType, Rule } from "./rules/rule.js";
import type { LinkedCorrelation, RuleBook } from "./rules/rule-book.js";
import type { Match } from "./rules/rule-set.js";

/** Told of what correlations find. Those that only serve others are not told. */
export interface CorrelationSink<E> {
  /** It grows from here on. */
  began(found: CorrelationMatch<E>): void;
  ended(found: CorrelationMatch<E>): void;
}

/** Groups that one correlation keeps. */
const MAX_GROUPS = 16_384;
/** Searches in one timespan for groups whose time is over; and groups that are looked at for one record, at most. */
const SWEEPS = 8;
const SWEPT_PER_RECORD = 4;
/** The part of the groups that is given up at once. */
const GIVEN_UP = 4;

/** Values of fields of what happened. */
type Read = (field: string) => unknown;

/** What a correlation tells those that watch it. */
type Tell<E> = (found: CorrelationMatch<E>, cause: Cause<E>, again: boolean) => void;

/** The record by which something became true. */
interface Cause<E> {
  time: number;
  record: number;
  evidence: E;
  read: Read;
}

export class Correlator<E> {
  readonly #watches: Watch<E>[] = [];
  readonly #watchers = new Map<Rule | Correlation, { watch: Watch<E>; index: number }[]>();
  #records = 0;

  /** `kind`: what all state is charged to. */
  constructor(
    book: Pick<RuleBook, "correlations" | "silent">,
    sink: CorrelationSink<E>,
    kind: Kind = unlimited(),
  ) {
    for (const linked of book.correlations) {
      const { correlation, watched } = linked;
      const reported = book.silent.has(correlation) ? null : sink;
      const watch = new Watch<E>(linked, reported, kind, (found, cause, again) =>
        this.#chain(found, cause, again),
      );
      this.#watches.push(watch);
      watched.forEach(({ of }, index) => {
        const watchers = this.#watchers.get(of);
        if (watchers === undefined) this.#watchers.set(of, [{ watch, index }]);
        else watchers.push({ watch, index });
      });
    }
  }

  /** Groups that were given up before their time was over. */
  get lost(): number {
    return this.#watches.reduce((sum, watch) => sum + watch.lost, 0);
  }

  get groups(): number {
    return this.#watches.reduce((sum, watch) => sum + watch.size, 0);
  }

  /** Takes in what one record matches. `evidence`: what is kept of it. */
  add(matches: readonly Match[], time: number, evidence: E): void {
    if (matches.length === 0 || this.#watches.length === 0) return;
    const record = ++this.#records;
    for (const { rule, record: source } of matches) {
      const watchers = this.#watchers.get(rule);
      if (watchers === undefined) continue;
      const cause: Cause<E> = { time, record, evidence, read: (field) => source.field(field) };
      for (const { watch, index } of watchers) watch.add(rule, index, cause, null);
    }
  }

  /** Time has gone by, whether or not anything matched. */
  tick(time: number): void {
    for (const watch of this.#watches) watch.sweep(time);
  }

  /** The input is over: all that is open ends. */
  finish(): void {
    for (const watch of this.#watches) watch.finish();
  }

  #chain(inner: CorrelationMatch<E>, cause: Cause<E>, again: boolean): void {
    const { correlation, group } = inner;
    const read: Read = (field) => (Object.hasOwn(group, field) ? group[field] : cause.read(field));
    for (const { watch, index } of this.#watchers.get(correlation) ?? []) {
      // One episode is counted once; that it goes on matters for what comes behind it.
      if (again && watch.counts) continue;
      watch.add(correlation, index, { ...cause, read }, inner);
    }
  }
}

interface Group<E> {
  key: string;
  values: { readonly [name: string]: unknown };
  newest: number;
  /** The last record that came in. */
  record: number;
  sliding: SlidingWindow<E> | null;
  whole: WholeWindow<E> | null;
  episode: Episode<E> | null;
  bytes: number;
}

/** A finding that still grows. */
interface Episode<E> {
  found: CorrelationMatch<E>;
  /** When the condition was true last. */
  held: number;
  /** Values and rules that were counted. */
  values: Set<string>;
  rules: Set<Rule | Correlation>;
  bytes: number;
}

/** One correlation with its groups. */
class Watch<E> implements Holder {
  readonly stream = null;
  readonly #correlation: Correlation;
  readonly #sink: CorrelationSink<E> | null;
  readonly #tell: Tell<E>;
  readonly #account: Account;
  /** Fields of each watched rule, aliases resolved; null for an alias that says nothing of the rule. */
  readonly #grouped: readonly (readonly (string | null)[])[];
  readonly #counted: readonly (readonly (string | null)[])[];
  /** Null where the count has to be final. */
  readonly #least: number | null;
  /** The group that was used longest ago comes first. */
  readonly #groups = new Map<string, Group<E>>();
  readonly #oldest = new Oldest(this.#groups);
  #sweepAt = Number.NEGATIVE_INFINITY;
  #sinceSweep = 0;
  /** The latest record, by which a window that nothing ended is judged. */
  #last: Cause<E> | null = null;
  lost = 0;

  constructor(
    { correlation, watched }: LinkedCorrelation,
    sink: CorrelationSink<E> | null,
    kind: Kind,
    tell: Tell<E>,
  ) {
    this.#correlation = correlation;
    this.#sink = sink;
    this.#tell = tell;
    this.#account = kind.open(this);
    this.#least = threshold(correlation.bounds);
    const fields = (names: readonly string[]): (string | null)[][] =>
      watched.map(({ aliases }) =>
        names.map((name) => (Object.hasOwn(correlation.aliases, name) ? (aliases.get(name) ?? null) : name)),
      );
    this.#grouped = fields(correlation.groupBy);
    this.#counted = fields(correlation.counted);
  }

  get size(): number {
    return this.#groups.size;
  }

  /** It counts records or values, not which rules there are. */
  get counts(): boolean {
    const { type } = this.#correlation;
    return type === "event_count" || type === "value_count";
  }

  add(of: Rule | Correlation, index: number, cause: Cause<E>, inner: CorrelationMatch<E> | null): void {
    const { time, record, evidence, read } = cause;
    this.#last = cause;
    if (this.#isSweepDue(time)) this.sweep(time);
    const values = readAll(this.#grouped[index]!, read);
    const key = values === null ? null : keyOf(values);
    if (values === null || key === null) return;
    for (const { value, shown } of this.#valuesOf(index, read)) {
      const one: Incoming<E> = { of, time, evidence, inner, shown, index, record, value };
      const group = this.#group(key, values, time);
      if (this.#correlation.type === "event_count" && group.record === record) continue;
      group.record = record;
      group.newest = Math.max(group.newest, time);
      if (this.#least === null) this.#addWhole(group, one, cause);
      else this.#addSliding(group, one, cause);
      this.#charge(group);
    }
  }

  /** What is counted: one value for each element where the only field is a list. */
  #valuesOf(index: number, read: Read): { value: string; shown: string }[] {
    const fields = this.#counted[index]!;
    if (fields.length === 0) return [{ value: "", shown: "" }];
    const values = readAll(fields, read);
    if (values === null) return [];
    const each = values.length === 1 && Array.isArray(values[0]) ? values[0].map((one) => [one]) : [values];
    return each.flatMap((one) => {
      const value = keyOf(one);
      return value === null
        ? []
        : [{ value, shown: one.map((part) => textOf(part) ?? JSON.stringify(part)).join(", ") }];
    });
  }

  #group(key: string, values: readonly unknown[], time: number): Group<E> {
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= MAX_GROUPS) this.#drop(1, time);
      const names = this.#correlation.groupBy;
      group = {
        key,
        values: Object.fromEntries(names.map((name, i) => [name, values[i]])),
        newest: time,
        record: 0,
        sliding: null,
        whole: null,
        episode: null,
        bytes: 0,
      };
    } else this.#groups.delete(key);
    this.#groups.set(key, group);
    return group;
  }

  #addSliding(group: Group<E>, one: Incoming<E>, cause: Cause<E>): void {
    const { type, timespan } = this.#correlation;
    if (group.episode !== null && one.time - group.episode.held > timespan) this.#end(group);
    group.sliding ??= slidingWindow<E>(type, this.#least!, timespan);
    const holds = group.sliding.add(one);
    const { episode } = group;
    if (episode === null) {
      if (!holds) return;
      const found = this.#begin(group, group.sliding.occurrences(), one.time, group.sliding.values());
      found.first = Math.min(found.first, group.sliding.start);
      found.records = Math.max(found.records, group.sliding.count);
      if (type === "event_count") found.count = found.records;
      this.#sink?.began(found);
      this.#tell(found, cause, false);
      return;
    }
    grow(episode, plain(one), type);
    if (!holds) return;
    episode.held = Math.max(episode.held, one.time);
    this.#tell(episode.found, cause, true);
  }

  #begin(
    group: Group<E>,
    occurrences: readonly Occurrence<E>[],
    held: number,
    values: Iterable<Occurrence<E>>,
  ): CorrelationMatch<E> {
    const found: CorrelationMatch<E> = {
      correlation: this.#correlation,
      group: group.values,
      first: held,
      last: held,
      count: 0,
      records: 0,
      occurrences: [],
      values: [],
      open: true,
      cut: false,
    };
    const episode: Episode<E> = { found, held, values: new Set(), rules: new Set(), bytes: 0 };
    for (const one of occurrences) grow(episode, one, this.#correlation.type);
    for (const one of values) addValue(episode, one);
    if (this.#correlation.type === "value_count") found.count = episode.values.size;
    group.episode = episode;
    return found;
  }

  #end(group: Group<E>): void {
    const found = group.episode?.found;
    group.episode = null;
    if (found === undefined) return;
    found.open = false;
    this.#sink?.ended(found);
  }

  #addWhole(group: Group<E>, one: Incoming<E>, cause: Cause<E>): void {
    const { type, timespan } = this.#correlation;
    if (group.whole !== null && one.time - group.whole.start > timespan) this.#decide(group, cause, false);
    group.whole ??= new WholeWindow<E>(one.time, type);
    group.whole.add(one);
  }

  /** The window is over. */
  #decide(group: Group<E>, cause: Cause<E>, cut: boolean): void {
    const { whole } = group;
    group.whole = null;
    if (whole === null || !fulfils(whole.count, this.#correlation.bounds)) return;
    const occurrences = whole.occurrences();
    const found = this.#begin(group, occurrences, occurrences[0]!.time, []);
    Object.assign(found, { count: whole.count, records: whole.events, values: whole.values, cut });
    this.#sink?.began(found);
    const { time, evidence } = occurrences.at(-1)!;
    this.#tell(found, { time, evidence, record: cause.record, read: () => undefined }, false);
    this.#end(group);
  }

  #charge(group: Group<E>): void {
    const { key, sliding, whole, episode } = group;
    const bytes = 4 * key.length + (sliding?.bytes ?? 0) + (whole?.bytes ?? 0) + (episode?.bytes ?? 0);
    if (bytes !== group.bytes) this.#account.charge(bytes - group.bytes);
    group.bytes = bytes;
  }

  /** Times may jump to and fro: a search has to be worth it. */
  #isSweepDue(time: number): boolean {
    if (++this.#sinceSweep * SWEPT_PER_RECORD < this.#groups.size) return false;
    return time >= this.#sweepAt || time < this.#sweepAt - this.#correlation.timespan;
  }

  /** Ends what is over at this time. */
  sweep(time: number): void {
    const { timespan } = this.#correlation;
    this.#sweepAt = time + timespan / SWEEPS;
    this.#sinceSweep = 0;
    for (const group of this.#groups.values()) {
      if (group.episode !== null && time - group.episode.held > timespan) this.#end(group);
      if (group.whole !== null && this.#last !== null && time - group.whole.start > timespan) {
        this.#decide(group, this.#last, false);
      }
      if (group.episode === null && group.whole === null && time - group.newest > 2 * timespan)
        this.#forget(group);
      else this.#charge(group);
    }
  }

  #forget(group: Group<E>): void {
    this.#groups.delete(group.key);
    this.#account.charge(-group.bytes);
  }

  giveUp(): void {
    this.#drop(Math.max(1, Math.floor(this.#groups.size / GIVEN_UP)), null);
  }

  /** The oldest groups. What they found so far is told. */
  #drop(count: number, time: number | null): void {
    for (const key of this.#oldest.some(count)) {
      const group = this.#groups.get(key);
      if (group === undefined) continue;
      if (time === null || time - group.newest <= this.#correlation.timespan) this.lost++;
      this.#end(group);
      this.#forget(group);
    }
  }

  finish(): void {
    const last = this.#last;
    for (const group of this.#groups.values()) {
      this.#end(group);
      if (last !== null && group.whole !== null) {
        this.#decide(group, last, last.time - group.whole.start <= this.#correlation.timespan);
      }
    }
    this.#groups.clear();
    this.#account.close();
  }
}

/** A further occurrence belongs to the finding. */
function grow<E>(episode: Episode<E>, one: Occurrence<E>, type: CorrelationType): void {
  const { found, values, rules } = episode;
  found.records++;
  found.first = Math.min(found.first, one.time);
  found.last = Math.max(found.last, one.time);
  if (found.occurrences.length < MAX_OCCURRENCES) {
    found.occurrences.push(one);
    episode.bytes += bytesOf(one);
  }
  rules.add(one.of);
  if (type === "value_count") addValue(episode, one);
  found.count = type === "event_count" ? found.records : type === "value_count" ? values.size : rules.size;
}

function addValue<E>(episode: Episode<E>, { value, shown }: Occurrence<E>): void {
  const { found, values } = episode;
  if (values.size >= MAX_VALUES || values.has(value)) return;
  values.add(value);
  found.values.push(shown);
  episode.bytes += VALUE_BYTES + 2 * (value.length + shown.length);
}

/** Estimated memory of a value beside its text. */
const VALUE_BYTES = 100;

/** Null where one of the fields is missing. */
function readAll(fields: readonly (string | null)[], read: Read): unknown[] | null {
  const values: unknown[] = [];
  for (const field of fields) {
    const value = field === null ? undefined : read(field);
    if (value === undefined || value === null) return null;
    values.push(value);
  }
  return values;
}

/** The same for values that differ in case alone; null for what is no value. */
function keyOf(values: readonly unknown[]): string | null {
  let key = "";
  for (const value of values) {
    const text = Array.isArray(value) ? keyOf(value) : textOf(value);
    if (text === null) return null;
    const folded = fold(text);
    key += `${folded.length}:${folded}`;
  }
  return key;
}
