/**
 * [C706] 14.3.8 unions, [MS-RPCE] 2.2.4.5 and 2.2.5.3.4.4. A union is shown as an object with its live arm.
 *
 * A union stands where its tag aligns, as Windows sends it, though a structure with a union in it is aligned to
 * the largest of its arms.
 */
import { malformed } from "../wire/errors.js";
import { type Compiler, member } from "./codec.js";
import type { Codec, Container, DecodeState, Key } from "./decode-state.js";
import type { Value } from "./decoded.js";
import { evaluateConstant, toInteger } from "./expr.js";
import type { NdrType, UnionType } from "./types.js";

interface Arm {
  name: string;
  codec: Codec | null;
}

/**
 * [C706] 14.3.8, [MS-RPCE] 2.2.4.5, 2.2.5.3.4.4: the tag, then the arm it selects. NDR aligns each of them by
 * itself, `[ms_union]` the arm by the largest arm, NDR64 the whole union and the arm by the largest.
 */
export function compileUnion(c: Compiler, type: UnionType): Codec {
  const wide = c.syntax === "ndr64";
  const tag = c.codec(type.discriminant);
  const arms: Arm[] = type.arms.map((a) =>
    a.field === null ? { name: "", codec: null } : member(c, a.field),
  );
  const byCase = new Map<number, number>();
  let otherwise = -1;
  type.arms.forEach((a, i) => {
    if (a.isDefault) otherwise = i;
    for (const e of a.cases) {
      const v = evaluateConstant(e);
      if (v !== null) byCase.set(Number(v), i);
    }
  });
  let armAlign = 1;
  for (const a of arms) if (a.codec !== null) armAlign = Math.max(armAlign, a.codec.align);
  const align = Math.max(tag.align, armAlign);
  const ms = type.msUnion === true && type.encapsulated === undefined;
  const padArm = wide || ms;
  const names = type.encapsulated;
  const tagName = names?.discriminantName ?? "tag";
  const hasRefs = arms.some((a) => a.codec !== null && a.codec.refs !== null);
  const tagBits = tag.align * 8;

  /** Cases may be written as signed or unsigned where the tag is the other. */
  const select = (n: number): number =>
    byCase.get(n) ?? byCase.get(n - 2 ** tagBits) ?? byCase.get(n + 2 ** tagBits) ?? otherwise;

  const read = (state: DecodeState, into: Container, key: Key): void => {
    if (wide) state.reader.align(align);
    const at = state.reader.offset;
    state.keys[state.depth++] = tagName;
    const shown = tag.leaf === undefined ? null : tag.leaf(state);
    state.depth--;
    const value = tagValue(state, type.discriminant, shown);
    if (typeof shown !== "string" || shown.length > 1)
      state.check("switch-is-mismatch", "the union's tag", type.switchIs, value);
    let holder = into;
    let place = key;
    if (names !== undefined) {
      holder = { [names.discriminantName]: shown };
      into[key] = holder;
      place = names.unionName;
    }
    const index = select(value);
    const arm = arms[index];
    if (arm === undefined) throw malformed(`tag ${value} selects no arm of the union`, at, "tag");
    if (hasRefs) state.pending.push(index);
    if (padArm) arm.codec === null ? state.alignSoft(armAlign) : state.reader.align(armAlign);
    if (arm.codec === null) {
      holder[place] = null;
      return;
    }
    const box: { [name: string]: Value } = {};
    holder[place] = box;
    state.spend(1);
    state.keys[state.depth++] = arm.name;
    arm.codec.read(state, box, arm.name);
    state.depth--;
  };
  const refs = (state: DecodeState, into: Container, key: Key): void => {
    const arm = arms[state.pending[state.pendingAt++]!]!;
    if (arm.codec === null || arm.codec.refs === null) return;
    const holder = names === undefined ? into[key] : into[key][names.unionName];
    state.keys[state.depth++] = arm.name;
    arm.codec.refs(state, holder, arm.name);
    state.depth--;
  };
  return { align, dims: 0, open: false, read, refs: hasRefs ? refs : null };
}

/** A character's code, an enumeration's value, any other tag's own value. */
function tagValue(state: DecodeState, type: NdrType, shown: Value): number {
  if (shown === "\ufffd") {
    // It may stand for what is no character; the arm goes by what was sent.
    const sent = state.reader.fork();
    sent.offset -= 2;
    return sent.u16();
  }
  const character = type.kind === "base" && (type.base === "char" || type.base === "wchar");
  if (character && typeof shown === "string") return shown.charCodeAt(0);
  return Number(toInteger(shown) ?? -1n);
}
