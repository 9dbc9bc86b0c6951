/** What is in sight of a time line, and how times are written along it. No DOM in here. */
import type { Span } from "./time-index.js";

/** The least that can be in sight, in seconds. */
const LEAST = 20e-6;
/** What is left free on both sides of everything, as a part of it. */
const MARGIN = 0.02;

/** All of it, with a margin. */
export function wholeOf(first: number, last: number): Span {
  if (!(last >= first)) return { from: 0, to: 1 };
  const length = Math.max(last - first, 0.001);
  return { from: first - length * MARGIN, to: last + length * MARGIN };
}

/** Nearer or further (`by` below or above 1), with what is at `at` staying where it is; never beyond the whole. */
export function zoomed(span: Span, whole: Span, by: number, at: number): Span {
  const length = Math.min(whole.to - whole.from, Math.max(LEAST, (span.to - span.from) * by));
  const part = (at - span.from) / (span.to - span.from);
  return moved({ from: at - part * length, to: at - part * length + length }, whole, 0);
}

/** Later or earlier by so many seconds, as far as there is something. */
export function moved(span: Span, whole: Span, by: number): Span {
  const length = span.to - span.from;
  const from = Math.max(whole.from, Math.min(span.from + by, whole.to - length));
  return { from, to: from + length };
}

/** So that a time is in sight; the same where it is. */
export function shown(span: Span, whole: Span, at: number): Span {
  const length = span.to - span.from;
  const edge = length * 0.05;
  if (at >= span.from + edge && at <= span.to - edge) return span;
  return moved({ from: at - length / 2, to: at + length / 2 }, whole, 0);
}

const STEPS: readonly number[] = [
  ...[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1].flatMap((step) => [step, step * 2, step * 5]),
  ...[1, 2, 5, 10, 15, 30],
  ...[60, 120, 300, 600, 900, 1800],
  ...[3600, 7200, 10_800, 21_600, 43_200],
  ...[1, 2, 7, 14, 30, 91, 365, 1_825, 3_650].map((days) => days * 86_400),
];

export interface Tick {
  at: number;
  text: string;
}

/** Round times in sight, at least `apart` pixels from each other. */
export function ticksOf(base: number, { from, to }: Span, width: number, apart = 96): Tick[] {
  const least = ((to - from) * apart) / Math.max(1, width);
  const step = STEPS.find((it) => it >= least) ?? least;
  const ticks: Tick[] = [];
  // Counted in steps since the day's beginning, so that sums of fractions do not drift.
  const day = Math.floor(base / 86_400) * 86_400;
  const offset = base - day;
  const first = Math.ceil((from + offset) / step);
  for (let n = first; n * step - offset <= to && ticks.length < 1_000; n++) {
    ticks.push({ at: n * step - offset, text: tickText(day, n * step, step) });
  }
  return ticks;
}

function tickText(day: number, since: number, step: number): string {
  const whole = Math.floor(since + step / 1_000);
  const iso = isoOf(day + whole);
  if (step >= 86_400) return iso.slice(0, 10);
  if (step >= 60) return iso.slice(11, 16);
  if (step >= 1) return iso.slice(11, 19);
  const digits = Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
  const fraction = Math.max(0, Math.round((since - whole) * 10 ** digits));
  return `${iso.slice(11, 19)}.${String(fraction).padStart(digits, "0")}`;
}

/** The moment at a place, in UTC, as exactly as a pixel is. */
export function momentText(base: number, at: number): string {
  return isoOf(base + at)
    .replace("T", " ")
    .slice(0, 23);
}

/** The calendar's ends stand for what is beyond them. */
function isoOf(seconds: number): string {
  const most = 8.64e12;
  return new Date(
    Math.max(-6.2e10, Math.min(most, Number.isFinite(seconds) ? seconds : 0)) * 1000,
  ).toISOString();
}
