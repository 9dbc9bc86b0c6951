/** The views beside the calls, and what stands above these. */
import { visible } from "../output/visible.js";
import type { ViewOf } from "./app.js";
import type { Session } from "./session.js";
import type { State } from "./state.js";
import { NotesPanel } from "./story/notes-panel.js";
import { ObjectPage } from "./story/object-page.js";
import { OfferPage } from "./story/offer-page.js";
import { OfferStrip } from "./story/offer-strip.js";
import { TimeView } from "./story/time-view.js";
import { useStore } from "./use-store.js";

/** The offers of the run, a line each, above the calls. */
export function Offers({ session }: { session: Session }) {
  const offers = useStore(session.store, (s) => s.run.offers);
  return <OfferStrip offers={offers} selected={null} go={session.go} />;
}

function OfferView({ session }: { session: Session }) {
  const { store, go } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const offers = useStore(store, (s) => s.run.offers);
  const at = useStore(store, (s) => s.offer);
  const selected = useStore(store, (s) => s.row);
  const offer = offers[at];
  if (offer === undefined) {
    return <p class="nothing">No offer of Remote Assistance was found in what was read so far.</p>;
  }
  return (
    <>
      <OfferStrip offers={offers} selected={at} go={go} />
      <OfferPage
        key={visible(offer.id ?? String(at))}
        rows={rows}
        offer={offer}
        number={at + 1}
        of={offers.length}
        selected={selected}
        go={go}
      />
    </>
  );
}

function NotesView({ session }: { session: Session }) {
  const { store, go, engine } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const { findings, notes, offers, summary } = useStore(store, (s) => s.run);
  return <NotesPanel {...{ rows, findings, notes, offers, summary, go }} canFilter={engine.can.filter} />;
}

function TimeLineView({ session }: { session: Session }) {
  const { store, go } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const { findings, notes } = useStore(store, (s) => s.run);
  const selected = useStore(store, (s) => s.row);
  return <TimeView {...{ rows, notes, findings, selected, go }} />;
}

function ObjectView({ session }: { session: Session }) {
  const { store, go, engine } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const id = useStore(store, (s) => s.object);
  const selected = useStore(store, (s) => s.row);
  if (id === null) return <p class="nothing">No object is chosen.</p>;
  return <ObjectPage key={id} {...{ id, engine, rows, selected, go }} />;
}

/** Findings, and notes of all kinds. */
function notesOf({ run: { findings, notes, summary } }: State): number {
  const counts = summary === null ? [notes.length] : Object.values(summary.notes);
  return counts.reduce((sum, count) => sum + count, findings.length);
}

export const views: readonly ViewOf[] = [
  {
    view: "offers",
    title: "Offers",
    count: ({ run }) => run.offers.length,
    draw: (session) => <OfferView session={session} />,
  },
  {
    view: "timeline",
    title: "Time line",
    count: () => null,
    draw: (session) => <TimeLineView session={session} />,
  },
  {
    view: "notes",
    title: "Findings and notes",
    count: notesOf,
    draw: (session) => <NotesView session={session} />,
  },
  {
    view: "object",
    title: "Object",
    count: () => null,
    draw: (session) => <ObjectView session={session} />,
  },
];
