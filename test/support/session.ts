/** A session of the worker with captures open in it, and all that it told. */
import { Blob } from "node:buffer";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { AssociationRecord, NoteRecord, OfferRecord, SummaryRecord } from "../../src/events.js";
import { Rows } from "../../src/page/rows.js";
import type { Opening, RunNews } from "../../src/view/model.js";
import { Session } from "../../src/worker/session.js";

export interface Opened {
  session: Session;
  rows: Rows;
  offers: OfferRecord[];
  associations: AssociationRecord[];
  notes: NoteRecord[];
  problems: string[];
  summary: SummaryRecord | null;
  news: RunNews[];
}

export function blobOf(bytes: Uint8Array): globalThis.Blob {
  return new Blob([bytes]) as globalThis.Blob;
}

export function fileNamed(path: string, name = basename(path)): Opening["inputs"][number] {
  return { name, data: blobOf(readFileSync(path)) };
}

export async function openSession(
  inputs: Opening["inputs"],
  more: Omit<Opening, "inputs"> = {},
  session = new Session(),
): Promise<Opened> {
  const opened: Opened = {
    session,
    rows: new Rows(),
    offers: [],
    associations: [],
    notes: [],
    problems: [],
    summary: null,
    news: [],
  };
  await session.open({ inputs, ...more }, (news) => {
    opened.news.push(news);
    if (news.rows !== undefined) opened.rows.add(news.rows);
    opened.offers.push(...(news.offers ?? []));
    opened.associations.push(...(news.associations ?? []));
    opened.notes.push(...(news.notes ?? []));
    if (news.problem !== undefined) opened.problems.push(news.problem);
    opened.summary = news.summary ?? opened.summary;
  });
  return opened;
}
