/** All that the page shows and remembers. No DOM in here. */
import type { FindQuery, Hit, NodeTree, RunNews, ShownCall } from "../view/model.js";
import type { Folding, Side } from "./panes/folding.js";
import type { Place } from "./panes/places.js";
import { Rows } from "./rows.js";
import { EMPTY_RUN, type Run } from "./run.js";

export type View = "calls" | "offers" | "notes" | "timeline" | "object";
export type Theme = "light" | "dark";
export type Pane = "list" | "tree" | "bytes";

/** What the tree and the bytes are of. */
export interface Subject {
  /** A call, or a frame. */
  kind: "call" | "frame";
  /** The row, or the number of the frame. */
  number: number;
  call: ShownCall | null;
  tree: NodeTree | null;
  /** Why there is no tree. */
  why: string | null;
  folding: Folding | null;
  /** Calls that a frame carried a part of. */
  rows: readonly number[];
}

export interface FilterState {
  /** What the list is filtered by; "" where it is not. */
  text: string;
  /** The rows that it lets through. */
  rows: Uint32Array | null;
  /** What is wrong with what was written last. */
  error: string | null;
  busy: boolean;
}

export interface FindState {
  query: FindQuery;
  hits: readonly Hit[];
  at: number;
  /** More was found than is kept. */
  cut: boolean;
  busy: boolean;
  /** A word on what happened: it went on at the other end, nothing was found, what is wrong. */
  word: string;
}

export interface State {
  phase: "empty" | "loading" | "ready";
  names: readonly string[];
  rows: Rows;
  /** Grows with the rows. */
  version: number;
  progress: RunNews["progress"] | null;
  problems: readonly string[];
  run: Run;
  view: View;
  /** The offer that is looked at, by its place. */
  offer: number;
  object: string | null;
  row: number | null;
  subject: Subject | null;
  /** A call or frame is asked for. */
  busy: boolean;
  side: Side;
  node: number | null;
  /** Grows with what is folded and opened. */
  folds: number;
  /** The bytes that are selected: those of the field. */
  place: Place | null;
  /** The byte that was pointed at. */
  cursor: { source: number; offset: number } | null;
  /** Bytes or a field under the pointer. */
  hover: Place | null;
  hoverNode: number | null;
  filter: FilterState;
  find: FindState | null;
  /** Only the bytes are shown, beside the list. */
  hexOnly: boolean;
  /** The pane that is shown where there is room for one. */
  pane: Pane;
  /** Somebody chose it; null as the system has it. */
  theme: Theme | null;
  dialog: "help" | "open" | "json" | null;
  /** What was last done, for those who do not see it. */
  said: string;
}

export const NO_FILTER: FilterState = { text: "", rows: null, error: null, busy: false };

export function emptyState(): State {
  return {
    phase: "empty",
    names: [],
    rows: new Rows(),
    version: 0,
    progress: null,
    problems: [],
    run: EMPTY_RUN,
    view: "calls",
    offer: 0,
    object: null,
    row: null,
    subject: null,
    busy: false,
    side: "both",
    node: null,
    folds: 0,
    place: null,
    cursor: null,
    hover: null,
    hoverNode: null,
    filter: NO_FILTER,
    find: null,
    hexOnly: false,
    pane: "list",
    theme: null,
    dialog: null,
    said: "",
  };
}
