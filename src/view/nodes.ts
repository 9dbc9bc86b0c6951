/** A tree as a list of lines with places: the texts are those of -V. */
import type { Field, Source } from "../../dissectors/wire/trace.js";
import { bitText, hasBits, isBit, labelsOf, type ShownTree, saidOf, titleOf } from "../output/tree-text.js";
import type { NodeTree, TreeNode, TreeSource } from "./model.js";

/** `full`: values uncut. What masks hide is in neither texts nor bytes. */
export function nodesOf(tree: ShownTree, full = false): NodeTree {
  const nodes: TreeNode[] = [];
  const visit = (field: Field, depth: number, around: Field | null): void => {
    nodes.push(nodeOf(field, depth, around, tree, full));
    for (const child of field.children) visit(child, depth + 1, field);
  };
  const { root } = tree;
  const alone = root.range !== null || root.children.length === 0;
  for (const field of alone ? [root] : root.children) visit(field, 0, null);
  const labels = labelsOf(tree);
  return {
    nodes,
    sources: tree.sources.map((source, index) =>
      sourceOf(source, labels[index]!, tree.masks?.[index] ?? null),
    ),
    note: alone ? null : root.note,
  };
}

function nodeOf(field: Field, depth: number, around: Field | null, tree: ShownTree, full: boolean): TreeNode {
  const bit = isBit(field);
  const { range } = field;
  return {
    depth,
    name: bit ? bitText(field, around?.value) : field.name,
    text: bit ? "" : saidOf(field, tree, full),
    note: field.note,
    source: range?.source ?? -1,
    start: range?.start ?? 0,
    length: range?.length ?? 0,
    kind: bit
      ? field.value === false
        ? "unset-bit"
        : "bit"
      : field.children.length > 0 && !hasBits(field)
        ? "structure"
        : "value",
    prefix: field.prefix === true,
  };
}

function sourceOf(source: Source, label: string, hidden: Uint8Array | null): TreeSource {
  const bytes = source.bytes.slice();
  if (hidden !== null) for (let i = 0; i < bytes.length; i++) if (hidden[i] === 1) bytes[i] = 0;
  return {
    title: titleOf(source),
    kind: source.kind,
    label,
    bytes,
    hidden: hidden?.slice() ?? null,
    pieces: source.pieces,
  };
}
