/**
 * The objects of a run as text tree, Mermaid or DOT: machine, exporter (OXID), object (OID), interface (IPID). The
 * JSON view is the same nodes as they are.
 */

import type { ExporterNode, InterfaceNode, MachineNode, ObjectNode } from "../record/machines.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";
import { visible } from "./visible.js";

/** Bindings and principals of an exporter that are shown. */
const SHOWN = 4;

/** A node of any level as the drawings show it. */
interface Node {
  label: string[];
  children: Node[];
}

function nodes(machines: readonly MachineNode[], spelling: Spelling): Node[] {
  return machines.map(({ machine, exporters }) => ({
    label: [machineLabel(machine, exporters, spelling)],
    children: exporters.map((exporter) => ({
      label: exporterLabel(exporter),
      children: exporter.objects.map((object) => ({
        label: objectLabel(object, exporter),
        children: object.interfaces.map((one) => ({ label: interfaceLabel(one, spelling), children: [] })),
      })),
    })),
  }));
}

/** The address, with the first name that its bindings give it. */
function machineLabel(
  machine: string | null,
  exporters: readonly ExporterNode[],
  spelling: Spelling,
): string {
  if (machine === null) return "(machine unknown)";
  for (const { bindings } of exporters) {
    for (const { address } of bindings) {
      const open = address.endsWith("]") ? address.lastIndexOf("[") : -1;
      const host = open < 0 ? address : address.slice(0, open);
      if (host !== "" && host !== machine && !/^[\d.]+$|:/.test(host)) return `${machine} (${host})`;
    }
  }
  return `${machine}${spelling.beside(machine)}`;
}

/** An IRemUnknown belongs to the exporter and to no object of it. */
function objectLabel(object: ObjectNode, exporter: ExporterNode): string[] {
  if (object.oid === null) {
    const own = object.interfaces.every(({ ipid }) => ipid === exporter.rem_unknown);
    return [own ? "(of the exporter itself)" : "(object unknown)"];
  }
  const named = object.class ?? (object.clsid === null ? null : `class ${object.clsid}`);
  return named === null ? [`OID ${object.oid}`] : [`OID ${object.oid}`, named];
}

function exporterLabel(exporter: ExporterNode): string[] {
  const label = [exporter.oxid === null ? "(exporter unknown)" : `OXID ${exporter.oxid}`];
  const places = exporter.bindings.map(({ tower, address }) => `${tower}:${address}`);
  if (places.length > 0) label.push(some(places, " "));
  const principals = new Set(exporter.security.map(({ principal }) => principal).filter((p) => p !== ""));
  if (principals.size > 0) label.push(`as ${some([...principals], ", ")}`);
  if (exporter.rem_unknown !== null) label.push(`IRemUnknown ${exporter.rem_unknown}`);
  return label;
}

/** A few of them, and how many more there are; JSON has all. */
function some(texts: readonly string[], between: string): string {
  const more = texts.length - SHOWN;
  return texts.slice(0, SHOWN).join(between) + (more > 0 ? ` … ${more} more (-T json)` : "");
}

function interfaceLabel(one: InterfaceNode, spelling: Spelling): string[] {
  const [first, last] = [one.first_frame, one.last_frame].map((frame) => spelling.frames([frame]));
  const frames = first === last ? `frame ${first}` : `frames ${first}…${last}`;
  return [
    one.interface ?? one.iid ?? "(interface unknown)",
    `IPID ${one.ipid}`,
    `${frames}, ${one.public_refs} refs, conv ${one.streams.join(",")}`,
  ];
}

/** A tree with a line for each node. */
export function objectTree(machines: readonly MachineNode[], spelling: Spelling = PLAIN_SPELLING): string {
  if (machines.length === 0) return "No objects.\n";
  let text = "";
  const draw = (node: Node, lead: string, last: boolean, top: boolean): void => {
    const [name = "", ...rest] = node.label.map(visible);
    const mark = top ? "" : last ? "└─ " : "├─ ";
    text += `${lead}${mark}${[name, ...rest].join("  ")}\n`;
    const below = top ? "" : lead + (last ? "   " : "│  ");
    for (const [index, child] of node.children.entries()) {
      draw(child, below, index === node.children.length - 1, false);
    }
  };
  for (const machine of nodes(machines, spelling)) draw(machine, "", true, true);
  return text;
}

/** Calls `visit` for every node with a number of its own and its parent's. */
function walk(
  machines: readonly MachineNode[],
  spelling: Spelling,
  visit: (id: number, parent: number | null, node: Node) => void,
): void {
  let next = 0;
  const step = (node: Node, parent: number | null): void => {
    const id = next++;
    visit(id, parent, node);
    for (const child of node.children) step(child, id);
  };
  for (const machine of nodes(machines, spelling)) step(machine, null);
}

/** A Mermaid flow chart. */
export function objectMermaid(machines: readonly MachineNode[], spelling: Spelling = PLAIN_SPELLING): string {
  let text = "graph LR\n";
  walk(machines, spelling, (id, parent, node) => {
    const label = node.label.map((line) => mermaidText(visible(line))).join("<br/>");
    text += `  n${id}["${label}"]\n`;
    if (parent !== null) text += `  n${parent} --> n${id}\n`;
  });
  return text;
}

/** Mermaid reads entities, and would read mark-up. */
function mermaidText(text: string): string {
  return text.replace(/["#<>&`]/g, (c) => `#${c.charCodeAt(0)};`);
}

/** A Graphviz digraph. */
export function objectDot(machines: readonly MachineNode[], spelling: Spelling = PLAIN_SPELLING): string {
  let text = "digraph objects {\n  rankdir=LR;\n  node [shape=box];\n";
  walk(machines, spelling, (id, parent, node) => {
    const label = node.label.map((line) => visible(line).replace(/["\\]/g, "\\$&")).join("\\n");
    text += `  n${id} [label="${label}"];\n`;
    if (parent !== null) text += `  n${parent} -> n${id};\n`;
  });
  return `${text}}\n`;
}
