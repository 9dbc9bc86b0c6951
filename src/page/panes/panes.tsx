/** Calls, fields and bytes, linked with each other. Where there is no room for all of them, one at a time. */
import { useCallback, useState } from "preact/hooks";
import type { Session } from "../session.js";
import type { Pane } from "../state.js";
import { useStore } from "../use-store.js";
import { BytesPane } from "./bytes.js";
import { CallList, type ListProps } from "./list.js";
import { Splitter } from "./splitter.js";
import { SubjectBar } from "./subject-bar.js";
import { TreePane, type TreeProps } from "./tree.js";

const PANES: readonly { pane: Pane; title: string }[] = [
  { pane: "list", title: "Calls" },
  { pane: "tree", title: "Fields" },
  { pane: "bytes", title: "Bytes" },
];

export interface PanesProps {
  session: Session;
  onCallMenu?: ListProps["onMenu"];
  onFieldMenu?: TreeProps["onMenu"];
  onWhole?: TreeProps["onWhole"];
  /** A menu for the call, or for the field that is selected, at a button. */
  onButton?: (what: "call" | "field", x: number, y: number) => void;
}

export function Panes({ session, onCallMenu, onFieldMenu, onWhole, onButton }: PanesProps) {
  const { store } = session;
  const pane = useStore(store, (s) => s.pane);
  const hexOnly = useStore(store, (s) => s.hexOnly);
  const [list, setList] = useState<number | null>(null);
  const [tree, setTree] = useState<number | null>(null);
  const style = {
    "--list": list === null ? undefined : `${list}%`,
    "--bytes": tree === null ? undefined : `${100 - tree}%`,
  };
  const toBytes = useCallback(() => showPane(session, "bytes"), [session]);
  const toTree = useCallback(() => showPane(session, "tree"), [session]);
  return (
    <div class={`panes p-${pane}${hexOnly ? " hex-only" : ""}`} style={style}>
      <div class="pane-tabs" role="tablist" aria-label="Panes">
        {PANES.map(({ pane: name, title }) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={pane === name}
            onClick={() => showPane(session, name)}
          >
            {title}
          </button>
        ))}
      </div>
      <section class="pane pane-list" aria-label="List of calls">
        <CallList session={session} onMenu={onCallMenu} onFields={toTree} />
        <NoCalls session={session} />
      </section>
      <section class="pane pane-tree" aria-label="Parameters">
        <TreePane session={session} onMenu={onFieldMenu} onBytes={toBytes} onWhole={onWhole} />
      </section>
      <section class="pane pane-bytes" aria-label="Bytes of the call">
        <BytesPane session={session} onFields={toTree} />
      </section>
      {/* Behind the panes, so that Tab goes from one to the next. */}
      <SubjectBar session={session} onButton={onButton} />
      <Splitter between="rows" label="Height of the list" share={list} set={setList} />
      <Splitter between="columns" label="Width of the fields" share={tree} set={setTree} />
    </div>
  );
}

/** Why no call is to be seen. */
function NoCalls({ session }: { session: Session }) {
  const { store } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const { rows: kept, text } = useStore(store, (s) => s.filter);
  const reading = useStore(store, (s) => s.phase === "loading");
  const frames = useStore(store, (s) => s.run.summary?.frames);
  if (reading || (kept?.length ?? rows.count) > 0) return null;
  if (rows.count > 0) {
    return (
      <p class="no-calls" role="status">
        The filter hides all {rows.count.toLocaleString("en")} calls.{" "}
        <button type="button" class="link" onClick={() => void session.setFilter("")}>
          Show them
        </button>
      </p>
    );
  }
  if (text !== "" && frames === undefined) return null;
  return (
    <p class="no-calls" role="status">
      No calls of DCE/RPC{frames === undefined ? "" : ` in ${frames.toLocaleString("en")} frames`}.{" "}
      <button type="button" class="link" onClick={() => store.set({ view: "notes" })}>
        What was read
      </button>
    </p>
  );
}

/** Shows a pane and gives it the keys. */
export function showPane(session: Session, pane: Pane): void {
  session.store.set({ pane, ...(pane === "tree" ? { hexOnly: false } : {}) });
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`[data-pane="${pane}"]`)?.focus({ preventScroll: true });
  });
}
