/** What is searched for, in texts and in bytes. */
import type { FindQuery } from "../../view/model.js";

export interface Matcher {
  text(text: string): boolean;
  bytes(bytes: Uint8Array): { start: number; length: number }[];
}

/** Throws an Error with a sentence. */
export function matcherOf({ text, as }: FindQuery): Matcher {
  if (as === "hex") {
    const digits = text.replace(/\s+/g, "");
    if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) throw new Error("Give pairs of hex digits.");
    const wanted = Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
      Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
    );
    const found = digits.toLowerCase();
    return { text: (of) => of.toLowerCase().includes(found), bytes: (bytes) => places(bytes, [wanted]) };
  }
  if (as === "regex") {
    let pattern: RegExp;
    try {
      pattern = new RegExp(text, "iu");
    } catch {
      throw new Error("That is no regular expression.");
    }
    return { text: (of) => pattern.test(of), bytes: (bytes) => patternPlaces(bytes, text) };
  }
  const small = text.toLowerCase();
  const wanted = [new TextEncoder().encode(text), utf16(text)];
  return { text: (of) => of.toLowerCase().includes(small), bytes: (bytes) => places(bytes, wanted) };
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit & 0xff;
    bytes[2 * i + 1] = unit >>> 8;
  }
  return bytes;
}

function places(bytes: Uint8Array, wanted: readonly Uint8Array[]): { start: number; length: number }[] {
  const found: { start: number; length: number }[] = [];
  for (const what of wanted) {
    if (what.length === 0) continue;
    for (let at = bytes.indexOf(what[0]!); at >= 0; at = bytes.indexOf(what[0]!, at + 1)) {
      let same = 1;
      while (same < what.length && bytes[at + same] === what[same]) same++;
      if (same === what.length) found.push({ start: at, length: same });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Bytes as text of one character each. */
function patternPlaces(bytes: Uint8Array, pattern: string): { start: number; length: number }[] {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return [...text.matchAll(new RegExp(pattern, "gi"))]
    .filter(([found]) => found.length > 0)
    .map(({ index, 0: found }) => ({ start: index, length: found.length }));
}
