/**
 * [MS-WMIO] 2.2.14 ClassAndMethodsPart: 2.2.15 ClassPart, which declares the properties of a class and their default
 * values, and 2.2.38 MethodsPart, whose signatures are classes themselves.
 *
 * Not handled: the lexical order of PropertyLookupTable, which is the reader's help and no content.
 */
import { malformed, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import type { CimClass, CimMethod, CimObject, CimProperty, CimQualifier, CimValue } from "./cim.js";
import { CIM_ARRAY, CIM_BASE, CIM_INHERITED } from "./cim-types.js";
import { type Decoding, Heap, part } from "./heap.js";
import { qualifierSet, type ReadEmbedded, readEncodedValue, readQualifiers, type Source } from "./values.js";

/** Bytes of the fields of a ClassPart that every class has. */
const CLASS_HEADER = 13;
/** [MS-WMIO] 2.2.23 PropertyLookup and 2.2.30 PropertyInfo without its qualifiers. */
const LOOKUP_SIZE = 8;
const INFO_SIZE = 14;
/** [MS-WMIO] 2.2.41 MethodDescription. */
const METHOD_SIZE = 24;

/** [MS-WMIO] 2.2.27 NullAndDefaultFlag. */
const IS_NULL = 1;
const IS_INHERITED = 2;

/** Takes a fault that costs one item only. */
export type Faults = (fault: WireError) => void;

/** Reads something whose damage does not cost what stands around it. */
export function attempt(faults: Faults, read: () => void): void {
  try {
    read();
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
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
    this.#flags = properties === 0 ? new Uint8Array(0) : r.bytes(Math.ceil(properties / 4));
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
    if ((flag & IS_NULL) !== 0) return null;
    return (flag & IS_INHERITED) !== 0 ? inherited() : this.own(property);
  }

  /** What stands in ValueTable, whatever NdTable says. */
  own(property: CimProperty): CimValue {
    const r = this.#values.fork();
    r.skip(property.offset);
    return readEncodedValue(r, property.type, property.array, this.#source);
  }
}

/**
 * [MS-WMIO] 2.2.15 ClassPart. `superclass`: where it was sent as well, the values come from it that the class only
 * inherits.
 */
export function readClassPart(
  r: Reader,
  decoding: Decoding,
  embedded: ReadEmbedded,
  faults: Faults,
  superclass: CimClass | null = null,
): CimClass {
  const start = r.offset;
  const length = r.u32();
  r.u8(); // ReservedOctet
  const name = r.u32();
  const tableLength = r.u32();
  const derivation = readDerivation(r, decoding);
  const qualifiers = qualifierSet(r);
  const count = r.u32();
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
  attempt(faults, () => {
    type.name = heap.text(name);
  });
  attempt(faults, () => readQualifiers(qualifiers, source, type.qualifiers));
  for (let i = 0; lookups.left >= LOOKUP_SIZE; i++) {
    const nameRef = lookups.u32();
    const infoRef = lookups.u32();
    attempt(faults, () => void type.properties.push(readProperty(i, nameRef, infoRef, source, faults)));
  }
  attempt(faults, () => {
    if (lookups.left > 0) lookups.need(LOOKUP_SIZE);
  });
  type.properties.sort((a, b) => a.order - b.order);
  attempt(faults, () => {
    const tables = new Tables(tableWindow, count, source);
    const inherited = new Map(superclass?.properties.map((property) => [property.name, property]));
    type.defaultOf = remembering((property) =>
      tables.valueOf(property, () => {
        const same = inherited.get(property.name);
        return same === undefined ? tables.own(property) : superclass!.defaultOf(same);
      }),
    );
  });
  if (start + length > r.offset) r.offset = Math.min(start + length, r.end);
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
  const length = r.u32();
  if (length < 4) throw malformed(`a DerivationList of ${length} bytes`, r.offset - 4, "EncodingLength");
  const list = part(r, length - 4, "DerivationList.EncodingLength");
  const names: string[] = [];
  while (list.left > 0) {
    names.push(decoding.text(list));
    list.u32();
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
  const name = heap.text(nameRef);
  const info = heap.item(infoRef);
  if (name === null || info === null) throw malformed("a property without name or PropertyInfo", infoRef);
  heap.decoding.spend(INFO_SIZE, info.offset);
  const bits = info.u32();
  const property: CimProperty = {
    name,
    place,
    type: bits & CIM_BASE,
    array: (bits & CIM_ARRAY) !== 0,
    inherited: (bits & CIM_INHERITED) !== 0,
    order: info.u16(),
    offset: info.u32(),
    origin: info.u32(),
    qualifiers: [],
  };
  attempt(faults, () => readQualifiers(qualifierSet(info), source, property.qualifiers));
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
  const length = r.u32();
  const count = r.u16();
  r.u16(); // MethodCountPadding
  const descriptions = part(r, count * METHOD_SIZE, "MethodCount");
  decoding.spend(count * METHOD_SIZE, start);
  const source: Source = { heap: Heap.read(r, decoding), embedded };
  const methods: CimMethod[] = [];
  while (descriptions.left > 0) {
    const one = part(descriptions, METHOD_SIZE, "MethodDescription");
    attempt(faults, () => readMethod(one, source, methods, faults));
  }
  if (start + length > r.offset) r.offset = Math.min(start + length, r.end);
  return methods;
}

/** [MS-WMIO] 2.2.41 MethodDescription. */
function readMethod(r: Reader, source: Source, into: CimMethod[], faults: Faults): void {
  const name = source.heap.text(r.u32());
  const flags = r.u8();
  r.skip(3); // MethodPadding
  const origin = r.u32();
  const qualifiersRef = r.u32();
  const inputRef = r.u32();
  const outputRef = r.u32();
  const qualifiers: CimQualifier[] = [];
  const method: CimMethod = { name: name ?? "", flags, origin, qualifiers, input: null, output: null };
  into.push(method);
  attempt(faults, () => {
    const set = source.heap.item(qualifiersRef);
    if (set !== null) readQualifiers(qualifierSet(set), source, qualifiers);
  });
  const signature = (ref: number): CimClass | null => {
    const at = source.heap.item(ref);
    // An EncodingLength of 0 is all there is of a method without parameters.
    if (at === null || at.fork().u32() === 0) return null;
    const object: CimObject = source.embedded(at);
    if (object.fault !== null) faults(object.fault);
    return object.class;
  };
  attempt(faults, () => {
    method.input = signature(inputRef);
  });
  attempt(faults, () => {
    method.output = signature(outputRef);
  });
}
