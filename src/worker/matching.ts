/** What a search looks for, in texts and in bytes: text whatever its case, hex digits, or a regular expression in linear time. */
import { RE2JS, RE2JSException } from "re2js";
import { fromHex } from "../../dissectors/wire/bytes.js";
import { latin1, utf8Bytes, utf16Bytes } from "../../dissectors/wire/text.js";
import type { FindQuery } from "../view/model.js";
import { hexDigits, textTest } from "../view/text-match.js";
import { NoAnswer } from "./no-answer.js";

export interface Place {
  start: number;
  length: number;
}

export interface Matcher {
  inText(text: string): boolean;
  /** In order, none within another. */
  inBytes(bytes: Uint8Array): Place[];
}

/** Throws NoAnswer, which says what is wrong with it. */
export function matcherOf({ text, as, in: where }: FindQuery): Matcher {
  if (text === "") throw new NoAnswer("there is nothing to search for");
  const inText = textTest({ text, as, in: where });
  if (inText === null) return expression(text);
  const inBytes = as === "hex" ? digits(text, where === "bytes") : plainText(text);
  return { inText, inBytes };
}

/** Letters of ASCII alone: what other bytes are is not known. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());

function plainText(text: string): Matcher["inBytes"] {
  const utf8 = lower(latin1(utf8Bytes(text)));
  const utf16 = lower(latin1(utf16Bytes(text)));
  return (bytes) => {
    const all = lower(latin1(bytes));
    return inOrder([...occurrences(all, utf8), ...occurrences(all, utf16)]);
  };
}

function digits(text: string, ofBytes: boolean): Matcher["inBytes"] {
  const wanted = hexDigits(text);
  if (!/^[0-9a-f]+$/.test(wanted)) throw new NoAnswer("these are not hex digits");
  if (ofBytes && wanted.length % 2 === 1) throw new NoAnswer("a byte has two hex digits: one is missing");
  const bytes = ofBytes ? latin1(fromHex(wanted)) : "";
  return (of) => occurrences(latin1(of), bytes);
}

/** Of bytes each is a character. */
function expression(source: string): Matcher {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new NoAnswer(`this is no regular expression of RE2: ${error.message}`);
  }
  return {
    inText: (text) => pattern.test(text),
    inBytes(bytes) {
      const places: Place[] = [];
      const matcher = pattern.matcher(latin1(bytes));
      while (matcher.find()) {
        const length = matcher.end() - matcher.start();
        if (length > 0) places.push({ start: matcher.start(), length });
      }
      return places;
    },
  };
}

function occurrences(all: string, wanted: string): Place[] {
  const places: Place[] = [];
  for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + wanted.length)) {
    places.push({ start: at, length: wanted.length });
  }
  return places;
}

function inOrder(places: Place[]): Place[] {
  places.sort((a, b) => a.start - b.start || b.length - a.length);
  let end = 0;
  return places.filter(({ start, length }) => {
    if (start < end) return false;
    end = start + length;
    return true;
  });
}
