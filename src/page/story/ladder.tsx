/**
 * The ladder of calls as a drawing of its own, with a list of options above it that keys, pointers and screen readers use.
 * Beyond some hundred items only those in sight are drawn.
 */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { OfferRecord } from "../../events.js";
import { grouped } from "../../output/format.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import {
  type BreakItem,
  type CallItem,
  type FollowItem,
  fitted,
  HEAD,
  ITEM,
  inSight,
  type Ladder as LadderData,
  type LadderItem,
  type Lifeline,
  ladderOf,
  type Mark,
  type Places,
  placesOf,
} from "./ladder-layout.js";
import { textMeasure } from "./measure.js";

/** Where in an item the line and the text above it are. */
const LINE = 16.5;
const TEXT = 10.5;
const MARKS: { readonly [mark in Mark]: string } = {
  none: "",
  error: "error",
  fault: "fault",
  unanswered: "no answer",
  unrequested: "request not captured",
  unknown: "outcome not read",
};

interface LadderProps {
  rows: Rows;
  /** Rows by time. */
  calls: readonly number[];
  offer?: OfferRecord | null;
  /** Row of the call that is selected. */
  selected: number | null;
  go: Go;
  /** Names it among others. */
  label: string;
}

export function Ladder({ rows, calls, offer = null, selected, go, label }: LadderProps): JSX.Element {
  const ladder = useMemo(() => ladderOf(rows, calls, offer), [rows, rows.count, calls, offer]);
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(640);
  const [sight, setSight] = useState({ top: 0, height: 520 });
  const [active, setActive] = useState<number | null>(null);
  const measure = useMemo(textMeasure, []);
  useLayoutEffect(() => {
    const at = box.current;
    if (at === null) return;
    const look = (): void => {
      setRoom(at.clientWidth);
      setSight({ top: at.scrollTop, height: at.clientHeight });
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(at);
    return () => watch.disconnect();
  }, []);
  const chosen = useMemo(
    () =>
      selected === null
        ? -1
        : ladder.items.findIndex((item) => item.kind === "call" && item.row === selected),
    [ladder, selected],
  );
  useEffect(() => {
    if (chosen < 0) return;
    setActive(chosen);
    if (box.current !== null) reveal(box.current, chosen);
  }, [chosen]);
  const places = useMemo(() => placesOf(ladder.lifelines, room), [ladder, room]);
  const { first, end } = inSight(ladder.items.length, sight.top, sight.height);
  const id = useMemo(() => `st-ladder-${nextId++}`, []);
  const lead = (index: number): void => {
    const item = ladder.items[index];
    if (item === undefined || item.kind === "break") return;
    setActive(index);
    if (item.kind === "call") go.row(item.row);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = moved(ladder.items, active, event.key);
    if (to !== null) {
      setActive(to);
      if (box.current !== null) reveal(box.current, to);
    } else if ((event.key === "Enter" || event.key === " ") && active !== null) lead(active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (ladder.items.length === 0) return <p class="st-none">No call of it was captured.</p>;
  return (
    <div class="st-ladder">
      <div
        class="st-scroll"
        ref={box}
        onScroll={(event) =>
          setSight({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })
        }
      >
        <Heads lifelines={ladder.lifelines} places={places} measure={measure} />
        <div
          class="st-rungs"
          role="listbox"
          tabIndex={0}
          aria-label={`${label}: ${grouped(calls.length)} calls by time`}
          aria-activedescendant={
            active !== null && active >= first && active < end ? `${id}-${active}` : undefined
          }
          onKeyDown={onKeyDown}
          onClick={(event) => {
            const y = event.clientY - event.currentTarget.getBoundingClientRect().top;
            lead(Math.floor(y / ITEM));
          }}
          onFocus={() => active === null && setActive(moved(ladder.items, null, "Home"))}
          style={{ height: `${ladder.items.length * ITEM}px`, width: `${places.width}px` }}
        >
          <Drawing {...{ ladder, places, first, end, measure, chosen }} />
          {ladder.items.slice(first, end).map((item, at) => {
            const index = first + at;
            if (item.kind === "break") return null;
            return (
              <div
                key={index}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                class={`st-rung${index === active ? " st-active" : ""}`}
                aria-selected={index === chosen}
                aria-label={spoken(item, ladder.items[index - 1])}
                title={item.says}
                style={{ top: `${index * ITEM}px` }}
              />
            );
          })}
        </div>
      </div>
      {ladder.left > 0 && (
        <p class="st-none">
          {grouped(ladder.left)} later calls are not drawn: a ladder shows {grouped(ladder.items.length)}{" "}
          items at most.
        </p>
      )}
      <Legend ladder={ladder} />
    </div>
  );
}

let nextId = 0;

/** What is said of an item, with the pause before it. */
function spoken(item: CallItem | FollowItem, before: LadderItem | undefined): string {
  const mark = item.kind === "call" && item.mark !== "none" ? `, ${MARKS[item.mark]}` : "";
  return `${before?.kind === "break" ? `after ${before.label} without a call: ` : ""}${item.says}${mark}`;
}

/** Where a key leads among the items; null where it leads nowhere. Breaks are passed over. */
function moved(items: readonly LadderItem[], from: number | null, key: string): number | null {
  const steps: { [key: string]: number } = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 };
  const step = steps[key];
  let at: number;
  if (key === "Home") at = 0;
  else if (key === "End") at = items.length - 1;
  else if (step === undefined) return null;
  else at = Math.min(items.length - 1, Math.max(0, (from ?? -1) + step));
  const way = key === "End" || (step ?? 1) < 0 ? -1 : 1;
  while (items[at]?.kind === "break") at += way;
  return items[at] === undefined ? from : at;
}

function reveal(box: HTMLElement, index: number): void {
  const top = HEAD + index * ITEM;
  if (top - HEAD < box.scrollTop) box.scrollTop = top - HEAD;
  else if (top + ITEM > box.scrollTop + box.clientHeight) box.scrollTop = top + ITEM - box.clientHeight;
}

type Measure = (text: string) => number;

/** Names of hosts over their lifelines, and what each lifeline is. */
function Heads({
  lifelines,
  places,
  measure,
}: {
  lifelines: readonly Lifeline[];
  places: Places;
  measure: Measure;
}): JSX.Element {
  const groups: { host: string; machine: string; from: number; to: number }[] = [];
  for (const [index, line] of lifelines.entries()) {
    const last = groups.at(-1);
    if (last !== undefined && last.host === line.host) last.to = index;
    else groups.push({ host: line.host, machine: line.machine, from: index, to: index });
  }
  return (
    <svg class="st-heads" width={places.width} height={HEAD} aria-hidden="true">
      {groups.map(({ machine, from, to }, at) => {
        const [left, right] = [places.x[from]!, places.x[to]!];
        const before = at === 0 ? 0 : places.x[groups[at - 1]!.to]!;
        const behind = at === groups.length - 1 ? places.width : places.x[groups[at + 1]!.from]!;
        const room = right - left + Math.min(left - before, behind - right) - 12;
        return (
          <g key={from}>
            <title>{machine}</title>
            <text class="st-machine" x={(left + right) / 2} y={15} text-anchor="middle">
              {fitted(machine, room, measure)}
            </text>
            {to > from && <line class="st-brace" x1={left - 14} x2={right + 14} y1={20.5} y2={20.5} />}
          </g>
        );
      })}
      {lifelines.map(({ title, role }, at) => {
        const x = places.x[at]!;
        const room = Math.min(x - (places.x[at - 1] ?? 0), (places.x[at + 1] ?? places.width) - x) - 8;
        return (
          <text key={at} class={`st-end st-${role}`} x={x} y={35} text-anchor="middle">
            {fitted(title, room, measure)}
          </text>
        );
      })}
    </svg>
  );
}

interface DrawingProps {
  ladder: LadderData;
  places: Places;
  first: number;
  end: number;
  chosen: number;
  measure: Measure;
}

function Drawing({ ladder, places, first, end, chosen, measure }: DrawingProps): JSX.Element {
  const height = (end - first) * ITEM;
  return (
    <svg
      class="st-drawing"
      width={places.width}
      height={height}
      aria-hidden="true"
      style={{ top: `${first * ITEM}px` }}
    >
      {places.x.map((x, at) => (
        <line key={at} class="st-lifeline" x1={x + 0.5} x2={x + 0.5} y1={0} y2={height} />
      ))}
      {ladder.items.slice(first, end).map((item, at) => (
        <g
          key={first + at}
          class={first + at === chosen ? "st-chosen" : undefined}
          transform={`translate(0 ${at * ITEM})`}
        >
          {first + at === chosen && <rect class="st-wash" x={0} y={0} width={places.width} height={ITEM} />}
          {item.kind === "break" ? (
            <Break item={item} places={places} />
          ) : item.kind === "follow" ? (
            <Follow item={item} places={places} measure={measure} />
          ) : (
            <Call item={item} places={places} measure={measure} />
          )}
        </g>
      ))}
    </svg>
  );
}

function Break({ item, places }: { item: BreakItem; places: Places }): JSX.Element {
  const [left, right] = [places.x[0]!, places.x.at(-1)!];
  return (
    <g class="st-break">
      <rect class="st-blank" x={left - 4} y={2} width={right - left + 8} height={ITEM - 4} />
      {places.x.map((x, at) => (
        <path key={at} d={`M${x + 0.5} 0v4l-4 4l8 6l-4 4v4`} />
      ))}
      <text x={(left + right) / 2} y={15} text-anchor="middle">
        {`⋯ ${item.label} ⋯`}
      </text>
    </g>
  );
}

function Edges({ item, places }: { item: CallItem | FollowItem; places: Places }): JSX.Element {
  return (
    <>
      <text class="st-time" x={84} y={LINE} text-anchor="end">
        {item.time}
      </text>
      <text class="st-taken" x={places.right} y={LINE} text-anchor="end">
        {item.taken}
      </text>
    </>
  );
}

function Call({ item, places, measure }: { item: CallItem; places: Places; measure: Measure }): JSX.Element {
  const from = places.x[item.from] ?? 0;
  const to = places.x[item.to] ?? 0;
  const onward = to >= from ? 1 : -1;
  const tip = to - onward;
  const text = Math.min(from, to) + 9;
  const room = places.right - 62 - text;
  const classes = `st-call st-m-${item.mark}${item.bare ? " st-bare" : ""}`;
  return (
    <g class={classes}>
      <Edges item={item} places={places} />
      {from === to ? (
        <path class="st-shaft" d={`M${from} ${LINE - 4}h18v6h-14`} />
      ) : (
        <line class="st-shaft" x1={from} x2={tip - onward * 6} y1={LINE} y2={LINE} />
      )}
      <path class="st-tip" d={`M${tip} ${LINE}l${-onward * 8} -4v8z`} />
      <MarkShape mark={item.mark} x={to + onward * 10} from={from} onward={onward} />
      <text class="st-name" x={text} y={TEXT}>
        {fitted(item.label, room, measure)}
      </text>
    </g>
  );
}

/** A sign for each way in which a call did not succeed. */
function MarkShape({
  mark,
  x,
  from,
  onward,
}: {
  mark: Mark;
  x: number;
  from: number;
  onward: number;
}): JSX.Element | null {
  switch (mark) {
    case "error":
      return <path class="st-sign" d={`M${x - 3.5} ${LINE - 3.5}l7 7m0 -7l-7 7`} />;
    case "fault":
      return (
        <g class="st-sign">
          <path d={`M${x} ${LINE - 6}l6 6l-6 6l-6 -6z`} />
          <path d={`M${x} ${LINE - 3.2}v3.4m0 1.6v1.2`} />
        </g>
      );
    case "unanswered":
      return <circle class="st-sign" cx={x} cy={LINE} r={4} />;
    case "unrequested":
      return <circle class="st-sign" cx={from + onward * 4} cy={LINE} r={4} />;
    case "unknown":
      return (
        <text class="st-sign" x={x} y={LINE + 4} text-anchor="middle">
          ?
        </text>
      );
    default:
      return null;
  }
}

function Follow({
  item,
  places,
  measure,
}: {
  item: FollowItem;
  places: Places;
  measure: Measure;
}): JSX.Element {
  const to = places.x[item.to] ?? 0;
  const from = item.from === null ? to - 46 : (places.x[item.from] ?? 0);
  const text = Math.min(from, to) + 9;
  return (
    <g class="st-follow">
      <Edges item={item} places={places} />
      <line class="st-shaft" x1={from} x2={to - 12} y1={LINE} y2={LINE} />
      <path class="st-tip" d={`M${to} ${LINE}l-14 -6v12z`} />
      <text class="st-name" x={text} y={TEXT - 1}>
        {fitted(item.label, places.right - 62 - text, measure)}
      </text>
    </g>
  );
}

/** Only what the ladder has. */
function Legend({ ladder }: { ladder: LadderData }): JSX.Element {
  const { marks, bare, follow, breaks } = useMemo(() => {
    const marks = new Set<Mark>();
    let [bare, follow, breaks] = [false, false, false];
    for (const item of ladder.items) {
      if (item.kind === "break") breaks = true;
      else if (item.kind === "follow") follow = true;
      else {
        marks.add(item.mark);
        bare ||= item.bare;
      }
    }
    return { marks: [...marks].filter((mark) => mark !== "none"), bare, follow, breaks };
  }, [ladder]);
  const sample = (shape: JSX.Element): JSX.Element => (
    <svg width={34} height={ITEM} aria-hidden="true">
      {shape}
    </svg>
  );
  return (
    <ul class="st-legend">
      {bare && (
        <li>
          {sample(
            <g class="st-call st-bare">
              <line class="st-shaft" x1={2} x2={32} y1={LINE - 5} y2={LINE - 5} />
            </g>,
          )}
          no authentication
        </li>
      )}
      {marks.map((mark) => (
        <li key={mark}>
          {sample(
            <g class={`st-call st-m-${mark}`} transform="translate(0 -5)">
              <MarkShape mark={mark} x={17} from={13} onward={1} />
            </g>,
          )}
          {MARKS[mark]}
        </li>
      ))}
      {follow && (
        <li>
          {sample(
            <g class="st-follow" transform="translate(0 -5)">
              <line class="st-shaft" x1={2} x2={22} y1={LINE} y2={LINE} />
              <path class="st-tip" d={`M32 ${LINE}l-12 -6v12z`} />
            </g>,
          )}
          the connection that followed
        </li>
      )}
      {breaks && (
        <li>
          <span aria-hidden="true">⋯</span> more than a second without a call
        </li>
      )}
    </ul>
  );
}
