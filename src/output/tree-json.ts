/** Trees for machines: JSON with the bytes of each source, and the field dump that is compared with other dissectors'. */
import type { Field, Piece, Range, Source, Tree } from "../../dissectors/wire/trace.js";
import { hexAt, isBit, plainValue, type ShownTree, saidOf } from "./tree-text.js";

/** A tree as one JSON value; offsets count in the bytes of the source with that number. */
export function treeJson(tree: ShownTree): object {
  return {
    type: "tree",
    schema: 1,
    sources: tree.sources.map((source, index) => sourceJson(source, index, tree)),
    root: fieldJson(tree.root),
  };
}

function sourceJson({ name, kind, bytes, pieces }: Source, source: number, tree: ShownTree): object {
  const hidden = runsOf(tree.masks?.[source] ?? null);
  return {
    name,
    kind,
    length: bytes.length,
    bytes: hexAt(tree, { source, start: 0, length: bytes.length }),
    ...(hidden.length === 0 ? {} : { hidden }),
    pieces: pieces.map(pieceJson),
  };
}

function pieceJson({ start, length, from, at, sealed }: Piece): object {
  const place = typeof from === "number" ? { source: from } : { frame: from.frame };
  return { start, length, ...place, at, sealed };
}

function fieldJson(field: Field): object {
  const { name, show, range, note, mask, children } = field;
  return {
    name,
    value: valueJson(field.value),
    show,
    ...(range === null ? {} : range),
    ...(mask === undefined ? {} : { mask }),
    ...(note === null ? {} : { note }),
    ...(children.length === 0 ? {} : { children: children.map(fieldJson) }),
  };
}

function valueJson(value: unknown): unknown {
  const plain = plainValue(value);
  return plain === undefined ? null : plain;
}

/** The runs of bytes that are not to be seen. */
function runsOf(mask: Uint8Array | null): { start: number; length: number }[] {
  const runs: { start: number; length: number }[] = [];
  for (const [at, hidden] of (mask ?? []).entries()) {
    if (hidden !== 1) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.length === at) last.length++;
    else runs.push({ start: at, length: 1 });
  }
  return runs;
}

/** A PDU of a tree: its field, the frame that ends it, and which of the PDUs that end there it is. */
export interface PduOfTree {
  tree: Tree;
  field: Field;
  frame: number;
  ordinal: number;
  /** Where its stub data begins; -1 of PDUs without. */
  stubStart: number;
  /** What was joined from it and others before it, where it is the last of them. */
  joined: Field | null;
}

/** A line for a PDU: `{"frame", "k", "stubStart", "fields": [[path, start, length, text, "pdu" | "stub", leaf]]}`. */
export function fieldsLine({ tree, field, frame, ordinal, stubStart, joined }: PduOfTree): string {
  const fields: unknown[] = [];
  const take = (root: Field, space: "pdu" | "stub", home: Range): void => {
    const visit = (one: Field, path: string): void => {
      const range = one.range === null ? null : within(tree, one.range, home);
      if (range !== null && one.range!.length > 0 && !isBit(one)) {
        const leaf = one.children.every(isBit) ? 1 : 0;
        fields.push([path, range, one.range!.length, saidOf(one, tree), space, leaf]);
      }
      for (const child of one.children) visit(child, `${path}.${child.name}`);
    };
    for (const child of root.children) visit(child, child.name);
  };
  if (field.range !== null) take(field, "pdu", field.range);
  if (joined?.range != null) take(joined, "stub", joined.range);
  return `${JSON.stringify({ frame, k: ordinal, stubStart, fields })}\n`;
}

/** Where a range begins, counted from the beginning of `home`; null where it is elsewhere, or not in one run. */
function within({ sources }: Tree, range: Range, home: Range): number | null {
  let { source, start } = range;
  while (source !== home.source) {
    const piece = sources[source]?.pieces.find(
      (one) => one.start <= start && start + range.length <= one.start + one.length,
    );
    if (piece === undefined || typeof piece.from !== "number") return null;
    start += piece.at - piece.start;
    source = piece.from;
  }
  return start - home.start;
}
