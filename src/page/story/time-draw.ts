/** Draws a time line on a canvas: labels left, calls or bars, marks with shapes of their own, times above. */
import { visible } from "../../output/visible.js";
import { fitted } from "./ladder-layout.js";
import {
  type CallMark,
  type Line,
  MARKS,
  type Picture,
  type Sign,
  type Span,
  type TimeIndex,
} from "./time-index.js";
import { ticksOf } from "./time-scale.js";

/** Pixels of the labels' column. */
export const labelsOf = (width: number): number => (width < 900 ? 188 : 264);
/** Pixels: the times above, a line. */
export const AXIS = 26;
export const LINE = 22;
/** Marks are drawn no closer than this where there are many. */
const MARK_CELL = 11;

/** The page's colours as they are now. */
export interface Colours {
  panel: string;
  ink: string;
  soft: string;
  line: string;
  accent: string;
  ok: string;
  bad: string;
  warn: string;
  seal: string;
  hit: string;
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(`--st-${name}`).trim() || "#888";
  return {
    panel: of("panel"),
    ink: of("ink"),
    soft: of("soft"),
    line: of("line"),
    accent: of("accent"),
    ok: of("ok"),
    bad: of("bad"),
    warn: of("warn"),
    seal: of("seal"),
    hit: of("hit"),
  };
}

export interface Scene {
  index: TimeIndex;
  /** All lines, of which those from `first` on are in sight, the first of them `shift` pixels above its place. */
  lines: readonly Line[];
  first: number;
  shift: number;
  slots: Int32Array;
  span: Span;
  picture: Picture;
  signs: readonly Sign[];
  width: number;
  height: number;
  colours: Colours;
  /** Row of the call that keys are at, and of the one that the page has selected. */
  focus: number | null;
  selected: number | null;
  /** The line that keys are at, among those in sight; null elsewhere. */
  slot: number | null;
  measure: (text: string) => number;
}

const FONT = '11.5px ui-monospace, "SF Mono", "DejaVu Sans Mono", Consolas, monospace';

export function draw(c: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, colours } = scene;
  c.clearRect(0, 0, width, height);
  c.fillStyle = colours.panel;
  c.fillRect(0, 0, width, height);
  c.font = FONT;
  c.textBaseline = "middle";
  grid(c, scene);
  c.save();
  c.beginPath();
  c.rect(0, AXIS, width, height - AXIS);
  c.clip();
  backgrounds(c, scene);
  signs(c, scene, "gap");
  if (scene.picture.rows === null) bars(c, scene);
  else calls(c, scene, scene.picture.rows);
  signs(c, scene, "finding");
  for (const [row, colour] of [
    [scene.selected, colours.accent],
    [scene.focus, colours.ink],
  ] as const) {
    if (row !== null) ring(c, scene, row, colour);
  }
  names(c, scene);
  c.restore();
}

const xOf = ({ span, width }: Pick<Scene, "span" | "width">, at: number): number => {
  const left = labelsOf(width);
  return left + ((at - span.from) / (span.to - span.from)) * (width - left);
};

const yOf = (scene: Scene, slot: number): number => AXIS + slot * LINE - scene.shift;

function grid(c: CanvasRenderingContext2D, scene: Scene): void {
  const left = labelsOf(scene.width);
  const { index, span, width, height, colours } = scene;
  c.strokeStyle = colours.line;
  c.lineWidth = 1;
  c.beginPath();
  c.fillStyle = colours.soft;
  c.textAlign = "center";
  for (const { at, text } of ticksOf(index.base, span, width - left)) {
    const x = Math.round(xOf(scene, at)) + 0.5;
    if (x > left + 24 && x < width - 24) c.fillText(text, x, AXIS / 2);
    c.moveTo(x, AXIS - 5);
    c.lineTo(x, height);
  }
  c.moveTo(0, AXIS - 0.5);
  c.lineTo(width, AXIS - 0.5);
  c.stroke();
}

function backgrounds(c: CanvasRenderingContext2D, scene: Scene): void {
  const left = labelsOf(scene.width);
  const { lines, first, width, colours } = scene;
  const room = Math.ceil((scene.height - AXIS) / LINE) + 1;
  for (let slot = 0; slot < room && first + slot < lines.length; slot++) {
    const y = yOf(scene, slot);
    if (slot === scene.slot) {
      c.fillStyle = colours.hit;
      c.globalAlpha = 0.35;
      c.fillRect(left, y, width - left, LINE);
      c.globalAlpha = 1;
    }
    c.fillStyle = colours.line;
    c.fillRect(left, y + LINE - 1, width - left, 1);
  }
}

function names(c: CanvasRenderingContext2D, scene: Scene): void {
  const left = labelsOf(scene.width);
  const { index, lines, first, colours, measure } = scene;
  c.fillStyle = colours.panel;
  c.fillRect(0, AXIS, left - 6, scene.height - AXIS);
  c.textAlign = "left";
  const room = Math.ceil((scene.height - AXIS) / LINE) + 1;
  for (let slot = 0; slot < room && first + slot < lines.length; slot++) {
    const { lane, pair, folded } = lines[first + slot]!;
    const y = yOf(scene, slot);
    if (slot === scene.slot) {
      c.fillStyle = colours.hit;
      c.fillRect(0, y, left - 6, LINE - 1);
    }
    const { a, b, lanes, calls } = index.pairs[pair]!;
    c.fillStyle = colours.ink;
    if (lane === null) {
      c.fillText(folded ? "▸" : "▾", 8, y + LINE / 2);
      c.font = `bold ${FONT}`;
      c.fillText(fitted(visible(`${a} ↔ ${b}`), left - 70, measure), 22, y + LINE / 2);
      c.font = FONT;
      count(c, left, folded ? `${lanes.length}×` : "", calls, y, colours);
      continue;
    }
    const { client, server, conversation, calls: of } = index.lanes[lane]!;
    const alone = lanes.length === 1;
    const name = alone ? `${a} → ${server}` : `${conversation}  ${ends(client, server)}`;
    c.fillText(fitted(visible(name), left - (alone ? 62 : 78), measure), alone ? 8 : 22, y + LINE / 2);
    count(c, left, "", of, y, colours);
  }
}

/** Of the client its port, of the server its port or pipe: the hosts stand above. */
function ends(client: string, server: string): string {
  const port = (text: string): string => /(:\d+|\\.*)$/.exec(text)?.[0] ?? text;
  return `${port(client)} → ${port(server)}`;
}

function count(
  c: CanvasRenderingContext2D,
  left: number,
  before: string,
  calls: number,
  y: number,
  colours: Colours,
): void {
  c.fillStyle = colours.soft;
  c.textAlign = "right";
  c.fillText(`${before}${short(calls)}`, left - 12, y + LINE / 2);
  c.textAlign = "left";
}

function short(n: number): string {
  if (n < 10_000) return `${n}`;
  return n < 1_000_000 ? `${Math.round(n / 1_000)}k` : `${(n / 1_000_000).toFixed(1)}M`;
}

/** Calls one by one: as long as they took, with the sign of how they ended. */
function calls(c: CanvasRenderingContext2D, scene: Scene, rows: Uint32Array): void {
  const left = labelsOf(scene.width);
  const { index, slots, colours } = scene;
  for (const row of rows) {
    const y = yOf(scene, slots[index.lane[row]!]!);
    const mark = MARKS[index.mark[row]!]!;
    const x = Math.max(left - 4, xOf(scene, index.from[row]!));
    const end = Math.min(scene.width + 4, xOf(scene, index.until[row]!));
    c.fillStyle = colourOf(mark, colours);
    c.fillRect(x, y + 6, Math.max(2.5, end - x), LINE - 12);
  }
  const taken = new Set<number>();
  for (const row of rows) {
    const mark = index.mark[row]!;
    if (mark === 0) continue;
    const slot = slots[index.lane[row]!]!;
    const x = xOf(scene, index.from[row]!);
    // Of marks on top of each other one is seen.
    const cell = slot * 100_000 + Math.round(x / 3) * 8 + mark;
    if (taken.has(cell)) continue;
    taken.add(cell);
    shape(c, MARKS[mark]!, x, yOf(scene, slot) + LINE / 2, colours);
  }
}

/** How many calls there are, as the height of bars; below each the gravest mark of what is near. */
function bars(c: CanvasRenderingContext2D, scene: Scene): void {
  const left = labelsOf(scene.width);
  const { picture, colours } = scene;
  const width = Math.floor(scene.width - left);
  const slots = picture.density.length / width;
  const scale = (LINE - 6) / Math.log1p(picture.most);
  for (let slot = 0; slot < slots; slot++) {
    const bottom = yOf(scene, slot) + LINE - 2;
    for (let x = 0; x < width; x++) {
      const n = picture.density[slot * width + x]!;
      if (n === 0) continue;
      const high = Math.max(2, Math.log1p(n) * scale);
      c.fillStyle = colours.ok;
      c.fillRect(left + x, bottom - high, 1, high);
      const marked = picture.marked[slot * width + x]!;
      if (marked === 0) continue;
      // The part of it that did not succeed, never too little to be seen.
      const part = Math.max(2, (high * marked) / n);
      c.fillStyle = colourOf(MARKS[picture.gravest[slot * width + x]!]!, colours);
      c.fillRect(left + x, bottom - part, 1, part);
    }
    for (let x = 0; x < width; x += MARK_CELL) {
      let gravest = 0;
      for (let at = x; at < Math.min(width, x + MARK_CELL); at++) {
        gravest = Math.max(gravest, picture.gravest[slot * width + at]!);
      }
      if (gravest > 1) shape(c, MARKS[gravest]!, left + x + MARK_CELL / 2, yOf(scene, slot) + 6, colours);
    }
  }
}

function colourOf(mark: CallMark, colours: Colours): string {
  if (mark === "error" || mark === "fault") return colours.bad;
  if (mark === "unanswered" || mark === "unrequested") return colours.warn;
  return mark === "unknown" ? colours.seal : colours.ok;
}

/** The signs of ladders: a cross, a diamond, a ring, a ring that is cut, a question. */
function shape(c: CanvasRenderingContext2D, mark: CallMark, x: number, y: number, colours: Colours): void {
  if (mark === "none") return;
  const colour = colourOf(mark, colours);
  c.lineWidth = 1.8;
  c.strokeStyle = colour;
  c.fillStyle = colours.panel;
  c.beginPath();
  switch (mark) {
    case "error":
      c.arc(x, y, 5, 0, Math.PI * 2);
      c.fill();
      c.beginPath();
      c.moveTo(x - 3.5, y - 3.5);
      c.lineTo(x + 3.5, y + 3.5);
      c.moveTo(x + 3.5, y - 3.5);
      c.lineTo(x - 3.5, y + 3.5);
      break;
    case "fault":
      c.moveTo(x, y - 6);
      c.lineTo(x + 6, y);
      c.lineTo(x, y + 6);
      c.lineTo(x - 6, y);
      c.closePath();
      c.fill();
      c.moveTo(x, y - 3);
      c.lineTo(x, y + 0.5);
      c.moveTo(x, y + 2);
      c.lineTo(x, y + 3.2);
      break;
    case "unanswered":
      c.arc(x, y, 4, 0, Math.PI * 2);
      c.fill();
      break;
    case "unrequested":
      c.arc(x, y, 4, Math.PI / 2, Math.PI * 1.5);
      break;
    case "unknown":
      c.arc(x, y, 6, 0, Math.PI * 2);
      c.fill();
      c.fillStyle = colour;
      c.textAlign = "center";
      c.font = `bold ${FONT}`;
      c.fillText("?", x, y);
      c.font = FONT;
      c.textAlign = "left";
      return;
  }
  c.stroke();
}

/** A gap is hatched from top to bottom of its line; a finding is a flag. */
function sign(
  c: CanvasRenderingContext2D,
  of: Pick<Sign, "kind" | "level">,
  x: number,
  y: number,
  colours: Colours,
): void {
  c.lineWidth = 1.5;
  c.beginPath();
  if (of.kind === "gap") {
    c.strokeStyle = colours.warn;
    for (const shift of [-8, -4, 0, 4, 8]) {
      c.moveTo(x + shift - 3, y + LINE - 2);
      c.lineTo(x + shift + 3, y + 1);
    }
    c.stroke();
    return;
  }
  c.strokeStyle = colours.panel;
  c.fillStyle = of.level === "critical" || of.level === "high" ? colours.bad : colours.warn;
  c.rect(x - 1, y + 1, 2, LINE - 3);
  c.moveTo(x, y + 1);
  c.lineTo(x + 10, y + 5);
  c.lineTo(x, y + 9);
  c.closePath();
  c.stroke();
  c.fill();
}

function signs(c: CanvasRenderingContext2D, scene: Scene, kind: Sign["kind"]): void {
  const { slots, colours, span } = scene;
  const taken = new Set<number>();
  for (const it of scene.signs) {
    if (it.kind !== kind) continue;
    const slot = slots[it.lane] ?? -1;
    if (slot < 0 || it.at < span.from || it.at > span.to) continue;
    const x = Math.round(xOf(scene, it.at));
    const cell = slot * 100_000 + x;
    if (taken.has(cell)) continue;
    taken.add(cell);
    sign(c, it, x, yOf(scene, slot), colours);
  }
}

function ring(c: CanvasRenderingContext2D, scene: Scene, row: number, colour: string): void {
  const left = labelsOf(scene.width);
  const { index, slots } = scene;
  const slot = row < index.count ? (slots[index.lane[row]!] ?? -1) : -1;
  if (slot < 0) return;
  const x = xOf(scene, index.from[row]!);
  const end = Math.min(xOf(scene, index.until[row]!), scene.width + 10);
  if (end < left || x > scene.width) return;
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.strokeRect(
    Math.max(x, left) - 4,
    yOf(scene, slot) + 2,
    Math.max(10, end - Math.max(x, left) + 8),
    LINE - 5,
  );
}
