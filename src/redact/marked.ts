/**
 * Values that the IDL of their method marks `[secret]`, and those of documented interfaces that are secret without a mark:
 * parameters, members of structures, arms of unions, what a method returns, wherever they stand among pointers and arrays.
 * They are hidden whole, their shape and their size with them.
 *
 * Not handled: marks inside of what no description reaches: natives, but for a SAFEARRAY, which is hidden whole.
 */

import { secretsOf } from "../../dissectors/idl/secrets.js";
import type { Field, Interface, Method, NdrType, Parameter } from "../../dissectors/ndr/types.js";
import type { CallRecord, DispatchRecord, Value } from "../events.js";

/** The interfaces that the run knows, with what their IDL says. */
export interface Descriptions {
  /** By UUID. */
  find(uuid: string): Interface | null;
  named(name: string): Interface | null;
}

export type Members = { [name: string]: Value };

/** Hides one value, whole. */
export type Hide = (value: Value) => Value;

/** A method of which something is secret. */
export interface Marked {
  method: Method;
  /** What is secret without a mark, as `Owner.member`. */
  unmarked: ReadonlySet<string> | null;
}

type Declared = readonly (Parameter | Field)[];

/** The description of the method that was called, where anything of it is secret; null where nothing is. */
export class Marks {
  readonly #descriptions: Descriptions | null;
  readonly #names = new WeakMap<Method, ReadonlySet<string>>();
  readonly #unmarked = new Map<string, ReadonlySet<string> | null>();

  constructor(descriptions: Descriptions | null) {
    this.#descriptions = descriptions;
  }

  /** The method of a call, by the names that its record has. */
  ofCall({ interface: { uuid }, method: name }: CallRecord): Marked | null {
    if (this.#descriptions === null || uuid === null || name === null) return null;
    const iface = this.#descriptions.find(uuid);
    return this.#only(
      iface?.methods.find((m) => m?.name === name) ?? iface?.callbacks.find((m) => m.name === name),
      uuid,
    );
  }

  /** The members with the DISPID of an Invoke: both accessors of a property, since either may be marked. */
  ofDispatch(dispatch: DispatchRecord | null): Marked[] {
    if (this.#descriptions === null || dispatch === null || dispatch.interface === null) return [];
    const dispid = Number(dispatch.dispid) >>> 0;
    const iface = this.#descriptions.named(dispatch.interface);
    if (iface === null) return [];
    const members = iface.methods.filter((m) => m?.dispid === dispid);
    return members.map((m) => this.#only(m, iface.uuid)).filter((m) => m !== null);
  }

  /** Names of all that is hidden of the members of an Invoke: for those who have nothing but paths. */
  namesIn(members: readonly Marked[]): ReadonlySet<string> {
    const names = new Set<string>();
    for (const member of members) for (const name of this.#namesOf(member)) names.add(name);
    if (members.length > 0) for (const name of INVOKED) names.add(name);
    return names;
  }

  /** Names of all that is hidden of a call, whatever it stands in. */
  names(call: CallRecord): ReadonlySet<string> {
    const own = this.ofCall(call);
    return new Set([
      ...(own === null ? [] : this.#namesOf(own)),
      ...this.namesIn(this.ofDispatch(call.dispatch)),
    ]);
  }

  #only(method: Method | undefined, uuid: string): Marked | null {
    if (method === undefined) return null;
    let unmarked = this.#unmarked.get(uuid);
    if (unmarked === undefined) {
      unmarked = secretsOf(uuid);
      this.#unmarked.set(uuid, unmarked);
    }
    const marked = { method, unmarked };
    return method.returnsSecret === true || this.#namesOf(marked).size > 0 ? marked : null;
  }

  #namesOf(marked: Marked): ReadonlySet<string> {
    const known = this.#names.get(marked.method);
    if (known !== undefined) return known;
    const names = secretNames(marked);
    this.#names.set(marked.method, names);
    return names;
  }
}

function isSecret({ name, secret }: Parameter | Field, owner: string, unmarked: Marked["unmarked"]): boolean {
  return secret === true || unmarked?.has(`${owner}.${name}`) === true;
}

/** Names that are secret in anything that the parameters are made of. Types may be cyclic. */
function secretNames({ method, unmarked }: Marked): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<NdrType>();
  const open: { type: NdrType; owner: string }[] = [];
  const visit = (type: NdrType, owner: string): void => {
    if (seen.has(type)) return;
    seen.add(type);
    open.push({ type, owner });
  };
  const visitAll = (members: Declared, owner: string): void => {
    for (const member of members) {
      if (isSecret(member, owner, unmarked)) names.add(member.name);
      visit(member.type, owner);
    }
  };
  visitAll(method.params, method.idlName);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { type, owner } = next;
    visitAll(fieldsOf(type), ownerOf(type, owner));
    if (type.kind === "pointer") visit(type.to, owner);
    if (type.kind === "array") visit(type.element, owner);
  }
  return names;
}

function fieldsOf(type: NdrType): readonly Field[] {
  if (type.kind === "struct") return type.fields;
  return type.kind === "union" ? type.arms.flatMap(({ field }) => (field === null ? [] : [field])) : [];
}

/** Nameless structures go by what they stand in. */
function ownerOf(type: NdrType, outer: string): string {
  return (type.kind === "struct" || type.kind === "union" ? type.name : undefined) ?? outer;
}

/** The parameters of a method, with what is secret of them hidden. */
export function hideParameters(values: Members, { method, unmarked }: Marked, hide: Hide): Members {
  return hideMembers(values, method.params, method.idlName, unmarked, hide);
}

/** Parameters, fields or arms by name. */
function hideMembers(
  values: Members,
  of: Declared,
  owner: string,
  unmarked: Marked["unmarked"],
  hide: Hide,
): Members {
  const shown: Members = { ...values };
  for (const member of of) {
    const { name, type } = member;
    const value = values[name];
    if (value === undefined || value === null) continue;
    if (isSecret(member, owner, unmarked)) shown[name] = hide(value);
    // Arms may share a name.
    else if (shown[name] === value) shown[name] = hideInside(value, type, owner, unmarked, hide);
  }
  return shown;
}

/** The arguments of an Invoke; those that the description does not name are hidden as well. */
export function hideArguments(values: Members, members: readonly Marked[], hide: Hide): Members {
  if (members.length === 0) return values;
  let shown = values;
  for (const member of members) shown = hideParameters(shown, member, hide);
  const named = new Set(members.flatMap(({ method }) => method.params.map(({ name }) => name)));
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [name, named.has(name) ? value : hide(value)]),
  );
}

/** Parameters of Invoke, and the member of one, that carry its member's arguments and result, which have no names there. */
const INVOKED: readonly string[] = ["rgVarRef", "pVarResult", "rgvarg"];

/** What Invoke itself carries of its member's arguments and result. */
export function hideInvoked(values: Members, hide: Hide): Members {
  const shown: Members = { ...values };
  for (const name of INVOKED) {
    if (shown[name] !== undefined) shown[name] = hide(shown[name]);
  }
  const { pDispParams: sent } = values;
  if (sent !== undefined && sent !== null && typeof sent === "object" && !Array.isArray(sent)) {
    if (sent.rgvarg !== undefined) shown.pDispParams = { ...sent, rgvarg: hide(sent.rgvarg) };
  }
  return shown;
}

/** Values by the paths of their parameters: whatever is secret on its way, and whatever has one of the names on it. */
export function hidePaths(
  values: Members,
  marked: Marked | null,
  names: ReadonlySet<string>,
  hide: Hide,
): Members {
  return Object.fromEntries(
    Object.entries(values).map(([path, value]) => {
      const steps = stepsOf(path);
      const hidden =
        (marked !== null && leadsToSecret(steps, marked)) || steps.some((step) => names.has(step));
      return [path, hidden ? hide(value) : value];
    }),
  );
}

/** The names on a path, without indices: `pDispParams` and `rgvarg` of `pDispParams.rgvarg[1]`. */
export function stepsOf(path: string): string[] {
  return path.replace(/\[\d*\]/g, "").split(".");
}

function leadsToSecret(steps: readonly string[], { method, unmarked }: Marked): boolean {
  let members: Declared = method.params;
  let owner = method.idlName;
  for (const step of steps) {
    const found = members.filter(({ name }) => name === step);
    if (found.some((member) => isSecret(member, owner, unmarked))) return true;
    const inner = found[0] === undefined ? null : core(found[0].type);
    // The union of an encapsulated one is a step of its own.
    if (inner === null) continue;
    members = fieldsOf(inner);
    owner = ownerOf(inner, owner);
  }
  return false;
}

/** What pointers point to and arrays are made of. */
function core(type: NdrType): NdrType {
  let at = type;
  while (at.kind === "pointer" || at.kind === "array") at = at.kind === "pointer" ? at.to : at.element;
  return at;
}

function hideInside(
  value: Value,
  type: NdrType,
  outer: string,
  unmarked: Marked["unmarked"],
  hide: Hide,
): Value {
  if (value === null || typeof value !== "object") return value;
  if (type.kind === "pointer") return hideInside(value, type.to, outer, unmarked, hide);
  if (Array.isArray(value)) {
    // What is no array by its type is the rest of a linked list.
    const element = type.kind === "array" ? type.element : type;
    return value.map((one) => hideInside(one, element, outer, unmarked, hide));
  }
  const owner = ownerOf(type, outer);
  if (type.kind === "struct") return hideMembers(value, type.fields, owner, unmarked, hide);
  if (type.kind !== "union") return value;
  const { encapsulated } = type;
  if (encapsulated === undefined) return hideMembers(value, fieldsOf(type), owner, unmarked, hide);
  const union = value[encapsulated.unionName];
  if (union === undefined || union === null || typeof union !== "object" || Array.isArray(union))
    return value;
  return { ...value, [encapsulated.unionName]: hideMembers(union, fieldsOf(type), owner, unmarked, hide) };
}
