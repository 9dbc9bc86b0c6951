/** What happened: findings, a card an offer, and of the one that is looked at ladder and evidence. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { counted, offerEnd } from "../../output/format.js";
import { offerSentence } from "../../output/offer-sentence.js";
import { PLAIN_SPELLING } from "../../output/spelling.js";
import { visible } from "../../output/visible.js";
import type { Go } from "../go.js";
import type { Session } from "../session.js";
import { rowsOfOffer } from "../story/calls.js";
import { Ladder } from "../story/ladder.js";
import { Chip } from "../story/links.js";
import { NoteLine } from "../story/note-line.js";
import { Evidence, Sessions, Story, StringTable } from "../story/offer-page.js";
import { useStore } from "../use-store.js";
import type { CaseEngine } from "./engine.js";
import { EvidenceSum } from "./evidence-sum.js";
import { Findings } from "./findings.js";

/** Calls that a ladder shows where there is no offer. */
const MAX_LADDER = 2_000;

interface HappenedProps {
  engine: CaseEngine;
  session: Session;
  go: Go;
}

export function Happened({ engine, session, go }: HappenedProps): JSX.Element {
  const { offers, findings, evidence, notes } = engine.head;
  const { store } = session;
  const rows = useStore(store, (s) => s.rows);
  const version = useStore(store, (s) => s.version);
  const selected = useStore(store, (s) => s.row);
  const at = useStore(store, (s) => s.offer);
  const offer = offers[at] ?? null;
  const calls = useMemo(
    () =>
      offer === null
        ? Array.from({ length: Math.min(rows.count, MAX_LADDER) }, (_, row) => row)
        : rowsOfOffer(rows, offer),
    [rows, version, offer],
  );
  return (
    <>
      <section id="happened" aria-labelledby="happened-title">
        <h2 id="happened-title">What happened</h2>
        <Findings findings={findings} rows={rows} go={go} />
        {offers.length === 0 && (
          <p class="card lead">
            No offer of Remote Assistance is in what was read; {counted(rows.count, "call")}{" "}
            {rows.count === 1 ? "is" : "are"} below.
          </p>
        )}
        {offers.length > 1 && <Choice engine={engine} session={session} />}
        {offer !== null && (
          <div class="card">
            <Story offer={offer} number={at + 1} of={offers.length} spelling={PLAIN_SPELLING} />
            <details>
              <summary>
                Connection string, sessions
                {offer.notes.length > 0 && `, ${counted(offer.notes.length, "note")}`}
              </summary>
              <div class="case-two">
                <StringTable offer={offer} />
                <Sessions offer={offer} />
              </div>
              {offer.notes.length > 0 && (
                <ul class="st-notes">
                  {offer.notes.map((note, index) => (
                    <NoteLine key={index} note={note} />
                  ))}
                </ul>
              )}
            </details>
          </div>
        )}
      </section>
      <div class={offer === null && notes.length === 0 ? "" : "case-two equal"}>
        <section aria-labelledby="ladder-title">
          <h2 id="ladder-title">Ladder</h2>
          <div class="card tall">
            <Ladder
              rows={rows}
              calls={calls}
              offer={offer}
              selected={selected}
              go={go}
              label="Ladder of the calls"
            />
          </div>
        </section>
        {offer !== null ? (
          <section aria-labelledby="evidence-title">
            <h2 id="evidence-title">Evidence</h2>
            <div class="card tall scroll" tabIndex={0} role="region" aria-label="Evidence of the offer">
              <Evidence
                rows={rows}
                offer={offer}
                go={go}
                below={(line) => <EvidenceSum of={evidence[at]?.[line]} whole={false} />}
              />
            </div>
          </section>
        ) : notes.length === 0 ? null : (
          <section aria-labelledby="notes-title">
            <h2 id="notes-title">Notes</h2>
            <div class="card tall scroll" tabIndex={0} role="region" aria-label="Notes of the run">
              <ul class="st-notes">
                {notes.slice(0, MAX_LADDER).map((note, index) => (
                  <NoteLine key={index} note={note} />
                ))}
              </ul>
            </div>
          </section>
        )}
      </div>
    </>
  );
}

/** The offers, a card each, of which one is looked at. */
function Choice({ engine, session }: { engine: CaseEngine; session: Session }): JSX.Element {
  const { offers } = engine.head;
  const at = useStore(session.store, (s) => s.offer);
  return (
    <ul class="offer-cards" aria-label="Offers">
      {offers.map((offer, index) => {
        const { text, style } = offerEnd(offer);
        return (
          <li key={index}>
            <button
              type="button"
              class="card offer-card"
              aria-pressed={index === at}
              onClick={() => session.showOffer(index)}
            >
              <span class="which">
                {index + 1}. {visible(offer.ts.replace("T", " ").replace(/(\.\d{3})\d*Z$/, "$1"))}
              </span>
              <span>
                {offerSentence(offer)
                  .map(({ text: piece }) => visible(piece))
                  .join("")}
              </span>
              <Chip text={text} style={style} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
