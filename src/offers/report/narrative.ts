/** What the calls of an initiation say, statement by statement. */

import { failed, isWalk, SEALED_WITHOUT_LIST } from "../steps/predicates.js";
import type { Activation, Bound, CallStep, Creation, Query, Step } from "../steps/step.js";
import type { Basis, Evidence } from "./evidence.js";
import { reasonOf } from "./refusals.js";

/** From the first question to the object that is called. */
export function describePath(steps: readonly Step[], evidence: Evidence): void {
  for (const step of steps) {
    const basis = basisOf(step);
    switch (step.kind) {
      case "mapping":
        evidence.add(basis, "the endpoint mapper was queried for the port", step.request, step.response);
        break;
      case "liveness":
        evidence.add(
          step.core ? basis : "inferred",
          `the novice's object resolver was queried for its bindings (${step.method ?? "ServerAlive"}) just before`,
          step.request,
          step.response,
        );
        break;
      case "resolution":
        evidence.add(
          basis,
          `the object exporter's bindings were queried (${step.title})`,
          step.request,
          step.response,
        );
        break;
      case "activation":
        activation(step, evidence);
        break;
      case "bound":
        evidence.add(
          "decoded",
          `${step.title} was proposed at ${place(step)}${boundHow(step)}`,
          step.request,
        );
        break;
      default:
        if (step.kind === "query" || (step.kind === "creation" && failed(step))) queried(step, evidence);
    }
  }
  const called = new Map<string, Step>();
  for (const step of steps) {
    if (!step.core || ["activation", "mapping", "bound"].includes(step.kind)) continue;
    if (!called.has(place(step))) called.set(place(step), step);
  }
  for (const [at, step] of called) {
    const object =
      step.kind === "bound" || step.object === null ? "" : `, first the one with IPID ${step.object}`;
    const text = `objects of Remote Assistance were called at ${at}${object}`;
    evidence.add(basisOf(step), text, step.request, step.response);
  }
}

/** Where no bind names the interface, which one it is was concluded. */
function basisOf(step: Step): Basis {
  return step.inferred ? "inferred" : "decoded";
}

function boundHow(step: Bound): string {
  return step.detail.rejection === null
    ? "; no call of it was captured"
    : ` and refused (${step.detail.rejection.replaceAll("_", " ")})`;
}

function place(step: Step): string {
  return `${step.server.address} port ${step.server.port}`;
}

function activation(step: Activation, evidence: Evidence): void {
  const frames = [step.request, step.response] as const;
  if (!step.core) {
    const what = step.result === "sealed" ? "encrypted" : "not readable";
    evidence.add(
      "inferred",
      `an activation (${step.title}), ${what}, came just before: probably of Remote Assistance's class`,
      ...frames,
    );
    return;
  }
  const where =
    step.detail.session !== null
      ? ` for logon session ${step.detail.session}`
      : step.detail.console
        ? " for the console session"
        : "";
  const ports = [...new Set(step.detail.bindings.flatMap((b) => (b.port === null ? [] : [b.port])))];
  const at = ports.length === 0 ? "" : `; its object is exported on port ${ports.join(", ")}`;
  const how = ended(step, at);
  evidence.add("decoded", `${step.title} of ${step.detail.class}${where}${how}`, ...frames);
}

function ended(step: CallStep, more: string): string {
  switch (step.result) {
    case "ok":
      return ` succeeded${more}`;
    case "refused":
      return ` ${reasonOf(step)?.text ?? "was refused"}`;
    case "sealed":
      return " was answered; the answer is encrypted";
    case "unread":
      if (step.cut !== null) return ` was answered; ${step.cut.message}`;
      // The values are there, and what the method returned is not.
      return more === "" ? " was answered; the answer could not be read" : ` was answered${more}`;
    case "unanswered":
      return " was not answered in this capture";
  }
}

function queried(step: Query | Creation, evidence: Evidence): void {
  evidence.add(basisOf(step), `${step.title}${ended(step, "")}`, step.request, step.response);
}

export function listing(
  steps: readonly Step[],
  walked: boolean,
  count: number,
  frames: readonly number[],
  evidence: Evidence,
): void {
  for (const step of steps) {
    if (step.kind !== "session-list") continue;
    const extra =
      step.detail.sessions === null ? "" : ` and listed ${counted(step.detail.sessions.length, "session")}`;
    evidence.add(basisOf(step), `${step.title}${ended(step, extra)}`, step.request, step.response);
    if (step.result === "sealed" && (step.size ?? 0) > SEALED_WITHOUT_LIST) {
      const guess = `an answer of ${step.size} bytes holds more than a return code: probably sessions were listed`;
      evidence.add("inferred", guess, step.response);
    }
  }
  if (walked && count > 0) {
    const read = `${counted(count, "session")} read from the collection, object by object`;
    evidence.add("decoded", read, frames);
  }
  const sealed = steps.filter(isWalk).filter((s) => s.result === "sealed");
  if (sealed.length > 0) {
    const items = sealed.filter((s) => s.method === "Item").length;
    const said = `the collection was walked in ${counted(sealed.length, "encrypted call")}${items === 0 ? "" : `, ${items} of them Item`}`;
    evidence.add(
      "decoded",
      said,
      sealed.flatMap((s) => s.request),
    );
  }
}

export function asking(steps: readonly Step[], evidence: Evidence): void {
  for (const step of steps) {
    if (step.kind !== "string-answer") continue;
    const { string, empty } = step.detail;
    const form = string === null ? "" : string.form === null ? " of neither form" : ` of form ${string.form}`;
    const extra = empty
      ? ", without a connection string"
      : string === null
        ? ""
        : ` and returned a connection string${form}`;
    evidence.add(basisOf(step), `${step.title}${ended(step, extra)}`, step.request, step.response);
  }
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
