/** What menus offer for calls and for fields. No DOM in here. */
import { type Copy, copiesOfCall, copiesOfField } from "./copies.js";
import { type Choice, choicesOfCall, choicesOfCell, choicesOfField } from "./expressions.js";
import { isCut } from "./panes/cut.js";
import type { Session } from "./session.js";
import { idsOfNode } from "./story/object-ids.js";

export interface Item {
  label: string;
  /** Stands above it. */
  heading?: string;
  act: () => void;
}

export type CopyWith = (copy: Copy) => void;

const SHORT = 60;

function short(text: string): string {
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

function filterItems(session: Session, choices: readonly Choice[]): Item[] {
  if (!session.engine.can.filter) return [];
  return choices.flatMap(({ label, expression }, index) => [
    {
      label: `Only ${short(label)}`,
      ...(index === 0 ? { heading: "Filter" } : {}),
      act: () => session.go.filter(expression, "and"),
    },
    ...(index === 0
      ? [{ label: `Hide ${short(label)}`, act: () => session.go.filter(expression, "not") }]
      : []),
  ]);
}

function copyItems(copies: readonly Copy[], copy: CopyWith): Item[] {
  return copies.map((one, index) => ({
    label: one.label,
    ...(index === 0 ? { heading: "Copy" } : {}),
    act: () => copy(one),
  }));
}

export function callMenu(session: Session, row: number, column: string, copy: CopyWith): Item[] {
  const { rows } = session.state;
  const choices = [...choicesOfCell(rows, row, column), ...choicesOfCall(rows, row)];
  const object = rows.text("object", row);
  const items = filterItems(session, choices);
  if (object !== "") {
    items.push({ label: "Where this object came from", heading: "Go", act: () => session.go.object(object) });
  }
  return [...items, ...copyItems(copiesOfCall(session), copy)];
}

export function fieldMenu(
  session: Session,
  node: number,
  copy: CopyWith,
  whole: (node: number) => void,
): Item[] {
  const { subject } = session.state;
  const { tree, folding, call } = subject ?? {};
  if (!tree || !folding) return [];
  const field = tree.nodes[node]!;
  const items: Item[] = [];
  if (call) {
    const { names, header } = fieldPath(session, node);
    items.push(...filterItems(session, choicesOfField(call.record, folding.sideOf(node), names, header)));
  }
  const id = idsOfNode(tree.nodes, node).find((part) => part.id !== null)?.id ?? null;
  if (id !== null) {
    items.push({ label: "Where this came from", heading: "Go", act: () => session.go.object(id) });
  }
  if (isCut(field.text)) {
    items.push({
      label: "Show the whole value",
      ...(id === null ? { heading: "Go" } : {}),
      act: () => whole(node),
    });
  }
  return [...items, ...copyItems(copiesOfField(session), copy)];
}

/** The names of the fields around one in its stub, its own the last; of a field in a PDU's header that name. */
export function fieldPath(session: Session, node: number): { names: string[]; header: string | null } {
  const { tree, folding } = session.state.subject!;
  const names: string[] = [];
  let inStub = false;
  let depth = 0;
  for (let at = node; at >= 0; at = folding!.parent(at)) {
    const { name } = tree!.nodes[at]!;
    if (name === "stub_data" || name === "stub") {
      inStub = true;
      break;
    }
    names.unshift(name);
    depth++;
  }
  const header = !inStub && depth <= 3 ? tree!.nodes[node]!.name : null;
  return { names: inStub ? names : [], header };
}
