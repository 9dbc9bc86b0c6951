/** A session of the worker with captures open in it, and all that it told. */
import { Blob } from "node:buffer";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type {
  AssociationRecord,
  CallRecord,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
} from "../../src/events.js";
import { Explainer } from "../../src/explain/explainer.js";
import { shippedInterfaces } from "../../src/interfaces.js";
import { Rows } from "../../src/page/rows.js";
import type { Finding, NodeTree, Opening, RunNews } from "../../src/view/model.js";
import { nodesOf } from "../../src/view/nodes.js";
import { Inputs } from "../../src/worker/inputs.js";
import { Run } from "../../src/worker/run.js";
import { keysOf } from "../../src/worker/secrets.js";
import { Session } from "../../src/worker/session.js";
import { Turns } from "../../src/worker/turns.js";

export interface Opened {
  session: Session;
  rows: Rows;
  offers: OfferRecord[];
  associations: AssociationRecord[];
  notes: NoteRecord[];
  findings: Finding[];
  problems: string[];
  summary: SummaryRecord | null;
  news: RunNews[];
}

function blobOf(bytes: Uint8Array): globalThis.Blob {
  return new Blob([bytes]) as globalThis.Blob;
}

export function fileNamed(path: string, name = basename(path)): Opening["inputs"][number] {
  return { name, data: blobOf(readFileSync(path)) };
}

export async function openSession(
  inputs: Opening["inputs"],
  more: Omit<Opening, "inputs"> = {},
  session = new Session(),
  watch: { news(news: RunNews, session: Session): void } | null = null,
): Promise<Opened> {
  const opened: Opened = {
    session,
    rows: new Rows(),
    offers: [],
    associations: [],
    notes: [],
    findings: [],
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
    opened.findings.push(...(news.findings ?? []));
    if (news.problem !== undefined) opened.problems.push(news.problem);
    opened.summary = news.summary ?? opened.summary;
    watch?.news(news, session);
  });
  return opened;
}

/** Every call with its tree, as one run over everything makes them that is looked on at. */
export async function wholeTrees(
  what: Opening,
  full = false,
): Promise<{ record: CallRecord; tree: NodeTree | null }[]> {
  const run = new Run(
    new Inputs(what.inputs),
    shippedInterfaces(),
    keysOf(what, () => {}),
  );
  const explainer = new Explainer(run.table);
  const found: { record: CallRecord; tree: NodeTree | null }[] = [];
  await run.calls(new Turns(), { witness: explainer.witness }, (record) => {
    const tree = explainer.tree(record);
    found.push({ record, tree: tree === null ? null : nodesOf(tree, full) });
    return true;
  });
  return found;
}
