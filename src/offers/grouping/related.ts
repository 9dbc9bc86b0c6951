/** Which of the steps around an initiation belong to it: by the references they share, and by time. */
import { idsOf, latestEnd } from "../steps/predicates.js";
import type { Step } from "../steps/step.js";
import { LEAD } from "./initiations.js";
import { nextOfKind } from "./next-of-kind.js";

/** The steps that belong to the initiation that the core steps among them prove; empty where none does. */
export function relatedSteps(steps: readonly Step[]): Step[] {
  const core = steps.filter((s) => s.core);
  if (core.length === 0) return [];
  const from = core[0]!.at - LEAD;
  const to = latestEnd(core);
  const named = steps.map(idsOf);
  const ids = knownIds(steps, named);
  const streams = new Set(
    core.filter((s) => !["activation", "mapping", "bound"].includes(s.kind)).map((s) => s.stream),
  );
  const activations = suspected(steps, streams);
  const leads = nextOfKind(steps, (s) => s.kind === "activation" || s.kind === "foreign");
  const kept = new Set<Step>();
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const inTime = step.at >= from && step.at <= to;
    const linked = named[i]!.some((id) => ids.has(id));
    let keep: boolean;
    switch (step.kind) {
      case "foreign":
        keep = false;
        break;
      case "activation":
        keep = step.core || activations.has(step);
        break;
      case "liveness":
      case "mapping":
        keep = step.core || (inTime && leadsOn(leads[i]!, activations));
        break;
      case "resolution":
        keep = step.core || linked || (inTime && step.mentioned.length === 0);
        break;
      case "ping":
        keep = false;
        break;
      default:
        keep =
          step.core ||
          linked ||
          (streams.has(step.stream) && (step.kind === "bound" || step.oxid === null || ids.has(step.oxid)));
    }
    if (keep) kept.add(step);
  }
  // The client keeps the object alive on a connection that it has anyway.
  const ours = new Set([...kept].map((s) => s.stream));
  return steps.filter((s) => kept.has(s) || (s.kind === "ping" && ours.has(s.stream) && s.at >= core[0]!.at));
}

/** References lead to references, mostly forwards in time: each pass finds all that follow in order, a further one those out of order. */
const MAX_PASSES = 8;

/** `named`: what each of the steps names. */
function knownIds(steps: readonly Step[], named: readonly (readonly string[])[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (let i = 0; i < steps.length; i++) if (steps[i]!.core) for (const id of named[i]!) ids.add(id);
  for (let pass = 0, size = -1; size !== ids.size && pass < MAX_PASSES; pass++) {
    size = ids.size;
    for (let i = 0; i < steps.length; i++) {
      const { kind } = steps[i]!;
      if (kind === "foreign" || kind === "ping") continue;
      const own = named[i]!;
      if (own.some((id) => ids.has(id))) for (const id of own) ids.add(id);
    }
  }
  return ids;
}

/** Of the activations that cannot be read, the last before each connection on which Remote Assistance was called. */
function suspected(steps: readonly Step[], streams: ReadonlySet<number>): Set<Step> {
  const found = new Set<Step>();
  const begun = new Set<number>();
  let last: Step | null = null;
  for (const step of steps) {
    if (step.kind === "activation") last = step;
    if (!streams.has(step.stream) || begun.has(step.stream)) continue;
    begun.add(step.stream);
    if (last !== null && !last.core && last.at >= step.at - LEAD) found.add(last);
  }
  return found;
}

/** A question to the resolver or the endpoint mapper goes with the activation that follows it. */
function leadsOn(next: Step | null, activations: ReadonlySet<Step>): boolean {
  return next === null || next.core || activations.has(next);
}
