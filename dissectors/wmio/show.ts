/**
 * CIM objects as values: `{class, properties: {name: value}, …}`. What is not there is left out, so that a method call shows
 * its parameters and little else.
 *
 * Not handled: qualifiers of properties, methods and parameters, which describe and are no content.
 */
import type { Value } from "../ndr/decoded.js";
import { hex } from "../wire/guid.js";
import type { CimClass, CimObject, CimProperty, CimQualifier, CimValue } from "./cim.js";
import { cimTypeName } from "./cim-types.js";
import type { WbemContext } from "./context.js";

/** Characters and values of one call's CIM objects that are shown; behind them is said that there is more. */
const MAX_SHOWN = 1 << 23;

export type Shown = { [name: string]: Value };

/** The same of an array for each of its bytes, and of one that is short: its classes may have come before, with what they say. */
const MAX_SHOWN_PER_BYTE = 32;
const MAX_SHOWN_OF_SHORT = 1 << 14;

/** How much has been shown. */
export class Showing {
  #left: number;
  /** Whether something was left out. */
  full = false;

  constructor(most: number = MAX_SHOWN) {
    this.#left = most;
  }

  /** The allowance of the objects in an array of so many bytes. */
  static ofArray(bytes: number): Showing {
    return new Showing(Math.min(MAX_SHOWN, MAX_SHOWN_PER_BYTE * bytes + MAX_SHOWN_OF_SHORT));
  }

  /** Whether a value of this size is still shown. */
  spend(size: number): boolean {
    if (size >= this.#left) {
      this.full = true;
      return false;
    }
    this.#left -= size + 1;
    return true;
  }
}

/** One CIM object. */
export function cimValue(object: CimObject, showing: Showing = new Showing()): Shown {
  const type = object.class;
  const shown: Shown = { class: type?.name ?? object.instanceOf };
  if (object.kind === "class") shown.definition = true;
  const derivation = (type?.derivation ?? []).filter((name) => showing.spend(name.length));
  if (derivation.length > 0) shown.derivation = derivation;
  if (object.server !== null) shown.server = object.server;
  if (object.namespace !== null) shown.namespace = object.namespace;
  if (object.kind === "class" && type !== null) describe(type, shown, showing);
  else if (object.qualifiers.length > 0) shown.qualifiers = qualifiersValue(object.qualifiers, showing);
  const properties: Shown = {};
  for (const [name, value] of object.values) {
    // A class has no values, only defaults, and most properties have none.
    if (object.kind === "class" && value === null) continue;
    if (!showing.spend(name.length)) break;
    put(properties, name, plainValue(value, showing));
  }
  if (object.kind === "instance" || Object.keys(properties).length > 0) shown.properties = properties;
  if (object.fault !== null) shown.incomplete = object.fault.message;
  else if (showing.full) shown.incomplete = "more than is shown of the objects of a call";
  return shown;
}

/** What a client says of itself: its values by their names. */
export function contextValue({ values, fault }: WbemContext): Shown {
  const showing = new Showing();
  const shown: Shown = {};
  for (const [name, value] of values) put(shown, name, plainValue(value, showing));
  if (fault !== null) put(shown, "incomplete", fault.message);
  return shown;
}

/** What a class declares: the types of its properties and the parameters of its methods. */
function describe(type: CimClass, shown: Shown, showing: Showing): void {
  if (type.qualifiers.length > 0) shown.qualifiers = qualifiersValue(type.qualifiers, showing);
  shown.types = typesOf(type, showing);
  if (type.methods.length === 0) return;
  const methods: Shown = {};
  for (const { name, input, output } of type.methods) {
    if (!showing.spend(name.length)) break;
    const parameters: Shown = {};
    if (input !== null) parameters.in = typesOf(input, showing);
    if (output !== null) parameters.out = typesOf(output, showing);
    put(methods, name, parameters);
  }
  shown.methods = methods;
}

function typesOf(type: CimClass, showing: Showing): Shown {
  const types: Shown = {};
  for (const property of type.properties) {
    if (!showing.spend(property.name.length)) break;
    put(types, property.name, typeText(property));
  }
  return types;
}

/** `uint32`, `string[]`; of references and objects, what they are of, where a qualifier says so ([MS-WMIO] 2.3.2). */
function typeText({ type, array, qualifiers }: CimProperty): string {
  const said = qualifiers.find(({ name }) => name.toLowerCase() === "cimtype")?.value;
  const of = typeof said === "string" && /^(?:ref|object):/i.test(said) ? said : null;
  return of === null ? cimTypeName(type, array) : `${of}${array ? "[]" : ""}`;
}

function qualifiersValue(qualifiers: readonly CimQualifier[], showing: Showing): Shown {
  const shown: Shown = {};
  for (const { name, value } of qualifiers) {
    if (!showing.spend(name.length)) break;
    put(shown, name, plainValue(value, showing));
  }
  return shown;
}

/** A value as JSON has it: bytes in hex, objects by their properties. */
function plainValue(value: CimValue, showing: Showing): Value {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string") return showing.spend(value.length) ? value : "";
  if (value instanceof Uint8Array) return showing.spend(2 * value.length) ? hex(value) : "";
  if (!Array.isArray(value)) return cimValue(value, showing);
  const values: Value[] = [];
  for (const one of value) {
    if (!showing.spend(1)) break;
    values.push(plainValue(one, showing));
  }
  return values;
}

/** Names come from the wire: one that means something to JavaScript is a name like any other. */
function put(into: Shown, name: string, value: Value): void {
  if (name === "__proto__") {
    Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
  } else into[name] = value;
}
