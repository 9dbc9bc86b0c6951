/**
 * The three messages of the NTLM handshake: [MS-NLMP] 2.2.1 NEGOTIATE_MESSAGE, CHALLENGE_MESSAGE and
 * AUTHENTICATE_MESSAGE. Each has a fixed part with (length, offset) pairs that point into a payload, in any order.
 * A pair that lies, or a message that ends early, costs that field and leaves a sentence in `faults`.
 *
 * Older senders leave out the end of the fixed part (Version, MIC, even NegotiateFlags): where the payload begins
 * says what is there. Not handled: connectionless (datagram) variants beyond reading their flags.
 */
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";
import { latin1, utf16 } from "../wire/text.js";
import { AV_FLAG_MIC, type AvFaults, type AvPair, MSV_AV_FLAGS, readAvPairs } from "./av-pairs.js";
import {
  has,
  NEGOTIATE_DOMAIN_SUPPLIED,
  NEGOTIATE_OEM,
  NEGOTIATE_UNICODE,
  NEGOTIATE_VERSION,
  NEGOTIATE_WORKSTATION_SUPPLIED,
  negotiateFlags,
} from "./flags.js";
import {
  type Ntlmv2Response,
  type ResponseKind,
  readLmResponse,
  readNtlmv2Response,
  responseKind,
} from "./responses.js";

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

/** Where a field of the fixed part says that its content is: offsets in the reader's array. */
interface Payload {
  start: number;
  length: number;
}

/** What the specification calls a field of the fixed part, what it holds, and its parts. */
interface PayloadName {
  name: string;
  fields: string;
  length: string;
  maxLength: string;
  offset: string;
}

function payloadName(name: string, stem = name): PayloadName {
  return {
    name,
    fields: `${stem}Fields`,
    length: `${stem}Len`,
    maxLength: `${stem}MaxLen`,
    offset: `${stem}BufferOffset`,
  };
}

const DOMAIN_NAME = payloadName("DomainName");
const WORKSTATION_NAME = payloadName("WorkstationName", "Workstation");
const TARGET_NAME = payloadName("TargetName");
const TARGET_INFO = payloadName("TargetInfo");
const LM_RESPONSE = payloadName("LmChallengeResponse");
const NT_RESPONSE = payloadName("NtChallengeResponse");
const USER_NAME = payloadName("UserName");
const WORKSTATION = payloadName("Workstation");
const SESSION_KEY = payloadName("EncryptedRandomSessionKey");

/** What of a message is none of its fields: between them, or behind the last. */
const UNREAD = "unused";

const TYPE_NAMES: { readonly [type: number]: string } = {
  [NEGOTIATE_TYPE]: "NtLmNegotiate",
  [CHALLENGE_TYPE]: "NtLmChallenge",
  [AUTHENTICATE_TYPE]: "NtLmAuthenticate",
};
const showType = namesOf(TYPE_NAMES);

/** A message that is being read: from where on offsets count, and what is wrong with it. */
interface Message {
  start: number;
  faults: string[];
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
 * One message of any type, all of `r`. `flags` are those already negotiated (of the CHALLENGE_MESSAGE), for an
 * AUTHENTICATE_MESSAGE too old to carry its own. Throws WireError where there is no message at all: no signature,
 * an unknown type, or a fixed part too short to say anything.
 */
export function readNtlmMessage(r: Reader, flags: number | null = null): NtlmMessage {
  const start = r.offset;
  if (!isNtlm(r.data.subarray(start, r.end))) throw malformed("no NTLMSSP signature", 0, "Signature");
  r.littleEndian = true;
  r.skip(SIGNATURE.length, "Signature");
  const type = r.u32("MessageType", showType);
  const message: Message = { start, faults: [] };
  if (type === NEGOTIATE_TYPE) return readNegotiate(r, message);
  if (type === CHALLENGE_TYPE) return readChallenge(r, message);
  if (type === AUTHENTICATE_TYPE) return readAuthenticate(r, message, flags);
  throw malformed(`MessageType ${type} is none of 1, 2, 3`, SIGNATURE.length, "MessageType");
}

function readNegotiate(r: Reader, message: Message): NegotiateMessage {
  const { start, faults } = message;
  const flags = r.u32("NegotiateFlags", negotiateFlags);
  const domain = readField(r, DOMAIN_NAME, message);
  const workstation = readField(r, WORKSTATION_NAME, message);
  const payloadAt = payloadStart([domain, workstation], r.end);
  // The names of this message are in the OEM code page, whatever the flags: nothing is negotiated yet.
  const oem = (f: Payload | null, flag: number, { name }: PayloadName): string | null =>
    has(flags, flag) ? text(r, f, false, name, message) : null;
  const found: NegotiateMessage = {
    MessageType: NEGOTIATE_TYPE,
    NegotiateFlags: flags,
    DomainName: oem(domain, NEGOTIATE_DOMAIN_SUPPLIED, DOMAIN_NAME),
    WorkstationName: oem(workstation, NEGOTIATE_WORKSTATION_SUPPLIED, WORKSTATION_NAME),
    Version: workstation === null ? null : readVersion(r, flags, r.offset, payloadAt),
    faults,
  };
  r.unread(UNREAD, start, r.end);
  return found;
}

function readChallenge(r: Reader, message: Message): ChallengeMessage {
  const { start, faults } = message;
  const target = readField(r, TARGET_NAME, message);
  const flags = r.u32("NegotiateFlags", negotiateFlags);
  const challenge = r.left >= 8 ? r.bytes(8, "ServerChallenge") : null;
  if (challenge === null) faults.push("the message ends within its fixed part");
  // The reserved field and TargetInfo are missing in messages of the oldest servers.
  if (r.left >= 8 && (target === null || target.length === 0 || target.start >= r.offset + 8)) {
    r.skip(8, "Reserved");
  }
  const before = target !== null && target.length > 0 ? target.start : r.end;
  const info = r.offset + 8 <= before ? readField(r, TARGET_INFO, message) : null;
  const payloadAt = payloadStart([target, info], r.end);
  const pairs = listed(r, info, TARGET_INFO.name, message);
  const found: ChallengeMessage = {
    MessageType: CHALLENGE_TYPE,
    TargetName: text(r, target, isUnicode(flags, r.data, target), TARGET_NAME.name, message),
    NegotiateFlags: flags,
    ServerChallenge: challenge,
    TargetInfo:
      pairs === null || pairs.length === 0
        ? []
        : r
            .over(pairs.start, pairs.start + pairs.length, TARGET_INFO.name)
            .part(TARGET_INFO.name, readTargetInfo, { faults, where: TARGET_INFO.name }),
    Version: info === null ? null : readVersion(r, flags, r.offset, payloadAt),
    faults,
  };
  r.unread(UNREAD, start, r.end);
  return found;
}

function readTargetInfo(r: Reader, faults: AvFaults): AvPair[] {
  const pairs = readAvPairs(r, faults);
  r.unread(UNREAD, r.offset, r.end);
  return pairs;
}

function readAuthenticate(r: Reader, message: Message, negotiated: number | null): AuthenticateMessage {
  const { start, faults } = message;
  const lm = readField(r, LM_RESPONSE, message);
  const nt = readField(r, NT_RESPONSE, message);
  const domain = readField(r, DOMAIN_NAME, message);
  const user = readField(r, USER_NAME, message);
  const workstation = readField(r, WORKSTATION, message);
  if (lm === null) throw malformed("the fixed part ends before its first field", r.offset, "captured");
  if (workstation === null) faults.push("the message ends within its fixed part");
  const payloadAt = payloadStart([lm, nt, domain, user, workstation], r.end);
  const hasKey = workstation !== null && payloadAt >= start + AUTHENTICATE_WITHOUT_KEY + 8;
  const key = hasKey ? readField(r, SESSION_KEY, message) : null;
  const flags =
    hasKey && payloadAt >= start + AUTHENTICATE_WITHOUT_VERSION && r.left >= 4
      ? r.u32("NegotiateFlags", negotiateFlags)
      : (negotiated ?? 0);

  const lmBytes = bytesOf(r, payload(r, lm, LM_RESPONSE.name, message));
  const ntPayload = payload(r, nt, NT_RESPONSE.name, message);
  const ntBytes = bytesOf(r, ntPayload);
  const name = (f: Payload | null, { name: label }: PayloadName): string | null =>
    text(r, f, isUnicode(flags, r.data, f), label, message);
  const userName = name(user, USER_NAME);
  const kind = responseKind(lmBytes, ntBytes, flags, userName);
  if (lmBytes !== null && lmBytes.length > 0) {
    r.over(lm.start, lm.start + lm.length, LM_RESPONSE.length).part(LM_RESPONSE.name, noteLmResponse, kind);
  }
  let ntlmv2: Ntlmv2Response | null = null;
  if (ntPayload !== null && ntPayload.length > 0) {
    const response = r.over(ntPayload.start, ntPayload.start + ntPayload.length, NT_RESPONSE.length);
    if (kind === "ntlmv2") ntlmv2 = response.part(NT_RESPONSE.name, readNtlmv2Response, faults);
    else response.rest(NT_RESPONSE.name);
  }
  const domainName = name(domain, DOMAIN_NAME);
  const workstationName = name(workstation, WORKSTATION);
  const keyPayload = payload(r, key, SESSION_KEY.name, message);
  noteBytes(r, keyPayload, SESSION_KEY.name);
  const found: AuthenticateMessage = {
    MessageType: AUTHENTICATE_TYPE,
    LmChallengeResponse: lmBytes,
    NtChallengeResponse: ntBytes,
    DomainName: domainName,
    UserName: userName,
    Workstation: workstationName,
    EncryptedRandomSessionKey: bytesOf(r, keyPayload),
    NegotiateFlags: flags,
    Version: hasKey ? readVersion(r, flags, start + AUTHENTICATE_WITHOUT_VERSION, payloadAt) : null,
    kind,
    ntlmv2,
    micOffset: findMic(r, payloadAt, ntlmv2, message),
    faults,
  };
  r.unread(UNREAD, start, r.end);
  return found;
}

function noteLmResponse(r: Reader, kind: ResponseKind): void {
  r.also(readLmResponse, kind);
}

/**
 * [MS-NLMP] 2.2.1.3: the MIC is there where MsvAvFlags says so. NTLMv1 has no AV pairs: a field that is not all
 * zeroes, in front of the payload, is one then. A payload that begins at 64 or 72 leaves no room.
 */
function findMic(
  r: Reader,
  payloadAt: number,
  ntlmv2: Ntlmv2Response | null,
  { start, faults }: Message,
): number | null {
  const flags = ntlmv2?.NTLMv2_CLIENT_CHALLENGE.AvPairs.find((pair) => pair.AvId === MSV_AV_FLAGS)?.value;
  const promised = typeof flags === "number" && (flags & AV_FLAG_MIC) !== 0;
  // Without a Version the MIC may follow NegotiateFlags.
  const withVersion = payloadAt >= start + AUTHENTICATE_WITHOUT_MIC + MIC_LENGTH;
  const offset = withVersion ? AUTHENTICATE_WITHOUT_MIC : AUTHENTICATE_WITHOUT_VERSION;
  const at = start + offset;
  if (payloadAt < at + MIC_LENGTH || r.end < at + MIC_LENGTH) {
    if (promised) faults.push("MsvAvFlags promises a MIC, but the message has no room for it");
    return null;
  }
  const mic = r.data.subarray(at, at + MIC_LENGTH);
  if (promised || withVersion) r.noteAt("MIC", at, at + MIC_LENGTH, mic);
  const filled = mic.some((byte) => byte !== 0);
  return promised || (filled && withVersion) ? offset : null;
}

/** [MS-NLMP] 2.2.1: Len, MaxLen, BufferOffset; null where the message ends before it. */
function readField(r: Reader, name: PayloadName, { start }: Message): Payload | null {
  if (r.left < 8) return null;
  const found = r.part(name.fields, readPayloadFields, name);
  found.start += start;
  return found;
}

function readPayloadFields(r: Reader, name: PayloadName): Payload {
  const length = r.u16(name.length);
  r.skip(2, name.maxLength);
  return { length, start: r.u32(name.offset) };
}

/** Where the payload begins: the lowest offset that a field with content names, or the end of the message. */
function payloadStart(fields: readonly (Payload | null)[], end: number): number {
  let start = end;
  for (const f of fields) if (f !== null && f.length > 0 && f.start < start) start = f.start;
  return start;
}

/** The field, where its content lies inside the message; null, and a sentence, where it does not. */
function payload(r: Reader, f: Payload | null, name: string, { start, faults }: Message): Payload | null {
  if (f === null || f.length === 0 || f.start + f.length <= r.end) return f;
  faults.push(
    `${name}: ${f.length} bytes at offset ${f.start - start} lie outside the message of ${r.end - start}`,
  );
  return null;
}

/** The same for a list, of which the part that lies inside can be read. */
function listed(r: Reader, f: Payload | null, name: string, message: Message): Payload | null {
  const whole = payload(r, f, name, message);
  if (whole !== null || f === null || f.start >= r.end) return whole;
  return { start: f.start, length: r.end - f.start };
}

/** A view of a field's content. */
function bytesOf(r: Reader, f: Payload | null): Uint8Array | null {
  if (f === null) return null;
  return f.length === 0 ? new Uint8Array(0) : r.data.subarray(f.start, f.start + f.length);
}

function noteBytes(r: Reader, f: Payload | null, name: string): void {
  if (f !== null && f.length > 0) r.noteAt(name, f.start, f.start + f.length, bytesOf(r, f));
}

/** [MS-NLMP] 2.2.2.10, where the flag is set and the payload leaves room for it. */
function readVersion(r: Reader, flags: number, at: number, payloadAt: number): Version | null {
  if (!has(flags, NEGOTIATE_VERSION) || at + VERSION_LENGTH > Math.min(payloadAt, r.end)) return null;
  return r.over(at, at + VERSION_LENGTH, "Version").part("Version", versionFields, undefined);
}

function versionFields(r: Reader): Version {
  const ProductMajorVersion = r.u8("ProductMajorVersion");
  const ProductMinorVersion = r.u8("ProductMinorVersion");
  const ProductBuild = r.u16("ProductBuild");
  r.skip(3, "Reserved");
  const NTLMRevisionCurrent = r.u8("NTLMRevisionCurrent");
  return { ProductMajorVersion, ProductMinorVersion, ProductBuild, NTLMRevisionCurrent };
}

/** [MS-NLMP] 2.2.2.5, bits A and B. Where neither is set the content decides: UTF-16 names are full of zeroes. */
function isUnicode(flags: number, data: Uint8Array, f: Payload | null): boolean {
  if (has(flags, NEGOTIATE_UNICODE)) return true;
  if (has(flags, NEGOTIATE_OEM) || f === null || f.length < 2 || f.length % 2 !== 0) return false;
  return data[f.start + 1] === 0;
}

/**
 * A name. UTF-16 has an even number of bytes ([MS-NLMP] 2.2.2.5, bit A): an odd number without a zero byte is taken for text
 * in the OEM code page, any other for UTF-16 whose last byte belongs to nothing.
 */
function text(r: Reader, f: Payload | null, unicode: boolean, name: string, message: Message): string | null {
  const found = payload(r, f, name, message);
  const bytes = bytesOf(r, found);
  if (found === null || bytes === null) return null;
  const shown = textOf(bytes, unicode, name, message.faults);
  if (bytes.length > 0) r.noteAt(name, found.start, found.start + found.length, shown);
  return shown;
}

function textOf(bytes: Uint8Array, unicode: boolean, name: string, faults: string[]): string {
  if (!unicode) return latin1(bytes);
  if (bytes.length % 2 === 0) return utf16(bytes);
  const oem = !bytes.includes(0);
  const shown = oem ? "shown as single-byte text" : "shown without the last byte";
  faults.push(`${name}: ${bytes.length} bytes cannot be UTF-16 (an odd length); ${shown}`);
  return oem ? latin1(bytes) : utf16(bytes);
}
