/** What was given to be opened as one source of frames, as often as it is asked for. */
import { codeOf, InputError, openCapture } from "../capture/formats.js";
import type { FrameSource, SourceNote } from "../capture/frame.js";
import { MergedSource, type MergeInput } from "../capture/merge.js";
import type { Opening } from "../view/model.js";
import { BlobBytes } from "./blob-bytes.js";
import { gunzip } from "./gunzip.js";

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

export class Inputs {
  /** Bytes of all of them. */
  readonly size: number;
  readonly #files: readonly { name: string; blob: Blob }[];

  constructor(inputs: Opening["inputs"]) {
    this.#files = inputs.map(({ name, data }) => ({
      name,
      blob: data instanceof Uint8Array ? new Blob([data as Uint8Array<ArrayBuffer>]) : data,
    }));
    this.size = this.#files.reduce((sum, { blob }) => sum + blob.size, 0);
  }

  /** Throws InputError where nothing can be used; others that cannot are among the notes. */
  async open(): Promise<Reading> {
    const several = this.#files.length > 1;
    const opened: BlobBytes[] = [];
    const names: string[] = [];
    const inputs: MergeInput[] = [];
    const refused: InputError[] = [];
    for (const { name, blob } of this.#files) {
      const begin = async (): Promise<FrameSource> => {
        const bytes = new BlobBytes(blob, several ? SHARED_SLICE : undefined);
        opened.push(bytes);
        return openCapture(bytes, name, { gunzip });
      };
      try {
        const source = await begin();
        names.push(name);
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
    const [first, ...others] = refused;
    if (inputs.length === 0) {
      const error = first ?? new InputError("capture", "no input was named");
      error.others = others;
      throw error;
    }
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
}
