/** What `raiscope fleet work` does: windows from the queue, records into the results, the ledger last. */

import { mkdirSync } from "node:fs";
import { EVENT_KINDS, type EventKind } from "../../events.js";
import { type LedgerEntry, type LedgerLine, lineOf, readEntry, writeEntry } from "../../fleet/node/ledger.js";
import { JobQueue, startWorker, type WindowTask } from "../../fleet/node/queue.js";
import { closingOf, isClosing, SILENCE, type WindowJob } from "../../fleet/window.js";
import { CommandError, complain, EXIT, nameOf, notice, systemReason } from "../failure.js";
import type { FindingChoices } from "../finding-options.js";
import { analyzers, readingOf } from "../inputs.js";
import type { CommonOptions, KeyOptions } from "../options.js";
import { NO_REDACTION } from "../redaction.js";
import { findingsOf } from "../shown-kinds.js";
import { Stop } from "../stop.js";
import { readWindow, type WindowSettings } from "./read-window.js";
import type { NewWriter } from "./results.js";
import { withRedis } from "./with-redis.js";

export interface WorkOptions extends CommonOptions, KeyOptions, FindingChoices {
  queue: string;
  results: string;
  concurrency: number;
  format: "parquet" | "ndjson";
  /** End when nothing is left to do. */
  once?: boolean;
  retry?: boolean;
  /** Seconds after which a job goes to another worker where nothing is heard of the one that has it. */
  stalledAfter: number;
}

/** What is written: the summary of a window tells of its overlap as well, and the ledger of both. */
const WRITTEN_KINDS: ReadonlySet<EventKind> = new Set(EVENT_KINDS.filter((kind) => kind !== "summary"));

/** Milliseconds between two looks whether anything is left to do. */
const IDLE_LOOK = 500;

export async function workOnFleet(options: WorkOptions): Promise<number> {
  try {
    mkdirSync(options.results, { recursive: true });
  } catch (error) {
    throw new CommandError(`${nameOf(options.results)}: cannot be written: ${systemReason(error)}`);
  }
  const { endWithParent, workTogether } = await import("./processes.js");
  if (options.concurrency > 1) return workTogether(options.concurrency);
  endWithParent();
  const settings = await settingsOf(options);
  return withRedis(options.queue, options.quiet === true, async (redis) => {
    const queue = await JobQueue.open(redis);
    if (options.retry === true) await queue.retryFailed();
    const stop = new Stop().listen();
    // What waits for jobs holds its connection.
    const own = redis.duplicate();
    const worker = await startWorker(
      own,
      (task) => workOn(task, options, settings, queue),
      options.stalledAfter,
    );
    let failed = 0;
    worker.on("failed", (task, error) => {
      const over = task === undefined || task.attemptsMade >= (task.opts.attempts ?? 1);
      if (over) failed++;
      const what = `${task?.data.sensor ?? "?"} ${task?.data.name ?? ""}: ${error.message}`;
      complain(over ? what : `${what}; it is tried again`, {
        severity: over ? "error" : "warning",
        code: "fleet-job",
      });
    });
    try {
      while (!stop.wanted) {
        await stop.during(new Promise((done) => setTimeout(done, IDLE_LOOK)));
        if (options.once === true && !stop.wanted && (await nothingLeft(queue))) break;
      }
      // The window at hand is read to its end; a second signal ends at once.
      await worker.close();
    } finally {
      stop.release();
      await queue.close();
      own.disconnect();
    }
    return stop.status ?? (failed > 0 ? EXIT.damaged : EXIT.ok);
  });
}

/** Whether only windows are left that wait for a sensor to be silent. */
async function nothingLeft(queue: JobQueue): Promise<boolean> {
  try {
    const { waiting = 0, active = 0, delayed = 0 } = await queue.counts();
    if (waiting + active > 0) return false;
    if (delayed > 0) for await (const { data } of queue.jobs("delayed")) if (!isClosing(data)) return false;
    return true;
  } catch {
    return false;
  }
}

async function workOn(
  task: WindowTask,
  options: WorkOptions,
  settings: WindowSettings,
  queue: JobQueue,
): Promise<LedgerLine> {
  const job = task.data;
  const done = readEntry(options.results, job);
  const entry = done ?? (await readWindow(job, settings));
  // Before the ledger says that it is done: whoever is stopped in between does both again.
  if (entry.provisional > 0 && !isClosing(job)) await queue.add([closingOf(job)], silenceAfter(entry));
  if (done === null) {
    writeEntry(options.results, entry);
    if (options.quiet !== true) say(job, lineOf(entry));
  }
  return lineOf(entry);
}

/** Milliseconds until a sensor has been silent for long behind what was read. */
function silenceAfter({ inputs }: LedgerEntry): number {
  const last = Math.max(...inputs.map((input) => (input.last === null ? 0 : Date.parse(input.last))));
  return Math.max(0, last + 1_000 * (SILENCE + 1) - Date.now());
}

function say({ sensor, name }: WindowJob, { calls, provisional, complete, lacks }: LedgerLine): void {
  const open = provisional === 0 ? "" : `, ${provisional} provisional`;
  complain(`${sensor} ${name}: ${calls} calls${open}${complete ? "" : `; ${lacks.join("; ")}`}`, {
    ...notice("fleet"),
    severity: complete ? "info" : "warning",
  });
}

/** Interfaces, keys and rules are read once; memory of a run begins anew with each window. */
async function settingsOf(options: WorkOptions): Promise<WindowSettings> {
  const newAnalyzer = await analyzers(options);
  const forFindings = { ...options, format: "ndjson" as const, events: ["detection" as const] };
  const newReading: WindowSettings["newReading"] = async (inputs) => {
    const findings = await findingsOf(forFindings, newAnalyzer.table, NO_REDACTION, false);
    const observe = findings?.needs.observations === true;
    const analyzer = newAnalyzer(inputs, { ids: true, acknowledged: true, observe });
    const reading = await readingOf(inputs, analyzer);
    return { reading: findings?.around(reading) ?? reading, flows: analyzer.flows };
  };
  // A rule that is wrong is told before any window is read.
  await findingsOf(forFindings, newAnalyzer.table, NO_REDACTION, false);
  return {
    newReading,
    newWriter: await writerFor(options),
    maxMemory: options.maxMemory,
    options: shownOptions(options),
    // A window that was begun is read to its end.
    stop: new Stop(),
  };
}

async function writerFor({ results, format }: WorkOptions): Promise<NewWriter> {
  if (format === "ndjson") {
    const { ndjsonTree } = await import("./ndjson-tree.js");
    return ndjsonTree(results);
  }
  const { ParquetTree } = await import("../../lake/tree.js");
  return ({ sensor, name }) =>
    new ParquetTree({ root: results, sensor, run: name, kinds: WRITTEN_KINDS, together: true });
}

/** What decides on records, for the ledger: of secrets how many, never which. */
function shownOptions(options: WorkOptions): WindowSettings["options"] {
  const { idl = [], rules = [], maxMemory, level, helpers, shippedRules, format } = options;
  const { password = [], ntHash = [], keytab = [], sessionKey = [], secrets = [] } = options;
  return {
    format,
    idl,
    rules,
    shipped_rules: shippedRules !== false,
    level: level ?? null,
    helpers: helpers ?? null,
    max_memory: maxMemory ?? null,
    passwords: password.length,
    nt_hashes: ntHash.length,
    keytabs: keytab.length,
    session_keys: sessionKey.length,
    secrets_files: secrets.length,
  };
}
