/** Offers above the calls, a line each: the same cells as `-T table` has. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { OfferRecord } from "../../events.js";
import { counted, offerEnd } from "../../output/format.js";
import { PLAIN_SPELLING, type Spelling } from "../../output/spelling.js";
import { OFFER_COLUMNS } from "../../output/table-columns.js";
import { visible } from "../../output/visible.js";
import type { Go } from "../go.js";
import { nextOffer } from "./calls.js";
import { Chip } from "./links.js";

/** Pixels of a line; the style sheet has the same. */
const LINE = 26;
/** Lines above which only those in sight are made. */
const WINDOWED = 100;

interface StripProps {
  offers: readonly OfferRecord[];
  /** By its place among the offers; null where none is. */
  selected: number | null;
  go: Go;
  spelling?: Spelling;
}

export function OfferStrip({
  offers,
  selected,
  go,
  spelling = PLAIN_SPELLING,
}: StripProps): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => {
    const at = box.current;
    if (at === null || selected === null) return;
    const y = selected * LINE;
    if (y < at.scrollTop) at.scrollTop = y;
    else if (y + LINE > at.scrollTop + at.clientHeight) at.scrollTop = y + LINE - at.clientHeight;
  }, [selected]);
  if (offers.length === 0) return null;
  const all = offers.length <= WINDOWED;
  const first = all ? 0 : Math.max(0, Math.floor(top / LINE) - 10);
  const end = all ? offers.length : Math.min(offers.length, first + 40);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = selected ?? -1;
    const to =
      event.key === "ArrowDown" || event.key === "ArrowRight"
        ? nextOffer(offers.length, at, 1)
        : event.key === "ArrowUp" || event.key === "ArrowLeft"
          ? nextOffer(offers.length, at, -1)
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? offers.length - 1
              : event.key === "Enter"
                ? at
                : null;
    if (to === null || to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    go.offer(to);
  };
  return (
    <section
      class={offers.some(({ refusal }) => refusal !== null) ? "st-strip" : "st-strip st-no-why"}
      aria-label="Offers of Remote Assistance"
    >
      <h2 class="st-strip-title">
        {counted(offers.length, "offer")} <span class="st-more">of Remote Assistance</span>
      </h2>
      <div class="st-strip-head st-strip-line" aria-hidden="true">
        {OFFER_COLUMNS.map(({ name, title }) => (
          <span key={name} class={`st-c-${name}`}>
            {title.toLowerCase()}
          </span>
        ))}
      </div>
      <div
        class="st-strip-lines"
        ref={box}
        role="listbox"
        tabIndex={0}
        aria-label="Offers; brackets lead from one to the next"
        aria-activedescendant={
          selected !== null && selected >= first && selected < end ? `st-offer-${selected}` : undefined
        }
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const at = event.currentTarget;
          const y = event.clientY - at.getBoundingClientRect().top + at.scrollTop;
          if (y < offers.length * LINE) go.offer(Math.floor(y / LINE));
        }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <div role="presentation" style={{ height: `${offers.length * LINE}px` }}>
          {offers.slice(first, end).map((offer, at) => (
            <div
              key={first + at}
              id={`st-offer-${first + at}`}
              role="option"
              tabIndex={-1}
              class="st-strip-line"
              aria-selected={first + at === selected}
              style={{ top: `${(first + at) * LINE}px` }}
            >
              {OFFER_COLUMNS.map(({ name, cell }) => {
                const text = visible(cell(offer, spelling));
                return (
                  <span key={name} class={`st-c-${name}`} title={text.length > 24 ? text : undefined}>
                    {name === "outcome" ? (
                      <Chip text={text} style={offerEnd(offer).style} />
                    ) : name === "time" ? (
                      <Moment text={text} />
                    ) : (
                      text
                    )}
                  </span>
                );
              })}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}

/** The day goes first where there is little room. */
function Moment({ text }: { text: string }): JSX.Element {
  const at = text.indexOf(" ") + 1;
  return (
    <>
      <span class="st-day">{text.slice(0, at)}</span>
      {text.slice(at)}
    </>
  );
}
