/** What keys do. No DOM in here. */

export type Command =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "next-offer"
  | "previous-offer"
  | "next-pane"
  | "previous-pane"
  | "find"
  | "next-hit"
  | "previous-hit"
  | "filter"
  | "copy-value"
  | "copy-bytes"
  | "hex-only"
  | "theme"
  | "help"
  | "open"
  | "escape";

export interface Pressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const COMMANDS: { readonly [key: string]: Command } = {
  j: "next",
  k: "previous",
  g: "first",
  G: "last",
  "]": "next-offer",
  "[": "previous-offer",
  "/": "find",
  n: "next-hit",
  N: "previous-hit",
  f: "filter",
  y: "copy-value",
  b: "copy-bytes",
  x: "hex-only",
  d: "theme",
  "?": "help",
  o: "open",
  Escape: "escape",
};

/** null where the key is the browser's, or of the field that is written in. Tab goes on between panes alone. */
export function commandOf(pressed: Pressed, writing: boolean, inPane: boolean): Command | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = pressed;
  if (ctrlKey || metaKey || altKey) return null;
  if (key === "Tab" && inPane && !writing) return shiftKey ? "previous-pane" : "next-pane";
  if (writing) return key === "Escape" ? "escape" : null;
  return COMMANDS[key] ?? null;
}

/** For the help: keys, and what they do. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["j k", "next call, call before"],
  ["g G", "first call, last call"],
  ["[ ]", "offer before, next offer"],
  ["Tab", "next pane: calls, fields, bytes"],
  ["↑ ↓", "line up, line down in a pane"],
  ["← →", "fold, open a field; byte before, next byte"],
  ["Enter", "from a field to its bytes, and back"],
  ["/", "find; Enter goes there"],
  ["n N", "next hit, hit before"],
  ["f", "filter"],
  ["y", "copy the value of the field"],
  ["b", "copy its bytes"],
  ["x", "bytes alone, and back"],
  ["o", "open captures"],
  ["d", "dark or light"],
  ["Esc", "close, give up"],
  ["?", "this help"],
];
