/** What `raiscope fleet status` does: what the queue, the plans and the ledger say of each sensor, gaps first of all. */

import { type LedgerLine, lineOf, readLedger } from "../../fleet/node/ledger.js";
import { JOB_STATES, JobQueue } from "../../fleet/node/queue.js";
import { type Plan, Registry } from "../../fleet/node/registry.js";
import { missingNumbers } from "../../fleet/ring-numbers.js";
import { inOrder } from "../../fleet/window.js";
import { EXIT } from "../failure.js";
import { print } from "../stdout.js";
import { withRedis } from "./with-redis.js";

export interface StatusOptions {
  queue: string;
  format: "table" | "json";
  results?: string;
  quiet?: boolean;
}

/** What is wrong with a sensor's files or windows. */
export interface Gap {
  kind: "changed" | "not-in-ring" | "failed" | "incomplete";
  /** A file, or a window's name. */
  what: string;
  reason: string;
}

export interface SensorStatus {
  sensor: string;
  files: number;
  windows: number;
  /** Windows by state. */
  states: { [state: string]: number };
  frames: number;
  bytes: number;
  calls: number;
  offers: number;
  provisional: number;
  notes: { [code: string]: number };
  first: string | null;
  last: string | null;
  gaps: Gap[];
}

/** Gaps of one sensor that a table lists. */
const SHOWN_GAPS = 20;

export async function showFleet(options: StatusOptions): Promise<number> {
  const sensors = await withRedis(options.queue, true, async (redis) => {
    const queue = await JobQueue.open(redis);
    try {
      const registry = new Registry(redis);
      const known = new Map<string, SensorStatus>();
      for (const sensor of await registry.sensors()) {
        known.set(sensor, await ofPlan(sensor, await registry.plan(sensor)));
      }
      const done = new Set<string>();
      for (const state of JOB_STATES) {
        for await (const job of queue.jobs(state)) {
          const status = known.get(job.data.sensor) ?? empty(job.data.sensor);
          known.set(status.sensor, status);
          status.states[state] = (status.states[state] ?? 0) + 1;
          if (state === "completed") {
            done.add(`${status.sensor} ${job.data.name}`);
            addLine(status, job.data.name, job.returnvalue);
          }
          if (state === "failed") {
            status.gaps.push({ kind: "failed", what: job.data.name, reason: job.failedReason });
          }
        }
      }
      // What the queue has forgotten, the ledger knows.
      for (const entry of options.results === undefined ? [] : readLedger(options.results)) {
        const { sensor, name } = entry;
        if (done.has(`${sensor} ${name}`)) continue;
        const status = known.get(sensor) ?? empty(sensor);
        known.set(sensor, status);
        status.states.recorded = (status.states.recorded ?? 0) + 1;
        addLine(status, name, lineOf(entry));
      }
      return [...known.values()].sort((a, b) => (a.sensor < b.sensor ? -1 : 1));
    } finally {
      await queue.close();
    }
  });
  if (options.format === "json") await print(`${JSON.stringify(sensors, null, 1)}\n`);
  else await print(await table(sensors));
  return sensors.some(({ gaps }) => gaps.length > 0) ? EXIT.damaged : EXIT.ok;
}

function empty(sensor: string): SensorStatus {
  return {
    sensor,
    files: 0,
    windows: 0,
    states: {},
    frames: 0,
    bytes: 0,
    calls: 0,
    offers: 0,
    provisional: 0,
    notes: {},
    first: null,
    last: null,
    gaps: [],
  };
}

async function ofPlan(sensor: string, plan: Plan): Promise<SensorStatus> {
  const status = empty(sensor);
  const files = inOrder([...plan.files.values()]);
  status.files = files.length;
  status.windows = plan.windows.size;
  status.first = files.find(({ first }) => first !== null)?.first ?? null;
  status.last = files.findLast(({ first }) => first !== null)?.first ?? null;
  for (const { path, changed, size } of files) {
    if (changed !== undefined) {
      const reason = `it was planned with ${size} bytes and has ${changed.size}`;
      status.gaps.push({ kind: "changed", what: path, reason });
    }
  }
  for (const { path, before, after } of missingNumbers(files.map(({ path }) => path))) {
    status.gaps.push({
      kind: "not-in-ring",
      what: path,
      reason: `by its number between ${before} and ${after}`,
    });
  }
  return status;
}

function addLine(status: SensorStatus, name: string, line: LedgerLine): void {
  status.frames += line.frames;
  status.bytes += line.bytes;
  status.calls += line.calls;
  status.offers += line.offers;
  status.provisional += line.provisional;
  for (const [code, count] of Object.entries(line.notes))
    status.notes[code] = (status.notes[code] ?? 0) + count;
  if (line.complete && line.lacks.length === 0) return;
  const reason = line.lacks.join("; ") || "not all of it was read";
  status.gaps.push({ kind: "incomplete", what: name, reason });
}

async function table(sensors: readonly SensorStatus[]): Promise<string> {
  if (sensors.length === 0) return "no sensor was added\n";
  const { grid } = await import("../../output/grid.js");
  const { grouped, size } = await import("../../output/format.js");
  const { visible } = await import("../../output/visible.js");
  const numbers = [
    "files",
    "windows",
    "done",
    "active",
    "waiting",
    "failed",
    "read",
    "calls",
    "offers",
    "gaps",
  ];
  const columns = [{ title: "sensor" }, ...numbers.map((title) => ({ title, right: true }))];
  const rows = sensors.map(({ sensor, files, windows, states, bytes, calls, offers, gaps }) => [
    sensor,
    grouped(files),
    grouped(windows),
    grouped((states.completed ?? 0) + (states.recorded ?? 0)),
    grouped(states.active ?? 0),
    grouped((states.waiting ?? 0) + (states.delayed ?? 0)),
    grouped(states.failed ?? 0),
    size(bytes),
    grouped(calls),
    grouped(offers),
    grouped(gaps.length),
  ]);
  const lines: string[] = [];
  for (const { sensor, gaps } of sensors) {
    for (const { kind, what, reason } of gaps.slice(0, SHOWN_GAPS)) {
      lines.push(`${visible(`${sensor}: ${kind}: ${what}: ${reason}`)}\n`);
    }
    if (gaps.length > SHOWN_GAPS) {
      lines.push(`${sensor}: ${grouped(gaps.length - SHOWN_GAPS)} more gaps (-T json lists them)\n`);
    }
  }
  return (await grid(columns, rows)) + lines.join("");
}
