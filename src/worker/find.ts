/** Searching all trees, or all bytes, of what is open: the calls in order, each read once. */
import type { Event } from "../events.js";
import { Explainer } from "../explain/explainer.js";
import type { FindQuery, Hit } from "../view/model.js";
import { nodesOf } from "../view/nodes.js";
import { type Matcher, matcherOf } from "./matching.js";
import type { Run } from "./run.js";
import type { Turns } from "./turns.js";

/** Hits that are told of at most. */
const MAX_HITS = 10_000;
/** Hits that wait to be told together, and milliseconds that they do. */
const TOLD_AT_ONCE = 200;
const TOLD_EVERY = 100;

/** Tells hits in small groups, up to the limit. */
class Hits {
  /** There are more than are told. */
  cut = false;
  readonly #found: (hits: readonly Hit[]) => void;
  #waiting: Hit[] = [];
  #count = 0;
  #told = performance.now();

  constructor(found: (hits: readonly Hit[]) => void) {
    this.#found = found;
  }

  /** False where there are enough. */
  add(hit: Hit): boolean {
    if (this.#count === MAX_HITS) {
      this.cut = true;
      return false;
    }
    this.#count++;
    this.#waiting.push(hit);
    if (this.#waiting.length >= TOLD_AT_ONCE) this.tell();
    return true;
  }

  /** Those that waited for long enough. */
  tick(): void {
    if (performance.now() - this.#told > TOLD_EVERY) this.tell();
  }

  tell(): void {
    this.#told = performance.now();
    if (this.#waiting.length > 0) this.#found(this.#waiting);
    this.#waiting = [];
  }
}

/** Throws NoAnswer where the query cannot be understood. */
export async function findInTrees(
  run: Run,
  turns: Turns,
  query: FindQuery,
  found: (hits: readonly Hit[]) => void,
): Promise<{ cut: boolean }> {
  const matcher = matcherOf(query);
  const hits = new Hits(found);
  const explainer = new Explainer(run.table);
  const inCall = query.in === "tree" ? inTree : inBytes;
  await run.pass(turns, { witness: explainer.witness }, (event, row) => {
    hits.tick();
    return row === null || inCall(explainer, event, row, matcher, hits);
  });
  hits.tell();
  return { cut: hits.cut };
}

function inTree(explainer: Explainer, event: Event, row: number, matcher: Matcher, hits: Hits): boolean {
  const tree = explainer.tree(event);
  if (tree === null) return true;
  const { nodes } = nodesOf(tree, true);
  for (const [node, { name, text, note }] of nodes.entries()) {
    if (!matcher.inText(name) && !matcher.inText(text) && !(note !== null && matcher.inText(note))) continue;
    if (!hits.add({ row, node })) return false;
  }
  return true;
}

function inBytes(explainer: Explainer, event: Event, row: number, matcher: Matcher, hits: Hits): boolean {
  for (const [source, { bytes }] of (explainer.tree(event)?.sources ?? []).entries()) {
    for (const { start, length } of matcher.inBytes(bytes)) {
      if (!hits.add({ row, bytes: { source, start, length } })) return false;
    }
  }
  return true;
}
