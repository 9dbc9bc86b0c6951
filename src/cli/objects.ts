/** What `raiscope objects FILE...` does: the analyzer's object table, sorted into a tree. */

import { objectDot, objectMermaid, objectTree } from "../output/objects-view.js";
import type { Spelling } from "../output/spelling.js";
import { type MachineNode, machineNodes } from "../record/machines.js";
import { digest } from "./batch.js";
import type { CommonOptions, KeyOptions } from "./options.js";
import type { ReadingOptions } from "./reading-options.js";
import { print } from "./stdout.js";

export interface ObjectsOptions extends CommonOptions, KeyOptions, ReadingOptions {
  format: "tree" | "json" | "mermaid" | "dot";
  limit?: number;
  redact?: boolean;
}

const NO_LOGS = {
  refused:
    "objects are put together from what calls carry on the wire, which it does not keep; name the capture",
};

export async function objects(files: readonly string[], options: ObjectsOptions): Promise<number> {
  const { status, complete, analyzer, redaction, spelling } = await digest(files, options, NO_LOGS, () => {});
  const machines = redaction.any(machineNodes(analyzer));
  await print(view(options.format, machines, complete, spelling));
  return status;
}

function view(
  format: ObjectsOptions["format"],
  machines: MachineNode[],
  complete: boolean,
  spelling: Spelling,
): string {
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
