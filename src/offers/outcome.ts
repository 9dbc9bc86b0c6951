/** How an initiation ended, as far as its calls tell. */
import type { ConnectionString, OfferRecord } from "../events.js";
import type { Basis, Evidence } from "./evidence.js";
import { failed, SEALED_WITHOUT_STRING } from "./initiation.js";
import type { Way } from "./known.js";
import { reasonOf } from "./reasons.js";
import type { Step } from "./step.js";
import type { Dialled } from "./tcp.js";

export interface Outcome {
  /** Before any follow-up is known. */
  kind: Exclude<OfferRecord["outcome"], "connected">;
  refusal: string | null;
  basis: Basis;
  connectionString: ConnectionString | null;
  /** The answer that may hold a string: from its request on, listeners may be dialled. */
  issued: Step | null;
  /** Nothing tells how it went on. */
  unknown: boolean;
}

/** An interface of [MS-RAI] that the server would not let the client use. */
export interface Rejection {
  way: Way;
  interface: string;
  reason: string | null;
  frame: number | null;
}

const NOTHING: Outcome = {
  kind: "failed",
  refusal: null,
  basis: "inferred",
  connectionString: null,
  issued: null,
  unknown: true,
};

export function outcomeOf(
  steps: readonly Step[],
  rejections: readonly Rejection[],
  unreachable: readonly Dialled[],
  evidence: Evidence,
): Outcome {
  const ask = steps.filter((s) => s.kind === "ask").at(-1);
  const last = lastWord(steps);
  if (ask !== undefined && (last === null || last === ask || last.at < ask.at))
    return asked(steps, ask, evidence);
  if (last !== null && failed(last)) return refused(steps, last);
  const rejection = rejections.at(-1);
  const list = steps.filter((s) => s.kind === "list" || s.kind === "walk").at(-1);
  if (rejection !== undefined && list === undefined) return rejected(rejection);
  if (list !== undefined) return listed(steps, list);
  const dead = unreachable[0];
  if (dead !== undefined) return cutOff(dead, evidence);
  const fault = steps.find((s) => s.core && s.kind === "other" && s.result === "refused");
  if (fault !== undefined) return refused(steps, fault);
  const sealed = steps.find((s) => s.core && s.result === "sealed");
  if (sealed !== undefined) return { ...NOTHING, kind: "encrypted", unknown: false };
  const refusal = "nothing that followed was captured, so how it ended is not known";
  evidence.add("inferred", "no call that would tell the outcome was captured");
  return { ...NOTHING, refusal };
}

/** The last step that decided something. */
function lastWord(steps: readonly Step[]): Step | null {
  let last: Step | null = null;
  for (const step of steps) {
    if (failed(step) || step.kind === "ask") last = step;
    else if (step.core && step.kind === "list" && step.result !== "unanswered") last = null;
  }
  return last;
}

function asked(steps: readonly Step[], ask: Step, evidence: Evidence): Outcome {
  if (failed(ask)) return refused(steps, ask);
  const basis: Basis = ask.inferred ? "inferred" : "decoded";
  if (ask.connectionString !== null) {
    return {
      kind: "string_issued",
      refusal: null,
      basis,
      connectionString: ask.connectionString,
      issued: ask,
      unknown: false,
    };
  }
  const octets = ask.octets ?? 0;
  const long = octets > SEALED_WITHOUT_STRING;
  const guess = long
    ? `an answer of ${octets} octets is long enough for a connection string: probably one was returned`
    : `an answer of ${octets} octets is too short for a connection string: probably none was returned`;
  evidence.add("inferred", guess, ask.response);
  if (ask.result === "sealed") {
    return { ...NOTHING, kind: "encrypted", issued: long ? ask : null, unknown: false };
  }
  // Not sealed, but cut off or damaged before the string could be read.
  if (long) return { ...NOTHING, kind: "string_issued", issued: ask, unknown: false };
  return { ...NOTHING, refusal: "its answer could not be read" };
}

function refused(steps: readonly Step[], step: Step): Outcome {
  const reason = reasonOf(step);
  const what =
    step.kind === "activate"
      ? `the activation of ${step.activation?.class ?? "an unknown class"}`
      : step.title;
  const unanswered = step.result === "unanswered";
  const refusal = reason === null ? `${what} failed` : `${what}: ${reason.text}`;
  const before =
    step.way === "IPCHService" ? steps.filter((s) => s.way === "IRASrv" && failed(s)).at(-1) : undefined;
  const earlier = before === undefined ? null : refused(steps, before);
  return {
    ...NOTHING,
    kind: reason?.denied === true || earlier?.kind === "denied" ? "denied" : "failed",
    refusal: earlier?.refusal ? `${earlier.refusal}; then ${refusal}` : refusal,
    basis: unanswered || step.inferred ? "inferred" : "decoded",
    unknown: unanswered,
  };
}

function rejected(rejection: Rejection): Outcome {
  const reason = rejection.reason === null ? "" : ` (${rejection.reason.replaceAll("_", " ")})`;
  return {
    ...NOTHING,
    refusal: `the novice refused the interface ${rejection.interface} when it was bound${reason}: it does not offer it`,
    basis: "decoded",
    unknown: false,
  };
}

function listed(steps: readonly Step[], list: Step): Outcome {
  const read = steps.some(
    (s) => s.sessions !== null || s.property !== null || (s.kind === "list" && s.result === "ok"),
  );
  if (read)
    return { ...NOTHING, kind: "listed_only", basis: list.inferred ? "inferred" : "decoded", unknown: false };
  if (list.result === "sealed") return { ...NOTHING, kind: "encrypted", unknown: false };
  if (list.result === "unanswered") return refused(steps, list);
  // Some other call of the collection: that there is one means that sessions were listed.
  return { ...NOTHING, kind: "listed_only", unknown: false };
}

function cutOff(dead: Dialled, evidence: Evidence): Outcome {
  const { address, port } = dead.server;
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const how = dead.refused ? "answered with a reset" : "not answered";
  const text = `the connection to ${where}, the port that the activation named, was ${how}`;
  evidence.add("decoded", text, [dead.frame]);
  return {
    ...NOTHING,
    refusal: `port unreachable: ${text}; probably a firewall between expert and novice${dead.refused ? ", or nothing listens there any more" : ""}`,
    basis: "decoded",
    unknown: false,
  };
}
