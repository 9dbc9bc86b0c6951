/**
 * Decodes the parameters of a call from its stub by the description of the method. [C706] chapter 14,
 * [MS-RPCE] 2.2.4 and 2.2.5.
 *
 * A method is prepared once for each transfer syntax. Bad input never throws: the error is part of the result,
 * with the path of the parameter at which it happened, and what was decoded before it is kept.
 */
import type { WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { type Compiler, readWhole } from "./codec.js";
import { makeCompiler } from "./compile.js";
import { type Codec, DecodeState, type Native, type NdrContext, type Syntax } from "./decode-state.js";
import type { DecodedSide, Value } from "./decoded.js";
import type { Method, NdrType } from "./types.js";

export type { NdrContext, Syntax } from "./decode-state.js";

interface Plan {
  name: string;
  codec: Codec;
}

interface MethodPlan {
  in: Plan[];
  out: Plan[];
  returns: Codec | null;
}

interface Prepared {
  compiler: Compiler;
  plans: WeakMap<Method, MethodPlan>;
}

type Kind = Syntax | `traced-${Syntax}`;

const prepared = new WeakMap<ReadonlyMap<string, Native>, { [K in Kind]?: Prepared }>();

function preparedFor(ctx: NdrContext): Prepared {
  let both = prepared.get(ctx.natives);
  if (both === undefined) {
    both = {};
    prepared.set(ctx.natives, both);
  }
  const kind: Kind = ctx.wrap === undefined ? ctx.syntax : `traced-${ctx.syntax}`;
  let one = both[kind];
  if (one === undefined) {
    one = { compiler: makeCompiler(ctx.syntax, ctx.natives, ctx.wrap), plans: new WeakMap() };
    both[kind] = one;
  }
  return one;
}

function planOf(method: Method, ctx: NdrContext): MethodPlan {
  const { compiler, plans } = preparedFor(ctx);
  const known = plans.get(method);
  if (known !== undefined) return known;
  const side = (which: "in" | "out"): Plan[] =>
    method.params
      .filter((p) => p[which] && p.notOnWire !== true)
      .map((p) => ({ name: p.name, codec: topLevel(compiler, p.type) }));
  const plan = {
    in: side("in"),
    out: side("out"),
    returns: method.returns === null ? null : topLevel(compiler, method.returns),
  };
  plans.set(method, plan);
  return plan;
}

/** [C706] 14.3.10: a reference pointer at the top level has no representation, only its referent has. */
function topLevel(compiler: Compiler, type: NdrType): Codec {
  return compiler.codec(type.kind === "pointer" && type.pointer === "ref" ? type.to : type);
}

type Outer = { [parameter: string]: Value } | null;

function decode(
  plans: Plan[],
  returns: Codec | null,
  reader: Reader,
  ctx: NdrContext,
  outer: Outer,
): DecodedSide {
  const start = reader.offset;
  const before = reader.mark();
  const side = attempt(plans, returns, reader, ctx, outer, true);
  if (!side.emptyPadded || (side.error === null && side.left === 0)) return side;
  const end = reader.offset;
  reader.offset = start;
  const between = reader.mark();
  const other = attempt(plans, returns, reader, ctx, outer, false);
  side.asked = { ...side.asked, ...other.asked };
  other.asked = side.asked;
  if (other.error === null && (side.error !== null || other.left < side.left)) {
    reader.forget(before, between);
    other.notes.push({ severity: "info", code: "array-padding", message: "empty arrays have no padding" });
    return other;
  }
  reader.forget(between);
  reader.offset = end;
  return side;
}

function attempt(
  plans: Plan[],
  returns: Codec | null,
  reader: Reader,
  ctx: NdrContext,
  outer: Outer,
  padEmpty: boolean,
): DecodedSide & { emptyPadded: boolean } {
  const values: { [parameter: string]: Value } = {};
  const state = new DecodeState(reader, ctx, values, outer);
  state.padEmpty = padEmpty;
  const result: { returned?: Value } = {};
  let error: WireError | null = null;
  try {
    state.depth = 1;
    for (const p of plans) {
      state.keys[0] = p.name;
      readWhole(state, p.codec, values, p.name);
    }
    if (returns !== null) {
      state.keys[0] = "return value";
      state.status = null;
      state.returning = true;
      readWhole(state, returns, result, "returned");
    }
  } catch (e) {
    error = state.located(e);
  }
  state.finish();
  // A fault inside a value of its own (an activation property) ends that value only, and is a note.
  if (error !== null || state.notes.length > 0) dropUnread(values);
  return {
    values,
    returned: result.returned,
    status: result.returned === undefined ? null : state.status,
    found: state.found,
    notes: state.notes,
    nodes: state.nodes,
    error,
    left: reader.left,
    asked: state.asked,
    emptyPadded: state.emptyPadded,
  };
}

/**
 * Takes out the pointers whose referents were not reached when decoding stopped: of structures their members, of arrays all
 * from the first of them on, since referents come in the order of their pointers.
 */
function dropUnread(value: Value | undefined): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    const unread = (value as (Value | undefined)[]).indexOf(undefined);
    if (unread >= 0) value.length = unread;
    for (const element of value) dropUnread(element);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) delete value[name];
    else dropUnread(inner);
  }
}

/**
 * The [in] parameters of a call. The reader stands behind ORPCTHIS where there is one, its origin at the start of
 * the stub and its byte order that of the drep.
 */
export function decodeRequest(method: Method, reader: Reader, ctx: NdrContext): DecodedSide {
  return decode(planOf(method, ctx).in, null, reader, ctx, null);
}

/**
 * The [out] parameters and the return value. `requestValues`, where known, are what size_is and its like may name.
 */
export function decodeResponse(
  method: Method,
  reader: Reader,
  ctx: NdrContext,
  requestValues: { [parameter: string]: Value } | null = null,
): DecodedSide {
  const plan = planOf(method, ctx);
  return decode(plan.out, plan.returns, reader, ctx, requestValues);
}

/** Reads a value of an IDL type inside of another decoding (a native's own bytes), from its reader. */
export function readNested(
  state: DecodeState,
  type: NdrType,
  syntax: Syntax,
  into: object,
  key: string | number,
): void {
  const ctx = syntax === state.ctx.syntax ? state.ctx : { ...state.ctx, syntax };
  readWhole(state, topLevel(preparedFor(ctx).compiler, type), into, key);
}
