/**
 * Gathers what a report holds, record by record, packed as it comes. Records come as they may be shown; a tree is asked for where the
 * choice wants one.
 *
 * Not handled: what is read, and what of it is hidden.
 */
import type {
  AssociationRecord,
  CallRecord,
  DetectionRecord,
  Event,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
} from "../events.js";
import { EVENT_KINDS } from "../events.js";
import { findingOf } from "../view/finding.js";
import { nodesOf } from "../view/nodes.js";
import { RowBuilder } from "../view/rows.js";
import { Blocks, type Pack } from "./blocks.js";
import type { CaseHead, PlainBatch } from "./model.js";
import { packTree } from "./packed-tree.js";

/** A tree to be drawn, as `src/view` takes it. */
export type TreeOf = (call: CallRecord) => Parameters<typeof nodesOf>[0] | null;

/** Calls that a report holds, and characters of what is packed: beyond, only the calls of offers and findings are. */
const MAX_CALLS = 50_000;
const MAX_PACKED = 64 << 20;
/** Conversations and notes that the page lists; the call log inside has all. */
const MAX_LISTED = 20_000;
/** Lines and bytes of a tree: others are left out. */
const MAX_NODES = 20_000;

const NOT_CHOSEN =
  "trees and bytes are held of the calls of offers and findings and of those that failed; this is none of them";
const NOT_KEPT = "the bytes of this call were not kept: the limit on memory was reached";
const TOO_LARGE = "the tree of this call is too large for a report; raiscope show has it";

export interface BuilderOptions {
  pack: Pack;
  /** Takes the text of the call log, for its sum. */
  log(text: string): void;
  /** Whether a call has a tree. */
  wants(call: CallRecord): boolean;
  treeOf: TreeOf;
  /** Why nothing has a tree; null where some may. */
  withoutTrees: string | null;
}

export class CaseBuilder {
  readonly records: Blocks;
  readonly trees: Blocks;
  readonly #options: BuilderOptions;
  readonly #rows = new RowBuilder();
  readonly #batches: PlainBatch[] = [];
  readonly #lines: number[] = [];
  readonly #frames: number[][] = [];
  readonly #treeOf: number[] = [];
  readonly #why: { [row: number]: string } = {};
  readonly #byId = new Map<string, number>();
  readonly #offers: OfferRecord[] = [];
  readonly #associations: AssociationRecord[] = [];
  readonly #notes: NoteRecord[] = [];
  readonly #detections: DetectionRecord[] = [];
  readonly #limits: string[] = [];
  #summary: SummaryRecord | null = null;
  #leftOut = 0;
  #unlisted = 0;

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.records = new Blocks(options.pack);
    this.trees = new Blocks(options.pack);
  }

  /** A record that the filters let through. */
  push(event: Event): void {
    if (!EVENT_KINDS.includes(event.type)) return;
    const wanted = event.type === "call" && this.#options.wants(event);
    if (
      this.#full &&
      !wanted &&
      (event.type === "call" || event.type === "note" || event.type === "association")
    ) {
      this.#leftOut++;
      return;
    }
    const text = JSON.stringify(event);
    this.#options.log(`${text}\n`);
    const line = this.records.add(text);
    switch (event.type) {
      case "call":
        this.#call(event, line, wanted);
        return;
      case "offer":
        this.#offer(event);
        return;
      case "detection":
        this.#list(this.#detections, event);
        return;
      case "association":
        this.#list(this.#associations, event);
        return;
      case "note":
        this.#list(this.#notes, event);
        return;
      case "summary":
        this.#summary = event;
    }
  }

  get calls(): number {
    return this.#lines.length;
  }

  get offers(): readonly OfferRecord[] {
    return this.#offers;
  }

  /** Sentences about what the report leaves out. */
  get limits(): string[] {
    const limits = [...this.#limits];
    if (this.#leftOut > 0) {
      limits.push(
        `${this.#leftOut} more records are left out: a report holds ${MAX_CALLS} calls and ${MAX_PACKED >> 20} MiB. ` +
          "Filters choose others, and raiscope -T ndjson --events all writes them all.",
      );
    }
    if (this.#unlisted > 0) {
      limits.push(
        `${this.#unlisted} more notes and conversations are in the call log inside, and not listed.`,
      );
    }
    return limits;
  }

  /** All but the custody, when the last record was taken. */
  finish(): Omit<CaseHead, "custody" | "evidence" | "title"> {
    this.#takeRows();
    this.records.flush();
    this.trees.flush();
    return {
      rows: this.#batches,
      lines: this.#lines,
      frames: this.#frames,
      trees: this.#treeOf,
      why: { all: this.#options.withoutTrees ?? NOT_CHOSEN, rows: this.#why },
      offers: this.#offers,
      associations: this.#associations,
      notes: this.#notes,
      findings: this.#detections.map((record) => findingOf(record, (id) => this.#byId.get(id))),
      summary: this.#summary,
    };
  }

  get #full(): boolean {
    return this.#lines.length >= MAX_CALLS || this.records.size + this.trees.size > MAX_PACKED;
  }

  #call(call: CallRecord, line: number, wanted: boolean): void {
    const row = this.#rows.add(call);
    if (this.#rows.ready) this.#takeRows();
    if (call.id !== null) this.#byId.set(call.id, row);
    this.#lines.push(line);
    this.#frames.push([...call.frames.request, ...call.frames.response]);
    this.#treeOf.push(wanted && this.#options.withoutTrees === null ? this.#tree(call, row) : -1);
  }

  /** The number of the call's tree. */
  #tree(call: CallRecord, row: number): number {
    const tree = this.#options.treeOf(call);
    if (tree === null) {
      this.#why[row] = NOT_KEPT;
      return -1;
    }
    const nodes = nodesOf(tree);
    if (nodes.nodes.length > MAX_NODES || this.trees.size > MAX_PACKED) {
      this.#why[row] = TOO_LARGE;
      return -1;
    }
    return this.trees.add(JSON.stringify(packTree(nodes)));
  }

  #takeRows(): void {
    const batch = this.#rows.take();
    if (batch === null) return;
    const { count } = batch;
    const plain = Object.entries(batch).map(([name, column]) => [
      name,
      // JSON has no NaN.
      ArrayBuffer.isView(column)
        ? Array.from((column as Float64Array).subarray(0, count), (n) => (Number.isNaN(n) ? null : n))
        : column,
    ]);
    this.#batches.push(Object.fromEntries(plain) as PlainBatch);
  }

  /** A later revision stands in the place of the one before. */
  #offer(offer: OfferRecord): void {
    const at = offer.id === null ? -1 : this.#offers.findIndex(({ id }) => id === offer.id);
    if (at < 0) this.#offers.push(offer);
    else this.#offers[at] = offer;
  }

  #list<R>(list: R[], record: R): void {
    if (list.length < MAX_LISTED) list.push(record);
    else this.#unlisted++;
  }
}
