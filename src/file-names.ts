/** The inputs' names as records show them, and which file each frame of a run over several is in. */
import { wellFormed } from "../dissectors/wire/text.js";
import type { Kind } from "./budget.js";
import type { CallRecord } from "./events.js";
import { FilePlaces } from "./run/file-places.js";

/** A frame as `FILE:N` says it. */
export interface NamedPlace {
  file: string;
  number: number;
}

export class FileNames {
  readonly #files: readonly string[];
  /** null where one input is read. */
  readonly #places: FilePlaces | null;

  /** `files`: the names of the inputs; only where several are read. */
  constructor(files: readonly string[], kind: Kind) {
    this.#files = files.map((name) => wellFormed(name, null));
    this.#places = files.length > 1 ? new FilePlaces(kind) : null;
  }

  /** The next frame: `number` in the run, `inFile` in its file. True where it begins a stretch of another file's frames. */
  see(number: number, file: number, inFile: number): boolean {
    return this.#places?.see(number, file, inFile) ?? false;
  }

  /** The input's name as records show it, where several are read. */
  fileName(index: number): string | null {
    return this.#files.length > 1 ? (this.#files[index] ?? null) : null;
  }

  /** A frame's file and its number there; null where one input is read, or it is not known any more. */
  placeOf(frame: number): NamedPlace | null {
    const place = this.#places?.of(frame) ?? null;
    return place === null ? null : { file: this.#files[place.file]!, number: place.number };
  }

  /** The same of all frames of a call; null where one of them is not known any more. */
  placesOf({ request, response }: CallRecord["frames"]): CallRecord["places"] {
    if (this.#places === null) return null;
    const places: NonNullable<CallRecord["places"]> = [];
    for (const [side, frames] of [
      ["request", request],
      ["response", response],
    ] as const) {
      for (const frame of frames) {
        const at = this.placeOf(frame);
        if (at === null) return null;
        let place = places.find(({ file }) => file === at.file);
        if (place === undefined) {
          place = { file: at.file, request: [], response: [] };
          places.push(place);
        }
        place[side].push(at.number);
      }
    }
    return places;
  }
}
