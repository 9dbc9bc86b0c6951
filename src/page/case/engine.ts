/**
 * Fills the panes from what a report holds: rows, records, trees of some calls. Nothing can be opened, and what is not held is
 * said in a sentence.
 *
 * Not handled: filters of -Y (the page has them).
 */
import type { CallRecord } from "../../events.js";
import type { CaseHead, PlainBatch } from "../../report/model.js";
import { type PackedTree, unpackTree } from "../../report/packed-tree.js";
import type {
  Engine,
  FindQuery,
  Hit,
  NodeTree,
  ObjectStory,
  Opening,
  RowBatch,
  RunNews,
  ShownCall,
  ShownFrame,
} from "../../view/model.js";
import { TEXT_COLUMNS } from "../../view/model.js";
import { Rows } from "../rows.js";
import type { CaseData } from "./data.js";
import { type Matcher, matcherOf } from "./matching.js";

/** Hits that are given. */
const MAX_HITS = 10_000;

const COLUMN_TYPES = {
  seconds: Float64Array,
  duration: Float64Array,
  status: Uint8Array,
  level: Uint8Array,
  notes: Uint8Array,
};

export class CaseEngine implements Engine {
  readonly can: Engine["can"] = {
    open: false,
    filter: false,
    findIn: ["list", "tree", "bytes"],
    anyTree: false,
  };
  readonly head: CaseHead;
  readonly #data: CaseData;
  readonly #rows = new Rows();
  /** By frame, the calls that it carried a part of. */
  readonly #carried = new Map<number, number[]>();
  #searches = 0;

  constructor(data: CaseData, head: CaseHead) {
    this.#data = data;
    this.head = head;
    for (const batch of head.rows) this.#rows.add(columnsOf(batch));
    for (const [row, frames] of head.frames.entries()) {
      for (const frame of frames) {
        const rows = this.#carried.get(frame);
        if (rows === undefined) this.#carried.set(frame, [row]);
        else if (rows.at(-1) !== row) rows.push(row);
      }
    }
  }

  async open(_: Opening, news: (news: RunNews) => void): Promise<void> {
    const { rows, offers, associations, notes, findings, summary } = this.head;
    for (const batch of rows) news({ rows: columnsOf(batch) });
    news({ offers, associations, notes, findings, ...(summary === null ? {} : { summary }), done: true });
  }

  /** Values are cut as they were when the report was made. */
  async show(row: number): Promise<ShownCall> {
    const record = JSON.parse(await this.json(row)) as CallRecord;
    const tree = await this.#tree(row);
    const { all, rows } = this.head.why;
    return { row, record, tree, why: tree === null ? (rows[row] ?? all) : null };
  }

  /** A frame as a source of a call's tree: the report holds frames nowhere else. */
  async frame(frame: number): Promise<ShownFrame> {
    const rows = this.rowsOf(frame);
    for (const row of rows) {
      const tree = await this.#tree(row);
      const index = tree?.sources.findIndex(({ title }) => title.startsWith(`Frame ${frame} (`)) ?? -1;
      if (tree === null || index < 0) continue;
      const own = tree.nodes.filter(({ source }) => source === index).map((node) => ({ ...node, source: 0 }));
      const least = Math.min(...own.map(({ depth }) => depth));
      const nodes = own.map((node) => ({ ...node, depth: node.depth - least }));
      const source = tree.sources[index]!;
      return { frame, rows, tree: { nodes, sources: [{ ...source, pieces: [] }], note: tree.note } };
    }
    throw new Error(`Frame ${frame} is of none of the calls whose bytes this report holds.`);
  }

  /** The calls that a frame carried a part of. */
  rowsOf(frame: number): readonly number[] {
    return this.#carried.get(frame) ?? [];
  }

  /** What the report opens on: null where a connection string was issued, which leads to its call; else the first finding's call, or error. */
  firstRow(): number | null {
    const { offers, findings } = this.head;
    if (offers.some(({ connection_string }) => connection_string !== null)) return null;
    const found = findings.find(({ rows }) => rows.length > 0)?.rows[0];
    if (found !== undefined) return found;
    for (let row = 0; row < this.#rows.count; row++) {
      if (["error", "fault"].includes(this.#rows.look(row))) return row;
    }
    return null;
  }

  hasTree(row: number): boolean {
    return (this.head.trees[row] ?? -1) >= 0;
  }

  filter(): Promise<Uint32Array> {
    return Promise.reject(new Error("A report has no filter expressions: raiscope view has."));
  }

  /** Rows whose texts hold all words, in any case: what the report has in the place of filter expressions. */
  rowsWith(words: string): Uint32Array {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found: number[] = [];
    for (let row = 0; row < this.#rows.count; row++) {
      const text = this.#rowText(row).toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.push(row);
    }
    return Uint32Array.from(found);
  }

  async find(query: FindQuery, found: (hits: readonly Hit[]) => void): Promise<{ cut: boolean }> {
    const search = ++this.#searches;
    const matcher = matcherOf(query);
    let left = MAX_HITS;
    const give = (hits: Hit[]): void => {
      if (hits.length > left) hits.length = left;
      left -= hits.length;
      if (hits.length > 0) found(hits);
    };
    if (query.in === "list") {
      const hits: Hit[] = [];
      for (let row = 0; row < this.#rows.count && hits.length <= MAX_HITS; row++) {
        if (matcher.text(this.#rowText(row))) hits.push({ row });
      }
      const cut = hits.length > MAX_HITS;
      give(hits);
      return { cut };
    }
    for (let row = 0; row < this.#rows.count; row++) {
      if (!this.hasTree(row)) continue;
      const tree = await this.#tree(row);
      if (search !== this.#searches) return { cut: false };
      if (tree === null) continue;
      give(query.in === "tree" ? inNodes(row, tree, matcher) : inBytes(row, tree, matcher));
      if (left <= 0) return { cut: true };
    }
    return { cut: false };
  }

  /** From the records: who first told of it, and the calls that it is the object of. */
  async object(id: string): Promise<ObjectStory> {
    const facts = new Map<string, string>();
    const rows: number[] = [];
    let born: ObjectStory["born"] = null;
    let kind: ObjectStory["kind"] = "ipid";
    const { records } = this.#data;
    let row = 0;
    const { lines } = this.head;
    for (let block = 0; block < records.blocks; block++) {
      const first = records.firstOf(block);
      for (const [at, text] of (await records.block(block)).entries()) {
        while (row < lines.length && lines[row]! < first + at) row++;
        if (lines[row] !== first + at || !text.includes(id)) continue;
        const call = JSON.parse(text) as CallRecord;
        const { target, object } = call;
        if (object === id || target?.oxid === id || target?.oid === id) rows.push(row);
        if (target?.oxid === id) kind = "oxid";
        else if (target?.oid === id) kind = "oid";
        for (const [name, value] of Object.entries(target ?? {})) {
          if (typeof value === "string" && value !== id && !facts.has(name)) facts.set(name, value);
        }
        if (born === null && JSON.stringify(call.response ?? null).includes(id)) {
          born = { frame: call.frames.response[0] ?? null, row };
        }
      }
    }
    if (born === null && rows.length === 0) throw new Error(`No call of this report speaks of ${id}.`);
    return { id, kind, facts: [...facts].map(([name, text]) => ({ name, text })), born, rows };
  }

  async json(row: number): Promise<string> {
    const line = this.head.lines[row];
    if (line === undefined) throw new Error("There is no such call in this report.");
    return this.#data.records.line(line);
  }

  cancel(): void {
    this.#searches++;
  }

  close(): void {
    this.cancel();
  }

  async #tree(row: number): Promise<NodeTree | null> {
    const number = this.head.trees[row] ?? -1;
    return number < 0 ? null : unpackTree(JSON.parse(await this.#data.trees.line(number)) as PackedTree);
  }

  #rowText(row: number): string {
    const rows = this.#rows;
    return `${rows.time(row)} ${rows.frames(row)} ${TEXT_COLUMNS.map((name) => rows.text(name, row)).join(" ")}`;
  }
}

function columnsOf(batch: PlainBatch): RowBatch {
  const columns = Object.entries(batch).map(([name, column]) => {
    if (!Array.isArray(column) || name === "strings") return [name, column];
    const Column = COLUMN_TYPES[name as keyof typeof COLUMN_TYPES] ?? Uint32Array;
    return [name, Column.from((column as (number | null)[]).map((value) => value ?? Number.NaN))];
  });
  return Object.fromEntries(columns) as RowBatch;
}

function inNodes(row: number, { nodes }: NodeTree, matcher: Matcher): Hit[] {
  const hits: Hit[] = [];
  for (const [node, { name, text }] of nodes.entries()) {
    if (matcher.text(`${name}: ${text}`)) hits.push({ row, node });
  }
  return hits;
}

function inBytes(row: number, { sources }: NodeTree, matcher: Matcher): Hit[] {
  return sources.flatMap(({ bytes, hidden }, source) =>
    matcher
      .bytes(bytes)
      .filter(({ start, length }) => hidden === null || hidden.subarray(start, start + length).indexOf(1) < 0)
      .map((place): Hit => ({ row, bytes: { source, ...place } })),
  );
}
