/** One part of a run, whose operations go into a file: frames in, lines out. What depends on all parts is merged later. */
import { DEFAULT_MAX_MEMORY, type InputEnd } from "../analyzer.js";
import type { Frame, SourceNote } from "../capture/frame.js";
import type { SummaryRecord } from "../events.js";
import { FileNames } from "../file-names.js";
import { Front } from "../front.js";
import type { InterfaceTable } from "../interfaces.js";
import { divide } from "../memory.js";
import type { KeyRing } from "../rpc/security/keyring.js";
import { plain } from "./batch.js";
import type { ShardHeader } from "./header.js";
import { AT_END, type Moment } from "./operations.js";
import { ShardWriter } from "./writer.js";

/** What is found of the input itself stands before all that a frame brings about, or the end. */
const FOUND = -10;

export interface ShardFrontOptions {
  header: ShardHeader;
  interfaces: InterfaceTable;
  keys: KeyRing | null;
  maxMemory: number | undefined;
  /** The names of the inputs. */
  files: readonly string[];
  /** What conversations did beside calls is asked for. */
  observe: boolean;
  /** Takes lines, each with its newline. */
  write(line: string): void;
}

export class ShardFront {
  readonly #front: Front;
  readonly #writer: ShardWriter;
  readonly #moment: Moment = { frame: 0, rank: 0 };
  /** What is of no conversation is told by one part alone. */
  readonly #reports: boolean;
  /** The frame pushed last. */
  #frame = 0;

  constructor({ header, interfaces, keys, maxMemory, files, observe, write }: ShardFrontOptions) {
    const { index, count } = header;
    const memory = divide(maxMemory ?? DEFAULT_MAX_MEMORY);
    this.#writer = new ShardWriter(header, write);
    this.#reports = index === 0;
    this.#front = new Front({
      table: interfaces,
      keys,
      memory,
      files: new FileNames(files, memory.kinds.places),
      // Whoever merges chooses.
      wanted: undefined,
      offers: true,
      live: false,
      observe,
      ids: true,
      witness: null,
      acknowledged: "later",
      replays: null,
      division: { index, count, follows: keys !== null },
      moment: this.#moment,
      receive: (operation) => this.#writer.operation(this.#moment, plain(operation)),
      limited: { queue: null, offers: null },
      relieved: () => {},
    });
  }

  push(frame: Frame): void {
    this.#frame = frame.number;
    this.#front.push(frame);
  }

  /** What the source found beside its frames, all of them or behind the last one that was pushed. */
  report(notes: readonly SourceNote[], atEnd = false): void {
    if (!this.#reports || notes.length === 0) return;
    const moment = { frame: atEnd ? AT_END : this.#frame + 1, rank: FOUND };
    this.#writer.operation(moment, { kind: "source", notes });
  }

  /** What the source passed over as asked. */
  skipped(skipped: SummaryRecord["skipped"] | null): void {
    if (!this.#reports || !skipped) return;
    this.#writer.operation({ frame: AT_END, rank: FOUND }, { kind: "skipped", skipped });
  }

  /** The input is at its end. */
  *finish(end: Required<Pick<InputEnd, "complete" | "ended">>): IterableIterator<void> {
    yield* this.#front.finish(end.complete, end.ended);
    this.#writer.finish();
  }
}
