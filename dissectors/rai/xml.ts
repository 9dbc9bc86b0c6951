/**
 * The XML of [MS-RAI] 2.2.2 and section 6, read with suspicion: it comes from the wire or from a file by mail.
 * The one place that imports the XML library (in the built program it is loaded with the first document). A document is refused as a whole where it is not well-formed, where
 * it carries a DOCTYPE (and so could define entities), or where it passes a limit.
 *
 * Not handled here: namespaces, which [MS-RAI] does not use; what elements mean.
 */
import { XMLParser } from "fast-xml-parser";
import { malformed, WireError } from "../wire/errors.js";
import { beginning } from "../wire/text.js";
import { closedDocument, type WellFormednessFault, wellFormednessFault } from "./well-formed.js";

export interface XmlElement {
  name: string;
  /** Values with their entities resolved; line breaks and spaces inside are kept. */
  attributes: Map<string, string>;
  children: XmlElement[];
}

/** Characters in one document; the longest real ones have some thousands. */
const MAX_XML_LENGTH = 1 << 20;
/** Characters in one attribute value; an LHTICKET has about 2,000. */
const MAX_ATTRIBUTE_LENGTH = 1 << 16;
/** Elements within elements; [MS-RAI] has four levels. */
const MAX_XML_DEPTH = 32;
/** Entity references resolved in one document. */
const MAX_ENTITIES = 4096;

const ATTRIBUTES = ":@";
const TEXT = "#text";

/** The library's ordered form: one key is the element's name, `:@` holds its attributes. */
type OrderedNode = { [name: string]: unknown };

/** The root element of a document. Throws WireError `malformed` or `limit` with a sentence that says why. */
export function readXml(text: string): XmlElement {
  refuseLength(text);
  refuseDeclarations(text);
  // The library's own validator lets `<` in attributes, undefined entities and much else pass.
  const fault = wellFormednessFault(text);
  if (fault !== null) throw illFormed(text, fault);
  const roots = elements(parse(text), 1);
  if (roots.length !== 1) throw malformed(`XML could not be read: it has ${roots.length} root elements`);
  return roots[0]!;
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

/** A document whose end may be missing. Throws WireError where what is there is wrong whatever followed. */
export function readXmlBeginning(text: string): XmlBeginning {
  refuseLength(text);
  refuseDeclarations(text);
  const closed = closedDocument(text);
  if ("why" in closed) throw illFormed(text, closed);
  const { missing } = closed;
  const open = new Set<XmlElement>();
  if (missing !== null && closed.open === 0 && wellFormednessFault(closed.text) !== null) {
    return { root: null, open, tag: null, missing };
  }
  const root = readXml(closed.text);
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

function parse(text: string): OrderedNode[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    textNodeName: TEXT,
    parseAttributeValue: false,
    parseTagValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: MAX_XML_DEPTH,
    // Without it numeric references such as &#10; stay as they are.
    htmlEntities: true,
    processEntities: {
      enabled: true,
      maxEntityCount: 1,
      maxTotalExpansions: MAX_ENTITIES,
      maxExpandedLength: MAX_XML_LENGTH,
    },
  });
  try {
    return parser.parse(text) as OrderedNode[];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw /nested/i.test(message) ? tooDeep() : malformed(`XML could not be read: ${unquoted(message)}`);
  }
}

function elements(nodes: unknown, depth: number): XmlElement[] {
  if (depth > MAX_XML_DEPTH) throw tooDeep();
  const result: XmlElement[] = [];
  for (const node of Array.isArray(nodes) ? (nodes as OrderedNode[]) : []) {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === TEXT) continue;
    result.push({ name, attributes: attributesOf(node), children: elements(node[name], depth + 1) });
  }
  return result;
}

function attributesOf(node: OrderedNode): Map<string, string> {
  const result = new Map<string, string>();
  for (const [name, value] of Object.entries((node[ATTRIBUTES] ?? {}) as object)) {
    const text = String(value);
    if (text.length > MAX_ATTRIBUTE_LENGTH) {
      throw tooMuch(
        `attribute ${beginning(name, 40)} has ${text.length} characters, more than ${MAX_ATTRIBUTE_LENGTH}`,
        "attribute length",
      );
    }
    result.set(name, text);
  }
  return result;
}

function tooMuch(message: string, limit: string): WireError {
  return new WireError("limit", message, 0, limit);
}

function tooDeep(): WireError {
  return tooMuch(`XML has elements nested deeper than ${MAX_XML_DEPTH}`, "XML depth");
}

/** Library messages quote names from the document, however long: cut to what a line holds. */
function unquoted(message: string): string {
  const line = message.replace(/\.$/, "");
  return line.length > 160 ? `${beginning(line, 160)}…` : line;
}
