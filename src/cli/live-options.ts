/** Options of capturing, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { EngineName } from "../capture/live/engine.js";
import type { RingLimits } from "../capture/node/ring.js";
import { CommandError } from "./failure.js";
import { parseCount, parseSize } from "./options.js";

/** Bytes of a frame at most, as in tcpdump. */
const MAX_SNAPLEN = 262_144;
/** Bytes of the kernel's buffer: what the engines take. */
const MAX_BUFFER = 2 ** 31 - 1;
const MAX_SECONDS = 2_000_000;

/** What commander makes of the options of sniff. */
export interface LiveOptions {
  device?: string[];
  filter?: string;
  snaplen?: number;
  bufferSize?: number;
  promiscuous?: boolean;
  immediate?: boolean;
  engine?: EngineName | "auto";
  user?: string;
  write?: string;
  ringBuffer?: Condition[];
  autostop?: Condition[];
  keep?: "all" | "rai" | "matches";
}

/** `filesize:1000`. */
export interface Condition {
  name: string;
  value: number;
}

function parseCondition(text: string, names: readonly string[]): Condition {
  const parts = /^([a-z]+):(\d+(?:\.\d+)?)$/.exec(text);
  const name = parts?.[1] ?? "";
  const value = Number(parts?.[2]);
  const seconds = name === "duration" || name === "interval";
  const fits = seconds ? value > 0 && value <= MAX_SECONDS : Number.isSafeInteger(value);
  if (parts === null || !names.includes(name) || !fits || (value === 0 && name !== "files")) {
    throw new InvalidArgumentError(`Give one of ${names.map((n) => `${n}:N`).join(", ")}.`);
  }
  return { name, value };
}

const conditions =
  (names: readonly string[]) =>
  (text: string, before: Condition[] | undefined): Condition[] => [
    ...(before ?? []),
    ...text.split(",").map((part) => parseCondition(part.trim(), names)),
  ];

const RING = ["filesize", "duration", "interval", "packets", "files"] as const;
const STOP = ["duration", "packets", "filesize", "files"] as const;

function parseSnaplen(text: string): number {
  const value = text === "0" ? MAX_SNAPLEN : parseCount(text);
  if (value > MAX_SNAPLEN) throw new InvalidArgumentError(`Give a number up to ${MAX_SNAPLEN}.`);
  return value;
}

function parseBuffer(text: string): number {
  const value = parseSize(text);
  if (value > MAX_BUFFER) throw new InvalidArgumentError("Give a size below 2G.");
  return value;
}

function parseUser(text: string): string {
  if (!/^[^\s:/-][^\s:/]*$/.test(text)) throw new InvalidArgumentError("Give the name or number of a user.");
  return text;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** How to capture. */
export function addCaptureOptions(command: Command): Command {
  return command
    .option("-i, --device <interface>", "capture on this interface, repeatable; any: all of them", collect)
    .option(
      "-f, --filter <bpf>",
      "capture filter in tcpdump's syntax (default: all TCP, and DCE/RPC in datagrams)",
    )
    .option(
      "-s, --snaplen <bytes>",
      "bytes captured of each frame (default: 262144, whole frames)",
      parseSnaplen,
    )
    .option("-B, --buffer-size <size>", "kernel buffer for each interface (default: 64M)", parseBuffer)
    .option("-p, --no-promiscuous", "do not use promiscuous mode")
    .option(
      "--immediate",
      "tcpdump: deliver every frame at once instead of once a second; drops more under load",
    )
    .addOption(
      new Option("--engine <engine>", "capture engine; auto picks the most faithful one that works here")
        .choices(["auto", "tcpdump", "dumpcap", "cap"])
        .default("auto"),
    )
    .option(
      "--user <user>",
      "run as this user once the interface is open (default: the sudo caller, else nobody)",
      parseUser,
    );
}

/** What to keep, and when to end. */
export function addKeepOptions(command: Command): Command {
  return command
    .option("-w, --write <file>", "write the captured frames as pcapng")
    .addOption(
      new Option(
        "--keep <what>",
        "with -w: write all frames, rai: only those of conversations that belong to an offer, or matches: of TCP conversations with something that the filters let through",
      )
        .choices(["all", "rai", "matches"])
        .default("all"),
    )
    .option(
      "-b, --ring-buffer <condition>",
      "with -w: start a new file after filesize:KB, duration:S, interval:S or packets:N; files:N keeps the last N",
      conditions(RING),
    )
    .option(
      "-a, --autostop <condition>",
      "stop after duration:S or packets:N; with -w also filesize:KB or files:N",
      conditions(STOP),
    );
}

/** When a run ends by itself. `null`: not for that reason. */
export interface Autostop {
  seconds: number | null;
  packets: number | null;
  /** Thousands of bytes of the one file. */
  filesize: number | null;
  files: number | null;
}

/** The conditions of -a and -b together. Throws CommandError where they make no sense. */
export function fileConditions(options: LiveOptions): { ring: RingLimits | null; stop: Autostop } {
  const last = (list: Condition[] | undefined, name: string): number | null =>
    list?.filter((condition) => condition.name === name).at(-1)?.value ?? null;
  const { ringBuffer, autostop, write } = options;
  if (write === undefined) {
    if (ringBuffer !== undefined) throw new CommandError("--ring-buffer needs a file to write: -w FILE");
    if (options.keep !== "all" && options.keep !== undefined)
      throw new CommandError(`--keep ${options.keep} needs a file to write: -w FILE`);
    for (const name of ["filesize", "files"]) {
      if (last(autostop, name) !== null)
        throw new CommandError(`--autostop ${name} needs a file to write: -w FILE`);
    }
  }
  const stop: Autostop = {
    seconds: last(autostop, "duration"),
    packets: last(autostop, "packets"),
    filesize: last(autostop, "filesize"),
    files: last(autostop, "files"),
  };
  if (ringBuffer === undefined) {
    if (stop.files !== null)
      throw new CommandError("--autostop files needs several files: -b filesize:KB or -b duration:S");
    return { ring: null, stop };
  }
  if (write === "-") throw new CommandError("--ring-buffer needs a file to write, not standard output");
  const ring: RingLimits = {
    // As in dumpcap, a size to stop at is the size of each file where there are several.
    filesize: last(ringBuffer, "filesize") ?? stop.filesize ?? 0,
    duration: last(ringBuffer, "duration") ?? 0,
    interval: last(ringBuffer, "interval") ?? 0,
    packets: last(ringBuffer, "packets") ?? 0,
    files: last(ringBuffer, "files") ?? 0,
  };
  stop.filesize = null;
  if (ring.filesize + ring.duration + ring.interval + ring.packets === 0) {
    throw new CommandError(
      "--ring-buffer files:N alone never begins a second file",
      "say when the next one begins: -b filesize:KB, -b duration:S, -b interval:S or -b packets:N",
    );
  }
  return { ring, stop };
}
