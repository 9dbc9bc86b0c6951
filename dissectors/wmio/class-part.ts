/**
 * [MS-WMIO] 2.2.14 ClassAndMethodsPart: 2.2.15 ClassPart, which declares the properties of a class and their default
 * values, and 2.2.38 MethodsPart, whose signatures are classes themselves.
 *
 * Not handled: the lexical order of PropertyLookupTable, which is the reader's help and no content.
 */
import { malformed, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import type { CimClass, CimMethod, CimObject, CimProperty, CimQualifier, CimValue } from "./cim.js";
import { CIM_ARRAY, CIM_BASE, CIM_INHERITED, cimSize, typeBitsText } from "./cim-types.js";
import { type Decoding, Heap, part, refText, skipTo } from "./heap.js";
import { qualifierSet, type ReadEmbedded, readEncodedValue, readQualifiers, type Source } from "./values.js";

/** Bytes of the fields of a ClassPart that every class has. */
const CLASS_HEADER = 13;
/** [MS-WMIO] 2.2.23 PropertyLookup and 2.2.30 PropertyInfo without its qualifiers. */
const LOOKUP_SIZE = 8;
const INFO_SIZE = 14;
/** [MS-WMIO] 2.2.41 MethodDescription. */
const METHOD_SIZE = 24;
/** [MS-WMIO] 2.2.69 HeapRef, which stands for an array. */
const HEAP_REF_SIZE = 4;

/** [MS-WMIO] 2.2.27 NullAndDefaultFlag. */
const IS_NULL = 1;
const IS_INHERITED = 2;

/** Takes a fault that costs one item only. */
export type Faults = (fault: WireError) => void;

/** Reads something whose damage does not cost what stands around it. */
export function attempt(r: Reader, faults: Faults, read: () => void): void {
  const level = r.level();
  try {
    read();
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    r.leave(level);
    faults(e);
  }
}

/** NdTable and ValueTable, of a class or of an instance. */
export class Tables {
  readonly #flags: Uint8Array;
  readonly #values: Reader;
  readonly #source: Source;

  constructor(window: Reader, properties: number, source: Source) {
    const r = window.fork();
    this.#flags = properties === 0 ? new Uint8Array(0) : r.bytes(Math.ceil(properties / 4), "NdTable");
    this.#values = r;
    this.#source = source;
  }

  /** What a property has: null, what its superclass or class has, or a value of its own. */
  valueOf(property: CimProperty, inherited: () => CimValue): CimValue {
    const octet = this.#flags[property.order >> 2];
    if (octet === undefined) {
      throw malformed(`DeclarationOrder ${property.order} is beyond NdTable`, this.#values.offset, "NdTable");
    }
    const flag = (octet >> (2 * (property.order & 3))) & 3;
    if ((flag & IS_NULL) !== 0) {
      this.place(property, "NULL");
      return null;
    }
    if ((flag & IS_INHERITED) === 0) return this.own(property);
    this.place(property, "inherited");
    return inherited();
  }

  /** The place of a property in ValueTable, which is there whether its value is read or not. */
  place(property: CimProperty, why: string): void {
    const r = this.#values;
    const start = r.offset;
    const at = start + property.offset;
    const end = at + (property.array ? HEAP_REF_SIZE : (cimSize(property.type) ?? 0));
    if (end > r.end) return;
    r.offset = end;
    r.note(property.name, at, why);
    r.offset = start;
  }

  /** What stands in ValueTable, whatever NdTable says. */
  own(property: CimProperty): CimValue {
    const r = this.#values.fork();
    r.skip(property.offset);
    return readEncodedValue(r, property.type, property.array, this.#source, property.name);
  }
}

/**
 * [MS-WMIO] 2.2.15 ClassPart. `superclass`: where it was sent as well, the values come from it that the class only
 * inherits. `asked`: default values are read only where somebody asks for one.
 */
export function readClassPart(
  r: Reader,
  decoding: Decoding,
  embedded: ReadEmbedded,
  faults: Faults,
  superclass: CimClass | null = null,
  asked = false,
): CimClass {
  const start = r.offset;
  const level = r.enter("ClassPart");
  const length = r.u32("EncodingLength");
  r.u8("ReservedOctet");
  const name = r.u32("ClassNameRef", refText);
  const tableLength = r.u32("NdTableValueTableLength");
  const derivation = readDerivation(r, decoding);
  const qualifiers = qualifierSet(r);
  const count = r.u32("PropertyCount");
  const lookups = part(r, count * LOOKUP_SIZE, "PropertyCount");
  const tableWindow = part(r, tableLength, "NdTableValueTableLength");
  decoding.spend(CLASS_HEADER + count * LOOKUP_SIZE + tableLength, start);
  const heap = Heap.read(r, decoding);
  const source: Source = { heap, embedded };
  const type: CimClass = {
    name: null,
    derivation,
    qualifiers: [],
    properties: [],
    defaultOf: () => null,
    propertyCount: count,
    tableLength,
    methods: [],
  };
  attempt(r, faults, () => {
    type.name = heap.text(name, "ClassName");
  });
  attempt(r, faults, () => readQualifiers(qualifiers, source, type.qualifiers));
  for (let i = 0; lookups.left >= LOOKUP_SIZE; i++) {
    lookups.enter("PropertyLookup", i);
    const nameRef = lookups.u32("PropertyNameRef", refText);
    const infoRef = lookups.u32("PropertyInfoRef", refText);
    attempt(r, faults, () => void type.properties.push(readProperty(i, nameRef, infoRef, source, faults)));
    lookups.leave();
  }
  attempt(r, faults, () => {
    if (lookups.left > 0) lookups.need(LOOKUP_SIZE);
  });
  type.properties.sort((a, b) => a.order - b.order);
  attempt(r, faults, () => {
    const tables = new Tables(tableWindow, count, source);
    if (asked) for (const property of type.properties) tables.place(property, "default");
    const inherited = new Map(superclass?.properties.map((property) => [property.name, property]));
    type.defaultOf = remembering((property) =>
      tables.valueOf(property, () => {
        const same = inherited.get(property.name);
        return same === undefined ? tables.own(property) : superclass!.defaultOf(same);
      }),
    );
  });
  skipTo(r, start + length);
  r.leave(level);
  return type;
}

/** Default values are read when they are asked for, and once. */
function remembering(read: (property: CimProperty) => CimValue): (property: CimProperty) => CimValue {
  const known = new Map<CimProperty, CimValue>();
  return (property) => {
    let value = known.get(property);
    if (value === undefined) {
      value = read(property);
      known.set(property, value);
    }
    return value;
  };
}

/** [MS-WMIO] 2.2.17: names, each with its length behind it. */
function readDerivation(r: Reader, decoding: Decoding): string[] {
  const length = r.u32("DerivationList.EncodingLength");
  if (length < 4) throw malformed(`a DerivationList of ${length} bytes`, r.offset - 4, "EncodingLength");
  const list = part(r, length - 4, "DerivationList.EncodingLength");
  const names: string[] = [];
  while (list.left > 0) {
    names.push(decoding.text(list, "ClassName"));
    list.u32("ClassNameLength");
  }
  return names;
}

/** [MS-WMIO] 2.2.30 PropertyInfo, and the name that its PropertyLookup gives. */
function readProperty(
  place: number,
  nameRef: number,
  infoRef: number,
  source: Source,
  faults: Faults,
): CimProperty {
  const { heap } = source;
  const name = heap.text(nameRef, "PropertyName");
  const info = heap.item(infoRef);
  if (name === null || info === null) throw malformed("a property without name or PropertyInfo", infoRef);
  heap.decoding.spend(INFO_SIZE, info.offset);
  info.enter("PropertyInfo");
  const bits = info.u32("PropertyType", typeBitsText);
  const property: CimProperty = {
    name,
    place,
    type: bits & CIM_BASE,
    array: (bits & CIM_ARRAY) !== 0,
    inherited: (bits & CIM_INHERITED) !== 0,
    order: info.u16("DeclarationOrder"),
    offset: info.u32("ValueTableOffset"),
    origin: info.u32("ClassOfOrigin"),
    qualifiers: [],
  };
  attempt(info, faults, () => readQualifiers(qualifierSet(info), source, property.qualifiers));
  info.leave();
  return property;
}

/** [MS-WMIO] 2.2.38 MethodsPart. */
export function readMethodsPart(
  r: Reader,
  decoding: Decoding,
  embedded: ReadEmbedded,
  faults: Faults,
): CimMethod[] {
  const start = r.offset;
  const level = r.enter("MethodsPart");
  const length = r.u32("EncodingLength");
  const count = r.u16("MethodCount");
  r.u16("MethodCountPadding");
  const descriptions = part(r, count * METHOD_SIZE, "MethodCount");
  decoding.spend(count * METHOD_SIZE, start);
  const source: Source = { heap: Heap.read(r, decoding), embedded };
  const methods: CimMethod[] = [];
  while (descriptions.left > 0) {
    const one = part(descriptions, METHOD_SIZE, "MethodDescription");
    one.enter("MethodDescription", methods.length);
    attempt(r, faults, () => readMethod(one, source, methods, faults));
    one.leave();
  }
  skipTo(r, start + length);
  r.leave(level);
  return methods;
}

/** [MS-WMIO] 2.2.41 MethodDescription. */
function readMethod(r: Reader, source: Source, into: CimMethod[], faults: Faults): void {
  const name = source.heap.text(r.u32("MethodName", refText), "name");
  const flags = r.u8("MethodFlags", hexText);
  r.skip(3, "MethodPadding");
  const origin = r.u32("MethodOrigin");
  const qualifiersRef = r.u32("MethodQualifiers", refText);
  const inputRef = r.u32("InputSignature", refText);
  const outputRef = r.u32("OutputSignature", refText);
  const qualifiers: CimQualifier[] = [];
  const method: CimMethod = { name: name ?? "", flags, origin, qualifiers, input: null, output: null };
  into.push(method);
  attempt(r, faults, () => {
    const set = source.heap.item(qualifiersRef);
    if (set !== null) readQualifiers(qualifierSet(set), source, qualifiers);
  });
  const signature = (ref: number): CimClass | null => {
    const at = source.heap.item(ref);
    // An EncodingLength of 0 is all there is of a method without parameters.
    if (at === null || at.ahead().u32() === 0) return null;
    const object: CimObject = source.embedded(at);
    if (object.fault !== null) faults(object.fault);
    return object.class;
  };
  attempt(r, faults, () => {
    method.input = signature(inputRef);
  });
  attempt(r, faults, () => {
    method.output = signature(outputRef);
  });
}
