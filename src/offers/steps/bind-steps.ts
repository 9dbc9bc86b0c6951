/** Interfaces of [MS-RAI] that were proposed on a connection, as steps: refused, or never called. */
import { type RaiInterface, raiInterface } from "../../../dissectors/rai/interfaces.js";
import { canonicalEndpoint } from "../../address.js";
import type { AssociationRecord, ContextRecord } from "../../events.js";
import { type Instant, micros } from "../../time.js";
import { entryOf } from "./entry-points.js";
import type { Bound, Step } from "./step.js";

interface Proposal {
  on: RaiInterface;
  context: ContextRecord;
}

/** `begun`: the time of the connection's first PDU; `steps`: those known of the connection. */
export function boundSteps(record: AssociationRecord, begun: Instant, steps: readonly Step[]): Bound[] {
  const own = steps.filter((s) => s.stream === record.stream);
  const called = own.some((s) => s.core && s.kind !== "bound");
  const found = new Map<RaiInterface, Proposal>();
  for (const context of record.contexts) {
    const on = raiInterface(context.interface);
    // Proposed with two transfer syntaxes, one may be refused and the other accepted.
    if (on === null || (found.has(on) && isRejected(context))) continue;
    found.set(on, { on, context });
  }
  const proposals = [...found.values()];
  const refused = proposals.filter(({ context }) => isRejected(context));
  const silent = called ? [] : proposals.filter(({ context }) => !isRejected(context)).slice(0, 1);
  return [...refused, ...silent].map((proposal) => boundStep(record, begun, proposal, own));
}

function isRejected({ result }: ContextRecord): boolean {
  return result === "user_rejection" || result === "provider_rejection";
}

function boundStep(
  record: AssociationRecord,
  begun: Instant,
  { on, context }: Proposal,
  own: readonly Step[],
): Bound {
  const { at, first } = momentOf(context, own) ?? { at: micros(begun), first: begun };
  const rejected = isRejected(context);
  const { auth } = record;
  return {
    kind: "bound",
    id: record.id,
    communityId: record.community_id,
    core: true,
    entry: entryOf(on),
    title: on,
    at,
    end: at,
    first,
    stream: record.stream,
    file: record.file,
    request: context.frame === null ? [] : [context.frame],
    response: [],
    client: canonicalEndpoint(record.client),
    server: canonicalEndpoint(record.server),
    user: auth.user || null,
    domain: auth.domain || null,
    workstation: auth.workstation || null,
    level: auth.level,
    result: rejected ? "refused" : "unread",
    inferred: false,
    detail: { rejection: rejected ? (context.reason ?? context.result) : null },
  };
}

/** A context has a frame but no time: the call before it on the connection has one; null where there is none. */
function momentOf(context: ContextRecord, own: readonly Step[]): { at: number; first: Instant } | null {
  let before: Step | null = null;
  for (const step of own) {
    const frame = step.response.at(-1) ?? step.request[0] ?? 0;
    if (context.frame !== null && frame < context.frame && (before === null || step.at > before.at)) {
      before = step;
    }
  }
  return before === null ? null : { at: before.end, first: before.first };
}
