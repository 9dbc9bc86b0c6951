/** What `raiscope objects FILE...` does: the analyzer's object table, sorted into a tree. */

import { objectDot, objectMermaid, objectTree } from "../output/objects-view.js";
import type { Spelling } from "../output/spelling.js";
import { isDatagram } from "../output/transport.js";
import { type MachineNode, machineNodes, ofStreams } from "../record/machines.js";
import { type DigestOptions, digest, writeReports } from "./batch.js";
import { isFiltered } from "./options.js";
import { OBJECTS_FORMATS, type ObjectsFormat, type ReportOptions } from "./report-options.js";
import { Reports } from "./reports.js";

export interface ObjectsOptions extends DigestOptions, ReportOptions<ObjectsFormat> {}

const NO_LOGS = {
  refused:
    "objects are put together from what calls carry on the wire, which it does not keep; name the capture",
};

export async function objects(files: readonly string[], options: ObjectsOptions): Promise<number> {
  const reports = new Reports(options, OBJECTS_FORMATS);
  // Of what filters let through the conversations, by which objects are known.
  const streams = isFiltered(options) ? new Set<number>() : null;
  const { status, complete, analyzer, redaction, spelling } = await digest(
    files,
    options,
    NO_LOGS,
    reports,
    (event) => {
      if (event.type === "call" && !isDatagram(event.transport)) streams?.add(event.stream);
    },
  );
  const all = machineNodes(analyzer);
  const machines = redaction.any(streams === null ? all : ofStreams(all, streams));
  return writeReports(reports, status, (format) => view(format, machines, complete, spelling));
}

function view(format: ObjectsFormat, machines: MachineNode[], complete: boolean, spelling: Spelling): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ type: "objects", schema: 1, machines, complete }, null, 2)}\n`;
    case "mermaid":
      return objectMermaid(machines, spelling);
    case "dot":
      return objectDot(machines, spelling);
    default:
      return objectTree(machines, spelling);
  }
}
