/** Trees of fields beside a run: what traces it is loaded where a tree is asked for, and nowhere else. */

import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { Frame } from "../capture/frame.js";
import type { CallRecord, Event, EventKind } from "../events.js";
import type { Explainer } from "../explain/explainer.js";
import type { InterfaceTable } from "../interfaces.js";
import { type Format, formatNamed } from "../output/formats.js";
import type { RangesOf } from "../output/ndjson.js";
import type { Trees } from "../output/tree-printer.js";
import type { ShownTree } from "../output/tree-text.js";
import type { Witness } from "../witness.js";
import { CommandError } from "./failure.js";
import type { LogsAs } from "./inputs.js";
import { formatsOf } from "./outputs.js";
import type { Redaction } from "./redaction.js";
import type { TreeChoices } from "./tree-options.js";
import { version } from "./version.js";

/** The options with the format that -V and -x ask for. Throws CommandError where another one is asked for as well. */
export function withTrees<O extends TreeChoices & { format?: Format }>(options: O): O {
  if (options.tree !== true && options.hex !== true) return options;
  const { format = "tree" } = options;
  if (formatNamed(format).traces === true) return { ...options, format };
  throw new CommandError(
    `-V and -x show trees, and -T ${format} has none`,
    "leave -T out, or take -T tree or -T pdml",
  );
}

/** Of a call log. */
export const NO_TREES: LogsAs = { refused: "trees are made of the bytes of a capture" };

/** The records that have trees. */
export const TREE_KINDS: readonly EventKind[] = ["call", "association"];

/** Frames of which the times are remembered: what a record is made of came shortly before it. */
const REMEMBERED = 1 << 16;

export class Tracing {
  readonly #explainer: Explainer;
  readonly #frames = new Float64Array(REMEMBERED);
  readonly #seconds = new Float64Array(REMEMBERED);
  readonly #nanos = new Uint32Array(REMEMBERED);

  constructor(explainer: Explainer, witness: Witness = explainer.witness) {
    this.#explainer = explainer;
    this.witness = witness;
  }

  /** To be given to the analyzer. */
  readonly witness: Witness;

  get explainer(): Explainer {
    return this.#explainer;
  }

  /** To be called with each frame, before what it brings about is printed. */
  saw({ number, seconds, nanos }: Frame): void {
    const at = number % REMEMBERED;
    this.#frames[at] = number;
    this.#seconds[at] = seconds;
    this.#nanos[at] = nanos;
  }

  /** Seconds since 1970 with all digits; null of a frame that is too far back. */
  readonly timeOf = (frame: number): string | null => {
    const at = frame % REMEMBERED;
    if (this.#frames[at] !== frame) return null;
    return `${this.#seconds[at]}.${String(this.#nanos[at]).padStart(9, "0")}`;
  };

  /** The redaction, with what it puts in the place of a record known to be that record. */
  followed(redaction: Redaction): Redaction {
    return {
      ...redaction,
      event: (event) => {
        const shown = redaction.event(event);
        this.#explainer.follow(event, shown);
        return shown;
      },
    };
  }

  /** The tree of a record as it may be shown. */
  of(record: Event, redaction: Redaction): ShownTree | null {
    const tree = this.#explainer.tree(record);
    return tree === null ? null : redaction.tree(tree, callOf(record));
  }

  /** What printers are given. `kinds`: records that are shown. */
  trees(redaction: Redaction, kinds: ReadonlySet<EventKind>, { tree, hex }: TreeChoices): Trees {
    return {
      of: (record) => (kinds.has(record.type) ? this.of(record, redaction) : null),
      timeOf: this.timeOf,
      fields: tree === true || hex !== true,
      bytes: hex === true,
      creator: `raiscope/${version()}`,
    };
  }

  /** Where the parameters of a call stand, for the call log. */
  readonly rangesOf: RangesOf = (call) => this.#explainer.ranges(call);
}

function callOf(record: Event): CallRecord | null {
  return record.type === "call" ? record : null;
}

/** What of a run is traced, where that is known before. */
export interface TracedPart {
  /** Nothing but these conversations. */
  streams?: ReadonlySet<number> | null;
  /** The frame that is shown. */
  frame?: number | null;
  /** The ceiling of the run's memory. */
  maxMemory?: number | undefined;
}

/** The part of all memory for bytes of calls that are open, and as much again for segments. */
const SHARE = 16;

/** Traces a run over these interfaces. */
export async function newTracing(
  table: InterfaceTable,
  { streams = null, frame = null, maxMemory = DEFAULT_MAX_MEMORY }: TracedPart,
): Promise<Tracing> {
  const { Explainer } = await import("../explain/explainer.js");
  // Of a few conversations all may be kept that is kept at all.
  const explainer = new Explainer(table, streams === null ? maxMemory / SHARE : undefined, frame);
  if (streams === null) return new Tracing(explainer);
  const { Only } = await import("../explain/only.js");
  return new Tracing(explainer, new Only(explainer.witness, streams));
}

/** True where some output shows trees, or where bytes stand. */
export function showsTrees(
  files: readonly string[],
  format: Format | undefined,
  { ranges }: Pick<TreeChoices, "ranges">,
): boolean {
  return ranges === true || formatsOf(files, format).some((name) => formatNamed(name).traces === true);
}
