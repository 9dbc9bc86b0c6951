/** CEL's methods of times and durations: `ts.getHours("Europe/Berlin")`. */

import type { Compiling, Computed, Part } from "./expression.js";
import { Moment, parseMoment, Span } from "./values.js";

/** Milliseconds of the units that durations are asked for. */
const UNITS: { readonly [method: string]: bigint } = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

/** A time's parts in a zone, by UTC's methods of a date that is shifted. */
const PARTS: { readonly [method: string]: (date: Date) => number } = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => {
    const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
    return Math.round((midnight - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
  },
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

export function timeMethod(compiling: Compiling, name: string, zone: Part | null, receiver: Part): Computed {
  const shift = zone === null ? null : shiftOf(compiling, zone);
  const part = PARTS[name]!;
  return {
    type: "number",
    run(state) {
      const value = receiver.run(state);
      if (value instanceof Span) {
        const unit = UNITS[name];
        return unit === undefined ? undefined : Number(value.nanoseconds / unit);
      }
      const moment = typeof value === "string" ? parseMoment(value) : value;
      if (!(moment instanceof Moment)) return undefined;
      const time = moment.seconds * 1000 + Math.floor(moment.nanos / 1_000_000);
      return part(new Date(shift === null ? time : time + shift(time)));
    },
  };
}

/** How many milliseconds a zone is ahead of UTC at a time: `+02:00`, or a name of the zone database. */
function shiftOf(compiling: Compiling, { node }: Part): (time: number) => number {
  const zone = node.op === "value" && typeof node.args === "string" ? node.args : null;
  if (zone === null) compiling.fail(node, "the time zone must be written here as text");
  const offset = /^([+-])?(\d{2}):(\d{2})$/.exec(zone);
  if (offset !== null) {
    const milliseconds =
      (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === "-" ? -60_000 : 60_000);
    return () => milliseconds;
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    compiling.fail(node, "this is no time zone: Europe/Berlin, UTC or +02:00");
  }
  return (time) => {
    const seconds = Math.floor(time / 1000) * 1000;
    const parts = new Map(format.formatToParts(seconds).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const year = parts.get("era") === "BC" ? 1 - of("year") : of("year");
    const local = new Date(0);
    local.setUTCFullYear(year, of("month") - 1, of("day"));
    local.setUTCHours(of("hour"), of("minute"), of("second"));
    return local.getTime() - seconds;
  };
}
