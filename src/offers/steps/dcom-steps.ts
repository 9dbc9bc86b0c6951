/**
 * The calls around an initiation as steps: endpoint mapper, object resolver, activation ([MS-DCOM] 3.2.4.1.1), class factories
 * and IRemUnknown.
 */
import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import type { ActivationFact, EndpointAskedFact, OfferInput, QueryFact } from "../../facts/fact.js";
import { type Infrastructure, infrastructure } from "../../facts/infrastructure.js";
import { entryOf, raiClass } from "./entry-points.js";
import { bindingsBy } from "./references.js";
import type { CallBase, CallStep, Mapping, Query } from "./step.js";

/** [C706] Appendix O. */
const EPT_LOOKUP = 2;
const EPT_MAP = 3;

/** [MS-DCOM] 3.1.2.5.1. */
const RESOLVE_OXID = 0;
const SIMPLE_PING = 1;
const COMPLEX_PING = 2;
const RESOLVE_OXID2 = 4;

/** HRESULTs from here on are failures. */
const FAILURE = 0x80000000;

/** null where the call can be no part of an initiation. */
export function infrastructureStep(base: CallBase, on: Infrastructure, input: OfferInput): CallStep | null {
  switch (on) {
    case "endpoint-mapper":
      return mapping(base, input);
    case "object-resolver":
      return resolverStep(base, input);
    case "activator":
      return activation(base, input);
    case "class-factory":
      return { ...base, kind: "creation" };
    case "rem-unknown":
      return query(base, input) ?? { ...base, kind: "object" };
    case "automation":
      return { ...base, kind: "object" };
  }
}

/** ept_lookup and ept_map: what was asked for shows whether it matters; where that cannot be read, it may. */
function mapping(base: CallBase, { call, facts }: OfferInput): Mapping | null {
  const { opnum } = call.call;
  if (opnum !== EPT_LOOKUP && opnum !== EPT_MAP) return null;
  const asked = facts.find((f): f is EndpointAskedFact => f.kind === "endpoint-asked")?.uuids ?? [];
  const ours = asked.map(raiInterface).find((on) => on !== null);
  if (ours !== undefined) return { ...base, kind: "mapping", core: true, entry: entryOf(ours) };
  const around = asked.map(infrastructure).some((on) => on !== null && on !== "endpoint-mapper");
  return around || call.request.state === "encrypted" ? { ...base, kind: "mapping" } : null;
}

function resolverStep(base: CallBase, { call, facts }: OfferInput): CallStep {
  switch (call.call.opnum) {
    case SIMPLE_PING:
    case COMPLEX_PING:
      return { ...base, kind: "ping" };
    case RESOLVE_OXID:
    case RESOLVE_OXID2:
      return { ...base, kind: "resolution", bindings: bindingsBy(facts) };
    default:
      return { ...base, kind: "liveness", bindings: bindingsBy(facts) };
  }
}

function activation(base: CallBase, { facts }: OfferInput): CallStep {
  const fact = facts.find((f): f is ActivationFact => f.kind === "activation");
  const clsid = fact?.clsid ?? null;
  const known = raiClass(clsid);
  // What another class hands out is of no interest.
  if (clsid !== null && known === null) return { ...base, kind: "foreign", given: [], mentioned: [] };
  const failure = fact === undefined || base.result !== "ok" ? null : failureOf(base, fact);
  return {
    ...base,
    kind: "activation",
    core: base.core || known !== null,
    entry: known?.entry ?? base.entry,
    result: failure === null ? base.result : "refused",
    code: failure === null ? base.code : { value: failure, name: null, fault: false },
    class: known?.name ?? null,
    session: fact?.session ?? null,
    console: fact?.console ?? false,
    serverName: fact?.serverName ?? null,
    bindings: bindingsBy(facts),
  };
}

/** The call may succeed although the activation did not: RemoteActivation answers in phr, all answer for each interface. */
function failureOf({ given }: CallBase, { hr, results }: ActivationFact): number | null {
  if (given.some(({ iid }) => iid !== null)) return null;
  return [hr, ...results].find((code): code is number => code !== null && code >= FAILURE) ?? null;
}

/** RemQueryInterface for one of [MS-RAI]'s interfaces, and whether it was given; null where others were asked for. */
function query(base: CallBase, { facts }: OfferInput): Query | null {
  const fact = facts.find((f): f is QueryFact => f.kind === "query");
  const decisive = fact === undefined ? null : decisiveResult(fact);
  if (fact === undefined || decisive === null) return null;
  const { queried, refusal } = decisive;
  const ours = {
    ...base,
    kind: "query" as const,
    core: true,
    entry: entryOf(queried),
    title: `${base.title} for ${queried}`,
    queried,
  };
  if (refusal !== null) {
    return { ...ours, result: "refused", code: { value: refusal, name: null, fault: false } };
  }
  // The call as a whole answers for interfaces that do not matter.
  const asWhole = base.result === "refused" && base.code?.fault === false && fact.answered;
  return asWhole ? { ...ours, result: "ok", code: null } : ours;
}

/** Of several interfaces of [MS-RAI] that were asked for, one that was given counts, else the first that was refused. */
function decisiveResult({
  results,
}: QueryFact): { queried: Query["queried"]; refusal: number | null } | null {
  let refused: { queried: Query["queried"]; refusal: number } | null = null;
  let unknown: { queried: Query["queried"]; refusal: null } | null = null;
  for (const { iid, status } of results) {
    const queried = raiInterface(iid);
    if (queried === null) continue;
    if (status === null) unknown = { queried, refusal: null };
    else if (status < FAILURE) return { queried, refusal: null };
    else refused ??= { queried, refusal: status };
  }
  return unknown ?? refused;
}
