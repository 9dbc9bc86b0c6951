/** The command line of `raiscope fleet`. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Extent } from "../../fleet/window.js";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import type { AddOptions } from "../fleet/add.js";
import { parseExtent, parseWindow } from "../fleet/extents.js";
import { parseSensor } from "../fleet/sensor.js";
import type { StatusOptions } from "../fleet/status.js";
import type { WorkOptions } from "../fleet/work.js";
import { addCommonOptions, addKeyOptions, parseCount, parseSize } from "../options.js";

const EXAMPLES = `
Ring files of many sensors, read by any number of workers: docs/fleet.md. The queue is a Redis (appendonly yes, maxmemory-policy
noeviction), the results are a folder that all workers write to.

Examples:
  raiscope fleet add --queue redis://10.0.0.1 --sensor dc1 /captures/dc1
  raiscope fleet add --queue redis://10.0.0.1 --sensor dc1 --watch /captures/dc1
  raiscope fleet work --queue redis://10.0.0.1 --results /results --concurrency 4
  raiscope fleet status --queue redis://10.0.0.1`;

const ADD_EXAMPLES = `
What was added before is left alone, so that the same command may run again and again. A file that is still written is left for the
next time. Files are in the order of their first frames.

Examples:
  raiscope fleet add --queue redis://10.0.0.1 --sensor dc1 /captures/dc1
  raiscope fleet add --queue redis://10.0.0.1 --sensor dc1 --window 4files --overlap 15m /captures/dc1

Exit status: 0 all was added, 1 usage or no queue, 2 a file cannot be read, 130 or 143 stopped by a signal.`;

const WORK_EXAMPLES = `
Workers may run on any machine that has the ring files under the same paths. One that is killed loses nothing: another takes its
window after --stalled-after. SIGTERM lets it finish the window at hand; a second one ends it at once.

Examples:
  raiscope fleet work --queue redis://10.0.0.1 --results /results
  raiscope fleet work --queue redis://10.0.0.1 --results /results --once --secrets secrets.json

Exit status: 0 done (--once), 1 usage or no queue, 2 a window could not be read, 130 or 143 stopped by a signal.`;

const STATUS_EXAMPLES = `
Gaps are ring files that are missing or have changed since they were planned, windows that failed, and those that were not read whole.

Examples:
  raiscope fleet status --queue redis://10.0.0.1
  raiscope fleet status --queue redis://10.0.0.1 --results /results -T json | jq '.[] | select(.gaps != [])'

Exit status: 0 no gap, 1 usage or no queue, 2 there are gaps.`;

/** Bytes before an overlap that are looked through, where nothing else is asked for. */
const LOOK_BACK = 256 * 1024 * 1024;

export function registerFleet(program: Command, finish: Finish): void {
  const fleet = program
    .command("fleet")
    .summary("ring files of many sensors, read by many workers over a queue")
    .description("Reads the ring files of many sensors with many workers, over a queue in Redis.")
    .addHelpText("after", EXAMPLES);
  registerAdd(fleet, finish);
  registerWork(fleet, finish);
  registerStatus(fleet, finish);
}

function withQueue(command: Command): Command {
  return command.requiredOption("--queue <url>", "the Redis that holds the queue: redis://HOST[:PORT][/DB]");
}

function registerAdd(fleet: Command, finish: Finish): void {
  withQueue(
    fleet
      .command("add")
      .summary("plan the ring files of a sensor as windows, and queue them")
      .description("Plans the ring files of a sensor as windows and puts those into the queue.")
      .argument("<folder|file...>", "folders with ring files, or ring files"),
  )
    .requiredOption("--sensor <name>", "the sensor whose files these are", parseSensor)
    .addOption(
      new Option("--window <amount>", "what a window owns: files, a size or a time")
        .argParser(parseWindow)
        .default({ unit: "files", amount: 8 } satisfies Extent, "8files"),
    )
    .addOption(
      new Option("--overlap <amount>", "how much is read before and behind a window: a time, files or a size")
        .argParser(parseExtent)
        .default({ unit: "seconds", amount: 600 } satisfies Extent, "10m"),
    )
    .addOption(new Option("--overlap-before <amount>", "the same before it alone").argParser(parseExtent))
    .addOption(new Option("--overlap-behind <amount>", "the same behind it alone").argParser(parseExtent))
    .addOption(
      new Option(
        "--look-back <size>",
        "earlier files that are looked through where a conversation may be older than the overlap; 0 for none",
      )
        .argParser(parseLookBack)
        .default(LOOK_BACK, "256M"),
    )
    .option("--watch", "go on looking for new files")
    .addOption(
      new Option("--every <seconds>", "with --watch: seconds between two looks")
        .argParser(parseCount)
        .default(10),
    )
    .addOption(
      new Option("--patience <time>", "with --watch: how long a file waits at most for its window to be full")
        .argParser(parsePatience)
        .default(1_800, "30m"),
    )
    .option("-q, --quiet", "only errors on standard error")
    .addHelpText("after", ADD_EXAMPLES)
    .action(async (paths: string[], options: Omit<AddOptions, "overlapBefore"> & AddChoices) => {
      const { addToFleet } = await import("../fleet/add.js");
      const { overlap, overlapBefore = overlap, overlapBehind = overlap } = options;
      finish(await addToFleet(paths, { ...options, overlapBefore, overlapBehind }));
    });
}

interface AddChoices {
  overlap: Extent;
  overlapBefore?: Extent;
  overlapBehind?: Extent;
}

function registerWork(fleet: Command, finish: Finish): void {
  const command = withQueue(
    fleet
      .command("work")
      .summary("read windows from the queue and write their records")
      .description("Reads windows from the queue and writes their records into the results."),
  )
    .requiredOption("--results <folder>", "where records and the ledger are written")
    .addOption(
      new Option("-T, --format <format>", "how records are written")
        .choices(["parquet", "ndjson"])
        .default("parquet"),
    )
    .addOption(
      new Option("--concurrency <n>", "so many windows at a time, a process each")
        .argParser(parseCount)
        .default(1),
    )
    .option("--once", "end when nothing is left to do")
    .option("--retry", "begin windows anew that were given up")
    .addOption(
      new Option(
        "--stalled-after <seconds>",
        "give a window to another worker when nothing was heard for so long",
      )
        .argParser(parseCount)
        .default(30),
    );
  addCommonOptions(addKeyOptions(addFindingOptions(command)))
    .addHelpText("after", WORK_EXAMPLES)
    .action(async (options: WorkOptions) => {
      const { workOnFleet } = await import("../fleet/work.js");
      finish(await workOnFleet(options));
    });
}

function registerStatus(fleet: Command, finish: Finish): void {
  withQueue(
    fleet
      .command("status")
      .summary("what is done, what is left, and what is missing")
      .description("Shows of each sensor what is done, what is left and what is missing."),
  )
    .option("--results <folder>", "count what the ledger has and the queue has forgotten")
    .addOption(
      new Option("-T, --format <format>", "table or json").choices(["table", "json"]).default("table"),
    )
    .addHelpText("after", STATUS_EXAMPLES)
    .action(async (options: StatusOptions) => {
      const { showFleet } = await import("../fleet/status.js");
      finish(await showFleet(options));
    });
}

/** Throws InvalidArgumentError. */
function parseLookBack(text: string): number {
  return text.trim() === "0" ? 0 : parseSize(text);
}

/** Throws InvalidArgumentError. */
function parsePatience(text: string): number {
  const { unit, amount } = parseExtent(text);
  if (unit !== "seconds") throw new InvalidArgumentError("Give a time (600s, 30m, 2h).");
  return amount;
}
