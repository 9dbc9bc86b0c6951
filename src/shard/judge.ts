/**
 * What only another pair of machines knows: it hears of what all calls of all fronts teach, in the order of the run, asks again
 * what decoding each had asked, and decodes anew where the answer is another one. Such are an object that was handed to a third
 * machine, a class that another's activation named, an endpoint that was announced to somebody else.
 */
import { decodeCall } from "../call/decode-call.js";
import type { AnnouncementRecord, Endpoint, TransportRecord } from "../events.js";
import { factsOf } from "../facts/facts-of.js";
import { recordCost, recordOf } from "../record/call-record.js";
import { answerOf } from "../run/asked.js";
import type { RunState } from "../run/run-state.js";
import { callOf, type Doubt, type Told, taughtBy } from "./doubts.js";

/** A call that was decoded again. */
export interface Anew extends Omit<Told, "doubt"> {
  /** Estimated bytes of memory that the record takes. */
  cost: number;
}

export class Judge {
  readonly run: RunState;
  /** By front and association, who had announced its endpoint when its first call was finished. */
  readonly #announced = new Map<string, AnnouncementRecord | null>();
  /** Calls that were decoded again. */
  again = 0;

  constructor(run: RunState) {
    this.run = run;
  }

  /** A bind named interfaces between two machines. */
  named(client: string, server: string, uuids: readonly string[]): void {
    for (const uuid of uuids) this.run.inference.name(client, server, uuid);
  }

  /** Who announced the endpoint of an association: as of its first call, or of now where it had none. */
  announced(
    front: number,
    association: number,
    server: Endpoint,
    transport: TransportRecord,
  ): AnnouncementRecord | null {
    const key = `${front} ${association}`;
    let known = this.#announced.get(key);
    if (known === undefined) {
      known = this.run.announcements.find(server, transport);
      this.#announced.set(key, known);
    }
    return known;
  }

  /** Nothing more comes of an association. */
  over(front: number, association: number): void {
    this.#announced.delete(`${front} ${association}`);
  }

  /** A call with what its record rests on, in the order of the run; null where the record is as it should be. */
  call(doubt: Doubt): Anew | null {
    const { run } = this;
    if (!this.#isOther(doubt)) {
      if (doubt.taught !== null) run.learn(taughtBy(doubt.taught, run.table));
      return null;
    }
    this.again++;
    const decoded = decodeCall(callOf(doubt.call!), run);
    const meant = factsOf(decoded, run.table);
    run.apply(decoded, meant.facts);
    const record = recordOf(decoded, meant, run);
    return { decoded, meant, record, cost: recordCost(record, decoded) };
  }

  /** Something that was asked has another answer here. */
  #isOther({ questions, taught }: Doubt): boolean {
    for (const [name, args, answer] of questions) {
      const here = answerOf(this.run, name, args);
      if (here === answer) continue;
      // What of classes the call brings itself is known to its record.
      if (name !== "cim-class") return true;
      const own = taught?.facts.some((fact) => fact.kind === "cim-class" && fact.classId === args[0]);
      if (here !== "null" && own !== true) return true;
    }
    return false;
  }
}
