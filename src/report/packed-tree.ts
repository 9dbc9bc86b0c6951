/**
 * Trees as compact JSON: nodes as short lists, bytes as hex digits, `**` for those that are not to be seen. What is hidden is not in
 * the text at all.
 */
import type { NodeTree, TreeNode, TreeSource } from "../view/model.js";

const KINDS: readonly TreeNode["kind"][] = ["structure", "value", "bit", "unset-bit"];

/** depth, name, text, kind, source, start, length; behind them a note and 1 for a prefix, where there are any. */
type PackedNode =
  | [number, string, string, number, number, number, number]
  | [number, string, string, number, number, number, number, string | null, number];

type PackedPiece = [start: number, length: number, source: number, frame: number, at: number, sealed: number];

interface PackedSource {
  t: string;
  k: TreeSource["kind"];
  l: string;
  b: string;
  p: PackedPiece[];
}

export interface PackedTree {
  n: PackedNode[];
  s: PackedSource[];
  note?: string;
}

export function packTree({ nodes, sources, note }: NodeTree): PackedTree {
  return { n: nodes.map(packNode), s: sources.map(packSource), ...(note === null ? {} : { note }) };
}

export function unpackTree({ n, s, note }: PackedTree): NodeTree {
  return { nodes: n.map(unpackNode), sources: s.map(unpackSource), note: note ?? null };
}

function packNode(node: TreeNode): PackedNode {
  const { depth, name, text, kind, source, start, length, note, prefix } = node;
  const packed: PackedNode = [depth, name, text, KINDS.indexOf(kind), source, start, length];
  return note === null && !prefix ? packed : [...packed, note, prefix ? 1 : 0];
}

function unpackNode(packed: PackedNode): TreeNode {
  const [depth, name, text, kind, source, start, length, note = null, prefix = 0] = packed;
  return {
    depth,
    name,
    text,
    note,
    source,
    start,
    length,
    kind: KINDS[kind] ?? "value",
    prefix: prefix === 1,
  };
}

function packSource({ title, kind, label, bytes, hidden, pieces }: TreeSource): PackedSource {
  let digits = "";
  for (let at = 0; at < bytes.length; at++) {
    digits += hidden?.[at] === 1 ? "**" : bytes[at]!.toString(16).padStart(2, "0");
  }
  const packed = pieces.map(({ start, length, from, at, sealed }): PackedPiece => {
    const frame = typeof from === "number" ? -1 : from.frame;
    return [start, length, typeof from === "number" ? from : -1, frame, at, sealed ? 1 : 0];
  });
  return { t: title, k: kind, l: label, b: digits, p: packed };
}

function unpackSource({ t, k, l, b, p }: PackedSource): TreeSource {
  const bytes = new Uint8Array(b.length >>> 1);
  let hidden: Uint8Array | null = null;
  for (let at = 0; at < bytes.length; at++) {
    const digits = b.slice(2 * at, 2 * at + 2);
    if (digits === "**") {
      hidden ??= new Uint8Array(bytes.length);
      hidden[at] = 1;
    } else bytes[at] = Number.parseInt(digits, 16);
  }
  const pieces = p.map(([start, length, source, frame, at, sealed]) => ({
    start,
    length,
    from: source < 0 ? { frame } : source,
    at,
    sealed: sealed === 1,
  }));
  return { title: t, kind: k, label: l, bytes, hidden, pieces };
}
