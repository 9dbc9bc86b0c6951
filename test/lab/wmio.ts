/**
 * [MS-WMIO] written down: CIM classes and instances as bytes, from the grammar of 2.2 and without the reader's code.
 * Heaps have gaps of garbage between their items, as the specification allows.
 */

export type Base =
  | "sint8"
  | "uint8"
  | "sint16"
  | "uint16"
  | "sint32"
  | "uint32"
  | "sint64"
  | "uint64"
  | "real32"
  | "real64"
  | "boolean"
  | "string"
  | "datetime"
  | "reference"
  | "char16"
  | "object";

const NUMBER: { readonly [name in Base]: number } = {
  sint16: 2,
  sint32: 3,
  real32: 4,
  real64: 5,
  string: 8,
  boolean: 11,
  object: 13,
  sint8: 16,
  uint8: 17,
  uint16: 18,
  uint32: 19,
  sint64: 20,
  uint64: 21,
  datetime: 101,
  reference: 102,
  char16: 103,
};

const SIZE: { readonly [name in Base]: number } = {
  sint16: 2,
  sint32: 4,
  real32: 4,
  real64: 8,
  string: 4,
  boolean: 2,
  object: 4,
  sint8: 1,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  sint64: 8,
  uint64: 8,
  datetime: 4,
  reference: 4,
  char16: 2,
};

/** The words of 2.2.80 that tests use. */
const DICTIONARY = [
  '"',
  "key",
  "",
  "read",
  "write",
  "volatile",
  "provider",
  "dynamic",
  "cimwin32",
  "DWORD",
  "CIMTYPE",
];

/** Numbers, or bigint for 64 bits; a number for char16; an object for `object`. */
export type Given = null | boolean | number | bigint | string | ObjectSpec | readonly Given[];

export interface QualifierSpec {
  name: string;
  type: Base;
  array?: boolean;
  value: Given;
  flavor?: number;
}

export interface PropertySpec {
  name: string;
  type: Base;
  array?: boolean;
  /** Of the class; null where it has none. */
  default?: Given;
  /** Bit 1 of NdTable and the flag of PropertyType. */
  inherited?: boolean;
  origin?: number;
  qualifiers?: readonly QualifierSpec[];
}

export interface MethodSpec {
  name: string;
  origin?: number;
  flags?: number;
  qualifiers?: readonly QualifierSpec[];
  input?: ClassSpec;
  output?: ClassSpec;
}

export interface ClassSpec {
  name: string | null;
  derivation?: readonly string[];
  qualifiers?: readonly QualifierSpec[];
  properties?: readonly PropertySpec[];
  methods?: readonly MethodSpec[];
}

/** An instance has values; a property that has none takes the default. */
export interface ObjectSpec {
  server?: string;
  namespace?: string;
  class: ClassSpec;
  superclass?: ClassSpec;
  values?: { readonly [property: string]: Given };
  instanceQualifiers?: readonly QualifierSpec[];
  propertyQualifiers?: { readonly [property: string]: readonly QualifierSpec[] };
}

const NOTHING = 0xffffffff;
const NONE: ClassSpec = { name: null };

class Bytes {
  #parts: Buffer[] = [];
  length = 0;

  add(part: Uint8Array): this {
    this.#parts.push(Buffer.from(part));
    this.length += part.length;
    return this;
  }

  u8(n: number): this {
    return this.add(Buffer.of(n & 0xff));
  }

  u16(n: number): this {
    return this.add(Buffer.of(n & 0xff, (n >> 8) & 0xff));
  }

  u32(n: number): this {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(n >>> 0);
    return this.add(b);
  }

  all(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** 2.2.78. */
function encodedString(text: string): Buffer {
  const narrow = [...text].every((c) => c.codePointAt(0)! < 256);
  return narrow
    ? Buffer.concat([Buffer.of(0), Buffer.from(text, "latin1"), Buffer.of(0)])
    : Buffer.concat([Buffer.of(1), Buffer.from(text, "utf16le"), Buffer.of(0, 0)]);
}

class HeapWriter {
  readonly bytes = new Bytes();

  /** An item's offset. Items of 2.2.30 hold references into the heap that they are in, so they are made first. */
  put(item: Uint8Array): number {
    const at = this.bytes.length;
    this.bytes.add(item).u16(0xfefe);
    return at;
  }

  text(text: string | null): number {
    if (text === null) return NOTHING;
    const word = DICTIONARY.indexOf(text);
    return word >= 0 ? 0x80000000 + word : this.put(encodedString(text));
  }

  /** 2.2.66. */
  all(): Buffer {
    const { bytes } = this;
    return new Bytes()
      .u32((bytes.length | 0x80000000) >>> 0)
      .add(bytes.all())
      .all();
  }
}

/** 2.2.71. */
function encodedValue(type: Base, array: boolean, value: Given, heap: HeapWriter): Buffer {
  if (array) {
    if (value === null) return new Bytes().u32(NOTHING).all();
    const items = value as readonly Given[];
    const body = items.map((item) => encodedValue(type, false, item, heap));
    return new Bytes().u32(heap.put(Buffer.concat([new Bytes().u32(items.length).all(), ...body]))).all();
  }
  const b = Buffer.alloc(SIZE[type], 0xff);
  if (value === null) return b;
  if (typeof value === "string") b.writeUInt32LE(heap.text(value));
  else if (typeof value === "boolean") b.fill(value ? 0xff : 0);
  else if (typeof value === "bigint") b.writeBigUInt64LE(BigInt.asUintN(64, value));
  else if (typeof value === "object") b.writeUInt32LE(heap.put(embedded(value as ObjectSpec)));
  else if (type === "real32") b.writeFloatLE(value);
  else if (type === "real64") b.writeDoubleLE(value);
  else b.writeUIntLE(value < 0 ? value + 2 ** (8 * b.length) : value, 0, b.length);
  return b;
}

function embedded(spec: ObjectSpec): Buffer {
  const block = objectBlock(spec);
  return new Bytes().u32(block.length).add(block).all();
}

/** 2.2.59. */
function qualifierSet(qualifiers: readonly QualifierSpec[], heap: HeapWriter): Buffer {
  const body = new Bytes();
  for (const q of qualifiers) {
    body.u32(heap.text(q.name)).u8(q.flavor ?? 0);
    body.u32(NUMBER[q.type] | (q.array === true ? 0x2000 : 0));
    body.add(encodedValue(q.type, q.array === true, q.value, heap));
  }
  return new Bytes()
    .u32(body.length + 4)
    .add(body.all())
    .all();
}

/** 2.2.26: two bits for each property. */
function ndTable(flags: readonly number[]): Buffer {
  const table = Buffer.alloc(Math.ceil(flags.length / 4));
  flags.forEach((flag, i) => {
    table[i >> 2]! |= flag << (2 * (i & 3));
  });
  return table;
}

const isArray = (p: PropertySpec): boolean => p.array === true;
const slot = (p: PropertySpec): number => (isArray(p) ? 4 : SIZE[p.type]);

/** Tables of a class or an instance. `given`: undefined for a property that takes the default. */
function tables(
  properties: readonly PropertySpec[],
  given: (p: PropertySpec) => { value: Given; inherited: boolean },
  heap: HeapWriter,
): Buffer {
  const each = properties.map(given);
  const flags = each.map(({ value, inherited }) => (value === null ? 1 : 0) | (inherited ? 2 : 0));
  const values = properties.map((p, i) =>
    each[i]!.value === null || each[i]!.inherited
      ? Buffer.alloc(slot(p), 0xff)
      : encodedValue(p.type, isArray(p), each[i]!.value, heap),
  );
  return Buffer.concat([ndTable(flags), ...values]);
}

/** 2.2.15. */
function classPart(spec: ClassSpec): Buffer {
  const heap = new HeapWriter();
  const properties = spec.properties ?? [];
  const name = heap.text(spec.name);
  const derivation = new Bytes();
  for (const superclass of spec.derivation ?? []) {
    const text = encodedString(superclass);
    derivation.add(text).u32(text.length);
  }
  const qualifiers = qualifierSet(spec.qualifiers ?? [], heap);
  let offset = 0;
  const lookups = properties.map((p, order) => {
    const info = new Bytes();
    info.u32(NUMBER[p.type] | (isArray(p) ? 0x2000 : 0) | (p.inherited === true ? 0x4000 : 0));
    info
      .u16(order)
      .u32(offset)
      .u32(p.origin ?? 0);
    offset += slot(p);
    info.add(qualifierSet(p.qualifiers ?? [], heap));
    return { name: p.name, nameRef: heap.text(p.name), infoRef: heap.put(info.all()) };
  });
  lookups.sort((a, b) => (a.name < b.name ? -1 : 1));
  const table = tables(
    properties,
    (p) => ({ value: p.default ?? null, inherited: p.inherited === true }),
    heap,
  );
  const body = new Bytes().u8(0).u32(name).u32(table.length);
  body
    .u32(derivation.length + 4)
    .add(derivation.all())
    .add(qualifiers)
    .u32(lookups.length);
  for (const { nameRef, infoRef } of lookups) body.u32(nameRef).u32(infoRef);
  body.add(table).add(heap.all());
  return new Bytes()
    .u32(body.length + 4)
    .add(body.all())
    .all();
}

/** 2.2.38. */
function methodsPart(methods: readonly MethodSpec[]): Buffer {
  const heap = new HeapWriter();
  const descriptions = new Bytes();
  const signature = (spec: ClassSpec | undefined): number =>
    spec === undefined ? NOTHING : heap.put(embedded({ class: spec }));
  for (const m of methods) {
    descriptions
      .u32(heap.text(m.name))
      .u8(m.flags ?? 0)
      .add(Buffer.of(0xaa, 0xbb, 0xcc))
      .u32(m.origin ?? 0);
    descriptions.u32(m.qualifiers === undefined ? NOTHING : heap.put(qualifierSet(m.qualifiers, heap)));
    descriptions.u32(signature(m.input)).u32(signature(m.output));
  }
  const body = new Bytes().u16(methods.length).u16(0x7300).add(descriptions.all()).add(heap.all());
  return new Bytes()
    .u32(body.length + 4)
    .add(body.all())
    .all();
}

/** 2.2.53 behind its CurrentClass. */
function instancePart(spec: ObjectSpec): Buffer {
  const heap = new HeapWriter();
  const properties = spec.class.properties ?? [];
  const values = spec.values ?? {};
  const given = (p: PropertySpec): { value: Given; inherited: boolean } =>
    p.name in values
      ? { value: values[p.name]!, inherited: false }
      : { value: p.default ?? null, inherited: true };
  const name = heap.text(spec.class.name);
  const table = tables(properties, given, heap);
  const body = new Bytes().u8(0).u32(name).add(table);
  body.add(qualifierSet(spec.instanceQualifiers ?? [], heap));
  const sets = spec.propertyQualifiers;
  body.u8(sets === undefined ? 1 : 2);
  if (sets !== undefined) {
    const names = properties.map((p) => p.name).sort((a, b) => (a < b ? -1 : 1));
    for (const one of names) body.add(qualifierSet(sets[one] ?? [], heap));
  }
  body.add(heap.all());
  return new Bytes()
    .u32(body.length + 4)
    .add(body.all())
    .all();
}

function head(spec: ObjectSpec): Buffer {
  const decorated = spec.server !== undefined || spec.namespace !== undefined;
  const bytes = new Bytes().u8((spec.values === undefined ? 1 : 2) | (decorated ? 4 : 0));
  if (decorated) bytes.add(encodedString(spec.server ?? "")).add(encodedString(spec.namespace ?? ""));
  return bytes.all();
}

/** 2.2.5. */
export function objectBlock(spec: ObjectSpec): Buffer {
  if (spec.values !== undefined) {
    return Buffer.concat([head(spec), classPart(spec.class), instancePart(spec)]);
  }
  const both = (c: ClassSpec): Buffer => Buffer.concat([classPart(c), methodsPart(c.methods ?? [])]);
  return Buffer.concat([head(spec), both(spec.superclass ?? NONE), both(spec.class)]);
}

/** 2.2.3. */
export function instanceNoClass(spec: ObjectSpec): Buffer {
  return Buffer.concat([head(spec), instancePart(spec)]);
}

/** 2.2.1. `room`: bytes that the encoder reserved behind the object. */
export function encodingUnit(spec: ObjectSpec, room = 0): Buffer {
  const block = objectBlock(spec);
  const bytes = new Bytes()
    .u32(0x12345678)
    .u32(block.length + room)
    .add(block);
  return bytes.add(Buffer.alloc(room, 0xee)).all();
}

export interface ArrayItem {
  type: 1 | 2 | 3;
  /** 32 hex digits, as they stand on the wire. */
  classId?: string;
  block: Uint8Array;
}

/** [MS-WMI] 2.2.14. */
export function objectArray(items: readonly ArrayItem[], packetType = 1): Buffer {
  const body = new Bytes();
  for (const { type, classId, block } of items) {
    const inner = new Bytes().u32(type === 1 ? 8 : 24).u32(block.length);
    if (type !== 1) inner.add(Buffer.from(classId!, "hex"));
    inner.add(block);
    body.u32(9).u32(inner.length).u8(type).add(inner.all());
  }
  const third = new Bytes().u32(12).u32(body.length).u32(items.length).add(body.all());
  const second = new Bytes().u32(8).u32(third.length).add(third.all());
  const first = new Bytes().u32(0).add(Buffer.from("WBEMDATA", "latin1"));
  first.u32(26).u32(second.length).u32(0).u8(1).u8(packetType);
  return first.add(second.all()).all();
}
