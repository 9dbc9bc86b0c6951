/** Trees of records as they come (-V, -x): a line that says what the record is, its fields, its bytes. */
import type { AssociationRecord, CallRecord, Event } from "../events.js";
import { callName, outcome } from "./format.js";
import { hexView } from "./hex-view.js";
import { Lines, type Piece } from "./lines.js";
import type { Paint } from "./paint.js";
import { PDML_END, pdml, pdmlHead, type TimeOf } from "./pdml.js";
import type { Layout, Printer } from "./printer.js";
import { firstFrame, framesText, type Spelling } from "./spelling.js";
import { serverName, streamName } from "./transport.js";
import type { ShownTree } from "./tree-text.js";
import { treeView } from "./tree-view.js";

/** The trees of a run. */
export interface Trees {
  /** As it may be shown; null of records that have none. */
  of(record: Event): ShownTree | null;
  timeOf: TimeOf;
  /** What is shown of each: fields, bytes, or both. */
  fields: boolean;
  bytes: boolean;
  /** Who makes PDML. */
  creator: string;
}

export interface TreeOptions extends Layout {
  paint: Paint;
  full: boolean;
  spelling: Spelling;
}

/** The fields and the bytes of a tree, under a heading of its own. */
export function treeText(
  tree: ShownTree,
  heading: readonly Piece[],
  { fields, bytes }: Pick<Trees, "fields" | "bytes">,
  options: TreeOptions,
): string {
  const { columns, cut, paint } = options;
  const lines = new Lines(cut ? columns : Number.POSITIVE_INFINITY, paint).units(0, 2, heading);
  if (fields) lines.block(treeView(tree, { ...options, offsets: bytes }));
  if (fields && bytes) lines.blank();
  if (bytes) lines.block(hexView(tree, options));
  return lines.take();
}

export function treePrinter(trees: Trees, options: TreeOptions): Printer {
  let begun = false;
  return {
    push(event) {
      const tree = trees.of(event);
      if (tree === null) return "";
      const text = treeText(tree, headingOf(event, options.spelling), trees, options);
      const between = begun ? "\n" : "";
      begun = true;
      return between + text;
    },
    finish: () => "",
  };
}

export function pdmlPrinter({ of, timeOf: when, creator }: Trees): Printer {
  let begun = false;
  const head = (): string => {
    const text = begun ? "" : pdmlHead(creator);
    begun = true;
    return text;
  };
  return {
    push(event) {
      const tree = of(event);
      return tree === null ? "" : head() + pdml(tree, when);
    },
    finish: () => head() + PDML_END,
  };
}

/** `call 1:5`, which `raiscope show --call` takes; when, what, how it ended, in which frames, between whom. */
export function headingOf(event: Event, spelling: Spelling): Piece[] {
  if (event.type === "call") return callHeading(event, spelling);
  return event.type === "association" ? associationHeading(event, spelling) : [event.type];
}

function callHeading(call: CallRecord, spelling: Spelling): Piece[] {
  return [
    ["title", `call ${callKey(call)}`],
    spelling.time(call.ts, firstFrame(call)),
    ["name", callName(call)],
    outcome(call),
    `frames ${spelling.callFrames(call)}`,
    `${spelling.endpoint(call.client)} → ${serverName(call, spelling)}`,
  ];
}

function associationHeading(association: AssociationRecord, spelling: Spelling): Piece[] {
  const frames = association.binds.flatMap((bind) => [...bind.frames.request, ...bind.frames.response]);
  return [
    ["title", `association ${streamName(association)}`],
    spelling.time(association.ts),
    `${spelling.endpoint(association.client)} → ${serverName(association, spelling)}`,
    ...(frames.length === 0 ? [] : [framesText(spelling, frames)]),
  ];
}

/** How a call is named on the command line: `3:7`, in datagrams `udp:2:7`. */
export function callKey(call: CallRecord): string {
  return `${streamName(call).replace(" ", ":")}:${call.call_id}`;
}
