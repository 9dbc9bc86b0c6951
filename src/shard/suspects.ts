/**
 * Behind threads: calls whose front may not have known all are decoded again, by what all of them have taught up to there, in the order of
 * the run. What was taught is kept packed until the first such call.
 */
import { decodeCall } from "../call/decode-call.js";
import { type Facts, factsOf } from "../facts/facts-of.js";
import { recordCost, recordOf } from "../record/call-record.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { RunState } from "../run/run-state.js";
import type { Taught } from "../run/taught.js";
import { changesAnswers, inferredOf, type PlainInferred } from "./doubts.js";
import type { Anew } from "./judge.js";
import type { Marks } from "./marks.js";
import type { Suspicion } from "./suspicion.js";

/** Bytes that are kept packed; beyond them all is unpacked. */
const MAX_PACKED = 16 * 1024 * 1024;
/** What keeping costs beside the bytes. */
const PACKED_COST = 200;

interface Named {
  client: string;
  server: string;
  uuids: readonly string[];
}

type PackedTaught = Omit<Taught, "inferred"> & { inferred: PlainInferred | null };

export class Suspects {
  readonly #run: RunState;
  readonly #marks: Marks;
  readonly #unpack: (bytes: Uint8Array) => unknown;
  #packed: (Uint8Array | Named)[] = [];
  #size = 0;
  /** Calls that were decoded again. */
  again = 0;

  constructor(run: RunState, marks: Marks, unpack: (bytes: Uint8Array) => unknown) {
    this.#run = run;
    this.#marks = marks;
    this.#unpack = unpack;
  }

  /** A bind named interfaces between two machines. */
  named(named: Named): void {
    this.#keep(named, 0);
  }

  /** A call in the order of the run; null where its front knew all. */
  call(front: number, { places, call, taught }: Suspicion): Anew | null {
    if (call !== null && places.some((place) => this.#marks.isOthers(place, front))) {
      return this.#again(call);
    }
    if (taught !== null) this.#keep(taught, taught.length);
    return null;
  }

  #again(packed: Uint8Array): Anew {
    const run = this.#run;
    this.#learn();
    this.again++;
    const decoded = decodeCall(this.#unpack(packed) as FinishedCall, run);
    const meant: Facts = factsOf(decoded, run.table);
    run.apply(decoded, meant.facts);
    // What it teaches now its front may have taught otherwise.
    this.#marks.teach(meant.facts.filter(changesAnswers), run.objects, ALL);
    const record = recordOf(decoded, meant, run);
    return { decoded, meant, record, cost: recordCost(record, decoded) };
  }

  #keep(taught: Uint8Array | Named, bytes: number): void {
    this.#packed.push(taught);
    this.#size += bytes + PACKED_COST;
    if (this.#size > MAX_PACKED) this.#learn();
  }

  #learn(): void {
    const run = this.#run;
    for (const one of this.#packed) {
      if ("uuids" in one) for (const uuid of one.uuids) run.inference.name(one.client, one.server, uuid);
      else {
        const taught = this.#unpack(one) as PackedTaught;
        const inferred = taught.inferred && inferredOf(taught.inferred, run.table);
        run.learn({ ...taught, inferred });
      }
    }
    this.#packed = [];
    this.#size = 0;
  }
}

/** In the place of a front's number. */
const ALL = -1;
