/** Search in texts in linear time, whatever the texts are: either may come from the traffic. */

/** Of parts up to this length the engine's own search costs a bounded number of steps a character. */
const SHORT = 64;

/** Where `part` begins in `text`, from `from` on, or -1: Knuth, Morris and Pratt's algorithm for long parts. */
export function indexOf(text: string, part: string, from = 0): number {
  if (part.length <= SHORT || part.length > text.length) return text.indexOf(part, from);
  const borders = new Int32Array(part.length);
  for (let at = 1, border = 0; at < part.length; at++) {
    while (border > 0 && part.charCodeAt(at) !== part.charCodeAt(border)) border = borders[border - 1]!;
    if (part.charCodeAt(at) === part.charCodeAt(border)) border++;
    borders[at] = border;
  }
  for (let at = Math.max(0, from), found = 0; at < text.length; at++) {
    while (found > 0 && text.charCodeAt(at) !== part.charCodeAt(found)) found = borders[found - 1]!;
    if (text.charCodeAt(at) === part.charCodeAt(found)) found++;
    if (found === part.length) return at - found + 1;
  }
  return -1;
}

/** The parts of `text` between `separator`. */
export function split(text: string, separator: string, limit: number): string[] {
  if (separator === "") return text.slice(0, limit).split("");
  const parts: string[] = [];
  let from = 0;
  while (parts.length < limit - 1) {
    const at = indexOf(text, separator, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Where `part` begins last in `text`, or -1. */
export function lastIndexOf(text: string, part: string): number {
  if (part.length <= SHORT || part.length > text.length) return text.lastIndexOf(part);
  const at = indexOf(backwards(text), backwards(part));
  return at < 0 ? -1 : text.length - at - part.length;
}

function backwards(text: string): string {
  return text.split("").reverse().join("");
}
