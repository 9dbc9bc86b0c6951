/**
 * How processor time grows with the input. Time on the clock depends on who else is at work; processor time hardly does,
 * and the least of several runs even less.
 */
import assert from "node:assert/strict";

/** Runs of each size. */
const RUNS = 3;
/** Of an input four times as long: 4 is linear, 16 quadratic. */
const FACTOR = 4;
const MOST = 8;
/** Milliseconds that collecting garbage may take in between, whatever the size. */
const SLACK = 25;

function milliseconds(work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

/**
 * Fails where `make(4 * n)` takes more than twice four times the processor time of `make(n)`. What `make` itself does,
 * to make the input, is not counted. Choose `n` so that the work takes some milliseconds, or quadratic work some seconds.
 */
export function assertLinear(make: (n: number) => () => void, n: number): void {
  milliseconds(make(n));
  const least = (size: number): number =>
    Math.min(...Array.from({ length: RUNS }, () => milliseconds(make(size))));
  let small = least(n);
  let large = least(FACTOR * n);
  // Once more where the machine was busy: what is linear passes then.
  if (large > MOST * small + SLACK) {
    small = Math.min(small, least(n));
    large = Math.min(large, least(FACTOR * n));
  }
  if (process.env.GROWTH) console.log(`${small.toFixed(1)} ms -> ${large.toFixed(1)} ms`);
  const said = `${small.toFixed(1)} ms for ${n}, ${large.toFixed(1)} ms for ${FACTOR * n}`;
  assert.ok(large <= MOST * small + SLACK, `not linear: ${said}`);
}
