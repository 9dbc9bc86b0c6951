/** Parts of times (`minute`, `hour`, `day`, `week`, `month`, `year`), in UTC: the specification converts no time zones. */

const PARTS = {
  minute: (t: Date) => t.getUTCMinutes(),
  hour: (t: Date) => t.getUTCHours(),
  day: (t: Date) => t.getUTCDate(),
  week: isoWeek,
  month: (t: Date) => t.getUTCMonth() + 1,
  year: (t: Date) => t.getUTCFullYear(),
} as const;

export type TimePart = keyof typeof PARTS;

export const isTimePart = (name: string): name is TimePart => Object.hasOwn(PARTS, name);

const DAY = 86_400_000;

/** ISO 8601: the week of a year is the one of its Thursday. */
function isoWeek(t: Date): number {
  const day = Date.UTC(t.getUTCFullYear(), t.getUTCMonth(), t.getUTCDate());
  const thursday = new Date(day + (4 - (t.getUTCDay() || 7)) * DAY);
  return Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY / 7) + 1;
}

/** Of a time in seconds since 1970, or as ISO 8601 writes it; null for what is no time. */
export function timePart(value: unknown, part: TimePart): number | null {
  const ms =
    typeof value === "number"
      ? value * 1000
      : typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value)
        ? Date.parse(value)
        : Number.NaN;
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? null : PARTS[part](time);
}
