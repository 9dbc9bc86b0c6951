/** The page around the panes: opening captures, views, filter, find, keys, menus and dialogs. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { Opening } from "../view/model.js";
import { OpenDialog } from "./dialogs.js";
import { fragmentOf } from "./fragment.js";
import type { Session } from "./session.js";
import { type SampleName, Start } from "./start.js";
import type { State, View } from "./state.js";
import { changeTheme } from "./theme.js";
import { useStore } from "./use-store.js";
import { Workbench } from "./workbench.js";

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

  useEffect(() => keepAddress(session, sample), [session]);

  useEffect(() => {
    if (phase === "empty" || document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>('[data-pane="list"]')?.focus({ preventScroll: true });
  }, [phase, dialog, view]);

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
        const files = [...(event.dataTransfer?.files ?? [])];
        if (session.state.dialog === "open") setDropped(files);
        else take(files);
      }}
    >
      <TopBar session={session} version={version} />
      <Problems session={session} />
      <Sealed session={session} />
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
          <main class="calls">
            <Workbench
              session={session}
              version={version}
              above={above?.(session)}
              instead={shown === undefined ? undefined : <div class="view">{shown.draw(session)}</div>}
            />
          </main>
        </>
      )}
      {dragging && <div class="drop-word">Drop to open</div>}
      {dialog === "open" && (
        <OpenDialog
          files={dropped}
          current={phase === "empty" ? [] : session.state.names}
          close={() => {
            setDropped([]);
            store.set({ dialog: null });
          }}
          open={(what) => {
            setDropped([]);
            store.set({ dialog: null });
            open(session.again(what));
          }}
        />
      )}
    </div>
  );
}

/** The address follows the state. */
function keepAddress(session: Session, sample: () => string | null): () => void {
  let last = location.hash;
  let timer = 0;
  const write = (): void => {
    const { phase, filter, row, view, theme } = session.state;
    // What is to be restored is still in the address.
    if (phase === "empty" && theme === null) return;
    const address = {
      sample: sample(),
      filter: filter.error === null ? filter.text : "",
      row,
      theme,
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
        onClick={() => changeTheme(session)}
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

/** Codes of notes that say why traffic stayed encrypted (docs/notes.md), and what to say of them. */
const SEALED: readonly (readonly [code: string, says: string])[] = [
  ["wrong-password", "stayed encrypted: the password does not fit"],
  ["wrong-key", "stayed encrypted: the key does not fit"],
  ["no-matching-user", "stayed encrypted: the keys are of other accounts"],
  ["no-key", "stayed encrypted: there is no key"],
  ["smb-encrypted", "of SMB stayed encrypted"],
];

/** Where traffic stayed sealed: what would open it can be given. */
function Sealed({ session }: { session: Session }) {
  const { store, engine } = session;
  const notes = useStore(store, (s) => s.run.summary?.notes);
  const found = SEALED.find(([code]) => (notes?.[code] ?? 0) > 0);
  if (found === undefined || !engine.can.open) return null;
  const [code, says] = found;
  const count = notes![code]!;
  return (
    <p class="sealed" role="status">
      <b aria-hidden="true">▣</b> {count} {count === 1 ? "session" : "sessions"} {says}.{" "}
      <button type="button" class="link" onClick={() => store.set({ dialog: "open" })}>
        Open with a password or key
      </button>
    </p>
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
