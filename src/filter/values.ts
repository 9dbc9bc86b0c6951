/**
 * Values of filters and how they compare. JSON's values are themselves; whole numbers that JSON cannot hold are bigint. What is
 * missing is `undefined` or null, and no comparison with it holds. Not handled: bytes, uint as a type of its own.
 */

/** A moment: CEL's timestamp. */
export class Moment {
  readonly seconds: number;
  readonly nanos: number;

  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }

  get nanoseconds(): bigint {
    return BigInt(this.seconds) * NANOS + BigInt(this.nanos);
  }

  static of(nanoseconds: bigint): Moment {
    const nanos = ((nanoseconds % NANOS) + NANOS) % NANOS;
    return new Moment(Number((nanoseconds - nanos) / NANOS), Number(nanos));
  }
}

/** A length of time: CEL's duration. */
export class Span {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** What `type()` answers. */
export class TypeName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const NANOS = 1_000_000_000n;

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** [RFC 3339]; null for anything else. */
export function parseMoment(text: string): Moment | null {
  if (text.length < 20 || text.length > 35) return null;
  const parts = RFC3339.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const offset = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * (parts[8] === "-" ? -60 : 60);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  return new Moment(seconds, Number((parts[7] ?? "").padEnd(9, "0")));
}

function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: NANOS,
  m: 60n * NANOS,
  h: 3600n * NANOS,
};

/** `1h30m`, `-1.5s`, `250ms`; null for anything else. */
export function parseSpan(text: string): Span | null {
  if (text.length > 64 || !/^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return null;
  let sum = 0n;
  for (const [, whole = "", part = "", unit = ""] of text.matchAll(/(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g)) {
    const size = UNITS[unit]!;
    sum += BigInt(whole) * size;
    if (part !== "") sum += (BigInt(part) * size) / 10n ** BigInt(part.length);
  }
  return new Span(text.startsWith("-") ? -sum : sum);
}

/** A whole number as a number where it fits, as bigint where it does not. */
export function whole(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

export function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** A record or a part of one: an object with keys. */
export function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Moment || value instanceof Span || value instanceof TypeName)
  );
}

/** Texts are times where they are compared with one. */
function asMoment(value: unknown): Moment | null {
  if (value instanceof Moment) return value;
  return typeof value === "string" ? parseMoment(value) : null;
}

/**
 * Less than 0, 0 or more than 0; null where the two have no order: a part is missing, or they are of different types.
 */
export function order(a: unknown, b: unknown): number | null {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : a === b ? 0 : null;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Moment || b instanceof Moment) {
    const left = asMoment(a);
    const right = asMoment(b);
    if (left === null || right === null) return null;
    return left.seconds - right.seconds || left.nanos - right.nanos;
  }
  if (a instanceof Span && b instanceof Span) {
    const difference = a.nanoseconds - b.nanoseconds;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return null;
}

/** Whether two values are the same; null where a part is missing. `charge` is told of every value that is looked at in lists. */
export function same(a: unknown, b: unknown, charge: () => boolean): boolean | null {
  if (isMissing(a) || isMissing(b)) return null;
  if (typeof a !== "object" && typeof b !== "object") {
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number may be the same
    return typeof a === typeof b ? a === b : isNumber(a) && isNumber(b) && a == b;
  }
  const ordered = order(a, b);
  if (ordered !== null) return ordered === 0;
  return equalParts(a, b, charge);
}

function equalParts(a: unknown, b: unknown, charge: () => boolean): boolean {
  if (!charge()) return false;
  if (a instanceof TypeName || b instanceof TypeName) {
    return a instanceof TypeName && b instanceof TypeName && a.name === b.name;
  }
  // Inside of lists and objects null is a value as any other.
  const equal = (x: unknown, y: unknown): boolean =>
    isMissing(x) || isMissing(y) ? isMissing(x) && isMissing(y) : same(x, y, charge) === true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  );
}
