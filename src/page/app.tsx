/** The page around the panes: opening captures, views, filter, find, keys, menus and dialogs. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { Opening } from "../view/model.js";
import { FilterBar, FindBar } from "./bars.js";
import { copyText } from "./clipboard.js";
import { type Copy, copiesOfField } from "./copies.js";
import { Help, OpenDialog, TextDialog } from "./dialogs.js";
import { fragmentOf } from "./fragment.js";
import type { Command } from "./keys.js";
import { type Item, Menu } from "./menu.js";
import { callMenu, fieldMenu } from "./menus.js";
import { Panes, showPane } from "./panes/panes.js";
import type { Session } from "./session.js";
import { type SampleName, Start } from "./start.js";
import type { State, View } from "./state.js";
import { setTheme, theme } from "./theme.js";
import { useCommands } from "./use-commands.js";
import { useStore } from "./use-store.js";

/** What a view of another kind than the panes is drawn from. */
export interface ViewOf {
  view: View;
  title: string;
  /** How many there are of what it shows; null where that is not counted. */
  count: (state: State) => number | null;
  draw: (session: Session) => ComponentChildren;
}

export interface AppProps {
  session: Session;
  version: string;
  samples: readonly SampleName[];
  /** Views beside the calls, and what stands above these. */
  views: readonly ViewOf[];
  above?: (session: Session) => ComponentChildren;
  open: (what: Opening) => void;
  openSample: (name: string) => void;
  /** The sample that is open. */
  sample: () => string | null;
}

export function App({ session, version, samples, views, above, open, openSample, sample }: AppProps) {
  const { store } = session;
  const phase = useStore(store, (s) => s.phase);
  const view = useStore(store, (s) => s.view);
  const dialog = useStore(store, (s) => s.dialog);
  const [dropped, setDropped] = useState<readonly File[]>([]);
  const [dragging, setDragging] = useState(false);
  const [menu, setMenu] = useState<{ x: number; y: number; items: readonly Item[] } | null>(null);
  const [byHand, setByHand] = useState<{ title: string; text: string } | null>(null);

  useEffect(() => keepAddress(session, sample), [session]);

  const copy = useCallback(
    async (one: Copy) => {
      try {
        const text = await one.text();
        if (await copyText(text)) session.say(`Copied ${one.name}.`);
        else setByHand({ title: one.label, text });
      } catch (error) {
        session.say(error instanceof Error ? error.message : String(error));
      }
    },
    [session],
  );
  const act = useCallback(
    (command: Command) => {
      const { subject } = session.state;
      if (command === "next") session.move(1);
      else if (command === "previous") session.move(-1);
      else if (command === "first") session.move("first");
      else if (command === "last") session.move("last");
      else if (command === "next-offer") session.stepOffer(1);
      else if (command === "previous-offer") session.stepOffer(-1);
      else if (command === "next-hit") session.stepFind(true);
      else if (command === "previous-hit") session.stepFind(false);
      else if (command === "find") focus("#find");
      else if (command === "filter") focus("#filter");
      else if (command === "hex-only") hexOnly(session);
      else if (command === "theme") setTheme(theme() === "dark" ? "light" : "dark");
      else if (command === "help") store.set({ dialog: "help" });
      else if (command === "open") store.set({ dialog: "open" });
      else if (command === "escape") leave(session, menu !== null, () => setMenu(null));
      else if (subject !== null) {
        const wanted = command === "copy-value" ? "Copy value" : "Copy bytes";
        const found = copiesOfField(session).find(({ label }) => label.startsWith(wanted));
        if (found === undefined) session.say("No field is selected: there is nothing to copy.");
        else void copy(found);
      }
    },
    [session, menu, copy],
  );
  useCommands(session, act);

  const take = (files: readonly File[]): void => {
    if (files.length === 0) return;
    open({ inputs: files.map((file) => ({ name: file.name, data: file })) });
  };
  const shown = views.find((one) => one.view === view);
  return (
    <div
      class={`app${dragging ? " dragging" : ""}`}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("Files") !== true) return;
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) setDragging(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        take([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <TopBar session={session} version={version} />
      <Problems session={session} />
      {phase === "empty" ? (
        <Start
          samples={samples}
          openSample={openSample}
          choose={take}
          withKeys={() => store.set({ dialog: "open" })}
        />
      ) : (
        <>
          <Views session={session} views={views} />
          {shown !== undefined ? (
            <main class="view">{shown.draw(session)}</main>
          ) : (
            <main class="calls">
              {above?.(session)}
              <div class="bar tools">
                <FilterBar session={session} />
                <FindBar session={session} />
              </div>
              <Panes
                session={session}
                onCallMenu={(row, column, x, y) =>
                  setMenu({ x, y, items: callMenu(session, row, column, (one) => void copy(one)) })
                }
                onFieldMenu={(node, x, y) =>
                  setMenu({ x, y, items: fieldMenu(session, node, (one) => void copy(one)) })
                }
              />
            </main>
          )}
        </>
      )}
      <Said session={session} />
      {dragging && <div class="drop-word">Drop to open</div>}
      {menu !== null && <Menu {...menu} close={() => setMenu(null)} />}
      {byHand !== null && <TextDialog {...byHand} close={() => setByHand(null)} />}
      {dialog === "help" && <Help version={version} close={() => store.set({ dialog: null })} />}
      {dialog === "open" && (
        <OpenDialog
          files={dropped}
          close={() => {
            setDropped([]);
            store.set({ dialog: null });
          }}
          open={(what) => {
            setDropped([]);
            store.set({ dialog: null });
            open(what);
          }}
        />
      )}
    </div>
  );
}

function focus(selector: string): void {
  const field = document.querySelector<HTMLInputElement>(selector);
  field?.focus();
  field?.select();
}

function hexOnly(session: Session): void {
  const next = !session.state.hexOnly;
  session.store.set({ hexOnly: next });
  if (next) showPane(session, "bytes");
}

function leave(session: Session, hasMenu: boolean, closeMenu: () => void): void {
  if (hasMenu) closeMenu();
  else if (document.activeElement?.matches("input, textarea, select")) {
    showPane(session, "list");
  } else if (session.state.find !== null) session.endFind();
  else if (session.state.view !== "calls") session.store.set({ view: "calls" });
  else if (session.state.hexOnly) session.store.set({ hexOnly: false });
}

/** The address follows the state. */
function keepAddress(session: Session, sample: () => string | null): () => void {
  let last = location.hash;
  let timer = 0;
  const write = (): void => {
    const { phase, filter, row, view } = session.state;
    if (phase === "empty") return;
    const address = {
      sample: sample(),
      filter: filter.error === null ? filter.text : "",
      row,
      view: view === "object" ? "calls" : view,
    };
    const next = fragmentOf(address);
    if (next === last) return;
    last = next;
    history.replaceState(null, "", next === "" ? location.pathname + location.search : next);
  };
  const end = session.store.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(write, 250) as unknown as number;
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}

function TopBar({ session, version }: { session: Session; version: string }) {
  const { store, engine } = session;
  const names = useStore(store, (s) => s.names);
  const phase = useStore(store, (s) => s.phase);
  const progress = useStore(store, (s) => s.progress);
  const summary = useStore(store, (s) => s.run.summary);
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  return (
    <header class="top">
      <h1 title={`raiscope ${version}`}>raiscope</h1>
      <span class="names" title={names.map(visible).join("\n")}>
        {names.map(visible).join(", ")}
      </span>
      {phase === "loading" && (
        <span class="loading">
          <progress
            aria-label="Read so far"
            max={progress?.of || undefined}
            value={progress?.of ? progress.bytes : undefined}
          />
          <span class="soft">
            {progressText(progress)} {rows.count.toLocaleString("en")} calls
          </span>
          <button type="button" onClick={() => session.cancel()}>
            Cancel
          </button>
        </span>
      )}
      {phase === "ready" && summary !== null && (
        <span class="soft totals">
          {summary.frames.toLocaleString("en")} frames, {rows.count.toLocaleString("en")} calls
        </span>
      )}
      <span class="space" />
      {engine.can.open && (
        <button type="button" onClick={() => store.set({ dialog: "open" })}>
          Open…
        </button>
      )}
      <button
        type="button"
        class="quiet"
        aria-label="Dark or light"
        title="Dark or light (d)"
        onClick={() => setTheme(theme() === "dark" ? "light" : "dark")}
      >
        ◐
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Help: keys"
        title="Keys (?)"
        onClick={() => store.set({ dialog: "help" })}
      >
        ?
      </button>
    </header>
  );
}

function progressText(progress: State["progress"]): string {
  if (!progress?.of) return "reading …";
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return `${mega(progress.bytes)} of ${mega(progress.of)} MB, ${progress.frames.toLocaleString("en")} frames,`;
}

function Problems({ session }: { session: Session }) {
  const problems = useStore(session.store, (s) => s.problems);
  if (problems.length === 0) return null;
  return (
    <ul class="problems" role="alert">
      {problems.map((problem) => (
        <li key={problem}>
          <b aria-hidden="true">!</b> {visible(problem)}
          <button type="button" class="quiet" aria-label="Close" onClick={() => session.dismiss(problem)}>
            ✕
          </button>
        </li>
      ))}
    </ul>
  );
}

function Views({ session, views }: { session: Session; views: readonly ViewOf[] }) {
  const { store } = session;
  const state = useStore(store, (s) => s);
  const all = [{ view: "calls" as View, title: "Calls", count: (s: State) => s.rows.count }, ...views];
  return (
    <nav class="views" aria-label="Views">
      {all.map(({ view, title, count }) => {
        const number = count(state);
        if (view === "object" && state.object === null) return null;
        return (
          <button
            key={view}
            type="button"
            aria-current={state.view === view ? "page" : undefined}
            onClick={() => store.set({ view })}
          >
            {title}
            {number !== null && <span class="count">{number.toLocaleString("en")}</span>}
          </button>
        );
      })}
    </nav>
  );
}

/** Milliseconds that a word about what was done stays. */
const SAID_MS = 2_500;

function Said({ session }: { session: Session }) {
  const said = useStore(session.store, (s) => s.said);
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => session.say(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class={`said-now${said === "" ? " none" : ""}`} role="status">
      {visible(said)}
    </div>
  );
}
