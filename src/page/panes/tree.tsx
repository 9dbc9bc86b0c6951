/** The fields of a call or frame, as -V has them: folded and opened, linked with their bytes. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { TreeNode, TreeSource } from "../../view/model.js";
import type { Session } from "../session.js";
import type { Subject } from "../state.js";
import { idsOfNode } from "../story/object-ids.js";
import { useKnownIpids } from "../story/with-ids.js";
import { useStore } from "../use-store.js";
import { isCut } from "./cut.js";
import type { Line } from "./folding.js";
import { hexOffset } from "./hex-lines.js";
import { placeOf } from "./places.js";
import { useVirtual } from "./use-virtual.js";

/** Pixels of a line that is not broken. */
const ROW = 20;
/** Pixels of a level; deeper ones get less. */
const INDENT = 16;
const DEEP = 12;

export interface TreeProps {
  session: Session;
  onMenu?: (node: number, x: number, y: number) => void;
  /** Asked for the bytes of the field. */
  onBytes?: () => void;
  /** Asked for the whole value of a field that is cut. */
  onWhole?: (node: number) => void;
}

export function TreePane(props: TreeProps) {
  const { store } = props.session;
  const subject = useStore(store, (s) => s.subject);
  const busy = useStore(store, (s) => s.busy);
  if (subject === null || subject.tree === null || subject.folding === null) {
    const why = subject?.why ?? (busy ? "" : "Select a call to see its fields.");
    return (
      <div class="tree nothing" data-pane="tree" tabIndex={0} role="region" aria-label="Fields">
        <p>{visible(why)}</p>
      </div>
    );
  }
  return <FieldTree {...props} subject={subject} busy={busy} />;
}

function FieldTree({
  session,
  subject,
  busy,
  onMenu,
  onBytes,
  onWhole,
}: TreeProps & { subject: Subject; busy: boolean }) {
  const { store } = session;
  const folds = useStore(store, (s) => s.folds);
  const side = useStore(store, (s) => s.side);
  const selected = useStore(store, (s) => s.node);
  const hover = useStore(store, (s) => s.hover);
  const find = useStore(store, (s) => s.find);
  const found = useMemo(() => {
    const hits = subject.kind === "call" ? session.hitsOf(subject.number) : [];
    return new Set(hits.map(({ node }) => node));
  }, [subject, find]);
  const tree = subject.tree!;
  const folding = subject.folding!;
  const lines = useMemo(() => folding.lines(side, false), [folding, folds, side]);
  const rows = useStore(store, (s) => s.rows);
  const known = useKnownIpids(rows);
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({
    count: lines.length,
    estimate: ROW,
    box: () => box.current,
    keyOf: (index) => keyOf(lines[index]),
  });
  const at = selected === null ? -1 : lines.findIndex(({ node, group }) => node === selected && !group);
  // A group's own line, which is no field, can be gone to by keys as well.
  const [onGroup, setOnGroup] = useState<number | null>(null);
  const ofGroup = onGroup === null ? -1 : lines.findIndex(({ node, group }) => group && node === onGroup);
  const active = ofGroup >= 0 ? ofGroup : at;

  // Also when it is shown, or made larger.
  const height = virtual.scrollRect?.height;
  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(active, { align: "auto" });
  }, [subject, active, height]);
  useEffect(() => {
    if (selected !== null) setOnGroup(null);
  }, [selected]);
  useEffect(() => setOnGroup(null), [subject]);
  useEffect(() => {
    if (selected === null && box.current !== null) box.current.scrollTop = 0;
  }, [subject]);

  const goTo = (index: number): void => {
    const line = lines[Math.max(0, Math.min(index, lines.length - 1))];
    if (line === undefined) return;
    if (!line.group) session.selectNode(line.node);
    else {
      setOnGroup(line.node);
      store.set({
        node: null,
        place: groupPlace(tree.nodes, line, folding.groupEnd(line.node)),
        cursor: null,
      });
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = active;
    const line = lines[index];
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? ROW) / ROW) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) goTo(index < 0 ? 0 : index + step);
    else if (event.key === "Home") goTo(0);
    else if (event.key === "End") goTo(lines.length - 1);
    else if (event.key === "*") session.foldAll(true);
    else if (line === undefined) return;
    else if (event.key === "ArrowRight") {
      if (line.open === false) session.fold(line, true);
      else if (line.open) goTo(index + 1);
    } else if (event.key === "ArrowLeft") {
      if (line.open) session.fold(line, false);
      else goTo(upFrom(lines, index));
    } else if (event.key === "Enter") onBytes?.();
    else return;
    event.preventDefault();
  };
  const lineAt = (event: Event): Line | undefined => {
    const index = (event.target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
    return index === undefined ? undefined : lines[Number(index)];
  };
  const onClick = (event: MouseEvent): void => {
    const line = lineAt(event);
    if (line === undefined) return;
    const { object } = (event.target as HTMLElement).dataset;
    if (object !== undefined) {
      session.go.object(object);
      return;
    }
    if ((event.target as Element).classList.contains("whole-value")) onWhole?.(line.node);
    const onSign = (event.target as Element).classList.contains("fold");
    if (line.group || onSign) {
      if (line.open !== null) session.fold(line, !line.open);
      if (!onSign) goTo(lines.indexOf(line));
    } else session.selectNode(line.node);
  };
  const onDblClick = (event: MouseEvent): void => {
    const line = lineAt(event);
    if (line !== undefined && !line.group && line.open !== null) session.fold(line, !line.open);
  };
  const onMouseOver = (event: MouseEvent): void => {
    const line = lineAt(event);
    session.hover(line === undefined || line.group ? null : placeOf(tree.nodes[line.node]));
  };
  const onContextMenu = (event: MouseEvent): void => {
    const line = lineAt(event);
    if (onMenu === undefined) return;
    if (line !== undefined) {
      if (line.group) return;
      event.preventDefault();
      session.selectNode(line.node);
      onMenu(line.node, event.clientX, event.clientY);
      return;
    }
    const place = box.current?.querySelector('[aria-selected="true"]')?.getBoundingClientRect();
    if (selected === null || place === undefined) return;
    event.preventDefault();
    onMenu(selected, place.left + 40, place.bottom);
  };
  return (
    <div
      class="tree"
      ref={box}
      role="tree"
      tabIndex={0}
      data-pane="tree"
      aria-label={subject.kind === "call" ? "Fields of the call" : `Fields of frame ${subject.number}`}
      aria-busy={busy}
      aria-activedescendant={active >= 0 ? `field-${keyOf(lines[active])}` : undefined}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDblClick={onDblClick}
      onContextMenu={onContextMenu}
      onMouseOver={onMouseOver}
      onMouseLeave={() => session.hover(null)}
    >
      <div role="presentation" class="tree-lines" style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index]!;
          return (
            <div
              role="presentation"
              class="line-at"
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              style={{ transform: `translateY(${start}px)` }}
            >
              <FieldLine
                line={line}
                nodes={tree.nodes}
                sources={tree.sources}
                end={folding.groupEnd(line.node)}
                selected={index === active}
                known={known}
                found={!line.group && found.has(line.node)}
                hovered={isHovered(tree.nodes[line.node], line, hover)}
              />
            </div>
          );
        })}
      </div>
      {tree.note !== null && <p class="tree-note">{visible(tree.note)}</p>}
    </div>
  );
}

function keyOf(line: Line | undefined): number {
  return line === undefined ? -1 : line.group ? -line.node - 2 : line.node;
}

function upFrom(lines: readonly Line[], index: number): number {
  const { level } = lines[index]!;
  for (let at = index - 1; at >= 0; at--) if (lines[at]!.level < level) return at;
  return index;
}

function isHovered(
  node: TreeNode | undefined,
  line: Line,
  hover: { source: number; start: number; length: number } | null,
): boolean {
  if (hover === null || node === undefined || line.group) return false;
  return node.source === hover.source && node.start === hover.start && node.length === hover.length;
}

/** The bytes of all fields of a group. */
function groupPlace(nodes: readonly TreeNode[], { node }: Line, end: number) {
  const first = nodes[node]!;
  let stop = first.start + first.length;
  for (let at = node; at < end; at++) {
    const field = nodes[at]!;
    if (field.source === first.source) stop = Math.max(stop, field.start + field.length);
  }
  return first.source < 0 ? null : { source: first.source, start: first.start, length: stop - first.start };
}

interface FieldLineProps {
  line: Line;
  nodes: readonly TreeNode[];
  sources: readonly TreeSource[];
  /** Behind the last node of the group. */
  end: number;
  selected: boolean;
  found: boolean;
  hovered: boolean;
  known: (ipid: string) => boolean;
}

function FieldLine({ line, nodes, sources, end, selected, found, hovered, known }: FieldLineProps) {
  const { node, group, level, open } = line;
  const field = nodes[node]!;
  const place = group ? groupPlace(nodes, line, end) : placeOf(field);
  const kind = group ? "structure" : field.kind;
  const deep = Math.min(level - 1, 6) * INDENT + Math.max(0, level - 7) * DEEP;
  return (
    <div
      role="treeitem"
      id={`field-${keyOf(line)}`}
      aria-level={level}
      aria-expanded={open ?? undefined}
      aria-selected={selected}
      class={`field k-${kind}${found ? " found" : ""}${hovered ? " hovered" : ""}`}
      style={{ paddingLeft: `${deep}px` }}
    >
      <span class="fold" aria-hidden="true">
        {open === null ? "" : open ? "▾" : "▸"}
      </span>
      <span class="said">
        {group ? (
          <span class="name">PDU header</span>
        ) : (
          <>
            <span class="name">{visible(field.name)}</span>
            {field.text !== "" && <span class="colon">: </span>}
            {field.text !== "" && <span class="value">{linkedValue(nodes, node, known)}</span>}
            {isCut(field.text) && (
              <>
                {" "}
                <span class="whole-value" aria-hidden="true">
                  show all
                </span>
              </>
            )}
            {field.note !== null && <span class="note"> [{visible(field.note)}]</span>}
          </>
        )}
        {group && <span class="about"> {summaryOf(nodes, node, end)}</span>}
      </span>
      {place !== null && <span class="at">{placeText(place, sources)}</span>}
    </div>
  );
}

/** The value, with identifiers of objects that lead to where they came from. */
function linkedValue(nodes: readonly TreeNode[], node: number, known: (ipid: string) => boolean) {
  return idsOfNode(nodes, node, known).map(({ text, id }) =>
    id === null ? (
      visible(text)
    ) : (
      <span class="object-id" key={id} data-object={id} title="Where this came from">
        {visible(text)}
      </span>
    ),
  );
}

/** What of a PDU's header is told while it is folded. */
const TOLD: ReadonlySet<string> = new Set(["frag_length", "call_id", "p_cont_id", "opnum", "seqnum"]);

function summaryOf(nodes: readonly TreeNode[], first: number, end: number): string {
  const depth = nodes[first]!.depth;
  const told: string[] = [];
  for (let at = first; at < end; at++) {
    const { name, text, depth: own } = nodes[at]!;
    if (own === depth && TOLD.has(name)) told.push(`${name} ${text}`);
  }
  return visible(told.join(" · "));
}

function placeText(
  { source, start, length }: { source: number; start: number; length: number },
  sources: readonly TreeSource[],
): string {
  const of = sources[source];
  if (of === undefined) return "";
  const at = hexOffset(start, of.bytes.length);
  return `${of.label === "" ? "" : `${of.label} `}${at}+${length}`;
}
