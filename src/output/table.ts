/**
 * One line a call, in columns: time, conversation, frames, client and server, call, outcome, time taken. Written as
 * the calls come, so the columns have fixed widths; cut to fit on a terminal, uncut elsewhere so that nothing is lost
 * to grep.
 */

import type { CallRecord } from "../events.js";
import { callFrames, callName, duration, endpoint, outcome, outcomeStyle, timeOf } from "./format.js";
import type { Paint } from "./paint.js";
import type { Layout, Printer } from "./printer.js";
import { serverCell, streamName } from "./transport.js";
import { visible } from "./visible.js";
import { padEnd, padStart, truncate } from "./width.js";

export interface TableOptions extends Layout {
  paint: Paint;
}

interface Column {
  title: string;
  columns: number;
  right?: true;
  cell: (call: CallRecord) => string;
}

/** Of the columns that are left over the call takes this share, the outcome the rest. */
const CALL_SHARE = 0.62;
/** Below these widths of a terminal the less distinctive columns are left out. */
const ALL_COLUMNS = 130;
const MOST_COLUMNS = 100;
/** From this width on the names of pipes have room. */
const WIDE_COLUMNS = 150;
/** Where nothing is cut the columns are set for this width. */
const UNCUT_COLUMNS = 150;

/** `HH:MM:SS.mmm`. */
const SHORT_TIME = 12;

function layout({ columns, cut }: Layout): Column[] {
  const total = cut ? columns : UNCUT_COLUMNS;
  const all = total >= ALL_COLUMNS;
  const most = total >= MOST_COLUMNS;
  const fixed: Column[] = [
    {
      title: "TIME",
      columns: all ? 15 : SHORT_TIME,
      cell: (call) => timeOf(call.ts).slice(0, all ? undefined : SHORT_TIME),
    },
    { title: "CONV", columns: 5, right: true, cell: streamName },
    { title: "FRAMES", columns: 9, cell: callFrames },
    { title: "CLIENT", columns: 20, cell: (call) => endpoint(call.client) },
    { title: "SERVER", columns: total >= WIDE_COLUMNS ? 24 : 20, cell: serverCell },
    { title: "TAKEN", columns: 8, right: true, cell: (call) => duration(call.duration_us) },
  ];
  const kept = fixed.filter(({ title }) => {
    if (title === "CLIENT") return all;
    return most || (title !== "CONV" && title !== "SERVER");
  });
  const rest = total - kept.reduce((sum, column) => sum + column.columns + 1, 0) - 1;
  const name = Math.floor(rest * CALL_SHARE);
  return [
    ...kept,
    { title: "CALL", columns: name, cell: callName },
    { title: "OUTCOME", columns: rest - name, cell: outcome },
  ];
}

/** The table as a printer: a heading before the first call, then a line for each. */
export function tablePrinter(options: TableOptions): Printer {
  const columns = layout(options);
  const { paint } = options;
  let begun = false;
  const line = (cell: (column: Column) => string, style: (text: string, last: boolean) => string): string => {
    const cells = columns.map((column, index) => {
      const last = index === columns.length - 1;
      const text = visible(cell(column));
      const shown = options.cut ? truncate(text, column.columns) : text;
      if (last) return style(shown, true);
      return style(column.right ? padStart(shown, column.columns) : padEnd(shown, column.columns), false);
    });
    return `${cells.join(" ")}\n`;
  };
  const heading = (): string => {
    begun = true;
    return line(
      (column) => column.title,
      (text) => paint("title", text),
    );
  };
  return {
    push(event) {
      if (event.type !== "call") return "";
      const before = begun ? "" : heading();
      const painted = outcomeStyle(event);
      return (
        before +
        line(
          (column) => column.cell(event),
          (text, last) => (last ? paint(painted, text) : text),
        )
      );
    },
    finish: () => "",
  };
}
