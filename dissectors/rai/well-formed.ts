/**
 * Reads a text as a well-formed XML 1.0 document: [XML 1.0] 2.1 and every rule that follows from it, for documents without
 * a DOCTYPE. One pass, linear in the text.
 *
 * Not handled here: markup declarations (xml.ts refuses them before), limits but the depth of what is kept, character data
 * and CDATA (checked and passed over), namespaces, whether the encoding named is the text's.
 */

export interface XmlElement {
  name: string;
  /** Values with their entities resolved; line breaks and spaces inside are kept, a line break as "\n" ([XML 1.0] 2.11). */
  attributes: Map<string, string>;
  children: XmlElement[];
}

/** Why and where a document is not well-formed. */
export interface WellFormednessFault {
  /** A clause: "an attribute value holds <". */
  why: string;
  /** Index into the text. */
  at: number;
  /** Only the end is missing: more text could still make it well-formed. */
  cut?: boolean;
}

/** [XML 1.0] 2.3, fifth edition: NameStartChar and NameChar. */
const NAME_START =
  ":A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}" +
  "\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const NAME = new RegExp(
  `[${NAME_START}][-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}${NAME_START}]*`,
  "uy",
);
/** Nothing that NO_CHAR has to look at. */
const PLAIN = /^[\t\n\r -~]*$/;
const ONLY_SPACE = /^[ \t\r\n]*$/;
/** [XML 1.0] 2.2 Char, negated; an unpaired surrogate is none. */
const NO_CHAR = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** [XML 1.0] 2.8 XMLDecl. */
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*("1\.\d+"|'1\.\d+')([ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?([ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*("(yes|no)"|'(yes|no)'))?[ \t\r\n]*\?>/y;
const REFERENCE = /&(#\d+|#x[0-9A-Fa-f]+|amp|lt|gt|apos|quot);/y;

/** What the five entities stand for: [XML 1.0] 4.6. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["apos", "'"],
  ["quot", '"'],
]);

/** The first rule that `text` breaks, or null. A byte order mark in front is no part of the document. */
export function wellFormednessFault(text: string): WellFormednessFault | null {
  return faultOf(text, new Document(text));
}

export interface WholeDocument {
  root: XmlElement;
  /** Elements within elements at the deepest place; below `maxDepth` none is kept. */
  depth: number;
  /** References in attributes and character data. */
  references: number;
}

/** `text` as a document, or the first rule that it breaks. */
export function readDocument(text: string, maxDepth: number): WholeDocument | WellFormednessFault {
  const document = new Document(text, maxDepth);
  return faultOf(text, document) ?? document.whole();
}

function faultOf(text: string, document: Document): WellFormednessFault | null {
  const fault = document.fault();
  const stray = PLAIN.test(text) ? null : NO_CHAR.exec(text);
  if (stray === null || (fault !== null && fault.at <= stray.index)) return fault;
  const code = stray[0].charCodeAt(0);
  // A text that was cut may end with half a pair.
  const cut = stray.index === text.length - 1 && code >= 0xd800 && code < 0xdc00;
  const name = code.toString(16).toUpperCase().padStart(4, "0");
  return { why: `U+${name} is no character of XML`, at: stray.index, cut };
}

/** The beginning of a document, closed so that it can be read. */
export interface ClosedDocument {
  /** Up to the last tag or attribute that is whole, with closing tags added; without a root where none is there. */
  text: string;
  /** Elements that were still open, the root first. */
  open: number;
  /** The innermost of them lacks the end of its own tag. */
  withinTag: boolean;
  /** What is missing, as a clause; null where the document is whole. */
  missing: string | null;
}

/** `text` as the beginning of a document whose end is missing; a fault where what is there is wrong whatever followed. */
export function closedDocument(text: string): ClosedDocument | WellFormednessFault {
  const document = new Document(text);
  const fault = faultOf(text, document);
  return fault !== null && fault.cut !== true ? fault : document.closed(fault?.why ?? null);
}

const CDATA = "<![CDATA[";
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;
const SLASH = 0x2f;
const GREATER = 0x3e;

/** Letters, digits and `_:-.`. */
const isPlainName = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x2d && code <= 0x3a && code !== SLASH) ||
  code === 0x5f;

class Document {
  readonly #text: string;
  #at: number;
  #fault: WellFormednessFault | null = null;
  readonly #open: string[] = [];
  /** Behind the last construct that is whole, the tag that it stands in where it is an attribute, and elements open there. */
  #whole = 0;
  #tag: string | null = null;
  readonly #maxDepth: number;
  /** The root, and the elements that are open and kept. */
  #root: XmlElement | null = null;
  readonly #path: XmlElement[] = [];
  #depth = 0;
  #references = 0;

  constructor(text: string, maxDepth = 0) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** What was read; for a document without a fault. */
  whole(): WholeDocument {
    return { root: this.#root!, depth: this.#depth, references: this.#references };
  }

  fault(): WellFormednessFault | null {
    const text = this.#text;
    const open = this.#open;
    let root = false;
    if (/^<\?xml[ \t\r\n]/.test(text.slice(this.#at, this.#at + 6)) && this.#match(DECLARATION) === null) {
      this.#stop("the XML declaration is malformed", this.#at, !text.includes("?>", this.#at));
    }
    while (this.#fault === null && this.#at < text.length) {
      const next = text.indexOf("<", this.#at);
      const end = next < 0 ? text.length : next;
      this.#characters(this.#at, end, open.length > 0);
      if (this.#fault !== null || next < 0) break;
      this.#at = next;
      const mark = text.charCodeAt(next + 1);
      const cut = text.length - next < CDATA.length;
      if (cut && (this.#isBeginning("<!--") || this.#isBeginning(CDATA) || this.#isBeginning("</"))) {
        this.#stop("< begins nothing", next, true);
      } else if (mark === EXCLAMATION && text.startsWith("<!--", next)) this.#comment();
      else if (mark === EXCLAMATION && text.startsWith(CDATA, next)) this.#cdata(open.length > 0);
      else if (mark === QUESTION) this.#instruction();
      else if (mark === SLASH) this.#endTag(open);
      else {
        if (open.length === 0 && root) this.#stop("a second root element begins");
        root = true;
        this.#startTag(open);
      }
      if (this.#fault === null) this.#isWhole(null);
    }
    if (this.#fault !== null) return this.#fault;
    if (open.length > 0) this.#stop(`the element ${clip(open.at(-1)!)} is never closed`, text.length, true);
    else if (!root) this.#stop("it has no root element", text.length, true);
    return this.#fault;
  }

  closed(missing: string | null): ClosedDocument {
    const names = this.#tag === null ? this.#open : [...this.#open, this.#tag];
    const end = this.#tag === null ? "" : "/>";
    const tags = [...this.#open].reverse().map((name) => `</${name}>`);
    return {
      text: this.#text.slice(0, this.#whole) + end + tags.join(""),
      open: names.length,
      withinTag: this.#tag !== null,
      missing,
    };
  }

  #isWhole(tag: string | null): void {
    this.#whole = this.#at;
    this.#tag = tag;
  }

  /** The text ends here, within `markup`. */
  #isBeginning(markup: string): boolean {
    const left = this.#text.length - this.#at;
    return left < markup.length && markup.startsWith(this.#text.slice(this.#at));
  }

  #stop(why: string, at = this.#at, cut = this.#at >= this.#text.length): void {
    this.#fault ??= { why, at, ...(cut ? { cut } : {}) };
  }

  /** What a sticky expression matches here; the position moves behind it. */
  #match(expression: RegExp): string | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  /** A name, [XML 1.0] 2.3; the position moves behind it. */
  #name(): string | null {
    const from = this.#at;
    let at = from;
    let code = this.#text.charCodeAt(at);
    // Digits, "-" and "." begin none.
    if (code >= 0x2d && code <= 0x39) return null;
    while (isPlainName(code)) code = this.#text.charCodeAt(++at);
    if (code >= 0x80) return this.#match(NAME);
    if (at === from) return null;
    this.#at = at;
    return this.#text.slice(from, at);
  }

  /** Passes over white space; whether there was any. */
  #space(): boolean {
    const from = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return this.#at > from;
      this.#at++;
    }
  }

  /** Character data between tags: [XML 1.0] 2.4. */
  #characters(from: number, to: number, inside: boolean): void {
    if (from === to) return;
    const text = this.#text.slice(from, to);
    if (!inside) {
      const stray = ONLY_SPACE.test(text) ? -1 : text.search(/[^ \t\r\n]/);
      if (stray >= 0) this.#stop("text stands outside the root element", from + stray);
      return;
    }
    const closing = text.indexOf("]]>");
    if (closing >= 0) this.#stop("text holds ]]>", from + closing);
    this.#refer(text, from);
  }

  /** [XML 1.0] 4.1: without declarations there are character references and five entities. `text` begins at `from`. */
  #refer(text: string, from: number): void {
    for (let at = text.indexOf("&"); at >= 0; at = text.indexOf("&", at + 1)) {
      REFERENCE.lastIndex = at;
      const found = REFERENCE.exec(text);
      if (found === null) {
        const name = /^&[^\s;&<"']{1,40};/.exec(text.slice(at, at + 42))?.[0];
        const why = name === undefined ? "& begins no reference" : `${clip(name)} refers to nothing`;
        const cut =
          from + text.length === this.#text.length && /^&(#?[0-9A-Za-z]*)?$/.test(text.slice(at, at + 12));
        this.#stop(why, from + at, cut);
        return;
      }
      if (found[1]!.startsWith("#") && !isChar(found[1]!)) {
        this.#stop(`${clip(found[0])} is no character of XML`, from + at);
        return;
      }
      this.#references++;
    }
  }

  /** [XML 1.0] 2.5: no "--" inside. */
  #comment(): void {
    const end = this.#text.indexOf("--", this.#at + 4);
    if (end < 0) this.#stop("a comment is never closed", this.#at, true);
    else if (this.#text[end + 2] !== ">") {
      this.#stop("a comment holds --", end, end + 2 >= this.#text.length);
    } else this.#at = end + 3;
  }

  /** [XML 1.0] 2.7. */
  #cdata(inside: boolean): void {
    const end = this.#text.indexOf("]]>", this.#at);
    if (!inside) this.#stop("a CDATA section stands outside the root element");
    else if (end < 0) this.#stop("a CDATA section is never closed", this.#at, true);
    else this.#at = end + 3;
  }

  /** [XML 1.0] 2.6: the target `xml` is reserved for the declaration in front. */
  #instruction(): void {
    const begin = this.#at;
    this.#at += 2;
    const target = this.#name();
    if (target === null) {
      this.#stop("a processing instruction has no target", begin);
      return;
    }
    if (target.toLowerCase() === "xml") {
      this.#stop("an XML declaration stands elsewhere than at the beginning", begin);
      return;
    }
    const end = this.#text.indexOf("?>", this.#at);
    if (end < 0) {
      this.#stop("a processing instruction is never closed", begin, true);
      return;
    }
    if (end > this.#at && !this.#space()) {
      this.#stop("a processing instruction has no space behind its target", begin);
      return;
    }
    this.#at = end + 2;
  }

  /** [XML 1.0] 3.1 ETag. */
  #endTag(open: string[]): void {
    const begin = this.#at;
    this.#at += 2;
    const name = this.#name();
    const wanted = open.at(-1);
    if (name === null) {
      this.#stop("a closing tag has no name", begin);
      return;
    }
    if (wanted === undefined) {
      this.#stop(`an end tag ${clip(name)} closes nothing`, begin);
      return;
    }
    if (name !== wanted) {
      const cut = this.#at >= this.#text.length && wanted.startsWith(name);
      this.#stop(`the element ${clip(wanted)} is closed by an end tag ${clip(name)}`, begin, cut);
      return;
    }
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== GREATER) {
      this.#stop(`the end tag ${clip(name)} is not closed by >`);
      return;
    }
    this.#at++;
    open.pop();
    if (open.length < this.#path.length) this.#path.pop();
  }

  /** An element begins within those that are open. */
  #keep(name: string, attributes: Map<string, string>, depth: number): void {
    this.#depth = Math.max(this.#depth, depth);
    if (depth > this.#maxDepth) return;
    const element: XmlElement = { name, attributes, children: [] };
    this.#root ??= element;
    this.#path.at(-1)?.children.push(element);
    this.#path.push(element);
  }

  /** [XML 1.0] 3.1 STag and EmptyElemTag. */
  #startTag(open: string[]): void {
    const begin = this.#at++;
    const name = this.#name();
    if (name === null) {
      this.#stop("< begins no tag", begin);
      return;
    }
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#space();
      const next = this.#text.charCodeAt(this.#at);
      if (next === GREATER) {
        this.#at++;
        open.push(name);
        this.#keep(name, attributes, open.length);
        return;
      }
      if (next === SLASH && this.#text.charCodeAt(this.#at + 1) === GREATER) {
        this.#at += 2;
        this.#keep(name, attributes, open.length + 1);
        if (this.#path.length > open.length) this.#path.pop();
        return;
      }
      const before = this.#at;
      const attribute = this.#name();
      if (attribute === null) {
        this.#stop(
          `the tag ${clip(name)} is never closed`,
          before,
          before >= this.#text.length || this.#isBeginning("/>"),
        );
        return;
      }
      if (!space) {
        this.#stop(`no space stands before the attribute ${clip(attribute)}`, before);
        return;
      }
      if (attributes.has(attribute)) {
        this.#stop(`the attribute ${clip(attribute)} occurs twice`, before);
        return;
      }
      const value = this.#value(attribute);
      if (value === null) return;
      attributes.set(attribute, value);
      this.#isWhole(name);
    }
  }

  /** [XML 1.0] 3.1 Eq and AttValue: quoted, without `<`. The value with its references resolved; null with a fault. */
  #value(name: string): string | null {
    this.#space();
    if (this.#text[this.#at] !== "=") {
      this.#stop(`the attribute ${clip(name)} has no value`);
      return null;
    }
    this.#at++;
    this.#space();
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") {
      this.#stop(`the value of the attribute ${clip(name)} has no quotes`);
      return null;
    }
    const from = this.#at + 1;
    const end = this.#text.indexOf(quote, from);
    if (end < 0) {
      this.#stop(`the value of the attribute ${clip(name)} is never closed`, this.#at, true);
      return null;
    }
    const value = this.#text.slice(from, end);
    const tag = value.indexOf("<");
    if (tag >= 0) this.#stop(`the value of the attribute ${clip(name)} holds <`, from + tag);
    this.#refer(value, from);
    this.#at = end + 1;
    return this.#fault === null ? resolved(value) : null;
  }
}

/** [XML 1.0] 2.11 and 4.4: line breaks are "\n", references what they stand for. `value` breaks no rule. */
function resolved(value: string): string {
  const text = value.includes("\r") ? value.replace(/\r\n?/g, "\n") : value;
  return text.includes("&")
    ? text.replace(/&([^;]+);/g, (_, of: string) => ENTITIES.get(of) ?? String.fromCodePoint(codeOf(of)))
    : text;
}

/** The number of a character reference, `#65` or `#x41`. */
function codeOf(reference: string): number {
  return reference.startsWith("#x") ? Number.parseInt(reference.slice(2), 16) : Number(reference.slice(1));
}

/** [XML 1.0] 4.1: a character reference names a Char. */
function isChar(reference: string): boolean {
  const code = codeOf(reference);
  return code <= 0x10ffff && !NO_CHAR.test(String.fromCodePoint(code));
}

/** A name in a sentence, however long it is: in quotation marks, as everything that is quoted of a text. */
function clip(name: string): string {
  return `"${name.length > 40 ? `${name.slice(0, 40)}…` : name}"`;
}
