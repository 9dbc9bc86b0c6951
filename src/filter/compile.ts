/**
 * From CEL's syntax tree to functions over one record. The library parses; what an expression means is decided here, since
 * records are JSON without types, parts of them may be missing, and texts may be of any length (docs/filters.md):
 *
 * - a condition with a missing part does not hold, whatever its operator; `!`, `&&` and `||` are over conditions, so that
 *   `!(x == 1)` holds where x is missing, and `x != 1` does not, as in tshark;
 * - names are checked against the fields of records before any is seen.
 *
 * Not handled: bytes, optionals, user-defined functions.
 */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { EventKind } from "../events.js";
import { describe, list, type Names, type Place } from "../fields/names.js";
import { nearest } from "../suggest.js";
import { dynamic, element, follow, followPath } from "./access.js";
import {
  type Check,
  checkComparison,
  equality,
  literalOf,
  type Ordering,
  ordering,
  spelled,
} from "./comparisons.js";
import {
  type Compiling,
  type Computed,
  condition,
  type Part,
  type StaticType,
  type Test,
} from "./expression.js";
import { FilterError } from "./filter-error.js";
import { CALLEES, type Callee, calleeNames, TYPES } from "./functions.js";
import { isMacro, macro } from "./macros.js";
import { ARITHMETIC } from "./operators.js";
import type { Pattern } from "./patterns.js";
import { isMap, isMissing, isNumber, same, TypeName, whole } from "./values.js";

type NewPattern = (source: string) => Pattern;

/** What Wireshark's names begin with. */
const PROTOCOLS: ReadonlySet<string> = new Set(
  [
    "dcerpc",
    "dcom",
    "epm",
    "ip",
    "ipv6",
    "tcp",
    "udp",
    "eth",
    "ntlmssp",
    "kerberos",
    "smb",
    "smb2",
    "spnego",
    "oxid",
  ].concat(["isystemactivator", "remact", "remunk"]),
);

/** Names of types, which stand for themselves. */
const TYPE_NAMES: ReadonlySet<string> = new Set(["int", "uint", "double", "string", "bool", "list", "map"]);

export class Compiler implements Compiling, Check {
  readonly #source: string;
  readonly names: Names;
  readonly #pattern: NewPattern | null;
  #scope: { name: string; place: Place; slot: number }[] = [];
  /** Keys of records that the expression speaks of. */
  readonly used = new Set<string>();
  /** Kinds of records that have one of these. */
  readonly kinds = new Set<EventKind>();

  constructor(source: string, names: Names, pattern: NewPattern | null) {
    this.#source = source;
    this.names = names;
    this.#pattern = pattern;
  }

  get counted(): boolean {
    return this.#scope.length > 0;
  }

  fail(node: { readonly start: number; readonly end: number }, message: string): never {
    throw new FilterError(message, this.#source, node.start, node.end);
  }

  pattern(source: string, node: ASTNode): Pattern {
    try {
      return this.#pattern!(source);
    } catch (error) {
      const reason = (error as Error).message.replace(/^error parsing regexp: /, "");
      this.fail(node, `this is no regular expression of RE2: ${reason}`);
    }
  }

  within<T>(name: string, place: Place, work: (slot: number) => T): T {
    const slot = this.#scope.length;
    this.#scope.push({ name, place, slot });
    try {
      return work(slot);
    } finally {
      this.#scope.pop();
    }
  }

  /** A condition: what stands on either side of `&&`, and the expression as a whole. */
  test(node: ASTNode): Test {
    switch (node.op) {
      case "||": {
        const tests = this.#chain(node, "||");
        return (state) => tests.some((test) => test(state));
      }
      case "&&": {
        const tests = this.#chain(node, "&&");
        if (tests.length === 2) {
          const [first, second] = tests as [Test, Test];
          return (state) => first(state) && second(state);
        }
        return (state) => tests.every((test) => test(state));
      }
      case "!_": {
        const test = this.test(node.args);
        return (state) => !test(state);
      }
      case "?:": {
        const [asked, then, otherwise] = node.args.map((arg) => this.test(arg)) as [Test, Test, Test];
        return (state) => (asked(state) ? then(state) : otherwise(state));
      }
      default: {
        const part = this.value(node);
        if (part.test !== undefined) return part.test;
        const { run, type } = part;
        if (type !== null && type !== "boolean") this.#noCondition(node, part);
        return (state) => run(state) === true;
      }
    }
  }

  #noCondition(node: ASTNode, { type, place }: Part): never {
    const what = TYPES[type ?? "null"];
    if (place === undefined || place === null) this.fail(node, `this is ${what}, no condition`);
    const text = this.#source.slice(node.start, node.end);
    this.fail(node, `${text} is ${what}, no condition: compare it, or ask has(${text})`);
  }

  /** Chains may be long, and are not descended into. */
  #chain(node: ASTNode, op: "||" | "&&"): Test[] {
    const terms: ASTNode[] = [];
    let left = node;
    while (left.op === op) {
      terms.push(left.args[1]);
      left = left.args[0];
    }
    terms.push(left);
    return terms.reverse().map((term) => this.test(term));
  }

  value(node: ASTNode): Part {
    return { ...this.#compute(node), node };
  }

  #compute(node: ASTNode): Computed {
    switch (node.op) {
      case "value":
        return this.#literal(node);
      case "id":
      case ".":
      case "[]":
        return this.#path(node);
      case "list":
        return this.#list(node.args.map((item) => this.value(item)));
      case "map":
        return this.#map(node.args.map(([key, value]) => [this.value(key), this.value(value)]));
      case "||":
      case "&&":
      case "!_":
        return condition(this.test(node));
      case "?:": {
        const asked = this.test(node.args[0]);
        const then = this.value(node.args[1]);
        const otherwise = this.value(node.args[2]);
        return {
          run: (state) => (asked(state) ? then.run(state) : otherwise.run(state)),
          type: then.type === otherwise.type ? then.type : null,
        };
      }
      case "==":
      case "!=":
      case "<":
      case "<=":
      case ">":
      case ">=":
        return condition(this.#comparison(node, this.value(node.args[0]), this.value(node.args[1])));
      case "in":
        return condition(this.#membership(this.value(node.args[0]), this.value(node.args[1])));
      case "-_": {
        const { run, fraction = false } = this.value(node.args);
        const negative = (value: unknown): unknown =>
          typeof value === "number" ? -value : typeof value === "bigint" ? whole(-value) : undefined;
        return { run: (state) => negative(run(state)), type: "number", fraction };
      }
      case "+":
      case "-":
      case "*":
      case "/":
      case "%": {
        const compute = ARITHMETIC[node.op]!;
        const [left, right] = node.args.map((arg) => this.value(arg)) as [Part, Part];
        const fraction = left.fraction === true || right.fraction === true;
        const type = left.type === right.type && left.type !== "time" ? left.type : null;
        return { run: (state) => compute(left.run(state), right.run(state), fraction), type, fraction };
      }
      case "call":
        return this.#call(node, node.args[0], null, node.args[1]);
      case "rcall":
        return this.#call(node, node.args[0], node.args[1], node.args[2]);
      default:
        return this.fail(node, "optional parts are not understood: a missing part is no error here");
    }
  }

  #literal(node: ASTNode): Computed {
    const { args } = node as ASTNode & { op: "value" };
    if (args === null) return { run: () => null, type: "null" };
    if (typeof args === "string") return { run: () => args, type: "text" };
    if (typeof args === "boolean") return { ...condition(() => args), run: () => args };
    if (typeof args === "number") return { run: () => args, type: "number", fraction: true };
    if (args instanceof Uint8Array)
      return this.fail(node, "bytes are not understood: records write them as text in hex");
    const number = whole(BigInt(args.valueOf()));
    return { run: () => number, type: "number" };
  }

  #list(items: readonly Part[]): Computed {
    const runs = items.map(({ run }) => run);
    return { run: (state) => runs.map((run) => run(state)), type: "list" };
  }

  #map(entries: readonly (readonly [Part, Part])[]): Computed {
    return {
      type: "map",
      run(state) {
        const values = entries.map(([key, value]) => [`${key.run(state)}`, value.run(state)] as const);
        return Object.fromEntries(values);
      },
    };
  }

  /** A name and what is asked of it: `auth.user`, `contexts[0].name`, `request["pInfo"]`. */
  #path(node: ASTNode): Computed {
    const steps: ASTNode[] = [];
    let at = node;
    while (at.op === "." || at.op === "[]") {
      steps.push(at);
      at = at.args[0];
    }
    let { run, place } = at.op === "id" ? this.#named(at) : this.value(at);
    let keys: (string | number)[] = [];
    let readable = false;
    for (const step of steps.reverse()) {
      const key = this.#keyOf(step);
      if (key === null) {
        run = dynamic(
          readable ? followPath(run, keys) : follow(run, keys as string[]),
          this.value((step.args as ASTNode[])[1]!).run,
        );
        [keys, readable, place] = [[], false, place === undefined ? undefined : "any"];
        continue;
      }
      place = this.#below(place, key, step);
      if (typeof key === "number" && !readable) {
        run = element(follow(run, keys as string[]), key);
        keys = [];
        continue;
      }
      keys.push(key);
      if (typeof place === "object" && place?.open === true && place.path.startsWith("readable.")) {
        run = follow(run, keys as string[]);
        [keys, readable] = [[], true];
      }
    }
    run = readable && keys.length > 0 ? followPath(run, keys) : follow(run, keys as string[]);
    return { run, place: place ?? "any", ...staticType(place) };
  }

  /** The key that a step goes by, where it is written there. */
  #keyOf(step: ASTNode): string | number | null {
    if (step.op === ".") return step.args[1];
    const [, index] = step.args as [ASTNode, ASTNode];
    const key = index.op === "value" ? index.args : null;
    if (typeof key === "bigint") return Number(key);
    return typeof key === "string" ? key : null;
  }

  #named(node: ASTNode): Computed {
    const name = node.args as string;
    const variable = this.#scope.findLast((one) => one.name === name);
    if (variable !== undefined) {
      const { slot, place } = variable;
      return { run: (state) => state.variables[slot], place, ...staticType(place) };
    }
    if (TYPE_NAMES.has(name)) {
      const type = new TypeName(name);
      return { run: () => type, type: "type" };
    }
    if (name === "type")
      this.fail(node, "type is CEL's own word: the kind of record is kind, a value's type is type(value)");
    const field = this.names.top(name);
    if (field === null) {
      const advice = PROTOCOLS.has(name)
        ? "Wireshark's names are for -e; here they are those of the call log, as opnum, call_id and auth.user"
        : this.names.advice(name, this.names.root);
      this.fail(node, `records have no ${name}; ${advice}`);
    }
    const key = name === "kind" ? "type" : name;
    this.used.add(key);
    for (const kind of field.kinds) this.kinds.add(kind);
    return { run: ({ record }) => record[key], place: field, ...staticType(field) };
  }

  /** What stands below a place; refuses names that no record has there. */
  #below(place: Place | undefined, key: string | number, step: ASTNode): Place | undefined {
    if (place === undefined || place === null || place === "any" || place.open)
      return place === undefined ? undefined : "any";
    const marked = { start: step.op === "." ? step.pos : step.start, end: step.end };
    if (typeof key === "number") {
      if (place.items === null) this.fail(marked, `${place.path} is ${describe(place)}, no list`);
      return place.items;
    }
    const found = place.parts.get(key);
    if (found !== undefined) return found;
    if (place.parts.size === 0 && place.items !== null) {
      const inner = place.items.parts.has(key) ? `: ${place.path}.exists(x, x.${key} == …)` : "";
      this.fail(marked, `${place.path} is a list${inner}`);
    }
    if (place.parts.size === 0) this.fail(marked, `${place.path} is ${describe(place)} and has no parts`);
    return this.fail(marked, `${place.path} has no ${key}; ${this.names.advice(key, place)}`);
  }

  #comparison(node: ASTNode, left: Part, right: Part): Test {
    const op = node.op;
    if (left.type === "null" || right.type === "null") {
      if (op !== "==" && op !== "!=") this.fail(node, "nothing is less or more than null");
      const { run } = left.type === "null" ? right : left;
      return op === "==" ? (state) => isMissing(run(state)) : (state) => !isMissing(run(state));
    }
    checkComparison(this, node, left, right);
    if (op === "==" || op === "!=") return equality(op === "==", left, right);
    return ordering(op as Ordering, left, right);
  }

  #membership(left: Part, right: Part): Test {
    const { run } = left;
    if (right.type !== null && right.type !== "list" && right.type !== "map") {
      const what = TYPES[right.type];
      this.fail(
        right.node,
        `in looks into lists and objects, this is ${what}: use contains for texts, inNetwork for networks`,
      );
    }
    if (right.node.op === "list") {
      for (const item of right.node.args) checkComparison(this, right.node, left, this.value(item));
      const values = right.node.args.map((item) => spelled(left.place, literalOf(item)));
      if (values.every((value) => typeof value === "string" || typeof value === "number")) {
        const among = new Set<unknown>(values);
        return (state) => among.has(run(state));
      }
    }
    const inside = right.run;
    return (state) => {
      const value = run(state);
      const found = inside(state);
      if (isMissing(value)) return false;
      if (Array.isArray(found)) {
        return (
          state.charge(this.counted ? found.length : 0) &&
          found.some((item) => same(value, item, () => state.charge(1)) === true)
        );
      }
      return (
        (typeof value === "string" || isNumber(value)) && isMap(found) && Object.hasOwn(found, `${value}`)
      );
    };
  }

  #call(node: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[]): Computed {
    if (isMacro(name, receiver !== null, args.length)) return macro(this, node, name, receiver, args);
    const callee = CALLEES.get(receiver === null ? name : `.${name}`);
    if (callee === undefined) {
      const known = calleeNames(receiver !== null);
      const other = CALLEES.has(receiver === null ? `.${name}` : name);
      const near = known.find((one) => one.toLowerCase() === name.toLowerCase()) ?? nearest(name, known);
      const advice = other
        ? receiver === null
          ? `it is asked of a value: value.${name}(…)`
          : `it is called with the value: ${name}(value)`
        : near === null
          ? `known are ${list(known)}`
          : `did you mean ${near}?`;
      this.fail(node, `there is no ${receiver === null ? "function" : "method"} ${name}; ${advice}`);
    }
    if (args.length < callee.least || args.length > callee.most) {
      const wanted = callee.least === callee.most ? `${callee.least}` : `${callee.least} to ${callee.most}`;
      this.fail(
        node,
        `${name} takes ${wanted === "0" ? "no arguments" : wanted === "1" ? "1 argument" : `${wanted} arguments`}`,
      );
    }
    const parts = args.map((arg) => this.value(arg));
    const on = receiver === null ? parts[0]! : this.value(receiver);
    if (receiver !== null && on.type !== null && on.type !== "null" && !accepts(callee, on.type)) {
      const takes = list((callee.on ?? []).map((type) => TYPES[type ?? "null"]));
      const inList = on.type === "list" && name === "contains" ? ": value in list" : "";
      this.fail(node, `${name} is for ${takes}, this is ${TYPES[on.type]}${inList}`);
    }
    return callee.build(this, parts, on);
  }
}

/** Times stand in records as text. */
function accepts({ on }: Callee, type: StaticType): boolean {
  return on === null || on.includes(type) || (type === "time" && on.includes("text"));
}

const STATIC: { readonly [type: string]: StaticType } = {
  string: "text",
  integer: "number",
  number: "number",
  boolean: "boolean",
  time: "time",
  object: "map",
  open: "map",
};

/** What is known of values at a place. Records of different kinds may have different things under one name. */
function staticType(place: Place | undefined): { type: StaticType; fraction: boolean } {
  if (place === undefined || place === null || place === "any") return { type: null, fraction: false };
  const types = new Set(
    place.types.map((type) => (type.startsWith("list of") ? "list" : (STATIC[type] ?? null))),
  );
  const [only = null] = types;
  return { type: types.size === 1 ? only : null, fraction: place.types.includes("number") };
}
