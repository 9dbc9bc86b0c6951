/** The call that a capture is opened on: the one that brought a connection string. No DOM in here. */
import type { OfferRecord } from "../events.js";
import type { Engine, NodeTree } from "../view/model.js";
import type { Rows } from "./rows.js";

/** Calls of an offer that are looked at for its connection string. */
const MAX_LOOKED = 64;
/** Characters of a text that tell it from others in a tree, which cuts long ones. */
const TELLING = 60;

/** Row of the call that brought an offer's connection string; null where none of those that are looked at did. */
export async function rowOfString(
  offer: OfferRecord,
  rows: Rows,
  engine: Pick<Engine, "show">,
): Promise<number | null> {
  const candidates = offer.calls.flatMap(([stream, id]) => rows.find(stream, id)).reverse();
  for (const row of candidates.slice(0, MAX_LOOKED)) {
    try {
      const { record } = await engine.show(row);
      if (record.rai?.connection_string) return row;
    } catch {
      return null;
    }
  }
  return null;
}

/** The first field that says a text; -1 where none does. */
export function nodeOfText({ nodes }: NodeTree, text: string): number {
  const beginning = text.slice(0, TELLING);
  return nodes.findIndex(({ text: said, kind }) => kind !== "bit" && said.includes(beginning));
}
