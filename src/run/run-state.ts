/**
 * All that is known across the connections of a run, and the only one who writes it: objects and exporters, names of
 * automation members, announced endpoints, CIM classes, and what unnamed interfaces are inferred from. Decoding asks it questions
 * (`Knowledge`); facts change it, in the order in which calls are finished.
 */
import { IREMUNKNOWN2 } from "../../dissectors/dcom/iids.js";
import { isRaiClass, raiInterface } from "../../dissectors/rai/interfaces.js";
import { type Kind, unlimited } from "../budget.js";
import type { DecodedCall } from "../call/decoded-call.js";
import type { Knowledge, NdrKnowledge } from "../call/knowledge.js";
import type { ExporterFact, Fact, InterfacePointerFact, QueryFact } from "../facts/fact.js";
import type { InterfaceTable } from "../interfaces.js";
import { Announcements, type Seen } from "./announcements.js";
import { CimClasses } from "./cim-classes.js";
import { Inference } from "./inference.js";
import { DispidNames, NAME_LIMITS } from "./names.js";
import { ObjectTable } from "./objects.js";
import { type Taught, taughtOf } from "./taught.js";

/** HRESULTs from here on are failures. */
const FAILURE = 0x80000000;

/** The kinds of memory that the run's knowledge draws on. */
export interface RunKinds {
  objects: Kind;
  names: Kind;
  inference: Kind;
  announcements: Kind;
  cimClasses: Kind;
}

/** What records ask of the run. */
export interface RecordKnowledge {
  readonly table: InterfaceTable;
  readonly objects: Pick<ObjectTable, "interfaces" | "classOfInterface">;
  readonly cimClasses: Pick<CimClasses, "classOf">;
}

/** A run that was before, and up to which frame its knowledge counts. */
export interface EarlierRun {
  run: RunState;
  now(): number;
}

/** Facts that change what a run has of its own where all else is lent by an earlier one. */
const OWN_FACTS: ReadonlySet<Fact["kind"]> = new Set([
  "member-name",
  "name-passed-over",
  "type-of-object",
  "type-attributes",
  "type-name",
  "type-member",
  "type-implements",
  "type-reference",
] as const);

export class RunState implements Knowledge {
  readonly table: InterfaceTable;
  readonly ndr: NdrKnowledge;
  readonly objects: ObjectTable;
  readonly names: DispidNames;
  readonly inference: Inference;
  readonly announcements: Announcements;
  readonly cimClasses: CimClasses;
  /** Another run knows the same objects, endpoints and classes, and more: they are its own. */
  readonly #lent: boolean;

  /** `earlier`: a run over the whole capture that this one reads a part of, whose knowledge is asked and not changed. */
  constructor(
    table: InterfaceTable,
    ndr: RunState["ndr"],
    kinds: RunKinds = ALL_UNLIMITED(),
    earlier: EarlierRun | null = null,
  ) {
    this.table = table;
    this.ndr = ndr;
    this.#lent = earlier !== null;
    this.objects = earlier?.run.objects ?? new ObjectTable(kinds.objects);
    const names = earlier && { names: earlier.run.names, now: earlier.now };
    this.names = new DispidNames(kinds.names, NAME_LIMITS, names);
    this.inference = new Inference(kinds.inference, earlier?.run.inference ?? null);
    this.announcements =
      earlier?.run.announcements ?? new Announcements(table.interfaceName, kinds.announcements);
    this.cimClasses = earlier?.run.cimClasses ?? new CimClasses(kinds.cimClasses);
  }

  /** Remembers what a call says: `facts` of `decoded`. */
  apply(decoded: DecodedCall, facts: readonly Fact[]): void {
    const taught = taughtOf(decoded, facts);
    if (taught !== null) this.learn(taught);
  }

  /** The same of a call that somebody else may have decoded. */
  learn(taught: Taught): void {
    const { object, stream, conversation, frame, inferred } = taught;
    if (object !== null) {
      if (!this.#lent) this.objects.used(object, frame, conversation);
      // That all names were dropped was noted with this call.
      if (taught.concernsNames) this.names.types.dropped = false;
    }
    if (inferred !== null) this.inference.learn(inferred);
    const seen: Seen = { server: taught.server, stream, conversation, frame };
    for (const fact of taught.facts) {
      if (!this.#lent || OWN_FACTS.has(fact.kind)) this.#apply(fact, taught, seen);
    }
  }

  #apply(fact: Fact, taught: Taught, seen: Seen): void {
    const { frame, conversation } = seen;
    const { answer } = taught;
    switch (fact.kind) {
      case "interface-pointer":
        this.#named(fact.iid, taught);
        this.#reference(fact, seen);
        return;
      case "exporter":
        this.#exporter(fact, seen, answer);
        return;
      case "activation":
        if (fact.clsid !== null && isRaiClass(fact.clsid)) this.#asked(taught);
        return;
      case "creation": {
        const clsid = this.objects.called(fact.factory)?.clsid ?? null;
        if (clsid !== null && isRaiClass(clsid)) this.#asked(taught);
        return;
      }
      case "query":
        this.#queried(fact, taught, seen);
        return;
      case "released":
        for (const { ipid, count } of fact.refs) this.objects.released(ipid, count, frame, conversation);
        return;
      case "endpoint-asked":
        if (fact.uuids.some((uuid) => raiInterface(uuid) !== null)) this.#asked(taught);
        return;
      case "endpoint":
        this.#named(fact.uuid, taught);
        this.announcements.mapped(fact, { ...seen, frame: answer });
        return;
      case "dual":
        this.objects.setDual(fact.oxid, fact.oid, fact.iid, fact.inferred);
        return;
      case "member-name":
        this.names.learn(fact, frame);
        return;
      case "name-passed-over":
        this.names.passedOver();
        return;
      case "cim-class":
        this.cimClasses.learn(fact.classId, fact.bytes);
        return;
      case "type-of-object":
      case "type-attributes":
      case "type-name":
      case "type-member":
      case "type-implements":
      case "type-reference":
        this.names.types.apply(fact, frame);
    }
  }

  #asked({ client, server }: Taught): void {
    this.inference.ask(client, server);
  }

  #named(uuid: string, { client, server }: Taught): void {
    this.inference.name(client, server, uuid);
  }

  #reference(fact: InterfacePointerFact, { frame, conversation }: Seen): void {
    const { iid, ipid, oid, oxid, refs, resolver, factory } = fact;
    const clsid = fact.clsid ?? (factory === null ? null : (this.objects.called(factory)?.clsid ?? null));
    this.objects.learn(ipid, { iid, oid, oxid, refs }, frame, conversation);
    this.objects.exporter(oxid, { resolver: resolver.strings, security: resolver.security }, frame);
    if (clsid !== null) this.objects.setClass(oxid, oid, clsid);
  }

  #exporter(fact: ExporterFact, seen: Seen, answer: number): void {
    const { oxid, bindings, remUnknown } = fact;
    const { strings, security } = bindings;
    const stated = { bindings: strings, security, remUnknown, machine: seen.server };
    this.objects.exporter(oxid, stated, seen.frame);
    this.announcements.exporter(fact, { ...seen, frame: answer });
    if (remUnknown === null) return;
    this.objects.learn(remUnknown, { iid: IREMUNKNOWN2, oid: null, oxid }, seen.frame, seen.conversation);
  }

  #queried({ results }: QueryFact, taught: Taught, { frame, conversation }: Seen): void {
    for (const { iid, status, given } of results) {
      const refused = status !== null && status >= FAILURE;
      if (refused) continue;
      if (iid !== null && raiInterface(iid) !== null) this.#asked(taught);
      if (iid !== null) this.#named(iid, taught);
      if (given === null) continue;
      const { ipid, oid, oxid, refs } = given;
      this.objects.learn(ipid, { iid, oid, oxid, refs }, frame, conversation);
    }
  }
}

function ALL_UNLIMITED(): RunKinds {
  return {
    objects: unlimited(),
    names: unlimited(),
    inference: unlimited(),
    announcements: unlimited(),
    cimClasses: unlimited(),
  };
}
