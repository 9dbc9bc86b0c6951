/**
 * Where the values of connection string 2 stand in its XML, [MS-RAI] 2.2.2: a scan that knows the five elements and their
 * attributes and calls everything else `unread`, so that it serves for XML of any sort, well-formed or not. Takes time
 * linear in the text.
 *
 * Not handled here: whether the XML is well-formed and what it means, which `xml.ts` and `connection-string.ts` show.
 */
import type { Span } from "./spans.js";
import { withoutLineBreaks, withoutSpace } from "./strings.js";

export type MarkupPart = "kh" | "kh2" | "id" | "transport_id" | "sid" | "port" | "name" | "uri";

/** Attributes by element. What is not in here is not known. */
const ELEMENTS: ReadonlyMap<string, ReadonlyMap<string, MarkupPart>> = new Map([
  ["E", new Map()],
  [
    "A",
    new Map<string, MarkupPart>([
      ["KH", "kh"],
      ["KH2", "kh2"],
      ["ID", "id"],
    ]),
  ],
  ["C", new Map()],
  [
    "T",
    new Map<string, MarkupPart>([
      ["ID", "transport_id"],
      ["SID", "sid"],
    ]),
  ],
  [
    "L",
    new Map<string, MarkupPart>([
      ["P", "port"],
      ["N", "name"],
      ["U", "uri"],
    ]),
  ],
]);

/** Comments and their like: how they begin and end. */
const SECTIONS: readonly (readonly [string, string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
];
const DECLARATION = /^<\?xml(?: {1,4}(?:version|encoding|standalone)="[A-Za-z0-9._-]{1,16}"){0,3} {0,4}\?>$/;
const TAG_NAME = /<(\/?)([A-Z])(?=[\s/>])/y;
const ATTRIBUTE = /\s*([^\s=<>"'/]+)\s*=\s*(["'])/y;
const NOTHING = /^[\s\0\ufeff]*$/;

export function markupSpans(text: string): Span<MarkupPart>[] {
  const spans: Span<MarkupPart>[] = [];
  const unread = (start: number, end: number): void => {
    const value = text.slice(start, end);
    if (!NOTHING.test(value)) spans.push({ what: "unread", start, end, value });
  };
  for (let at = 0; at < text.length; ) {
    const tag = text.indexOf("<", at);
    unread(at, tag < 0 ? text.length : tag);
    if (tag < 0) break;
    const section = SECTIONS.find(([begin]) => text.startsWith(begin, tag));
    if (section !== undefined) {
      const [begin, end] = section;
      const close = text.indexOf(end, tag + begin.length);
      unread(tag + begin.length, close < 0 ? text.length : close);
      at = close < 0 ? text.length : close + end.length;
      continue;
    }
    at = tagEnd(text, tag);
    tagSpans(text, tag, at, spans, unread);
  }
  return spans;
}

/** Behind the `>` that closes the tag, which may stand inside quotes as well; the end of the text where none does. */
export function tagEnd(text: string, start: number): number {
  let quote = "";
  for (let i = start + 1; i < text.length; i++) {
    const character = text[i]!;
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return i + 1;
    else if (character === '"' || character === "'") quote = character;
  }
  return text.length;
}

function tagSpans(
  text: string,
  start: number,
  end: number,
  spans: Span<MarkupPart>[],
  unread: (start: number, end: number) => void,
): void {
  TAG_NAME.lastIndex = start;
  const begin = TAG_NAME.exec(text);
  const attributes = begin === null ? undefined : ELEMENTS.get(begin[2]!);
  if (attributes === undefined) {
    const known = end - start <= 100 && DECLARATION.test(text.slice(start, end));
    if (!known) unread(start, end);
    return;
  }
  const closed = text[end - 1] === ">" && end - 1 > start;
  const last = closed ? end - 1 : end;
  let at = start + begin![0].length;
  while (at < last) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (found === null || ATTRIBUTE.lastIndex > last) break;
    const from = ATTRIBUTE.lastIndex;
    const to = text.indexOf(found[2]!, from);
    if (to < 0 || to >= last) break;
    const what = begin![1] === "" ? attributes.get(found[1]!) : undefined;
    if (what === undefined) unread(at + found[0].indexOf(found[1]!), to + 1);
    else spans.push({ what, start: from, end: to, value: readAs(what, text.slice(from, to)) });
    at = to + 1;
  }
  const rest = text.slice(at, last);
  if (!/^\s*\/?$/.test(rest)) unread(at, last);
}

/** As connection strings are read: base64 and numbers lose all white space, names and URIs their line breaks only. */
function readAs(what: MarkupPart, raw: string): string {
  return what === "name" || what === "uri" ? withoutLineBreaks(raw) : withoutSpace(raw);
}
