/**
 * The file of a case report: the page that was built ahead, with the data behind it in script elements that do not run.
 *
 * Not handled: building the page (scripts/page.mjs).
 */
import { CASE_PARTS, type Manifest } from "./model.js";

/** Where a built page takes its title and its data. */
export const TITLE_MARK = "<title>raiscope case report</title>";
export const DATA_MARK = "<!--raiscope-data-->";

export interface CaseData {
  title: string;
  manifest: Manifest;
  /** Packed. */
  head: string;
  records: readonly string[];
  trees: readonly string[];
  packets: string | null;
}

/** The file in pieces, in order. Throws where the page is not one that was built for it. */
export function* casePieces(template: string, data: CaseData): Generator<string> {
  const [before, after, ...more] = template.split(DATA_MARK);
  if (before === undefined || after === undefined || more.length > 0 || !before.includes(TITLE_MARK)) {
    throw new Error("the template of the report has no place for its data");
  }
  yield before.replace(TITLE_MARK, () => `<title>${escaped(data.title)}</title>`);
  // `<` would end the element early.
  const manifest = JSON.stringify(data.manifest).replace(/</g, "\\u003c");
  yield `<script type="application/json" id="${CASE_PARTS.manifest}">${manifest}</script>\n`;
  yield* element(CASE_PARTS.head, [data.head]);
  yield* element(CASE_PARTS.records, data.records);
  yield* element(CASE_PARTS.trees, data.trees);
  if (data.packets !== null) yield* element(CASE_PARTS.packets, [data.packets]);
  yield after;
}

function* element(id: string, blocks: readonly string[]): Generator<string> {
  yield `<script type="text/plain" id="${id}">\n`;
  for (const block of blocks) yield `${block}\n`;
  yield "</script>\n";
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
