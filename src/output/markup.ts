/**
 * XML from the wire, well-formed or not, with what it says replaced and its outline kept: the elements, the names of
 * attributes, and everything about transports and listeners (`<T>` and `<L>` of [MS-RAI] 2.2.2), which is not secret.
 * Takes time linear in the text.
 */

/** What stands in place of a text: an attribute's value, or (attribute null) anything between and around elements. */
export type Hide = (text: string, element: string, attribute: string | null) => string;

/** Elements whose attributes are shown. */
const OPEN: ReadonlySet<string> = new Set(["T", "L"]);
/** What may stand in front of a quoted value and behind the last one. */
const BEFORE_VALUE = /^\s*([^\s=<]+)\s*=\s*$/;
const BEHIND_VALUES = /^\s*\/?$/;

/** Comments and their like: how they begin and end. */
const SECTIONS: readonly (readonly [string, string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
];

export function hideMarkup(text: string, hide: Hide): string {
  let shown = "";
  let at = 0;
  const content = (end: number): void => {
    const inner = text.slice(at, end);
    shown += /^[\s\0\ufeff]*$/.test(inner) ? inner : hide(inner, "", null);
    at = end;
  };
  while (at < text.length) {
    const tag = text.indexOf("<", at);
    content(tag < 0 ? text.length : tag);
    if (tag < 0) break;
    const section = SECTIONS.find(([begin]) => text.startsWith(begin, tag));
    if (section !== undefined) {
      const [begin, end] = section;
      const close = text.indexOf(end, tag + begin.length);
      shown += begin;
      at = tag + begin.length;
      content(close < 0 ? text.length : close);
      if (close >= 0) shown += end;
      at = close < 0 ? text.length : close + end.length;
      continue;
    }
    const end = tagEnd(text, tag);
    shown += tagShown(text.slice(tag, end), hide);
    at = end;
  }
  return shown;
}

/** Behind the `>` that closes the tag, which may stand inside quotes as well; the end of the text where none does. */
function tagEnd(text: string, start: number): number {
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

function tagShown(tag: string, hide: Hide): string {
  const begin = /^<[/?]?([^\s/>"'=?]*)/.exec(tag)!;
  const element = begin[1]!;
  if (tag.startsWith("<?xml")) return tag;
  if (OPEN.has(element)) return tag;
  let shown = begin[0];
  let at = shown.length;
  while (at < tag.length) {
    const value = /["']/g;
    value.lastIndex = at;
    const open = value.exec(tag)?.index ?? -1;
    const close = open < 0 ? -1 : tag.indexOf(tag[open]!, open + 1);
    if (close < 0) break;
    const before = tag.slice(at, open);
    const name = BEFORE_VALUE.exec(before)?.[1];
    shown += name === undefined ? hide(before, element, null) : before;
    shown += tag[open] + hide(tag.slice(open + 1, close), element, name ?? null) + tag[open];
    at = close + 1;
  }
  const closed = tag.endsWith(">");
  const rest = tag.slice(at, closed ? -1 : undefined);
  return shown + (BEHIND_VALUES.test(rest) ? rest : hide(rest, element, null)) + (closed ? ">" : "");
}
