/** The option --shard I/N, and what does not go with it. */
import { type Command, InvalidArgumentError } from "commander";
import { MAX_PARTS } from "../reassembly/division.js";
import { CommandError } from "./failure.js";

export interface Shard {
  /** From 0. */
  index: number;
  count: number;
}

export interface ShardOptions {
  shard?: Shard;
}

/** `0/4`: the first of four. Throws InvalidArgumentError. */
function parseShard(text: string): Shard {
  const [, i, n] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? [];
  const index = Number(i);
  const count = Number(n);
  if (i === undefined || count < 1 || count > MAX_PARTS || index >= count) {
    throw new InvalidArgumentError(
      `Give which part of how many, counted from 0, such as 0/4; at most ${MAX_PARTS} parts.`,
    );
  }
  return { index, count };
}

export function addShard(command: Command): Command {
  return command.option(
    "--shard <i/n>",
    "do part I of N, from 0, and write what raiscope merge needs to join the parts",
    parseShard,
  );
}

/** What is decided when parts are merged, as option and words. */
const OF_MERGE: { readonly [option: string]: string } = {
  redact: "--redact",
  where: "-Y",
  onlyRai: "--only-rai",
  interface: "--interface",
  status: "--status",
  host: "--host",
  transport: "--transport",
  columns: "-e",
  failOn: "--fail-on",
  sensor: "--sensor",
  ladder: "--ladder",
};

/** Options that need the whole run, or the bytes of it. */
const NOT_DIVIDED: { readonly [option: string]: string } = {
  write: "-w",
  tree: "-V",
  hex: "-x",
  ranges: "--ranges",
};

/** Throws CommandError where an option asks for what a part of a run cannot do. */
export function refuseBesideShard(options: ShardOptions & { readonly [option: string]: unknown }): void {
  if (options.shard === undefined) return;
  const { redact } = options;
  if (redact === true) {
    throw new CommandError(
      "--redact hides nothing in a shard, which holds what its calls are decoded from",
      "give it to raiscope merge, and keep the shards as you keep the capture",
      "usage",
    );
  }
  for (const [option, words] of Object.entries(NOT_DIVIDED)) {
    if (options[option] === undefined || options[option] === false) continue;
    throw new CommandError(`${words} needs the whole capture, and --shard reads a part of it`, null, "usage");
  }
  for (const [option, words] of Object.entries(OF_MERGE)) {
    if (options[option] === undefined || options[option] === false) continue;
    throw new CommandError(
      `${words} is for records, which there are when all shards are merged`,
      "give it to raiscope merge",
      "usage",
    );
  }
}
