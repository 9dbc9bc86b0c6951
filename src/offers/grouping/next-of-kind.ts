import type { Step } from "../steps/step.js";

/** For each step the next of a kind, itself included. */
export function nextOfKind(steps: readonly Step[], is: (step: Step) => boolean): (Step | null)[] {
  const next = new Array<Step | null>(steps.length);
  let found: Step | null = null;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (is(steps[i]!)) found = steps[i]!;
    next[i] = found;
  }
  return next;
}
