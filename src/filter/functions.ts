/**
 * The functions and methods of filters: CEL's standard ones for texts, numbers and times, and `inNetwork`. A part that is
 * missing, or of another type than the function takes, makes the result missing. Not handled: bytes, extensions of CEL.
 */

import {
  type Compiling,
  type Computed,
  condition,
  type Part,
  type State,
  type StaticType,
} from "./expression.js";
import { parseNetwork } from "./networks.js";
import { indexOf, lastIndexOf, split } from "./text-search.js";
import { timeMethod } from "./time-methods.js";
import {
  isMap,
  isMissing,
  isNumber,
  Moment,
  parseMoment,
  parseSpan,
  Span,
  TypeName,
  whole,
} from "./values.js";

export interface Callee {
  /** How many arguments it takes, the receiver not counted. */
  readonly least: number;
  readonly most: number;
  /** What it is called on, in words and by type; null for functions. */
  readonly on: StaticType[] | null;
  build(compiling: Compiling, args: readonly Part[], receiver: Part): Computed;
}

/** Characters of text that count as a step. */
const CHARACTERS_A_STEP = 16;

/** Within macros what a text costs is counted. */
const read = (compiling: Compiling, state: State, text: string): boolean =>
  !compiling.counted || state.charge(1 + text.length / CHARACTERS_A_STEP);

/** The text that an argument is where it is written in the expression. */
function writtenText(part: Part | undefined): string | null {
  return part?.node.op === "value" && typeof part.node.args === "string" ? part.node.args : null;
}

/** A method of texts with one text as its argument, which answers yes or no. */
function textTest(test: (text: string, part: string) => boolean): Callee {
  return {
    least: 1,
    most: 1,
    on: ["text"],
    build(compiling, [argument], receiver) {
      expect(compiling, argument!, "text");
      const { counted } = compiling;
      const text = receiver.run;
      const written = writtenText(argument);
      if (written !== null && !counted) {
        return condition((state) => {
          const value = text(state);
          return typeof value === "string" && test(value, written);
        });
      }
      const part = argument!.run;
      return condition((state) => {
        const value = text(state);
        const other = part(state);
        if (typeof value !== "string" || typeof other !== "string") return false;
        if (counted && !state.charge(1 + (value.length + other.length) / CHARACTERS_A_STEP)) return false;
        return test(value, other);
      });
    },
  };
}

/** A method of texts that takes texts and numbers. Answers undefined where it has no answer. */
function textMethod(
  type: StaticType,
  least: number,
  most: number,
  compute: (text: string, args: readonly unknown[]) => unknown,
): Callee {
  return {
    least,
    most,
    on: ["text"],
    build(compiling, args, receiver) {
      const runs = args.map((argument) => argument.run);
      return {
        type,
        run(state) {
          const text = receiver.run(state);
          if (typeof text !== "string" || !read(compiling, state, text)) return undefined;
          return compute(
            text,
            runs.map((run) => run(state)),
          );
        },
      };
    },
  };
}

/** Refuses what is known to be of another type. */
function expect(compiling: Compiling, part: Part, wanted: StaticType): void {
  if (part.type === null || part.type === wanted || (wanted === "text" && part.type === "time")) return;
  compiling.fail(part.node, `${TYPES[wanted ?? "null"]} is needed here, this is ${TYPES[part.type]}`);
}

export const TYPES: { readonly [type in Exclude<StaticType, null>]: string } = {
  text: "text",
  number: "a number",
  boolean: "true or false",
  time: "a time",
  span: "a duration",
  list: "a list",
  map: "an object",
  type: "a type",
  null: "null",
};

const matches: Callee = {
  least: 1,
  most: 1,
  on: ["text"],
  build(compiling, [argument], receiver) {
    const source = writtenText(argument);
    if (source === null)
      return compiling.fail(argument!.node, "the pattern of matches must be written here as text");
    const pattern = compiling.pattern(source, argument!.node);
    return condition((state) => {
      const text = receiver.run(state);
      return typeof text === "string" && read(compiling, state, text) && pattern(text);
    });
  },
};

const inNetwork: Callee = {
  least: 1,
  most: 32,
  on: ["text"],
  build(compiling, args, receiver) {
    const networks = args.map((argument) => {
      const text = writtenText(argument);
      if (text === null) return compiling.fail(argument.node, "the network must be written here as text");
      const network = parseNetwork(text);
      if (network === null)
        return compiling.fail(argument.node, "this is no network: 10.0.0.0/8, fe80::/10 or an address");
      return network;
    });
    return condition((state) => {
      const address = receiver.run(state);
      return typeof address === "string" && networks.some((network) => network(address));
    });
  },
};

const size: Callee = {
  least: 0,
  most: 0,
  on: ["text", "list", "map"],
  build: (compiling, _args, receiver) => ({
    type: "number",
    run(state) {
      const value = receiver.run(state);
      if (Array.isArray(value)) return value.length;
      if (isMap(value)) return Object.keys(value).length;
      if (typeof value !== "string" || !read(compiling, state, value)) return undefined;
      let characters = 0;
      for (const _ of value) characters++;
      return characters;
    },
  }),
};

const join: Callee = {
  least: 0,
  most: 1,
  on: ["list"],
  build: (_compiling, [separator], receiver) => ({
    type: "text",
    run(state) {
      const value = receiver.run(state);
      const between = separator === undefined ? "" : separator.run(state);
      if (!Array.isArray(value) || typeof between !== "string") return undefined;
      return value.every((item) => typeof item === "string") && state.charge(value.length)
        ? value.join(between)
        : undefined;
    },
  }),
};

const index = (value: unknown): number => (isNumber(value) ? Number(value) : Number.NaN);

/** A part of a text; undefined where the places are not in it. */
function substring(text: string, [from, to = text.length]: readonly unknown[]): string | undefined {
  const start = index(from);
  const end = index(to);
  return start >= 0 && start <= end && end <= text.length ? text.slice(start, end) : undefined;
}

/** By name; `.` before those that are called on something. */
export const CALLEES: ReadonlyMap<string, Callee> = new Map<string, Callee>([
  [".contains", textTest((text, part) => indexOf(text, part) >= 0)],
  [".startsWith", textTest((text, part) => text.startsWith(part))],
  [".endsWith", textTest((text, part) => text.endsWith(part))],
  [".matches", matches],
  [
    "matches",
    { least: 2, most: 2, on: null, build: (c, [text, pattern]) => matches.build(c, [pattern!], text!) },
  ],
  [".inNetwork", inNetwork],
  [".size", size],
  ["size", { least: 1, most: 1, on: null, build: (c, [of]) => size.build(c, [], of!) }],
  [".join", join],
  [".lowerAscii", textMethod("text", 0, 0, (text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()))],
  [".upperAscii", textMethod("text", 0, 0, (text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()))],
  [".trim", textMethod("text", 0, 0, (text) => text.trim())],
  [
    ".indexOf",
    textMethod("number", 1, 2, (text, [part, from = 0]) =>
      typeof part === "string" ? indexOf(text, part, index(from)) : undefined,
    ),
  ],
  [
    ".lastIndexOf",
    textMethod("number", 1, 1, (text, [part]) =>
      typeof part === "string" ? lastIndexOf(text, part) : undefined,
    ),
  ],
  [".substring", textMethod("text", 1, 2, substring)],
  [
    ".split",
    textMethod("list", 1, 2, (text, [separator, limit = -1]) => {
      if (typeof separator !== "string") return undefined;
      const most = index(limit);
      return most === 0 ? [] : split(text, separator, most < 0 ? Number.MAX_SAFE_INTEGER : most);
    }),
  ],
  ["timestamp", conversion("time", timestamp)],
  ["duration", conversion("span", (value) => (typeof value === "string" ? parseSpan(value) : undefined))],
  ["string", conversion("text", text)],
  ["int", conversion("number", integer)],
  ["uint", conversion("number", (value) => unsigned(integer(value)))],
  ["double", conversion("number", double)],
  ["bool", conversion("boolean", boolean)],
  ["dyn", conversion(null, (value) => value)],
  ["type", conversion("type", typeOf)],
  ...["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"]
    .concat("getHours", "getMinutes", "getSeconds", "getMilliseconds")
    .map((name): [string, Callee] => [
      `.${name}`,
      {
        least: 0,
        most: 1,
        on: ["time", "text", "span"],
        build: (compiling, [zone], receiver) => timeMethod(compiling, name, zone ?? null, receiver),
      },
    ]),
]);

/** A function of one value. What is written in the expression is converted at once, and refused where that fails. */
function conversion(type: StaticType, convert: (value: unknown) => unknown): Callee {
  return {
    least: 1,
    most: 1,
    on: null,
    build(compiling, [argument]) {
      const { node, run } = argument!;
      const fraction = convert === double;
      if (node.op !== "value") {
        return {
          type,
          fraction,
          run(state) {
            const value = run(state);
            return isMissing(value) ? undefined : convert(value);
          },
        };
      }
      const value = convert(run(NOTHING));
      if (isMissing(value)) {
        const needs = type === "time" ? ": 2014-06-30T12:00:00Z" : type === "span" ? ": 1h30m, 250ms" : "";
        compiling.fail(node, `this cannot be made ${TYPES[type ?? "null"]}${needs}`);
      }
      return { type, fraction, run: () => value };
    },
  };
}

const NOTHING = { record: {}, variables: [], steps: 0 } as unknown as State;

/** Seconds since 1970 beyond which no calendar has a time. */
const LATEST = 253_402_300_800;

function timestamp(value: unknown): Moment | null | undefined {
  if (value instanceof Moment) return value;
  if (typeof value === "string") return parseMoment(value);
  const seconds = isNumber(value) ? Number(value) : Number.NaN;
  if (!(Math.abs(seconds) < LATEST)) return undefined;
  const whole = Math.floor(seconds);
  return new Moment(whole, Math.floor((seconds - whole) * 1e9));
}

function text(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (isNumber(value) || typeof value === "boolean") return `${value}`;
  if (value instanceof Moment) {
    const date = new Date(value.seconds * 1000);
    if (Number.isNaN(date.getTime())) return undefined;
    const part = `${value.nanos}`.padStart(9, "0").replace(/0+$/, "");
    return `${date.toISOString().slice(0, 19)}${part === "" ? "" : `.${part}`}Z`;
  }
  return value instanceof TypeName ? value.name : undefined;
}

/** Whole numbers, also in texts, in hex with `0x` as records write statuses. */
function integer(value: unknown): number | bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? Math.trunc(value) : undefined;
  if (value instanceof Moment) return value.seconds;
  if (typeof value !== "string" || value.length > 40) return undefined;
  if (/^0x[0-9a-f]+$/i.test(value)) return whole(BigInt(value));
  return /^[+-]?\d+$/.test(value) ? whole(BigInt(value.replace("+", ""))) : undefined;
}

function unsigned(value: number | bigint | undefined): number | bigint | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}

function double(value: unknown): number | undefined {
  if (isNumber(value)) return Number(value);
  if (
    typeof value !== "string" ||
    value.length > 400 ||
    !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)
  ) {
    return undefined;
  }
  return Number(value);
}

function boolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "True" || value === "TRUE" || value === "t" || value === "1") return true;
  if (value === "false" || value === "False" || value === "FALSE" || value === "f" || value === "0")
    return false;
  return undefined;
}

function typeOf(value: unknown): TypeName | undefined {
  if (typeof value === "string") return new TypeName("string");
  if (typeof value === "boolean") return new TypeName("bool");
  if (isNumber(value))
    return new TypeName(typeof value === "bigint" || Number.isInteger(value) ? "int" : "double");
  if (Array.isArray(value)) return new TypeName("list");
  if (value instanceof Moment) return new TypeName("google.protobuf.Timestamp");
  if (value instanceof Span) return new TypeName("google.protobuf.Duration");
  return isMap(value) ? new TypeName("map") : undefined;
}

/** What a function was meant to be called, for advice. */
export function calleeNames(method: boolean): string[] {
  return [...CALLEES.keys()]
    .filter((name) => name.startsWith(".") === method)
    .map((name) => name.replace(".", ""));
}
