/**
 * Trees of fields without what --redact hides: values as in records, and of the bytes only those that a field shows. What no
 * field names, and longer runs that nothing describes, may hold anything and are hidden; so is the ciphertext of tickets
 * and tokens, which gives passwords away to who tries enough of them.
 *
 * Hidden bytes are hidden in every source that they stand in: in the stub, in the PDU, in its frames.
 */

import { hex } from "../../dissectors/wire/guid.js";
import { latin1, utf16 } from "../../dissectors/wire/text.js";
import type { Field, Range, Source, Tree } from "../../dissectors/wire/trace.js";
import type { Value } from "../events.js";
import { meaningOf } from "./fields.js";
import type { Placeholders } from "./placeholders.js";
import { type Context, PARAMETERS, type Values } from "./values.js";

/** Longer runs of bytes that nothing describes are hidden: signatures and ids are not longer. */
const MAX_OPAQUE = 16;
/** Made with a password, or encrypted with a key that is made of one: [RFC 4120] 5.2.9, [MS-NLMP] 2.2.2.3 to 2.2.2.8. */
const GUESSABLE = /^(?:cipher|enc-part|NTLM(?:v2)?_RESPONSE|LM(?:v2)?_RESPONSE|NTProofStr|Response)$/;
/** Passwords and keys as they are: [RFC 4511] 4.2, [RFC 3244] 2, [RFC 4120] 5.2.9, [MS-CIFS] 2.2.4.53. */
const PLAIN_SECRET = /^(?:simple|newpasswd|keyvalue|(?:OEM|Unicode)?Password)$/;

/** A tree with a mask for each source: 1 for bytes that are not to be seen. */
export interface RedactedTree extends Tree {
  masks: Uint8Array[];
}

/** [MS-NLMP] 2.2.1: how much of a secret there is, and where. */
const MEASURE = /(?:Fields|Len|Offset)$/;

/** A text, and how it is shown. */
interface Text {
  text: string;
  shown: Value;
}

/** What NDR adds to values, and the lengths of counted strings. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "referent_id",
  "max_count",
  "offset",
  "actual_count",
  "Length",
  "MaximumLength",
  "cBytes",
  "clSize",
]);

const SHOWN = 1;
const HIDDEN = 2;

export class TreeRedaction {
  readonly #tree: Tree;
  readonly #placeholders: Placeholders;
  readonly #values: Values;
  readonly #secrets: ReadonlySet<string>;
  readonly #bytes: Bytes;

  constructor(tree: Tree, placeholders: Placeholders, values: Values, secrets: ReadonlySet<string>) {
    this.#tree = tree;
    this.#placeholders = placeholders;
    this.#values = values;
    this.#secrets = secrets;
    this.#bytes = new Bytes(tree.sources);
  }

  redacted(context: Context): RedactedTree {
    const root = this.#field(this.#tree.root, context, null);
    const masks = this.#bytes.masks();
    const sources = this.#tree.sources.map((source, index) => ({
      ...source,
      bytes: masked(source.bytes, masks[index]!),
    }));
    return { root, sources, masks };
  }

  /** `whole`: the text that the field is a part of, or repeats. */
  #field(field: Field, outer: Context, whole: Text | null): Field {
    const { name, value, show, note, range, children } = field;
    // Whether a bit is set is no name, whatever the bit is called.
    if (field.mask !== undefined) return field;
    if (this.#isSecret(field)) return this.#hidden(field);
    if (this.#isTextOf(children)) return this.#hidden(field);
    const context = this.#values.inner(name, outer);
    if (children.length === 0 || children[0]!.mask !== undefined) this.#bytes.mark(range, SHOWN);
    const known = (said: string | null): string | null => said && this.#placeholders.replace(said);
    const shown: Field = { ...field, show: known(show), note: known(note) };
    if (typeof value === "string") shown.value = this.#text(name, value, outer, whole);
    else if (value instanceof Uint8Array) shown.value = this.#run(value);
    else if (value !== null && typeof value === "object") {
      shown.value = this.#values.value(name, JSON.parse(JSON.stringify(value)) as Value, outer);
    }
    // A text in which something is hidden is hidden whole among the bytes.
    const changed = shown.value !== value && JSON.stringify(shown.value) !== JSON.stringify(value);
    // What a run of bytes holds is shown by its parts.
    const parted = value instanceof Uint8Array && children.some(({ mask }) => mask === undefined);
    if ((changed && !parted) || shown.show !== show) this.#hideBelow(field);
    const inner = typeof value === "string" ? { text: value, shown: shown.value as Value } : whole;
    shown.children = children.map((child) => this.#field(child, context, inner));
    return shown;
  }

  #isSecret({ name, value, children }: Field): boolean {
    if (MEASURE.test(name) || (value === null && children.length === 0)) return false;
    if (PLAIN_SECRET.test(name)) return true;
    return meaningOf(name) === "secret" || this.#secrets.has(name) || GUESSABLE.test(name);
  }

  /** What is secret of a whole text is known when its parts are met. */
  #text(name: string, text: string, context: Context, whole: Text | null): Value {
    if (whole === null) return this.#values.value(name, text, context);
    if (whole.text === text) return whole.shown;
    const known = this.#placeholders.known(text);
    if (known !== undefined) return known;
    if (meaningOf(name) === "plain") return this.#placeholders.replace(text);
    return this.#values.value(name, text, PARAMETERS);
  }

  #hidden(field: Field): Field {
    const { value } = field;
    this.#hideBelow(field);
    const said =
      value instanceof Uint8Array
        ? this.#placeholders.secret("secret", hex(value))
        : typeof value === "string"
          ? this.#placeholders.secret("secret", value)
          : "<secret>";
    return { ...field, value: said, show: null, note: null, children: [] };
  }

  /**
   * All that it is made of, wherever that stands. Pointers and counts say nothing of what they are of, and whoever reads the
   * bytes needs them.
   */
  #hideBelow(field: Field): void {
    const { name, range, children } = field;
    const isLeaf = children.length === 0 || children[0]!.mask !== undefined;
    if (isLeaf) this.#bytes.mark(range, BOOKKEEPING.has(name) ? SHOWN : HIDDEN);
    else for (const child of children) this.#hideBelow(child);
  }

  #run(value: Uint8Array): unknown {
    if (value.length <= MAX_OPAQUE && !this.#holdsKnown(value)) return value;
    return `<${value.length} bytes>`;
  }

  /** Numbers that together spell something that is hidden elsewhere. */
  #isTextOf(children: readonly Field[]): boolean {
    if (children.length < 3) return false;
    const sizes = new Set(children.map(({ range }) => range?.length));
    const [size] = sizes;
    if (sizes.size !== 1 || (size !== 1 && size !== 2)) return false;
    if (!children.every(({ value, mask }) => typeof value === "number" && mask === undefined)) return false;
    return this.#holdsKnown(Uint8Array.from(children.flatMap(({ value }) => bytesOf(value as number, size))));
  }

  #holdsKnown(bytes: Uint8Array): boolean {
    if (this.#placeholders.full) return true;
    const texts = [latin1(bytes), utf16(bytes), utf16(bytes.subarray(1))];
    return texts.some((text) => this.#placeholders.findInBytes(text).length > 0);
  }
}

function bytesOf(value: number, size: number): number[] {
  return size === 1 ? [value & 0xff] : [value & 0xff, (value >> 8) & 0xff];
}

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (mask[at] === 1 ? 0 : byte));
}

/** Which bytes of each source are shown. */
class Bytes {
  readonly #sources: readonly Source[];
  readonly #marks: Uint8Array[];

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
    this.#marks = sources.map(({ bytes }) => new Uint8Array(bytes.length));
  }

  /** Marks a range, and the bytes of other sources that it is made of. What is hidden stays so. */
  mark(range: Range | null, as: typeof SHOWN | typeof HIDDEN): void {
    if (range !== null) this.#mark(range.source, range.start, range.start + range.length, as);
  }

  #mark(index: number, start: number, end: number, as: number): void {
    const marks = this.#marks[index];
    if (marks === undefined) return;
    for (let at = start; at < end; at++) if (marks[at] !== HIDDEN) marks[at] = as;
    for (const piece of this.#sources[index]!.pieces) {
      const from = Math.max(start, piece.start);
      const to = Math.min(end, piece.start + piece.length);
      if (from >= to || typeof piece.from !== "number") continue;
      const at = piece.at + from - piece.start;
      this.#mark(piece.from, at, at + to - from, as);
    }
  }

  /** 1 for every byte that is not shown, whichever source of the same bytes says so. */
  masks(): Uint8Array[] {
    const done = new Set<number>();
    const settle = (index: number): void => {
      if (done.has(index)) return;
      done.add(index);
      const marks = this.#marks[index]!;
      for (const { start, length, from, at } of this.#sources[index]!.pieces) {
        if (typeof from !== "number") continue;
        settle(from);
        const below = this.#marks[from]!;
        for (let i = 0; i < length; i++) if (below[at + i] === HIDDEN) marks[start + i] = HIDDEN;
      }
    };
    for (const index of this.#sources.keys()) settle(index);
    return this.#marks.map((marks) => marks.map((mark) => (mark === SHOWN ? 0 : 1)));
  }
}
