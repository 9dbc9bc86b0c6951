/** Small things that all views of a story share: text of the wire, links to frames and calls, chips. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Style } from "../../output/paint.js";
import { visible } from "../../output/visible.js";
import type { Go } from "../go.js";

/** Frames that a line shows before it asks. */
const SHOWN = 6;

/** Links to frames: `#25 #26`. */
export function Frames({ frames, go }: { frames: readonly number[]; go: Go }): JSX.Element | null {
  const [all, setAll] = useState(false);
  if (frames.length === 0) return null;
  const shown = all ? frames : frames.slice(0, SHOWN);
  return (
    <span class="st-frames">
      {shown.map((frame) => (
        <button
          type="button"
          class="st-link"
          key={frame}
          title={`frame ${frame}`}
          onClick={() => go.frame(frame)}
        >
          <span class="st-hidden">frame </span>
          <span aria-hidden="true">#</span>
          {frame}
        </button>
      ))}
      {shown.length < frames.length && (
        <button type="button" class="st-link" onClick={() => setAll(true)}>
          {frames.length - shown.length} more
        </button>
      )}
    </span>
  );
}

/** What leads to a call. */
export function CallLink({
  row,
  go,
  children,
}: {
  row: number;
  go: Go;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" class="st-link" onClick={() => go.row(row)}>
      {children}
    </button>
  );
}

/** Signs beside the words of an outcome: colour is never alone. */
const SIGNS: { readonly [style in Style]?: string } = { good: "✓", bad: "✕", warn: "?" };

export function Chip({ text, style }: { text: string; style: Style }): JSX.Element {
  return (
    <span class={`st-chip st-${style}`}>
      <span aria-hidden="true">{SIGNS[style] ?? "·"}</span> {visible(text)}
    </span>
  );
}

/** Decoded or inferred, in a word; the inferred one is marked. */
export function Basis({ basis }: { basis: "decoded" | "inferred" }): JSX.Element {
  return <span class={`st-basis st-${basis}`}>{basis}</span>;
}

/** A heading and what is below it. */
export function Section({
  title,
  more,
  children,
  id,
}: {
  title: string;
  more?: ComponentChildren;
  children: ComponentChildren;
  id?: string;
}): JSX.Element {
  return (
    <section class="st-section" aria-label={title} id={id}>
      <h2>
        {title}
        {more !== undefined && <span class="st-more"> {more}</span>}
      </h2>
      {children}
    </section>
  );
}

/** A table that may be wider or longer than its place: scrolled by keys as well. */
export function Scrolled({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="st-scroll-x" role="region" tabIndex={0} aria-label={label}>
      {children}
    </div>
  );
}
