/**
 * Many known texts looked for inside others at once: secrets as they are spelt, names as whole words in any case. Both
 * lie in prefix trees, so that each place of a text costs at most the length of the longest text sought.
 *
 * Not handled: names whose letters change in number when they are made small are found in their own spelling only.
 */

/** Code units by which a text is sought; longer ones are known by their beginning. */
export const MAX_PREFIX_UNITS = 128;
/** Shorter secrets are not looked for inside others. */
export const MIN_SECRET = 6;
/** Shorter names would riddle every text: they are found behind a backslash only. */
const MIN_NAME = 2;
/** The same where no word boundary can be asked for, since what stands around a name is not text. */
const MIN_NAME_IN_BYTES = 3;

const WORD = /[\p{L}\p{N}_]/u;
const LETTER = /[\p{L}\p{N}]/u;
/** A placeholder, which is not searched for names such as `user`. */
const PLACEHOLDER = /<[a-z][a-z0-9-]{0,20}-\d{1,9}(?:: \d{1,9} characters)?>/y;
const LESS_THAN = 0x3c;

export interface Match {
  start: number;
  end: number;
  placeholder: string;
}

interface Known {
  placeholder: string;
  /** Of the whole text, where it is longer than what is sought. */
  length: number;
}

interface Node {
  known: Known | null;
  /** By the first code unit of the edge's label. */
  edges: Map<number, { label: string; node: Node }>;
}

function newNode(known: Known | null = null): Node {
  return { known, edges: new Map() };
}

export class TextReplacer {
  readonly #secrets = newNode();
  readonly #names = newNode();
  /** 1 for code units with which something sought begins. */
  readonly #first = new Uint8Array(0x10000);

  /** `text`: the first MAX_PREFIX_UNITS code units of a secret of `length`. */
  secret(text: string, length: number, placeholder: string): void {
    if (text.length < MIN_SECRET) return;
    this.#add(this.#secrets, text, { placeholder, length });
  }

  /** `text`: the first MAX_PREFIX_UNITS code units of a name of `length`. */
  name(text: string, length: number, placeholder: string): void {
    this.#add(this.#names, folded(text), { placeholder, length });
  }

  /** `text` with everything known in it replaced by its placeholder. */
  replace(text: string): string {
    let shown = "";
    let done = 0;
    for (const { start, end, placeholder } of this.find(text)) {
      shown += text.slice(done, start) + placeholder;
      done = end;
    }
    return done === 0 ? text : shown + text.slice(done);
  }

  /** What is known in `text`, in order. `anywhere`: the text is made of bytes, and names need not be words of it. */
  find(text: string, anywhere = false): Match[] {
    const found: Match[] = [];
    const small = folded(text);
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === LESS_THAN) {
        PLACEHOLDER.lastIndex = at;
        if (PLACEHOLDER.test(text)) {
          at = PLACEHOLDER.lastIndex - 1;
          continue;
        }
      }
      const match = this.#at(text, small, at, anywhere);
      if (match === null) continue;
      // What begins inside it and ends behind it is hidden with it.
      for (let inner = at + 1; inner < match.end; inner++) {
        const other = this.#at(text, small, inner, anywhere);
        if (other !== null && other.end > match.end) match.end = other.end;
      }
      found.push(match);
      at = match.end - 1;
    }
    return found;
  }

  #at(text: string, small: string, at: number, anywhere: boolean): Match | null {
    if (this.#first[text.charCodeAt(at)] === 0 && this.#first[small.charCodeAt(at)] === 0) return null;
    return (
      longest(this.#secrets, text, at, () => true) ??
      longest(this.#names, small, at, (end) =>
        anywhere ? end - at >= MIN_NAME_IN_BYTES : isName(small, at, end),
      )
    );
  }

  #add(root: Node, text: string, known: Known): void {
    if (text === "") return;
    this.#first[text.charCodeAt(0)] = 1;
    insert(root, text, known);
  }
}

function insert(root: Node, text: string, known: Known): void {
  let node = root;
  for (let at = 0; at < text.length; ) {
    const edge = node.edges.get(text.charCodeAt(at));
    if (edge === undefined) {
      node.edges.set(text.charCodeAt(at), { label: text.slice(at), node: newNode(known) });
      return;
    }
    let same = 1;
    while (same < edge.label.length && edge.label[same] === text[at + same]) same++;
    if (same < edge.label.length) {
      const middle = newNode();
      middle.edges.set(edge.label.charCodeAt(same), { label: edge.label.slice(same), node: edge.node });
      edge.label = edge.label.slice(0, same);
      edge.node = middle;
    }
    node = edge.node;
    at += same;
  }
  // Of two that begin alike the longer one says how much is hidden.
  if (node.known === null) node.known = known;
  else node.known = { ...node.known, length: Math.max(node.known.length, known.length) };
}

/** The longest text known that stands in `text` at `at` and ends where `accept` says. */
function longest(root: Node, text: string, at: number, accept: (end: number) => boolean): Match | null {
  let node = root;
  let found: Match | null = null;
  for (let end = at; ; ) {
    const edge = node.edges.get(text.charCodeAt(end));
    if (edge === undefined || !text.startsWith(edge.label, end)) return found;
    end += edge.label.length;
    node = edge.node;
    if (node.known === null || !accept(end)) continue;
    const { placeholder, length } = node.known;
    found = { start: at, end: Math.min(text.length, at + Math.max(length, end - at)), placeholder };
  }
}

/** True where no letter or digit goes on at either end of a name, and, for very short ones, a domain stands before it. */
function isName(text: string, start: number, end: number): boolean {
  const name = text.slice(start, end);
  if ((name.length < MIN_NAME || !LETTER.test(name)) && text[start - 1] !== "\\") return false;
  const goesOn = (inner: string, outer: string): boolean => WORD.test(inner) && WORD.test(outer);
  return (
    !goesOn(characterAt(text, start), characterBefore(text, start)) &&
    !goesOn(characterBefore(text, end), characterAt(text, end))
  );
}

/** Small letters, character by character, so that places stay the same. */
function folded(text: string): string {
  const small = text.toLowerCase();
  if (small.length === text.length) return small;
  return Array.from(text, (one) => (one.toLowerCase().length === one.length ? one.toLowerCase() : one)).join(
    "",
  );
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return "";
  const unit = text.charCodeAt(at - 1);
  const low = unit >= 0xdc00 && unit <= 0xdfff && at > 1;
  return low ? text.slice(at - 2, at) : text[at - 1]!;
}
