/** Interfaces of [MS-RAI] that were proposed on a connection, as steps: refused, or never called. */

import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import { canonicalEndpoint } from "../../address.js";
import type { AssociationRecord, ContextRecord } from "../../events.js";
import { microseconds } from "../moments.js";
import { entryOf } from "./rai-tables.js";
import type { Step } from "./step.js";

/** `steps`: those known of the connection. */
export function boundSteps(record: AssociationRecord, steps: readonly Step[]): Step[] {
  const own = steps.filter((s) => s.stream === record.stream);
  const called = own.some((s) => s.core && s.kind !== "bound");
  const found = new Map<string, ContextRecord>();
  for (const context of record.contexts) {
    const on = raiInterface(context.interface);
    // Proposed with two transfer syntaxes, one may be refused and the other accepted.
    if (on === null || (found.has(on) && isRejected(context))) continue;
    found.set(on, context);
  }
  const contexts = [...found.values()];
  const refused = contexts.filter(isRejected);
  const silent = called ? [] : contexts.filter((c) => !isRejected(c)).slice(0, 1);
  return [...refused, ...silent].map((context) => boundStep(record, context, own));
}

function isRejected({ result }: ContextRecord): boolean {
  return result === "user_rejection" || result === "provider_rejection";
}

function boundStep(record: AssociationRecord, context: ContextRecord, own: readonly Step[]): Step {
  const on = raiInterface(context.interface)!;
  const { at, ts } = momentOf(record, context, own);
  const rejected = isRejected(context);
  return {
    kind: "bound",
    id: record.id,
    communityId: record.community_id,
    core: true,
    entry: entryOf(on),
    title: on,
    method: null,
    at,
    end: at,
    ts,
    stream: record.stream,
    file: record.file,
    callId: -1,
    request: context.frame === null ? [] : [context.frame],
    response: [],
    client: canonicalEndpoint(record.client),
    server: canonicalEndpoint(record.server),
    result: rejected ? "refused" : "unread",
    code: null,
    inferred: false,
    size: null,
    object: null,
    activated: false,
    oid: null,
    oxid: null,
    given: [],
    mentioned: [],
    bindings: [],
    user: record.auth.user || null,
    domain: record.auth.domain || null,
    workstation: record.auth.workstation || null,
    level: record.auth.level,
    activation: null,
    sessions: null,
    connectionString: null,
    cut: null,
    empty: false,
    helper: null,
    rejection: rejected ? (context.reason ?? context.result) : null,
    queried: null,
    parameters: null,
    property: null,
  };
}

/** A context has a frame but no time: the call before it on the connection tells, or the connection's beginning. */
function momentOf(
  record: AssociationRecord,
  context: ContextRecord,
  own: readonly Step[],
): { at: number; ts: string } {
  let before: Step | null = null;
  for (const step of own) {
    const frame = step.response.at(-1) ?? step.request[0] ?? 0;
    if (context.frame !== null && frame < context.frame && (before === null || step.at > before.at))
      before = step;
  }
  return before === null ? { at: microseconds(record.ts), ts: record.ts } : { at: before.end, ts: before.ts };
}
