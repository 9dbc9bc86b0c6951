/**
 * Compares the values of a decoded stub with the bytes that tshark assigns to the fields of the same stub: every value
 * must be found among them in its place, and none may be left. The names of the two do not matter.
 */
import type { Value } from "../../src/events.js";
import type { Leaf } from "./dissection.js";

/** What a value may look like on the wire. */
interface Token {
  path: string;
  shown: string;
  forms: Buffer[];
  text: boolean;
  /** Where the text may stand for bytes. */
  blob: Buffer | null;
}

function integerForms(n: bigint, little: boolean): Buffer[] {
  const forms: Buffer[] = [];
  for (const width of [4, 2, 1, 8]) {
    const bits = BigInt(width * 8);
    if (n >= 1n << bits || n < -(1n << (bits - 1n))) continue;
    const b = Buffer.alloc(width);
    let rest = BigInt.asUintN(Number(bits), n);
    for (let i = 0; i < width; i++) {
      b[little ? i : width - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    forms.push(b);
  }
  return forms;
}

function guidForm(text: string, little: boolean): Buffer {
  const b = Buffer.from(text.replaceAll("-", ""), "hex");
  if (little) {
    b.subarray(0, 4).reverse();
    b.subarray(4, 6).reverse();
    b.subarray(6, 8).reverse();
  }
  return b;
}

function stringForms(text: string, little: boolean): Buffer[] {
  const wide = Buffer.from(text, "utf16le");
  const wideEnded = Buffer.from(`${text}\0`, "utf16le");
  if (!little) {
    wide.swap16();
    wideEnded.swap16();
  }
  const narrow = Buffer.from(text, "latin1");
  return [wideEnded, wide, Buffer.from(`${text}\0`, "latin1"), narrow];
}

function tokens(value: Value, path: string, little: boolean, out: Token[]): void {
  if (value === null) return;
  const add = (forms: Buffer[], blob: Buffer | null = null): void => {
    out.push({ path, shown: JSON.stringify(value), forms, text: typeof value === "string", blob });
  };
  if (typeof value === "boolean") add(integerForms(value ? 1n : 0n, little));
  else if (typeof value === "number") {
    if (Number.isInteger(value)) add(integerForms(BigInt(value), little));
    else {
      const b = Buffer.alloc(8);
      b[little ? "writeDoubleLE" : "writeDoubleBE"](value);
      const f = Buffer.alloc(4);
      f[little ? "writeFloatLE" : "writeFloatBE"](value);
      add([b, f]);
    }
  } else if (typeof value === "string") {
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) {
      add([guidForm(value, little)]);
      return;
    }
    const forms = stringForms(value, little);
    if (/^-?\d+$/.test(value) || /^0x[0-9a-f]{8}$/.test(value)) {
      const n = BigInt(value);
      if (n < 1n << 64n && n >= -(1n << 63n)) forms.push(...integerForms(n, little));
    }
    const blob = /^([0-9a-f]{2})+$/.test(value) ? Buffer.from(value, "hex") : null;
    if (blob) forms.push(blob);
    add(forms, blob);
  } else if (Array.isArray(value)) {
    value.forEach((element, i) => {
      tokens(element, `${path}[${i}]`, little, out);
    });
  } else {
    const keys = Object.keys(value);
    if (keys.length === 2 && "value" in value && "name" in value && typeof value.value === "number") {
      tokens(value.value, path, little, out);
    } else for (const key of keys) tokens(value[key]!, path === "" ? key : `${path}.${key}`, little, out);
  }
}

/** Leaves whose bytes were already reported by an earlier one say nothing new. */
function withoutRepeats(leaves: readonly Leaf[]): Leaf[] {
  const reported = new Set<number>();
  return leaves.filter((leaf) => {
    let fresh = leaf.size === 0;
    for (let at = leaf.pos; at < leaf.pos + leaf.size; at++) {
      if (!reported.has(at)) fresh = true;
      reported.add(at);
    }
    return fresh;
  });
}

export interface Agreement {
  /** Values that were found. */
  values: number;
  /** Where the two part, or null. */
  difference: string | null;
}

/** Every value of `values` and then `returned`, against all of a stub's fields. */
export function compare(values: Value, returned: Value, all: readonly Leaf[], little: boolean): Agreement {
  const wanted: Token[] = [];
  tokens(values, "", little, wanted);
  tokens(returned, "returned", little, wanted);
  const leaves = all.some((l) => l.pos > 0) ? withoutRepeats(all) : all;

  /** Where the bytes of `form` end if they stand here, over as many fields as they take. */
  function consume(form: Buffer, at: Place): Place | null {
    let { leaf, within } = at;
    let done = 0;
    while (done < form.length) {
      const field = leaves[leaf];
      if (!field) return null;
      const take = Math.min(field.size - within, form.length - done);
      if (
        field.bytes &&
        !field.bytes.subarray(within, within + take).equals(form.subarray(done, done + take))
      )
        return null;
      done += take;
      within += take;
      if (within === field.size) {
        leaf++;
        within = 0;
      }
    }
    return { leaf, within };
  }

  /** What follows the end of a string in a field of fixed size is no value. */
  function restIsZero({ leaf, within }: Place): Place | null {
    const field = leaves[leaf];
    if (!field?.bytes || (within === 0 && field.size < 2)) return null;
    return field.bytes.subarray(within).every((b) => b === 0) ? { leaf: leaf + 1, within: 0 } : null;
  }

  /** A security descriptor and its like: one value here, a tree of fields there, not in the order of its bytes. */
  function asTree(bytes: Buffer, { leaf, within }: Place): Place | null {
    if (within !== 0 || !leaves[leaf]) return null;
    const base = leaves[leaf].pos;
    let at = leaf;
    for (; at < leaves.length; at++) {
      const field = leaves[at]!;
      const from = field.pos - base;
      if (from < 0 || from + field.size > bytes.length) break;
      if (field.bytes && !bytes.subarray(from, from + field.size).equals(field.bytes)) return null;
    }
    return { leaf: at, within: 0 };
  }

  function* ways(token: Token, at: Place): Generator<[token: number, place: Place]> {
    const size = leaves[at.leaf]?.size;
    if (size === 0) yield [1, { leaf: at.leaf + 1, within: 0 }];
    for (const form of [...token.forms].sort(
      (a, b) => Number(b.length === size) - Number(a.length === size),
    )) {
      const place = consume(form, at);
      if (!place) continue;
      yield [1, place];
      const padded = token.text ? restIsZero(place) : null;
      if (padded) yield [1, padded];
    }
    if (token.blob) {
      const place = asTree(token.blob, at);
      if (place) yield [1, place];
    }
  }

  let furthest = { token: 0, place: { leaf: 0, within: 0 } };
  const failed = new Set<string>();
  const stack: { token: number; place: Place; ways: Generator<[number, Place]> }[] = [];
  const visit = (token: number, place: Place): void => {
    if (token > furthest.token) furthest = { token, place };
    const all = function* (): Generator<[number, Place]> {
      if (token < wanted.length) yield* ways(wanted[token]!, place);
      if (place.within === 0 && leaves[place.leaf]?.optional) yield [0, { leaf: place.leaf + 1, within: 0 }];
    };
    stack.push({ token, place, ways: all() });
  };
  visit(0, furthest.place);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.token === wanted.length && top.place.leaf >= leaves.length)
      return { values: wanted.length, difference: null };
    const way = top.ways.next();
    if (way.done) {
      failed.add(`${top.token} ${top.place.leaf} ${top.place.within}`);
      stack.pop();
      continue;
    }
    const [step, place] = way.value;
    if (!failed.has(`${top.token + step} ${place.leaf} ${place.within}`)) visit(top.token + step, place);
  }
  const token = wanted[furthest.token];
  const leaf = leaves[furthest.place.leaf];
  const ours = token ? `${token.path} = ${token.shown.slice(0, 80)}` : "the end";
  const theirs = leaf
    ? `${leaf.name} = ${leaf.show.slice(0, 80)} (${leaf.bytes?.toString("hex").slice(0, 40)})`
    : "the end";
  return { values: furthest.token, difference: `${ours}; tshark: ${theirs}` };
}

interface Place {
  leaf: number;
  within: number;
}
