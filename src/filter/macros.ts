/** CEL's macros: has, and those over lists and the keys of objects. Every step they take is counted. */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Place } from "../fields/names.js";
import { type Compiling, type Computed, condition, type Run, type State } from "./expression.js";
import { isMap, isMissing } from "./values.js";

const OVER_LISTS: ReadonlySet<string> = new Set(["exists", "all", "exists_one", "filter", "map"]);

export function isMacro(name: string, method: boolean, args: number): boolean {
  if (!method) return name === "has" && args === 1;
  return OVER_LISTS.has(name) && (args === 2 || (name === "map" && args === 3));
}

export function macro(
  compiling: Compiling,
  node: ASTNode,
  name: string,
  receiver: ASTNode | null,
  args: readonly ASTNode[],
): Computed {
  if (receiver === null) return has(compiling, args[0]!);
  const [variable, ...rest] = args;
  if (variable!.op !== "id") compiling.fail(variable!, `a name is needed here: ${name}(x, …)`);
  const of = compiling.value(receiver);
  if (of.type !== null && of.type !== "list" && of.type !== "map") {
    compiling.fail(node, `${name} is for lists and objects`);
  }
  const place: Place =
    of.type === "list" ? (typeof of.place === "object" ? (of.place?.items ?? "any") : "any") : null;
  return compiling.within(variable!.args as string, place ?? "any", (slot) => {
    const items = itemsOf(of.run);
    if (name === "map") {
      const test = rest.length === 2 ? compiling.test(rest[0]!) : null;
      return { run: mapped(items, slot, test, compiling.value(rest.at(-1)!).run), type: "list" };
    }
    const test = compiling.test(rest[0]!);
    if (name === "filter") {
      return {
        run: mapped(items, slot, test, (state) => state.variables[slot]),
        type: "list",
        place: of.place ?? null,
      };
    }
    return condition(QUANTIFIERS[name]!(items, slot, test));
  });
}

function has(compiling: Compiling, asked: ASTNode): Computed {
  if (asked.op !== "." && asked.op !== "id" && asked.op !== "[]") {
    compiling.fail(asked, "has asks for a part of a record: has(auth.user)");
  }
  const { run } = compiling.value(asked);
  return condition((state) => !isMissing(run(state)));
}

type Items = (state: State) => readonly unknown[] | null;
type Test = (state: State) => boolean;

/** Elements of a list, keys of an object; null for anything else. */
function itemsOf(run: Run): Items {
  return (state) => {
    const value = run(state);
    if (Array.isArray(value)) return value;
    return isMap(value) ? Object.keys(value) : null;
  };
}

function mapped(items: Items, slot: number, test: Test | null, compute: Run): Run {
  return (state) => {
    const list = items(state);
    if (list === null) return undefined;
    const made: unknown[] = [];
    for (const item of list) {
      if (!state.charge(1)) return undefined;
      state.variables[slot] = item;
      if (test === null || test(state)) made.push(compute(state));
    }
    return made;
  };
}

/** How many items the test holds for, of how many: `until` ends the search. */
function counted(items: Items, slot: number, test: Test, until: (held: number, seen: number) => boolean) {
  return (state: State): { held: number; seen: number } | null => {
    const list = items(state);
    if (list === null) return null;
    let held = 0;
    let seen = 0;
    for (const item of list) {
      if (!state.charge(1)) return null;
      state.variables[slot] = item;
      seen++;
      if (test(state)) held++;
      if (until(held, seen)) break;
    }
    return { held, seen };
  };
}

const QUANTIFIERS: { readonly [name: string]: (items: Items, slot: number, test: Test) => Test } = {
  exists(items, slot, test) {
    const count = counted(items, slot, test, (held) => held > 0);
    return (state) => (count(state)?.held ?? 0) > 0;
  },
  all(items, slot, test) {
    const count = counted(items, slot, test, (held, seen) => held < seen);
    return (state) => {
      const found = count(state);
      return found !== null && found.held === found.seen;
    };
  },
  exists_one(items, slot, test) {
    const count = counted(items, slot, test, (held) => held > 1);
    return (state) => count(state)?.held === 1;
  },
};
