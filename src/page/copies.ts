/** What can be copied of a call or a field. No DOM in here. */
import { visible } from "../output/visible.js";
import type { NodeTree, TreeNode } from "../view/model.js";
import { hexOf } from "./panes/hex-lines.js";
import type { Session } from "./session.js";
import { frameFilter, tsharkCommand, wiresharkFilter } from "./wireshark.js";

export interface Copy {
  label: string;
  /** What it is called when it was copied. */
  name: string;
  text: () => string | Promise<string>;
}

const INDENT = 4;

/** Fields as -V prints them, from a node to behind the last one below it. */
export function fieldsText({ nodes }: Pick<NodeTree, "nodes">, from: number, end: number): string {
  const base = nodes[from]?.depth ?? 0;
  return nodes
    .slice(from, end)
    .filter(({ prefix }) => !prefix)
    .map((node) => " ".repeat(INDENT * (node.depth - base)) + fieldText(node))
    .join("\n");
}

export function fieldText({ name, text, note }: TreeNode): string {
  const said = text === "" ? "" : `: ${visible(text)}`;
  return `${visible(name)}${said}${note === null ? "" : `  [${visible(note)}]`}`;
}

/** The value without its quotes, and without what it means. */
function bareValue({ text, name }: TreeNode): string {
  if (text === "") return name;
  const quoted = /^"(.*)"(?: \(.*\))?$/s.exec(text)?.[1];
  return quoted ?? text;
}

/** Copies of the selected field. */
export function copiesOfField(session: Session): Copy[] {
  const { subject, node, place } = session.state;
  const tree = subject?.tree;
  const field = node === null ? undefined : tree?.nodes[node];
  const copies: Copy[] = [];
  if (!tree) return copies;
  if (field !== undefined && node !== null) {
    copies.push({
      label: "Copy value",
      name: "the value",
      text: async () => bareValue({ ...field, text: await session.wholeText(node) }),
    });
    copies.push({
      label: "Copy as text",
      name: "the field",
      text: () => fieldsText(tree, node, subject!.folding!.end(node)),
    });
  }
  const source = place === null ? undefined : tree.sources[place.source];
  if (source !== undefined && place !== null) {
    copies.push({
      label: `Copy bytes as hex (${place.length})`,
      name: "the bytes",
      text: () => hexOf(source, place.start, place.length),
    });
  }
  return copies;
}

/** Copies of the call that is shown. */
export function copiesOfCall(session: Session): Copy[] {
  const { subject, names } = session.state;
  const call = subject?.call;
  if (!call) return [];
  const { record, row, tree } = call;
  const copies: Copy[] = [{ label: "Copy line", name: "the line", text: () => lineText(session, row) }];
  if (tree !== null) {
    copies.push({
      label: "Copy fields as text",
      name: "the fields",
      text: () => fieldsText(tree, 0, tree.nodes.length),
    });
  }
  copies.push(
    { label: "Copy as JSON", name: "the record", text: () => session.engine.json(row) },
    { label: "Copy Wireshark filter", name: "the filter", text: () => wiresharkFilter(record) },
    { label: "Copy Wireshark filter of its frames", name: "the filter", text: () => frameFilter(record) },
    {
      label: "Copy tshark command",
      name: "the command",
      text: () => tsharkCommand(record, names[0] ?? "capture.pcapng"),
    },
  );
  return copies;
}

/** A call as the table has it, with tabulators between its cells. */
function lineText(session: Session, row: number): string {
  const { rows } = session.state;
  const cells = [
    rows.time(row),
    rows.text("conversation", row),
    rows.frames(row),
    ...(["client", "server", "taken", "call", "outcome"] as const).map((name) => rows.text(name, row)),
  ];
  return cells.map(visible).join("\t");
}
