/** Records of the call log as what rules for `product: raiscope` are matched against: fields by their paths, and derived ones. */
import type { Event } from "../../events.js";
import { gather, type Step, stepsOf } from "../../fields/path.js";
import type { Known } from "../known.js";
import type { Derived } from "./derived.js";
import type { SourceRecord } from "./source-record.js";

/** Fields of one record that keywords look at, and how deep it is gone into for them. */
const MAX_FIELDS = 2_000;
const MAX_DEPTH = 32;

type Reader<E extends Event> = (event: E, known: Known) => unknown;

/** One kind of record. */
export class RecordSource<E extends Event> {
  readonly readers = new Map<string, Reader<E>>();
  readonly #derived: readonly Derived<E>[];

  constructor(derived: readonly Derived<E>[]) {
    this.#derived = derived;
    for (const { name, value } of derived)
      this.readers.set(name, (event, known) => plain(value(event, known)));
  }

  of(event: E, known: Known): SourceRecord {
    return new RecordFields(this, event, known);
  }

  /** What reads a field; kept for the next record. */
  readerFor(name: string): Reader<E> {
    const reader = readerOf(name);
    this.readers.set(name, reader);
    return reader;
  }

  names(event: E): string[] {
    return [...pathsIn(event), ...this.#derived.map(({ name }) => name)];
  }
}

/** One for each record: closures of its own would cost more than matching it. */
class RecordFields<E extends Event> implements SourceRecord {
  readonly event: E;
  readonly #source: RecordSource<E>;
  readonly #known: Known;

  constructor(source: RecordSource<E>, event: E, known: Known) {
    this.event = event;
    this.#source = source;
    this.#known = known;
  }

  field(name: string): unknown {
    const reader = this.#source.readers.get(name) ?? this.#source.readerFor(name);
    return reader(this.event, this.#known);
  }

  names(): string[] {
    return this.#source.names(this.event);
  }
}

/** What is null or empty is no value. */
function plain(value: unknown): unknown {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  return value;
}

function readerOf(name: string): Reader<Event> {
  const steps = stepsOf(name);
  if (steps === null) return () => undefined;
  const [first, second] = steps;
  // Most rules ask for these, of every record.
  if (steps.length === 1 && typeof first === "string") return (event) => value(inside(event, first));
  if (steps.length === 2 && typeof first === "string" && typeof second === "string" && first !== "fields") {
    return (event) => {
      const outer = inside(event, first);
      if (outer === null || typeof outer !== "object") return undefined;
      if (Array.isArray(outer)) return several(gather(outer, steps, 1));
      if (!Object.hasOwn(outer, second)) return undefined;
      const found = (outer as { [name: string]: unknown })[second];
      return typeof found === "string" ? found : value(found);
    };
  }
  return (event) => followed(event, steps);
}

/** What stands at a path: step by step as long as there are no lists on the way, which is so of nearly all. */
function followed(event: Event, steps: readonly Step[]): unknown {
  let at: unknown = event;
  for (let i = 0; i < steps.length; i++) {
    if (at === null || at === undefined) return undefined;
    const step = steps[i]!;
    // The members of these are paths themselves.
    const isOfPaths = (i === 2 && steps[0] === "readable") || (i === 1 && steps[0] === "fields");
    if (typeof step === "number" || isOfPaths || Array.isArray(at)) return several(gather(at, steps, i));
    at = inside(at, step);
  }
  return Array.isArray(at) ? several(gather(at, steps, steps.length)) : (at ?? undefined);
}

function inside(of: unknown, name: string): unknown {
  if (of === null || typeof of !== "object" || !Object.hasOwn(of, name)) return undefined;
  return (of as { [name: string]: unknown })[name];
}

function value(one: unknown): unknown {
  return Array.isArray(one) ? several(one.filter((element) => element !== null)) : (one ?? undefined);
}

function several(found: readonly unknown[]): unknown {
  return found.length > 1 ? found : found[0];
}

/** Paths of everything in a record that is no structure. */
function pathsIn(event: Event): string[] {
  const paths: string[] = [];
  const look = (value: unknown, path: string, depth: number): void => {
    if (value === null || value === undefined || paths.length >= MAX_FIELDS || depth > MAX_DEPTH) return;
    if (typeof value !== "object") {
      paths.push(path);
      return;
    }
    if (Array.isArray(value)) {
      if (value.some((one) => one !== null && typeof one === "object")) {
        for (const [index, one] of value.entries()) look(one, `${path}[${index}]`, depth + 1);
      } else if (value.length > 0) paths.push(path);
      return;
    }
    for (const [name, one] of Object.entries(value))
      look(one, path === "" ? name : `${path}.${name}`, depth + 1);
  };
  look(event, "", 0);
  return paths;
}
