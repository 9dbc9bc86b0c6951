/** Times as Parquet has them: nanoseconds since 1970. */

/** What 64 bits can hold: from 1677 to 2262. Damaged captures claim other times. */
const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n - 1n;

const BILLION = 1_000_000_000n;

let second = "";
let seconds = 0n;

/** Of a time as records write it; null where it does not fit. */
export function instantOf(ts: string): bigint | null {
  const whole = ts.slice(0, 19);
  if (whole !== second) {
    const milliseconds = Date.parse(`${whole}Z`);
    if (Number.isNaN(milliseconds)) return null;
    second = whole;
    seconds = BigInt(milliseconds / 1000) * BILLION;
  }
  const fraction = /^\.(\d{1,9})/.exec(ts.slice(19))?.[1] ?? "0";
  const instant = seconds + BigInt(fraction.padEnd(9, "0"));
  return instant < EARLIEST || instant > LATEST ? null : instant;
}
