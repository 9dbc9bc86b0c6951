/**
 * The state of one decoding: where the cursor is, which names are in scope, which pointers wait for their
 * referents, and what was noticed. [C706] 14.3, [MS-RPCE] 2.2.4 and 2.2.5. What a type looks like is compile.ts;
 * hand-written shapes (natives) are written against this class.
 *
 * Not handled: full pointers of a response that name a referent of its request.
 */
import { limit, malformed, unsupported, WireError } from "../wire/errors.js";
import type { Guid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { type LoneSurrogates, loneText } from "../wire/text.js";
import type { DecodeNote, Found, Value } from "./decoded.js";
import { evaluate, type Lookup, showExpr } from "./expr.js";
import type { Expr, NativeType, NdrType } from "./types.js";

/** The transfer syntaxes that are decoded: NDR 2.0 and NDR64. */
export type Syntax = "ndr" | "ndr64";

/** Pointers that may be followed from one another. Linked lists are no deeper for being long. */
const MAX_DEPTH = 100;
/** Values that one side of one call may have. */
const MAX_NODES = 2_000_000;
/** Notes that one side of one call may have, and comparisons that may wait for all parameters; the last note says so. */
export const MAX_NOTES = 64;
/** What is registered of one side of one call: object references, bindings, towers and statuses. */
export const MAX_FOUND = 4096;

/** Anything that values are put into: an object or an array. */
// biome-ignore lint/suspicious/noExplicitAny: values go into objects by name and into arrays by index
export type Container = any;
export type Key = string | number;

/**
 * A hand-written decoder. `read` puts its value into `into[key]` as early as it can, so that what was decoded
 * before a fault is kept.
 */
export interface Native {
  /** The IDL type is a unique pointer to what `read` reads; the interpreter handles the pointer. */
  pointer: boolean;
  /** Begins with a maximum count that moves to the front of the enclosing structure; `read` takes it with `takeCount`. */
  conformant: boolean;
  align: { ndr: number; ndr64: number };
  read(state: DecodeState, into: Container, key: Key, type: NativeType): void;
}

/** How one type is read. */
export interface Codec {
  /** Alignment of the type as a member of a structure. */
  align: number;
  /** How many maximum counts stand before the construct that ends in this type. */
  dims: number;
  /** Ends in bytes of its own counts: no trailing gap follows it in NDR64. */
  open: boolean;
  /** Reads the part that stands in place. */
  read(state: DecodeState, into: Container, key: Key): void;
  /** As `read`, for types whose value has no parts. */
  leaf?: (state: DecodeState) => Value;
  /** Reads the referents of the pointers inside, after the outermost construct. null: there are none. */
  refs: ((state: DecodeState, into: Container, key: Key) => void) | null;
}

/** What the caller knows and the stub does not say. */
export interface NdrContext {
  syntax: Syntax;
  natives: ReadonlyMap<string, Native>;
  /** IDL types by name, for what is described in IDL but met inside opaque bytes (activation properties). */
  types: ReadonlyMap<string, NdrType>;
  /** Values that one side of one call may have, where memory allows for fewer than MAX_NODES. */
  maxNodes?: number;
  /** The name of an interface, or null. */
  interfaceName(iid: Guid): string | null;
  /** Put round every codec when it is compiled: always the same function, that of traced.ts. */
  wrap?: (codec: Codec, type: NdrType) => Codec;
}

interface Alias {
  into: Container;
  key: Key;
  done: boolean;
}

interface Check {
  code: string;
  what: string;
  expr: Expr;
  actual: bigint;
  path: string;
}

export class DecodeState {
  reader: Reader;
  readonly ctx: NdrContext;
  /** NDR64: pointers and counts of 8 bytes. */
  readonly wide: boolean;
  readonly notes: DecodeNote[] = [];
  /** What natives registered, in the order in which they met it. */
  readonly found: Found[] = [];
  /** The status that was read last; that of the return value is not registered among the others. */
  status: number | null = null;
  returning = false;
  /** The way to the value being read, `depth` entries long; left as it is when an error is thrown. */
  readonly keys: Key[] = [];
  depth = 0;
  /** Whether the elements of an empty array are aligned, and whether any were not by chance. */
  padEmpty = true;
  emptyPadded = false;
  /** The object whose members the expressions of the current type name. */
  scope: Container;
  /** The parameters: the outermost scope. */
  readonly root: { [name: string]: Value };
  /** For a response: the values of the request. */
  readonly outer: { [name: string]: Value } | null;
  /** Values of `outer` that were asked for. */
  asked: { [name: string]: Value | undefined } | null = null;
  /** Referent ids (and live arms of unions) met in place, in the order in which their referents follow. */
  readonly pending: number[] = [];
  pendingAt = 0;
  #counts: number[] = [];
  #countAt = 0;
  #level = 0;
  /** Values so far. */
  nodes = 0;
  readonly #maxNodes: number;
  #aliases: Map<number, Alias> | null = null;
  readonly #checks: Check[] = [];
  /** Which limits were reported. */
  #reported: Set<string> | null = null;

  constructor(
    reader: Reader,
    ctx: NdrContext,
    root: { [name: string]: Value },
    outer: { [name: string]: Value } | null,
  ) {
    this.reader = reader;
    this.ctx = ctx;
    this.wide = ctx.syntax === "ndr64";
    this.#maxNodes = Math.min(MAX_NODES, ctx.maxNodes ?? MAX_NODES);
    this.root = root;
    this.outer = outer;
    this.scope = root;
  }

  /** As text: `pDispParams.rgvarg[1].value`. */
  path(): string {
    let s = "";
    for (let i = 0; i < this.depth; i++) {
      const k = this.keys[i]!;
      s += typeof k === "number" ? `[${k}]` : s === "" ? k : `.${k}`;
    }
    return s;
  }

  note(severity: DecodeNote["severity"], code: string, message: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push({ severity, code, message });
    else this.#limited(`more than ${MAX_NOTES} notes: further ones are left out`);
  }

  /** Says once, beside the other notes, that something is not kept or not compared. */
  #limited(message: string): void {
    if (this.#reported?.has(message)) return;
    this.#reported ??= new Set();
    this.#reported.add(message);
    this.notes.push({ severity: "info", code: "decode-limit", message });
  }

  /** Takes the lone surrogates of the text that is being read. */
  readonly lone: LoneSurrogates = (units) => {
    this.note("warning", "text-lone-surrogate", `${this.path()}: ${loneText(units)}`);
  };

  /** Registers what a native met for whoever asks for its kind. */
  find(kind: string, value: unknown): void {
    if (this.found.length < MAX_FOUND) this.found.push({ path: this.path(), kind, value });
    else {
      this.#limited(
        `more than ${MAX_FOUND} object references, bindings, towers and statuses: nothing is learned of further ones`,
      );
    }
  }

  /** Counts values against the limit, before room is made for them. */
  spend(values: number): void {
    this.nodes += values;
    if (this.nodes > this.#maxNodes) throw limit("MAX_NODES", this.#maxNodes, this.reader.offset);
  }

  /** Aligns as far as there are bytes: padding behind the last value may be missing. */
  alignSoft(n: number): void {
    const r = this.reader;
    const over = (r.offset - r.origin) % n;
    if (over !== 0) r.skip(Math.min(n - over, r.left));
  }

  /** Aligns for the elements that an empty array has not, as Windows does. Samba does not. */
  alignEmpty(n: number): void {
    if ((this.reader.offset - this.reader.origin) % n === 0) return;
    this.emptyPadded = true;
    if (this.padEmpty) this.alignSoft(n);
  }

  /** A maximum, offset or actual count: 4 bytes in NDR, 8 in NDR64, aligned. */
  count(field?: string): number {
    return this.wide ? this.#wideCount(field) : this.#narrowCount(field);
  }

  /** A referent id, aligned; 0 is the null pointer. */
  referentId(field = "referent_id"): number {
    return this.wide ? this.#wideId(field) : this.#narrowCount(field);
  }

  #narrowCount(field: string | undefined): number {
    this.reader.align(4);
    return this.reader.u32(field);
  }

  #wideId(field: string | undefined): number {
    const r = this.reader;
    r.align(8);
    const start = r.offset;
    const first = r.u32();
    const second = r.u32();
    const n = r.littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
    r.note(field, start, n);
    return n;
  }

  #wideCount(field: string | undefined): number {
    const n = this.#wideId(field);
    if (n > Number.MAX_SAFE_INTEGER) {
      throw malformed(`a count of ${n} elements`, this.reader.offset - 8, "count");
    }
    return n;
  }

  /** Reads the maximum counts that stand before a construct whose `dims` dimensions are conformant. */
  hoist(dims: number): void {
    this.#counts = [];
    this.#countAt = 0;
    for (let i = 0; i < dims; i++) this.#counts.push(this.count("max_count"));
  }

  /** The next hoisted maximum count, in the order of the dimensions. */
  takeCount(): number {
    const n = this.#counts[this.#countAt++];
    return n === undefined ? this.count("max_count") : n;
  }

  /**
   * Runs `read` as the referent of a pointer: its own pointers wait for their referents apart from those that
   * wait already.
   */
  referent(read: () => void): void {
    const at = this.pendingAt;
    const base = this.descend();
    read();
    this.ascend(at, base);
  }

  /** The beginning of `referent`, for where a function for it would cost more than what it reads: answers the base. */
  descend(): number {
    if (this.#level >= MAX_DEPTH) throw limit("MAX_DEPTH", MAX_DEPTH, this.reader.offset);
    this.#level++;
    this.pendingAt = this.pending.length;
    return this.pendingAt;
  }

  /** Its end: `at` is what `pendingAt` was before. */
  ascend(at: number, base: number): void {
    this.#level--;
    this.pending.length = base;
    this.pendingAt = at;
  }

  /** Reads the referent of a native by its name: what natives are made of. */
  readNative(name: string, into: Container, key: Key): void {
    const found = this.ctx.natives.get(name);
    if (found === undefined) throw unsupported(`no decoder for ${name}`, this.reader.offset);
    this.referent(() => {
      if (found.conformant) this.hoist(1);
      found.read(this, into, key, { kind: "native", native: name });
    });
  }

  /**
   * Reads bytes of their own from `reader`. A fault in them ends them only: it is returned, with its path, and
   * decoding goes on where it was. The limits of the whole are not such a fault.
   */
  attempt(reader: Reader, read: () => void): WireError | null {
    const { depth, scope, pendingAt } = this;
    const level = this.#level;
    const outer = this.reader;
    const base = this.pending.length;
    const noted = outer.level();
    this.reader = reader;
    try {
      this.referent(read);
      return null;
    } catch (e) {
      if (e instanceof WireError && e.kind === "limit") throw e;
      const located = this.located(e);
      this.depth = depth;
      this.#level = level;
      this.scope = scope;
      this.pendingAt = pendingAt;
      this.pending.length = base;
      return located;
    } finally {
      outer.leave(noted);
      this.reader = outer;
    }
  }

  /**
   * The referent of a full pointer, which travels only once. Later pointers with the same id show the same value;
   * one that points to a value around itself is shown as null, with a note.
   */
  fullReferent(id: number, into: Container, key: Key, read: () => void): void {
    this.#aliases ??= new Map();
    const known = this.#aliases.get(id);
    if (known === undefined) {
      const entry = { into, key, done: false };
      this.#aliases.set(id, entry);
      this.referent(read);
      entry.done = true;
      return;
    }
    if (known.done) {
      const value = known.into[known.key] as Value;
      this.#spendCopy(value);
      into[key] = value;
    } else {
      into[key] = null;
      this.note("info", "pointer-cycle", `${this.path()} points back to a value that contains it`);
    }
  }

  /** A value shown twice counts twice: what is written out stays bounded. */
  #spendCopy(value: Value, depth = 0): void {
    this.spend(1);
    if (depth > MAX_DEPTH) throw limit("MAX_DEPTH", MAX_DEPTH, this.reader.offset);
    if (typeof value === "string") this.spend(value.length >> 6);
    else if (Array.isArray(value)) for (const v of value) this.#spendCopy(v, depth + 1);
    else if (value !== null && typeof value === "object") {
      for (const k in value) this.#spendCopy(value[k] as Value, depth + 1);
    }
  }

  readonly #lookup: Lookup = (name) => {
    const here = this.scope[name] as Value | undefined;
    if (here !== undefined || this.scope !== this.root) return here;
    const there = this.outer?.[name];
    this.asked ??= {};
    this.asked[name] = there;
    return there;
  };

  /**
   * Compares what the wire says with what an attribute of the IDL says it should be. Parameters may be named
   * before they are read: a comparison of theirs that fails now is made again by `finish`.
   */
  check(code: string, what: string, expr: Expr | null | undefined, actual: number): void {
    if (expr === null || expr === undefined) return;
    if (expr.op === "name" && this.#lookup(expr.name) === actual) return;
    const said = BigInt(actual);
    const wanted = evaluate(expr, this.#lookup);
    if (wanted !== null && sameCount(wanted, said)) return;
    if (this.scope === this.root) {
      if (this.#checks.length < MAX_NOTES) {
        this.#checks.push({ code, what, expr, actual: said, path: this.path() });
      } else
        this.#limited(
          `more than ${MAX_NOTES} counts that may not be what the IDL says: further ones are not compared`,
        );
    } else if (wanted !== null) {
      this.#mismatch({ code, what, expr, actual: said, path: this.path() }, wanted);
    }
  }

  #mismatch(c: Check, wanted: bigint): void {
    let says = `${showExpr(c.expr)} is`;
    if (c.expr.op === "name") says = `${c.expr.name} says`;
    if (c.expr.op === "const") says = "the IDL says";
    this.note("warning", c.code, `${c.path}: ${c.what} is ${c.actual}, ${says} ${wanted}`);
  }

  /** [MS-DCOM] 2.2.17 iid_is: the IID that the object reference should be of, where it is known by now. */
  checkIid(expr: Expr, iid: Guid): void {
    let e = expr;
    while (e.op === "deref") e = e.of;
    const wanted = e.op === "name" ? this.#lookup(e.name) : undefined;
    if (typeof wanted === "string" && wanted.length === iid.length && wanted !== iid) {
      this.note("warning", "iid-mismatch", `${this.path()} is of interface ${iid}, ${wanted} was asked for`);
    }
  }

  /** Makes the comparisons that waited for all parameters. */
  finish(): void {
    this.scope = this.root;
    for (const c of this.#checks) {
      const wanted = evaluate(c.expr, this.#lookup);
      if (wanted !== null && !sameCount(wanted, c.actual)) this.#mismatch(c, wanted);
    }
  }

  /** The error as it leaves: with the path of what was being read. */
  located(e: unknown): WireError {
    if (!(e instanceof WireError)) throw e;
    const at = this.path();
    if (e.path === "") e.path = at;
    else if (at !== "") e.at(at);
    return e;
  }
}

/** Counts are compared as the 32 bits that C would hold. */
function sameCount(a: bigint, b: bigint): boolean {
  return a === b || BigInt.asUintN(32, a) === BigInt.asUintN(32, b);
}
