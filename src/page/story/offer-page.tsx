/** An offer from its first call to what came of it: the sentence, facts, ladder, evidence, sessions, connection string, notes. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { OfferRecord } from "../../events.js";
import { counted, offerEnd } from "../../output/format.js";
import { basisText, offerSentence } from "../../output/offer-sentence.js";
import { PLAIN_SPELLING, type Spelling } from "../../output/spelling.js";
import { visible } from "../../output/visible.js";
import { expiryText, offerFacts, sessionUser, stringFields } from "../../view/offer-view.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { rowsOfOffer } from "./calls.js";
import { Ladder } from "./ladder.js";
import { Basis, CallLink, Chip, Frames, Scrolled, Section } from "./links.js";
import { NoteLine } from "./note-line.js";
import { useKnownIpids, WithIds } from "./with-ids.js";

interface OfferPageProps {
  rows: Rows;
  offer: OfferRecord;
  /** From 1, as transcripts count them; `of` how many there are. */
  number: number;
  of: number;
  /** Row of the call that is selected. */
  selected: number | null;
  go: Go;
  spelling?: Spelling;
}

export function OfferPage(props: OfferPageProps): JSX.Element {
  const { rows, offer, number, of, selected, go, spelling = PLAIN_SPELLING } = props;
  const calls = useMemo(() => rowsOfOffer(rows, offer), [rows, rows.count, offer]);
  return (
    <article class="st-offer" aria-label={`Offer ${number} of ${of}`}>
      <Story offer={offer} number={number} of={of} spelling={spelling} />
      <div class="st-two">
        <Section
          title="Ladder"
          more={calls.length < offer.calls.length ? shownOf(calls.length, offer) : undefined}
        >
          <Ladder
            rows={rows}
            calls={calls}
            offer={offer}
            selected={selected}
            go={go}
            label={`Ladder of offer ${number}`}
          />
        </Section>
        <Section title="Evidence" more={evidenceCount(offer)}>
          <Evidence rows={rows} offer={offer} go={go} />
        </Section>
      </div>
      <div class="st-two">
        <Section title="Connection string">
          <StringTable offer={offer} />
        </Section>
        <Section title="Sessions on the novice">
          <Sessions offer={offer} />
        </Section>
      </div>
      <Section title="Notes">
        {offer.notes.length === 0 ? (
          <p class="st-none">Nothing is odd or missing about this offer.</p>
        ) : (
          <ul class="st-notes">
            {offer.notes.map((note, at) => (
              <NoteLine key={at} note={note} />
            ))}
          </ul>
        )}
      </Section>
      <Section title="Calls" more={`${calls.length}`}>
        <Calls rows={rows} calls={calls} selected={selected} go={go} />
      </Section>
    </article>
  );
}

const shownOf = (shown: number, { calls }: OfferRecord): string =>
  `${shown} of ${calls.length} calls are here`;

export function Story({
  offer,
  number,
  of,
  spelling,
}: Pick<OfferPageProps, "offer" | "number" | "of"> & { spelling: Spelling }): JSX.Element {
  const { text, style } = offerEnd(offer);
  return (
    <header class="st-story">
      <p class="st-which">
        Offer {number} of {of}
        {offer.file !== null && <span class="st-more"> in {visible(offer.file)}</span>}
      </p>
      <p class="st-sentence">
        {offerSentence(offer).map(({ text: piece, as }, at) => (
          <span key={at} class={as === "plain" ? undefined : `st-s-${as}`}>
            {visible(piece)}
          </span>
        ))}{" "}
        <Chip text={text} style={style} />
      </p>
      <p class="st-basis-line">
        <span class={`st-basis st-${offer.outcome_basis}`}>{basisText(offer)}</span>
        {offer.provisional && <span class="st-more"> — so far; more of it may come</span>}
      </p>
      <dl class="st-facts">
        {offerFacts(offer, spelling).map(({ name, text: value, more }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {visible(value)}
              {more !== "" && <span class="st-more"> {visible(more)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

function evidenceCount({ evidence }: OfferRecord): string {
  const guessed = evidence.filter(({ basis }) => basis === "inferred").length;
  return `${evidence.length - guessed} decoded, ${guessed} inferred`;
}

interface EvidenceProps {
  rows: Rows;
  offer: OfferRecord;
  go: Go;
  /** What stands below a statement. */
  below?: (at: number) => JSX.Element | null;
}

export function Evidence({ rows, offer, go, below }: EvidenceProps): JSX.Element {
  const known = useKnownIpids(rows);
  if (offer.evidence.length === 0) return <p class="st-none">No statement was made.</p>;
  return (
    <ol class="st-evidence">
      {offer.evidence.map(({ statement, basis, frames }, at) => (
        <li key={at} class={`st-e-${basis}`}>
          <span class="st-statement">
            {basis === "inferred" && (
              <>
                <Basis basis="inferred" />{" "}
              </>
            )}
            <WithIds text={statement} name="" known={known} go={go} />
            {below?.(at)}
          </span>
          <Frames frames={frames} go={go} />
        </li>
      ))}
    </ol>
  );
}

export function Sessions({ offer }: { offer: OfferRecord }): JSX.Element {
  const { sessions, selected } = offer;
  if (sessions.length === 0) {
    return (
      <p class="st-none">
        {selected === null
          ? "No list of sessions was read."
          : `No list was read; ${selected.session_id === null ? "a session" : `session ${selected.session_id}`} was asked for.`}
      </p>
    );
  }
  const states = sessions.some(({ state }) => state !== null);
  return (
    <Scrolled label="Sessions on the novice">
      <table class="st-table">
        <thead>
          <tr>
            <th scope="col">id</th>
            <th scope="col">user</th>
            {states && <th scope="col">state</th>}
            <th scope="col">asked for</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session, at) => {
            const asked = selected !== null && isSelected(session, selected);
            return (
              <tr key={at} class={asked ? "st-asked" : undefined}>
                <td class="st-number">{session.session_id ?? "?"}</td>
                <td>{visible(sessionUser(session))}</td>
                {states && <td>{visible(session.state ?? "?")}</td>}
                <td class="st-whole">{asked ? "✓ asked for" : ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolled>
  );
}

type Session = OfferRecord["sessions"][number];

function isSelected(session: Session, selected: NonNullable<OfferRecord["selected"]>): boolean {
  if (selected.session_id !== null) return session.session_id === selected.session_id;
  return session.user !== null && session.user === selected.user && session.domain === selected.domain;
}

/** What a kind of field is called beside its value. */
const KINDS: { readonly [kind: string]: string } = { secret: "secret", listener: "listener" };

export function StringTable({ offer }: { offer: OfferRecord }): JSX.Element {
  const string = offer.connection_string;
  if (string === null) return <p class="st-none">No connection string was read.</p>;
  const form = string.form === null ? "of neither form" : `of form ${string.form}`;
  return (
    <>
      <p class="st-lead">
        A connection string {form}. {expiryText(string)}
      </p>
      <Scrolled label="Connection string by field">
        <table class="st-table st-string">
          <thead class="st-hidden">
            <tr>
              <th scope="col">field</th>
              <th scope="col">value</th>
              <th scope="col">meaning</th>
            </tr>
          </thead>
          <tbody>
            {stringFields(offer).map(({ name, text, about, kind }, at) => (
              <tr key={at} class={`st-k-${kind}`}>
                <th scope="row">{name}</th>
                <td>
                  <code>{visible(text)}</code>
                </td>
                <td class="st-more">
                  {kind === "dialled" && <span aria-hidden="true">☎ </span>}
                  {[KINDS[kind] ?? "", about].filter((it) => it !== "").join(", ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
      {string.violations.length > 0 && (
        <ul class="st-violations">
          {string.violations.map((sentence, at) => (
            <li key={at}>
              <strong>violates [MS-RAI]:</strong> {visible(sentence)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Links that are made at once; beyond them the list of calls is the place. */
const LINKED = 60;

function Calls({
  rows,
  calls,
  selected,
  go,
}: {
  rows: Rows;
  calls: readonly number[];
  selected: number | null;
  go: Go;
}): JSX.Element {
  const names = new Map<string, number[]>();
  for (const row of calls) {
    const name = rows.text("call", row);
    const of = names.get(name);
    if (of === undefined) names.set(name, [row]);
    else of.push(row);
  }
  const groups = [...names];
  return (
    <>
      <ul class="st-calls">
        {groups.slice(0, LINKED).map(([name, of]) => (
          <li key={name}>
            <span class="st-call-name">{visible(name)}</span>{" "}
            {of.slice(0, LINKED).map((row) => (
              <span key={row} class={row === selected ? "st-here" : undefined}>
                <CallLink row={row} go={go}>
                  {rows.time(row).slice(0, 12)}
                </CallLink>{" "}
              </span>
            ))}
            {of.length > LINKED && <span class="st-more">and {of.length - LINKED} more</span>}
          </li>
        ))}
      </ul>
      {groups.length > LINKED && <p class="st-none">{counted(groups.length - LINKED, "further name")}</p>}
    </>
  );
}
