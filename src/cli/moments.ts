/** Moments as people write them: [RFC 3339], the same without a zone for the time of this machine, seconds since 1970. */

import { InvalidArgumentError } from "commander";
import type { Moment } from "../capture/time-window.js";

const EPOCH = /^@?(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})/;
const TIME = /^[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?/;
const ZONE = /^ ?(?:([Zz]|UTC|GMT)|([+-])(\d{2}):?(\d{2}))$/;

const nanosOf = (fraction: string | undefined): number => Number((fraction ?? "").padEnd(9, "0"));

/** Throws InvalidArgumentError. */
export function parseMoment(given: string): Moment {
  const text = given.trim();
  const moment = epochMoment(text) ?? calendarMoment(text);
  if (moment !== null) return moment;
  throw new InvalidArgumentError(
    'Give a time such as 2024-06-03T08:15:06.5Z, "2024-06-03 10:15:06" (of this machine\'s zone), 2024-06-03, ' +
      "or seconds since 1970.",
  );
}

function epochMoment(text: string): Moment | null {
  const [, sign, whole = "", fraction] = EPOCH.exec(text) ?? [];
  if (sign === undefined) return null;
  const nanos = nanosOf(fraction);
  if (sign === "") return { seconds: Number(whole), nanos };
  return nanos === 0
    ? { seconds: -Number(whole), nanos: 0 }
    : { seconds: -Number(whole) - 1, nanos: 1e9 - nanos };
}

function calendarMoment(text: string): Moment | null {
  const date = DATE.exec(text);
  if (date === null) return null;
  const behind = text.slice(date[0].length);
  const time = TIME.exec(behind);
  const rest = behind.slice(time?.[0].length ?? 0);
  const zone = ZONE.exec(rest);
  if (rest !== "" && zone === null) return null;
  const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
  const [hour = 0, minute = 0, second = 0] = (time ?? []).slice(1, 4).map((part) => Number(part ?? 0));
  // The second 60 is a leap second: the next one.
  if (hour > 23 || minute > 59 || second > 60 || !isDay(year, month, day)) return null;
  const nanos = nanosOf(time?.[4]);
  if (zone === null) {
    const local = new Date(0);
    local.setFullYear(year, month - 1, day);
    local.setHours(hour, minute, second, 0);
    return { seconds: local.getTime() / 1_000, nanos };
  }
  const [, , sign, hours = "0", minutes = "0"] = zone;
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === "-" ? -1 : 1);
  return { seconds: utc(year, month, day) + hour * 3_600 + minute * 60 + second - ahead, nanos };
}

/** Seconds since 1970 of a day's beginning. */
function utc(year: number, month: number, day: number): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getTime() / 1_000;
}

function isDay(year: number, month: number, day: number): boolean {
  const at = new Date(utc(year, month, day) * 1_000);
  return month >= 1 && day >= 1 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
}
