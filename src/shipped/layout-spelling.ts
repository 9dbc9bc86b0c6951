/**
 * The shorter spelling that files for a browser have generated layouts in (dissectors/idl/layout-format.ts): strings stand without
 * quotes where nothing is ambiguous, types are pointed at by their distance, and the names of types are not written twice. For
 * data of our own making alone.
 */

type Type = string | readonly unknown[];

interface Layout {
  types: readonly Type[];
  names: { readonly [name: string]: number };
}

/** Types that begin with the place of another. */
const POINTING: ReadonlySet<unknown> = new Set(["ref", "unique", "full", "array"]);
/** What C writes before the name of a type in a declaration that also gives it. */
const TAGS = ["", "_", "tag"];
const AS_JSON = /^(?:-?\d[\d.eE+-]*|true|false|null)$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"]+/g;

export function shortLayout(text: string): string {
  const { types, names, ...rest } = JSON.parse(text) as Layout;
  let last = 0;
  const spelled = Object.entries(names).map(([name, place]) => {
    const known = nameOf(types[place]);
    const tag = TAGS.findIndex((one) => one + known === name);
    const step = place - last;
    last = place;
    return tag < 0 ? [step, name] : tag === 0 ? step : [step, tag];
  });
  return bare(JSON.stringify({ types: moved(types, -1), ...rest, names: spelled }));
}

export function longLayout(text: string): string {
  const short = JSON.parse(text.replace(TOKEN, quoted)) as {
    types: readonly Type[];
    names: readonly (number | readonly [number, number | string])[];
  };
  const types = moved(short.types, 1);
  let place = 0;
  const names = short.names.map((spelled) => {
    const [step, name] = typeof spelled === "number" ? [spelled, 0] : spelled;
    place += step;
    return [typeof name === "number" ? TAGS[name]! + nameOf(types[place]) : name, place];
  });
  return JSON.stringify({ ...short, types, names: Object.fromEntries(names) });
}

function moved(types: readonly Type[], sign: 1 | -1): Type[] {
  return types.map((type, place) =>
    typeof type !== "string" && POINTING.has(type[0]) && typeof type[1] === "number"
      ? [type[0], type[1] + sign * place, ...type.slice(2)]
      : type,
  );
}

/** `uint32 DWORD` is the base type and the name it has here. */
function nameOf(type: Type | undefined): string {
  return `${typeof type === "string" ? type.split(" ")[1] : type?.[1]}`;
}

function bare(json: string): string {
  return json.replace(TOKEN, (token) => {
    if (!token.startsWith('"')) return token;
    const inside = JSON.parse(token) as string;
    return token === `"${inside}"` && /^[^[\]{},:"]+$/.test(inside) && !AS_JSON.test(inside) ? inside : token;
  });
}

function quoted(token: string): string {
  return /^["[\]{},:]/.test(token) || AS_JSON.test(token) ? token : JSON.stringify(token);
}
