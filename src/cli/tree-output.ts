/** Results as a tree of Parquet files (lake/tree.ts), as an output beside others. */

import { rmdirSync } from "node:fs";
import type { Event, EventKind } from "../events.js";
import { LakeError } from "../lake/part-file.js";
import { newRunName, ParquetTree } from "../lake/tree.js";
import type { Format } from "../output/formats.js";
import { CommandError, systemReason } from "./failure.js";
import { makeFolder } from "./folder-output.js";

/** Milliseconds after which what a live run gathered gets its place in the tree. */
const LIVE_MS = 15 * 60_000;

export interface TreeTarget {
  sensor: string;
  kinds: ReadonlySet<EventKind>;
  /** Estimated bytes of memory that rows may take. */
  held: number | undefined;
  /** The input never ends: files are completed as time goes by. */
  live: boolean;
}

/** As `Output`, of a tree. */
export class TreeOutput {
  readonly name: string;
  readonly format: Format;
  beforeWrite: (() => void) | null = null;
  readonly isTerminal = false;
  readonly #made: boolean;
  readonly #tree: ParquetTree;
  readonly #live: boolean;
  #since = performance.now();
  #failure: Error | null = null;
  #over = false;

  /** Throws CommandError where there is no folder of that name and none can be made. */
  constructor(name: string, format: Format, { sensor, kinds, held, live }: TreeTarget) {
    this.name = name;
    this.format = format;
    this.#live = live;
    this.#made = makeFolder(name, format);
    const run = newRunName(Date.now());
    this.#tree = new ParquetTree({ root: name, sensor, run, kinds, ...(held === undefined ? {} : { held }) });
  }

  get failure(): Error | null {
    return this.#failure;
  }

  /** Nothing more can be written: one file that cannot be takes all with it. */
  get closed(): boolean {
    return this.#over || this.#failure !== null;
  }

  /** Nothing that stands in a tree is changed. */
  begin(): void {}

  /** Nothing will be written: a folder that was made for this run goes. */
  discard(): void {
    this.#over = true;
    if (this.#made) rmdirSync(this.name);
  }

  push(event: Event): void {
    this.#guarded(() => this.#tree.push(event));
  }

  flush(): void {
    if (!this.#live || performance.now() - this.#since < LIVE_MS) return;
    this.#complete();
  }

  /** What was gathered gets its place in the tree; what comes begins new files. */
  async reopen(): Promise<void> {
    this.#complete();
  }

  #complete(): void {
    this.#since = performance.now();
    this.#guarded(() => void this.#tree.complete());
  }

  /** Files are written at once. */
  pressure(): null {
    return null;
  }

  /** Completes everything. Throws CommandError where a file could not be written. */
  async finish(): Promise<void> {
    this.#guarded(() => void this.#tree.finish());
    this.#over = true;
    if (this.#failure !== null) throw this.#failure;
  }

  #guarded(act: () => void): void {
    if (this.closed) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof LakeError)) throw error;
      const reason = systemReason(error.cause);
      this.#failure = new CommandError(
        `${error.path}: cannot be written: ${reason}`,
        "what has its name is complete; the rest of this run is not in the tree",
      );
      this.#tree.abandon();
    }
  }
}
