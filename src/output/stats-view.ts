/** Statistics as tables for people. */

import type { CallRecord, Endpoint } from "../events.js";
import { counted, duration, grouped } from "./format.js";
import { type GridColumn, grid } from "./grid.js";
import { firstFrame, PLAIN_SPELLING, type Spelling } from "./spelling.js";
import { countedShown } from "./summary.js";
import { serverName, streamName } from "./transport.js";

/** The figures of one row. */
export interface StatsRow {
  calls: number;
  errors: number;
  faults: number;
  unanswered: number;
  p50_us: number | null;
  p90_us: number | null;
  p99_us: number | null;
  max_us: number | null;
}

export interface StatsShown {
  /** Null where they are not asked for, nor the slowest. */
  interfaces:
    | (StatsRow & {
        uuid: string | null;
        version: string | null;
        name: string | null;
        methods: (StatsRow & { method: string | null; opnum: number | null; invoked: string | null })[];
      })[]
    | null;
  total: StatsRow & { unknown: number; sealed: number };
  slowest: {
    duration_us: number;
    ts: string;
    stream: number;
    transport: CallRecord["transport"];
    frames: CallRecord["frames"];
    client: Endpoint;
    server: Endpoint;
    interface: string | null;
    method: string | null;
    opnum: number | null;
    invoked: string | null;
    status: string;
  }[];
}

const COLUMNS: readonly GridColumn[] = [
  { title: "interface, method" },
  ...["calls", "errors", "faults", "unanswered", "p50", "p90", "p99", "max"].map((title) => ({
    title,
    right: true,
  })),
];

const SLOW_COLUMNS: readonly GridColumn[] = [
  { title: "taken", right: true },
  { title: "time" },
  { title: "conv", right: true },
  { title: "frames" },
  { title: "client → server" },
  { title: "call" },
  { title: "outcome" },
];

function figures(row: StatsRow): string[] {
  return [
    ...[row.calls, row.errors, row.faults, row.unanswered].map((n) => (n === 0 ? "·" : grouped(n))),
    ...[row.p50_us, row.p90_us, row.p99_us, row.max_us].map(duration),
  ];
}

function methodName(method: string | null, opnum: number | null, invoked: string | null): string {
  if (method === null) return opnum === null ? "(method unknown)" : `opnum ${opnum}`;
  return opnum === null ? method : `${opnum} ${method}${arrow(invoked)}`;
}

function arrow(invoked: string | null): string {
  return invoked === null ? "" : ` → ${invoked}`;
}

/** What the figures are part of. */
export interface StatsWhole {
  /** Calls of the whole run. */
  calls: number;
  /** Frames after which reading ended as --limit asks, or null. */
  limit: number | null;
}

/** Why the figures are not of everything, a line each. */
function partLines(stats: StatsShown, whole: StatsWhole | null): string {
  if (whole === null) return "";
  const { calls } = stats.total;
  const hidden = calls < whole.calls ? `${countedShown(whole.calls, calls, "call")}\n` : "";
  return (
    hidden +
    (whole.limit === null ? "" : `Stopped after ${counted(whole.limit, "frame")}, as --limit asks.\n`)
  );
}

/** Both tables. The first has a row for each interface and, indented below it, one for each method. */
export async function statsTables(
  stats: StatsShown,
  whole: StatsWhole | null = null,
  spelling: Spelling = PLAIN_SPELLING,
): Promise<string> {
  const part = partLines(stats, whole);
  if (stats.total.calls === 0) return whole !== null && whole.calls > 0 ? part : `No calls.\n${part}`;
  if (stats.interfaces === null) return part;
  const rows: string[][] = [];
  for (const one of stats.interfaces) {
    const version = one.version === null || one.version === "0.0" ? "" : ` ${one.version}`;
    const name = one.name ?? one.uuid;
    rows.push([name === null ? "(interface unknown)" : `${name}${version}`, ...figures(one)]);
    for (const method of one.methods) {
      rows.push([`  ${methodName(method.method, method.opnum, method.invoked)}`, ...figures(method)]);
    }
  }
  rows.push(["all", ...figures(stats.total)]);
  const slow = stats.slowest.map((call) => [
    duration(call.duration_us),
    spelling.time(call.ts, firstFrame(call)),
    streamName(call),
    spelling.callFrames({ frames: call.frames, places: null }),
    `${spelling.endpoint(call.client)} → ${serverName(call, spelling)}`,
    `${call.interface ?? "?"}.${call.method ?? `opnum ${call.opnum ?? "?"}`}${arrow(call.invoked)}`,
    call.status === "unknown" ? "answered" : call.status,
  ]);
  const { unknown, sealed } = stats.total;
  const why = sealed === 0 ? "" : sealed >= unknown ? " (sealed)" : ` (${grouped(sealed)} of them sealed)`;
  const hidden =
    unknown === 0
      ? ""
      : `${counted(unknown, "answer")} could not be read${why}: errors in them are not counted\n`;
  const first = (await grid(COLUMNS, rows)) + hidden + part;
  return slow.length === 0 ? first : `${first}\nSlowest calls\n${await grid(SLOW_COLUMNS, slow)}`;
}
