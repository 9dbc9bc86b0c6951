/** A case report with its data as it is packed, unpacked: what the file of one holds, and where. */
import type { Event } from "../../src/events.js";
import type { Explainer } from "../../src/explain/explainer.js";
import type { Redactor } from "../../src/redact/redactor.js";
import { CaseBuilder } from "../../src/report/builder.js";
import { CustodyCounter } from "../../src/report/custody.js";
import { type CaseData, casePieces, DATA_MARK, TITLE_MARK } from "../../src/report/html.js";
import { CASE_FORMAT } from "../../src/report/model.js";

/** `events`: as they were made, while `explainer` looked on. Of the calls that failed the trees are in it. */
export function reportGolden(
  name: string,
  events: readonly Event[],
  explainer: Explainer,
  redactor: Redactor,
): string {
  const custody = new CustodyCounter();
  const builder = new CaseBuilder({
    pack: (text) => text.trimEnd(),
    log: () => {},
    wants: ({ status }) => status === "error" || status === "fault",
    treeOf: (call) => redactor.tree(explainer.tree(call)!, call),
    withoutTrees: null,
  });
  for (const event of events) {
    const shown = redactor.event(event);
    explainer.follow(event, shown);
    custody.take(shown);
    builder.push(shown);
  }
  const { rows, ...head } = builder.finish();
  const data: CaseData = {
    title: `${name} · raiscope case report`,
    manifest: {
      format: CASE_FORMAT,
      program: "raiscope",
      redacted: true,
      records: { bytes: 0, lines: builder.records.lines, sha256: "", blocks: builder.records.counts },
      trees: { blocks: builder.trees.counts },
      packets: null,
    },
    head: JSON.stringify({ ...head, calls: custody.calls, missing: custody.missing() }, null, 1),
    // They are what the other goldens show.
    records: [`${rows.reduce((sum, { count }) => sum + count, 0)} calls`],
    trees: builder.trees.packed,
    packets: null,
  };
  const template = `<!doctype html>\n${TITLE_MARK}\n${DATA_MARK}\n`;
  return [...casePieces(template, data)].join("");
}
