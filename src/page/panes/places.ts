/** From bytes to fields, and from bytes to the frames they came from. No DOM in here. */
import type { NodeTree, TreeNode, TreeSource } from "../../view/model.js";

/** A run of bytes of a source. */
export interface Place {
  source: number;
  start: number;
  length: number;
}

/** The bytes of a node; null where it has none of its own. */
export function placeOf(node: TreeNode | undefined): Place | null {
  if (node === undefined || node.source < 0) return null;
  return { source: node.source, start: node.start, length: node.length };
}

/** The deepest field that covers a byte: of several the shortest, of equals the one farthest in. -1 where none does. */
export function nodeAt({ nodes }: Pick<NodeTree, "nodes">, source: number, offset: number): number {
  let found = -1;
  let best: TreeNode | null = null;
  for (const [index, node] of nodes.entries()) {
    if (node.source !== source || offset < node.start || offset >= node.start + node.length) continue;
    const better =
      best === null || node.length < best.length || (node.length === best.length && node.depth >= best.depth);
    // A bit covers what its number does; the number is what the byte is.
    if (better && node.kind !== "bit" && node.kind !== "unset-bit") {
      found = index;
      best = node;
    }
  }
  return found;
}

/** Bytes of the fields below one that are not its own: what a pointer leads to. Runs in their order, next to each other joined. */
export function partsOf({ nodes }: Pick<NodeTree, "nodes">, node: number, end: number): Place[] {
  const own = nodes[node];
  const runs: Place[] = [];
  for (let at = node + 1; at < end; at++) {
    const { source, start, length } = nodes[at]!;
    if (source < 0 || length === 0) continue;
    const inside = source === own?.source && start >= own.start && start + length <= own.start + own.length;
    if (!inside) runs.push({ source, start, length });
  }
  runs.sort((a, b) => a.source - b.source || a.start - b.start);
  const joined: Place[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last !== undefined && last.source === run.source && run.start <= last.start + last.length) {
      last.length = Math.max(last.length, run.start + run.length - last.start);
    } else joined.push({ ...run });
  }
  return joined;
}

/** Where in the capture a byte stands; `sealed`: what is there is encrypted. */
export interface Origin {
  frame: number;
  at: number;
  sealed: boolean;
}

/** Sources are made of sources that are made of frames; more steps than this are a circle. */
const MAX_STEPS = 32;

/** The frame that a byte came from, and its offset there; null where that is not known. */
export function originOf(sources: readonly TreeSource[], source: number, offset: number): Origin | null {
  let sealed = false;
  let at = offset;
  let here = source;
  for (let step = 0; step < MAX_STEPS; step++) {
    const piece = sources[here]?.pieces.find(({ start, length }) => at >= start && at < start + length);
    if (piece === undefined) return null;
    sealed ||= piece.sealed;
    at = piece.at + (at - piece.start);
    if (typeof piece.from !== "number") return { frame: piece.from.frame, at, sealed };
    here = piece.from;
  }
  return null;
}

/** The runs of frames that bytes came from, in their order; at most `most` of them. */
export function originsOf(
  sources: readonly TreeSource[],
  { source, start, length }: Place,
  most: number,
): { runs: (Origin & { length: number })[]; more: boolean } {
  const runs: (Origin & { length: number })[] = [];
  for (let offset = start; offset < start + length; offset++) {
    const origin = originOf(sources, source, offset);
    if (origin === null) continue;
    const last = runs.at(-1);
    if (
      last !== undefined &&
      last.frame === origin.frame &&
      last.at + last.length === origin.at &&
      last.sealed === origin.sealed
    ) {
      last.length++;
      continue;
    }
    if (runs.length === most) return { runs, more: true };
    runs.push({ ...origin, length: 1 });
  }
  return { runs, more: false };
}
