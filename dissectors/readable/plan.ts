/**
 * Finds the values of a call whose meaning has a name, and gives them by their paths (`pInfo.Level1.dwType`). A method is
 * looked through once, by the types of its parameters: what is left of it is the places where a reader has something to say,
 * and nothing where there are none.
 *
 * Types may be cyclic. Not handled: what is inside natives (VARIANT, activation properties), whose own reader says it.
 */
import type { Value } from "../ndr/decoded.js";
import type { Interface, Method, NdrType } from "../ndr/types.js";
import { WireError } from "../wire/errors.js";
import type { Guid } from "../wire/guid.js";
import { type OpenBytes, opened } from "./opened.js";
import { type Around, isMembers, type Members, type Place, type Read } from "./place.js";
import { READERS } from "./readers.js";

/** Values of one side of one call whose meaning is given. */
export const MAX_MEANINGS = 16_384;
/** Characters of all their paths. */
export const MAX_PATH_CHARACTERS = 1 << 21;

/** What a side means. */
export interface Meanings {
  /** By path; what has no meaning is not there. */
  values: Members;
  /** A limit was reached: there may be more. */
  limited: boolean;
  /** Lone surrogates of the texts in bytes, and the place of the first of them. */
  lone: { path: string; units: number[] } | null;
  /** The first value that could not be read to its end, why, and how many there are. */
  incomplete: { path: string; reason: string; count: number } | null;
}

/** A place where something may be read: the value itself, or what is inside. */
interface Spot {
  name: string;
  read: Read | null;
  inside: Shape | null;
}

interface Shape {
  /** Structures, unions: members. Arrays: one spot for every element. */
  kind: "members" | "list";
  spots: Spot[];
  /** Something may be read inside. */
  useful: boolean;
}

type Shapes = Map<NdrType, Shape>;

const shapesOf = new WeakMap<Interface, Shapes>();
const plans = new WeakMap<Method, readonly Spot[] | null>();

/** The meanings of one side; null where there are none, and nothing to note. `request`: of a response, the values of its request. */
export function meaningsOf(
  iface: Interface,
  method: Method,
  side: Members,
  request: Members | null,
  nameOf: Around["nameOf"],
  cimClass: NonNullable<Around["cimClass"]> = () => null,
  open: OpenBytes = opened,
): Meanings | null {
  let plan = plans.get(method);
  if (plan === undefined) {
    plan = planOf(iface, method);
    plans.set(method, plan);
  }
  if (plan === null) return null;
  const around: Around = {
    path: "",
    members: side,
    side,
    request,
    nameOf,
    cimClass,
    bytes: open === opened ? fromDigits : (digits, bound) => open(digits, bound, around.path),
  };
  const walk = new Walk(around);
  walk.members(plan, side, "");
  const { limited, lone, incomplete } = walk.meanings;
  return walk.count === 0 && !limited && lone === null && incomplete === null ? null : walk.meanings;
}

/** One for all calls of an ordinary run, in which it is in the way of every record. */
const fromDigits: Around["bytes"] = (digits, bound) => opened(digits, bound, "");

class Walk {
  readonly meanings: Meanings = { values: {}, limited: false, lone: null, incomplete: null };
  count = 0;
  readonly #around: Around;
  #pathCharacters = 0;

  constructor(around: Around) {
    this.#around = around;
    around.incomplete = (reason) => {
      this.meanings.incomplete ??= { path: around.path, reason, count: 0 };
      this.meanings.incomplete.count++;
    };
    around.lone = (units) => {
      this.meanings.lone ??= { path: around.path, units: [] };
      for (const unit of units) this.meanings.lone.units.push(unit);
    };
  }

  members(spots: readonly Spot[], values: Members, path: string): void {
    for (const spot of spots) {
      const value = values[spot.name];
      if (value === null || value === undefined) continue;
      this.#value(spot, value, path === "" ? spot.name : `${path}.${spot.name}`, values);
      if (this.meanings.limited) return;
    }
  }

  /** `members`: what the value, or the list that it is an element of, is a member of. */
  #value({ read, inside }: Spot, value: Value, path: string, members: Members): void {
    if (read !== null && this.#read(read, value, path, members)) return;
    if (inside === null || value === null || typeof value !== "object") return;
    if (isMembers(value)) {
      if (inside.kind === "members") this.members(inside.spots, value, path);
      return;
    }
    if (!Array.isArray(value)) return;
    for (let i = 0; i < value.length && !this.meanings.limited; i++) {
      const element = value[i];
      if (element === null || element === undefined) continue;
      if (inside.kind === "list") this.#value(inside.spots[0]!, element, `${path}[${i}]`, members);
      // A linked list, whose pointer holds the elements that follow.
      else if (isMembers(element)) this.members(inside.spots, element, `${path}[${i}]`);
    }
  }

  /** Returns whether the value was given a meaning. */
  #read(read: Read, value: Value, path: string, members: Members): boolean {
    this.#around.path = path;
    this.#around.members = members;
    const meaning = attempt(read, value, this.#around);
    if (meaning === null) return false;
    this.#pathCharacters += path.length;
    if (this.count >= MAX_MEANINGS || this.#pathCharacters > MAX_PATH_CHARACTERS) {
      this.meanings.limited = true;
      return true;
    }
    this.count++;
    this.meanings.values[path] = meaning;
    return true;
  }
}

/** Bytes that are not what they should be have no meaning; they are in the values all the same. A limit says that it was reached. */
function attempt(read: Read, value: Value, around: Around): Value | null {
  try {
    return read(value, around);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    if (e.kind === "limit") around.incomplete?.(e.message);
    return null;
  }
}

function planOf(iface: Interface, method: Method): readonly Spot[] | null {
  let shapes = shapesOf.get(iface);
  if (shapes === undefined) {
    shapes = new Map();
    shapesOf.set(iface, shapes);
  }
  const compiler = new PlanCompiler(iface.uuid, shapes);
  const params = method.params.filter((p) => p.notOnWire !== true);
  const spots = params.map(({ name, type }) => compiler.spot(method.idlName, name, type));
  compiler.finish();
  const useful = spots.filter(isUseful);
  return useful.length === 0 ? null : useful;
}

/** A shape to be filled, with what it stands in. */
interface Unfilled {
  type: NdrType;
  shape: Shape;
  owner: string;
  name: string;
}

class PlanCompiler {
  readonly #interface: Guid;
  readonly #shapes: Shapes;
  /** Those that this method met first. */
  readonly #made: Shape[] = [];
  readonly #open: Unfilled[] = [];

  constructor(uuid: Guid, shapes: Shapes) {
    this.#interface = uuid;
    this.#shapes = shapes;
  }

  spot(owner: string, name: string, declared: NdrType): Spot {
    const type = pointee(declared);
    return {
      name,
      read: readerOf({ interface: this.#interface, owner, name, type }),
      inside: this.#shape(type, owner, name),
    };
  }

  #shape(type: NdrType, owner: string, name: string): Shape | null {
    if (type.kind !== "struct" && type.kind !== "union" && type.kind !== "array") return null;
    const known = this.#shapes.get(type);
    // Elements are read by what their array is called, which is another place for each array.
    if (known !== undefined && type.kind !== "array") return known;
    const shape: Shape = { kind: type.kind === "array" ? "list" : "members", spots: [], useful: false };
    if (type.kind !== "array") this.#shapes.set(type, shape);
    this.#made.push(shape);
    this.#open.push({ type, shape, owner, name });
    return shape;
  }

  /** Fills what was met, then leaves only what is useful. */
  finish(): void {
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) this.#fill(next);
    for (let changed = true; changed; ) {
      changed = false;
      for (const shape of this.#made) {
        if (shape.useful || !shape.spots.some(isUseful)) continue;
        shape.useful = true;
        changed = true;
      }
    }
    for (const shape of this.#made) shape.spots = shape.spots.filter(isUseful);
  }

  #fill({ type, shape, owner, name }: Unfilled): void {
    if (type.kind === "array") {
      shape.spots = [this.spot(owner, name, type.element)];
      return;
    }
    if (type.kind !== "struct" && type.kind !== "union") return;
    const own = type.name ?? owner;
    if (type.kind === "struct") {
      shape.spots = type.fields.map((f) => this.spot(own, f.name, f.type));
      return;
    }
    const arms = type.arms.flatMap(({ field }) =>
      field === null ? [] : [this.spot(own, field.name, field.type)],
    );
    const { encapsulated } = type;
    if (encapsulated === undefined) {
      shape.spots = arms;
      return;
    }
    const union: Shape = { kind: "members", spots: arms, useful: false };
    this.#made.push(union);
    shape.spots = [
      this.spot(own, encapsulated.discriminantName, type.discriminant),
      { name: encapsulated.unionName, read: null, inside: union },
    ];
  }
}

function isUseful({ read, inside }: Spot): boolean {
  return read !== null || inside?.useful === true;
}

function pointee(type: NdrType): NdrType {
  let at = type;
  while (at.kind === "pointer") at = at.to;
  return at;
}

function readerOf(place: Place): Read | null {
  for (const reader of READERS) {
    const read = reader(place);
    if (read !== null) return read;
  }
  return null;
}
