/** Colour for the human views: a function from style and text to text, chosen once for each output. */

import { styleText } from "node:util";

export type Style = "title" | "good" | "bad" | "warn" | "dim" | "name";

/** Text must be cut and padded before it is painted: what comes back may hold escape codes. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

const FORMATS: { [style in Style]: Parameters<typeof styleText>[0] } = {
  title: "bold",
  good: "green",
  bad: "red",
  warn: "yellow",
  dim: "gray",
  name: "cyan",
};

const colourful: Paint = (style, text) => {
  if (text === "") return text;
  return styleText(FORMATS[style], text, { validateStream: false });
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
  return target.isTTY === true && !refused && typeof styleText === "function" ? colourful : plain;
}
