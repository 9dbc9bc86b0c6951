/** Columns of -e: a name of the call log or one of Wireshark's, and its values in a record. */

import type { Event, EventKind } from "../events.js";
import { nearest } from "../suggest.js";
import { type Field, recordFields } from "./fields.js";
import { list } from "./names.js";
import { gather, type Step, stepsOf } from "./path.js";
import type { SharedName } from "./shared-name.js";
import { shown, WIRESHARK_NAMES } from "./wireshark.js";

export interface Column {
  readonly name: string;
  /** Kinds of records that have it. */
  readonly kinds: readonly EventKind[];
  /** What a record has of it, as it is in JSON; lists one by one. */
  values(record: Event): readonly unknown[];
}

/** The column of a name, or null where there is none. */
export function columnNamed(name: string): Column | null {
  const shared = WIRESHARK_NAMES.find((one) => one.name === name);
  if (shared !== undefined) return sharedColumn(shared);
  const steps = stepsOf(name);
  if (steps === null) return null;
  const [top, ...rest] = steps;
  const root = recordFields();
  const key = top === "kind" ? "type" : top;
  const field = typeof key === "string" ? root.parts.get(key) : undefined;
  if (field === undefined) return null;
  const last = lastField(field, rest);
  if (last === null) return null;
  const path = [key!, ...rest];
  return {
    name,
    kinds: last.kinds.length > 0 ? last.kinds : field.kinds,
    values: (record) => gather(record, path, 0),
  };
}

function sharedColumn(shared: SharedName): Column {
  const kinds = (["call", "association", "offer"] as const).filter((kind) => shared[kind] !== undefined);
  return {
    name: shared.name,
    kinds,
    values(record) {
      const value = shown(shared, record);
      return Array.isArray(value) ? value.filter((one) => one !== null) : value === null ? [] : [value];
    },
  };
}

/** The field that a path ends at; null where no record has it. Lists are gone through. */
function lastField(field: Field, steps: readonly Step[]): Field | null {
  let at = field;
  for (const step of steps) {
    if (at.open) return at;
    if (typeof step === "number") {
      if (at.items === null) return null;
      at = at.items;
      continue;
    }
    const next = at.parts.get(step) ?? at.items?.parts.get(step);
    if (next === undefined) return null;
    at = next;
  }
  return at;
}

/** What a name that no record has may have been meant to be. */
export function adviceFor(name: string): string {
  const known = [...WIRESHARK_NAMES.map((one) => one.name), ...recordPaths().map(({ path }) => path)];
  const near = nearest(name, known);
  const tail = `.${name.toLowerCase()}`;
  const inside = known.filter((path) => path.toLowerCase().endsWith(tail)).slice(0, 3);
  const meant = [...new Set([...(near === null ? [] : [near]), ...inside])];
  if (meant.length > 0) return `did you mean ${list(meant)}?`;
  const protocol = /^[^.]+\./.exec(name)?.[0];
  const others = WIRESHARK_NAMES.some((one) => protocol !== undefined && one.name.startsWith(protocol));
  return others
    ? "of Wireshark's names, records have those that -G fields lists"
    : "-G fields lists all names";
}

/** Every field of the records, parts behind what they are of. */
export function recordPaths(): Field[] {
  const found: Field[] = [];
  const gatherFrom = (field: Field): void => {
    for (const part of [...field.parts.values(), ...(field.items?.parts.values() ?? [])]) {
      found.push(part);
      gatherFrom(part);
    }
  };
  gatherFrom(recordFields());
  return found;
}
