/**
 * [MS-WMI] 2.2.13 IWbemContext: named values that a client hands to providers (`__ProviderArchitecture`), as they stand in an
 * OBJREF_CUSTOM. Little-endian whatever the NDR data representation label says.
 *
 * Not handled: objects within it (VT_UNKNOWN), whose length nothing says: reading ends there.
 */
import { malformed, unsupported, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
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
    r.skip(r.u32() * GUID_SIZE);
    const count = r.u32();
    for (let i = 0; i < count; i++) readProperty(r, context);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    context.fault = e;
  }
  return context;
}

/** [MS-WMI] 2.2.13.2 IWbemContextProperty. */
function readProperty(r: Reader, context: WbemContext): void {
  const name = readText(r, context.lone);
  r.u32(); // PropertyFlags
  const type = r.u16();
  context.values.set(name, readValue(r, type, context.lone));
}

function readValue(r: Reader, type: number, lone: number[]): CimValue {
  if ((type & VT_ARRAY) !== 0) return readArray(r, type & ~VT_ARRAY, lone);
  if (type === VT_BSTR) return readText(r, lone);
  if (type === VT_NULL) return null;
  return readScalar(r.window(SLOT, "PropertyValue"), type);
}

/** [MS-WMI] 2.2.13.3 IWbemContextString: a count of characters, and no NUL. */
function readText(r: Reader, lone: number[]): string {
  return utf16(r.bytes(2 * r.u32()), true, (units) => {
    for (const unit of units) lone.push(unit);
  });
}

/** [MS-WMI] 2.2.13.4 IWbemContextArray: ElementCount, ElementSize, and the elements. */
function readArray(r: Reader, type: number, lone: number[]): CimValue {
  const count = r.u32();
  const size = r.u32();
  if (type === VT_BSTR) {
    const texts: CimValue[] = [];
    for (let i = 0; i < count; i++) texts.push(readText(r, lone));
    return texts;
  }
  if (count > 0 && size === 0)
    throw malformed("an array of elements without size", r.offset - 4, "ElementSize");
  const elements = r.window(count * size, "ElementCount");
  const values: CimValue[] = [];
  for (let i = 0; i < count; i++) values.push(readScalar(elements.window(size, "ElementSize"), type));
  return values;
}

function readScalar(r: Reader, type: number): CimValue {
  switch (type) {
    case VT_I1:
      return r.i8();
    case VT_UI1:
      return r.u8();
    case VT_I2:
      return r.i16();
    case VT_UI2:
      return r.u16();
    case VT_BOOL:
      return r.u16() !== 0;
    case VT_I4:
      return r.i32();
    case VT_UI4:
      return r.u32();
    case VT_R4:
      return real(r.f32());
    case VT_R8:
      return real(r.f64());
    default:
      throw unsupported(`VARIANT type ${type} in IWbemContext`, r.offset);
  }
}
