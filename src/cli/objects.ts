/** What `raiscope objects FILE...` does: the analyzer's object table, sorted into a tree. */

import { securityValue } from "../../dissectors/dcom/interface-pointer.js";
import { readNetworkAddress } from "../../dissectors/dcom/network-address.js";
import { towerName } from "../../dissectors/dcom/objref.js";
import type { Analyzer } from "../analyzer.js";
import {
  type ExporterNode,
  type MachineNode,
  type ObjectNode,
  objectDot,
  objectMermaid,
  objectTree,
} from "../output/objects-view.js";
import { digest } from "./batch.js";
import type { CommonOptions, KeyOptions } from "./options.js";
import { print } from "./stdout.js";

export interface ObjectsOptions extends CommonOptions, KeyOptions {
  format: "tree" | "json" | "mermaid" | "dot";
  limit?: number;
  redact?: boolean;
}

export async function objects(files: readonly string[], options: ObjectsOptions): Promise<number> {
  const { status, complete, analyzer, redaction } = await digest(files, options, () => {});
  const machines = redaction.any(machineNodes(analyzer));
  await print(view(options.format, machines, complete));
  return status;
}

function view(format: ObjectsOptions["format"], machines: MachineNode[], complete: boolean): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ type: "objects", schema: 1, machines, complete }, null, 2)}\n`;
    case "mermaid":
      return objectMermaid(machines);
    case "dot":
      return objectDot(machines);
    default:
      return objectTree(machines);
  }
}

/** Everything the object table knows, by machine, exporter and object; each level in order of first appearance. */
export function machineNodes(analyzer: Pick<Analyzer, "objects" | "table">): MachineNode[] {
  const { objects: known, table } = analyzer;
  const machines = new Map<string | null, MachineNode>();
  const exporters = new Map<string | null, ExporterNode>();
  const exporterOf = (oxid: string | null): ExporterNode => {
    const before = exporters.get(oxid);
    if (before !== undefined) return before;
    const facts = oxid === null ? undefined : known.exporters.get(oxid);
    const machine = facts === undefined ? null : (facts.machine ?? hostOf(facts.bindings));
    const exporter: ExporterNode = {
      oxid,
      bindings: (facts?.bindings ?? []).map(({ towerId, address }) => ({
        tower: towerName(towerId),
        address,
      })),
      security: securityValue(facts?.security ?? []),
      rem_unknown: facts?.remUnknown ?? null,
      first_frame: facts?.firstFrame ?? null,
      last_frame: facts?.lastFrame ?? null,
      objects: [],
    };
    exporters.set(oxid, exporter);
    const node = machines.get(machine) ?? { machine, exporters: [] };
    machines.set(machine, node);
    node.exporters.push(exporter);
    return exporter;
  };
  const objectsOf = new Map<ExporterNode, Map<string | null, ObjectNode>>();
  for (const oxid of [...known.exporters.keys()]) exporterOf(oxid);
  for (const one of [...known.interfaces.values()].sort((a, b) => a.firstFrame - b.firstFrame)) {
    const exporter = exporterOf(one.oxid);
    const objects = objectsOf.get(exporter) ?? new Map<string | null, ObjectNode>();
    objectsOf.set(exporter, objects);
    let object = objects.get(one.oid);
    if (object === undefined) {
      const clsid = known.classOf(one.oxid, one.oid);
      object = {
        oid: one.oid,
        clsid,
        class: clsid === null ? null : (table.coclass(clsid)?.name ?? null),
        interfaces: [],
      };
      objects.set(one.oid, object);
      exporter.objects.push(object);
    }
    object.interfaces.push({
      ipid: one.ipid,
      iid: one.iid,
      interface: one.iid === null ? null : table.interfaceName(one.iid),
      first_frame: one.firstFrame,
      last_frame: one.lastFrame,
      public_refs: one.publicRefs,
      streams: [...one.streams].sort((a, b) => a - b),
    });
  }
  return [...machines.values()];
}

function hostOf(bindings: readonly { address: string }[]): string | null {
  const first = bindings[0]?.address;
  return first === undefined ? null : readNetworkAddress(first).host;
}
