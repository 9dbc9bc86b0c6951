/** What `raiscope merge FILE...` does: parts of one run, or call logs of several, shown as the run would have been. */
import type { Wants } from "../calllog/lacking.js";
import { codeOf, InputError } from "../capture/formats.js";
import type { FrameSource, SourceNote } from "../capture/frame.js";
import { openInputs } from "../capture/node/open.js";
import type { Event, NoteRecord, SummaryRecord } from "../events.js";
import type { NamedPlace } from "../file-names.js";
import type { InterfaceTable } from "../interfaces.js";
import type { Clock } from "../output/times.js";
import { differenceOf, type ShardHeader } from "../shard/header.js";
import { type Asked, MergedRun } from "../shard/merged-run.js";
import { ShardFile, standIn } from "../shard/shard-file.js";
import { timestamp } from "../time.js";
import {
  type AnalyzeOptions,
  analyze,
  type Parts,
  type Shards,
  show,
  warnOfContradictions,
} from "./analyze.js";
import { CommandError, complain } from "./failure.js";
import { longestLine, type Reading } from "./inputs.js";
import { outputNames } from "./outputs.js";
import { named, refuseSame } from "./same-file.js";

/** Throws CommandError where the files are neither all parts of one run nor all call logs. */
export async function merge(files: readonly string[], options: AnalyzeOptions): Promise<number> {
  if (options.limit !== undefined) {
    throw new CommandError("-c counts frames, and those were read when the parts were made", null, "usage");
  }
  if (options.timeFormat === "d") {
    throw new CommandError("-t d needs the time of every frame, which is in the capture only", null, "usage");
  }
  const longest = longestLine(options);
  const { shards, others } = await openShards(files, longest);
  await closeAll(shards);
  if (shards.length === 0) return analyze(files, options);
  warnOfContradictions(options);
  refuseSame(outputNames(options.output ?? [], options.format), named("input", files));
  const [first] = shards;
  const [other] = others;
  if (other !== undefined) {
    throw new CommandError(
      `${other} is no part of a run, as ${first!.name} is`,
      NOT_BOTH,
      "shards-not-merged",
    );
  }
  inTheirOrder(shards);
  const open = async (): Promise<ShardFile[]> => inTheirOrder((await openShards(files, longest)).shards);
  const merged = new Merged(first!.header, open);
  return show(merged, files, options, merged);
}

async function closeAll(shards: readonly ShardFile[]): Promise<void> {
  await Promise.all(shards.map((shard) => shard.close()));
}

const NOT_BOTH = "parts of a run that --shard made are merged by themselves, and so are call logs";

interface Opened {
  shards: ShardFile[];
  /** Names of files that are something else. */
  others: string[];
}

async function openShards(files: readonly string[], longest: number): Promise<Opened> {
  const shards: ShardFile[] = [];
  const others: string[] = [];
  for (const file of files) {
    let shard: ShardFile | null = null;
    try {
      const source = await openInputs([file], {
        other: async (window, bytes, name) => {
          shard = await ShardFile.open(window, bytes, name, longest);
          return shard === null ? NOTHING : standIn(shard);
        },
      });
      if (shard === null) {
        others.push(file);
        await source.close();
      } else shards.push(shard);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      await closeAll(shards);
      throw new CommandError(error.message, null, codeOf(error));
    }
  }
  return { shards, others };
}

/** What is no part of a run is opened again by whoever reads it. */
const NOTHING: FrameSource = {
  next: () => false,
  takeNotes: () => [],
  complete: true,
  holds: "records",
  close: async () => {},
};

/** All parts of one run, by their numbers. Throws CommandError, which names what is wrong of each. */
function inTheirOrder(shards: readonly ShardFile[]): ShardFile[] {
  const [first] = shards;
  const { count } = first!.header;
  const problems: string[] = [];
  const byIndex = new Map<number, ShardFile>();
  for (const shard of shards) {
    const { name, header } = shard;
    const difference = differenceOf(first!.header, header);
    const twin = byIndex.get(header.index);
    if (difference !== null) {
      problems.push(`${name} is no part of the same run as ${first!.name}: ${difference}`);
    } else if (twin !== undefined) {
      problems.push(`${twin.name} and ${name} are both part ${header.index} of ${count}`);
    } else byIndex.set(header.index, shard);
  }
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !byIndex.has(index));
  if (missing.length > 0 && problems.length === 0) {
    const which = missing.length === 1 ? `part ${missing[0]} is` : `parts ${missing.join(", ")} are`;
    problems.push(`${which} missing of ${count}, which are numbered from 0`);
  }
  const last = problems.pop();
  for (const problem of problems) complain(problem, { severity: "error", code: "shards-not-merged" });
  if (last !== undefined) throw new CommandError(last, null, "shards-not-merged");
  return [...byIndex.values()].sort((a, b) => a.header.index - b.header.index);
}

/** The parts of a run in the place of its inputs. */
class Merged implements Shards {
  readonly holds = "records";
  readonly names: readonly string[];
  readonly logs: readonly boolean[];
  readonly refused = [];
  readonly complete = true;
  readonly clock: Clock = { first: () => this.#first(), before: () => null };
  /** Opens them, each time anew. */
  readonly #open: () => Promise<ShardFile[]>;
  #parts: MergedParts | null = null;

  constructor({ inputs }: ShardHeader, open: () => Promise<ShardFile[]>) {
    this.names = inputs.map(({ name }) => name);
    this.logs = inputs.map(() => false);
    this.#open = open;
  }

  async begin(table: InterfaceTable, asked: Asked): Promise<MergedParts> {
    this.#parts = new MergedParts(await this.#open(), table, asked);
    return this.#parts;
  }

  next(): boolean {
    return false;
  }

  takeNotes(): SourceNote[] {
    return [];
  }

  async close(): Promise<void> {}

  #first(): string | null {
    const first = this.#parts?.run.first ?? null;
    return first === null ? null : timestamp(first);
  }
}

/** In the place of each frame stands what an operation brings about. */
class MergedParts implements Parts, Reading {
  readonly run: MergedRun;
  readonly table: InterfaceTable;
  readonly frames = 0;
  readonly bytes = 0;
  readonly #shards: readonly ShardFile[];
  readonly #observed: boolean;
  #notes: SourceNote[] = [];

  constructor(shards: readonly ShardFile[], table: InterfaceTable, asked: Asked) {
    this.#shards = shards;
    this.table = table;
    this.run = new MergedRun(shards, table, asked);
    this.#observed = shards[0]!.header.options["-T"] !== "";
  }

  get memory(): MergedRun["memory"] {
    return this.run.memory;
  }

  get complete(): boolean {
    return this.run.complete;
  }

  async next(): Promise<boolean> {
    if (await this.run.next()) return true;
    for (const { name, fault } of this.run.broken) {
      const message = `${name}: ${fault}; what it does not tell is missing`;
      this.#notes.push({ severity: "error", code: "shard-cut-short", message, frame: 0 });
    }
    return false;
  }

  takeNotes(): SourceNote[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  push(): readonly Event[] {
    return this.run.take();
  }

  tick(): readonly Event[] {
    return NO_EVENTS;
  }

  report(found: readonly SourceNote[]): readonly NoteRecord[] {
    return this.run.report(found);
  }

  finish(): Iterable<Event> {
    return this.run.finish();
  }

  lacks({ observations }: Wants): ReturnType<Reading["lacks"]> {
    return observations === true && !this.#observed ? [NOT_OBSERVED] : [];
  }

  readonly placeOf = (frame: number): NamedPlace | null => this.run.files.placeOf(frame);

  readonly skipped = (): SummaryRecord["skipped"] | null => this.run.skipped;

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }
}

const NO_EVENTS: readonly Event[] = [];

/** Of parts. */
const NOT_OBSERVED = {
  severity: "warning",
  code: "shard-observations-missing",
  message:
    "the parts were made without what conversations did beside calls: give --shard the -T that merge is to print",
} as const;
