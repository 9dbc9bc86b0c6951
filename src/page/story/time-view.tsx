/** The time line, and below it the ladder of the conversation or of the two hosts that the selected call is of. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { NoteRecord } from "../../events.js";
import { visible } from "../../output/visible.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { rowsOfConversation, rowsOfHostPair } from "./calls.js";
import { Ladder } from "./ladder.js";
import { Section } from "./links.js";
import { TimeLine } from "./time-line.js";

interface TimeViewProps {
  rows: Rows;
  notes: readonly NoteRecord[];
  findings: readonly Finding[];
  selected: number | null;
  go: Go;
}

export function TimeView(props: TimeViewProps): JSX.Element {
  const { rows, selected, go } = props;
  const [of, setOf] = useState<"conversation" | "hosts">("hosts");
  const row = selected !== null && selected < rows.count ? selected : rows.count > 0 ? 0 : null;
  const calls = useMemo(
    () =>
      row === null ? [] : of === "conversation" ? rowsOfConversation(rows, row) : rowsOfHostPair(rows, row),
    [rows, rows.count, row, of],
  );
  const what =
    row === null
      ? ""
      : of === "conversation"
        ? `conversation ${visible(rows.text("conversation", row))}, ${visible(rows.text("client", row))} and ${visible(rows.text("server", row))}`
        : `${visible(rows.text("clientAddress", row))} and ${visible(rows.text("serverAddress", row))}`;
  const choice = (value: typeof of, text: string): JSX.Element => (
    <button type="button" class="st-choice" aria-pressed={of === value} onClick={() => setOf(value)}>
      {text}
    </button>
  );
  return (
    <div class="st-panel">
      <TimeLine {...props} />
      {row !== null && (
        <Section
          title="Ladder"
          more={
            <>
              {what} {choice("conversation", "this conversation")} {choice("hosts", "these two hosts")}
            </>
          }
        >
          <Ladder rows={rows} calls={calls} selected={selected} go={go} label={`Ladder of ${what}`} />
        </Section>
      )}
    </div>
  );
}
