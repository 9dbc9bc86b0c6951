/** What becomes of the files that a live run writes, for whoever watches it: said as soon as it is known. */

import type { SourceNote } from "../capture/frame.js";
import { systemReason } from "./failure.js";
import type { Target } from "./live-target.js";
import { isGone } from "./stdout.js";

type Written = Pick<Target, "path" | "failure" | "dropped">;

/** Reports, each once, what cannot be written any more, and what a slow reader costs. */
export class WriteWatch {
  /** Something could not be written, though somebody wanted it. */
  failed = false;
  readonly #target: Written | null;
  readonly #outputs: readonly { name: string; failure: Error | null }[];
  readonly #reported = new Set<Error>();
  #reportedDropped = 0;

  constructor(target: Written | null, outputs: readonly { name: string; failure: Error | null }[]) {
    this.#target = target;
    this.#outputs = outputs;
  }

  /** `report` is called for all that is new. */
  look(report: (severity: SourceNote["severity"], code: string, message: string) => void): void {
    const target = this.#target;
    const failures = [
      ...(target === null ? [] : [{ name: target.path, failure: target.failure }]),
      ...this.#outputs,
    ];
    for (const { name, failure } of failures) {
      if (failure === null || this.#reported.has(failure)) continue;
      this.#reported.add(failure);
      if (isGone(failure)) report("warning", "write-failed", `${name}: its reader has closed it`);
      else {
        this.failed = true;
        report("error", "write-failed", `${name}: cannot be written any more: ${systemReason(failure)}`);
      }
    }
    if (target === null || target.dropped === this.#reportedDropped) return;
    const more = target.dropped - this.#reportedDropped;
    this.#reportedDropped = target.dropped;
    const message = `${target.path}: its reader is too slow: ${more} frames were dropped (${target.dropped} so far)`;
    report("warning", "frames-let-go", message);
  }
}
