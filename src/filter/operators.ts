/** The operators of filters over values: arithmetic as CEL has it. What has no answer is undefined. */

import { isNumber, Moment, Span, whole } from "./values.js";

/** Longer texts and lists are not put together. */
const MAX_JOINED = 1 << 20;

export type Arithmetic = (a: unknown, b: unknown, fraction: boolean) => unknown;

export const ARITHMETIC: { readonly [operator: string]: Arithmetic } = {
  "+"(a, b) {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (isNumber(a) && isNumber(b)) return wide(a, b, (x, y) => x + y);
    if (typeof a === "string" && typeof b === "string") {
      return a.length + b.length <= MAX_JOINED ? a + b : undefined;
    }
    if (Array.isArray(a) && Array.isArray(b))
      return a.length + b.length <= MAX_JOINED ? [...a, ...b] : undefined;
    if (a instanceof Moment && b instanceof Span) return Moment.of(a.nanoseconds + b.nanoseconds);
    if (a instanceof Span && b instanceof Moment) return Moment.of(a.nanoseconds + b.nanoseconds);
    return a instanceof Span && b instanceof Span ? new Span(a.nanoseconds + b.nanoseconds) : undefined;
  },
  "-"(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (isNumber(a) && isNumber(b)) return wide(a, b, (x, y) => x - y);
    if (a instanceof Moment && b instanceof Moment) return new Span(a.nanoseconds - b.nanoseconds);
    if (a instanceof Moment && b instanceof Span) return Moment.of(a.nanoseconds - b.nanoseconds);
    return a instanceof Span && b instanceof Span ? new Span(a.nanoseconds - b.nanoseconds) : undefined;
  },
  "*"(a, b) {
    if (!isNumber(a) || !isNumber(b)) return undefined;
    const product = Number(a) * Number(b);
    if (Number.isSafeInteger(product) || !isWhole(a) || !isWhole(b)) return product;
    return Math.abs(product) < 2 ** 63 ? wide(a, b, (x, y) => x * y) : undefined;
  },
  "/"(a, b, fraction) {
    if (!isNumber(a) || !isNumber(b)) return undefined;
    if (fraction || !isWhole(a) || !isWhole(b)) return Number(a) / Number(b);
    return Number(b) === 0 ? undefined : wide(a, b, (x, y) => x / y);
  },
  "%"(a, b) {
    if (!isNumber(a) || !isNumber(b) || !isWhole(a) || !isWhole(b) || Number(b) === 0) return undefined;
    return wide(a, b, (x, y) => x % y);
  },
};

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

/** By bigint where one is, or where a number would lose digits. */
function wide(
  a: number | bigint,
  b: number | bigint,
  compute: (x: bigint, y: bigint) => bigint,
): number | bigint {
  if (!isWhole(a) || !isWhole(b)) return Number.NaN;
  return whole(compute(BigInt(a), BigInt(b)));
}
