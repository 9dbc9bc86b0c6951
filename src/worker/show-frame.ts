/** A frame: its headers, and the PDUs that end in it, as `raiscope show --frame` has them. */
import type { Frame } from "../capture/frame.js";
import type { Event } from "../events.js";
import { Explainer } from "../explain/explainer.js";
import type { ShownFrame } from "../view/model.js";
import { nodesOf } from "../view/nodes.js";
import { NoAnswer } from "./no-answer.js";
import type { Run } from "./run.js";
import type { Turns } from "./turns.js";

/** What a reading brings of a frame. */
class Carried {
  readonly explainer: Explainer;
  readonly #number: number;
  readonly #run: Run;
  readonly #records: Event[] = [];
  readonly #rows: number[] = [];
  /** A call came out that no row is of. */
  unknown = false;
  frame: Frame | null = null;

  constructor(number: number, run: Run) {
    this.explainer = new Explainer(run.table, undefined, number);
    this.#number = number;
    this.#run = run;
  }

  readonly saw = (frame: Frame): void => {
    if (frame.number === this.#number) this.frame = frame.copy();
  };

  /** `row`: that of a call, where it is known. */
  readonly take = (event: Event, row: number | null): boolean => {
    if (event.type !== "call" && event.type !== "association") return true;
    if (!this.explainer.framesOf(event).includes(this.#number)) return true;
    this.#records.push(event);
    if (event.type !== "call") return true;
    const of = row ?? this.#run.rows.find(event);
    if (of < 0) this.unknown = true;
    else this.#rows.push(of);
    return true;
  };

  shown(frame: Frame): ShownFrame {
    const tree = nodesOf(this.explainer.frame(frame, this.#records));
    return { frame: this.#number, tree, rows: this.#rows.sort((a, b) => a - b) };
  }
}

export async function showFrame(run: Run, number: number, turns: Turns): Promise<ShownFrame> {
  const keys = run.index.having(number);
  const reading = run.first?.done !== true;
  if (keys.length > 0) {
    const carried = new Carried(number, run);
    const { witness } = carried.explainer;
    const all = await run.replay(keys, turns, witness, (event) => carried.take(event, null), carried.saw);
    // While all is read for the first time, calls are missing that are not over yet.
    if (all === true && carried.frame !== null && (reading || !carried.unknown))
      return carried.shown(carried.frame);
  } else if (!run.index.full) {
    const frame = await run.frame(number);
    if (frame !== null) return new Carried(number, run).shown(frame);
  }
  const carried = new Carried(number, run);
  await run.pass(turns, { witness: carried.explainer.witness }, carried.take, carried.saw);
  if (carried.frame === null) throw new NoAnswer(`there is no frame ${number}`);
  return carried.shown(carried.frame);
}
