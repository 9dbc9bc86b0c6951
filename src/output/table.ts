/**
 * One line a record, in columns. Calls and offers come as they are known, in columns of fixed widths. Offers or findings alone are few:
 * they are held back, so that each column is as wide as what stands in it. Findings stand above everything, for which calls wait
 * until the input is at its end; where it does not end, or there are too many, findings come among them. Cut to fit on a
 * terminal, uncut elsewhere so that nothing is lost to grep.
 */

import type { DetectionRecord, Event, EventKind, OfferRecord } from "../events.js";
import { byTime, levelStyle, rankOf } from "./findings.js";
import { offerEnd, outcomeStyle } from "./format.js";
import type { Paint, Style } from "./paint.js";
import type { Layout, Printer } from "./printer.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";
import {
  CALL_COLUMNS,
  FINDING_COLUMNS,
  OFFER_COLUMNS,
  type RowRecord,
  type TableColumn,
} from "./table-columns.js";
import { visible } from "./visible.js";
import { padEnd, padStart, truncate, width } from "./width.js";

export interface TableOptions extends Layout {
  paint: Paint;
  spelling?: Spelling;
  /** What there are rows of: calls and offers where absent. */
  kinds?: ReadonlySet<EventKind> | undefined;
  /** The source never ends: nothing is held back. */
  live?: boolean;
}

/** A column with its width. */
interface Placed<R extends RowRecord> {
  column: TableColumn<R>;
  columns: number;
}

/** Text of a cell before it is painted, and its column. */
type Painting = (text: string, column: string) => string;

/** Of the columns that are left over the call takes this share, the outcome the rest. */
const CALL_SHARE = 0.62;
/** Below these widths of a terminal the less distinctive columns are left out. */
const ALL_COLUMNS = 130;
const MOST_COLUMNS = 100;
/** From this width on the names of pipes have room. */
const WIDE_COLUMNS = 150;
/** Where nothing is cut the columns are set for this width. */
const UNCUT_COLUMNS = 150;
/** `HH:MM:SS.mmm`, and with microseconds. */
const SHORT_TIME = 12;
const LONG_TIME = 15;

/** Offers or findings that are held back to measure their columns; those behind them go by what was measured. */
const HELD_ROWS = 1_000;
/** Characters of lines of calls that wait for findings. */
const HELD_CHARACTERS = 4 << 20;
/** How wide the columns of offers are where nothing was measured. */
const OFFER_WIDTHS: { readonly [name: string]: number } = {
  time: 29,
  expert: 20,
  from: 24,
  novice: 24,
  session: 16,
  outcome: 32,
  dialled: 28,
  refusal: 30,
};
const FINDING_WIDTHS: { readonly [name: string]: number } = {
  level: 13,
  time: 29,
  stream: 5,
  frames: 12,
  client: 21,
  server: 21,
  rule: 40,
  techniques: 12,
  sentence: 80,
  basis: 8,
};
/** A column is not made narrower than this to fit a terminal. */
const LEAST_COLUMNS = 5;

const ROWS: ReadonlySet<EventKind> = new Set(["call", "offer", "detection"]);

/** The table as a printer: a heading before the first record, then a line for each. */
export function tablePrinter(options: TableOptions): Printer {
  const { kinds = ROWS } = options;
  if (kinds.has("call")) return mixedTable(options, kinds);
  if (kinds.has("offer")) return heldTable(OFFERS, options);
  return kinds.has("detection") ? heldTable(FINDINGS, options) : { push: () => "", finish: () => "" };
}

function mixedTable(options: TableOptions, kinds: ReadonlySet<EventKind>): Printer {
  const { paint } = options;
  const spelling = options.spelling ?? PLAIN_SPELLING;
  const placed = callLayout(options.cut ? options.columns : UNCUT_COLUMNS, spelling);
  const styleOf = (record: RowRecord): Painting => {
    if (record.type === "call") {
      return (text, column) => (column === "outcome" ? paint(outcomeStyle(record), text) : text);
    }
    if (record.type === "detection") return (text) => paint(levelStyle(record), text);
    const { style } = offerEnd(record);
    return (text, column) => paint(column === "outcome" ? style : "title", text);
  };
  let begun = false;
  const line = (record: RowRecord): string => {
    const before = begun ? "" : heading(placed, options);
    begun = true;
    return before + row(placed, record, styleOf(record), options);
  };
  /** Null once calls wait for findings no more. */
  let above = kinds.has("detection") && options.live !== true ? heldTable(FINDINGS, options) : null;
  let findings = "";
  let waiting = "";
  const release = (): string => {
    findings += above?.finish() ?? "";
    above = null;
    const all = findings === "" ? waiting : `${findings}\n${waiting}`;
    waiting = "";
    return all;
  };
  return {
    push(event) {
      if (!isRow(event) || !kinds.has(event.type)) return "";
      if (above === null) return line(event);
      if (event.type === "detection") findings += above.push(event);
      else waiting += line(event);
      return waiting.length > HELD_CHARACTERS ? release() : "";
    },
    finish: release,
  };
}

function isRow(event: Event): event is RowRecord {
  return ROWS.has(event.type);
}

/** As little as tells calls apart stands in fixed columns; the rest is shared by what was called and what came of it. */
function callLayout(total: number, spelling: Spelling): Placed<RowRecord>[] {
  const all = total >= ALL_COLUMNS;
  const most = total >= MOST_COLUMNS;
  const fixed: { [name: string]: number } = {
    time: spelling.columns ?? (all ? LONG_TIME : SHORT_TIME),
    ...(most ? { stream: 5 } : {}),
    frames: spelling.frameColumns,
    ...(all ? { client: 20 } : {}),
    ...(most ? { server: total >= WIDE_COLUMNS ? 24 : 20 } : {}),
    taken: 8,
  };
  const rest = total - Object.values(fixed).reduce((sum, columns) => sum + columns + 1, 0) - 1;
  const call = Math.floor(rest * CALL_SHARE);
  const widths: { [name: string]: number } = { ...fixed, call, outcome: rest - call };
  const columns: readonly TableColumn[] = CALL_COLUMNS;
  return columns.flatMap((column) => {
    const own = widths[column.name];
    return own === undefined ? [] : [{ column, columns: own }];
  });
}

/** Records of one kind, of which there are few. */
interface Held<R extends RowRecord> {
  kind: R["type"];
  columns: readonly TableColumn<R>[];
  /** Columns that narrow terminals have no room for. */
  lesser: ReadonlySet<string>;
  /** How wide columns are where nothing was measured. */
  widths: { readonly [name: string]: number };
  /** They come when they are known, not in this order. */
  order: (a: R, b: R) => number;
  /** The style of a cell. */
  style: (record: R, column: string) => Style | null;
}

const OFFERS: Held<OfferRecord> = {
  kind: "offer",
  columns: OFFER_COLUMNS,
  lesser: new Set(["session", "refusal"]),
  widths: OFFER_WIDTHS,
  order: (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.stream - b.stream),
  style: (offer, column) => (column === "outcome" ? offerEnd(offer).style : null),
};

const FINDINGS: Held<DetectionRecord> = {
  kind: "detection",
  columns: FINDING_COLUMNS,
  lesser: new Set(["stream", "techniques", "basis"]),
  widths: FINDING_WIDTHS,
  order: (a, b) => rankOf(b) - rankOf(a) || byTime(a, b),
  style: (finding, column) => (column === "level" ? levelStyle(finding) : null),
};

function heldTable<R extends RowRecord>(
  { kind, columns: all, lesser, widths: usual, order, style }: Held<R>,
  options: TableOptions,
): Printer {
  const { paint, cut, columns: total, live = false } = options;
  const columns = cut && total < MOST_COLUMNS ? all.filter(({ name }) => !lesser.has(name)) : all;
  const held: R[] = [];
  let placed: Placed<R>[] | null = null;
  const line = (record: R): string =>
    row(
      placed!,
      record,
      (text, column) => {
        const of = style(record, column);
        return of === null ? text : paint(of, text);
      },
      options,
    );
  /** What was held back, now that the widths are settled. */
  const release = (): string => {
    const widths = columns.map((column) =>
      live ? usual[column.name]! : widest(column, held, options.spelling),
    );
    const fit = cut ? fitted(widths, total - columns.length + 1) : widths;
    placed = columns.map((column, i) => ({ column, columns: fit[i]! }));
    held.sort(order);
    return heading(placed, options) + held.splice(0).map(line).join("");
  };
  return {
    push(event) {
      if (event.type !== kind) return "";
      const record = event as R;
      if (placed !== null) return line(record);
      // Of one that was reported several times only the last report is shown.
      const earlier =
        record.revision === 1 || record.id === null ? -1 : held.findIndex(({ id }) => id === record.id);
      if (earlier >= 0) held.splice(earlier, 1);
      held.push(record);
      return live || held.length >= HELD_ROWS ? release() : "";
    },
    finish: () => (placed === null && held.length > 0 ? release() : ""),
  };
}

function widest<R extends RowRecord>(
  { title, cell }: TableColumn<R>,
  records: readonly R[],
  spelling = PLAIN_SPELLING,
): number {
  return records.reduce(
    (most, record) => Math.max(most, width(visible(cell(record, spelling)))),
    width(title),
  );
}

/** The widths made smaller until they fit, the largest first. */
function fitted(widths: readonly number[], room: number): number[] {
  const fit = [...widths];
  for (let over = fit.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    const most = fit.indexOf(Math.max(...fit));
    if (fit[most]! <= LEAST_COLUMNS) break;
    fit[most]!--;
  }
  return fit;
}

function heading<R extends RowRecord>(placed: readonly Placed<R>[], options: TableOptions): string {
  return line(
    placed,
    ({ title }) => title,
    (text) => options.paint("title", text),
    options,
  );
}

function row<R extends RowRecord>(
  placed: readonly Placed<R>[],
  record: R,
  style: Painting,
  options: TableOptions,
): string {
  return line(
    placed,
    ({ cell }) => visible(cell(record, options.spelling ?? PLAIN_SPELLING)),
    style,
    options,
  );
}

function line<R extends RowRecord>(
  placed: readonly Placed<R>[],
  cell: (column: TableColumn<R>) => string,
  style: Painting,
  { cut }: TableOptions,
): string {
  const cells = placed.map(({ column, columns }, index) => {
    const text = cell(column);
    // Of a time that does not fit the last digits are left out.
    const fits = !cut ? text : column.name === "time" ? text.slice(0, columns) : truncate(text, columns);
    const last = index === placed.length - 1;
    const padded = last ? fits : column.right ? padStart(fits, columns) : padEnd(fits, columns);
    return style(padded, column.name);
  });
  return `${cells.join(" ")}\n`;
}
