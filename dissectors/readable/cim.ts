/**
 * [MS-WMI]: CIM objects where their interface pointers stand (pInParams, ppObject, the elements of apObjects), the arrays of them
 * that IWbemWCOSmartEnum::Next brings, and what a client says of itself with IWbemContext.
 *
 * Not handled: RemoteRefresh (WBEM_REFRESHED_OBJECT).
 */

import type { Value } from "../ndr/decoded.js";
import { IWBEMWCOSMARTENUM } from "../wire/interface-uuids.js";
import { CLSID_WBEM_CONTEXT, readWbemContext } from "../wmio/context.js";
import { CLSID_WBEM_CLASS_OBJECT, readEncodingUnit } from "../wmio/object.js";
import { isObjectArray, readObjectArray } from "../wmio/object-array.js";
import { cimValue, contextValue, Showing, type Shown } from "../wmio/show.js";
import { type Around, isMembers, type Reader as PlaceReader, type Read } from "./place.js";

/** What is incomplete is said in the value and with the call. */
function reporting(shown: Shown, incomplete: Around["incomplete"]): Shown {
  if (typeof shown.incomplete === "string") incomplete?.(shown.incomplete);
  return shown;
}

/** A custom-marshaled object by its unmarshaler; the pointers of other objects have no other meaning than what they say. */
const POINTER: Read = (value, { bytes, lone, incomplete }) => {
  if (!isMembers(value) || typeof value.data !== "string") return null;
  if (value.clsid === CLSID_WBEM_CLASS_OBJECT) {
    const units: number[] = [];
    const object = readEncodingUnit(bytes(value.data, "pObjectData"), units);
    if (units.length > 0) lone?.(units);
    return reporting(cimValue(object), incomplete);
  }
  if (value.clsid !== CLSID_WBEM_CONTEXT) return null;
  const context = readWbemContext(bytes(value.data, "pObjectData"));
  if (context.lone.length > 0) lone?.(context.lone);
  return reporting(contextValue(context), incomplete);
};

const ARRAY: Read = (value, { bytes, cimClass, lone, incomplete }) => {
  if (typeof value !== "string") return null;
  const r = bytes(value, "pObjectData");
  if (!isObjectArray(r)) return null;
  const { objects, count, fault, lone: units } = readObjectArray(r, cimClass);
  if (units.length > 0) lone?.(units);
  // One allowance for all: a default value is shown again for each instance.
  const showing = Showing.ofArray(value.length / 2);
  const shown: { [name: string]: Value } = {
    objects: objects.map((object) => cimValue(object, showing)),
  };
  if (fault !== null) shown.incomplete = `${objects.length} of ${count} objects: ${fault.message}`;
  else for (const object of shown.objects as Shown[]) reporting(object, incomplete);
  return reporting(shown, incomplete);
};

/** CIM objects, wherever an interface pointer may stand. */
export const cimObjects: PlaceReader = ({ interface: uuid, name, type }) => {
  if (type.kind === "interface" || (type.kind === "native" && type.native === "MInterfacePointer")) {
    return POINTER;
  }
  return uuid === IWBEMWCOSMARTENUM && name === "pBuffer" ? ARRAY : null;
};
