/**
 * Findings as text: the paragraph above everything else, by rule, of which only the first are shown and the others counted; one by
 * one where that is what was asked for, or as they happen.
 */

import { DETECTION_LEVELS, type DetectionLevel, type DetectionRecord } from "../events.js";
import { counted, cutAt, grouped, hostPort } from "./format.js";
import type { Lines } from "./lines.js";
import type { Style } from "./paint.js";
import { framesText, type Spelling } from "./spelling.js";

/** Findings of one rule that are shown in the paragraph. */
const SHOWN_OF_RULE = 3;
/** Findings that are held back; of more only the number is known. */
const HELD = 5_000;
/** Rules that a paragraph tells apart. */
const HELD_RULES = 1_000;
/** A column for `informational`. */
const LEVEL_COLUMNS = 13;

const STYLES: { readonly [level in DetectionLevel]: Style } = {
  critical: "bad",
  high: "bad",
  medium: "warn",
  low: "dim",
  informational: "dim",
};

export function levelStyle({ rule }: DetectionRecord): Style {
  return STYLES[rule.level];
}

/** How grave it is, as a number. */
export function rankOf({ rule }: Pick<DetectionRecord, "rule">): number {
  return DETECTION_LEVELS.indexOf(rule.level);
}

/** What has no time comes first. */
export function byTime({ ts: a }: DetectionRecord, { ts: b }: DetectionRecord): number {
  const [x, y] = [a ?? "", b ?? ""];
  return x < y ? -1 : x > y ? 1 : 0;
}

interface OfRule {
  rule: DetectionRecord["rule"];
  harmless: readonly string[];
  found: DetectionRecord[];
  count: number;
}

/** The findings of a run, as much of them as is shown. */
export class FindingBook {
  readonly #ofRule: number;
  readonly #rules = new Map<string, OfRule>();
  readonly #counts = new Map<DetectionLevel, number>();
  #held = 0;
  #others = 0;

  /** `full`: all of them are shown. */
  constructor(full: boolean) {
    this.#ofRule = full ? Number.POSITIVE_INFINITY : SHOWN_OF_RULE;
  }

  get size(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  add(finding: DetectionRecord): void {
    const { rule } = finding;
    this.#counts.set(rule.level, (this.#counts.get(rule.level) ?? 0) + 1);
    let of = this.#rules.get(rule.id);
    if (of === undefined) {
      if (this.#rules.size >= HELD_RULES) {
        this.#others++;
        return;
      }
      of = { rule, harmless: finding.false_positives, found: [], count: 0 };
      this.#rules.set(rule.id, of);
    }
    of.count++;
    if (of.found.length >= this.#ofRule || this.#held >= HELD) return;
    of.found.push(finding);
    this.#held++;
  }

  /** `1 critical, 2 high`; "" where there are none. */
  countText(): string {
    return [...DETECTION_LEVELS]
      .reverse()
      .flatMap((level) => {
        const count = this.#counts.get(level);
        return count === undefined ? [] : [`${grouped(count)} ${level}`];
      })
      .join(", ");
  }

  /** The paragraph, the gravest first; nothing where nothing was found. */
  show(lines: Lines, heading: string): void {
    if (this.size === 0) return;
    lines.line(0, ["title", `${heading}: ${this.countText()}`]);
    for (const { rule, found, count, harmless } of this.#ordered()) {
      const style = STYLES[rule.level];
      lines.line(
        2,
        [style, rule.level.padEnd(LEVEL_COLUMNS)],
        " ",
        ["title", rule.title],
        ...techniques(rule),
      );
      for (const finding of found.sort(byTime)) findingLines(lines, finding);
      if (count > found.length) lines.line(4, ["dim", `… ${cutAt(count - found.length, "finding")}`]);
      if (harmless.length > 0) lines.paragraph(4, harmlessText(harmless), "dim", 2);
    }
    if (this.#others > 0) lines.line(2, ["dim", `… ${counted(this.#others, "finding")} of other rules`]);
    lines.blank();
  }

  #ordered(): OfRule[] {
    const first = ({ found }: OfRule): string => found[0]?.ts ?? "";
    return [...this.#rules.values()].sort((a, b) => {
      const graver = rankOf(b) - rankOf(a);
      return graver !== 0 ? graver : first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : 0;
    });
  }
}

function techniques({ techniques: of }: DetectionRecord["rule"]): (readonly [Style, string])[] {
  return of.length === 0 ? [] : [["dim", `  ${of.join(" ")}`]];
}

function harmlessText(harmless: readonly string[]): string {
  return `false positives: ${harmless.join("; ")}`;
}

/** The sentence, and where it comes from. */
function findingLines(lines: Lines, finding: DetectionRecord): void {
  const { spelling } = lines;
  const time = finding.ts === null ? "" : `${spelling.time(finding.ts, finding.frames[0] ?? null)}  `;
  lines.paragraph(4, `${time}${finding.sentence}`, null, 2);
  lines.paragraph(6, whereText(finding, spelling), "dim", 2);
}

/** `conversation 3, frames 14-15, 10.0.0.5:49712 → 10.0.0.9:445, inferred`. */
function whereText(finding: DetectionRecord, spelling: Spelling): string {
  const { client, server, stream, frames, basis, file } = finding;
  const ends = [client, server].map((end) =>
    end === null ? "several" : `${hostPort(end.address, end.port)}${spelling.beside(end.address)}`,
  );
  return [
    ...(stream === null ? [] : [`conversation ${stream}`]),
    ...(frames.length === 0 ? [] : [framesText(spelling, frames)]),
    ...(client === null && server === null ? [] : [ends.join(" → ")]),
    ...(basis === "inferred" ? ["inferred"] : []),
    ...(file === null ? [] : [file]),
  ].join(", ");
}

/** One finding as it happens. */
export function findingNews(lines: Lines, finding: DetectionRecord): void {
  const { rule } = finding;
  lines.line(0, [STYLES[rule.level], `finding, ${rule.level}: `], ["title", rule.title], ...techniques(rule));
  findingLines(lines, finding);
}

/** Findings and nothing else: a paragraph each, the gravest first and then in order of time. */
export class FindingList {
  readonly #live: boolean;
  #found: DetectionRecord[] = [];
  #more = 0;

  constructor(live: boolean) {
    this.#live = live;
  }

  add(lines: Lines, finding: DetectionRecord): void {
    if (this.#live) paragraphOf(lines, finding);
    else if (this.#found.length < HELD) this.#found.push(finding);
    else this.#more++;
  }

  finish(lines: Lines): void {
    this.#found.sort((a, b) => rankOf(b) - rankOf(a) || byTime(a, b));
    for (const finding of this.#found) paragraphOf(lines, finding);
    if (this.#more > 0) {
      lines.line(0, ["warn", `… ${counted(this.#more, "finding")} more: -T ndjson has all of them`]);
    }
    this.#found = [];
  }
}

function paragraphOf(lines: Lines, finding: DetectionRecord): void {
  const { rule, ts, false_positives: harmless } = finding;
  const day = ts === null || !lines.spelling.ofDay ? "" : `${lines.spelling.day(ts)} `;
  const time = ts === null ? "" : `${day}${lines.spelling.time(ts, finding.frames[0] ?? null)}  `;
  lines.line(0, [STYLES[rule.level], rule.level], "  ", ["title", rule.title], ...techniques(rule));
  lines.paragraph(2, `${time}${finding.sentence}`, null, 2);
  lines.paragraph(2, whereText(finding, lines.spelling), "dim", 2);
  if (harmless.length > 0) lines.paragraph(2, harmlessText(harmless), "dim", 2);
  lines.blank();
}
