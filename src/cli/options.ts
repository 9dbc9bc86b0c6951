/** The options that several commands share, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { canonicalAddress } from "../address.js";
import { EVENT_KINDS, type EventKind } from "../events.js";
import type { RecordFilter } from "../filter/filter.js";
import type { InterfaceTable } from "../interfaces.js";
import { type FilterOptions, STATUSES, TRANSPORTS } from "../output/filters.js";
import { DEFAULT_FORMAT, FORMATS, type Format } from "../output/formats.js";
import { addColumnOptions, type ColumnChoices } from "./column-options.js";
import { addDisplayFilter } from "./display-filter.js";
import type { FindingChoices } from "./finding-options.js";
import { meantInterfaces } from "./interface-names.js";
import { addSensor, type LakeOptions } from "./lake-options.js";
import { type Named, named } from "./same-file.js";
import type { TreeChoices } from "./tree-options.js";

/** What commander makes of the filters. */
export interface FilterChoices {
  /** What -Y says, once it is compiled (display-filter.ts). */
  where?: RecordFilter;
  onlyRai?: boolean;
  interface?: string[];
  status?: string[];
  host?: string[];
  transport?: string[];
  /** What the command is about: of other kinds of records nothing is shown. */
  only?: readonly EventKind[];
}

/** What commander makes of the options of analyze and sniff. */
export interface RecordOptions extends FilterChoices, TreeChoices, ColumnChoices, LakeOptions {
  format?: Format;
  events?: EventKind[];
  output?: string[];
  allCalls?: boolean;
  ladder?: boolean;
  full?: boolean;
  brief?: boolean;
  redact?: boolean;
  limit?: number;
  zeekRows?: "response" | "request";
  zeekCommunityId?: boolean;
}

export interface KeyOptions {
  password?: string[];
  ntHash?: string[];
  keytab?: string[];
  sessionKey?: string[];
  secrets?: string[];
}

export interface CommonOptions {
  idl?: string[];
  maxMemory?: number;
  quiet?: boolean;
  verbose?: boolean;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** `256M`, `1g`, `65536`, `512KiB`: powers of 1024. Throws InvalidArgumentError. */
export function parseSize(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (parts === null) throw new InvalidArgumentError("Give a size such as 64M, 1G or a number of bytes.");
  const power = "kmgt".indexOf((parts[2] ?? "").toLowerCase() || " ") + 1;
  const size = Math.floor(Number(parts[1]) * 1024 ** power);
  if (size < 1 || !Number.isSafeInteger(size)) throw new InvalidArgumentError("That size is out of range.");
  return size;
}

/** A whole number of 1 or more. Throws InvalidArgumentError. */
export function parseCount(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)) || Number(text) < 1) {
    throw new InvalidArgumentError("Give a whole number of 1 or more.");
  }
  return Number(text);
}

/** `call,offer` or `all`. Throws InvalidArgumentError. */
export function parseEvents(text: string, before: EventKind[] | undefined): EventKind[] {
  const kinds = new Set(before);
  for (const part of text.split(",")) {
    const kind = part.trim().toLowerCase();
    if (kind === "all") {
      for (const known of EVENT_KINDS) kinds.add(known);
    } else if (EVENT_KINDS.includes(kind as EventKind)) {
      kinds.add(kind as EventKind);
    } else {
      throw new InvalidArgumentError(`Known kinds are ${EVENT_KINDS.join(", ")} and all.`);
    }
  }
  return [...kinds];
}

function parseStatus(text: string, before: string[] | undefined): string[] {
  for (const part of text.split(",")) {
    if (!(STATUSES as readonly string[]).includes(part.trim().toLowerCase())) {
      throw new InvalidArgumentError(`Known statuses are ${STATUSES.join(", ")}.`);
    }
  }
  return [...(before ?? []), text];
}

function parseTransports(text: string, before: string[] | undefined): string[] {
  for (const part of text.split(",")) {
    if (!(TRANSPORTS as readonly string[]).includes(part.trim().toLowerCase())) {
      throw new InvalidArgumentError(`Known transports are ${TRANSPORTS.join(", ")}.`);
    }
  }
  return [...(before ?? []), text];
}

/** Names are not looked up, so that what is no address would hold back every call. Throws InvalidArgumentError. */
function parseHosts(text: string, before: string[] | undefined): string[] {
  for (const part of text.split(",")) {
    if (canonicalAddress(part.trim()) === null) {
      throw new InvalidArgumentError("Give an IPv4 or IPv6 address, or several with commas.");
    }
  }
  return [...(before ?? []), text];
}

/** Which calls are shown: every command that shows or counts calls. */
export function addFilterOptions(command: Command): Command {
  return addDisplayFilter(command)
    .option("--only-rai", "show only calls of the Remote Assistance interfaces")
    .option("--interface <name|uuid>", "show only calls of this interface; commas for alternatives", collect)
    .option(
      "--status <status>",
      `show only calls with this status: ${STATUSES.join(", ")}; commas for alternatives`,
      parseStatus,
    )
    .option(
      "--host <address>",
      "show only calls to or from this address; given twice: between both",
      parseHosts,
    )
    .option(
      "--transport <kind>",
      `show only calls that went over ${TRANSPORTS.join(", ")}; commas for alternatives`,
      parseTransports,
    );
}

export function addRedact(command: Command): Command {
  return command.option(
    "--redact",
    "replace connection-string secrets, hashes and user names by placeholders",
  );
}

export function addLimit(command: Command): Command {
  return command.option("-c, --limit <frames>", "stop after this many frames", parseCount);
}

/** Options of whatever prints records: analyze, sniff. */
export function addRecordOptions(command: Command): Command {
  const names: string[] = FORMATS.map(({ name }) => name);
  const alternatives = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  const suffixes = FORMATS.flatMap((format) => (format.name === DEFAULT_FORMAT ? [] : format.suffixes));
  const views = command
    .addOption(
      new Option(
        "-T, --format <format>",
        `${alternatives} (default: ${DEFAULT_FORMAT}); with -o, what goes to standard output as well`,
      ).choices(names),
    )
    .option(
      "--events <kinds>",
      `record kinds that ndjson and json carry: ${EVENT_KINDS.join(",")} or all (default: call)`,
      parseEvents,
    )
    .option(
      "-o, --output <file>",
      `write to a file, repeatable; format by suffix: ${suffixes.join(" ")}, without one the ${DEFAULT_FORMAT}`,
      collect,
    );
  return addRedact(addLimit(addFilterOptions(addColumnOptions(addSensor(views)))))
    .option("--all-calls", "transcript: show every call, not only those of Remote Assistance and its offers")
    .option("--ladder", "transcript: draw each offer as a sequence, expert left and novice right")
    .option("--full", "transcript and table: show all values, names and lists uncut")
    .option("--brief", "transcript: only the heads of offers, and no calls")
    .addOption(
      new Option(
        "--zeek-rows <pdu>",
        "zeek: which of a call's PDUs gives dce_rpc.log a row (default: response)",
      ).choices(["response", "request"]),
    )
    .option("--zeek-community-id", "zeek: conn.log has community_id, as Zeek's policy script adds it");
}

/** Keys for sealed traffic: every command that decodes calls. */
export function addKeyOptions(command: Command): Command {
  return command
    .option("--password <password>", "a password tried for every user, repeatable", collect)
    .option("--nt-hash <hex>", "an NT hash tried for every user, repeatable", collect)
    .option("--keytab <file>", "Kerberos keys, repeatable", collect)
    .option("--session-key <hex>", "an exported session key, repeatable", collect)
    .option("--secrets <file>", "a JSON file of secrets, repeatable", collect);
}

export function addCommonOptions(command: Command): Command {
  return command
    .option("--idl <file|folder>", "additional interfaces, as IDL; repeatable", collect)
    .option("--max-memory <size>", "memory limit for reassembly and state (default: 256M)", parseSize)
    .option("-q, --quiet", "only errors on standard error")
    .option("-v, --verbose", "verbose messages on standard error");
}

export function hasKeys({ password, ntHash, keytab, sessionKey, secrets }: KeyOptions): boolean {
  return [password, ntHash, keytab, sessionKey, secrets].some((keys) => keys !== undefined);
}

/** Files that are read besides captures, for `refuseSame`. */
export function helperNames(options: KeyOptions & CommonOptions & FindingChoices): Named[] {
  const { idl = [], keytab = [], secrets = [], rules = [], helpers } = options;
  return [
    ...named("--idl", idl),
    ...named("--keytab", keytab),
    ...named("--secrets", secrets),
    ...named("--rules", rules),
    ...named("--helpers", helpers === undefined ? [] : [helpers]),
  ];
}

/** Whether some filter was given. */
export function isFiltered(options: FilterChoices): boolean {
  const { onlyRai, where, only, ...lists } = options;
  const { interface: interfaces = [], status = [], host = [], transport = [] } = lists;
  const given = interfaces.length + status.length + host.length + transport.length;
  return onlyRai === true || where !== undefined || only !== undefined || given > 0;
}

/** `table`: by which names of interfaces are understood. */
export function filterOptions(options: FilterChoices, table: InterfaceTable): FilterOptions {
  return {
    onlyRai: options.onlyRai === true,
    interfaces: meantInterfaces(options.interface ?? [], table),
    statuses: options.status ?? [],
    hosts: options.host ?? [],
    transports: options.transport ?? [],
    where: options.where ?? null,
    kinds: options.only ?? null,
  };
}
