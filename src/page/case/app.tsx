/** The case report as one page: what happened, ladder and evidence, the calls with their fields and bytes, custody. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { Go } from "../go.js";
import type { Session } from "../session.js";
import { changeTheme } from "../theme.js";
import { useStore } from "../use-store.js";
import { Workbench } from "../workbench.js";
import { CustodyBlock } from "./custody.js";
import type { CaseData } from "./data.js";
import type { CaseEngine } from "./engine.js";
import { ObjectPanel } from "./object-panel.js";
import { Paper } from "./paper.js";
import { Happened } from "./what-happened.js";
import { WordFilter } from "./word-filter.js";

interface AppProps {
  data: CaseData;
  engine: CaseEngine;
  session: Session;
}

export function App({ data, engine, session }: AppProps): JSX.Element {
  const { custody, title } = engine.head;
  const view = useStore(session.store, (s) => s.view);
  const go = useMemo(() => scrolling(session), [session]);
  return (
    <div class="case">
      <Top title={title} sums={custody.inputs.map(({ sha256 }) => sha256)} session={session} />
      {!custody.redacted && (
        <p class="banner" role="note">
          <b aria-hidden="true">▲</b> Names and secrets are included in this report. Hand it on as carefully
          as the capture.
        </p>
      )}
      <main class="on-screen">
        <Happened engine={engine} session={session} go={go} />
        <section aria-labelledby="calls-title" id="calls">
          <div class="calls-head">
            <h2 id="calls-title">Calls</h2>
            <WordFilter engine={engine} session={session} />
          </div>
          <div class="case-panes">
            <Workbench session={session} version={custody.program.replace(/^raiscope /, "")} />
          </div>
        </section>
        {view === "object" && <ObjectPanel session={session} go={go} />}
      </main>
      <Paper engine={engine} session={session} />
      <CustodyBlock custody={custody} manifest={data.manifest} onSave={() => void save(data)} />
    </div>
  );
}

function Top({
  title,
  sums,
  session,
}: {
  title: string;
  sums: readonly string[];
  session: Session;
}): JSX.Element {
  return (
    <header class="case-top">
      <h1>{visible(title.replace(/ · raiscope case report$/, ""))}</h1>
      <span class="soft">case report</span>
      {sums.length === 1 && (
        <span class="soft sum" title={`SHA-256 ${sums[0]}`}>
          sha256 {sums[0]!.slice(0, 16)}…
        </span>
      )}
      <span class="space" />
      <span class="soft keys-hint" aria-hidden="true">
        <kbd>j</kbd> <kbd>k</kbd> calls · <kbd>Tab</kbd> pane · <kbd>/</kbd> find · <kbd>f</kbd> filter
      </span>
      <button type="button" class="quiet" onClick={() => print()}>
        Print
      </button>
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
        onClick={() => session.store.set({ dialog: "help" })}
      >
        ?
      </button>
    </header>
  );
}

/** All is on one page, so that no view is left for another; where a view leads to may be out of sight. */
function scrolling(session: Session): Go {
  const there = (): void => {
    requestAnimationFrame(() => {
      const box = document.querySelector(".case-panes")?.getBoundingClientRect();
      if (box === undefined || (box.top < innerHeight * 0.6 && box.bottom > innerHeight * 0.4)) return;
      document.querySelector("#calls")?.scrollIntoView({ block: "start" });
    });
  };
  return {
    ...session.go,
    row(row) {
      void session.select(row);
      there();
    },
    frame(frame) {
      session.go.frame(frame);
      there();
    },
  };
}

/** Hands the capture inside to the browser's downloads. */
async function save(data: CaseData): Promise<void> {
  const bytes = await data.packets();
  if (bytes === null) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = data.manifest.packets?.name ?? "packets.pcapng";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
