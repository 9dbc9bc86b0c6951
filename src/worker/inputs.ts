/** What was given to be opened as one source of frames, as often as it is asked for, and in parts. */
import type { ByteSource } from "../capture/byte-source.js";
import { codeOf, InputError, openCapture } from "../capture/formats.js";
import type { FrameSource, Records, SourceNote } from "../capture/frame.js";
import { MergedSource, type MergeInput } from "../capture/merge.js";
import type { Opening } from "../view/model.js";
import { BlobBytes } from "./blob-bytes.js";
import type { RandomInput } from "./frames-again.js";
import { gunzip } from "./gunzip.js";
import { Spool } from "./spool.js";

/** Bytes of a slice of each where there are several. */
const SHARED_SLICE = 256 << 10;

/** One reading of all inputs. */
export interface Reading {
  source: FrameSource;
  /** The inputs that are read. */
  names: readonly string[];
  /** What is to be said of the inputs that are not, beside what the source says. */
  notes: SourceNote[];
  /** False where some cannot be read. */
  complete: boolean;
  /** Bytes that were read so far. */
  taken(): number;
}

/** An input and how its frames are read alone. */
interface Input {
  name: string;
  blob: Blob;
  /** What it unpacks to; null of what is not compressed. */
  spool: Spool | null;
  /** While it is read; then `records`. */
  source: FrameSource | null;
  records: Records | null;
}

export class Inputs {
  /** Bytes of all of them. */
  readonly size: number;
  readonly #given: readonly { name: string; blob: Blob }[];
  /** Those that can be read, once they were opened, by the number that frames have of them. */
  #inputs: Input[] | null = null;

  constructor(inputs: Opening["inputs"]) {
    this.#given = inputs.map(({ name, data }) => ({
      name,
      blob: data instanceof Uint8Array ? new Blob([data as Uint8Array<ArrayBuffer>]) : data,
    }));
    this.size = this.#given.reduce((sum, { blob }) => sum + blob.size, 0);
  }

  /** Throws InputError where nothing can be used; others that cannot are among the notes. */
  async open(): Promise<Reading> {
    const first = this.#inputs === null;
    const several = this.#given.length > 1;
    const opened: BlobBytes[] = [];
    const names: string[] = [];
    const inputs: MergeInput[] = [];
    const known: Input[] = [];
    const refused: InputError[] = [];
    for (const { name, blob } of this.#given) {
      const input: Input = { name, blob, spool: null, source: null, records: null };
      const begin = async (): Promise<FrameSource> => {
        const bytes = new BlobBytes(blob, several ? SHARED_SLICE : undefined);
        opened.push(bytes);
        const unpacked = (packed: ByteSource): ByteSource => {
          input.spool = new Spool(packed);
          return input.spool;
        };
        const source = await openCapture(bytes, name, { gunzip, unpacked: first ? unpacked : null });
        input.source = source;
        return source;
      };
      try {
        const source = await begin();
        names.push(name);
        known.push(input);
        // Of many inputs few are read at the same time; the others are opened when their turn comes.
        if (inputs.length === 0) inputs.push({ source, reopen: null });
        else {
          await source.close();
          opened.pop();
          inputs.push({ source: null, reopen: begin });
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        refused.push(error);
      }
    }
    const [one, ...others] = refused;
    if (inputs.length === 0) {
      const error = one ?? new InputError("capture", "no input was named");
      error.others = others;
      throw error;
    }
    this.#inputs ??= known;
    return {
      source: inputs.length === 1 ? inputs[0]!.source! : new MergedSource(inputs),
      names,
      notes: refused.map((error) => ({
        severity: "error",
        code: codeOf(error),
        message: error.message,
        frame: 0,
      })),
      complete: refused.length === 0,
      taken: () => opened.reduce((sum, { taken }) => sum + taken, 0),
    };
  }

  /** All was read once: how to read parts is remembered, and nothing else. */
  settle(): void {
    for (const input of this.#inputs ?? []) {
      input.records = input.source?.again?.() ?? null;
      input.source = null;
    }
  }

  /** An input to read parts of; null where that cannot be done. */
  random(file: number): RandomInput | null {
    const input = this.#inputs?.[file];
    if (input === undefined) return null;
    const records = input.records ?? input.source?.again?.() ?? null;
    const blob = input.spool === null ? input.blob : input.spool.blob;
    return records === null || blob === null ? null : { blob, records };
  }
}
