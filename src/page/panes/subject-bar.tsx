/** What the fields and bytes are of, and which side of it is shown. */
import { visible } from "../../output/visible.js";
import type { Session } from "../session.js";
import { useStore } from "../use-store.js";
import type { Side } from "./folding.js";

const SIDES: readonly { side: Side; title: string }[] = [
  { side: "both", title: "both" },
  { side: "request", title: "request" },
  { side: "response", title: "response" },
];

export interface SubjectBarProps {
  session: Session;
  onButton?: (what: "call" | "field", x: number, y: number) => void;
}

export function SubjectBar({ session, onButton }: SubjectBarProps) {
  const { store } = session;
  const subject = useStore(store, (s) => s.subject);
  const side = useStore(store, (s) => s.side);
  const rows = useStore(store, (s) => s.rows);
  const row = useStore(store, (s) => s.row);
  const field = useStore(store, (s) => s.node !== null);
  if (subject === null) return <div class="bar subject" />;
  const isCall = subject.kind === "call";
  return (
    <div class="bar subject">
      <h2>{isCall ? visible(rows.text("call", subject.number)) : `Frame ${subject.number}`}</h2>
      {isCall && <span class="soft">frames {visible(rows.frames(subject.number))}</span>}
      {!isCall && row !== null && (
        <button type="button" class="link" onClick={() => session.go.row(row)}>
          back to the call
        </button>
      )}
      <span class="space" />
      {onButton !== undefined && field && (
        <MenuButton
          title="Field"
          says="Filter by the field, copy it"
          ask={(x, y) => onButton("field", x, y)}
        />
      )}
      {onButton !== undefined && subject.call !== null && (
        <MenuButton title="Call" says="Filter by the call, copy it" ask={(x, y) => onButton("call", x, y)} />
      )}
      {subject.folding?.twoSided === true && (
        <span class="sides" role="radiogroup" aria-label="Which side is shown">
          {SIDES.map(({ side: name, title }) => (
            <button
              key={name}
              type="button"
              role="radio"
              aria-checked={side === name}
              onClick={() => session.setSide(name)}
            >
              {title}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

function MenuButton({
  title,
  says,
  ask,
}: {
  title: string;
  says: string;
  ask: (x: number, y: number) => void;
}) {
  return (
    <button
      type="button"
      class="menu-button"
      aria-haspopup="menu"
      title={says}
      onClick={(event) => {
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        ask(left, bottom);
      }}
    >
      {title} ▾
    </button>
  );
}
