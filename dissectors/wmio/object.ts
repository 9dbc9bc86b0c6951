/**
 * [MS-WMIO]: the encoding of CIM objects, from 2.2.1 EncodingUnit down, which is what [MS-WMI] 2.2.4 puts into an
 * OBJREF_CUSTOM. Little-endian whatever the NDR data representation label says.
 *
 * Not handled: RefreshedInstances ([MS-WMI] 2.2.18), whose class comes with another call.
 */
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import type { CimClass, CimObject, CimQualifier } from "./cim.js";
import { attempt, type Faults, readClassPart, readMethodsPart, Tables } from "./class-part.js";
import { Decoding, Heap, part, refText, skipTo } from "./heap.js";
import { qualifierSet, readQualifiers, type Source } from "./values.js";

/** [MS-WMI] 1.9: the unmarshaler of IWbemClassObject. */
export const CLSID_WBEM_CLASS_OBJECT = "4590f812-1d3a-11d0-891f-00aa004b2e24";

/** [MS-WMIO] 2.2.77. */
const SIGNATURE = 0x12345678;

/** [MS-WMIO] 2.2.6 ObjectFlags. */
const IS_CLASS = 0x01;
const IS_INSTANCE = 0x02;
const IS_DECORATED = 0x04;
const OBJECT_FLAGS = flagsOf([
  [IS_CLASS, "CIM class"],
  [IS_INSTANCE, "CIM instance"],
  [IS_DECORATED, "decorated"],
  [0x10, "prototype result object"],
  [0x40, "key properties only"],
]);

/** [MS-WMIO] 2.2.65 InstPropQualSetFlag. */
const NO_PROPERTY_SETS = 1;
const PROPERTY_SETS = 2;

/** Bytes of the fields that every instance has. */
const INSTANCE_HEADER = 9;

/**
 * [MS-WMIO] 2.2.1 EncodingUnit. Fails where there is no signature; what is wrong behind it is in the object's `fault`.
 * `lone`: takes the lone surrogates of its texts.
 */
export function readEncodingUnit(r: Reader, lone: number[] = []): CimObject {
  const signature = r.u32("Signature", hexText);
  if (signature !== SIGNATURE) {
    throw malformed("an EncodingUnit without its signature", r.offset - 4, "Signature");
  }
  const decoding = new Decoding(r.left);
  const length = r.u32("ObjectEncodingLength");
  // Encoders reserve room: the length may be more than what is sent, and nothing says that the rest is missing.
  const block = part(r, length, "ObjectEncodingLength");
  const object = readObjectBlock(block, decoding);
  skipTo(block, block.end);
  skipTo(r, r.end);
  lone.push(...decoding.lone);
  return object;
}

/** [MS-WMIO] 2.2.5 ObjectBlock, as far as it can be read. */
export function readObjectBlock(r: Reader, decoding: Decoding): CimObject {
  const object = blank();
  const faults = firstFault(object);
  attempt(r, faults, () => {
    readHead(r, decoding, object);
    if (object.kind === "class") {
      object.superclass = readClassAndMethods(r, decoding, faults, null);
      object.class = readClassAndMethods(r, decoding, faults, object.superclass);
      readDefaults(r, object, object.class, faults);
    } else {
      object.class = readClassPart(r, decoding, embeddedIn(decoding), faults, null, true);
      readInstance(r, decoding, object, object.class, faults);
    }
  });
  return object;
}

/** [MS-WMIO] 2.2.3 EncodingUnitInstanceNoClass: an instance of a class that was sent before, null where it was not. */
export function readInstanceNoClass(r: Reader, decoding: Decoding, type: CimClass | null): CimObject {
  const object = blank();
  const faults = firstFault(object);
  attempt(r, faults, () => {
    readHead(r, decoding, object);
    object.class = type;
    if (type === null)
      throw malformed("the class of the instance was not sent before it", r.offset, "classID");
    readInstance(r, decoding, object, type, faults);
  });
  return object;
}

/** The bytes of the class that an instance is sent with. */
export function classBytes(r: Reader): Uint8Array {
  readHead(r, new Decoding(r.left), blank());
  const length = r.ahead().u32();
  return r.bytes(length);
}

/** A class out of the bytes that `classBytes` gave, which fill the window; null where they are none. */
export function readClass(r: Reader): CimClass | null {
  const decoding = new Decoding(r.left);
  let type: CimClass | null = null;
  attempt(
    r,
    () => {},
    () => {
      type = readClassPart(r, decoding, embeddedIn(decoding), () => {});
    },
  );
  return type;
}

function blank(): CimObject {
  return {
    kind: "instance",
    flags: 0,
    server: null,
    namespace: null,
    class: null,
    superclass: null,
    instanceOf: null,
    values: new Map(),
    qualifiers: [],
    propertyQualifiers: new Map(),
    fault: null,
  };
}

function firstFault(object: CimObject): Faults {
  return (fault) => {
    object.fault ??= fault;
  };
}

/** What embeds objects: ObjectEncodingLength and ObjectBlock ([MS-WMIO] 2.2.71), one level further down. */
function embeddedIn(decoding: Decoding): (r: Reader) => CimObject {
  return (r) =>
    decoding.inner(r.offset, () =>
      readObjectBlock(part(r, r.u32("ObjectEncodingLength"), "ObjectEncodingLength"), decoding),
    );
}

/** [MS-WMIO] 2.2.6 ObjectFlags and 2.2.7 Decoration. */
function readHead(r: Reader, decoding: Decoding, object: CimObject): void {
  object.flags = r.u8("ObjectFlags", OBJECT_FLAGS);
  const what = object.flags & (IS_CLASS | IS_INSTANCE);
  if (what !== IS_CLASS && what !== IS_INSTANCE) {
    throw malformed(
      `ObjectFlags ${object.flags} say neither class nor instance`,
      r.offset - 1,
      "ObjectFlags",
    );
  }
  object.kind = what === IS_CLASS ? "class" : "instance";
  if ((object.flags & IS_DECORATED) === 0) return;
  object.server = decoding.text(r, "DecServerName");
  object.namespace = decoding.text(r, "DecNamespaceName");
}

/** [MS-WMIO] 2.2.14 ClassAndMethodsPart. */
function readClassAndMethods(
  r: Reader,
  decoding: Decoding,
  faults: Faults,
  superclass: CimClass | null,
): CimClass {
  const embedded = embeddedIn(decoding);
  const type = readClassPart(r, decoding, embedded, faults, superclass, superclass === null);
  type.methods = readMethodsPart(r, decoding, embedded, faults);
  return type;
}

function readDefaults(r: Reader, object: CimObject, type: CimClass, faults: Faults): void {
  for (const property of type.properties) {
    attempt(r, faults, () => void object.values.set(property.name, type.defaultOf(property)));
  }
}

/** [MS-WMIO] 2.2.53 InstanceType behind its CurrentClass. */
function readInstance(
  r: Reader,
  decoding: Decoding,
  object: CimObject,
  type: CimClass,
  faults: Faults,
): void {
  const start = r.offset;
  const level = r.enter("InstanceType");
  const length = r.u32("EncodingLength");
  r.u8("InstanceFlags", hexText);
  const name = r.u32("InstanceClassName", refText);
  const tableWindow = part(r, type.tableLength, "NdTableValueTableLength");
  decoding.spend(INSTANCE_HEADER + type.tableLength, start);
  const qualifiers = qualifierSet(r);
  const sets = readPropertySets(r, type.propertyCount);
  const heap = Heap.read(r, decoding);
  const source: Source = { heap, embedded: embeddedIn(decoding) };
  attempt(r, faults, () => {
    object.instanceOf = heap.text(name, "name");
  });
  attempt(r, faults, () => {
    const tables = new Tables(tableWindow, type.propertyCount, source);
    for (const property of type.properties) {
      attempt(r, faults, () => {
        object.values.set(
          property.name,
          tables.valueOf(property, () => type.defaultOf(property)),
        );
      });
    }
  });
  attempt(r, faults, () => readQualifiers(qualifiers, source, object.qualifiers));
  for (const property of sets.length === 0 ? [] : type.properties) {
    const list: CimQualifier[] = [];
    attempt(r, faults, () => readQualifiers(sets[property.place]!, source, list));
    if (list.length > 0) object.propertyQualifiers.set(property.name, list);
  }
  skipTo(r, start + length);
  r.leave(level);
}

/** [MS-WMIO] 2.2.65 InstancePropQualifierSet: one set for each property, or none at all. */
function readPropertySets(r: Reader, properties: number): Reader[] {
  const flag = r.u8("InstPropQualSetFlag");
  if (flag === NO_PROPERTY_SETS) return [];
  if (flag !== PROPERTY_SETS) {
    throw malformed(`InstPropQualSetFlag is ${flag}`, r.offset - 1, "InstPropQualSetFlag");
  }
  const sets: Reader[] = [];
  for (let i = 0; i < properties; i++) sets.push(qualifierSet(r));
  return sets;
}
