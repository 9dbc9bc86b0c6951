/**
 * Kerberos' per-message tokens of the GSS-API: [RFC 4121] 4.2.6 (the new ones, AES) and [RFC 4757] 7 over [RFC 1964] 1.2
 * (RC4-HMAC), as RPC uses them in DCE style ([MS-KILE] 3.4.5.4.1): only the stub is encrypted, in its place; header and
 * trailer are signed with it; everything else of a wrap token travels in the verifier.
 *
 * Not handled: DES, per-message tokens outside DCE style.
 */
import { hmacMd5, md5 } from "../crypto/digest.js";
import { Rc4, rc4 } from "../crypto/rc4.js";
import { concat, sameBytes } from "../wire/bytes.js";
import { content, DER_OID, derApplication, objectId, readTlv, type Tlv } from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { flagsOf, namesOf } from "../wire/show.js";
import { latin1Bytes } from "../wire/text.js";
import { checksum, checksumLength, decryptApart } from "./crypto.js";

const CFX_HEADER = 16;
const CFX_CONFOUNDER = 16;
const RFC1964_HEADER = 8;
const RFC1964_CHECKSUM = 8;
const RFC4757_CONFOUNDER = 8;
const SGN_ALG_HMAC = 0x0011;

/** [RFC 4121] 2: key usages by who sends. */
const USAGE_ACCEPTOR_SEAL = 22;
const USAGE_ACCEPTOR_SIGN = 23;
const USAGE_INITIATOR_SEAL = 24;
const USAGE_INITIATOR_SIGN = 25;

const SENT_BY_ACCEPTOR = 0x01;
const SEALED = 0x02;
const ACCEPTOR_SUBKEY = 0x04;

const OID_KERBEROS = "1.2.840.113554.1.2.2";
const showTokenId = namesOf({
  257: "KG_TOK_SIGN",
  513: "KG_TOK_WRAP",
  1028: "KG_TOK_MIC (RFC 4121)",
  1284: "KG_TOK_WRAP (RFC 4121)",
});
const showCfxFlags = flagsOf([
  [SENT_BY_ACCEPTOR, "SentByAcceptor"],
  [SEALED, "Sealed"],
  [ACCEPTOR_SUBKEY, "AcceptorSubkey"],
]);
/** [RFC 1964] 1.2.1.1 and [RFC 4757] 7.2, little-endian. */
const showSigning = namesOf({ 0: "DES MAC MD5", 256: "MD2.5", 512: "DES MAC", 4352: "HMAC" });
/** [RFC 1964] 1.2.2 and [RFC 4757] 7.3. */
const showSealing = namesOf({ 0: "DES", 4096: "RC4", 65535: "none" });

/** [RFC 4121] 4.2.6. */
export interface CfxToken {
  form: "cfx-mic" | "cfx-wrap";
  sentByAcceptor: boolean;
  sealed: boolean;
  acceptorSubkey: boolean;
  EC: number;
  RRC: number;
  /** Low 32 bits: what RPC's sequence numbers live in. */
  SND_SEQ: number;
  header: Uint8Array;
  /** What follows the header. */
  rest: Uint8Array;
}

/** [RFC 1964] 1.2.1 and 1.2.2 with [RFC 4757]'s algorithms. */
export interface Rc4Token {
  form: "rc4-mic" | "rc4-wrap";
  sealed: boolean;
  /** TOK_ID to the filler: what the checksum begins with. */
  header: Uint8Array;
  SND_SEQ: Uint8Array;
  SGN_CKSUM: Uint8Array;
  /** Encrypted; empty in a MIC. */
  confounder: Uint8Array;
}

export type GssToken = CfxToken | Rc4Token;

/** One message in DCE style: header, stub and trailer of a PDU, of which the signature may cover all or the stub only. */
export interface DceMessage {
  before: Uint8Array;
  /** As it travelled; never changed. */
  stub: Uint8Array;
  after: Uint8Array;
}

/** What came of opening a message. */
export interface GssUnsealed {
  holds: boolean;
  /** The clear stub; null where the key cannot be right. */
  stub: Uint8Array | null;
}

/** Reads a verifier, all of `r`. Throws WireError where it is none of the tokens above. */
export function readGssToken(r: Reader): GssToken {
  if (r.peek() === derApplication(0)) return readRc4Token(r);
  r.littleEndian = false;
  const start = r.offset;
  const id = r.u16("TOK_ID", showTokenId);
  if (id !== 0x0404 && id !== 0x0504)
    throw malformed(`token id 0x${id.toString(16).padStart(4, "0")}`, 0, "TOK_ID");
  const mic = id === 0x0404;
  const flags = r.u8("Flags", showCfxFlags);
  if (mic) r.also(noteFiller, undefined);
  r.skip(1, mic ? undefined : "Filler");
  const ec = r.u16(mic ? undefined : "EC");
  const rrc = r.u16(mic ? undefined : "RRC");
  r.also(noteSequence, undefined);
  r.skip(4);
  const seq = r.u32();
  return {
    form: mic ? "cfx-mic" : "cfx-wrap",
    sentByAcceptor: (flags & SENT_BY_ACCEPTOR) !== 0,
    sealed: (flags & SEALED) !== 0,
    acceptorSubkey: (flags & ACCEPTOR_SUBKEY) !== 0,
    EC: ec,
    RRC: rrc,
    SND_SEQ: seq,
    header: r.data.subarray(start, start + CFX_HEADER),
    rest: r.rest(mic ? "SGN_CKSUM" : "Data"),
  };
}

/** Of a MIC, where a wrap token has EC and RRC as well. */
function noteFiller(r: Reader): void {
  r.bytes(5, "Filler");
}

/** All 64 bits, of which the low half counts. */
function noteSequence(r: Reader): void {
  r.u64("SND_SEQ");
}

function readRc4Token(whole: Reader): Rc4Token {
  const frame = readTlv(whole);
  const oid = readTlv(whole.over(frame.body, frame.end, "token"), "thisMech");
  if (oid.tag !== DER_OID || content(oid).length === 0)
    throw malformed("no mechanism in the token", oid.start);
  oid.outer = frame.start;
  oid.r.also(noteMechanism, oid);
  // The frame's length may or may not count the sealed data, which is elsewhere: the verifier's end decides.
  const r = whole.over(oid.end, whole.end, "auth_length", false);
  const header = r.ahead().bytes(RFC1964_HEADER);
  const id = r.u16("TOK_ID", showTokenId);
  const algorithm = r.u16("SGN_ALG", showSigning);
  const sealAlgorithm = r.u16(id === 0x0201 ? "SEAL_ALG" : undefined, showSealing);
  if (id === 0x0201) r.skip(2, "Filler");
  else {
    r.skip(2);
    r.noteAt("Filler", oid.end + 4, oid.end + RFC1964_HEADER, header.subarray(4));
  }
  if (id !== 0x0101 && id !== 0x0201)
    throw malformed(`token id 0x${id.toString(16).padStart(4, "0")}`, oid.end, "TOK_ID");
  if (((algorithm >> 8) | ((algorithm & 0xff) << 8)) !== SGN_ALG_HMAC) {
    throw malformed(`signing algorithm 0x${algorithm.toString(16).padStart(4, "0")}`, oid.end + 2, "SGN_ALG");
  }
  const wrap = id === 0x0201;
  return {
    form: wrap ? "rc4-wrap" : "rc4-mic",
    sealed: wrap && sealAlgorithm !== 0xffff,
    header,
    SND_SEQ: r.bytes(8, "SND_SEQ"),
    SGN_CKSUM: r.bytes(RFC1964_CHECKSUM, "SGN_CKSUM"),
    confounder: wrap ? r.bytes(RFC4757_CONFOUNDER, "Confounder") : new Uint8Array(0),
  };
}

function noteMechanism(_: Reader, oid: Tlv): void {
  objectId(oid, (id) => (id === OID_KERBEROS ? "Kerberos" : ""));
}

/** [RFC 4121] 4.2.6.1: whether a MIC token signs the message. `whole`: header and trailer are signed with the stub. */
export function cfxMicHolds(
  token: CfxToken,
  etype: number,
  key: Uint8Array,
  message: DceMessage,
  whole: boolean,
): boolean {
  const usage = token.sentByAcceptor ? USAGE_ACCEPTOR_SIGN : USAGE_INITIATOR_SIGN;
  const parts = whole ? [message.before, message.stub, message.after] : [message.stub];
  const expected = checksum(etype, key, usage, ...parts, token.header);
  return expected !== null && sameBytes(expected, token.rest);
}

/**
 * [RFC 4121] 4.2.6.2 in DCE style. The verifier holds, behind its header, what the rotation moved to the front; the stub
 * follows. Turned back, that is confounder, stub, filler of EC bytes and a copy of the header, then the checksum.
 */
export function cfxUnwrap(
  token: CfxToken,
  etype: number,
  key: Uint8Array,
  message: DceMessage,
  whole: boolean,
): GssUnsealed {
  const tagLength = checksumLength(etype) ?? 0;
  const rotated = concat(token.rest, message.stub);
  const need = CFX_CONFOUNDER + message.stub.length + token.EC + CFX_HEADER + tagLength;
  if (rotated.length !== need) return { holds: false, stub: null };
  const usage = token.sentByAcceptor ? USAGE_ACCEPTOR_SEAL : USAGE_INITIATOR_SEAL;
  const bodyLength = rotated.length - tagLength;
  const stubEnd = CFX_CONFOUNDER + message.stub.length;
  // Windows turns by EC + RRC ([MS-KILE] 3.4.5.4.1), the text of [RFC 4121] by RRC.
  for (const turn of new Set([token.EC + token.RRC, token.RRC])) {
    const straight = turnBack(rotated, turn);
    const cover = (text: Uint8Array): Uint8Array[] =>
      whole
        ? [
            text.subarray(0, CFX_CONFOUNDER),
            message.before,
            text.subarray(CFX_CONFOUNDER, stubEnd),
            message.after,
            text.subarray(stubEnd),
          ]
        : [text];
    const opened = decryptApart(
      etype,
      key,
      usage,
      straight.subarray(0, bodyLength),
      straight.subarray(bodyLength),
      cover,
    );
    if (opened === null) return { holds: false, stub: null };
    const stub = opened.clear.subarray(CFX_CONFOUNDER, stubEnd);
    if (opened.holds) return { holds: true, stub };
    // The copy of the header proves the key where something else was changed.
    if (isHeaderCopy(opened.clear.subarray(bodyLength - CFX_HEADER), token.header))
      return { holds: false, stub };
  }
  return { holds: false, stub: null };
}

function turnBack(bytes: Uint8Array, turn: number): Uint8Array {
  const by = bytes.length === 0 ? 0 : turn % bytes.length;
  return concat(bytes.subarray(by), bytes.subarray(0, by));
}

/** [RFC 4121] 4.2.4: the header inside the ciphertext is the one outside with RRC zero. */
function isHeaderCopy(inside: Uint8Array, outside: Uint8Array): boolean {
  for (let i = 0; i < CFX_HEADER; i++) {
    const expected = i === 6 || i === 7 ? 0 : outside[i];
    if (inside[i] !== expected) return false;
  }
  return true;
}

/** [RFC 4757] 7.1: the sequence number and who sent it; the latter is null where the key is wrong. */
export function rc4Sequence(
  token: Rc4Token,
  key: Uint8Array,
): { seq: number; sentByAcceptor: boolean | null } {
  const kSeq = hmacMd5(hmacMd5(key, new Uint8Array(4)), token.SGN_CKSUM);
  const clear = rc4(kSeq, token.SND_SEQ);
  const r = new Reader(clear, false);
  const seq = r.u32();
  const direction = r.u32();
  return { seq, sentByAcceptor: direction === 0 ? false : direction === 0xffffffff ? true : null };
}

function rc4Checksum(key: Uint8Array, usage: number, parts: Uint8Array[]): Uint8Array {
  const signing = hmacMd5(key, latin1Bytes("signaturekey\0"));
  return hmacMd5(signing, md5(Uint8Array.of(usage, 0, 0, 0), ...parts)).subarray(0, RFC1964_CHECKSUM);
}

/** [RFC 4757] 7.2: whether a MIC token signs the message. */
export function rc4MicHolds(token: Rc4Token, key: Uint8Array, message: DceMessage, whole: boolean): boolean {
  const parts = whole ? [message.before, message.stub, message.after] : [message.stub];
  return sameBytes(rc4Checksum(key, 15, [token.header, ...parts]), token.SGN_CKSUM);
}

/** [RFC 4757] 7.3: confounder and stub under one key stream, signed together. */
export function rc4Unwrap(
  token: Rc4Token,
  key: Uint8Array,
  message: DceMessage,
  whole: boolean,
): GssUnsealed {
  const clear = concat(token.confounder, message.stub);
  if (token.sealed) {
    const seq = rc4(hmacMd5(hmacMd5(key, new Uint8Array(4)), token.SGN_CKSUM), token.SND_SEQ).subarray(0, 4);
    const local = key.map((byte) => byte ^ 0xf0);
    new Rc4(hmacMd5(hmacMd5(local, new Uint8Array(4)), seq)).apply(clear);
  }
  const confounder = clear.subarray(0, RFC4757_CONFOUNDER);
  const stub = clear.subarray(RFC4757_CONFOUNDER);
  const parts = whole ? [message.before, stub, message.after] : [stub];
  const holds = sameBytes(rc4Checksum(key, 13, [token.header, confounder, ...parts]), token.SGN_CKSUM);
  // A direction that reads well proves the key where something else was changed.
  return { holds, stub: holds || rc4Sequence(token, key).sentByAcceptor !== null ? stub : null };
}
