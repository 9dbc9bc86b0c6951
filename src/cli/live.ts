/** What `raiscope sniff` does: opens interfaces, gives up root, and runs until it is stopped. */

import { chownSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { Analyzer } from "../analyzer.js";
import { type EngineName, LiveError, type LiveSettings } from "../capture/live/engine.js";
import type { LiveSource } from "../capture/live/live-source.js";
import { type Opened, openLive } from "../capture/live/open-live.js";
import {
  type Account,
  accountOf,
  defaultUser,
  giveUpRoot,
  isRoot,
  keepAsIs,
  mayWriteIn,
  PrivilegeError,
  type Remaining,
  setRootAside,
} from "../capture/live/privilege.js";
import type { CaptureRecord, SummaryRecord } from "../events.js";
import { prepareShipped } from "../interfaces.js";
import { KeepRai } from "../live/keep-rai.js";
import { Matches } from "../live/matches.js";
import { makeFilter } from "../output/filters.js";
import { grouped } from "../output/format.js";
import type { View } from "../output/formats.js";
import type { Spelling } from "../output/spelling.js";
import { captureLine, summaryLines } from "../output/summary.js";
import { warnOfContradictions } from "./analyze.js";
import { checkColumns } from "./column-options.js";
import { usesAcknowledged } from "./display-filter.js";
import { FailOn } from "./fail-on.js";
import { type About, CommandError, complain, EXIT, notice, SUMMARY, systemReason, warn } from "./failure.js";
import type { FindingChoices } from "./finding-options.js";
import { framesOf, namesFor, spellingFor } from "./frames.js";
import { interfacesFor, readingAlone, report } from "./inputs.js";
import { fileConditions, type LiveOptions } from "./live-options.js";
import { SignalWatch } from "./live-signals.js";
import { openTarget, type Target } from "./live-target.js";
import { WriteWatch } from "./live-writing.js";
import {
  type CommonOptions,
  filterOptions,
  helperNames,
  type KeyOptions,
  type RecordOptions,
} from "./options.js";
import {
  type AnyOutput,
  finishOutputs,
  formatsOf,
  observes,
  openOutputs,
  outputNames,
  refuseSensorWithoutTree,
  refuseUnknownSuffixes,
  showsAcknowledged,
} from "./outputs.js";
import { run } from "./pipeline.js";
import { refuseContradictions, type SpellingOptions } from "./reading-options.js";
import { redactionFor, type Say, speaker } from "./redaction.js";
import { isStdout, named, refuseSame } from "./same-file.js";
import { makeKeyRing } from "./secrets.js";
import { findingsOf } from "./shown-kinds.js";
import { Stop } from "./stop.js";
import { newTracing, showsTrees, TREE_KINDS, withTrees } from "./tracing.js";
import { viewOf } from "./view.js";

export type SniffOptions = FindingChoices &
  RecordOptions &
  KeyOptions &
  CommonOptions &
  LiveOptions &
  SpellingOptions;

/** The whole frame, as tcpdump. */
const WHOLE = 262_144;
/** Milliseconds between two looks at files and held frames. */
const CHORES = 100;

const ENGINE_LIMIT: About = { severity: "warning", code: "engine-limit" };
const NOT_REOPENED: About = { severity: "error", code: "not-reopened" };

export async function sniff(choices: SniffOptions): Promise<number> {
  const options = withTrees(choices);
  warnOfContradictions(options);
  refuseContradictions(options);
  const { ring, stop: autostop } = fileConditions(options);
  const written = outputNames(options.output ?? [], options.format);
  if (options.write !== undefined && isStdout(options.write) && written.some(({ path }) => isStdout(path))) {
    throw new CommandError(
      "-w - writes the capture to standard output: send the records elsewhere with -o FILE",
    );
  }
  const captureTo = options.write === undefined ? [] : [options.write];
  refuseSame([...written, ...named("-w", captureTo)], helperNames(options));
  refuseUnknownSuffixes(options.output ?? [], options.format);
  refuseSensorWithoutTree(options.output ?? [], options.format, options.sensor);
  checkColumns(options, formatsOf(options.output ?? [], options.format));
  const account = accountFor(options.user);
  const keys = await makeKeyRing(options, options.quiet === true);
  const interfaces = interfacesFor(options);
  const tracing = showsTrees(options.output ?? [], options.format, options)
    ? await newTracing(interfaces, options)
    : null;
  const gate = await redactionFor(options.redact, interfaces);
  // Rules are read while this is still root, or whoever may read them.
  const findings = await findingsOf(options, interfaces, gate, true);
  const analyzer = new Analyzer({
    interfaces,
    keys,
    witness: tracing?.witness,
    maxMemory: options.maxMemory,
    // Reports of one offer are known by its id, in text as well.
    ids: true,
    acknowledged: showsAcknowledged(options.output ?? [], options.format) || usesAcknowledged(options),
    observe: observes(options.output ?? [], options.format) || findings?.needs.observations === true,
    live: true,
  });
  const settings = settingsFor(options, account, keys !== null);
  loadEverything();
  const redaction = tracing?.followed(gate) ?? gate;
  const trees = tracing?.trees(gate, new Set(options.events ?? TREE_KINDS), options);
  const say = speaker(redaction);
  const opened = await openEngines(options.engine ?? "auto", settings);
  const { source } = opened;
  const frames = framesOf(source, options);
  const names = await namesFor(options);
  const spelling = spellingFor(options, frames.clock, analyzer, [], names);
  let remaining: Remaining = keepAsIs();
  let outputs: AnyOutput[] = [];
  let target: Target | null = null;
  try {
    outputs = await openRecords(
      options,
      {
        ...viewOf(options, analyzer, true, spelling, null),
        trees,
        ranges: options.ranges === true ? tracing?.rangesOf : undefined,
      },
      account,
    );
    if (options.write !== undefined) {
      target = await openTarget({
        path: options.write,
        ring,
        lastFile: autostop.files,
        interfaces: opened.filters.map((filter, index) => ({
          name: source.interfaces[index]!,
          snaplen: settings.snaplen,
          filter,
        })),
        owner: account,
        remaining: () => remaining,
        onFile: (path) => {
          if (ring !== null && options.verbose === true) complain(`writing ${path}`, notice("capturing"));
        },
        onEnd: () => source.stop(),
      });
    }
    for (const output of outputs) output.begin();
    if (account !== null) {
      const beside = ring !== null && options.write !== undefined ? dirname(options.write) : null;
      if (beside !== null && !mayWriteIn(beside, account)) {
        complain(
          `${beside} cannot be written by ${account.name}: root is kept in reserve, not dropped, to open the next files`,
          { severity: "warning", code: "root-kept" },
        );
        remaining = setRootAside(account);
      } else {
        remaining = giveUpRoot(account);
      }
    }
  } catch (error) {
    for (const output of outputs) output.discard();
    await source.close();
    if (error instanceof PrivilegeError) throw new CommandError(error.message);
    throw error;
  }
  announce(opened, settings, account, options);

  const filter = makeFilter(filterOptions(options, analyzer.table));
  const matches = options.keep === "matches" ? new Matches(analyzer.flows, filter) : null;
  const keep =
    target !== null && (matches !== null || options.keep === "rai")
      ? new KeepRai(matches ?? analyzer.flows, target, null, analyzer.memory.keep)
      : null;
  const record = (): CaptureRecord => captureRecord(opened, target);
  const watch = new SignalWatch({
    end: () => source.stop(),
    reopen: () => void reopenAll(outputs, target, remaining),
    report: () => {
      void source.ask().then(() => {
        const counters = redaction.event({ ...analyzer.summary(), capture: record() });
        for (const line of summaryLines(counters, true, spelling)) say(line, SUMMARY);
        if (source.waiting > 0) say(`${grouped(source.waiting)} bytes waiting to be decoded`, SUMMARY);
      });
    },
  });
  const writing = new WriteWatch(target, outputs);
  const chores = setInterval(() => {
    keep?.tick();
    for (const note of keep?.takeNotes() ?? []) source.note(note.severity, note.code, note.message);
    target?.tick(Date.now());
    writing.look((severity, code, message) => source.note(severity, code, message));
  }, CHORES);
  let summary: SummaryRecord | null = null;
  if (autostop.seconds !== null) setTimeout(() => source.stop(), autostop.seconds * 1000).unref();
  source.start(
    tapOf(target, keep, autostop.filesize, source),
    Math.min(options.limit ?? Infinity, autostop.packets ?? Infinity),
  );

  const failOn = options.failOn === undefined ? null : new FailOn(options.failOn);
  const result = await run({
    source: frames.source,
    analyzer: findings === null ? analyzer : findings.around(readingAlone(analyzer)),
    sinks: [...(names === null ? [] : [names.sink]), ...(failOn === null ? [] : [failOn.sink]), ...outputs],
    ready: names?.ready,
    filter,
    redaction,
    stop: new Stop(),
    live: true,
    capturing: true,
    observe(events, frame) {
      if (frame !== null) tracing?.saw(frame);
      const chosen = matches?.take(events) ?? events;
      if (frame === null) keep?.events(chosen);
      else keep?.frame(frame, source.lastSource, chosen);
      const last = events.at(-1);
      if (last?.type !== "summary") return;
      // The last offers are known: so is what belongs to them.
      keep?.finish();
      last.capture = record();
      summary = last;
    },
    maxMemory: options.maxMemory,
    onNote: (note) => report(note, options, say),
  });
  clearInterval(chores);
  names?.close();
  await source.close();
  await target?.close(Date.now() / 1000, () => statisticsOf(source));
  // Why a file could not be written to its end is reported like all the rest.
  await finishOutputs(outputs);
  writing.look((severity, code, message) => {
    if (severity === "warning") warn(message, code, say);
    else say(message, { severity, code });
  });
  watch.release();
  if (summary !== null) {
    closing(redaction.event<SummaryRecord>(summary), outputs, options, watch.status, say, spelling);
  }
  if (watch.status !== null) return watch.status;
  if (writing.failed) return EXIT.damaged;
  if (result.abandoned) return EXIT.ok;
  if (!result.complete) return EXIT.damaged;
  return failOn?.reached === true ? EXIT.found : EXIT.ok;
}

/** Who to become; null where there is no root to give up. Throws CommandError. */
export function accountFor(user: string | undefined): Account | null {
  try {
    if (!isRoot()) {
      if (user === undefined || accountOf(user).uid === process.getuid?.()) return null;
      throw new CommandError(`--user ${user}: only root can become another user`);
    }
    const account = accountOf(user ?? defaultUser(process.env));
    return account.uid === 0 ? null : account;
  } catch (error) {
    if (error instanceof PrivilegeError) throw new CommandError(`--user: ${error.message}`);
    throw error;
  }
}

/** Throws CommandError. */
export function settingsFor(options: LiveOptions, account: Account | null, keys: boolean): LiveSettings {
  const interfaces = options.device ?? [];
  if (interfaces.length === 0) {
    throw new CommandError("no interface was named: -i INTERFACE", "raiscope interfaces lists what there is");
  }
  return {
    interfaces,
    filter: options.filter ?? null,
    kerberos: keys,
    snaplen: options.snaplen ?? WHOLE,
    bufferBytes: options.bufferSize ?? null,
    promiscuous: options.promiscuous !== false,
    immediate: options.immediate === true,
    user: account?.name ?? null,
  };
}

/** Throws CommandError. */
export async function openEngines(choice: EngineName | "auto", settings: LiveSettings): Promise<Opened> {
  try {
    return await openLive(choice, settings);
  } catch (error) {
    if (error instanceof LiveError) throw new CommandError(error.message, error.hint);
    throw error;
  }
}

/** Opens what the records go to. Files that were not there before are to be the user's. */
async function openRecords(options: SniffOptions, view: View, account: Account | null): Promise<AnyOutput[]> {
  const files = options.output ?? [];
  const made = files.filter((file) => file !== "-" && !existsSync(file));
  const outputs = await openOutputs(files, options.format, view);
  if (account !== null) for (const file of made) chownSync(file, account.uid, account.gid);
  return outputs;
}

function announce(
  opened: Opened,
  settings: LiveSettings,
  account: Account | null,
  options: SniffOptions,
): void {
  if (options.quiet === true) return;
  const { source, passedOver, filters } = opened;
  const who = account === null ? "" : `, as user ${account.name}`;
  complain(
    `capturing on ${source.interfaces.join(", ")} with ${source.engine.name}: ${source.engine.nature}${who}`,
    notice("capturing"),
  );
  if (passedOver.length > 0) complain(`skipped: ${passedOver.join("; ")}`, notice("engine-skipped"));
  if (settings.snaplen > 65_535 && source.engine.name === "cap" && options.snaplen !== undefined) {
    complain("cap captures at most 65,535 bytes of a frame", ENGINE_LIMIT);
  }
  if (options.immediate === true && source.engine.name !== "tcpdump") {
    complain(`--immediate is for tcpdump; ${source.engine.name} has no such option`, ENGINE_LIMIT);
  }
  if (options.verbose === true) {
    for (const filter of new Set(filters)) complain(`filter: ${filter}`, notice("capturing"));
  }
}

/** Loads what is otherwise read when it is first needed: whoever this process becomes may not be able to read it. */
export function loadEverything(): void {
  prepareShipped();
}

/** Who sees every frame before any is dropped. `filesize`: thousands of bytes after which the run ends. */
function tapOf(
  target: Target | null,
  keep: KeepRai | null,
  filesize: number | null,
  source: LiveSource,
): Parameters<LiveSource["start"]>[0] {
  if (target === null || keep !== null) return null;
  const limit = filesize === null ? Number.POSITIVE_INFINITY : filesize * 1000;
  return (frame, of) => {
    if (target.size >= limit) return;
    target.frame(frame, of);
    if (target.size >= limit) source.stop();
  };
}

function captureRecord({ source, filters }: Opened, target: Target | null): CaptureRecord {
  const { received, droppedKernel, droppedInterface, droppedOwn } = source.counters;
  return {
    engine: source.engine.name,
    time_stamps: source.engine.timeStamps,
    interfaces: [...source.interfaces],
    filters,
    received,
    dropped_kernel: droppedKernel,
    dropped_interface: droppedInterface,
    dropped_own: droppedOwn,
    written: target === null ? null : { frames: target.frames, bytes: target.bytes, files: target.files },
  };
}

/** Of one interface; of several together nothing is reported, since the counters are sums. */
function statisticsOf(source: LiveSource): { received: number | null; dropped: number | null } {
  if (source.interfaces.length > 1) return { received: null, dropped: null };
  const { received, droppedKernel } = source.counters;
  return { received, dropped: droppedKernel };
}

async function reopenAll(
  outputs: readonly AnyOutput[],
  target: Target | null,
  remaining: Remaining,
): Promise<void> {
  for (const output of outputs) {
    try {
      await remaining.opening(() => output.reopen());
    } catch (error) {
      complain(`SIGHUP: ${(error as Error).message}; still writing to the old file`, NOT_REOPENED);
    }
  }
  try {
    target?.reopen();
  } catch (error) {
    complain(`SIGHUP: ${target!.path}: ${systemReason(error)}; still writing to the old file`, NOT_REOPENED);
  }
}

/** What standard error gets at the end: all counters after a signal, those of the capture always. */
function closing(
  summary: SummaryRecord,
  outputs: readonly AnyOutput[],
  options: SniffOptions,
  signal: number | null,
  say: Say,
  spelling: Spelling,
): void {
  if (options.quiet === true) return;
  const shown = outputs.some((output) => output.format === "transcript" && output.name === "standard output");
  if (signal !== null || !shown) {
    for (const line of summaryLines(summary, true, spelling)) say(line, SUMMARY);
  } else if (summary.capture !== null) say(captureLine(summary.capture), SUMMARY);
}
