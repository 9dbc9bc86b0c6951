/**
 * [MS-WMI] 2.2.14 ObjectArray: the CIM objects that IWbemWCOSmartEnum::Next and the optimized IWbemObjectSink::Indicate
 * bring. The class of many instances is sent once; the others name it by a GUID.
 *
 * Not handled: bObjectType values that later versions may add.
 */
import { malformed, WireError } from "../wire/errors.js";
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import type { CimClass, CimObject } from "./cim.js";
import { Decoding, part } from "./heap.js";
import { classBytes, readInstanceNoClass, readObjectBlock } from "./object.js";

/** [MS-WMI] 2.2.14 abSignature: "WBEMDATA" as two little-endian words. */
const WBEM = 0x4d454257;
const DATA = 0x41544144;

/** [MS-WMI] 2.2.14.1 bObjectType. */
const OBJECT_CLASS = 1;
const OBJECT_INSTANCE = 2;
const OBJECT_INSTANCE_NOCLASS = 3;

function objectTypeName(type: number): string {
  if (type === OBJECT_CLASS) return "WBEMOBJECT_CLASS";
  if (type === OBJECT_INSTANCE) return "WBEMOBJECT_INSTANCE";
  return type === OBJECT_INSTANCE_NOCLASS ? "WBEMOBJECT_INSTANCE_NOCLASS" : hexText(type);
}

function packetName(type: number): string {
  return type === 0 ? "WBEMOBJECT_INDICATE" : type === 1 ? "WBEMOBJECT_NEXT" : hexText(type);
}

/** Bytes of the headers up to their first field that says their own size. */
const HEADER_1 = 26;
const HEADER_2 = 8;
const HEADER_3 = 12;

export interface ObjectArray {
  /** bPacketType: 0 of Indicate, 1 of Next. */
  packetType: number;
  objects: CimObject[];
  /** dwNumObjects, which may be more than could be read. */
  count: number;
  /** Lone surrogates of its texts. */
  lone: number[];
  fault: WireError | null;
}

/** Whether bytes begin as an ObjectArray does. */
export function isObjectArray(window: Reader): boolean {
  const r = window.ahead();
  r.littleEndian = true;
  return r.left >= HEADER_1 && r.u32() === 0 && r.u32() === WBEM && r.u32() === DATA;
}

/** A class that an earlier call brought, by its GUID; null where none did. */
export type KnownClasses = (classId: Guid) => CimClass | null;

/** [MS-WMI] 2.2.14. Fails where there is no header; what is wrong behind it is in `fault`. */
export function readObjectArray(window: Reader, known: KnownClasses = () => null): ObjectArray {
  const { packetType, count, body } = readHeaders(window);
  const decoding = new Decoding(body.left);
  const array: ObjectArray = { packetType, objects: [], count, lone: decoding.lone, fault: null };
  const classes = new Map<Guid, CimClass>();
  const classOf = (id: Guid): CimClass | null => classes.get(id) ?? known(id);
  try {
    for (let i = 0; i < count; i++) {
      body.enter("WBEM_DATAPACKET_OBJECT", i);
      const item = readItem(body);
      const object =
        item.type === OBJECT_INSTANCE_NOCLASS
          ? readInstanceNoClass(item.data, decoding, classOf(item.classId!))
          : readObjectBlock(item.data, decoding);
      array.objects.push(object);
      if (item.type === OBJECT_INSTANCE && object.class !== null) classes.set(item.classId!, object.class);
      body.leave();
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    array.fault = e;
  }
  return array;
}

/** The classes that an array brings, which later arrays name by GUID, as the bytes of their ClassPart. */
export function classesIn(window: Reader): { classId: Guid; bytes: Uint8Array }[] {
  const found: { classId: Guid; bytes: Uint8Array }[] = [];
  try {
    const { count, body } = readHeaders(window);
    for (let i = 0; i < count; i++) {
      const { type, classId, data } = readItem(body);
      if (type === OBJECT_INSTANCE) found.push({ classId: classId!, bytes: classBytes(data) });
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
  }
  return found;
}

interface Headers {
  packetType: number;
  count: number;
  body: Reader;
}

/** The three headers of 2.2.14. */
function readHeaders(window: Reader): Headers {
  const r = window.fork();
  r.littleEndian = true;
  if (!isObjectArray(r)) throw malformed("an ObjectArray without its signature", r.offset, "abSignature");
  r.u32("dwByteOrdering");
  r.skip(8, "abSignature");
  const header1 = headerSize(r, HEADER_1, "dwSizeOfHeader1");
  r.u32("dwDataSize1");
  r.u32("dwFlags", hexText);
  r.u8("bVersion");
  const packetType = r.u8("bPacketType", packetName);
  r.skip(header1 - HEADER_1);
  const header2 = headerSize(r, HEADER_2, "dwSizeOfHeader2");
  r.u32("dwDataSize2");
  r.skip(header2 - HEADER_2);
  const header3 = headerSize(r, HEADER_3, "dwSizeOfHeader3");
  const size = r.u32("dwDataSize3");
  const count = r.u32("dwNumObjects");
  r.skip(header3 - HEADER_3);
  return { packetType, count, body: part(r, size, "dwDataSize3") };
}

/** A size that a header gives of itself, which a later version may have made more. */
function headerSize(r: Reader, least: number, field: string): number {
  const size = r.u32(field);
  if (size < least) throw malformed(`${field} is ${size}`, r.offset - 4, field);
  return size;
}

interface Item {
  /** bObjectType. */
  type: number;
  /** null for a class that is sent for itself. */
  classId: Guid | null;
  data: Reader;
}

/** [MS-WMI] 2.2.14.1 WBEM_DATAPACKET_OBJECT and the header in it, of 2.2.14.2 to 2.2.14.4. */
function readItem(r: Reader): Item {
  const start = r.offset;
  const header = headerSize(r, 9, "dwSizeOfHeader");
  const size = r.u32("dwSizeOfData");
  const type = r.u8("bObjectType", objectTypeName);
  if (type !== OBJECT_CLASS && type !== OBJECT_INSTANCE && type !== OBJECT_INSTANCE_NOCLASS) {
    throw malformed(`bObjectType is ${type}`, r.offset - 1, "bObjectType");
  }
  r.offset = start;
  r.skip(header);
  const inner = part(r, size, "dwSizeOfData");
  const innerStart = inner.offset;
  const innerHeader = headerSize(inner, type === OBJECT_CLASS ? 8 : 24, "dwSizeOfHeader");
  const dataSize = inner.u32("dwSizeOfData");
  const classId = type === OBJECT_CLASS ? null : readGuid(inner, "classID");
  inner.offset = innerStart;
  inner.skip(innerHeader);
  return { type, classId, data: part(inner, dataSize, "dwSizeOfData") };
}
