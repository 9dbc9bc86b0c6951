/** The data inside a report: packed texts by the id of their element, unpacked when they are asked for. */
import { placeOfLine } from "../../report/blocks.js";
import { CASE_FORMAT, CASE_PARTS, type CaseHead, type Manifest } from "../../report/model.js";
import { unpacked, unpackedText } from "./unpack.js";

/** The text of an element; null where there is none. */
export type PartOf = (id: string) => string | null;

/** Blocks that stay unpacked: the ones used last. */
const KEPT = 8;

export class CaseData {
  readonly manifest: Manifest;
  readonly records: Lines;
  readonly trees: Lines;
  readonly #part: PartOf;

  /** Throws an Error with a sentence where the file is no whole report. */
  constructor(part: PartOf) {
    this.#part = part;
    const manifest = JSON.parse(part(CASE_PARTS.manifest) ?? "null") as Manifest | null;
    if (manifest?.format !== CASE_FORMAT)
      throw new Error("This file holds no report that this page can show.");
    this.manifest = manifest;
    this.records = new Lines(part(CASE_PARTS.records) ?? "", manifest.records.blocks);
    this.trees = new Lines(part(CASE_PARTS.trees) ?? "", manifest.trees.blocks);
  }

  async head(): Promise<CaseHead> {
    return JSON.parse(await unpackedText((this.#part(CASE_PARTS.head) ?? "").trim())) as CaseHead;
  }

  /** The capture inside; null where there is none. */
  async packets(): Promise<Uint8Array<ArrayBuffer> | null> {
    const packed = this.#part(CASE_PARTS.packets);
    return packed === null ? null : unpacked(packed.trim());
  }
}

/** Lines in packed blocks. */
export class Lines {
  readonly #counts: readonly number[];
  readonly #text: string;
  #packed: string[] | null = null;
  readonly #kept = new Map<number, Promise<string[]>>();

  constructor(text: string, counts: readonly number[]) {
    this.#text = text;
    this.#counts = counts;
  }

  get blocks(): number {
    return this.#counts.length;
  }

  /** The number of the first line of a block. */
  firstOf(block: number): number {
    return this.#counts.slice(0, block).reduce((sum, count) => sum + count, 0);
  }

  async line(number: number): Promise<string> {
    const place = placeOfLine(this.#counts, number);
    const line = place === null ? undefined : (await this.block(place.block))[place.line];
    if (line === undefined) throw new Error("That part of the report is missing: the file is damaged.");
    return line;
  }

  /** The lines of a block. */
  block(index: number): Promise<string[]> {
    let lines = this.#kept.get(index);
    if (lines !== undefined) this.#kept.delete(index);
    else {
      this.#packed ??= this.#text.trim().split("\n");
      lines = unpackedText(this.#packed[index] ?? "").then((text) => text.trimEnd().split("\n"));
    }
    this.#kept.set(index, lines);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return lines;
  }
}
