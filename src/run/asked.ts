/**
 * What decoding asked of the run, written down with the answers: where several share the work, each has seen a part of the
 * machines, and whoever has seen all asks the same again (shard/judge.ts). Only an answer that is another one there can make another call.
 */
import type {
  Evidence,
  InferenceKnowledge,
  Knowledge,
  NameKnowledge,
  ObjectKnowledge,
} from "../call/knowledge.js";
import type { RecordKnowledge, RunState } from "./run-state.js";

type Argument = string | number | null | readonly string[];

/** A question by its name, and what it was asked with; the answer as text. */
export type Question = readonly [name: QuestionName, args: readonly Argument[], answer: string];

type Ask = (run: RunState, ...args: never[]) => unknown;

/** Every question whose answer may depend on what other machines said. */
const QUESTIONS = {
  /** What the record says of the object called, `target`. */
  target: ({ objects }: RunState, ipid: string) => {
    const known = objects.interfaces.peek(ipid);
    if (known === undefined) return null;
    const { iid, oxid, oid, firstFrame } = known;
    return [iid, oxid, oid, firstFrame, objects.classOfInterface(known)];
  },
  called: ({ objects }: RunState, ipid: string) => objects.called(ipid),
  dual: ({ objects }: RunState, oxid: string | null, oid: string | null) => objects.dualOf(oxid, oid),
  iids: ({ objects }: RunState, oxid: string | null, oid: string | null) => objects.iidsOf(oxid, oid),
  named: ({ names }: RunState, keys: readonly string[], dispid: number) => names.named(keys, dispid),
  type: ({ names }: RunState, object: string) => names.types.typeOf(object),
  member: ({ names }: RunState, object: string, dispid: number) => names.types.member(object, dispid),
  "member-of": ({ names }: RunState, guid: string, dispid: number) => names.types.ofGuid(guid, dispid),
  dropped: ({ names }: RunState) => names.types.dropped,
  context: ({ inference }: RunState, key: string) => evidenceText(inference.ofContext(key)),
  ipid: ({ inference }: RunState, key: string) => evidenceText(inference.ofIpid(key)),
  between: ({ inference }: RunState, one: string, other: string) => inference.namedBetween(one, other),
  remote: ({ inference }: RunState, client: string, server: string) => inference.asked(client, server),
  drops: ({ inference }: RunState, context: string | null, ipid: string | null) =>
    inference.drops({ context, ipid }),
  /** Asked when what the call itself says is known. */
  "cim-class": ({ cimClasses }: RunState, classId: string) => cimClasses.markOf(classId),
} satisfies { [name: string]: Ask };

export type QuestionName = keyof typeof QUESTIONS;

/** What the run answers. */
export function answerOf(run: RunState, name: QuestionName, args: readonly Argument[]): string {
  return JSON.stringify((QUESTIONS[name] as Ask)(run, ...(args as never[])) ?? null);
}

/** Knowledge of a run that writes down what is asked. */
export class Asked implements Knowledge {
  readonly questions: Question[] = [];
  readonly #run: RunState;
  readonly table: Knowledge["table"];
  readonly ndr: Knowledge["ndr"];
  readonly objects: ObjectKnowledge;
  readonly names: NameKnowledge;
  readonly inference: InferenceKnowledge;
  /** What records ask: of objects the target is asked for beforehand. */
  readonly ofRecord: RecordKnowledge;

  /** `object`: the one called. */
  constructor(run: RunState, object: string | null) {
    this.#run = run;
    this.table = run.table;
    this.ndr = run.ndr;
    if (object !== null) this.#note("target", [object]);
    const { objects, names, inference, cimClasses } = run;
    this.objects = {
      called: (ipid) => this.#ask("called", [ipid], objects.called(ipid)),
      dualOf: (oxid, oid) => this.#ask("dual", [oxid, oid], objects.dualOf(oxid, oid)),
      iidsOf: (oxid, oid) => this.#ask("iids", [oxid, oid], objects.iidsOf(oxid, oid)),
    };
    const { types } = names;
    const ask = this.#ask.bind(this);
    this.names = {
      named: (keys, dispid) => this.#ask("named", [keys, dispid], names.named(keys, dispid)),
      types: {
        typeOf: (object) => this.#ask("type", [object], types.typeOf(object)),
        member: (object, dispid) => this.#ask("member", [object, dispid], types.member(object, dispid)),
        ofGuid: (guid, dispid) => this.#ask("member-of", [guid, dispid], types.ofGuid(guid, dispid)),
        get dropped() {
          return ask("dropped", [], types.dropped);
        },
      },
    };
    this.inference = {
      ofContext: (key) => this.#ask("context", [key], inference.ofContext(key)),
      ofIpid: (key) => this.#ask("ipid", [key], inference.ofIpid(key)),
      namedBetween: (one, other) => this.#ask("between", [one, other], inference.namedBetween(one, other)),
      asked: (client, server) => this.#ask("remote", [client, server], inference.asked(client, server)),
      drops: (keys) => this.#ask("drops", [keys.context, keys.ipid], inference.drops(keys)),
    };
    this.ofRecord = {
      table: run.table,
      objects,
      cimClasses: { classOf: (id) => this.#ask("cim-class", [id], cimClasses.classOf(id)) },
    };
  }

  #ask<T>(name: QuestionName, args: readonly Argument[], answer: T): T {
    this.#note(name, args);
    return answer;
  }

  #note(name: QuestionName, args: readonly Argument[]): void {
    this.questions.push([name, args, answerOf(this.#run, name, args)]);
  }
}

function evidenceText(evidence: Evidence | null): unknown {
  if (evidence === null) return null;
  const { stated, fitting, named, noted, tried } = evidence;
  return [
    stated === null ? null : [stated.uuid, stated.version, stated.transfer],
    fitting === null
      ? null
      : [...fitting].map(([{ uuid, version }, { opnums, marked }]) => [
          uuid,
          version.major,
          [...opnums].sort((a, b) => a - b),
          marked,
        ]),
    named?.uuid ?? null,
    noted,
    tried,
  ];
}
