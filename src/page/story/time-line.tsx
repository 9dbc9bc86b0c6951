/**
 * Calls by time, a line for each conversation: zoomed by wheel, keys and by drawing across, with what did not succeed, gaps and
 * findings as marks. What keys and pointer are at is said in words below.
 */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { NoteRecord } from "../../events.js";
import { counted, grouped } from "../../output/format.js";
import { visible } from "../../output/visible.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { textMeasure } from "./measure.js";
import { AXIS, coloursOf, draw, LINE, labelsOf } from "./time-draw.js";
import {
  foldedAtFirst,
  linesOf,
  nearest,
  nextCall,
  pictureOf,
  type Sign,
  type Span,
  signsOf,
  slotsOf,
  TimeIndex,
} from "./time-index.js";
import { TimeLegend } from "./time-legend.js";
import { momentText, moved, shown, wholeOf, zoomed } from "./time-scale.js";
import { sayCall, sayLine } from "./time-words.js";

interface TimeLineProps {
  rows: Rows;
  notes: readonly NoteRecord[];
  findings: readonly Finding[];
  selected: number | null;
  go: Go;
}

/** Pixels from a call within which the pointer is at it. */
const NEAR = 8;
/** Pixels that the pointer moves before it draws across. */
const DRAWN = 5;

export function TimeLine({ rows, notes, findings, selected, go }: TimeLineProps): JSX.Element {
  const index = useMemo(() => new TimeIndex(), [rows]);
  index.take(rows);
  // There is nothing to measure before the first call.
  const empty = index.count === 0;
  const [folds, setFolds] = useState<ReadonlySet<number> | null>(null);
  const folded = folds ?? foldedAtFirst(index);
  const lines = useMemo(() => linesOf(index, folded), [index, index.lanes.length, folded]);
  const signs = useMemo(
    () => signsOf(index, notes, findings),
    [index, index.count, notes, notes.length, findings],
  );
  const whole = wholeOf(index.first, index.last);
  // Null: all of it, however much comes.
  const [wanted, setWanted] = useState<Span | null>(null);
  const span = wanted ?? whole;
  const [size, setSize] = useState({ width: 800, height: 260 });
  const [top, setTop] = useState(0);
  const [focus, setFocus] = useState<number | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [pointed, setPointed] = useState<{ x: number; y: number; text: string } | null>(null);
  const [across, setAcross] = useState<{ from: number; to: number } | null>(null);
  const [theme, setTheme] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const measure = useMemo(textMeasure, []);

  const first = Math.min(Math.floor(top / LINE), Math.max(0, lines.length - 1));
  const inSight = Math.ceil((size.height - AXIS) / LINE) + 1;
  const slots = useMemo(
    () => slotsOf(index, lines, first, first + inSight),
    [index, index.lanes.length, lines, first, inSight],
  );
  const left = labelsOf(size.width);
  const plot = Math.max(1, Math.floor(size.width - left));
  const picture = useMemo(
    () => pictureOf(index, slots, inSight, plot, span),
    [index, index.count, slots, inSight, plot, span.from, span.to],
  );

  useLayoutEffect(() => {
    const it = box.current;
    if (it === null) return;
    const look = (): void => setSize({ width: it.clientWidth, height: it.clientHeight });
    look();
    const watch = new ResizeObserver(look);
    watch.observe(it);
    return () => watch.disconnect();
  }, [empty]);
  useEffect(() => {
    const changed = (): void => setTheme((n) => n + 1);
    const watch = new MutationObserver(changed);
    watch.observe(document.documentElement, { attributes: true });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", changed);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", changed);
    };
  }, []);
  useLayoutEffect(() => {
    const it = canvas.current;
    const c = it?.getContext("2d");
    if (!it || !c) return;
    const ratio = devicePixelRatio || 1;
    const [w, h] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (it.width !== w) it.width = w;
    if (it.height !== h) it.height = h;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const slot = at === null || at < first || at >= first + inSight ? null : at - first;
    draw(c, {
      ...{ index, lines, first, slots, span, picture, signs, focus, selected, slot, measure },
      ...{ width: size.width, height: size.height, shift: top - first * LINE },
      colours: coloursOf(it),
    });
  }, [index, lines, first, top, slots, span.from, span.to, picture, signs, size, focus, selected, at, theme]);
  useEffect(() => {
    // The page scrolls where the wheel is not over calls.
    const it = canvas.current;
    if (it === null) return;
    const wheel = (event: WheelEvent): void => {
      const x = event.offsetX - left;
      if (x < 0) return;
      event.preventDefault();
      setWanted((now) => {
        const from = now ?? whole;
        const length = from.to - from.from;
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
          return moved(from, whole, (sideways / plot) * length);
        }
        return zoomed(from, whole, 1.0015 ** event.deltaY, from.from + (x / plot) * length);
      });
    };
    it.addEventListener("wheel", wheel, { passive: false });
    return () => it.removeEventListener("wheel", wheel);
  }, [empty, left, plot, whole.from, whole.to]);

  const timeAt = (x: number): number => span.from + ((x - left) / plot) * (span.to - span.from);
  const lineAt = (y: number): number => Math.floor((y - AXIS + top) / LINE);
  const spoken = (row: number): string => sayCall(rows, index, row);
  const callAt = (x: number, y: number): number | null => {
    const line = lineAt(y);
    if (y < AXIS || x < left || line >= lines.length) return null;
    const within = (NEAR / plot) * (span.to - span.from);
    return nearest(index, slots, line - first, timeAt(x), within);
  };
  const signAt = (x: number, y: number): Sign | null => {
    const slot = lineAt(y) - first;
    const within = (NEAR / plot) * (span.to - span.from);
    return signs.find((it) => slots[it.lane] === slot && Math.abs(it.at - timeAt(x)) <= within) ?? null;
  };
  const fold = (line: number): void => {
    const of = lines[line];
    if (of === undefined || of.lane !== null) return;
    const next = new Set(folded);
    if (!next.delete(of.pair)) next.add(of.pair);
    setFolds(next);
  };
  const reach = (row: number): void => {
    setFocus(row);
    const line = lines.findIndex((it) =>
      it.lane === null
        ? it.folded && it.pair === index.lanes[index.lane[row]!]!.pair
        : it.lane === index.lane[row],
    );
    setAt(line);
    setWanted((now) => (now === null ? null : shown(now, whole, index.from[row]!)));
    const y = line * LINE;
    if (box.current === null || line < 0) return;
    if (y < box.current.scrollTop) box.current.scrollTop = y;
    else if (y + LINE * 2 > box.current.scrollTop + size.height - AXIS)
      box.current.scrollTop = y + LINE * 2 - size.height + AXIS;
  };
  const zoom = (by: number): void => {
    const middle = focus !== null && focus < index.count ? index.from[focus]! : (span.from + span.to) / 2;
    const around = middle >= span.from && middle <= span.to ? middle : (span.from + span.to) / 2;
    setWanted(zoomed(span, whole, by, around));
  };
  const pan = (part: number): void => setWanted(moved(span, whole, (span.to - span.from) * part));
  const next = (step: 1 | -1, marked: boolean): void => {
    const everywhere = slotsOf(index, lines, 0, lines.length);
    const row = nextCall(index, everywhere, marked || at === null ? null : at, focus, step, marked);
    if (row !== null) reach(row);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, shiftKey } = event;
    if (key === "ArrowRight") shiftKey ? pan(0.2) : next(1, false);
    else if (key === "ArrowLeft") shiftKey ? pan(-0.2) : next(-1, false);
    else if (key === "ArrowDown" || key === "ArrowUp") {
      const line = Math.min(lines.length - 1, Math.max(0, (at ?? -1) + (key === "ArrowDown" ? 1 : -1)));
      setAt(line);
      setFocus(null);
      if (box.current !== null && (line * LINE < top || (line + 2) * LINE > top + size.height - AXIS)) {
        box.current.scrollTop = Math.max(0, (line - 2) * LINE);
      }
    } else if (key === "+" || key === "=") zoom(0.5);
    else if (key === "-") zoom(2);
    else if (key === "0") setWanted(null);
    else if (key === "m") next(1, true);
    else if (key === "M") next(-1, true);
    else if (key === "Enter" || key === " ") {
      if (focus !== null) go.row(focus);
      else if (at !== null) fold(at);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const drag = useRef<{ x: number; pan: boolean; span: Span; far: boolean } | null>(null);
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 && event.button !== 1) return;
    const { offsetX: x, offsetY: y } = event;
    if (x < left) return;
    drag.current = { x, pan: event.shiftKey || event.button === 1 || y < AXIS, span, far: false };
    canvas.current?.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const { offsetX: x, offsetY: y } = event;
    const from = drag.current;
    if (from !== null) {
      from.far ||= Math.abs(x - from.x) > DRAWN;
      if (!from.far) return;
      setPointed(null);
      if (from.pan)
        setWanted(moved(from.span, whole, ((from.x - x) / plot) * (from.span.to - from.span.from)));
      else setAcross({ from: Math.max(left, Math.min(x, from.x)), to: Math.max(x, from.x) });
      return;
    }
    const sign = signAt(x, y);
    const row = sign?.row ?? callAt(x, y);
    const texts = [
      ...(sign === null
        ? []
        : [`${sign.kind === "gap" ? "gap" : `finding, ${sign.level}`}: ${visible(sign.text)}`]),
      ...(row === null ? [] : [spoken(row)]),
      ...(row !== null && picture.rows === null ? [crowd(x, y)] : []),
    ];
    setPointed(texts.length === 0 ? null : { x, y, text: texts.join("\n") });
  };
  const crowd = (x: number, y: number): string => {
    const slot = lineAt(y) - first;
    let n = 0;
    const middle = Math.round(x - left);
    for (let px = middle - 1; px <= middle + 1; px++) n += picture.density[slot * plot + px] ?? 0;
    return n > 1 ? `and ${counted(n - 1, "more call")} within a pixel: zoom in` : "";
  };
  const onPointerUp = (event: PointerEvent): void => {
    const from = drag.current;
    drag.current = null;
    setAcross(null);
    const { offsetX: x, offsetY: y } = event;
    if (from?.far) {
      if (!from.pan) {
        const [a, b] = [Math.max(left, Math.min(x, from.x)), Math.max(x, from.x)];
        const length = timeAt(b) - timeAt(a);
        setWanted(zoomed({ from: timeAt(a), to: timeAt(b) }, whole, 1, timeAt(a) + length / 2));
      }
      return;
    }
    const sign = signAt(x, y);
    const row = sign?.row ?? callAt(x, y);
    if (sign !== null && sign.row === null && sign.frame !== null) go.frame(sign.frame);
    else if (row !== null) {
      reach(row);
      go.row(row);
    }
  };
  if (empty) return <p class="st-none">No call yet.</p>;
  return (
    <section class="st-timeline" aria-label="Time line">
      <div class="st-bar">
        <span class="st-where">
          {momentText(index.base, span.from)} – {momentText(index.base, span.to)} UTC
          <span class="st-more">
            {" "}
            {picture.calls === index.count ? "all" : grouped(picture.calls)} of {counted(index.count, "call")}
            , {counted(index.conversations, "conversation")}
            {picture.rows === null && ", drawn as bars"}
          </span>
        </span>
        <span class="st-buttons">
          <button type="button" onClick={() => zoom(0.5)} title="nearer (+)">
            + nearer
          </button>
          <button type="button" onClick={() => zoom(2)} title="further (-)">
            − further
          </button>
          <button
            type="button"
            onClick={() => setWanted(null)}
            disabled={wanted === null}
            title="all of it (0)"
          >
            all
          </button>
          <button
            type="button"
            onClick={() => next(-1, true)}
            title="the error, fault or missing answer before (M)"
          >
            ◂ mark
          </button>
          <button
            type="button"
            onClick={() => next(1, true)}
            title="the next error, fault or missing answer (m)"
          >
            mark ▸
          </button>
        </span>
      </div>
      <div
        class="st-canvas"
        ref={box}
        role="application"
        tabIndex={0}
        style={{ height: `${AXIS + lines.length * LINE + 8}px` }}
        aria-label="Time line of calls: up and down for conversations, left and right for calls, plus and minus to zoom, 0 for all, m for the next mark, Enter to show the call"
        aria-describedby="st-time-said"
        onKeyDown={onKeyDown}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <canvas
          ref={canvas}
          style={{ width: `${size.width}px`, height: `${size.height}px` }}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerLeave={() => setPointed(null)}
          onClick={(event) => event.offsetX < left && event.offsetY > AXIS && fold(lineAt(event.offsetY))}
        />
        <div
          class="st-spacer"
          style={{ height: `${Math.max(0, lines.length * LINE + AXIS - size.height)}px` }}
        />
        {across !== null && (
          <div
            class="st-across"
            style={{
              left: `${across.from}px`,
              width: `${across.to - across.from}px`,
              top: `${top + AXIS}px`,
              height: `${size.height - AXIS}px`,
            }}
          />
        )}
        {pointed !== null && (
          <div
            class="st-tip-box"
            style={{
              left: `${Math.max(8, Math.min(pointed.x + 12, size.width - 440))}px`,
              top: `${top + (pointed.y > size.height / 2 ? pointed.y - 58 : pointed.y + 16)}px`,
            }}
          >
            {pointed.text}
          </div>
        )}
      </div>
      <p class="st-said" id="st-time-said" role="status">
        {focus !== null && focus < index.count
          ? spoken(focus)
          : at !== null && lines[at] !== undefined
            ? sayLine(index, lines[at])
            : "Wheel or + and − zoom, drawing across zooms in, Shift with the wheel moves; a click leads to the call."}
      </p>
      <TimeLegend />
    </section>
  );
}
