/**
 * Connectionless (datagram) PDUs: [C706] 12.5, [MS-RPCE] 2.2.3. Their version is 4, and each says for itself which interface,
 * activity and call it belongs to. A PDU that is cut short is decoded as far as it goes.
 *
 * Not handled: what a verifier holds beyond its level and key, the fragments that a fack asks for again.
 */
import { WireError } from "../wire/errors.js";
import { type Guid, NIL_GUID, readGuid } from "../wire/guid.js";
import { CAPTURED, Reader } from "../wire/reader.js";
import { type Characters, charactersOf, type Floats, floatsOf } from "./representation.js";

/** Bytes of the common header, [C706] 12.5.2. */
export const DG_HEADER_SIZE = 80;
/** Of it, the bytes before the UUIDs. */
const FIRST_BYTES = 8;

/** [C706] 12.5.1 PDU types, and what the standard calls them. */
const TYPES = [
  "request",
  "ping",
  "response",
  "fault",
  "working",
  "nocall",
  "reject",
  "ack",
  "cl_cancel",
  "fack",
  "cancel_ack",
] as const;

export type DatagramType = (typeof TYPES)[number];

/** Who sends PDUs of a type, [C706] 12.5.1; null where both do. */
export const SENDERS: { readonly [type in DatagramType]: "client" | "server" | null } = {
  request: "client",
  ping: "client",
  ack: "client",
  cl_cancel: "client",
  response: "server",
  fault: "server",
  working: "server",
  nocall: "server",
  reject: "server",
  cancel_ack: "server",
  fack: null,
};

/** [C706] 12.5.2.3 first set of PDU flags; bits 0x01 and 0x80 are left to implementations. */
export const PF_LAST_FRAG = 0x02;
export const PF_FRAG = 0x04;
export const PF_MAYBE = 0x10;
export const PF_BROADCAST = 0x40;
/** [MS-RPCE] 2.2.3.3, in the second set: earlier calls of the activity go on. */
export const PF2_UNRELATED = 0x04;
/** Bits of the second set that nobody has given a meaning; 0x01 is left to implementations, 0x02 says that a cancel is pending. */
const FLAGS2_RESERVED = 0xf8;

/** Bytes of the smallest verifier: level, key, two of padding and a token. */
const SMALLEST_VERIFIER = 4;
/** The highest authentication level. */
const LAST_LEVEL = 6;

/** [C706] 12.5.2 common fields. */
export interface DatagramHeader {
  type: DatagramType;
  flags1: number;
  flags2: number;
  /** First byte of drep: integer and character representation. */
  drep: number;
  littleEndian: boolean;
  characters: Characters;
  floats: Floats;
  /** null where it is nil. */
  object: Guid | null;
  interfaceId: Guid;
  activity: Guid;
  /** When the server was started, by its own clock; 0 from a client that does not know it. */
  serverBoot: number;
  major: number;
  minor: number;
  /** Of the call within its activity. */
  sequence: number;
  opnum: number;
  /** Bytes of the body, without the verifier. */
  bodyLength: number;
  fragment: number;
  authProto: number;
}

/** [MS-RPCE] 2.2.3.4 sec_trailer_cl. */
export interface DatagramVerifier {
  authType: number;
  authLevel: number;
  /** Which security context of the activity. */
  key: number;
}

export type DatagramBody =
  /** Where stub data stands, from the PDU's first byte. */
  | { type: "request" | "response"; stubStart: number; stubEnd: number }
  | { type: "fault" | "reject"; status: number; stubStart: number; stubEnd: number }
  | { type: "cl_cancel" | "cancel_ack"; id: number; accepting: boolean | null }
  | { type: "ping" | "working" | "nocall" | "ack" | "fack" };

export interface DatagramPdu {
  header: DatagramHeader;
  /** null where not even its fixed part was there. */
  body: DatagramBody | null;
  verifier: DatagramVerifier | null;
  /** False where bytes of the body are missing from the capture. */
  complete: boolean;
  /** Why the body could not be decoded to its end. */
  error: WireError | null;
}

/**
 * Whether a datagram's payload is a PDU: `size` bytes at `at`, of which those before `end` were captured. The header alone
 * would be weak evidence: the length must be that of the datagram, and the activity and the interface must be UUIDs.
 */
export function isConnectionless(data: Uint8Array, at: number, end: number, size: number): boolean {
  if (at + DG_HEADER_SIZE > end || !beginsHeader(data, at)) return false;
  const little = (data[at + 4]! & 0x10) !== 0;
  const first = data[at + 74]!;
  const second = data[at + 75]!;
  const behind = size - DG_HEADER_SIZE - (little ? first | (second << 8) : (first << 8) | second);
  if (data[at + 78] === 0 ? behind !== 0 : !mayBeVerifier(data, at, end, size, behind)) return false;
  return !isNil(data, at + 24) && !isNil(data, at + 40);
}

/** Whether it may be one of which the capture lacks a part of the header. */
export function isCutConnectionless(data: Uint8Array, at: number, end: number, size: number): boolean {
  return (
    size >= DG_HEADER_SIZE && end < at + DG_HEADER_SIZE && end - at >= FIRST_BYTES && beginsHeader(data, at)
  );
}

/** The fields before the UUIDs. */
function beginsHeader(data: Uint8Array, at: number): boolean {
  if (data[at] !== 4 || data[at + 1]! >= TYPES.length || (data[at + 3]! & FLAGS2_RESERVED) !== 0)
    return false;
  // Integers and characters have two representations each, floating-point numbers four; the third byte has none.
  return (data[at + 4]! & 0xee) === 0 && data[at + 5]! <= 3 && data[at + 6] === 0;
}

/** Whether the last bytes of a datagram may be a verifier, which stands at a multiple of eight behind the body. */
function mayBeVerifier(data: Uint8Array, at: number, end: number, size: number, behind: number): boolean {
  const padding = (8 - ((size - behind) & 7)) & 7;
  if (behind < padding + SMALLEST_VERIFIER) return false;
  const level = at + size - behind + padding;
  return level >= end || data[level]! <= LAST_LEVEL;
}

function isNil(data: Uint8Array, at: number): boolean {
  for (let i = 0; i < 16; i++) if (data[at + i] !== 0) return false;
  return true;
}

/**
 * Decodes the PDU whose `size` bytes begin `bytes`, of which the last may not have been captured; the header must be there. Never
 * throws: what could not be read is reported by `error`.
 */
export function readDatagram(bytes: Uint8Array, size: number): DatagramPdu {
  const header = readHeader(new Reader(bytes));
  const bodyEnd = DG_HEADER_SIZE + header.bodyLength;
  const complete = bodyEnd <= bytes.length;
  const end = Math.min(bodyEnd, bytes.length);
  const bound = complete ? "len" : CAPTURED;
  const r = new Reader(bytes, header.littleEndian, DG_HEADER_SIZE, end, bound, 0);
  const verifier = readVerifier(bytes, header, size - bodyEnd);
  const pdu: DatagramPdu = { header, body: null, verifier, complete, error: null };
  try {
    pdu.body = readBody(r, header.type);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    pdu.error = e;
  }
  return pdu;
}

function readHeader(r: Reader): DatagramHeader {
  r.u8(); // rpc_vers
  const type = TYPES[r.u8()]!;
  const flags1 = r.u8();
  const flags2 = r.u8();
  const drep = r.u8();
  const drep1 = r.u8();
  r.skip(2); // drep, serial_hi
  r.littleEndian = (drep & 0xf0) !== 0;
  const object = readGuid(r);
  const interfaceId = readGuid(r);
  const activity = readGuid(r);
  const serverBoot = r.u32();
  const version = r.u32(); // if_vers
  const sequence = r.u32();
  const opnum = r.u16();
  r.skip(4); // ihint, ahint
  return {
    type,
    flags1,
    flags2,
    drep,
    littleEndian: r.littleEndian,
    characters: charactersOf(drep),
    floats: floatsOf(drep1),
    object: object === NIL_GUID ? null : object,
    interfaceId,
    activity,
    serverBoot,
    major: version & 0xffff,
    minor: version >>> 16,
    sequence,
    opnum,
    bodyLength: r.u16(),
    fragment: r.u16(),
    authProto: r.u8(),
  };
}

function readBody(r: Reader, type: DatagramType): DatagramBody {
  const stubStart = r.offset;
  switch (type) {
    case "request":
    case "response":
      return { type, stubStart, stubEnd: r.end };
    case "fault":
    case "reject":
      return { type, status: r.u32(), stubStart: r.offset, stubEnd: r.end };
    case "cl_cancel":
    case "cancel_ack":
      r.u32(); // vers
      return { type, id: r.u32(), accepting: type === "cancel_ack" ? r.u32() !== 0 : null };
    default:
      return { type };
  }
}

/** The verifier behind a body, `behind` bytes with its padding; null where there is none, or it was not captured. */
function readVerifier(
  bytes: Uint8Array,
  { authProto, bodyLength }: DatagramHeader,
  behind: number,
): DatagramVerifier | null {
  const at = (DG_HEADER_SIZE + bodyLength + 7) & ~7;
  if (authProto === 0 || behind <= 0 || at + 2 > bytes.length) return null;
  return { authType: authProto, authLevel: bytes[at]!, key: bytes[at + 1]! };
}
