/** What panes are made larger and smaller by: with the pointer, or with arrow keys. */

export interface SplitterProps {
  /** Of the panes it stands between: rows, above each other; or columns. */
  between: "rows" | "columns";
  label: string;
  /** Hundredths of the room, of the pane before it; null as the style sheet has it. */
  share: number | null;
  set: (share: number | null) => void;
}

const LEAST = 10;
const MOST = 90;
/** Hundredths of a key. */
const STEP = 2;
/** What is told while the style sheet decides. */
const MIDDLE = 40;

export function Splitter({ between, label, share, set }: SplitterProps) {
  const rows = between === "rows";
  const bounded = (to: number): number => Math.max(LEAST, Math.min(MOST, to));
  const shareAt = (event: PointerEvent & { currentTarget: HTMLElement }): number => {
    const { top, left, height, width } = event.currentTarget.parentElement!.getBoundingClientRect();
    return bounded(100 * (rows ? (event.clientY - top) / height : (event.clientX - left) / width));
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const [less, more] = rows ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    const { offsetTop, offsetLeft, parentElement } = event.currentTarget;
    const parent = parentElement!;
    const now = rows
      ? (100 * (offsetTop - parent.offsetTop)) / parent.clientHeight
      : (100 * (offsetLeft - parent.offsetLeft)) / parent.clientWidth;
    if (event.key === less) set(bounded(now - STEP));
    else if (event.key === more) set(bounded(now + STEP));
    else if (event.key === "Home") set(null);
    else return;
    event.preventDefault();
  };
  return (
    <div
      class={`split ${between}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={rows ? "horizontal" : "vertical"}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      aria-valuenow={Math.round(share ?? MIDDLE)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) set(shareAt(event));
      }}
      onDblClick={() => set(null)}
      onKeyDown={onKeyDown}
    />
  );
}
