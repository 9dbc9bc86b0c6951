/** The calls, a line each: to a million of them, of which those are drawn that are seen. */
import { useEffect } from "preact/hooks";
import { visible } from "../../output/visible.js";
import { placeIn } from "../find.js";
import type { Rows } from "../rows.js";
import type { Session } from "../session.js";
import { useStore } from "../use-store.js";
import { useWindow } from "./use-window.js";

/** Pixels of a line. */
const ROW = 22;
/** Pixels of the headings. */
const HEAD = 24;

interface Column {
  name: string;
  title: string;
  text: (rows: Rows, row: number) => string;
}

/** As the table has them (-T table). */
const COLUMNS: readonly Column[] = [
  { name: "time", title: "Time", text: (rows, row) => rows.time(row) },
  { name: "conversation", title: "Conv", text: (rows, row) => rows.text("conversation", row) },
  { name: "frames", title: "Frames", text: (rows, row) => rows.frames(row) },
  { name: "client", title: "Client", text: (rows, row) => rows.text("client", row) },
  { name: "server", title: "Server", text: (rows, row) => rows.text("server", row) },
  { name: "taken", title: "Taken", text: (rows, row) => rows.text("taken", row) },
  { name: "call", title: "Call", text: (rows, row) => rows.text("call", row) },
  { name: "outcome", title: "Outcome", text: (rows, row) => rows.text("outcome", row) },
];

/** What tells outcomes apart without colour, and what it is called. */
const SIGNS = {
  ok: { sign: "", name: "" },
  probe: { sign: "", name: "" },
  error: { sign: "✕", name: "error" },
  fault: { sign: "!", name: "fault" },
  unknown: { sign: "?", name: "unknown outcome" },
  no_response: { sign: "∅", name: "no response" },
  no_request: { sign: "∅", name: "no request" },
} as const;

export interface ListProps {
  session: Session;
  /** Called with the row and the column where a menu is asked for. */
  onMenu?: (row: number, column: string, x: number, y: number) => void;
  /** Asked for the fields. */
  onFields?: () => void;
}

export function CallList({ session, onMenu, onFields }: ListProps) {
  const { store } = session;
  const rows = useStore(store, (s) => s.rows);
  const version = useStore(store, (s) => s.version);
  const shown = useStore(store, (s) => s.filter.rows);
  const selected = useStore(store, (s) => s.row);
  const busy = useStore(store, (s) => s.phase === "loading");
  useStore(store, (s) => s.find?.hits);
  const count = shown?.length ?? rows.count;
  const { box, window, reveal, page } = useWindow(count, ROW, HEAD);
  const place = selected === null ? -1 : placeIn(shown, selected);

  useEffect(() => {
    if (place >= 0) reveal(place);
  }, [place, shown, page, reveal]);

  const cellAt = (event: MouseEvent): { row: number; column: string } | null => {
    const cell = (event.target as Element).closest<HTMLElement>("[data-column]");
    const row = (event.target as Element).closest<HTMLElement>("[data-row]")?.dataset.row;
    return row === undefined ? null : { row: Number(row), column: cell?.dataset.column ?? "call" };
  };
  const onClick = (event: MouseEvent): void => {
    const at = cellAt(event);
    if (at !== null) void session.select(at.row);
  };
  const onContextMenu = (event: MouseEvent): void => {
    const at = cellAt(event);
    if (onMenu === undefined) return;
    if (at !== null) {
      event.preventDefault();
      void session.select(at.row).then(() => onMenu(at.row, at.column, event.clientX, event.clientY));
      return;
    }
    // By the keyboard it is of the call that is selected.
    const line = box.current?.querySelector('[aria-selected="true"]')?.getBoundingClientRect();
    if (selected === null || line === undefined) return;
    event.preventDefault();
    onMenu(selected, "call", line.left + 40, line.bottom);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) session.move(step);
    else if (event.key === "Home") session.move("first");
    else if (event.key === "End") session.move("last");
    else if (event.key === "Enter") onFields?.();
    else return;
    event.preventDefault();
  };
  const lines = [];
  for (let index = window.first; index < window.end; index++) {
    const row = shown?.[index] ?? index;
    lines.push(
      <CallRow
        key={row}
        rows={rows}
        row={row}
        index={index}
        selected={row === selected}
        found={session.hitsOf(row).length > 0}
      />,
    );
  }
  return (
    <div
      class="list"
      ref={box}
      role="grid"
      tabIndex={0}
      data-pane="list"
      data-version={version}
      aria-label="Calls"
      aria-rowcount={count + 1}
      aria-colcount={COLUMNS.length}
      aria-busy={busy}
      aria-activedescendant={place >= 0 ? `call-${selected}` : undefined}
      onClick={onClick}
      onContextMenu={onContextMenu}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="list-head">
        <div role="row" aria-rowindex={1} class="call">
          {COLUMNS.map(({ name, title }) => (
            <span key={name} role="columnheader" class={`c-${name}`}>
              {title}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="list-rows" style={{ height: `${window.height}px` }}>
        <div role="presentation" class="lines" style={{ transform: `translateY(${window.top}px)` }}>
          {lines}
        </div>
      </div>
    </div>
  );
}

/** Characters of a cell beyond which nobody sees them. */
const SEEN = 400;

function shortened(text: string): string {
  return text.length > SEEN ? `${text.slice(0, SEEN)}…` : text;
}

interface CallRowProps {
  rows: Rows;
  row: number;
  /** Among those that are shown. */
  index: number;
  selected: boolean;
  found: boolean;
}

function CallRow({ rows, row, index, selected, found }: CallRowProps) {
  const look = rows.look(row);
  const { sign, name } = SIGNS[look];
  const severity = rows.severity(row);
  return (
    <div
      role="row"
      id={`call-${row}`}
      data-row={row}
      aria-rowindex={index + 2}
      aria-selected={selected}
      class={`call s-${look}${found ? " found" : ""}`}
    >
      {COLUMNS.map((column) => {
        const text = visible(shortened(column.text(rows, row)));
        return (
          <span
            key={column.name}
            role="gridcell"
            class={`c-${column.name}`}
            data-column={column.name}
            title={text}
          >
            {column.name === "outcome" && (
              <>
                <b class="sign" aria-hidden="true">
                  {sign}
                </b>
                {name !== "" && <span class="unseen">{name} </span>}
              </>
            )}
            {text}
            {column.name === "call" && (severity === "warning" || severity === "error") && (
              <b class={`mark n-${severity}`} title={`has a note: ${severity}`}>
                {severity === "error" ? "▲!" : "▲"}
              </b>
            )}
          </span>
        );
      })}
    </div>
  );
}
