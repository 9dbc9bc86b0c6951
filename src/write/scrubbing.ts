/**
 * Takes down which bytes of frames must not be written, since redaction hides what they hold: all of a PDU that a tree of it does not
 * show.
 *
 * Not handled: what no tree is made of (redaction looks through the frames for the names and secrets that it knows).
 */
import type { Tree } from "../../dissectors/wire/trace.js";
import type { CallRecord, Event } from "../events.js";
import type { Explainer } from "../explain/explainer.js";
import type { FrameEdits } from "./edits.js";

/** A tree with a mask for each source: 1 for bytes that are not to be seen. */
export type Masked = (
  tree: Tree,
  call: CallRecord | null,
) => Tree & { masks?: readonly (Uint8Array | null)[] };

export class Scrubbing {
  readonly #explainer: Explainer;
  readonly #edits: FrameEdits;
  readonly #masked: Masked;
  /** Not all could be taken down: memory was short, or where some bytes stand is not known. */
  full = false;

  constructor(explainer: Explainer, edits: FrameEdits, masked: Masked) {
    this.#explainer = explainer;
    this.#edits = edits;
    this.#masked = masked;
  }

  /** A record as it was made. */
  take(record: Event): void {
    if (!this.#explainer.complete(record)) this.full = true;
    const tree = this.#explainer.tree(record);
    if (tree === null) return;
    const { masks } = this.#masked(tree, record.type === "call" ? record : null);
    for (const { range } of tree.root.children) {
      const mask = range === null ? null : (masks?.[range.source] ?? null);
      if (range === null || mask === null) continue;
      let from = -1;
      const end = range.start + range.length;
      for (let at = range.start; at <= end; at++) {
        const hidden = at < end && mask[at] === 1;
        if (hidden && from < 0) from = at;
        if (hidden || from < 0) continue;
        this.#hide(tree, range.source, from, at);
        from = -1;
      }
    }
  }

  #hide(tree: Tree, source: number, start: number, end: number): void {
    if (this.#edits.full) {
      this.full = true;
      return;
    }
    for (const { frame, at, length } of this.#explainer.placesOf(tree, {
      source,
      start,
      length: end - start,
    })) {
      this.#edits.addTo(frame, at, new Uint8Array(length));
    }
  }
}
