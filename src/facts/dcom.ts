/**
 * What a call says of DCOM objects: [MS-DCOM] 3.2.4.1 (activation), 3.1.1.5.6 (RemQueryInterface, RemAddRef, RemRelease),
 * 3.1.2.5.1 (OXID resolution), and every object reference that passes as a value.
 */
import {
  IACTIVATION,
  ICLASSFACTORY,
  IOBJECTEXPORTER,
  IREMOTESCMACTIVATOR,
  IREMUNKNOWN,
  IREMUNKNOWN2,
} from "../../dissectors/dcom/iids.js";
import { bindingsAt, objrefsIn } from "../../dissectors/dcom/interface-pointer.js";
import { statusAt, statusesIn } from "../../dissectors/ndr/decoded.js";
import type { DecodedCall } from "../call/decoded-call.js";
import type { Value } from "../events.js";
import {
  type ActivationProperties,
  activationProperties,
  BINDINGS_PATH,
  RESULTS_PATH,
} from "./activation.js";
import type { ActivationFact, ActivationForm, Fact, QueryFact, ReferencesFact } from "./fact.js";
import { bindingsOf, guid, id, number, record, text } from "./values.js";

export function dcomFacts(decoded: DecodedCall, into: Fact[]): void {
  const { opnum, object } = decoded.call;
  let clsid: string | null = null;
  let factory: string | null = null;
  switch (decoded.identity.uuid) {
    case IACTIVATION:
      if (opnum === 0) clsid = remoteActivation(decoded, into);
      break;
    case IREMOTESCMACTIVATOR:
      if (opnum === 3 || opnum === 4) clsid = activation(decoded, opnum, into);
      break;
    case IOBJECTEXPORTER:
      objectExporter(decoded, into);
      break;
    case IREMUNKNOWN:
    case IREMUNKNOWN2:
      remUnknown(decoded, into);
      break;
    case ICLASSFACTORY:
      if (object === null) break;
      factory = object;
      into.push({ kind: "creation", factory });
  }
  references(decoded, clsid, factory, into);
}

/** Object references anywhere in the values; `clsid` and `factory` say of which class what the call hands out is. */
function references(decoded: DecodedCall, clsid: string | null, factory: string | null, into: Fact[]): void {
  for (const side of ["request", "response"] as const) {
    if (decoded[side].found.length === 0) continue;
    for (const { objref } of objrefsIn(decoded[side].found)) {
      if (objref.kind === "custom") continue;
      const { std, bindings } = objref;
      into.push({
        kind: "interface-pointer",
        in: side,
        iid: objref.iid,
        ipid: std.ipid,
        oid: std.oid,
        oxid: std.oxid,
        refs: std.publicRefs,
        resolver: bindingsOf(bindings),
        clsid: objref.kind === "handler" ? objref.clsid : clsid,
        factory: objref.kind === "handler" ? null : factory,
      });
    }
  }
}

/** 3.1.2.5.2.3.1. Answers the class that was asked for. */
function remoteActivation({ request, response }: DecodedCall, into: Fact[]): string | null {
  const { values } = request;
  const answered = response.values;
  const clsid = guid(values?.Clsid);
  into.push({
    kind: "activation",
    form: "RemoteActivation",
    clsid,
    iids: texts(values?.pIIDs),
    session: null,
    console: false,
    serverName: null,
    hr: statusAt(response.found, "phr"),
    results: statusesIn(response.found, "pResults"),
  });
  const oxid = id(answered?.pOxid);
  if (oxid === null) return clsid;
  const bindings = bindingsOf(bindingsAt(response.found, "ppdsaOxidBindings"));
  into.push({ kind: "exporter", oxid, bindings, remUnknown: guid(answered?.pipidRemUnknown) });
  return clsid;
}

/** 3.1.2.5.2.3.2 and 3.1.2.5.2.3.3: by properties. */
function activation({ request, response }: DecodedCall, opnum: 3 | 4, into: Fact[]): string | null {
  const asked = activationProperties(request.values?.pActProperties);
  const answered = activationProperties(response.values?.ppActProperties);
  const form: ActivationForm = opnum === 3 ? "RemoteGetClassObject" : "RemoteCreateInstance";
  const results = statusesIn(response.found, `ppActProperties.${RESULTS_PATH}`);
  const fact = activationFact(form, asked, results);
  into.push(fact);
  const oxid = id(answered?.oxid);
  if (oxid === null) return fact.clsid;
  const bindings = bindingsOf(bindingsAt(response.found, `ppActProperties.${BINDINGS_PATH}`));
  into.push({ kind: "exporter", oxid, bindings, remUnknown: guid(answered?.remUnknown) });
  return fact.clsid;
}

function activationFact(
  form: ActivationForm,
  asked: ActivationProperties | null,
  results: readonly number[],
): ActivationFact {
  return {
    kind: "activation",
    form,
    clsid: guid(asked?.clsid),
    iids: texts(asked?.iids),
    session: asked?.session ?? null,
    console: asked?.console ?? false,
    serverName: text(asked?.serverName),
    hr: null,
    results,
  };
}

/** 3.1.2.5.1: ResolveOxid and ResolveOxid2, and ServerAlive2. */
function objectExporter({ call, request, response }: DecodedCall, into: Fact[]): void {
  if (call.opnum === 5) {
    const bindings = bindingsOf(bindingsAt(response.found, "ppdsaOrBindings"));
    if (bindings.strings.length > 0) into.push({ kind: "resolver", bindings });
    return;
  }
  if (call.opnum !== 0 && call.opnum !== 4) return;
  const oxid = id(request.values?.pOxid);
  if (oxid === null) return;
  into.push({ kind: "oxid-asked", oxid });
  const bindings = bindingsOf(bindingsAt(response.found, "ppdsaOxidBindings"));
  into.push({ kind: "exporter", oxid, bindings, remUnknown: guid(response.values?.pipidRemUnknown) });
}

/** 3.1.1.5.6 and 3.1.1.5.7. */
function remUnknown(decoded: DecodedCall, into: Fact[]): void {
  switch (decoded.call.opnum) {
    case 3:
    case 6:
      into.push(query(decoded));
      return;
    case 4:
      into.push(counted(decoded, "added"));
      return;
    case 5:
      into.push(counted(decoded, "released"));
  }
}

/** One result for each IID that was asked for, in the same order: REMQIRESULTs, or of RemQueryInterface2 HRESULTs. */
function query({ request, response }: DecodedCall): QueryFact {
  const iids = listOf(request.values?.iids);
  const list = listOf(response.values?.ppQIResults);
  const isSecond = list === null && response.values?.phr !== undefined;
  const statuses = isSecond
    ? statusesIn(response.found, "phr")
    : statusesIn(response.found, "ppQIResults", ".hResult");
  const count = Math.max(iids?.length ?? 0, list?.length ?? 0);
  const results: QueryFact["results"][number][] = [];
  for (let i = 0; i < count; i++) {
    const status = statuses[i] ?? null;
    const std = record(record(list?.[i])?.std);
    const ipid = guid(std?.ipid);
    results.push({
      iid: text(iids?.[i]),
      status,
      given:
        ipid === null
          ? null
          : { ipid, oid: text(std?.oid), oxid: text(std?.oxid), refs: number(std?.cPublicRefs) ?? 0 },
    });
  }
  const answered = list !== null || isSecond;
  return { kind: "query", ipid: guid(request.values?.ripid), results, answered };
}

function counted({ request }: DecodedCall, kind: ReferencesFact["kind"]): ReferencesFact {
  const refs = (listOf(request.values?.InterfaceRefs) ?? []).flatMap((ref) => {
    const ipid = guid(record(ref)?.ipid);
    return ipid === null ? [] : [{ ipid, count: number(record(ref)?.cPublicRefs) ?? 0 }];
  });
  return { kind, refs };
}

function listOf(value: Value | undefined): Value[] | null {
  return Array.isArray(value) ? value : null;
}

function texts(value: Value | undefined): string[] {
  return (listOf(value) ?? []).filter((v) => typeof v === "string");
}
