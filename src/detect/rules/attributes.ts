/**
 * What every Sigma document says of itself (title, id, level, tags ...), held to what the published JSON schemas of
 * version 2.1 require. Attributes of other names are allowed by the specification and passed over, but not slips of ours.
 */

import { nearest } from "../../suggest.js";
import { type Attributes, LEVELS, type Level, STATUSES, type Status } from "./rule.js";
import type { Yaml, YamlEntry, YamlMap } from "./yaml-tree.js";

/** What is told of one document. */
const MAX_COMPLAINTS = 8;

/** Collects what is wrong with a document, which is not used then. */
export class Complaints {
  readonly list: { line: number; message: string }[] = [];

  add(line: number, message: string): void {
    if (this.list.length < MAX_COMPLAINTS) this.list.push({ line, message });
  }
}

export function entry(map: YamlMap, key: string): YamlEntry | null {
  return map.entries.find((one) => one.key === key) ?? null;
}

const MAX_TITLE = 256;
const MAX_DESCRIPTION = 65_535;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12][0-9]|3[01])$/;
const TAG = /^[a-z0-9_-]+\.[a-z0-9._-]+$/;

export function readAttributes(map: YamlMap, file: string, complaints: Complaints): Attributes {
  const text = (key: string, most?: number): string | null => readText(map, key, complaints, most);
  const title = text("title", MAX_TITLE);
  if (title === null) complaints.add(map.line, "the title is missing");
  const id = text("id");
  if (id !== null && !UUID.test(id)) complaints.add(lineOf(map, "id"), `the id ${id} is no UUID`);
  // The default is `sigma`; under others fields and log sources have other names.
  const taxonomy = text("taxonomy", MAX_TITLE);
  if (taxonomy !== null && taxonomy !== "sigma") {
    complaints.add(lineOf(map, "taxonomy"), `the taxonomy ${taxonomy} is not known: only sigma is`);
  }
  readRelated(map, complaints);
  texts(map, "scope", complaints, { least: 2 });
  return {
    file,
    line: map.line,
    title: title ?? "",
    id: id?.toLowerCase() ?? null,
    name: text("name", MAX_TITLE),
    status: choice<Status>(map, "status", STATUSES, complaints),
    description: text("description", MAX_DESCRIPTION),
    author: text("author"),
    license: text("license"),
    date: readDate(map, "date", complaints),
    modified: readDate(map, "modified", complaints),
    references: texts(map, "references", complaints),
    tags: texts(map, "tags", complaints, { pattern: TAG }),
    falsePositives: texts(map, "falsepositives", complaints, {
      least: 2,
      orOne: entry(map, "correlation") !== null,
    }),
    fields: texts(map, "fields", complaints),
    level: choice<Level>(map, "level", LEVELS, complaints),
    sentence: ownText(map, "sentence"),
  };
}

/** Of an attribute that the specification does not know: in rules of others it may be anything. */
function ownText(map: YamlMap, key: string): string | null {
  const value = entry(map, key)?.value;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : null;
}

const lineOf = (map: YamlMap, key: string): number => entry(map, key)?.line ?? map.line;

/** A text; null where the key is missing. */
export function readText(map: YamlMap, key: string, complaints: Complaints, most?: number): string | null {
  const found = entry(map, key);
  if (found === null) return null;
  const { value } = found;
  if (value.kind !== "scalar" || typeof value.value !== "string") {
    complaints.add(found.line, `${key} is no text`);
    return null;
  }
  if (most !== undefined && value.value.length > most) {
    complaints.add(found.line, `${key} is longer than ${most} characters`);
  }
  return value.value;
}

function readDate(map: YamlMap, key: string, complaints: Complaints): string | null {
  const date = readText(map, key, complaints);
  if (date !== null && !DATE.test(date)) {
    complaints.add(lineOf(map, key), `${key} is no date of the form YYYY-MM-DD`);
  }
  return date;
}

export function choice<T extends string>(
  map: YamlMap,
  key: string,
  of: readonly T[],
  complaints: Complaints,
): T | null {
  const found = readText(map, key, complaints);
  const known = of.find((one) => one === found) ?? null;
  if (found !== null && known === null) {
    complaints.add(lineOf(map, key), `${key} is ${found}, which is none of ${of.join(", ")}`);
  }
  return known;
}

interface TextsOptions {
  /** Shortest of the texts. */
  least?: number;
  pattern?: RegExp;
  /** A text may stand for a list of one. */
  orOne?: boolean;
}

/** A list of texts, none of which stands twice; empty where the key is missing. */
export function texts(
  map: YamlMap,
  key: string,
  complaints: Complaints,
  { least = 0, pattern, orOne = false }: TextsOptions = {},
): string[] {
  const found = entry(map, key);
  if (found === null) return [];
  const items: readonly Yaml[] | null =
    found.value.kind === "list"
      ? found.value.items
      : orOne && found.value.kind === "scalar"
        ? [found.value]
        : null;
  if (items === null) {
    complaints.add(found.line, `${key} is no list of texts`);
    return [];
  }
  const list = new Set<string>();
  for (const item of items) {
    if (item.kind !== "scalar" || typeof item.value !== "string") {
      complaints.add(item.line, `${key} holds something that is no text`);
    } else if (list.has(item.value)) complaints.add(item.line, `${key} holds ${item.value} twice`);
    else if (item.value.length < least) complaints.add(item.line, `${key} holds a text that is too short`);
    else if (pattern !== undefined && !pattern.test(item.value)) {
      complaints.add(item.line, `${key} holds ${item.value}, which has not the form of one`);
    } else list.add(item.value);
  }
  return [...list];
}

const RELATIONS: ReadonlySet<unknown> = new Set(["derived", "obsolete", "merged", "renamed", "similar"]);

/** It is not used further, but has to be right. */
function readRelated(map: YamlMap, complaints: Complaints): void {
  const found = entry(map, "related");
  if (found === null) return;
  if (found.value.kind !== "list") {
    complaints.add(found.line, "related is no list");
    return;
  }
  for (const item of found.value.items) {
    const scalar = (key: string): unknown => {
      const value = item.kind === "map" ? entry(item, key)?.value : undefined;
      return value?.kind === "scalar" ? value.value : undefined;
    };
    const id = scalar("id");
    if (typeof id !== "string" || !UUID.test(id))
      complaints.add(item.line, "related holds something without a UUID as id");
    else if (!RELATIONS.has(scalar("type")))
      complaints.add(item.line, `related holds ${id} with a type that there is not`);
  }
}

const KNOWN = [
  ...[
    "title",
    "id",
    "related",
    "name",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
  ],
  ...["date", "modified", "logsource", "detection", "fields", "falsepositives", "level", "tags", "scope"],
  ...["correlation", "generate", "filter"],
];

/** Names of the specification that are written slightly wrong. */
export function complainOfSlips(map: YamlMap, complaints: Complaints): void {
  for (const { key, line } of map.entries) {
    if (KNOWN.includes(key)) continue;
    const meant = nearest(key, KNOWN);
    if (meant !== null && !entry(map, meant)) {
      complaints.add(line, `there is no attribute ${key}; ${meant} was probably meant`);
    }
  }
}
