/**
 * The first line of a shard's file: which part of which run it is. What is the same in all parts of a run is sealed by one hash, so
 * that parts of different inputs, versions or options are not taken for one run's. Keys are not in it, nor anything made of them.
 */
import { hashText } from "#primitives";
import { SCHEMA } from "../events.js";

/** The form of the lines; one that is read otherwise has another number. */
const SHARD_FORM = 1;

/** An input as all parts of a run see it. */
export interface ShardInput {
  /** As named. It is the same in all parts where there are several inputs, since records then have it. */
  name: string;
  bytes: number;
  /** SHA-256 of its first bytes, in hex. */
  begins: string;
}

/** What all parts of a run have in common. */
export interface ShardRun {
  version: string;
  count: number;
  inputs: readonly ShardInput[];
  /** Options that decide what is decoded, in text; of keys how many there are of each kind. */
  options: { readonly [name: string]: string };
}

export interface ShardHeader extends ShardRun {
  type: "shard";
  schema: number;
  form: number;
  /** From 0. */
  index: number;
  /** Of all that is the same in all parts. */
  run: string;
}

export function shardHeader(index: number, run: ShardRun): ShardHeader {
  const { version, count, inputs, options } = run;
  const head = { type: "shard", schema: SCHEMA, form: SHARD_FORM, index, count, version } as const;
  return { ...head, inputs, options, run: sealOf(run) };
}

/** The hash of what all parts have in common. */
function sealOf({ version, count, inputs, options }: ShardRun): string {
  const given = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return hashText("sha256", JSON.stringify([SCHEMA, SHARD_FORM, version, count, read(inputs), given]), "hex");
}

/** What of the inputs is the same in all parts. */
function read(inputs: readonly ShardInput[]): unknown {
  return inputs.map(({ name, bytes, begins }) => [inputs.length > 1 ? name : "", bytes, begins]);
}

/** The first line of a shard, or a sentence on what is wrong with it. */
export function readHeader(value: unknown): ShardHeader | string {
  const head = value as Partial<ShardHeader> | null;
  if (head === null || typeof head !== "object" || head.type !== "shard") {
    return "its first line is not a shard's";
  }
  if (head.schema !== SCHEMA || head.form !== SHARD_FORM) {
    return `it is a shard of schema ${head.schema}, form ${head.form}; this raiscope reads schema ${SCHEMA}, form ${SHARD_FORM}`;
  }
  const { index, count, version, inputs, options, run } = head;
  const whole =
    isCount(index) &&
    isCount(count) &&
    index < count &&
    typeof version === "string" &&
    Array.isArray(inputs) &&
    inputs.every(isInput) &&
    isTexts(options);
  if (!whole) return "its first line lacks what says which part of which run it is";
  if (run !== sealOf(head as ShardHeader)) return "its first line was altered";
  return head as ShardHeader;
}

/** A sentence on why a shard is of another run than the first, or null. */
export function differenceOf(first: ShardHeader, other: ShardHeader): string | null {
  if (other.run === first.run) return null;
  if (other.version !== first.version) {
    return `version ${other.version} wrote it, and ${first.version} the first one`;
  }
  if (other.count !== first.count) {
    return `it is one of ${other.count} shards, and the first one of ${first.count}`;
  }
  if (JSON.stringify(read(other.inputs)) !== JSON.stringify(read(first.inputs)))
    return "it is of another input";
  const names = [...new Set([...Object.keys(first.options), ...Object.keys(other.options)])];
  const differ = names.filter((name) => first.options[name] !== other.options[name]);
  return `it was written with another ${differ.join(", ")}`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInput(value: unknown): value is ShardInput {
  const { name, bytes, begins } = (value ?? {}) as Partial<ShardInput>;
  return typeof name === "string" && isCount(bytes) && typeof begins === "string";
}

function isTexts(value: unknown): value is ShardHeader["options"] {
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).every((text) => typeof text === "string");
}
