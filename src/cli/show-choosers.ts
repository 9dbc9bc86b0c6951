/** Which records and frames of a run `raiscope show` shows: each takes all that the filters let through, and hands on what is meant. */
import type { Frame } from "../capture/frame.js";
import type { CallRecord, Event, EventKind, OfferRecord } from "../events.js";
import { callName } from "../output/format.js";
import { firstFrame, type Spelling } from "../output/spelling.js";
import { callKey } from "../output/tree-printer.js";
import { visible } from "../output/visible.js";
import { CommandError } from "./failure.js";
import { type CallName, isNamed, type Selection, spelt } from "./show-selection.js";

/** Of many candidates so many are listed. */
const MAX_LISTED = 20;

export interface Chooser {
  /** Records that must be made. */
  readonly kinds: readonly EventKind[];
  /** All is shown that will be. */
  readonly done: boolean;
  take(record: Event): void;
  frame?(frame: Frame): void;
  /**
   * The input is at its end. Answers the offer that was meant, whose calls have gone by. Throws CommandError where nothing was
   * found, or too much.
   */
  finish(): OfferRecord | null;
}

export interface Stage {
  spelling: Spelling;
  show(record: Event): void;
  showFrame(frame: Frame, records: readonly Event[]): void;
  /** The frames of what a record's tree shows. */
  framesOf(record: Event): readonly number[];
}

const CALLS: readonly EventKind[] = ["call"];
const WITH_TREES: readonly EventKind[] = ["call", "association"];

/** `calls`: those of the offer that is meant, by their ids. */
export function chooserFor(selection: Selection, stage: Stage, calls: ReadonlySet<string> | null): Chooser {
  if (calls !== null) return new ByIds(calls, stage);
  switch (selection.by) {
    case "frame":
      return new ByFrame(selection.frame, stage);
    case "call":
      return new ByName(selection.call, stage);
    case "id":
      return new ById(selection.id, stage);
    default:
      return { kinds: WITH_TREES, done: false, take: (record) => stage.show(record), finish: () => null };
  }
}

function line(record: CallRecord, ordinal: number | null, { spelling }: Stage): string {
  const key = `--call ${callKey(record)}${ordinal === null ? "" : `#${ordinal}`}`;
  const time = spelling.time(record.ts, firstFrame(record));
  return `${key}  ${time}  frames ${spelling.callFrames(record)}  ${visible(callName(record))}`;
}

class ByName implements Chooser {
  readonly kinds = CALLS;
  done = false;
  readonly #name: CallName;
  readonly #stage: Stage;
  readonly #candidates: string[] = [];
  /** Other calls of the conversation. */
  readonly #others: string[] = [];
  #first: CallRecord | null = null;
  #found = 0;
  #near = 0;

  constructor(name: CallName, stage: Stage) {
    this.#name = name;
    this.#stage = stage;
  }

  take(record: Event): void {
    if (this.done) return;
    if (record.type !== "call" || record.stream !== this.#name.stream) return;
    if (!isNamed(record, this.#name)) {
      if (++this.#near <= MAX_LISTED) this.#others.push(line(record, null, this.#stage));
      return;
    }
    this.#first ??= record;
    if (++this.#found <= MAX_LISTED) this.#candidates.push(line(record, this.#found, this.#stage));
    if (this.#found !== this.#name.ordinal) return;
    this.#stage.show(record);
    this.done = true;
  }

  finish(): OfferRecord | null {
    if (this.done) return null;
    const name = spelt(this.#name);
    if (this.#found === 0) {
      const { stream } = this.#name;
      if (this.#near === 0) {
        throw new CommandError(
          `there is no call ${name}: conversation ${stream} has no calls`,
          "raiscope -T table FILE lists the calls with their conversations and frames",
          "no-such-call",
        );
      }
      const listed = listOf(this.#others, this.#near);
      throw new CommandError(`there is no call ${name}; its conversation has`, listed, "no-such-call");
    }
    if (this.#name.ordinal !== null) {
      const many = this.#found === 1 ? "there is one" : `there are ${this.#found}`;
      throw new CommandError(
        `there is no call ${name}: ${many}`,
        listOf(this.#candidates, this.#found),
        "no-such-call",
      );
    }
    if (this.#found > 1) {
      throw new CommandError(
        `${this.#found} calls are ${name}: say which`,
        listOf(this.#candidates, this.#found),
        "ambiguous-call",
      );
    }
    this.#stage.show(this.#first!);
    return null;
  }
}

function listOf(lines: readonly string[], all: number): string[] {
  const more = all - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : [...lines];
}

class ById implements Chooser {
  readonly kinds: readonly EventKind[] = ["call", "association", "offer"];
  done = false;
  readonly #id: string;
  readonly #stage: Stage;
  #found: Event[] = [];

  constructor(id: string, stage: Stage) {
    this.#id = id;
    this.#stage = stage;
  }

  take(record: Event): void {
    if (this.done || record.id === null || !record.id.startsWith(this.#id)) return;
    // A later revision stands in the place of the one before.
    this.#found = [...this.#found.filter(({ id }) => id !== record.id), record].slice(0, MAX_LISTED);
    if (record.type !== "call" || record.id !== this.#id) return;
    this.#stage.show(record);
    this.done = true;
  }

  finish(): OfferRecord | null {
    if (this.done) return null;
    const [only, ...others] = this.#found;
    if (only === undefined) {
      throw new CommandError(
        `no record has the id ${this.#id}`,
        "ids are those of -T ndjson; they are the same in every run over the same traffic",
        "no-such-id",
      );
    }
    if (others.length > 0) {
      const lines = this.#found.map((record) => `--id ${record.id}  ${record.type}`);
      throw new CommandError(`several records have ids that begin with ${this.#id}`, lines, "ambiguous-id");
    }
    if (only.type === "offer") return only;
    this.#stage.show(only);
    return null;
  }
}

class ByIds implements Chooser {
  readonly kinds = CALLS;
  readonly #left: Set<string>;
  readonly #stage: Stage;

  constructor(ids: ReadonlySet<string>, stage: Stage) {
    this.#left = new Set(ids);
    this.#stage = stage;
  }

  get done(): boolean {
    return this.#left.size === 0;
  }

  take(record: Event): void {
    if (record.id !== null && this.#left.delete(record.id)) this.#stage.show(record);
  }

  finish(): null {
    return null;
  }
}

class ByFrame implements Chooser {
  readonly kinds = WITH_TREES;
  readonly done = false;
  readonly #number: number;
  readonly #stage: Stage;
  readonly #records: Event[] = [];
  #frame: Frame | null = null;
  #last = 0;

  constructor(number: number, stage: Stage) {
    this.#number = number;
    this.#stage = stage;
  }

  frame(frame: Frame): void {
    this.#last = frame.number;
    if (frame.number === this.#number) this.#frame = frame.copy();
  }

  take(record: Event): void {
    if (this.#stage.framesOf(record).includes(this.#number)) this.#records.push(record);
  }

  finish(): null {
    if (this.#frame !== null) {
      this.#stage.showFrame(this.#frame, this.#records);
      return null;
    }
    const many = this.#last === 1 ? "one frame" : `${this.#last} frames`;
    throw new CommandError(`there is no frame ${this.#number}: ${many} were read`, null, "no-such-frame");
  }
}
