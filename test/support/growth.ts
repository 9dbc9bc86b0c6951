/**
 * How processor time grows with the input. Time on the clock depends on who else is at work; processor time hardly does,
 * and the least of several runs even less.
 */
import assert from "node:assert/strict";

/** Runs of each size, at most. */
const RUNS = 4;
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
  let small = Number.POSITIVE_INFINITY;
  let large = Number.POSITIVE_INFINITY;
  // Once more where the machine was busy: what is linear passes then.
  for (let run = 0; run < RUNS && !isLinear(small, large); run++) {
    small = Math.min(small, milliseconds(make(n)));
    large = Math.min(large, milliseconds(make(FACTOR * n)));
  }
  const said = `${small.toFixed(1)} ms for ${n}, ${large.toFixed(1)} ms for ${FACTOR * n}`;
  assert.ok(isLinear(small, large), `not linear: ${said}`);
}

function isLinear(small: number, large: number): boolean {
  return Number.isFinite(small) && large <= MOST * small + SLACK;
}
