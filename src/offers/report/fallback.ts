/**
 * Whether the expert fell back from IRASrv to IPCHService: [MS-RAI] 1.7, note 2. Said only where IRASrv failed and IPCHService
 * was called afterwards; two ways tried at once, or in the other order, are no fallback.
 */
import type { Note } from "../../events.js";
import { failed, isCall, isTooShort } from "../steps/predicates.js";
import type { Activation, Step } from "../steps/step.js";
import type { Basis, Evidence } from "./evidence.js";
import { reasonOf } from "./refusals.js";

/** How IRASrv failed. */
interface Failure {
  /** A clause: "which failed: …". */
  how: string;
  basis: Basis;
  step: Step;
}

/** `unreachable`: whether no port that an activation named could be reached. */
export function reportFallback(
  steps: readonly Step[],
  unreachable: (activation: Activation) => boolean,
  evidence: Evidence,
  notes: Note[],
): void {
  const first = steps.find((s) => s.core && s.entry === "IPCHService");
  if (first === undefined) return;
  const used = steps.find((s) => s.core && s.entry === "IPCHService" && isCall(s));
  const failure = failureBefore(steps, first, used ?? first, unreachable);
  if (failure === null) return;
  const basis = used?.inferred === true ? "inferred" : failure.basis;
  const probably = basis === "inferred" ? "probably " : "";
  const end = used === undefined ? "then tried IPCHService" : `${probably}fell back to IPCHService`;
  const message = `the expert tried IRASrv first, ${failure.how}, and ${end}`;
  evidence.add(basis, message, failure.step.request, (used ?? first).request);
  if (used !== undefined) notes.push({ severity: "info", code: "fallback", message });
}

/** The failure of IRASrv that was known when IPCHService was first tried, and stood when it was used. */
function failureBefore(
  steps: readonly Step[],
  first: Step,
  used: Step,
  unreachable: (activation: Activation) => boolean,
): Failure | null {
  const tried = steps.filter((s) => s.core && s.entry === "IRASrv" && s.at < used.at && isConclusive(s));
  const step = tried.at(-1);
  if (step === undefined || step.end > first.at) return null;
  if (failed(step)) {
    const basis = step.inferred || step.result === "unanswered" ? "inferred" : "decoded";
    return { how: `which ${reasonOf(step)?.text ?? "failed"}`, basis, step };
  }
  if (isTooShort(step)) {
    return { how: "whose encrypted answer is too short for a connection string", basis: "inferred", step };
  }
  const activation = tried.filter((s) => s.kind === "activation").at(-1);
  if (tried.some(isCall) || activation === undefined || !unreachable(activation)) return null;
  return { how: "whose port could not be reached", basis: "decoded", step: activation };
}

/** The step shows by itself whether IRASrv works. */
function isConclusive(step: Step): boolean {
  if (step.kind === "query") return step.detail.queried === "IRASrv";
  return isCall(step) || ["activation", "creation", "bound"].includes(step.kind);
}
