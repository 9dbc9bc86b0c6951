/**
 * What a thread that is one of several sends along with a call that asked anything of the run, or taught it something: where the
 * marks are of what was asked for (marks.ts), and, packed, the call itself and what it teaches. Behind the threads nothing of it is
 * unpacked unless another one taught something about the same.
 */
import { decodeCall } from "../call/decode-call.js";
import type { Knowledge } from "../call/knowledge.js";
import type { Fact } from "../facts/fact.js";
import { factsOf } from "../facts/facts-of.js";
import { recordOf } from "../record/call-record.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { RecordKnowledge, RunState } from "../run/run-state.js";
import { taughtOf } from "../run/taught.js";
import { changesAnswers, plainInferred, type Told } from "./doubts.js";
import type { Marks } from "./marks.js";

export interface Suspicion {
  /** Places of marks. */
  places: readonly number[];
  /** The call; null where nothing was asked. */
  call: Uint8Array | null;
  /** What it teaches, or null. */
  taught: Uint8Array | null;
}

/** Values to bytes that another thread can make them of. */
export type Pack = (value: unknown) => Uint8Array;

export class Suspicious {
  readonly #run: RunState;
  readonly #marks: Marks;
  readonly #front: number;
  readonly #pack: Pack;
  readonly #knowledge: Knowledge;
  readonly #ofRecord: RecordKnowledge;
  /** Places of marks that the call at hand asked for. */
  #places: number[] = [];

  constructor(run: RunState, marks: Marks, front: number, pack: Pack) {
    this.#run = run;
    this.#marks = marks;
    this.#front = front;
    this.#pack = pack;
    const { objects, names, cimClasses } = run;
    const asks = (place: number): void => {
      this.#places.push(place);
    };
    const { types } = names;
    const ofObject = (oxid: string | null, oid: string | null): void => {
      if (oid !== null) asks(marks.object(oxid, oid));
    };
    this.#knowledge = {
      table: run.table,
      ndr: run.ndr,
      // What two machines said to each other one front has heard all of.
      inference: run.inference,
      objects: {
        called: (ipid) => {
          this.#asksFor(ipid);
          return objects.called(ipid);
        },
        dualOf: (oxid, oid) => {
          ofObject(oxid, oid);
          return objects.dualOf(oxid, oid);
        },
        iidsOf: (oxid, oid) => {
          ofObject(oxid, oid);
          return objects.iidsOf(oxid, oid);
        },
      },
      names: {
        named: (keys, dispid) => {
          // What stands under a later key is not looked at once one is found.
          for (const key of keys) {
            asks(marks.name(key));
            const member = names.named([key], dispid);
            if (member !== null) return member;
          }
          return null;
        },
        types: {
          typeOf: (object) => {
            asks(marks.types());
            return types.typeOf(object);
          },
          member: (object, dispid) => {
            asks(marks.types());
            return types.member(object, dispid);
          },
          ofGuid: (guid, dispid) => {
            asks(marks.types());
            return types.ofGuid(guid, dispid);
          },
          get dropped() {
            return types.dropped;
          },
        },
      },
    };
    this.#ofRecord = {
      table: run.table,
      objects,
      cimClasses: {
        classOf: (id) => {
          asks(marks.cimClass(id));
          return cimClasses.classOf(id);
        },
      },
    };
  }

  /** The object behind an IPID, with its class. */
  #asksFor(ipid: string): void {
    this.#places.push(this.#marks.ipid(ipid));
    const known = this.#run.objects.interfaces.peek(ipid);
    if (known !== undefined && known.oid !== null) {
      this.#places.push(this.#marks.object(known.oxid, known.oid));
    }
  }

  /** Decodes a call and makes its record, as a run that is not divided does. */
  tell(call: FinishedCall): Omit<Told, "doubt"> & { suspicion: Suspicion | null } {
    const run = this.#run;
    const decoded = decodeCall(call, this.#knowledge);
    const meant = factsOf(decoded, run.table);
    const facts = meant.facts.length === 0 ? meant.facts : meant.facts.filter(matters);
    for (const fact of facts) this.#asksForFactory(fact);
    run.apply(decoded, meant.facts);
    this.#marks.teach(facts, run.objects, this.#front);
    const record = recordOf(decoded, meant, this.#ofRecord);
    const places = this.#places;
    if (places.length > 0) this.#places = [];
    const teaches = facts.length > 0 || decoded.inferred !== null;
    if (places.length === 0 && !teaches) return { decoded, meant, record, suspicion: null };
    const taught = teaches ? taughtOf(decoded, facts) : null;
    const suspicion: Suspicion = {
      places,
      call: places.length === 0 ? null : this.#pack(call),
      taught:
        taught && this.#pack({ ...taught, inferred: taught.inferred && plainInferred(taught.inferred) }),
    };
    return { decoded, meant, record, suspicion };
  }

  /** The class of an object may be that of its factory. */
  #asksForFactory(fact: Fact): void {
    if (fact.kind === "creation") this.#asksFor(fact.factory);
    else if (fact.kind === "interface-pointer" && fact.factory !== null) this.#asksFor(fact.factory);
  }
}

/** References that are given back change how many there are, and no answer. */
function matters(fact: Fact): boolean {
  return fact.kind !== "released" && changesAnswers(fact);
}
