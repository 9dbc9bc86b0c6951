/**
 * [MS-WMI] 2.2.14 ObjectArray: the CIM objects that IWbemWCOSmartEnum::Next and the optimized IWbemObjectSink::Indicate
 * bring. The class of many instances is sent once; the others name it by a GUID.
 *
 * Not handled: classes that were sent by an earlier call, unless the caller knows them.
 */
import { malformed, WireError } from "../wire/errors.js";
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import type { CimClass, CimObject } from "./cim.js";
import { Decoding, part } from "./heap.js";
import { readInstanceNoClass, readObjectBlock } from "./object.js";

/** [MS-WMI] 2.2.14 abSignature: "WBEMDATA" as two little-endian words. */
const WBEM = 0x4d454257;
const DATA = 0x41544144;

/** [MS-WMI] 2.2.14.1 bObjectType. */
const OBJECT_CLASS = 1;
const OBJECT_INSTANCE = 2;
const OBJECT_INSTANCE_NOCLASS = 3;

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
  const r = window.fork();
  r.littleEndian = true;
  return r.left >= HEADER_1 && r.u32() === 0 && r.u32() === WBEM && r.u32() === DATA;
}

/**
 * [MS-WMI] 2.2.14. Fails where there is no header; what is wrong behind it is in `fault`. `classes`: those that are known by
 * their GUIDs, to which the array adds its own.
 */
export function readObjectArray(window: Reader, classes: Map<Guid, CimClass> = new Map()): ObjectArray {
  const r = window.fork();
  r.littleEndian = true;
  if (!isObjectArray(r)) throw malformed("an ObjectArray without its signature", r.offset, "abSignature");
  const decoding = new Decoding(r.left);
  r.skip(12);
  const header1 = headerSize(r, HEADER_1, "dwSizeOfHeader1");
  r.u32(); // dwDataSize1
  r.u32(); // dwFlags
  r.u8(); // bVersion
  const packetType = r.u8();
  r.skip(header1 - HEADER_1);
  const header2 = headerSize(r, HEADER_2, "dwSizeOfHeader2");
  r.u32(); // dwDataSize2
  r.skip(header2 - HEADER_2);
  const header3 = headerSize(r, HEADER_3, "dwSizeOfHeader3");
  const size = r.u32();
  const count = r.u32();
  r.skip(header3 - HEADER_3);
  const array: ObjectArray = { packetType, objects: [], count, lone: decoding.lone, fault: null };
  const body = part(r, size, "dwDataSize3");
  try {
    for (let i = 0; i < count; i++) array.objects.push(readOne(body, decoding, classes));
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    array.fault = e;
  }
  return array;
}

/** A size that a header gives of itself, which a later version may have made more. */
function headerSize(r: Reader, least: number, field: string): number {
  const size = r.u32();
  if (size < least) throw malformed(`${field} is ${size}`, r.offset - 4, field);
  return size;
}

/** [MS-WMI] 2.2.14.1 WBEM_DATAPACKET_OBJECT and, in it, 2.2.14.2 to 2.2.14.4. */
function readOne(r: Reader, decoding: Decoding, classes: Map<Guid, CimClass>): CimObject {
  const start = r.offset;
  const header = headerSize(r, 9, "dwSizeOfHeader");
  const size = r.u32();
  const type = r.u8();
  r.offset = start;
  r.skip(header);
  const inner = part(r, size, "dwSizeOfData");
  const innerStart = inner.offset;
  const innerHeader = headerSize(inner, type === OBJECT_CLASS ? 8 : 24, "dwSizeOfHeader");
  const dataSize = inner.u32();
  const classId = type === OBJECT_CLASS ? null : readGuid(inner);
  inner.offset = innerStart;
  inner.skip(innerHeader);
  const data = part(inner, dataSize, "dwSizeOfData");
  switch (type) {
    case OBJECT_CLASS:
      return readObjectBlock(data, decoding);
    case OBJECT_INSTANCE: {
      const object = readObjectBlock(data, decoding);
      if (object.class !== null) classes.set(classId!, object.class);
      return object;
    }
    case OBJECT_INSTANCE_NOCLASS:
      return readInstanceNoClass(data, decoding, classes.get(classId!) ?? null);
    default:
      throw malformed(`bObjectType is ${type}`, start + 8, "bObjectType");
  }
}
