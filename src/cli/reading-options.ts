/** Options of every command that reads captures, in the shapes that are typed for tshark. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { PacketFilter } from "../capture/packet-filter.js";
import type { Moment } from "../capture/time-window.js";
import { TIME_FORMATS, type TimeFormat } from "../output/times.js";
import { CommandError } from "./failure.js";
import { parseMoment } from "./moments.js";

/** How times and addresses are shown. */
export interface SpellingOptions {
  timeFormat?: TimeFormat;
  local?: boolean;
  /** Where names of addresses come from; false where -n says that none are wanted. */
  resolve?: Source[] | boolean;
}

/** Where a name of an address may come from. */
export type Source = { how: "capture" | "dns" } | { how: "hosts"; file: string };

/** What commander makes of the options of captures that were made before. */
export interface ReadingOptions extends SpellingOptions {
  readFile?: string[];
  after?: Moment;
  before?: Moment;
  /** What -f says, once it is compiled. */
  packets?: PacketFilter;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Throws InvalidArgumentError. */
function parseSources(text: string, before: Source[] | boolean | undefined): Source[] {
  const sources = text.split(",").map((part): Source => {
    const how = part.trim();
    if (how === "capture" || how === "dns") return { how };
    if (how.startsWith("hosts=") && how.length > 6) return { how: "hosts", file: how.slice(6) };
    throw new InvalidArgumentError("Give capture, hosts=FILE or dns, or several with commas.");
  });
  return [...(Array.isArray(before) ? before : []), ...sources];
}

/** Files to read, as words and as `-r FILE`. */
export function addFiles(command: Command, what = "captures, or directories of captures"): Command {
  return command
    .argument("[file...]", what)
    .option("-r, --read-file <file>", "the same as naming the file; repeatable", collect);
}

/** Files to read, and which of their frames. */
export function addInputs(command: Command): Command {
  return addSpelling(
    addFiles(command, "captures, directories of captures, or -")
      .option(
        "--after <time>",
        "decode only frames from this time on: RFC 3339, without a zone in that of this machine, or seconds since 1970",
        parseMoment,
      )
      .option("--before <time>", "decode only frames before this time", parseMoment)
      .option("-f, --filter <bpf>", "decode only frames that this filter lets through, in tcpdump's syntax")
      .hook("preAction", async (_, running) => {
        const { filter } = running.opts<{ filter?: string }>();
        if (filter === undefined) return;
        const { packetFilter } = await import("./packet-filter.js");
        running.setOptionValue("packets", packetFilter(filter));
      }),
  );
}

/** How text outputs show times and addresses. */
export function addSpelling(command: Command): Command {
  return command
    .addOption(
      new Option(
        "-t, --time-format <format>",
        "times in text as tshark's: ad date and time, a time, r since the first frame, d since the frame before, e since 1970, u time in UTC (default: time in UTC, under the day)",
      ).choices(TIME_FORMATS),
    )
    .option("--local", "times in text in the zone of this machine")
    .option(
      "--resolve <how>",
      "names beside addresses in text: capture, those that the capture itself tells; hosts=FILE, of a file such as /etc/hosts; dns, asked of the resolver; commas for several",
      parseSources,
    )
    .option("-n, --no-resolve", "resolve no names, which is the default");
}

/** What a command that captures says to options of captures that were made before. */
export function addRefusedOfLive(command: Command): Command {
  for (const name of ["after", "before"]) {
    const refuse = (): never => {
      throw new CommandError(
        `--${name} is for captures that were made before: a live capture decodes every frame as it comes`,
        "-a duration:S ends a capture, and -w FILE keeps it for raiscope analyze",
        "usage",
      );
    };
    command.addOption(new Option(`--${name} <time>`).argParser(refuse).hideHelp());
  }
  return command;
}

/** All files that were named, those of -r first. Ends the command as for a missing argument where there are none. */
export function inputsOf(command: Command, files: readonly string[], options: ReadingOptions): string[] {
  const named = [...(options.readFile ?? []), ...files];
  if (named.length === 0) {
    command.error("error: missing required argument 'file'", { code: "commander.missingArgument" });
  }
  return named;
}

/** Refuses options that contradict each other. Throws CommandError. */
export function refuseContradictions({ timeFormat, local, after, before }: ReadingOptions): void {
  if (timeFormat === "u" && local === true) {
    throw new CommandError("-t u asks for times in UTC, --local for those of this machine", null, "usage");
  }
  if (after === undefined || before === undefined) return;
  if ((before.seconds - after.seconds || before.nanos - after.nanos) <= 0) {
    throw new CommandError("--before is not later than --after: no frame is between them", null, "usage");
  }
}
