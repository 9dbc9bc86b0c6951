/** Colour for the human views: a function from style and text to text, chosen once for each output. */

export type Style = "title" | "good" | "bad" | "warn" | "dim" | "name";

/** Text must be cut and padded before it is painted: what comes back may hold escape codes. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Select Graphic Rendition parameters [ECMA-48] 8.3.117: what turns a style on, and what turns it off again. */
const CODES: { [style in Style]: readonly [on: number, off: number] } = {
  title: [1, 22],
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [90, 39],
  name: [36, 39],
};

const colourful: Paint = (style, text) => {
  if (text === "") return text;
  const [on, off] = CODES[style];
  return `\x1b[${on}m${text}\x1b[${off}m`;
};

/** What must be known of an output to choose; a process stream has it. */
export interface PaintTarget {
  isTTY?: boolean;
}

/** Colour only on a terminal, and never with NO_COLOR (any value but the empty one) or on a dumb terminal. */
export function paintFor(target: PaintTarget, environment: { [name: string]: string | undefined }): Paint {
  const refused =
    (environment.NO_COLOR ?? "") !== "" ||
    (environment.NODE_DISABLE_COLORS ?? "") !== "" ||
    environment.TERM === "dumb";
  return target.isTTY === true && !refused ? colourful : plain;
}
