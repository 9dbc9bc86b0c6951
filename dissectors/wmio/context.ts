/**
 * [MS-WMI] 2.2.13 IWbemContext: named values that a client hands to providers (`__ProviderArchitecture`), as they stand in an
 * OBJREF_CUSTOM. Little-endian whatever the NDR data representation label says.
 *
 * Not handled: objects within it (VT_UNKNOWN), whose length nothing says: reading ends there.
 */
import { malformed, unsupported, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import { utf16 } from "../wire/text.js";
import type { CimValue } from "./cim.js";
import { real } from "./values.js";

/** [MS-WMI] 2.2.13: the unmarshaler of IWbemContext. */
export const CLSID_WBEM_CONTEXT = "674b6698-ee92-11d0-ad71-00c04fd8fdff";

/** [MS-OAUT] 2.2.7, as far as 2.2.13.2 allows them. */
const VT_NULL = 1;
const VT_I2 = 2;
const VT_I4 = 3;
const VT_R4 = 4;
const VT_R8 = 5;
const VT_BSTR = 8;
const VT_BOOL = 11;
const VT_I1 = 16;
const VT_UI1 = 17;
const VT_UI2 = 18;
const VT_UI4 = 19;
const VT_ARRAY = 0x2000;

/** A GUID, of which there is one. */
const GUID_SIZE = 16;
/** What a single value takes whatever its type. */
const SLOT = 8;

export interface WbemContext {
  /** By name, as far as they could be read. */
  values: Map<string, CimValue>;
  lone: number[];
  fault: WireError | null;
}

/** [MS-WMI] 2.2.13.1 IWbemContextBuffer. */
export function readWbemContext(r: Reader): WbemContext {
  const context: WbemContext = { values: new Map(), lone: [], fault: null };
  try {
    r.skip(r.u32("GuidCount") * GUID_SIZE, "Guid");
    const count = r.u32("PropertyCount");
    for (let i = 0; i < count; i++) {
      r.enter("Property", i);
      readProperty(r, context);
      r.leave();
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    context.fault = e;
  }
  return context;
}

/** [MS-WMI] 2.2.13.2 IWbemContextProperty. */
function readProperty(r: Reader, context: WbemContext): void {
  const name = readText(r, context.lone, "PropertyName");
  r.u32("PropertyFlags", hexText);
  const type = r.u16("PropertyType", hexText);
  context.values.set(name, readValue(r, type, context.lone));
}

function readValue(r: Reader, type: number, lone: number[]): CimValue {
  if ((type & VT_ARRAY) !== 0) return readArray(r, type & ~VT_ARRAY, lone);
  if (type === VT_BSTR) return readText(r, lone, "PropertyValue");
  if (type === VT_NULL) return null;
  return readScalar(r.window(SLOT, "PropertyValue"), type, "PropertyValue");
}

/** [MS-WMI] 2.2.13.3 IWbemContextString: a count of characters, and no NUL. */
function readText(r: Reader, lone: number[], field: string): string {
  const count = r.u32("CharacterCount");
  const start = r.offset;
  const text = utf16(r.bytes(2 * count), true, (units) => {
    for (const unit of units) lone.push(unit);
  });
  r.note(field, start, text);
  return text;
}

/** [MS-WMI] 2.2.13.4 IWbemContextArray: ElementCount, ElementSize, and the elements. */
function readArray(r: Reader, type: number, lone: number[]): CimValue {
  const count = r.u32("ElementCount");
  const size = r.u32("ElementSize");
  if (type === VT_BSTR) {
    const texts: CimValue[] = [];
    for (let i = 0; i < count; i++) texts.push(readText(r, lone, "[]"));
    return texts;
  }
  if (count > 0 && size === 0)
    throw malformed("an array of elements without size", r.offset - 4, "ElementSize");
  const elements = r.window(count * size, "ElementCount");
  const values: CimValue[] = [];
  for (let i = 0; i < count; i++) values.push(readScalar(elements.window(size, "ElementSize"), type, "[]"));
  return values;
}

function readScalar(r: Reader, type: number, field: string): CimValue {
  switch (type) {
    case VT_I1:
      return r.i8(field);
    case VT_UI1:
      return r.u8(field);
    case VT_I2:
      return r.i16(field);
    case VT_UI2:
      return r.u16(field);
    case VT_BOOL:
      return r.u16(field) !== 0;
    case VT_I4:
      return r.i32(field);
    case VT_UI4:
      return r.u32(field);
    case VT_R4:
      return real(r.f32(field));
    case VT_R8:
      return real(r.f64(field));
    default:
      throw unsupported(`VARIANT type ${type} in IWbemContext`, r.offset);
  }
}
