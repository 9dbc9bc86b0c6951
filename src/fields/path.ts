/** Paths into records: what stands at one, as -e and rules name it. */

/** A step of a path: a key, or a place in a list. */
export type Step = string | number;

/** `contexts[0].name`, `request.szName`, `readable.request.pInfo.Level1[3].dwType`. */
export function stepsOf(name: string): Step[] | null {
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/.test(name)) return null;
  return [...name.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** What stands at a path in a value, from its step `from` on; lists one by one, and nothing of what is null. */
export function gather(value: unknown, path: readonly Step[], from: number): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const step = path[from];
  if (Array.isArray(value)) {
    if (typeof step === "number") return gather(value[step], path, from + 1);
    return value.flatMap((item) => gather(item, path, from));
  }
  if (step === undefined) return [value];
  if (typeof value !== "object") return [];
  // The members of these are paths themselves.
  if ((from === 2 && path[0] === "readable") || (from === 1 && path[0] === "fields")) {
    return meanings(value as { [path: string]: unknown }, path, from);
  }
  const parts = value as { readonly [key: string]: unknown };
  return typeof step === "string" && Object.hasOwn(parts, step) ? gather(parts[step], path, from + 1) : [];
}

/** Below `readable.request` and `fields` a path is one key: the longest beginning that is one. */
function meanings(
  values: { readonly [path: string]: unknown },
  path: readonly Step[],
  from: number,
): readonly unknown[] {
  for (let end = path.length; end > from; end--) {
    const key = path
      .slice(from, end)
      .reduce<string>(
        (text, step) =>
          typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`,
        "",
      );
    if (Object.hasOwn(values, key)) return gather(values[key], path, end);
  }
  return [];
}
