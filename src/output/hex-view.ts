/**
 * The bytes of a tree's sources (-x), a block each as tshark prints them, with the letter that the tree has for it and where in
 * the capture its bytes stand.
 */
import type { Piece, Source } from "../../dissectors/wire/trace.js";
import type { Paint } from "./paint.js";
import { framesText, PLAIN_SPELLING, type Spelling } from "./spelling.js";
import { labelsOf, type ShownTree, titleOf } from "./tree-text.js";
import { offsetDigits } from "./tree-view.js";
import { visible } from "./visible.js";
import { wrap } from "./width.js";

const PER_LINE = 16;
/** Columns of the bytes of a full line. */
const HEX_COLUMNS = 3 * PER_LINE - 1;
/** Of where a source stands in the capture, so many runs are told. */
const SHOWN_PIECES = 8;

export interface HexViewOptions {
  columns: number;
  paint: Paint;
  spelling?: Spelling;
}

export function hexView(
  tree: ShownTree,
  { columns, paint, spelling = PLAIN_SPELLING }: HexViewOptions,
): string {
  const labels = labelsOf(tree);
  return tree.sources
    .map((source, index) => {
      const label = labels[index]!;
      const title = paint("title", `${label === "" ? "" : `${label}  `}${visible(titleOf(source))}:`);
      const origin = originOf(source, tree, labels, spelling);
      const told = origin === "" ? [] : wrap(origin, columns - 2).map((line) => `  ${paint("dim", line)}`);
      return [title, ...told, ...blockOf(source, tree.masks?.[index] ?? null, paint), ""].join("\n");
    })
    .join("\n");
}

function blockOf({ bytes }: Source, mask: Uint8Array | null, paint: Paint): string[] {
  const digits = offsetDigits(bytes.length);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const end = Math.min(bytes.length, at + PER_LINE);
    let hex = "";
    let text = "";
    for (let i = at; i < end; i++) {
      const byte = bytes[i]!;
      const hidden = mask?.[i] === 1;
      hex += `${i === at ? "" : " "}${hidden ? "**" : byte.toString(16).padStart(2, "0")}`;
      text += hidden ? "*" : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
    }
    const offset = paint("dim", at.toString(16).padStart(digits, "0"));
    lines.push(`${offset}  ${hex.padEnd(HEX_COLUMNS)}   ${text}`);
  }
  return lines;
}

/** Where the bytes of a source stand; "" of a frame, which is what it is. */
function originOf(
  { kind, pieces }: Source,
  { sources }: ShownTree,
  labels: readonly string[],
  spelling: Spelling,
): string {
  if (kind === "frame") return "";
  const told = pieces.slice(0, SHOWN_PIECES).map((piece) => pieceText(piece, sources, labels, spelling));
  const more = pieces.length - SHOWN_PIECES;
  if (more > 0) told.push(`${more} more ${more === 1 ? "run" : "runs"}`);
  return told.length === 0 ? "" : `made of ${told.join(", ")}`;
}

function pieceText(
  { from, at, length, sealed }: Piece,
  sources: readonly Source[],
  labels: readonly string[],
  spelling: Spelling,
): string {
  const place =
    typeof from === "number"
      ? `${labels[from]} (${sources[from]!.name})`
      : framesText(spelling, [from.frame]);
  const offset = at.toString(16).padStart(4, "0");
  return `${visible(place)} ${offset}+${length}${sealed ? ", encrypted there" : ""}`;
}
