/** Searching the rows of the list, on the page's side, where they are: the worker says which texts match. */
import { framesCell, timeCell } from "../view/cells.js";
import type { FindQuery, Hit, RowBatch, TextColumn } from "../view/model.js";
import { textTest } from "../view/text-match.js";
import type { Matches } from "./messages.js";

/** Hits that are told of at most. */
const MAX_HITS = 10_000;
/** Texts made of numbers that the worker is asked about at once. */
const ASKED_AT_ONCE = 4_000;

/** The texts of a row that the list shows. */
const SHOWN: readonly TextColumn[] = [
  "conversation",
  "frames",
  "client",
  "server",
  "taken",
  "call",
  "outcome",
];

type Ask = (others: readonly string[]) => Promise<Matches>;

/** `going` is asked after each batch whether the search is to go on. Rejects with what is wrong with the query. */
export async function findInList(
  batches: readonly RowBatch[],
  query: FindQuery,
  ask: Ask,
  found: (hits: readonly Hit[]) => void,
  going: () => void,
): Promise<{ cut: boolean }> {
  const { texts } = await ask([]);
  const test = textTest(query);
  let count = 0;
  for (let i = 0; i < batches.length; i++) {
    going();
    const batch = batches[i]!;
    const own = test === null ? await askedOf(batch, ask) : null;
    const hits: Hit[] = [];
    for (let at = 0; at < batch.count; at++) {
      const matches =
        SHOWN.some((column) => texts[batch[column][at]!] === 1) ||
        (own === null ? test!(timeCell(batch, at)) || test!(framesOf(batch, at)) : own[at] === 1);
      if (!matches) continue;
      if (count === MAX_HITS) {
        found(hits);
        return { cut: true };
      }
      count++;
      hits.push({ row: batch.first + at });
    }
    if (hits.length > 0) found(hits);
    // Whoever looks at the list has the page to himself now and then.
    if (i % 16 === 15) await new Promise((resolve) => setTimeout(resolve));
  }
  return { cut: false };
}

/** The frames where no text says them. */
function framesOf(batch: RowBatch, at: number): string {
  return batch.frames[at] === 0 ? framesCell(batch, at) : "";
}

/** 1 for each row of which a text that is made of numbers matches. */
async function askedOf(batch: RowBatch, ask: Ask): Promise<Uint8Array> {
  const found = new Uint8Array(batch.count);
  for (let from = 0; from < batch.count; from += ASKED_AT_ONCE / 2) {
    const texts: string[] = [];
    for (let at = from; at < Math.min(batch.count, from + ASKED_AT_ONCE / 2); at++) {
      texts.push(timeCell(batch, at), framesOf(batch, at));
    }
    const { others } = await ask(texts);
    for (const [i, one] of others.entries()) if (one === 1) found[from + (i >> 1)] = 1;
  }
  return found;
}
