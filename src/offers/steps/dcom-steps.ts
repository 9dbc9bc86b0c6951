/**
 * The calls around an initiation as steps: endpoint mapper, object resolver, activation ([MS-DCOM] 3.2.4.1.1), class factories
 * and IRemUnknown.
 */
import { type RaiInterface, raiInterface } from "../../../dissectors/rai/interfaces.js";
import type { ActivationFact, EndpointAskedFact, OfferInput, QueryFact } from "../../facts/fact.js";
import { type Infrastructure, infrastructure } from "../../facts/infrastructure.js";
import { entryOf, raiClass } from "./entry-points.js";
import { bindingsBy, NO_GIVEN, NO_IDS } from "./references.js";
import type { Readable, Reading } from "./step.js";

/** [C706] Appendix O. */
const EPT_LOOKUP = 2;
const EPT_MAP = 3;

/** [MS-DCOM] 3.1.2.5.1. */
const RESOLVE_OXID = 0;
const SIMPLE_PING = 1;
const COMPLEX_PING = 2;
const RESOLVE_OXID2 = 4;

const MAPPING: Reading = { kind: "mapping", detail: null };
const PING: Reading = { kind: "ping", detail: null };
const FOREIGN: Reading = { kind: "foreign", detail: null };
const CREATION: Reading = { kind: "creation", detail: null };
const OBJECT: Reading = { kind: "object", detail: null };

/** HRESULTs from here on are failures. */
const FAILURE = 0x80000000;

/** null where the call can be no part of an initiation. */
export function infrastructureReading(
  readable: Readable,
  on: Infrastructure,
  input: OfferInput,
): Reading | null {
  switch (on) {
    case "endpoint-mapper":
      return mapping(readable, input);
    case "object-resolver":
      return resolverStep(input);
    case "activator":
      return activation(readable, input);
    case "class-factory":
      return CREATION;
    case "rem-unknown":
      return query(readable, input) ?? OBJECT;
    case "automation":
      return OBJECT;
  }
}

/** ept_lookup and ept_map: what was asked for shows whether it matters; where that cannot be read, it may. */
function mapping(readable: Readable, { call, facts }: OfferInput): Reading | null {
  const { opnum } = call.call;
  if (opnum !== EPT_LOOKUP && opnum !== EPT_MAP) return null;
  const asked = facts.find((f): f is EndpointAskedFact => f.kind === "endpoint-asked")?.uuids ?? [];
  const ours = asked.map(raiInterface).find((on) => on !== null);
  if (ours !== undefined) {
    readable.core = true;
    readable.entry = entryOf(ours);
    return MAPPING;
  }
  const around = asked.map(infrastructure).some((on) => on !== null && on !== "endpoint-mapper");
  return around || call.request.state === "encrypted" ? MAPPING : null;
}

function resolverStep({ call, facts }: OfferInput): Reading {
  switch (call.call.opnum) {
    case SIMPLE_PING:
    case COMPLEX_PING:
      return PING;
    case RESOLVE_OXID:
    case RESOLVE_OXID2:
      return { kind: "resolution", detail: { bindings: bindingsBy(facts) } };
    default:
      return { kind: "liveness", detail: { bindings: bindingsBy(facts) } };
  }
}

function activation(readable: Readable, { facts }: OfferInput): Reading {
  const fact = facts.find((f): f is ActivationFact => f.kind === "activation");
  const clsid = fact?.clsid ?? null;
  const known = raiClass(clsid);
  // What another class hands out is of no interest.
  if (clsid !== null && known === null) {
    readable.given = NO_GIVEN;
    readable.mentioned = NO_IDS;
    return FOREIGN;
  }
  const failure = fact === undefined || readable.result !== "ok" ? null : failureOf(readable, fact);
  if (failure !== null) {
    readable.result = "refused";
    readable.code = { value: failure, name: null, fault: false };
  }
  if (known !== null) {
    readable.core = true;
    readable.entry = known.entry;
  }
  return {
    kind: "activation",
    detail: {
      class: known?.name ?? null,
      session: fact?.session ?? null,
      console: fact?.console ?? false,
      serverName: fact?.serverName ?? null,
      bindings: bindingsBy(facts),
    },
  };
}

/** The call may succeed although the activation did not: RemoteActivation answers in phr, all answer for each interface. */
function failureOf({ given }: Readable, { hr, results }: ActivationFact): number | null {
  if (given.some(({ iid }) => iid !== null)) return null;
  return [hr, ...results].find((code): code is number => code !== null && code >= FAILURE) ?? null;
}

/** RemQueryInterface for one of [MS-RAI]'s interfaces, and whether it was given; null where others were asked for. */
function query(readable: Readable, { facts }: OfferInput): Reading | null {
  const fact = facts.find((f): f is QueryFact => f.kind === "query");
  const decisive = fact === undefined ? null : decisiveResult(fact);
  if (fact === undefined || decisive === null) return null;
  const { queried, refusal } = decisive;
  readable.core = true;
  readable.entry = entryOf(queried);
  readable.title = `${readable.title} for ${queried}`;
  if (refusal !== null) {
    readable.result = "refused";
    readable.code = { value: refusal, name: null, fault: false };
  } else if (readable.result === "refused" && readable.code?.fault === false && fact.answered) {
    // The call as a whole answers for interfaces that do not matter.
    readable.result = "ok";
    readable.code = null;
  }
  return { kind: "query", detail: { queried } };
}

/** Of several interfaces of [MS-RAI] that were asked for, one that was given counts, else the first that was refused. */
function decisiveResult({ results }: QueryFact): { queried: RaiInterface; refusal: number | null } | null {
  let refused: { queried: RaiInterface; refusal: number } | null = null;
  let unknown: { queried: RaiInterface; refusal: null } | null = null;
  for (const { iid, status } of results) {
    const queried = raiInterface(iid);
    if (queried === null) continue;
    if (status === null) unknown = { queried, refusal: null };
    else if (status < FAILURE) return { queried, refusal: null };
    else refused ??= { queried, refusal: status };
  }
  return unknown ?? refused;
}
