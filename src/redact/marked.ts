/**
 * Values that the IDL of their method marks `[secret]`: parameters, members of structures, arms of unions, what a method
 * returns, wherever they stand among pointers and arrays. They are hidden whole, their shape and their size with them.
 *
 * Not handled: marks inside of what no description reaches: natives, but for a SAFEARRAY, which is hidden whole.
 */

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

/** The description of the method that was called, where it marks anything; null where it does not. */
export class Marks {
  readonly #descriptions: Descriptions | null;
  readonly #names = new WeakMap<Method, ReadonlySet<string>>();

  constructor(descriptions: Descriptions | null) {
    this.#descriptions = descriptions;
  }

  /** The method of a call, by the names that its record has. */
  ofCall({ interface: { uuid }, method: name }: CallRecord): Method | null {
    if (this.#descriptions === null || uuid === null || name === null) return null;
    const iface = this.#descriptions.find(uuid);
    return this.#only(
      iface?.methods.find((m) => m?.name === name) ?? iface?.callbacks.find((m) => m.name === name),
    );
  }

  /** The members with the DISPID of an Invoke: both accessors of a property, since either may be marked. */
  ofDispatch(dispatch: DispatchRecord | null): Method[] {
    if (this.#descriptions === null || dispatch === null || dispatch.interface === null) return [];
    const dispid = Number(dispatch.dispid) >>> 0;
    const methods = this.#descriptions.named(dispatch.interface)?.methods ?? [];
    return methods.filter((m): m is Method => m?.dispid === dispid && this.#only(m) !== null);
  }

  /** Names of all that is hidden of a call: for those who have nothing but paths. */
  namesIn(method: Method | null, members: readonly Method[]): ReadonlySet<string> {
    const names = new Set(method === null ? [] : this.#namesOf(method));
    for (const member of members) for (const name of this.#namesOf(member)) names.add(name);
    if (members.length > 0) for (const name of INVOKED) names.add(name);
    return names;
  }

  #only(method: Method | undefined): Method | null {
    if (method === undefined) return null;
    return method.returnsSecret === true || this.#namesOf(method).size > 0 ? method : null;
  }

  #namesOf(method: Method): ReadonlySet<string> {
    const known = this.#names.get(method);
    if (known !== undefined) return known;
    const names = markedNames(method.params);
    this.#names.set(method, names);
    return names;
  }
}

/** Names that are marked in anything that the parameters are made of. Types may be cyclic. */
function markedNames(params: readonly Parameter[]): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<NdrType>();
  const open: NdrType[] = [];
  const visit = (type: NdrType): void => {
    if (seen.has(type)) return;
    seen.add(type);
    open.push(type);
  };
  const visitAll = (members: readonly (Parameter | Field)[]): void => {
    for (const { name, type, secret } of members) {
      if (secret === true) names.add(name);
      visit(type);
    }
  };
  visitAll(params);
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    visitAll(fieldsOf(type));
    if (type.kind === "pointer") visit(type.to);
    if (type.kind === "array") visit(type.element);
  }
  return names;
}

function fieldsOf(type: NdrType): readonly Field[] {
  if (type.kind === "struct") return type.fields;
  return type.kind === "union" ? type.arms.flatMap(({ field }) => (field === null ? [] : [field])) : [];
}

/** Parameters, fields or arms by name, with what their description marks hidden. */
export function hideMembers(values: Members, of: readonly (Parameter | Field)[], hide: Hide): Members {
  const shown: Members = { ...values };
  for (const { name, type, secret } of of) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    if (secret === true) shown[name] = hide(value);
    // Arms may share a name.
    else if (shown[name] === value) shown[name] = hideInside(value, type, hide);
  }
  return shown;
}

/** The arguments of an Invoke; those that the description does not name are hidden as well. */
export function hideArguments(values: Members, members: readonly Method[], hide: Hide): Members {
  if (members.length === 0) return values;
  let shown = values;
  for (const { params } of members) shown = hideMembers(shown, params, hide);
  const named = new Set(members.flatMap(({ params }) => params.map(({ name }) => name)));
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

/** Values by the paths of their parameters: whatever has a hidden name on its path. */
export function hidePaths(values: Members, names: ReadonlySet<string>, hide: Hide): Members {
  return Object.fromEntries(
    Object.entries(values).map(([path, value]) => [
      path,
      stepsOf(path).some((step) => names.has(step)) ? hide(value) : value,
    ]),
  );
}

/** The names on a path, without indices: `pDispParams` and `rgvarg` of `pDispParams.rgvarg[1]`. */
export function stepsOf(path: string): string[] {
  return path.replace(/\[\d*\]/g, "").split(".");
}

function hideInside(value: Value, type: NdrType, hide: Hide): Value {
  if (value === null || typeof value !== "object") return value;
  if (type.kind === "pointer") return hideInside(value, type.to, hide);
  if (Array.isArray(value)) {
    return type.kind === "array" ? value.map((element) => hideInside(element, type.element, hide)) : value;
  }
  if (type.kind === "struct") return hideMembers(value, type.fields, hide);
  if (type.kind !== "union") return value;
  const { encapsulated } = type;
  if (encapsulated === undefined) return hideMembers(value, fieldsOf(type), hide);
  const union = value[encapsulated.unionName];
  if (union === undefined || union === null || typeof union !== "object" || Array.isArray(union))
    return value;
  return { ...value, [encapsulated.unionName]: hideMembers(union, fieldsOf(type), hide) };
}
