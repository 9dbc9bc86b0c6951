/**
 * The sources of one tree: frames, PDUs and stubs with the pieces that they were put together from. A source that is one run of
 * another, byte for byte, is not shown apart from it.
 */
import type { Field, Piece, Range, Source, Trace } from "../../dissectors/wire/trace.js";
import type { PduEvidence } from "./evidence.js";
import type { Container, Found } from "./places.js";

export class Sources {
  readonly #trace: Trace;
  readonly #containers = new Map<Container, number>();
  readonly #frames = new Map<number, number>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** A frame with all of its captured bytes. */
  frame(number: number, bytes: Uint8Array): number {
    const known = this.#frames.get(number);
    if (known !== undefined) return known;
    const index = this.#trace.addSource({
      name: `Frame ${number}`,
      kind: "frame",
      bytes,
      pieces: [{ start: 0, length: bytes.length, from: { frame: number }, at: 0, sealed: false }],
    });
    this.#frames.set(number, index);
    return index;
  }

  /** What segments lie in: a frame, or a datagram that was put together. */
  container(container: Container): number {
    if (container.frame !== null) return this.frame(container.frame, container.bytes);
    const known = this.#containers.get(container);
    if (known !== undefined) return known;
    const index = this.#trace.addSource({
      name: "Reassembled IP datagram",
      kind: "datagram",
      bytes: container.bytes,
      pieces: container.pieces.map(({ from, to, frame, place }) => ({
        start: from,
        length: to - from,
        from: { frame },
        at: place,
        sealed: false,
      })),
    });
    this.#containers.set(container, index);
    return index;
  }

  pdu(
    { bytes, places }: Pick<PduEvidence, "bytes" | "places">,
    name: string,
    kind: Source["kind"] = "pdu",
  ): number {
    const pieces = places.map((found) => this.#piece(found));
    return this.#trace.addSource({ name, kind, bytes, pieces });
  }

  #piece({ start, length, container, at, sealed }: Found): Piece {
    return { start, length, from: this.container(container), at, sealed };
  }
}

/**
 * Counts the ranges of sources that are one whole run of another in that other, and takes out the sources that nothing
 * refers to. `keep`: stays whatever refers to it.
 */
export function simplified(
  root: Field,
  sources: readonly Source[],
  keep: (source: Source) => boolean,
): Source[] {
  const home = sources.map((_, index) => homeOf(sources, index));
  const used = new Set<number>();
  const visit = (field: Field): void => {
    if (field.range !== null) {
      field.range = moved(field.range, home);
      used.add(field.range.source);
    }
    for (const child of field.children) visit(child);
  };
  visit(root);
  sources.forEach((source, index) => {
    if (keep(source)) used.add(index);
  });
  // What a source was put together from is shown with it.
  for (const index of [...used].sort((a, b) => b - a)) addOrigins(sources, home, index, used);
  const order = [...used].sort((a, b) => a - b);
  const renumbered = new Map(order.map((index, place) => [index, place]));
  const renumber = (field: Field): void => {
    if (field.range !== null) field.range.source = renumbered.get(field.range.source)!;
    for (const child of field.children) renumber(child);
  };
  renumber(root);
  return order.map((index) => {
    const source = sources[index]!;
    const pieces = source.pieces.map((piece) => {
      if (typeof piece.from !== "number") return piece;
      const { source: from, shift } = home[piece.from]!;
      return { ...piece, from: renumbered.get(from)!, at: piece.at + shift };
    });
    return { ...source, pieces };
  });
}

interface Home {
  source: number;
  /** What is added to an offset. */
  shift: number;
}

function homeOf(sources: readonly Source[], index: number): Home {
  let at: Home = { source: index, shift: 0 };
  for (;;) {
    const { pieces, bytes } = sources[at.source]!;
    const [only] = pieces;
    if (pieces.length !== 1 || only === undefined || typeof only.from !== "number") return at;
    if (only.sealed || only.start !== 0 || only.length !== bytes.length) return at;
    at = { source: only.from, shift: at.shift + only.at };
  }
}

function moved(range: Range, home: readonly Home[]): Range {
  const { source, shift } = home[range.source]!;
  return { source, start: range.start + shift, length: range.length };
}

function addOrigins(
  sources: readonly Source[],
  home: readonly Home[],
  index: number,
  used: Set<number>,
): void {
  for (const { from } of sources[index]!.pieces) {
    if (typeof from !== "number") continue;
    const { source } = home[from]!;
    if (used.has(source)) continue;
    used.add(source);
    addOrigins(sources, home, source, used);
  }
}
