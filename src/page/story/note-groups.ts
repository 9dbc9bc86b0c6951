/** Notes by code, and findings by level, with counts that add up. No DOM in here. */
import type { NoteRecord, OfferRecord, Severity, SummaryRecord } from "../../events.js";
import type { Finding } from "../../view/model.js";

export interface NoteGroup {
  code: string;
  /** The gravest of those that are listed; null where none is. */
  severity: Severity | null;
  listed: readonly NoteRecord[];
  /** How many stand at offers, and by which of them. */
  offers: readonly { index: number; message: string }[];
  /** How many the calls have; null while the run goes on. */
  calls: number | null;
  /** All of them; while the run goes on those that are known. */
  total: number;
}

const GRAVITY: { readonly [severity in Severity]: number } = { info: 1, warning: 2, error: 3 };

/** The gravest first, then the most frequent. The summary counts reported notes, and those of offers and of calls. */
export function groupNotes(
  notes: readonly NoteRecord[],
  offers: readonly OfferRecord[],
  summary: SummaryRecord | null,
): NoteGroup[] {
  const groups = new Map<
    string,
    { listed: NoteRecord[]; offers: { index: number; message: string }[]; severity: Severity | null }
  >();
  const of = (code: string) => {
    let group = groups.get(code);
    if (group === undefined) {
      group = { listed: [], offers: [], severity: null };
      groups.set(code, group);
    }
    return group;
  };
  const graver = (a: Severity | null, b: Severity): Severity =>
    a !== null && GRAVITY[a] >= GRAVITY[b] ? a : b;
  for (const note of notes) {
    const group = of(note.code);
    group.listed.push(note);
    group.severity = graver(group.severity, note.severity);
  }
  for (const [index, { notes: said }] of offers.entries()) {
    for (const { code, message, severity } of said) {
      const group = of(code);
      group.offers.push({ index, message });
      group.severity = graver(group.severity, severity);
    }
  }
  for (const code of Object.keys(summary?.notes ?? {})) of(code);
  return [...groups]
    .map(([code, { listed, offers: at, severity }]) => {
      const known = listed.length + at.length;
      const all = summary === null || !Object.hasOwn(summary.notes, code) ? null : summary.notes[code]!;
      const calls = all === null ? null : Math.max(0, all - known);
      return { code, severity, listed, offers: at, calls, total: Math.max(known, all ?? 0) };
    })
    .sort(
      (a, b) =>
        (b.severity === null ? 0 : GRAVITY[b.severity]) - (a.severity === null ? 0 : GRAVITY[a.severity]) ||
        b.total - a.total ||
        (a.code < b.code ? -1 : 1),
    );
}

/** Where the notes of a code stand, as a clause that adds up: `3: 1 below, 2 of calls`; "" where all are below. */
export function whereText({ listed, offers, calls, total }: NoteGroup): string {
  const parts = [
    ...(listed.length > 0 ? [`${listed.length} below`] : []),
    ...(offers.length > 0 ? [`${offers.length} of ${offers.length === 1 ? "an offer" : "offers"}`] : []),
    ...(calls !== null && calls > 0 ? [`${calls} of ${calls === 1 ? "a call" : "calls"}`] : []),
  ];
  return parts.length > 1 ? `${total}: ${parts.join(", ")}` : "";
}

/** Codes that say why something stayed encrypted; what keys were given for is told by the summary. */
const SEALED: ReadonlySet<string> = new Set([
  "no-key",
  "no-matching-user",
  "wrong-password",
  "wrong-key",
  "bind-not-captured",
  "unsupported-mechanism",
  "cipher-state-lost",
]);
/** Codes of what was not looked into. */
const NOT_LOOKED_INTO: ReadonlySet<string> = new Set([
  "smb-encrypted",
  "smb-compressed",
  "encrypted-frames",
  "rpc-over-http",
]);
/** Conversations that are named for a reason. */
const NAMED = 8;

export interface Reason {
  message: string;
  /** How often it was met, and where first. */
  count: number;
  frame: number | null;
  streams: readonly number[];
  more: number;
}

/** Why traffic was not decoded, as notes say it, each reason once. */
export function reasonsOf(notes: readonly NoteRecord[], summary: SummaryRecord): Reason[] {
  const reasons = new Map<string, Reason & { streams: number[] }>();
  for (const { code, message, frame, stream } of notes) {
    if (!(NOT_LOOKED_INTO.has(code) || (summary.keys === null && SEALED.has(code)))) continue;
    let reason = reasons.get(message);
    if (reason === undefined) {
      reason = { message, count: 0, frame, streams: [], more: 0 };
      reasons.set(message, reason);
    }
    reason.count++;
    if (stream === null || reason.streams.includes(stream)) continue;
    if (reason.streams.length < NAMED) reason.streams.push(stream);
    else reason.more++;
  }
  return [...reasons.values()];
}

/** Sigma's levels, the gravest first; others come behind them. */
const FINDING_LEVELS = ["critical", "high", "medium", "low", "informational"] as const;

export interface FindingGroup {
  level: string;
  findings: readonly { finding: Finding; index: number }[];
}

export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const groups = new Map<string, { finding: Finding; index: number }[]>();
  for (const level of FINDING_LEVELS) groups.set(level, []);
  for (const [index, finding] of findings.entries()) {
    const { level } = finding.rule;
    const group = groups.get(level);
    if (group === undefined) groups.set(level, [{ finding, index }]);
    else group.push({ finding, index });
  }
  return [...groups]
    .filter(([, list]) => list.length > 0)
    .map(([level, list]) => ({ level, findings: list }));
}

/** An expression of -Y for calls with a note; a code is made of letters, digits and hyphens. */
export function noteFilter(code: string): string | null {
  return /^[a-z0-9-]+$/.test(code) ? `notes.exists(n, n.code == "${code}")` : null;
}
