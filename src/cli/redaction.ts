/**
 * The one gate of --redact: records, lines on standard error and comments in captures all pass through it. Without --redact
 * it lets everything through.
 */

import type { Tree } from "../../dissectors/wire/trace.js";
import type { SourceNote } from "../capture/frame.js";
import type { CallRecord, Event } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { ShownTree } from "../output/tree-text.js";
import { type About, complain } from "./failure.js";

export interface Redaction {
  event<E extends Event>(event: E): E;
  /** A record that is no event. */
  any<T>(record: T): T;
  /** A tree of fields of a call, or of other PDUs. */
  tree(tree: Tree, call: CallRecord | null): ShownTree;
  /** Where names and secrets that are known stand among bytes. */
  places(bytes: Uint8Array): readonly { start: number; end: number }[];
  /** A line of the program's own. */
  text(text: string): string;
  /** What there is to say of the redaction itself. */
  takeNotes(): readonly SourceNote[];
  /** Names and secrets that are known: where it grows, what was shown before may hold some. */
  known(): number;
}

/** A way to standard error. */
export type Say = (text: string, about?: About) => void;

const NOTHING: readonly SourceNote[] = [];

export const NO_REDACTION: Redaction = {
  event: (event) => event,
  any: (record) => record,
  tree: (tree) => tree,
  places: () => [],
  text: (text) => text,
  takeNotes: () => NOTHING,
  known: () => 0,
};

/** `wanted`: --redact was given. `interfaces`: what is marked `[secret]` in their IDL is hidden. */
export async function redactionFor(
  wanted: boolean | undefined,
  interfaces: InterfaceTable | null,
): Promise<Redaction> {
  if (wanted !== true) return NO_REDACTION;
  const { Redactor } = await import("../redact/redactor.js");
  const redactor = new Redactor(undefined, interfaces);
  return {
    event: (event) => redactor.event(event),
    any: (record) => redactor.any(record),
    tree: (tree, call) => redactor.tree(tree, call),
    places: (bytes) => redactor.places(bytes),
    text: (text) => redactor.text(text),
    takeNotes: () => redactor.takeNotes().map((note) => ({ ...note, frame: 0 })),
    known: () => redactor.known,
  };
}

/** What a run says on standard error goes through here. */
export function speaker(redaction: Redaction): Say {
  return (text, about) => {
    const shown = about?.shown;
    complain(redaction.text(text), shown === undefined ? about : { ...about!, shown: redaction.text(shown) });
  };
}
