/** Reading parts of records, by paths that are known before the run. */

import type { Run } from "./expression.js";
import { isMap, isNumber } from "./values.js";

/** A key of an object; undefined where there is none. Keys of the traffic's making never reach what objects inherit. */
function own(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Follows `keys` from what `base` answers. */
export function follow(base: Run, keys: readonly string[]): Run {
  const [first = "", second = "", third = ""] = keys;
  switch (keys.length) {
    case 0:
      return base;
    case 1:
      return (state) => own(base(state), first);
    case 2:
      return (state) => own(own(base(state), first), second);
    case 3:
      return (state) => own(own(own(base(state), first), second), third);
    default:
      return (state) => keys.reduce<unknown>(own, base(state));
  }
}

/**
 * The same below `readable`, where a path is one key: `pInfo.Level1[3].dwType`. The longest beginning of `keys` that is one is
 * followed, and the rest within its value.
 */
export function followPath(base: Run, keys: readonly (string | number)[]): Run {
  const paths = keys.map((_, index) => pathOf(keys.slice(0, index + 1)));
  return (state) => {
    const values = base(state);
    for (let count = keys.length; count > 0; count--) {
      const found = own(values, paths[count - 1]!);
      if (found !== undefined) return keys.slice(count).reduce<unknown>(step, found);
    }
    return undefined;
  };
}

function step(value: unknown, key: string | number): unknown {
  if (typeof key === "string") return own(value, key);
  return Array.isArray(value) ? value[key] : undefined;
}

function pathOf(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}

/** What stands at a key, or a place in a list, that only the run knows. */
export function dynamic(base: Run, key: Run): Run {
  return (state) => {
    const value = base(state);
    const at = key(state);
    if (Array.isArray(value)) return isNumber(at) ? value[Number(at)] : undefined;
    return isMap(value) && (typeof at === "string" || isNumber(at)) && Object.hasOwn(value, `${at}`)
      ? value[`${at}`]
      : undefined;
  };
}

/** What stands at a place in a list. */
export function element(base: Run, index: number): Run {
  return (state) => {
    const value = base(state);
    return Array.isArray(value) ? value[index] : undefined;
  };
}
