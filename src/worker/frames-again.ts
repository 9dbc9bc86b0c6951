/** Some frames of what is open, read again from where they stand in their inputs. */
import type { Frame, FrameSource, Records } from "../capture/frame.js";
import type { FramePlace } from "../explain/index.js";
import { RangesBytes } from "./ranges.js";

/** An input as it can be read in any order: its bytes, unpacked, and its format. */
export interface RandomInput {
  blob: Blob;
  records: Records;
}

/** `inFile`: the number of a frame in its own file. */
export class FramesAgain {
  readonly #places: readonly FramePlace[];
  readonly #sources = new Map<number, FrameSource>();
  readonly #inFile: (frame: number) => number;
  #at = 0;

  constructor(
    places: readonly FramePlace[],
    inputOf: (file: number) => RandomInput,
    inFile: (frame: number) => number,
  ) {
    this.#places = places;
    this.#inFile = inFile;
    for (const file of new Set(places.map((place) => place.file))) {
      const { blob, records } = inputOf(file);
      const own = places.filter((place) => place.file === file);
      this.#sources.set(file, records.open(new RangesBytes(blob, partsOf(own, records.structure))));
    }
  }

  /** As a source of frames has it; false also where a file is not what it was. */
  next(frame: Frame): boolean | Promise<boolean> {
    const place = this.#places[this.#at];
    if (place === undefined) return false;
    const got = this.#sources.get(place.file)!.next(frame);
    return typeof got === "boolean"
      ? this.#pass(got, place, frame)
      : got.then((more) => this.#pass(more, place, frame));
  }

  #pass(got: boolean, place: FramePlace, frame: Frame): boolean {
    if (!got) return false;
    this.#at++;
    frame.number = place.number;
    frame.file = place.file;
    frame.inFile = this.#inFile(place.number);
    return true;
  }

  /** Whether all of them were there. */
  get complete(): boolean {
    return this.#at === this.#places.length;
  }

  async close(): Promise<void> {
    for (const source of this.#sources.values()) await source.close();
  }
}

/** The records of one file, each behind what must stand before it. */
function partsOf(places: readonly FramePlace[], structure: readonly number[]): number[] {
  const parts: number[] = [];
  let next = 0;
  for (const { position, size } of places) {
    for (; next < structure.length && structure[next]! < position; next += 2) {
      parts.push(structure[next]!, structure[next + 1]!);
    }
    parts.push(position, size);
  }
  return parts;
}
