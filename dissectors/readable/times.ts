/**
 * Times and intervals. [MS-DTYP] 2.3.3 FILETIME: 100 ns since 1601; LARGE_INTEGER and the halves of it in structures that mean
 * the same; seconds since 1601 ([MS-DRSR] DSTIME) and since 1970; SYSTEMTIME (2.3.13). Times are written as in RFC 3339, to the
 * digit that the value has; a value of no time (0) has no meaning, and the largest one is `never`.
 *
 * Not handled: the time zone of SYSTEMTIME, which says none.
 */
import type { Value } from "../ndr/decoded.js";
import { isMembers, type Read } from "./place.js";
import { numberOf } from "./tables.js";

const TICKS = 10_000_000n;
/** 1601 to 1970, in seconds. */
const EPOCH = 11_644_473_600n;
const LARGEST = (1n << 63n) - 1n;
const SMALLEST = -(1n << 63n);
/** Years above 9999 have no RFC 3339. */
const LAST_SECOND = 253_402_300_799n;

/** 64 bits out of FILETIME, LARGE_INTEGER, OLD_LARGE_INTEGER or a plain number, as a signed number; null where it is none. */
export function int64Of(value: Value): bigint | null {
  if (typeof value === "string") return /^-?\d{1,20}$/.test(value) ? BigInt.asIntN(64, BigInt(value)) : null;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : null;
  if (!isMembers(value)) return null;
  if (value.QuadPart !== undefined) return int64Of(value.QuadPart);
  const low = value.dwLowDateTime ?? value.LowPart;
  const high = value.dwHighDateTime ?? value.HighPart;
  if (typeof low !== "number" || typeof high !== "number") return null;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function secondsText(unix: bigint, fraction: string): string | null {
  if (unix > LAST_SECOND) return null;
  return `${new Date(Number(unix) * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

/** 100 ns since 1601. */
export function fileTime(ticks: bigint): string | null {
  if (ticks === LARGEST) return "never";
  if (ticks <= 0n) return null;
  const rest = ticks % TICKS;
  const fraction = rest === 0n ? "" : `.${rest.toString().padStart(7, "0")}`;
  return secondsText(ticks / TICKS - EPOCH, fraction);
}

/** An interval of 100 ns, which most structures hold as a negative number. */
function interval(ticks: bigint): string | null {
  if (ticks === LARGEST || ticks === SMALLEST) return "never";
  if (ticks === 0n) return null;
  const size = ticks < 0n ? -ticks : ticks;
  return duration(size / TICKS, size % TICKS);
}

const UNITS: readonly [bigint, string][] = [
  [86_400n, "day"],
  [3_600n, "hour"],
  [60n, "minute"],
];

function duration(seconds: bigint, ticks: bigint): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, unit] of UNITS) {
    if (rest >= size) parts.push(`${rest / size} ${unit}${rest / size === 1n ? "" : "s"}`);
    rest %= size;
  }
  if (rest > 0n || ticks > 0n) {
    const fraction = ticks === 0n ? "" : `.${ticks.toString().padStart(7, "0").replace(/0+$/, "")}`;
    parts.push(`${rest}${fraction} second${rest === 1n && ticks === 0n ? "" : "s"}`);
  }
  return parts.join(" ");
}

function reading(show: (n: bigint) => string | null): Read {
  return (value) => {
    const number = int64Of(value);
    return number === null ? null : show(number);
  };
}

export const FILE_TIME: Read = reading(fileTime);
export const INTERVAL: Read = reading(interval);
/** Seconds since 1601. */
export const DS_TIME: Read = reading((n) => (n <= 0n ? null : secondsText(n - EPOCH, "")));
/** Seconds since 1970, of 32 bits; all ones is `never`. */
export const UNIX_TIME: Read = (value) => {
  const number = numberOf(value);
  if (number === null || number === 0) return null;
  return number >>> 0 === 0xffffffff ? "never" : secondsText(BigInt(number >>> 0), "");
};
/** An interval in seconds, of 32 bits; all ones is `never`. */
export const SECONDS: Read = (value) => {
  const number = numberOf(value);
  if (number === null || number === 0) return null;
  return number >>> 0 === 0xffffffff ? "never" : duration(BigInt(number >>> 0), 0n);
};
/** The same in milliseconds. */
export const MILLISECONDS: Read = (value) => {
  const number = numberOf(value);
  if (number === null || number <= 0) return null;
  return number >>> 0 === 0xffffffff ? "never" : interval(BigInt(number) * 10_000n);
};

/** [MS-DTYP] 2.3.13. It does not say of which zone it is, so none is written. */
export const SYSTEM_TIME: Read = (value) => {
  if (!isMembers(value)) return null;
  const parts = ["wYear", "wMonth", "wDay", "wHour", "wMinute", "wSecond", "wMilliseconds"].map(
    (name) => value[name],
  );
  if (!parts.every((part) => typeof part === "number")) return null;
  const [year, month, day, hour, minute, second, thousandths] = parts.map((part, i) =>
    String(part).padStart(i === 0 ? 4 : i === 6 ? 3 : 2, "0"),
  );
  if (value.wYear === 0 && value.wMonth === 0) return null;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${thousandths}`;
};
