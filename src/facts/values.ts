/** Looking into decoded values, whose shapes are the IDL's. */
import type { DualStringArray } from "../../dissectors/dcom/objref.js";
import { NIL_GUID } from "../../dissectors/wire/guid.js";
import type { Values } from "../call/decoded-call.js";
import type { Value } from "../events.js";
import type { Bindings } from "./fact.js";

/** An OXID or OID of zero: none. */
const NIL_ID = "0000000000000000";

export function record(value: Value | undefined): Values | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}

export function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function number(value: Value | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** A GUID that is not all zeros. */
export function guid(value: Value | undefined): string | null {
  return typeof value === "string" && value !== NIL_GUID ? value : null;
}

/** An OXID or OID that is not zero. */
export function id(value: Value | undefined): string | null {
  return typeof value === "string" && value !== NIL_ID ? value : null;
}

/** The value of an enumeration, or a number that stands in its place. */
export function code(value: Value | undefined): number | null {
  return number(value) ?? number(record(value)?.value);
}

const NO_BINDINGS: Bindings = { strings: [], security: [] };

/** A DUALSTRINGARRAY; empty where there is none. */
export function bindingsOf(array: DualStringArray | null): Bindings {
  if (array === null) return NO_BINDINGS;
  return { strings: array.stringBindings, security: array.securityBindings };
}
