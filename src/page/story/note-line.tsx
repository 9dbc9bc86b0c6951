/** A note in a line: its severity as sign and word, its code, its sentence, and what it leads to. */
import type { ComponentChildren, JSX } from "preact";
import type { Note, Severity } from "../../events.js";
import { visible } from "../../output/visible.js";

const SEVERITY_SIGNS: { readonly [severity in Severity]: string } = {
  info: "ℹ",
  warning: "▲",
  error: "✕",
};

export function SeverityWord({ severity }: { severity: Severity }): JSX.Element {
  return (
    <span class={`st-severity st-n-${severity}`}>
      <span aria-hidden="true">{SEVERITY_SIGNS[severity]}</span> {severity}
    </span>
  );
}

export function NoteLine({ note, children }: { note: Note; children?: ComponentChildren }): JSX.Element {
  return (
    <li class="st-note">
      <SeverityWord severity={note.severity} /> <code>{visible(note.code)}</code>{" "}
      <span class="st-statement">{visible(note.message)}</span>
      {children}
    </li>
  );
}
