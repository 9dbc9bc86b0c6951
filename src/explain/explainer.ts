/**
 * The one place that makes trees of a run's records: it looks on while the run goes by, and reads again what it kept where a
 * tree is asked for.
 *
 * Not handled: which records are shown, and how a tree is drawn.
 */
import { type Field, type Place, type Range, type Tree, where } from "../../dissectors/wire/trace.js";
import type { Frame } from "../capture/frame.js";
import type { CallRecord, Event } from "../events.js";
import { type InterfaceTable, shippedInterfaces } from "../interfaces.js";
import { ndrContexts } from "../run/ndr-contexts.js";
import { Evidence, type PduEvidence } from "./evidence.js";
import { type FrameRecord, frameTree } from "./frame-tree.js";
import { callTree, pdusTree, type TreeKnowledge } from "./tree.js";

/** Places of the bytes of each parameter of a side, as `[frame, offset, length]`, by name. */
export interface SideRanges {
  [parameter: string]: [frame: number, offset: number, length: number][];
}

export class Explainer {
  /** To be given to the analyzer whose records are explained. */
  readonly witness: Evidence;
  readonly #knowledge: TreeKnowledge;
  /** Records that stand in the place of others: the original of each. */
  readonly #originals = new WeakMap<Event, Event>();

  /** `limit`: bytes that may be kept of what is open, and as many of segments. `looked`: the frame that will be asked for. */
  constructor(table: InterfaceTable = shippedInterfaces(), limit?: number, looked: number | null = null) {
    this.witness = new Evidence(limit, looked);
    const ndr = ndrContexts(table);
    this.#knowledge = { table, ndr };
  }

  /** `shown` stands in the place of `original`, whose tree it has. */
  follow(original: Event, shown: Event): void {
    if (original !== shown) this.#originals.set(shown, original);
  }

  /** The tree of a call, or of the PDUs of an association that are of no call; null of other records, and where nothing was kept. */
  tree(record: Event): Tree | null {
    const original = this.#originals.get(record) ?? record;
    if (original.type === "call") {
      const evidence = this.witness.ofCall(original);
      return evidence === null ? null : callTree(evidence, original, this.#knowledge);
    }
    if (original.type !== "association") return null;
    const pdus = this.witness.ofAssociation(original);
    return pdus.length === 0 ? null : pdusTree(pdus, this.#knowledge);
  }

  /** The PDUs that the tree of a record is made of, in its order. */
  pdus(record: Event): readonly PduEvidence[] {
    const original = this.#originals.get(record) ?? record;
    if (original.type === "association") return this.witness.ofAssociation(original);
    const evidence = original.type === "call" ? this.witness.ofCall(original) : null;
    return evidence === null ? [] : [...evidence.request, ...evidence.response];
  }

  /** Whether every PDU of a record was kept, with the place of each of its bytes. */
  complete(record: Event): boolean {
    const original = this.#originals.get(record) ?? record;
    const evidence = original.type === "call" ? this.witness.ofCall(original) : null;
    if (original.type === "call" && (evidence === null || evidence.missing > 0)) return false;
    if (original.type === "association" && !this.witness.hasAllOf(original)) return false;
    return this.pdus(record).every(
      ({ bytes, places }) => places.reduce((sum, { length }) => sum + length, 0) === bytes.length,
    );
  }

  /** Where bytes of a tree stand in the capture. */
  placesOf(tree: Tree, range: Range): Place[] {
    return where(tree, range);
  }

  /** The frames that carried what `tree` shows of a record. */
  framesOf(record: Event): readonly number[] {
    return this.pdus(record).flatMap(({ frames }) => frames);
  }

  /** The tree of a frame: its headers, and of the records that it carried a part of, the PDUs that end in it. */
  frame(frame: Frame, records: readonly Event[]): Tree {
    const carried: FrameRecord[] = [];
    for (const shown of records) {
      const record = this.#originals.get(shown) ?? shown;
      if (record.type === "call") {
        const evidence = this.witness.ofCall(record);
        if (evidence !== null) carried.push({ record, evidence });
      } else if (record.type === "association") {
        carried.push({ record: null, evidence: this.witness.ofAssociation(record) });
      }
    }
    return frameTree(frame, carried, this.witness, this.#knowledge);
  }

  /** Where the parameters of a call stand in the capture; null where nothing was kept of it. */
  ranges(record: CallRecord): { request: SideRanges; response: SideRanges } | null {
    const original = this.#originals.get(record) ?? record;
    if (original.type !== "call") return null;
    const evidence = this.witness.ofCall(original);
    if (evidence === null) return null;
    const tree = callTree(evidence, original, this.#knowledge);
    const sides = { request: {}, response: {} };
    let side: SideRanges = sides.request;
    for (const field of tree.root.children) {
      if (field.name === "dcerpc") side = field.show === "response" ? sides.response : sides.request;
      const stub = field.name === "stub" ? field : field.children.find(({ name }) => name === "stub_data");
      const values = side === sides.request ? original.request : original.response;
      for (const parameter of stub?.children ?? []) {
        if (!isValue(parameter.name, values)) continue;
        side[parameter.name] = placesOf(tree, parameter).map(({ frame, at, length }) => [frame, at, length]);
      }
    }
    return sides;
  }
}

/** A parameter, or what the method returned. */
function isValue(name: string, values: CallRecord["request"]): boolean {
  return name === "return value" || (values !== null && Object.hasOwn(values, name));
}

/** All places of a field and what belongs to it, joined where they follow one another. */
function placesOf(tree: Tree, field: Field): Place[] {
  const places: Place[] = [];
  const visit = (one: Field): void => {
    if (one.children.length === 0 || one.children[0]!.mask !== undefined) {
      if (one.range !== null) places.push(...where(tree, one.range));
      return;
    }
    for (const child of one.children) visit(child);
  };
  visit(field);
  places.sort((a, b) => a.frame - b.frame || a.at - b.at);
  const joined: Place[] = [];
  for (const place of places) {
    const last = joined.at(-1);
    if (last !== undefined && last.frame === place.frame && last.at + last.length >= place.at) {
      last.length = Math.max(last.length, place.at + place.length - last.at);
    } else joined.push({ ...place });
  }
  return joined;
}
