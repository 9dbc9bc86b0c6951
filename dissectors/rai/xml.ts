/**
 * The XML of [MS-RAI] 2.2.2 and section 6, read with suspicion: it comes from the wire or from a file by mail. A document is refused as a whole where it is not well-formed, where it carries a DOCTYPE (and so could define entities),
 * or where it passes a limit.
 *
 * Not handled here: namespaces, which [MS-RAI] does not use; what elements mean.
 */
import { malformed, WireError } from "../wire/errors.js";
import { beginning } from "../wire/text.js";
import {
  closedDocument,
  readDocument,
  type WellFormednessFault,
  wellFormednessFault,
  type XmlElement,
} from "./well-formed.js";

/** Characters in one document; the longest real ones have some thousands. */
export const MAX_XML_LENGTH = 1 << 20;
/** Characters in one attribute value; an LHTICKET has about 2,000. */
const MAX_ATTRIBUTE_LENGTH = 1 << 16;
/** Elements within elements; [MS-RAI] has four levels. */
export const MAX_XML_DEPTH = 32;
/** Entity references resolved in one document. */
export const MAX_ENTITIES = 4096;

/** The root element of a document. Throws WireError `malformed` or `limit` with a sentence that says why. */
export function readXml(text: string): XmlElement {
  refuseLength(text);
  refuseDeclarations(text);
  const document = readDocument(text, MAX_XML_DEPTH);
  if ("why" in document) throw illFormed(text, document);
  const { root, depth, references } = document;
  if (depth > MAX_XML_DEPTH) throw tooDeep();
  if (references > MAX_ENTITIES) {
    throw tooMuch(
      `XML has ${references} references, more than the limit of ${MAX_ENTITIES}`,
      "XML references",
    );
  }
  refuseAttributes(root);
  return root;
}

/** Throws where `text` is no document that may be read. */
export function refuseIllFormed(text: string): void {
  refuseLength(text);
  refuseDeclarations(text);
  const fault = wellFormednessFault(text);
  if (fault !== null) throw illFormed(text, fault);
}

export function refuseAttributes({ attributes, children }: XmlElement): void {
  for (const [name, { length }] of attributes) {
    if (length <= MAX_ATTRIBUTE_LENGTH) continue;
    throw tooMuch(
      `attribute ${beginning(name, 40)} has ${length} characters, more than ${MAX_ATTRIBUTE_LENGTH}`,
      "attribute length",
    );
  }
  for (const child of children) refuseAttributes(child);
}

function refuseLength(text: string): void {
  if (text.length <= MAX_XML_LENGTH) return;
  throw tooMuch(`XML has ${text.length} characters, more than ${MAX_XML_LENGTH}`, "XML length");
}

function illFormed(text: string, fault: WellFormednessFault): WireError {
  const line = text.slice(0, fault.at).split("\n").length;
  const kind = fault.cut === true ? "incomplete" : "malformed";
  return new WireError(kind, `XML is not well-formed: ${fault.why} (line ${line})`, fault.at, "XML");
}

/** The beginning of a document, as far as it goes. */
export interface XmlBeginning {
  /** null where it ends before the root says anything. */
  root: XmlElement | null;
  /** Elements whose end is missing: they may have more children. */
  open: ReadonlySet<XmlElement>;
  /** The one of them whose own tag is not whole, so that it may have more attributes; or null. */
  tag: XmlElement | null;
  /** What is missing, as a clause; null where nothing is. */
  missing: string | null;
}

/**
 * A document whose end may be missing; `read` reads what was made whole. Throws WireError where what is there is wrong whatever
 * followed.
 */
export function readXmlBeginning(text: string, read: (text: string) => XmlElement = readXml): XmlBeginning {
  refuseLength(text);
  refuseDeclarations(text);
  const closed = closedDocument(text);
  if ("why" in closed) throw illFormed(text, closed);
  const { missing } = closed;
  const open = new Set<XmlElement>();
  if (missing !== null && closed.open === 0 && wellFormednessFault(closed.text) !== null) {
    return { root: null, open, tag: null, missing };
  }
  const root = read(closed.text);
  let last: XmlElement | undefined = root;
  let tag: XmlElement | null = null;
  for (let depth = 0; depth < closed.open && last !== undefined; depth++, last = last.children.at(-1)) {
    open.add(last);
    if (closed.withinTag && depth === closed.open - 1) tag = last;
  }
  return { root, open, tag, missing };
}

/** Markup declarations are refused unread: nothing of [MS-RAI] needs one, and entity attacks need them. */
function refuseDeclarations(text: string): void {
  for (let at = text.indexOf("<!"); at >= 0; at = text.indexOf("<!", at)) {
    const end = text.startsWith("<!--", at) ? "-->" : text.startsWith("<![CDATA[", at) ? "]]>" : null;
    if (end === null) {
      const word = /^<!\s*([A-Za-z]*)/.exec(text.slice(at, at + 40))?.[1]?.toUpperCase() || "declaration";
      const where = word === "DOCTYPE" ? "a DOCTYPE" : `a markup declaration (${word})`;
      throw malformed(`XML carries ${where}, which is refused unread`, at);
    }
    const close = text.indexOf(end, at + 4);
    if (close < 0) return;
    at = close + end.length;
  }
}

function tooMuch(message: string, limit: string): WireError {
  return new WireError("limit", message, 0, limit);
}

export function tooDeep(): WireError {
  return tooMuch(`XML has elements nested deeper than ${MAX_XML_DEPTH}`, "XML depth");
}
