/**
 * A tree of lines as it is shown: what is folded, and in what a fold is. The lines are those of -V; the fields of a PDU's header,
 * which stand beside its stub in the tree, are put under a line of the page's own, so that the stub is seen first. No DOM in here.
 */
import type { NodeTree, TreeNode } from "../../view/model.js";

/** A line of the tree: a node by its number, or the group that begins with that node. */
export interface Line {
  node: number;
  group: boolean;
  level: number;
  /** null where nothing is below it. */
  open: boolean | null;
}

/** Header fields from which on they are grouped. */
const LEAST_GROUP = 4;

export type Side = "both" | "request" | "response";

export class Folding {
  readonly #nodes: readonly TreeNode[];
  /** Behind the last node below each. */
  readonly #ends: Int32Array;
  readonly #parents: Int32Array;
  /** Behind the last node of the group that begins with a node. */
  readonly #groups = new Map<number, number>();
  /** The first node of the group that a node at its top is in. */
  readonly #groupOf = new Map<number, number>();
  readonly #folded = new Set<number>();
  readonly #openGroups = new Set<number>();
  /** Sides of the nodes at the top. */
  readonly #sides = new Map<number, Side>();

  constructor({ nodes }: Pick<NodeTree, "nodes">) {
    this.#nodes = nodes;
    this.#ends = new Int32Array(nodes.length);
    this.#parents = new Int32Array(nodes.length).fill(-1);
    this.#measure();
    this.#group();
    this.#chooseSides();
    this.#foldFirst();
  }

  parent(node: number): number {
    return this.#parents[node] ?? -1;
  }

  /** Behind the last node below it. */
  end(node: number): number {
    return this.#ends[node] ?? node + 1;
  }

  hasChildren(node: number): boolean {
    return this.end(node) > node + 1;
  }

  /** Behind the last node of the group that begins with it. */
  groupEnd(node: number): number {
    return this.#groups.get(node) ?? node;
  }

  sideOf(node: number): Side {
    let top = node;
    for (let up = this.parent(top); up >= 0; up = this.parent(up)) top = up;
    return this.#sides.get(top) ?? "both";
  }

  /** Whether there are two sides to choose from. */
  get twoSided(): boolean {
    const sides = new Set(this.#sides.values());
    return sides.has("request") && sides.has("response");
  }

  set(line: Pick<Line, "node" | "group">, open: boolean): void {
    if (line.group) {
      if (open) this.#openGroups.add(line.node);
      else this.#openGroups.delete(line.node);
    } else if (open) this.#folded.delete(line.node);
    else if (this.hasChildren(line.node)) this.#folded.add(line.node);
  }

  /** Opens or folds everything. */
  setAll(open: boolean): void {
    for (let node = 0; node < this.#nodes.length; node++) {
      if (this.hasChildren(node)) this.set({ node, group: false }, open);
    }
    for (const node of this.#groups.keys()) this.set({ node, group: true }, open);
  }

  /** Opens what a node is in; whether anything was folded. */
  reveal(node: number): boolean {
    const before = this.#folded.size - this.#openGroups.size;
    for (let at = node; at >= 0; at = this.parent(at)) {
      const group = this.#groupOf.get(at);
      if (group !== undefined) this.#openGroups.add(group);
      if (at !== node) this.#folded.delete(at);
    }
    return this.#folded.size - this.#openGroups.size !== before;
  }

  /** The lines that are seen, of one side or of both. `prefixes`: also what is of interest among the bytes alone. */
  lines(side: Side, prefixes: boolean): Line[] {
    const lines: Line[] = [];
    this.#add(lines, 0, this.#nodes.length, 1, side, prefixes);
    return lines;
  }

  #add(lines: Line[], from: number, end: number, level: number, side: Side, prefixes: boolean): void {
    for (let node = from; node < end; ) {
      const next = this.end(node);
      const own = this.#sides.get(node);
      if (side !== "both" && own !== undefined && own !== "both" && own !== side) {
        node = next;
        continue;
      }
      const group = this.#groups.get(node);
      if (group !== undefined && this.#groupOf.get(node) === node) {
        const open = this.#openGroups.has(node);
        lines.push({ node, group: true, level, open });
        if (open) this.#nodesOf(lines, node, group, level + 1, side, prefixes);
        node = group;
        continue;
      }
      this.#node(lines, node, level, side, prefixes);
      node = next;
    }
  }

  #nodesOf(lines: Line[], from: number, end: number, level: number, side: Side, prefixes: boolean): void {
    for (let node = from; node < end; node = this.end(node)) this.#node(lines, node, level, side, prefixes);
  }

  #node(lines: Line[], node: number, level: number, side: Side, prefixes: boolean): void {
    if (this.#nodes[node]!.prefix && !prefixes) return;
    const inner = this.hasChildren(node);
    const open = inner && !this.#folded.has(node);
    lines.push({ node, group: false, level, open: inner ? open : null });
    if (open) this.#add(lines, node + 1, this.end(node), level + 1, side, prefixes);
  }

  /** Ends and parents, from the depths. */
  #measure(): void {
    const open: number[] = [];
    for (const [index, { depth }] of this.#nodes.entries()) {
      while (open.length > depth) this.#ends[open.pop()!] = index;
      this.#parents[index] = open.at(-1) ?? -1;
      // A level that is left out, which no tree has, would be one deeper here.
      while (open.length < depth) open.push(index);
      open.push(index);
    }
    for (const index of open) this.#ends[index] = this.#nodes.length;
    for (let index = 0; index < this.#nodes.length; index++) {
      if (this.#ends[index]! <= index) this.#ends[index] = index + 1;
    }
  }

  #children(node: number): number[] {
    const children: number[] = [];
    for (let at = node + 1; at < this.end(node); at = this.end(at)) children.push(at);
    return children;
  }

  #tops(): number[] {
    const tops: number[] = [];
    for (let at = 0; at < this.#nodes.length; at = this.end(at)) tops.push(at);
    return tops;
  }

  #group(): void {
    for (const top of this.#tops()) {
      if (!isPdu(this.#nodes[top]!)) continue;
      const children = this.#children(top);
      const stub = children.findIndex((node) => isStub(this.#nodes[node]!));
      const behind = children.findIndex((node) => TRAILERS.has(this.#nodes[node]!.name));
      const end = stub >= 0 ? stub : behind >= 0 ? behind : children.length;
      const header = children.slice(0, end);
      if (header.length < LEAST_GROUP) continue;
      this.#groups.set(header[0]!, this.end(header.at(-1)!));
      for (const node of header) this.#groupOf.set(node, header[0]!);
    }
  }

  #chooseSides(): void {
    let last: Side = "request";
    for (const top of this.#tops()) {
      const { name, text } = this.#nodes[top]!;
      if (name === "dcerpc") last = text === "request" ? "request" : "response";
      else if (name !== "stub") continue;
      this.#sides.set(top, last);
    }
  }

  #foldFirst(): void {
    const tops = this.#tops().map((top) => this.#nodes[top]!);
    const stubs = tops.some(({ name }) => name === "stub");
    const pdus = tops.some(isPdu);
    for (let node = 0; node < this.#nodes.length; node++) {
      if (!this.hasChildren(node)) continue;
      const { depth, text, name } = this.#nodes[node]!;
      const fragment = depth === 0 && stubs && isPdu(this.#nodes[node]!);
      // What carries a PDU in a frame; in a frame without one what is innermost is seen.
      const carrier = depth === 0 && !isPdu(this.#nodes[node]!) && !isStub(this.#nodes[node]!);
      const header = carrier && (pdus || this.end(node) < this.#nodes.length);
      const trailer = depth === 1 && TRAILERS.has(name);
      // What has a value in itself is known without its parts; so are the bits of a number.
      const own = BOILERPLATE.has(name);
      const told = depth > 0 && text !== "" && !isStub(this.#nodes[node]!);
      if (fragment || header || trailer || own || told) this.#folded.add(node);
    }
  }
}

/** The same in every call, or nearly so. */
const BOILERPLATE: ReadonlySet<string> = new Set(["ORPCTHIS", "ORPCTHAT", "rpc_sec_verification_trailer"]);
const TRAILERS: ReadonlySet<string> = new Set(["sec_trailer", "auth_value"]);

function isPdu({ name }: TreeNode): boolean {
  return name === "dcerpc";
}

function isStub({ name }: TreeNode): boolean {
  return name === "stub_data" || name === "stub";
}
