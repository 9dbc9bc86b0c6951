/**
 * The XML of invitation files, [MS-RAI] 6, which come by mail and may hold whatever XML allows: read by a library, once a file.
 * What is not well-formed or passes a limit is refused before it sees the text: the library's own validator lets `<` in
 * attributes, undefined entities and much else pass. The one place that imports it; in the built program it is loaded with
 * the first file.
 *
 * Not handled: text between elements.
 */
import { XMLParser } from "fast-xml-parser";
import { malformed } from "../wire/errors.js";
import { beginning } from "../wire/text.js";
import type { XmlElement } from "./well-formed.js";
import {
  MAX_ENTITIES,
  MAX_XML_DEPTH,
  MAX_XML_LENGTH,
  refuseAttributes,
  refuseIllFormed,
  tooDeep,
} from "./xml.js";

const ATTRIBUTES = ":@";
const TEXT = "#text";

/** The library's ordered form: one key is the element's name, `:@` holds its attributes. */
type OrderedNode = { [name: string]: unknown };

/** The root element of a file. Throws WireError `malformed` or `limit` with a sentence that says why. */
export function readXmlFile(text: string): XmlElement {
  refuseIllFormed(text);
  const roots = elements(parse(text), 1);
  if (roots.length !== 1) throw malformed(`XML could not be read: it has ${roots.length} root elements`);
  refuseAttributes(roots[0]!);
  return roots[0]!;
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
  const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as object);
  return new Map(attributes.map(([name, value]) => [name, String(value)]));
}

/** Library messages quote names from the document, however long: cut to what a line holds. */
function unquoted(message: string): string {
  const line = message.replace(/\.$/, "");
  return line.length > 160 ? `${beginning(line, 160)}…` : line;
}
