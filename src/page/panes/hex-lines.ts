/** The bytes of a tree's sources as lines of one height, a block each as -x prints them. No DOM in here. */
import { visible } from "../../output/visible.js";
import type { TreeSource } from "../../view/model.js";

export const PER_LINE = 16;
/** Of where a source stands in the capture, so many runs are told. */
const SHOWN_PIECES = 8;

export type HexLine =
  | { kind: "title"; source: number }
  | { kind: "piece"; source: number; piece: number }
  | { kind: "more"; source: number; more: number }
  | { kind: "bytes"; source: number; at: number }
  | { kind: "blank" };

interface Block {
  source: number;
  first: number;
  pieces: number;
  more: number;
  rows: number;
  /** With what comes before and behind the bytes. */
  lines: number;
}

export class HexLines {
  readonly count: number;
  readonly #blocks: Block[] = [];

  /** `shown`: sources that are left out where it says false. */
  constructor(sources: readonly TreeSource[], shown: (source: number) => boolean = () => true) {
    let first = 0;
    for (const [source, { bytes, pieces, kind }] of sources.entries()) {
      if (!shown(source)) continue;
      const told = kind === "frame" ? 0 : Math.min(pieces.length, SHOWN_PIECES);
      const more = kind === "frame" ? 0 : pieces.length - told;
      const rows = Math.ceil(bytes.length / PER_LINE);
      const lines = 1 + told + (more > 0 ? 1 : 0) + rows + 1;
      this.#blocks.push({ source, first, pieces: told, more, rows, lines });
      first += lines;
    }
    this.count = first;
  }

  line(index: number): HexLine {
    const block = this.#blockAt(index);
    if (block === undefined) return { kind: "blank" };
    const { source, first, pieces, more, rows } = block;
    let at = index - first;
    if (at === 0) return { kind: "title", source };
    at -= 1;
    if (at < pieces) return { kind: "piece", source, piece: at };
    at -= pieces;
    if (more > 0) {
      if (at === 0) return { kind: "more", source, more };
      at -= 1;
    }
    return at < rows ? { kind: "bytes", source, at: at * PER_LINE } : { kind: "blank" };
  }

  /** The line that a byte stands in; -1 where its source is not shown. */
  lineOf(source: number, offset: number): number {
    const block = this.#blocks.find((b) => b.source === source);
    if (block === undefined) return -1;
    const head = 1 + block.pieces + (block.more > 0 ? 1 : 0);
    return block.first + head + Math.min(Math.floor(offset / PER_LINE), Math.max(0, block.rows - 1));
  }

  #blockAt(index: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#blocks[middle]!.first <= index) low = middle;
      else high = middle - 1;
    }
    return this.#blocks[low];
  }
}

/** Hex digits of an offset in a source of that length: four, or as many as are needed. */
function offsetDigits(length: number): number {
  return Math.max(4, Math.max(0, length - 1).toString(16).length);
}

export function hexOffset(offset: number, length: number): string {
  return offset.toString(16).padStart(offsetDigits(length), "0");
}

/** `41`; `**` of what is not to be seen. */
export function byteHex({ bytes, hidden }: TreeSource, at: number): string {
  return hidden?.[at] === 1 ? "**" : (bytes[at] ?? 0).toString(16).padStart(2, "0");
}

export function byteText({ bytes, hidden }: TreeSource, at: number): string {
  if (hidden?.[at] === 1) return "*";
  const byte = bytes[at] ?? 0;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}

/** Bytes as hex digits with blanks between them. */
export function hexOf(source: TreeSource, start: number, length: number): string {
  const end = Math.min(source.bytes.length, start + length);
  const parts: string[] = [];
  for (let at = start; at < end; at++) parts.push(byteHex(source, at));
  return parts.join(" ");
}

/** `A  Frame 7 (230 bytes)`. */
export function sourceTitle({ label, title }: TreeSource): string {
  return visible(label === "" ? title : `${label}  ${title}`);
}
