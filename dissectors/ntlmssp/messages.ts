/**
 * The three messages of the NTLM handshake: [MS-NLMP] 2.2.1 NEGOTIATE_MESSAGE, CHALLENGE_MESSAGE and
 * AUTHENTICATE_MESSAGE. Each has a fixed part with (length, offset) pairs that point into a payload, in any order.
 * A pair that lies, or a message that ends early, costs that field and leaves a sentence in `faults`.
 *
 * Older senders leave out the end of the fixed part (Version, MIC, even NegotiateFlags): where the payload begins
 * says what is there. Not handled: connectionless (datagram) variants beyond reading their flags.
 */
import { malformed, WireError } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { latin1, utf16 } from "../wire/text.js";
import { AV_FLAG_MIC, type AvPair, MSV_AV_FLAGS, readAvPairs } from "./av-pairs.js";
import {
  has,
  NEGOTIATE_DOMAIN_SUPPLIED,
  NEGOTIATE_OEM,
  NEGOTIATE_UNICODE,
  NEGOTIATE_VERSION,
  NEGOTIATE_WORKSTATION_SUPPLIED,
} from "./flags.js";
import { type Ntlmv2Response, type ResponseKind, readNtlmv2Response, responseKind } from "./responses.js";

const SIGNATURE = "NTLMSSP\0";
const NEGOTIATE_TYPE = 1;
const CHALLENGE_TYPE = 2;
const AUTHENTICATE_TYPE = 3;
const VERSION_LENGTH = 8;
const MIC_LENGTH = 16;
/** Ends of the fixed part of AUTHENTICATE_MESSAGE, by what the sender's version knew. */
const AUTHENTICATE_WITHOUT_KEY = 52;
const AUTHENTICATE_WITHOUT_VERSION = 64;
const AUTHENTICATE_WITHOUT_MIC = 72;

/** [MS-NLMP] 2.2.2.10 VERSION. */
export interface Version {
  ProductMajorVersion: number;
  ProductMinorVersion: number;
  ProductBuild: number;
  NTLMRevisionCurrent: number;
}

interface Common {
  NegotiateFlags: number;
  /** Null where the flag is not set, or the fixed part ends before it. */
  Version: Version | null;
  /** What is wrong with the message, as sentences; decoding went on as far as it could. */
  faults: string[];
}

/** [MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE. */
export interface NegotiateMessage extends Common {
  MessageType: 1;
  DomainName: string | null;
  WorkstationName: string | null;
}

/** [MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE. */
export interface ChallengeMessage extends Common {
  MessageType: 2;
  TargetName: string | null;
  /** Null where the message ends before it. */
  ServerChallenge: Uint8Array | null;
  TargetInfo: AvPair[];
}

/** [MS-NLMP] 2.2.1.3 AUTHENTICATE_MESSAGE. */
export interface AuthenticateMessage extends Common {
  MessageType: 3;
  LmChallengeResponse: Uint8Array | null;
  NtChallengeResponse: Uint8Array | null;
  DomainName: string | null;
  UserName: string | null;
  Workstation: string | null;
  EncryptedRandomSessionKey: Uint8Array | null;
  kind: ResponseKind;
  /** The parts of an NTLMv2 response. */
  ntlmv2: Ntlmv2Response | null;
  /** Offset of the MIC in the message, or null where there is none. */
  micOffset: number | null;
}

export type NtlmMessage = NegotiateMessage | ChallengeMessage | AuthenticateMessage;

/** A (length, offset) pair of the fixed part. */
interface Field {
  length: number;
  offset: number;
}

/** Whether the bytes begin like a message of NTLMSSP. */
export function isNtlm(bytes: Uint8Array, at = 0): boolean {
  if (bytes.length < at + SIGNATURE.length) return false;
  for (let i = 0; i < SIGNATURE.length; i++) if (bytes[at + i] !== SIGNATURE.charCodeAt(i)) return false;
  return true;
}

/** Major, minor and build as `10.0.17763`. */
export function versionText(v: Version): string {
  return `${v.ProductMajorVersion}.${v.ProductMinorVersion}.${v.ProductBuild}`;
}

/**
 * One message of any type. `flags` are those already negotiated (of the CHALLENGE_MESSAGE), for an
 * AUTHENTICATE_MESSAGE too old to carry its own. Throws WireError where there is no message at all: no signature,
 * an unknown type, or a fixed part too short to say anything.
 */
export function readNtlmMessage(bytes: Uint8Array, flags: number | null = null): NtlmMessage {
  if (!isNtlm(bytes)) throw malformed("no NTLMSSP signature", 0, "Signature");
  const r = new Reader(bytes, true, SIGNATURE.length);
  const type = r.u32();
  if (type === NEGOTIATE_TYPE) return readNegotiate(bytes, r);
  if (type === CHALLENGE_TYPE) return readChallenge(bytes, r);
  if (type === AUTHENTICATE_TYPE) return readAuthenticate(bytes, r, flags);
  throw malformed(`MessageType ${type} is none of 1, 2, 3`, SIGNATURE.length, "MessageType");
}

function readNegotiate(bytes: Uint8Array, r: Reader): NegotiateMessage {
  const faults: string[] = [];
  const flags = r.u32();
  const domain = readField(r);
  const workstation = readField(r);
  const start = payloadStart([domain, workstation], bytes.length);
  // The names of this message are in the OEM code page, whatever the flags: nothing is negotiated yet.
  const oem = (f: Field | null, flag: number, name: string): string | null =>
    has(flags, flag) ? text(payload(bytes, f, name, faults), false, name, faults) : null;
  return {
    MessageType: NEGOTIATE_TYPE,
    NegotiateFlags: flags,
    DomainName: oem(domain, NEGOTIATE_DOMAIN_SUPPLIED, "DomainName"),
    WorkstationName: oem(workstation, NEGOTIATE_WORKSTATION_SUPPLIED, "WorkstationName"),
    Version: workstation === null ? null : readVersion(bytes, flags, r.offset, start),
    faults,
  };
}

function readChallenge(bytes: Uint8Array, r: Reader): ChallengeMessage {
  const faults: string[] = [];
  const target = readField(r);
  const flags = r.u32();
  const challenge = r.left >= 8 ? r.bytes(8) : null;
  if (challenge === null) faults.push("the message ends within its fixed part");
  // The reserved field and TargetInfo are missing in messages of the oldest servers.
  if (r.left >= 8 && (target === null || target.length === 0 || target.offset >= r.offset + 8)) r.skip(8);
  const before = target !== null && target.length > 0 ? target.offset : bytes.length;
  const info = r.offset + 8 <= before ? readField(r) : null;
  const start = payloadStart([target, info], bytes.length);
  const infoBytes = payload(bytes, info, "TargetInfo", faults);
  return {
    MessageType: CHALLENGE_TYPE,
    TargetName: text(
      payload(bytes, target, "TargetName", faults),
      isUnicode(flags, bytes, target),
      "TargetName",
      faults,
    ),
    NegotiateFlags: flags,
    ServerChallenge: challenge,
    TargetInfo:
      infoBytes === null || infoBytes.length === 0 ? [] : readAvPairs(infoBytes, faults, "TargetInfo"),
    Version: info === null ? null : readVersion(bytes, flags, r.offset, start),
    faults,
  };
}

function readAuthenticate(bytes: Uint8Array, r: Reader, negotiated: number | null): AuthenticateMessage {
  const faults: string[] = [];
  const lm = readField(r);
  const nt = readField(r);
  const domain = readField(r);
  const user = readField(r);
  const workstation = readField(r);
  if (lm === null) throw malformed("the fixed part ends before its first field", r.offset, "captured");
  if (workstation === null) faults.push("the message ends within its fixed part");
  const start = payloadStart([lm, nt, domain, user, workstation], bytes.length);
  const hasKey = workstation !== null && start >= AUTHENTICATE_WITHOUT_KEY + 8;
  const key = hasKey ? readField(r) : null;
  const flags = hasKey && start >= AUTHENTICATE_WITHOUT_VERSION && r.left >= 4 ? r.u32() : (negotiated ?? 0);

  const lmBytes = payload(bytes, lm, "LmChallengeResponse", faults);
  const ntBytes = payload(bytes, nt, "NtChallengeResponse", faults);
  const name = (f: Field | null, label: string): string | null =>
    text(payload(bytes, f, label, faults), isUnicode(flags, bytes, f), label, faults);
  const userName = name(user, "UserName");
  const kind = responseKind(lmBytes, ntBytes, flags, userName);
  const ntlmv2 = kind === "ntlmv2" && ntBytes !== null ? readNtlmv2Response(ntBytes, faults) : null;
  return {
    MessageType: AUTHENTICATE_TYPE,
    LmChallengeResponse: lmBytes,
    NtChallengeResponse: ntBytes,
    DomainName: name(domain, "DomainName"),
    UserName: userName,
    Workstation: name(workstation, "Workstation"),
    EncryptedRandomSessionKey: payload(bytes, key, "EncryptedRandomSessionKey", faults),
    NegotiateFlags: flags,
    Version: hasKey ? readVersion(bytes, flags, AUTHENTICATE_WITHOUT_VERSION, start) : null,
    kind,
    ntlmv2,
    micOffset: findMic(bytes, start, ntlmv2, faults),
    faults,
  };
}

/**
 * [MS-NLMP] 2.2.1.3: the MIC is there where MsvAvFlags says so. NTLMv1 has no AV pairs: a field that is not all
 * zeroes, in front of the payload, is one then. A payload that begins at 64 or 72 leaves no room.
 */
function findMic(
  bytes: Uint8Array,
  start: number,
  ntlmv2: Ntlmv2Response | null,
  faults: string[],
): number | null {
  const flags = ntlmv2?.NTLMv2_CLIENT_CHALLENGE.AvPairs.find((pair) => pair.AvId === MSV_AV_FLAGS)?.value;
  const promised = typeof flags === "number" && (flags & AV_FLAG_MIC) !== 0;
  // Without a Version the MIC may follow NegotiateFlags.
  const at =
    start >= AUTHENTICATE_WITHOUT_MIC + MIC_LENGTH ? AUTHENTICATE_WITHOUT_MIC : AUTHENTICATE_WITHOUT_VERSION;
  if (start < at + MIC_LENGTH || bytes.length < at + MIC_LENGTH) {
    if (promised) faults.push("MsvAvFlags promises a MIC, but the message has no room for it");
    return null;
  }
  const filled = bytes.subarray(at, at + MIC_LENGTH).some((byte) => byte !== 0);
  return promised || (filled && at === AUTHENTICATE_WITHOUT_MIC) ? at : null;
}

/** [MS-NLMP] 2.2.1: Len, MaxLen, BufferOffset; null where the message ends before it. */
function readField(r: Reader): Field | null {
  if (r.left < 8) return null;
  const length = r.u16();
  r.skip(2);
  return { length, offset: r.u32() };
}

/** Where the payload begins: the lowest offset that a field with content names, or the end of the message. */
function payloadStart(fields: readonly (Field | null)[], end: number): number {
  let start = end;
  for (const f of fields) if (f !== null && f.length > 0 && f.offset < start) start = f.offset;
  return start;
}

/** A view of a field's content; null, and a sentence, where it lies outside the message. */
function payload(bytes: Uint8Array, f: Field | null, name: string, faults: string[]): Uint8Array | null {
  if (f === null) return null;
  if (f.length === 0) return new Uint8Array(0);
  if (f.offset + f.length > bytes.length) {
    faults.push(
      `${name}: ${f.length} bytes at offset ${f.offset} lie outside the message of ${bytes.length}`,
    );
    return null;
  }
  return bytes.subarray(f.offset, f.offset + f.length);
}

/** [MS-NLMP] 2.2.2.10, where the flag is set and the payload leaves room for it. */
function readVersion(bytes: Uint8Array, flags: number, at: number, payloadAt: number): Version | null {
  if (!has(flags, NEGOTIATE_VERSION) || at + VERSION_LENGTH > Math.min(payloadAt, bytes.length)) return null;
  try {
    const r = new Reader(bytes, true, at);
    const major = r.u8();
    const minor = r.u8();
    const build = r.u16();
    r.skip(3);
    return {
      ProductMajorVersion: major,
      ProductMinorVersion: minor,
      ProductBuild: build,
      NTLMRevisionCurrent: r.u8(),
    };
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

/** [MS-NLMP] 2.2.2.5, bits A and B. Where neither is set the content decides: UTF-16 names are full of zeroes. */
function isUnicode(flags: number, bytes: Uint8Array, f: Field | null): boolean {
  if (has(flags, NEGOTIATE_UNICODE)) return true;
  if (has(flags, NEGOTIATE_OEM) || f === null || f.length < 2 || f.length % 2 !== 0) return false;
  return bytes[f.offset + 1] === 0;
}

/**
 * A name. UTF-16 has an even number of bytes ([MS-NLMP] 2.2.2.5, bit A): an odd number without a zero byte is taken for text
 * in the OEM code page, any other for UTF-16 whose last byte belongs to nothing.
 */
function text(bytes: Uint8Array | null, unicode: boolean, name: string, faults: string[]): string | null {
  if (bytes === null) return null;
  if (!unicode) return latin1(bytes);
  if (bytes.length % 2 === 0) return utf16(bytes);
  const oem = !bytes.includes(0);
  const shown = oem ? "shown as single-byte text" : "shown without the last byte";
  faults.push(`${name}: ${bytes.length} bytes cannot be UTF-16 (an odd length); ${shown}`);
  return oem ? latin1(bytes) : utf16(bytes);
}
