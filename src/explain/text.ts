/**
 * The parts of texts that have a form of their own: connection strings, help blobs, XML. They stand where the text does, two bytes
 * a character.
 *
 * Not handled: texts of one byte a character.
 */
import { type NamedPart, namedParts } from "../../dissectors/rai/named-parts.js";
import { emptyField, type Field, isLeaf, type Range } from "../../dissectors/wire/trace.js";

const WIDTH = 2;

/** Gives every text of a known form below `field` its parts. */
export function addTextParts(field: Field): void {
  if (!isLeaf(field)) {
    for (const child of field.children) addTextParts(child);
    return;
  }
  const { value, range } = field;
  if (typeof value !== "string" || range === null) return;
  // A terminator may stand behind the text.
  const beyond = range.length - WIDTH * value.length;
  if (beyond !== 0 && beyond !== WIDTH) return;
  const found = namedParts(value);
  if (found === null) return;
  const { what, parts, cut } = found;
  field.show ??= what;
  if (cut) field.note ??= "only the first parts of the text are named";
  field.children = fieldsOf(parts, value, range, 0, value.length + beyond / WIDTH);
}

/** Fields for the parts of `text` from `start` to `end`, and for what stands between them. */
function fieldsOf(
  parts: readonly NamedPart[],
  text: string,
  range: Range,
  start: number,
  end: number,
): Field[] {
  const fields: Field[] = [];
  let at = start;
  const between = (to: number): void => {
    if (to > at)
      fields.push({ ...emptyField("text"), value: text.slice(at, to), range: placeOf(range, at, to) });
    at = Math.max(at, to);
  };
  for (const part of parts) {
    between(part.start);
    const inner = part.parts.length === 0 ? [] : fieldsOf(part.parts, text, range, part.start, part.end);
    fields.push({
      ...emptyField(part.name),
      value: inner.length === 0 ? part.value : null,
      range: placeOf(range, part.start, part.end),
      children: inner,
    });
    at = part.end;
  }
  between(end);
  return fields;
}

function placeOf({ source, start }: Range, from: number, to: number): Range {
  return { source, start: start + WIDTH * from, length: WIDTH * (to - from) };
}
