/**
 * Whether a line of a call log is a record as the published JSON Schema has it, so that whoever prints it can rely on its
 * shape. Keys that were added to the schema since the log was written are null.
 *
 * Not handled: patterns and ranges. A text that is no time, or no UUID, is shown as it stands.
 */
import type { Event } from "../events.js";
import schema from "../output/raiscope.schema.json" with { type: "json" };

/** Depth of lists and objects in a parameter: the text of a deeper one could not be made again. */
const MAX_DEPTH = 500;

/** What is wrong, and where in the value: `.client.port`. */
interface Fault {
  place: string;
  says: string;
}

/** null where nothing is wrong. */
type Check = (value: unknown) => Fault | null;

/** As much of JSON Schema as the call log's is made of. */
interface Shape {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Shape[];
  properties?: { readonly [name: string]: Shape };
  required?: readonly string[];
  additionalProperties?: boolean | Shape;
  items?: boolean | Shape;
  prefixItems?: readonly Shape[];
}

type Members = { [name: string]: unknown };

const DEFS = (schema as unknown as { $defs: { [name: string]: Shape } }).$defs;
const REF = "#/$defs/";

const fault = (says: string): Fault => ({ place: "", says });
const within = (place: string, inner: Fault): Fault => ({ place: place + inner.place, says: inner.says });

/** Checks by the names of their definitions, made when they are first needed. */
const named = ((): ((name: string) => Check) => {
  const made = new Map<string, Check>();
  return (name) => {
    // Parameters are what their IDL says.
    if (name === "value") return plainValue;
    const known = made.get(name);
    if (known !== undefined) return known;
    let check: Check | null = null;
    made.set(name, (value) => check!(value));
    check = make(DEFS[name]!);
    made.set(name, check);
    return check;
  };
})();

function make(shape: Shape): Check {
  if (shape.$ref !== undefined) return named(shape.$ref.slice(REF.length));
  if (shape.anyOf !== undefined) return anyOf(shape.anyOf);
  if (shape.enum !== undefined) return oneOf(shape.enum);
  if ("const" in shape) return oneOf([shape.const]);
  switch (shape.type) {
    case "object":
      return object(shape);
    case "array":
      return array(shape);
    case undefined:
      return plainValue;
    default:
      return scalar(shape.type);
  }
}

function anyOf(shapes: readonly Shape[]): Check {
  const nullable = shapes.some(({ type }) => type === "null");
  const alternatives = shapes.filter(({ type }) => type !== "null").map(make);
  return (value) => {
    if (value === null && nullable) return null;
    let first: Fault | null = null;
    for (const check of alternatives) {
      const found = check(value);
      if (found === null) return null;
      first ??= found;
    }
    return first;
  };
}

function oneOf(values: readonly unknown[]): Check {
  const says = `is none of ${values.map((one) => JSON.stringify(one)).join(", ")}`;
  return (value) => (values.includes(value) ? null : fault(says));
}

const SCALARS: { readonly [type: string]: (value: unknown) => boolean } = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
};

function scalar(type: string): Check {
  const is = SCALARS[type]!;
  return (value) => (is(value) ? null : fault(`is no ${type}`));
}

function array({ items, prefixItems = [] }: Shape): Check {
  const first = prefixItems.map(make);
  const rest = typeof items === "object" ? make(items) : plainValue;
  return (value) => {
    if (!Array.isArray(value)) return fault("is no array");
    if (value.length < first.length) return fault("has too few elements");
    for (let i = 0; i < value.length; i++) {
      const found = (first[i] ?? rest)(value[i]);
      if (found !== null) return within(`[${i}]`, found);
    }
    return null;
  };
}

function object({ properties = {}, required = [], additionalProperties }: Shape): Check {
  const known = Object.entries(properties).map(([name, shape]) => ({
    name,
    check: make(shape),
    must: required.includes(name),
  }));
  const others = typeof additionalProperties === "object" ? make(additionalProperties) : plainValue;
  return (value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return fault("is no object");
    const members = value as Members;
    for (const { name, check, must } of known) {
      const member = members[name];
      if (member === undefined) {
        if (!must) continue;
        if (check(null) !== null) return within(`.${name}`, fault("is missing"));
        members[name] = null;
        continue;
      }
      const found = check(member);
      if (found !== null) return within(`.${name}`, found);
    }
    for (const name in members) {
      if (name in properties) continue;
      const found = others(members[name]);
      if (found !== null) return within(`.${name}`, found);
    }
    return null;
  };
}

/** Any JSON, of a depth that can be printed. */
const plainValue: Check = (value) =>
  isDeeper(value, MAX_DEPTH) ? fault(`is nested more than ${MAX_DEPTH} deep`) : null;

function isDeeper(value: unknown, most: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (most === 0) return true;
  if (Array.isArray(value)) return value.some((element) => isDeeper(element, most - 1));
  for (const name in value) if (isDeeper((value as Members)[name], most - 1)) return true;
  return false;
}

/**
 * The record itself where it is what its kind is in the schema, or a sentence on what is wrong with it. Keys that it
 * lacks, and that may be null, are added. `record.type` must be one of the kinds.
 */
export function checked(record: Members): Event | string {
  const found = named(record.type as string)(record);
  if (found === null) return record as unknown as Event;
  return `${found.place.slice(1)} ${found.says}`;
}
