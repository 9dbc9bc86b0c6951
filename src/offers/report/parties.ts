/** Who offered help to whom, by what the calls themselves show. */

import { canonicalAddress } from "../../address.js";
import type { AssociationRecord, OfferRecord } from "../../events.js";
import { listenersOf } from "../connections/listeners.js";
import { serverNames } from "../connections/machine-names.js";
import { bindingsOf, stringOf } from "../steps/predicates.js";
import type { Step, StepKind } from "../steps/step.js";
import type { Evidence } from "./evidence.js";

/** The calls that matter most, first: their address and user are the expert's. */
const RANKS: { readonly [kind in StepKind]: number } = {
  "string-answer": 0,
  "session-list": 1,
  walk: 2,
  "session-property": 2,
  other: 3,
  bound: 4,
  creation: 5,
  object: 6,
  query: 6,
  activation: 7,
  resolution: 8,
  liveness: 9,
  mapping: 10,
  ping: 11,
  foreign: 12,
};

function byImportance(steps: readonly Step[]): Step[] {
  const rank = (s: Step): number => (s.core ? 0 : 100) + RANKS[s.kind];
  return [...steps].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

/** The call that stands for the offer: its ends are expert and novice. */
export function mainStep(steps: readonly Step[]): Step {
  return byImportance(steps)[0]!;
}

export function expertOf(steps: readonly Step[], evidence: Evidence): OfferRecord["expert"] {
  const { address } = mainStep(steps).client;
  const named = byImportance(steps).find((s) => s.user !== null);
  if (named !== undefined) {
    const same = steps.filter((s) => s.user === named.user);
    const domain = named.domain ?? same.find((s) => s.domain !== null)?.domain ?? null;
    const workstation = named.workstation ?? same.find((s) => s.workstation !== null)?.workstation ?? null;
    const who = account(domain, named.user!);
    const from = workstation === null ? "" : ` on ${workstation}`;
    evidence.add("decoded", `the calls are authenticated as ${who}${from}`, named.request);
    return { address, user: named.user, domain, workstation, listed: null };
  }
  const nobody = { address, user: null, domain: null, workstation: null, listed: null };
  for (const step of steps) {
    const helper = step.kind === "string-answer" ? step.detail.helper : null;
    if (helper === null || helper.user === null) continue;
    const who = account(helper.domain, helper.user);
    evidence.add(
      "decoded",
      `the help blob names ${who} as the expert; nothing authenticates it`,
      step.request,
    );
    break;
  }
  return nobody;
}

function account(domain: string | null, user: string): string {
  return domain === null ? user : `${domain}\\${user}`;
}

const LISTENER = "a listener of the connection string";

export interface Novice {
  record: OfferRecord["novice"];
  addresses: Set<string>;
  /** Those that do not only stand in the connection string. */
  names: string[];
}

/** The novice's address, and every name and address that the offer's own traffic gives it. */
export function noviceOf(
  steps: readonly Step[],
  associations: readonly AssociationRecord[],
  evidence: Evidence,
): Novice {
  const { address } = mainStep(steps).server;
  const addresses = new Set([address]);
  const found: { name: string; how: string; frames: readonly number[] }[] = [];
  const offer = (name: string, how: string, frames: readonly number[]): void => {
    if (name !== "" && canonicalAddress(name) === null) found.push({ name, how, frames });
  };
  for (const step of steps) {
    addresses.add(step.server.address);
    for (const { host } of bindingsOf(step)) {
      const written = canonicalAddress(host);
      if (written === null) offer(host, "the string bindings it answered with", step.response);
      else addresses.add(written);
    }
  }
  for (const a of associations) {
    const begun = a.contexts.flatMap((c) => (c.frame === null ? [] : [c.frame])).slice(0, 1);
    for (const { name, how } of serverNames(a)) offer(name, `${how} when its connection was bound`, begun);
  }
  for (const step of steps) {
    const serverName = step.kind === "activation" ? step.detail.serverName : null;
    if (serverName !== null) offer(serverName, "the name in the activation request", step.request);
  }
  for (const step of steps) {
    for (const { host } of listenersOf(stringOf(step))) {
      offer(host, LISTENER, step.response);
    }
  }
  const best = found[0];
  if (best !== undefined) {
    evidence.add("decoded", `the novice is ${best.name}, by ${best.how}`, best.frames);
  }
  return {
    record: { address, name: best?.name ?? null },
    addresses,
    names: [...new Set(found.filter((f) => f.how !== LISTENER).map((f) => f.name))],
  };
}
