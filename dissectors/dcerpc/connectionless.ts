/**
 * Connectionless (datagram) PDUs: [C706] 12.5, [MS-RPCE] 2.2.3. Their version is 4, and each says for itself which interface,
 * activity and call it belongs to. A PDU that is cut short is decoded as far as it goes.
 *
 * Not handled: what a verifier holds beyond its level and key, the fragments that a fack asks for again.
 */
import { WireError } from "../wire/errors.js";
import { type Guid, hex32, NIL_GUID, readGuid } from "../wire/guid.js";
import { CAPTURED, type Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { faultName } from "../wire/status.js";
import {
  type Characters,
  charactersOf,
  type Floats,
  floatsOf,
  showFloats,
  showIntegersAndCharacters,
} from "./representation.js";
import { authLevelName, authTypeName } from "./security.js";

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
const PF_NO_FACK = 0x08;
export const PF_MAYBE = 0x10;
const PF_IDEMPOTENT = 0x20;
export const PF_BROADCAST = 0x40;
/** [MS-RPCE] 2.2.3.3, in the second set: earlier calls of the activity go on. */
export const PF2_UNRELATED = 0x04;
const PF2_CANCEL_PENDING = 0x02;
/** Bits of the second set that nobody has given a meaning; 0x01 is left to implementations, 0x02 says that a cancel is pending. */
const FLAGS2_RESERVED = 0xf8;

const FLAGS1 = flagsOf([
  [0x01, "reserved_01"],
  [PF_LAST_FRAG, "lastfrag"],
  [PF_FRAG, "frag"],
  [PF_NO_FACK, "nofack"],
  [PF_MAYBE, "maybe"],
  [PF_IDEMPOTENT, "idempotent"],
  [PF_BROADCAST, "broadcast"],
  [0x80, "reserved_80"],
]);
const FLAGS2 = flagsOf([
  [0x01, "reserved_01"],
  [PF2_CANCEL_PENDING, "cancel_pending"],
  [PF2_UNRELATED, "unrelated"],
]);

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
 * Decodes the PDU of `size` bytes that starts where the reader stands, of which the last may not have been captured; the
 * header must be there. Never throws: what could not be read is reported by `error`.
 */
export function readDatagram(from: Reader, size: number): DatagramPdu {
  const start = from.offset;
  const there = from.left;
  const header = readHeader(from);
  const bodyEnd = DG_HEADER_SIZE + header.bodyLength;
  const complete = bodyEnd <= there;
  const end = start + Math.min(bodyEnd, there);
  const r = from.over(start, end, complete ? "len" : CAPTURED, header.littleEndian);
  r.skip(DG_HEADER_SIZE);
  const pdu: DatagramPdu = { header, body: null, verifier: null, complete, error: null };
  try {
    pdu.body = readBody(r, header.type);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    pdu.error = e;
  }
  from.offset = end;
  pdu.verifier = readVerifier(from, header, size - bodyEnd);
  return pdu;
}

function typeName(ptype: number): string {
  return TYPES[ptype] ?? hexText(ptype);
}

function readHeader(r: Reader): DatagramHeader {
  r.u8("rpc_vers");
  const type = TYPES[r.u8("ptype", typeName)]!;
  const flags1 = r.u8("flags1", FLAGS1);
  const flags2 = r.u8("flags2", FLAGS2);
  r.enter("drep");
  const drep = r.u8("integers and characters", showIntegersAndCharacters);
  const drep1 = r.u8("floats", showFloats);
  r.skip(1, "reserved");
  r.leave();
  r.skip(1, "serial_hi");
  r.littleEndian = (drep & 0xf0) !== 0;
  const object = readGuid(r, "object");
  const interfaceId = readGuid(r, "if_id");
  const activity = readGuid(r, "act_id");
  const serverBoot = r.u32("server_boot");
  const version = r.u32("if_vers");
  const sequence = r.u32("seqnum");
  const opnum = r.u16("opnum");
  r.u16("ihint");
  r.u16("ahint");
  const bodyLength = r.u16("len");
  const fragment = r.u16("fragnum");
  const authProto = r.u8("auth_proto", authTypeName);
  r.skip(1, "serial_lo");
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
    bodyLength,
    fragment,
    authProto,
  };
}

function readBody(r: Reader, type: DatagramType): DatagramBody {
  switch (type) {
    case "request":
    case "response":
      return { type, ...readStub(r) };
    case "fault":
    case "reject":
      return { type, status: r.u32("status", statusText), ...readStub(r) };
    case "cl_cancel":
    case "cancel_ack":
      r.u32("vers");
      return {
        type,
        id: r.u32("cancel_id"),
        accepting: type === "cancel_ack" ? r.u32("server_is_accepting") !== 0 : null,
      };
    case "fack":
      readFack(r);
      return { type };
    default:
      r.rest("body");
      return { type };
  }
}

function statusText(status: number): string {
  return faultName(status) ?? hex32(status);
}

function readStub(r: Reader): { stubStart: number; stubEnd: number } {
  const stubStart = r.position;
  r.rest("stub_data");
  return { stubStart, stubEnd: r.position };
}

/** [C706] 12.5.3.4 fack_body_version_0, as far as it is there: nothing of it is needed. */
function readFack(r: Reader): void {
  if (r.left < FACK_SIZE) {
    r.rest("body");
    return;
  }
  r.u8("vers");
  r.skip(1, "pad1");
  r.u16("window_size");
  r.u32("max_tsdu");
  r.u32("max_frag_size");
  r.u16("serial_num");
  const count = r.u16("selack_len");
  for (let i = 0; i < count && r.left >= 4; i++) {
    r.enter("selack", i);
    r.u32("mask");
    r.leave();
  }
}

/** Bytes of a fack's body before its masks. */
const FACK_SIZE = 16;

/** The verifier behind a body, `behind` bytes with its padding; null where there is none, or it was not captured. */
function readVerifier(
  r: Reader,
  { authProto, bodyLength }: DatagramHeader,
  behind: number,
): DatagramVerifier | null {
  const padding = -(DG_HEADER_SIZE + bodyLength) & 7;
  if (authProto === 0 || behind <= 0 || padding + 2 > r.left) return null;
  r.skip(padding);
  return r.part("sec_trailer_cl", readSecTrailerCl, authProto);
}

function readSecTrailerCl(r: Reader, authType: number): DatagramVerifier {
  const authLevel = r.u8("protection_level", authLevelName);
  const key = r.u8("key_vers_num");
  if (r.left >= 2) r.skip(2, "pad");
  r.rest("auth_value");
  return { authType, authLevel, key };
}
