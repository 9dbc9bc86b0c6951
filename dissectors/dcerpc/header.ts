/**
 * [C706] 12.6.3.1 and [MS-RPCE] 2.2.2.1-2.2.2.5: the 16 bytes that every connection-oriented PDU starts with, and how to
 * recognise them in a stream that nobody has announced.
 *
 * Not handled: connectionless (datagram) PDUs, whose version is 4.
 */
import type { Reader, Show } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import {
  type Characters,
  charactersOf,
  type Floats,
  floatsOf,
  showFloats,
  showIntegersAndCharacters,
} from "./representation.js";

/** Bytes of the common header. */
export const HEADER_SIZE = 16;

/** [C706] 12.6.4 PDU types. */
export const PTYPE_REQUEST = 0;
export const PTYPE_RESPONSE = 2;
export const PTYPE_FAULT = 3;
export const PTYPE_BIND = 11;
export const PTYPE_BIND_ACK = 12;
export const PTYPE_BIND_NAK = 13;
export const PTYPE_ALTER_CONTEXT = 14;
export const PTYPE_ALTER_CONTEXT_RESP = 15;
export const PTYPE_AUTH3 = 16;
export const PTYPE_SHUTDOWN = 17;
export const PTYPE_CO_CANCEL = 18;
export const PTYPE_ORPHANED = 19;

/** [C706] 12.6.3.1 pfc_flags, [MS-RPCE] 2.2.2.3. */
export const PFC_FIRST_FRAG = 0x01;
export const PFC_LAST_FRAG = 0x02;
/** PFC_PENDING_CANCEL on calls; on bind, alter_context and their answers PFC_SUPPORT_HEADER_SIGN. */
export const PFC_SUPPORT_HEADER_SIGN = 0x04;
const PFC_RESERVED_1 = 0x08;
const PFC_CONC_MPX = 0x10;
export const PFC_DID_NOT_EXECUTE = 0x20;
export const PFC_MAYBE = 0x40;
export const PFC_OBJECT_UUID = 0x80;

/** By the name of the bit that has two meanings. */
function pfcFlagNames(bit2: string): Show<number> {
  return flagsOf([
    [PFC_FIRST_FRAG, "PFC_FIRST_FRAG"],
    [PFC_LAST_FRAG, "PFC_LAST_FRAG"],
    [PFC_SUPPORT_HEADER_SIGN, bit2],
    [PFC_RESERVED_1, "PFC_RESERVED_1"],
    [PFC_CONC_MPX, "PFC_CONC_MPX"],
    [PFC_DID_NOT_EXECUTE, "PFC_DID_NOT_EXECUTE"],
    [PFC_MAYBE, "PFC_MAYBE"],
    [PFC_OBJECT_UUID, "PFC_OBJECT_UUID"],
  ]);
}

const FLAGS_OF_CALLS = pfcFlagNames("PFC_PENDING_CANCEL");
const FLAGS_OF_BINDS = pfcFlagNames("PFC_SUPPORT_HEADER_SIGN");

const PTYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [PTYPE_REQUEST, "request"],
  [PTYPE_RESPONSE, "response"],
  [PTYPE_FAULT, "fault"],
  [PTYPE_BIND, "bind"],
  [PTYPE_BIND_ACK, "bind_ack"],
  [PTYPE_BIND_NAK, "bind_nak"],
  [PTYPE_ALTER_CONTEXT, "alter_context"],
  [PTYPE_ALTER_CONTEXT_RESP, "alter_context_resp"],
  [PTYPE_AUTH3, "auth3"],
  [PTYPE_SHUTDOWN, "shutdown"],
  [PTYPE_CO_CANCEL, "co_cancel"],
  [PTYPE_ORPHANED, "orphaned"],
]);

export function ptypeName(ptype: number): string {
  return PTYPE_NAMES.get(ptype) ?? `ptype_${ptype}`;
}

/** The smallest frag_length that each type can have: the common header and its fixed part. */
const SMALLEST: ReadonlyMap<number, number> = new Map([
  [PTYPE_REQUEST, 24],
  [PTYPE_RESPONSE, 24],
  [PTYPE_FAULT, 24],
  [PTYPE_BIND, 28],
  [PTYPE_BIND_ACK, 26],
  [PTYPE_BIND_NAK, 18],
  [PTYPE_ALTER_CONTEXT, 28],
  [PTYPE_ALTER_CONTEXT_RESP, 26],
  [PTYPE_AUTH3, 20],
  [PTYPE_SHUTDOWN, 16],
  [PTYPE_CO_CANCEL, 16],
  [PTYPE_ORPHANED, 16],
]);

/** [C706] 12.6.3.1 common fields. */
export interface PduHeader {
  rpcVersMinor: number;
  ptype: number;
  pfcFlags: number;
  /** First byte of packed_drep: integer and character representation. */
  drep: number;
  /** Integer representation of packed_drep. */
  littleEndian: boolean;
  /** Character representation: ASCII or EBCDIC ([C706] 14.2.5). */
  characters: Characters;
  /** Floating-point representation. */
  floats: Floats;
  fragLength: number;
  authLength: number;
  callId: number;
}

/** Reads the common header and sets the reader's byte order by its packed_drep. */
export function readHeader(r: Reader): PduHeader {
  r.u8("rpc_vers");
  const rpcVersMinor = r.u8("rpc_vers_minor");
  const ptype = r.u8("PTYPE", ptypeName);
  const pfcFlags = r.u8("pfc_flags", isCall(ptype) ? FLAGS_OF_CALLS : FLAGS_OF_BINDS);
  r.enter("packed_drep");
  const drep0 = r.u8("integers and characters", showIntegersAndCharacters);
  const drep1 = r.u8("floats", showFloats);
  r.skip(2, "reserved");
  r.leave();
  const littleEndian = (drep0 & 0xf0) !== 0;
  r.littleEndian = littleEndian;
  return {
    rpcVersMinor,
    ptype,
    pfcFlags,
    drep: drep0,
    littleEndian,
    characters: charactersOf(drep0),
    floats: floatsOf(drep1),
    fragLength: r.u16("frag_length"),
    authLength: r.u16("auth_length"),
    callId: r.u32("call_id"),
  };
}

/** Whether a PDU of a type is part of a call; the others make a connection or end one. */
function isCall(ptype: number): boolean {
  return (
    ptype === PTYPE_REQUEST ||
    ptype === PTYPE_RESPONSE ||
    ptype === PTYPE_FAULT ||
    ptype === PTYPE_CO_CANCEL ||
    ptype === PTYPE_ORPHANED
  );
}

/** What can be said of bytes that may be the start of a PDU. */
export type Credibility = "yes" | "no" | "need-more";

/**
 * Whether `data[at .. end)` starts like a PDU. `known` asks for the types of the standard as well: without it an unknown
 * type passes, which is right where the stream is known to be DCE/RPC and wrong where it is searched for.
 * Never reads past `end`; "need-more" means that all bytes that are there fit.
 */
export function credibleHeader(data: Uint8Array, at: number, end: number, known: boolean): Credibility {
  const n = end - at;
  if (n <= 0) return "need-more";
  if (data[at] !== 5) return "no";
  if (n >= 2 && data[at + 1]! > 1) return "no";
  if (n >= 3 && known && !SMALLEST.has(data[at + 2]!)) return "no";
  if (n >= 5 && (data[at + 4]! & 0xee) !== 0) return "no";
  if (n >= 6 && data[at + 5]! > 3) return "no";
  if (n >= 7 && data[at + 6] !== 0) return "no";
  if (n >= 8 && data[at + 7] !== 0) return "no";
  if (n < 12) return "need-more";
  const little = (data[at + 4]! & 0xf0) !== 0;
  const fragLength = little ? data[at + 8]! | (data[at + 9]! << 8) : (data[at + 8]! << 8) | data[at + 9]!;
  const authLength = little ? data[at + 10]! | (data[at + 11]! << 8) : (data[at + 10]! << 8) | data[at + 11]!;
  const smallest = SMALLEST.get(data[at + 2]!) ?? HEADER_SIZE;
  if (fragLength < smallest) return "no";
  if (authLength !== 0 && authLength + 8 > fragLength - HEADER_SIZE) return known ? "no" : "yes";
  return n < HEADER_SIZE ? "need-more" : "yes";
}

/** frag_length of a header that starts at `at`; ten bytes must be there. */
export function fragLengthAt(data: Uint8Array, at: number): number {
  const little = (data[at + 4]! & 0xf0) !== 0;
  return little ? data[at + 8]! | (data[at + 9]! << 8) : (data[at + 8]! << 8) | data[at + 9]!;
}

/**
 * The first place at or after `from` where a PDU of the standard may start, or `end`. Where the header found says that
 * another PDU follows within the bytes at hand, that one must be credible too.
 */
export function findHeader(data: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    at = data.indexOf(5, at);
    if (at < 0 || at >= end) return end;
    const verdict = credibleHeader(data, at, end, true);
    if (verdict === "no") continue;
    if (verdict === "need-more") {
      if (end - at >= 4 || plausibleTail(data, at, end)) return at;
      continue;
    }
    const next = at + fragLengthAt(data, at);
    if (next < end && credibleHeader(data, next, end, true) === "no") continue;
    return at;
  }
  return end;
}

/** One to three bytes at the end of what is at hand: worth keeping only as `05 00 ..` or the beginning of it. */
function plausibleTail(data: Uint8Array, at: number, end: number): boolean {
  return end - at < 2 || data[at + 1]! <= 1;
}
