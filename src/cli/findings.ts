/** What findings need before a run: rules read, held against what captures show, and put before the outputs as a stage. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import { Detecting } from "../detect/detecting.js";
import { Detector, type Needs } from "../detect/detector.js";
import { Helpers } from "../detect/helpers.js";
import type { RuleFile } from "../detect/rules/read-rules.js";
import type { Problem } from "../detect/rules/rule.js";
import type { DetectionLevel, EventKind } from "../events.js";
import { grouped } from "../output/format.js";
import { CommandError, complain, nameOf, notice, systemReason } from "./failure.js";
import type { FindingChoices } from "./finding-options.js";
import { type Reading, readText } from "./inputs.js";
import type { CommonOptions } from "./options.js";
import type { Redaction } from "./redaction.js";
import { standing } from "./same-file.js";

/** Of what is wrong with a rule. */
const RULE_PROBLEM = "rule-problem";
/** How much of the run's memory findings may take. */
const MEMORY_SHARE = 1 / 16;
/** Problems that are told one by one. */
const TOLD = 50;

export interface FindingsOptions extends FindingChoices, CommonOptions {
  /** What the command is about. */
  only?: readonly EventKind[];
}

interface Surroundings {
  /** Some output shows findings, or they decide how the run ends. */
  wanted: boolean;
  names: (uuid: string) => string | null;
  redaction: Redaction;
  live: boolean;
}

/** A run's findings. */
export interface Findings {
  readonly needs: Needs;
  /** What makes events, with findings among them. */
  around(reading: Reading): Reading;
}

const NOTHING_NEEDED: Needs = { kinds: new Set<EventKind>(), observations: false, ids: false };

/** Throws CommandError where a rule or a file is wrong. */
export async function findingsFor(options: FindingsOptions, around: Surroundings): Promise<Findings> {
  const helpers = options.helpers === undefined ? null : new Helpers(readText(options.helpers));
  const level = options.level ?? (options.only?.includes("detection") ? "informational" : "low");
  const detector = around.wanted ? await detectorFor(options, level, helpers, around) : null;
  const stage = new Detecting({ detector, helpers, level });
  return {
    needs: detector?.needs ?? NOTHING_NEEDED,
    around: (reading) => ({
      push: (frame) => stage.take(reading.push(frame)),
      tick: (seconds, flush) => stage.take(reading.tick(seconds, flush)),
      report: (found) => reading.report(found),
      lacks: (wants) => reading.lacks(wants),
      *finish(end) {
        yield* stage.finish(reading.finish(end), () =>
          reading.report((detector?.takeNotes() ?? []).map((note) => ({ ...note, frame: 0 }))),
        );
      },
    }),
  };
}

async function detectorFor(
  options: FindingsOptions,
  level: DetectionLevel,
  helpers: Helpers | null,
  { names, redaction, live }: Surroundings,
): Promise<Detector> {
  const files: RuleFile[] = [];
  if (options.shippedRules !== false) {
    const { shippedRules } = await import("../detect/shipped-rules.js");
    files.push(shippedRules());
  }
  const own = await readRuleFiles(options.rules ?? []);
  const { bindRules } = await import("../detect/rules/rule-book.js");
  const rules = bindRules([...files, ...own]);
  const isUsable = own.some((file) => file.rules.length > 0 || file.correlations.length > 0);
  tellProblems(rules.problems, isUsable ? (options.rules ?? []) : null);
  const placeholders = new Map(helpers === null ? [] : [["helpers", helpers.names] as const]);
  const detector = new Detector({
    rules,
    placeholders,
    level,
    names,
    shown: (event) => redaction.event(event),
    live,
    maxBytes: (options.maxMemory ?? DEFAULT_MAX_MEMORY) * MEMORY_SHARE,
  });
  if (options.rules !== undefined && options.quiet !== true) tellUnused(detector, options.verbose === true);
  return detector;
}

/** Throws CommandError. */
async function readRuleFiles(paths: readonly string[]): Promise<RuleFile[]> {
  if (paths.length === 0) return [];
  const { readRules } = await import("../detect/rules/read-rules.js");
  const { SHIPPED_PLACEHOLDERS } = await import("../detect/shipped-placeholders.js");
  return [...new Set(paths.flatMap(ruleFiles))].map((file) =>
    readRules(readText(file), file, SHIPPED_PLACEHOLDERS),
  );
}

/** The file itself, or the rules of a folder and of those in it, by name. Throws CommandError. */
function ruleFiles(path: string): string[] {
  if (standing(path)?.isDirectory() !== true) return [path];
  let names: string[];
  try {
    names = readdirSync(path, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: ${systemReason(error)}`);
  }
  const files = names
    .filter((name) => /\.ya?ml$/i.test(name))
    .map((name) => join(path, name))
    .filter((file) => standing(file)?.isFile() === true);
  if (files.length === 0) throw new CommandError(`${path}: it is a folder without a .yml file in it`);
  return files.sort();
}

/**
 * Throws CommandError where a file that was named holds what cannot be used: a rule that is not understood finds nothing, and
 * nobody would know. Of a folder, where rules of all kinds lie, those are told, and the others are used. `named`: null
 * where no other is left.
 */
function tellProblems(problems: readonly Problem[], named: readonly string[] | null): void {
  if (problems.length === 0) return;
  for (const { file, line, message } of problems.slice(0, TOLD)) {
    complain(`${file}:${line}: ${message}`, { severity: "error", code: RULE_PROBLEM });
  }
  const hidden = problems.length > TOLD ? ` (${grouped(problems.length - TOLD)} problems are not shown)` : "";
  const refused = new Set(problems.map(({ file, title }) => `${file}\n${title}`)).size;
  const many = refused === 1 ? "1 rule cannot be used" : `${grouped(refused)} rules cannot be used`;
  if (named === null || problems.some(({ file }) => named.includes(file))) {
    throw new CommandError(many + hidden, null, RULE_PROBLEM);
  }
  complain(`${many}${hidden}; the others of the folder are`, { severity: "warning", code: RULE_PROBLEM });
}

function tellUnused({ unused }: Detector, each: boolean): void {
  if (unused.length === 0) return;
  const about = notice("rules-unused");
  if (each) {
    for (const { rule, reason } of unused) complain(`${rule.file}:${rule.line}: not used: ${reason}`, about);
    return;
  }
  const many = unused.length === 1 ? "1 rule is" : `${grouped(unused.length)} rules are`;
  complain(`${many} not used, since captures do not show what they are for (-v lists them)`, about);
}
