/** What `raiscope objects` shows: the run's object table, sorted into machines, exporters, objects and interfaces. */
import { securityValue } from "../../dissectors/dcom/interface-pointer.js";
import { readNetworkAddress } from "../../dissectors/dcom/network-address.js";
import { towerName } from "../../dissectors/dcom/objref.js";
import type { InterfaceTable } from "../interfaces.js";
import type { ObjectTable } from "../run/objects.js";

export interface InterfaceNode {
  ipid: string;
  iid: string | null;
  interface: string | null;
  first_frame: number;
  last_frame: number;
  /** References handed out less those given back, as far as they were seen. */
  public_refs: number;
  /** TCP conversations in which it was named or called. */
  streams: number[];
}

export interface ObjectNode {
  oid: string | null;
  clsid: string | null;
  class: string | null;
  interfaces: InterfaceNode[];
}

export interface ExporterNode {
  oxid: string | null;
  bindings: { tower: string; address: string }[];
  security: { authn_service: string; principal: string }[];
  /** IPID of the exporter's IRemUnknown. */
  rem_unknown: string | null;
  first_frame: number | null;
  last_frame: number | null;
  objects: ObjectNode[];
}

export interface MachineNode {
  /** Address or name; null where no binding and no connection reported. */
  machine: string | null;
  exporters: ExporterNode[];
}

/** Everything the object table knows, by machine, exporter and object; each level in order of first appearance. */
export function machineNodes({
  objects: known,
  table,
}: {
  objects: ObjectTable;
  table: InterfaceTable;
}): MachineNode[] {
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

/** What was named or called in these conversations, and what it belongs to. */
export function ofStreams(machines: readonly MachineNode[], streams: ReadonlySet<number>): MachineNode[] {
  const interfacesOf = (object: ObjectNode): InterfaceNode[] =>
    object.interfaces.filter((one) => one.streams.some((stream) => streams.has(stream)));
  return machines.flatMap((machine) => {
    const exporters = machine.exporters.flatMap((exporter) => {
      const objects = exporter.objects.flatMap((object) => {
        const interfaces = interfacesOf(object);
        return interfaces.length === 0 ? [] : [{ ...object, interfaces }];
      });
      return objects.length === 0 ? [] : [{ ...exporter, objects }];
    });
    return exporters.length === 0 ? [] : [{ ...machine, exporters }];
  });
}

function hostOf(bindings: readonly { address: string }[]): string | null {
  const first = bindings[0]?.address;
  return first === undefined ? null : readNetworkAddress(first).host;
}
