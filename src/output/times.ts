/**
 * Times as a person wants them: as tshark prints them for the same letter of -t, or by default the time of day in UTC. All
 * are made of the [RFC 3339] times of records, with all digits that these have. NDJSON is not concerned: it stays in UTC.
 */

/** As in `tshark -t`: date and time, time, since the first frame, since the frame before, since 1970, time in UTC. */
export const TIME_FORMATS = ["ad", "a", "r", "d", "e", "u"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** What times may be relative to. */
export interface Clock {
  /** The time of the run's first frame, decoded or not; null before it. */
  first(): string | null;
  /** The time of the frame before this one, by its number or else its time; null where nobody knows it any more. */
  before(ts: string, frame: number | null): string | null;
}

export interface Times {
  /** What stands at the beginning of a line. */
  time(ts: string, frame?: number | null): string;
  /** The day that a time is on. */
  day(ts: string): string;
  /** A moment in a sentence: the day and the zone are said where the format does not say them. */
  moment(ts: string): string;
  /** The whole of a run, `from` and `to`. */
  span(from: string, to: string): string;
  /** A time is a time of day, so that its day has to be said once. */
  readonly ofDay: boolean;
  /** Columns of a time at most, with six digits; null where a column is as wide as ever. */
  readonly columns: number | null;
}

const SECOND = 1_000_000_000n;
/** Date and time without their fraction and zone. */
const WHOLE = 19;

/** Date of an [RFC 3339] time. */
const dateOf = (ts: string): string => ts.slice(0, ts.indexOf("T"));
const timeOf = (ts: string): string => ts.slice(ts.indexOf("T") + 1, ts.endsWith("Z") ? -1 : ts.length);

/** The time of day in UTC, under the day. */
export const UTC_TIMES: Times = {
  time: timeOf,
  day: dateOf,
  moment: (ts) => ts.replace("T", " ").replace(/Z$/, " UTC"),
  span: (from, to) => `from ${from} to ${to}`,
  ofDay: true,
  columns: null,
};

/** The same in the zone of this machine. */
const LOCAL_TIMES: Times = {
  time: (ts) => timeOf(localOf(ts)),
  day: (ts) => dateOf(localOf(ts)),
  moment: (ts) => `${localOf(ts).replace("T", " ")} ${zoneOf(ts)}`,
  span: (from, to) => `from ${LOCAL_TIMES.moment(from)} to ${LOCAL_TIMES.moment(to)}`,
  ofDay: true,
  columns: null,
};

/** `local`: days, and times where nothing else is asked for, are those of this machine's zone. */
export function timesFor(format: TimeFormat | null, local: boolean, clock: Clock): Times {
  const base = local ? LOCAL_TIMES : UTC_TIMES;
  switch (format) {
    case null:
      return base;
    case "a":
      return LOCAL_TIMES;
    case "u":
      return UTC_TIMES;
    case "ad":
      return {
        ...LOCAL_TIMES,
        time: (ts) => localOf(ts).replace("T", " "),
        ofDay: false,
        columns: 26,
      };
    case "e":
      return elapsed(base, (ts) => nanosOf(ts), 17);
    case "r":
      return elapsed(base, (ts) => since(clock.first(), ts), 12);
    case "d":
      return elapsed(base, (ts, frame) => since(clock.before(ts, frame), ts), 12);
  }
}

/** Times that are a number of seconds. */
function elapsed(
  base: Times,
  nanos: (ts: string, frame: number | null) => bigint | null,
  columns: number,
): Times {
  const time = (ts: string, frame: number | null = null): string => {
    const value = nanos(ts, frame);
    return value === null ? "?" : seconds(value, digitsOf(ts));
  };
  return {
    ...base,
    time,
    moment: (ts) => time(ts),
    span: (from, to) => `from ${time(from)} to ${time(to)}`,
    ofDay: false,
    columns,
  };
}

function since(from: string | null, to: string): bigint | null {
  return from === null ? null : nanosOf(to) - nanosOf(from);
}

/** Nanoseconds since 1970 of an [RFC 3339] time in UTC. */
function nanosOf(ts: string): bigint {
  const fraction = ts.slice(WHOLE + 1, -1);
  return BigInt(Date.parse(`${ts.slice(0, WHOLE)}Z`) / 1_000) * SECOND + BigInt(fraction.padEnd(9, "0"));
}

function digitsOf(ts: string): number {
  return ts.length - WHOLE - 2;
}

function seconds(nanos: bigint, digits: number): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % SECOND).padStart(9, "0");
  return `${nanos < 0n ? "-" : ""}${size / SECOND}.${fraction.slice(0, digits)}`;
}

/** An [RFC 3339] time in UTC as it was in this machine's zone: `2024-06-03T10:15:06.000298`. */
function localOf(ts: string): string {
  const at = new Date(`${ts.slice(0, WHOLE)}Z`);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day}T${time}${ts.slice(WHOLE, -1)}`;
}

/** How far the zone was from UTC then: `+02:00`. */
function zoneOf(ts: string): string {
  const minutes = -new Date(`${ts.slice(0, WHOLE)}Z`).getTimezoneOffset();
  const size = Math.abs(minutes);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(size / 60)}:${two(size % 60)}`;
}
