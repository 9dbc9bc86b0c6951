/**
 * Whether a line of a call log is a record as the published JSON Schema has it, so that whoever prints it can rely on its
 * shape. Within a schema keys are added: of a log that is older what nobody told is null, and lists of it are empty.
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

/** null where nothing is wrong. `lacked` takes the names of keys that were added. */
type Check = (value: unknown, lacked: Set<string>) => Fault | null;

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
    made.set(name, (value, lacked) => check!(value, lacked));
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
  return (value, lacked) => {
    if (value === null && nullable) return null;
    let first: Fault | null = null;
    for (const check of alternatives) {
      const found = check(value, lacked);
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
  return (value, lacked) => {
    if (!Array.isArray(value)) return fault("is no array");
    if (value.length < first.length) return fault("has too few elements");
    for (let i = 0; i < value.length; i++) {
      const found = (first[i] ?? rest)(value[i], lacked);
      if (found !== null) return within(`[${i}]`, found);
    }
    return null;
  };
}

function object({ properties = {}, required = [], additionalProperties }: Shape): Check {
  const known = Object.entries(properties).map(([name, shape]) => ({
    name,
    check: make(shape),
    instead: required.includes(name) ? instead(name, shape) : OPTIONAL,
  }));
  const others = typeof additionalProperties === "object" ? make(additionalProperties) : plainValue;
  return (value, lacked) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return fault("is no object");
    const members = value as Members;
    for (const { name, check, instead } of known) {
      const member = members[name];
      if (member === undefined) {
        if (instead === OPTIONAL) continue;
        if (instead === null) return within(`.${name}`, fault("is missing"));
        members[name] = instead();
        lacked.add(name);
        continue;
      }
      const found = check(member, lacked);
      if (found !== null) return within(`.${name}`, found);
    }
    for (const name in members) {
      if (name in properties) continue;
      const found = others(members[name], lacked);
      if (found !== null) return within(`.${name}`, found);
    }
    return null;
  };
}

const OPTIONAL = (): null => null;

/** Without these a record says nothing, and they were in the schema from its beginning. */
const ESSENTIAL: ReadonlySet<string> = new Set(
  "ts stream address port call_id context_id endpoint code message statement raw".split(" "),
);

/** What stands for a key that an older log lacks; null where it cannot be done without. */
function instead(name: string, shape: Shape): (() => unknown) | null {
  if (accepts(shape, null)) return () => null;
  if (accepts(shape, [])) return () => [];
  if (accepts(shape, "")) return ESSENTIAL.has(name) ? null : () => "";
  const isScalar = accepts(shape, 0) || accepts(shape, false);
  return isScalar && !ESSENTIAL.has(name) ? () => null : null;
}

/** Asked once for each key of the schema. */
function accepts(shape: Shape, value: unknown): boolean {
  if (shape.$ref !== undefined)
    return shape.$ref !== `${REF}value` && accepts(DEFS[shape.$ref.slice(REF.length)]!, value);
  if (shape.anyOf !== undefined) return shape.anyOf.some((one) => accepts(one, value));
  if (shape.enum !== undefined || "const" in shape) return false;
  if (shape.prefixItems !== undefined || shape.type === undefined) return false;
  return make(shape)(value, new Set()) === null;
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
 * The record itself where it is what its kind is in the schema, or a sentence on what is wrong with it. `lacked` takes
 * the names of the keys that were added to it. `record.type` must be one of the kinds.
 */
export function checked(record: Members, lacked: Set<string>): Event | string {
  const found = named(record.type as string)(record, lacked);
  if (found === null) return record as unknown as Event;
  return `${found.place.slice(1)} ${found.says}`;
}
