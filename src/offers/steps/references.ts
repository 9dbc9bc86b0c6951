/** Identifiers and addresses that a call hands out or mentions: object references, exporters, string bindings. */
import { readNetworkAddress } from "../../../dissectors/dcom/network-address.js";
import { NIL_GUID } from "../../../dissectors/wire/guid.js";
import type { Bindings, Fact } from "../../facts/fact.js";
import type { Binding, Given, Step } from "./step.js";

/** References, identifiers and bindings that count of one step; one more is kept where there are more, as the sign of it. */
const MAX_GIVEN = 256;

/** The call held more of them than are kept. */
export function isCut(step: Step): boolean {
  if (!("given" in step)) return false;
  const { given, mentioned, detail } = step;
  const bindings = detail !== null && "bindings" in detail ? detail.bindings.length : 0;
  return Math.max(given.length, mentioned.length, bindings) > MAX_GIVEN;
}

/** [MS-DCOM] 2.2.19.3: the tower identifier of ncacn_ip_tcp. */
const TOWER_TCP = 7;

export const NO_GIVEN: readonly Given[] = [];
export const NO_IDS: readonly string[] = [];

/** Object references that the answer handed out. */
export function givenBy(facts: readonly Fact[]): readonly Given[] {
  const given: Given[] = [];
  for (const fact of facts) {
    if (fact.kind === "interface-pointer" && fact.in === "response") {
      const { ipid, iid, oid, oxid } = fact;
      if (ipid !== NIL_GUID) put(given, { ipid, iid, oid, oxid });
    } else if (fact.kind === "query") {
      for (const { given: handed } of fact.results) {
        if (handed !== null) put(given, { ipid: handed.ipid, iid: null, oid: handed.oid, oxid: handed.oxid });
      }
    }
  }
  return given.length === 0 ? NO_GIVEN : given;
}

/** IPIDs and OXIDs that occur in the call otherwise. */
export function mentionedBy(facts: readonly Fact[]): readonly string[] {
  const ids: string[] = [];
  for (const fact of facts) {
    switch (fact.kind) {
      case "exporter":
        // One that was asked for by its OXID is there already.
        if (!ids.includes(fact.oxid)) put(ids, fact.oxid);
        if (fact.remUnknown !== null) put(ids, fact.remUnknown);
        break;
      case "oxid-asked":
        put(ids, fact.oxid);
        break;
      case "query":
        if (fact.ipid !== null) put(ids, fact.ipid);
        break;
      case "released":
      case "added":
        for (const { ipid } of fact.refs) put(ids, ipid);
        break;
      case "interface-pointer":
        if (fact.in === "request" && fact.ipid !== NIL_GUID) put(ids, fact.ipid);
    }
  }
  return ids.length === 0 ? NO_IDS : ids;
}

/** String bindings of TCP that the answer lists: of exporters and of object resolvers. */
export function bindingsBy(facts: readonly Fact[]): readonly Binding[] {
  const found: Binding[] = [];
  for (const fact of facts) {
    if (fact.kind === "exporter" || fact.kind === "resolver") add(found, fact.bindings);
    else if (fact.kind === "interface-pointer" && fact.in === "response") add(found, fact.resolver);
  }
  return found;
}

function add(found: Binding[], { strings }: Bindings): void {
  for (const { towerId, address } of strings) {
    if (towerId !== TOWER_TCP) continue;
    const { host, port } = readNetworkAddress(address);
    if (host !== "") put(found, { host, port });
  }
}

function put<T>(list: T[], item: T): void {
  if (list.length <= MAX_GIVEN) list.push(item);
}
