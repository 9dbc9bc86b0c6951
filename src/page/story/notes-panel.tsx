/** Findings first, by level; then notes by code; then what was not decoded and why. All lead to the calls and frames they speak of. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { NoteRecord, OfferRecord, SummaryRecord } from "../../events.js";
import { counted, grouped, tally } from "../../output/format.js";
import { callsIn, undecodedSentences } from "../../output/summary.js";
import { visible } from "../../output/visible.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { FindingView } from "./finding-view.js";
import { Section } from "./links.js";
import {
  type FindingGroup,
  groupFindings,
  groupNotes,
  type NoteGroup,
  noteFilter,
  reasonsOf,
  whereText,
} from "./note-groups.js";
import { SeverityWord } from "./note-line.js";

interface NotesPanelProps {
  rows: Rows;
  findings: readonly Finding[];
  notes: readonly NoteRecord[];
  offers: readonly OfferRecord[];
  /** Null while the run goes on. */
  summary: SummaryRecord | null;
  go: Go;
  /** Whether `go.filter` does anything: reports of a case have no language of filters. */
  canFilter?: boolean;
}

export function NotesPanel(props: NotesPanelProps): JSX.Element {
  const { rows, findings, notes, offers, summary, go, canFilter = true } = props;
  const found = useMemo(() => groupFindings(findings), [findings, findings.length]);
  const groups = useMemo(
    () => groupNotes(notes, offers, summary),
    [notes, notes.length, offers, offers.length, summary],
  );
  return (
    <div class="st-panel">
      <Section title="Findings" more={findingsText(found, findings.length)}>
        {found.length === 0 ? (
          <p class="st-none">No rule has found anything{summary === null ? " so far" : ""}.</p>
        ) : (
          found.map((group) => <Level key={group.level} group={group} rows={rows} go={go} />)
        )}
      </Section>
      <Section title="Notes" more={notesText(groups, summary)}>
        {groups.length === 0 ? (
          <p class="st-none">Nothing odd or missing was met{summary === null ? " so far" : ""}.</p>
        ) : (
          <ul class="st-groups">
            {groups.map((group) => (
              <Group key={group.code} group={group} go={go} canFilter={canFilter} />
            ))}
          </ul>
        )}
      </Section>
      <Section title="What was not decoded, and why">
        <Undecoded summary={summary} notes={notes} go={go} />
      </Section>
    </div>
  );
}

function findingsText(groups: readonly FindingGroup[], total: number): string {
  if (groups.length === 0) return "none";
  const parts = groups.map(({ level, findings }) => `${grouped(findings.length)} ${visible(level)}`);
  return groups.length === 1 ? parts[0]! : `${grouped(total)}: ${parts.join(", ")}`;
}

function notesText(groups: readonly NoteGroup[], summary: SummaryRecord | null): string {
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  const kinds = counted(groups.length, "kind");
  return total === 0 ? "none" : `${grouped(total)} of ${kinds}${summary === null ? ", so far" : ""}`;
}

/** Findings that are shown at once; more when asked for. */
const FINDINGS_SHOWN = 40;

function Level({ group, rows, go }: { group: FindingGroup; rows: Rows; go: Go }): JSX.Element {
  const [shown, setShown] = useState(FINDINGS_SHOWN);
  return (
    <div>
      {group.findings.slice(0, shown).map(({ finding, index }) => (
        <FindingView key={index} finding={finding} rows={rows} go={go} />
      ))}
      {group.findings.length > shown && (
        <p class="st-none">
          <button type="button" class="st-link" onClick={() => setShown(shown * 5)}>
            {grouped(group.findings.length - shown)} more of level {visible(group.level)}
          </button>
        </p>
      )}
    </div>
  );
}

/** Notes of a group that are shown at once. */
const NOTES_SHOWN = 50;

function Group({ group, go, canFilter }: { group: NoteGroup; go: Go; canFilter: boolean }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState(NOTES_SHOWN);
  const { code, severity, listed, offers, calls } = group;
  const filter = noteFilter(code);
  const sample = listed[0]?.message ?? offers[0]?.message ?? "";
  return (
    <li class="st-group">
      <button type="button" class="st-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">{open ? "▾" : "▸"}</span>
        <span class="st-count">{grouped(group.total)}</span>
        {severity === null ? (
          <span class="st-severity st-n-info">at calls</span>
        ) : (
          <SeverityWord severity={severity} />
        )}
        <code class="st-code">{visible(code)}</code>
        {!open && <span class="st-sample">{visible(sample)}</span>}
      </button>
      {open && (
        <div class="st-opened">
          {whereText(group) !== "" && <p class="st-more">{whereText(group)}</p>}
          <ul>
            {listed.slice(0, shown).map((note, at) => (
              <li key={at}>
                {note.frame !== null && (
                  <button type="button" class="st-link" onClick={() => go.frame(note.frame!)}>
                    frame {note.frame}
                  </button>
                )}{" "}
                {note.stream !== null && <span class="st-more">conversation {note.stream} </span>}
                <span class="st-statement">{visible(note.message)}</span>
              </li>
            ))}
            {offers.slice(0, shown).map(({ index, message }, at) => (
              <li key={`o${at}`}>
                <button type="button" class="st-link" onClick={() => go.offer(index)}>
                  offer {index + 1}
                </button>{" "}
                <span class="st-statement">{visible(message)}</span>
              </li>
            ))}
            {calls !== null && calls > 0 && (
              <li>
                {canFilter && filter !== null ? (
                  <button type="button" class="st-link" onClick={() => go.filter(filter, "set")}>
                    show the {counted(calls, "call note")} in the list
                  </button>
                ) : (
                  `${counted(calls, "note")} of this kind ${calls === 1 ? "stands" : "stand"} at calls`
                )}
              </li>
            )}
          </ul>
          {Math.max(listed.length, offers.length) > shown && (
            <button type="button" class="st-link" onClick={() => setShown(shown * 10)}>
              show more
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Undecoded({
  summary,
  notes,
  go,
}: {
  summary: SummaryRecord | null;
  notes: readonly NoteRecord[];
  go: Go;
}): JSX.Element {
  if (summary === null) return <p class="st-none">The capture is still being read.</p>;
  const sentences = undecodedSentences(summary);
  const reasons = reasonsOf(notes, summary);
  const calls = callsIn(summary);
  const states = tally(summary.calls).replace("unknown ", "outcome unknown ").replaceAll("_", " ");
  return (
    <ul class="st-undecoded">
      <li>
        {counted(summary.frames, "frame")} {summary.frames === 1 ? "was" : "were"} read, with{" "}
        {counted(calls, "call")}
        {calls === 0 ? "" : `: ${states}`}.
      </li>
      {sentences.length + reasons.length === 0 && <li>Nothing of what may carry DCE/RPC was passed over.</li>}
      {sentences.map((sentence, at) => (
        <li key={at}>{visible(sentence)}</li>
      ))}
      {reasons.map(({ message, count, frame, streams, more }) => (
        <li key={message}>
          {streams.length > 0 && `Conversation ${streams.join(", ")}${more > 0 ? ` and ${more} more` : ""}: `}
          {visible(message)}
          {count > 1 && streams.length === 0 && ` (${grouped(count)} times)`}.{" "}
          {frame !== null && (
            <button type="button" class="st-link" onClick={() => go.frame(frame)}>
              frame {frame}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
