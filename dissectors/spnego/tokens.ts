/**
 * SPNEGO: [RFC 4178] 4.2, with Microsoft's NegTokenInit2 ([MS-SPNG] 2.2.1), and the GSS-API frame around the first
 * token ([RFC 2743] 3.1). The mechanism's own token is handed on as bytes.
 *
 * Not handled: the contents of NegoEx.
 */

import {
  children,
  content,
  DER_OID,
  DER_SEQUENCE,
  derApplication,
  derBytes,
  derContext,
  derText,
  encoding,
  field,
  flagBits,
  inside,
  integer,
  isOctets,
  objectId,
  readTlv,
  type Tlv,
  untagged,
  within,
} from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, namesOf } from "../wire/show.js";
import { latin1 } from "../wire/text.js";

export const OID_SPNEGO = "1.3.6.1.5.5.2";
export const OID_NTLMSSP = "1.3.6.1.4.1.311.2.2.10";
export const OID_KERBEROS = "1.2.840.113554.1.2.2";
/** What Windows 2000 wrote by mistake and everyone still accepts. */
export const OID_MS_KERBEROS = "1.2.840.48018.1.2.2";
export const OID_KERBEROS_U2U = "1.2.840.113554.1.2.2.3";
export const OID_NEGOEX = "1.3.6.1.4.1.311.2.2.30";

const MECHANISMS: { readonly [oid: string]: string } = {
  [OID_SPNEGO]: "SPNEGO",
  [OID_NTLMSSP]: "NTLMSSP",
  [OID_KERBEROS]: "Kerberos",
  [OID_MS_KERBEROS]: "MS-Kerberos",
  [OID_KERBEROS_U2U]: "Kerberos U2U",
  [OID_NEGOEX]: "NegoEx",
};

const STATES = ["accept-completed", "accept-incomplete", "reject", "request-mic"] as const;
const showState = namesOf(STATES);

/** [RFC 4178] 4.2.1 ContextFlags. */
const showFlags = flagsOf([
  [0x80000000, "delegFlag"],
  [0x40000000, "mutualFlag"],
  [0x20000000, "replayFlag"],
  [0x10000000, "sequenceFlag"],
  [0x08000000, "anonFlag"],
  [0x04000000, "confFlag"],
  [0x02000000, "integFlag"],
]);

/** [RFC 4178] 4.2.1, and [MS-SPNG] 2.2.1 where `negHints` is not null. */
export interface NegTokenInit {
  kind: "negTokenInit" | "negTokenInit2";
  /** Object identifiers, in order of preference. */
  mechTypes: string[];
  /** The DER encoding of the list, which the mechListMIC signs; null where there is no list. */
  mechTypesDer: Uint8Array | null;
  reqFlags: number | null;
  mechToken: Uint8Array | null;
  negHints: { hintName: string | null; hintAddress: Uint8Array | null } | null;
  mechListMIC: Uint8Array | null;
  faults: string[];
}

/** [RFC 4178] 4.2.2. */
export interface NegTokenResp {
  kind: "negTokenResp";
  /** accept-completed, accept-incomplete, reject, request-mic, or the number in hex. */
  state: string | null;
  supportedMech: string | null;
  responseToken: Uint8Array | null;
  mechListMIC: Uint8Array | null;
  faults: string[];
}

export type SpnegoToken = NegTokenInit | NegTokenResp;

/** The name of a mechanism, or its object identifier. */
export function mechanismName(oid: string): string {
  return MECHANISMS[oid] ?? oid;
}

/** The same where an object identifier has a name. */
function showMechanism(oid: string): string {
  return MECHANISMS[oid] ?? "";
}

/** [RFC 2743] 3.1 InitialContextToken. */
export interface GssFrame {
  mechanism: string;
  /** What is behind the mechanism. */
  inner: Reader;
  cut: boolean;
}

/** The frame that `r` stands before; null where it is none. */
export function readGssFrame(r: Reader): GssFrame | null {
  if (r.peek() !== derApplication(0)) return null;
  const frame = readTlv(r, "InitialContextToken");
  const oid = readTlv(r.over(frame.body, frame.end, "InitialContextToken"), "thisMech");
  oid.outer = frame.start;
  const mechanism = objectId(oid, showMechanism);
  if (oid.tag !== DER_OID || mechanism === null)
    throw malformed("no mechanism in the GSS-API frame", oid.start);
  return { mechanism, inner: r.over(oid.end, frame.end, "InitialContextToken"), cut: frame.cut };
}

/** Whether the bytes begin like a message of NegoEx ([MS-NEGOEX] 2.2.6). */
export function isNegoEx(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && latin1(bytes.subarray(0, 8)) === "NEGOEXTS";
}

/** Whether the bytes begin like a token of SPNEGO (framed or not). */
export function isSpnego(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === derApplication(0) || first === derContext(0) || first === derContext(1);
}

/** Reads the mechanism's own token or its MIC, all of a reader, in its place: `field` says which it is. */
export type ReadInner = (r: Reader, field: string | undefined) => void;

/** A token that is being read. */
interface Reading {
  faults: string[];
  inner: ReadInner | null;
}

/**
 * One token, all of `r`, with its GSS-API frame or (as some senders do) without. Throws WireError where it is no token of
 * SPNEGO; inside one, what is cut or missing is null and leaves a sentence in `faults`.
 */
export function readSpnego(r: Reader, inner: ReadInner | null = null): SpnegoToken {
  const faults: string[] = [];
  let from = r;
  const frame = readGssFrame(r);
  if (frame !== null) {
    if (frame.mechanism !== OID_SPNEGO)
      throw malformed(`the GSS-API frame is of ${mechanismName(frame.mechanism)}`);
    from = frame.inner;
  }
  const first = from.peek() === derContext(0);
  const choice = readTlv(from, first ? "negTokenInit" : "negTokenResp");
  if (frame?.cut === true || choice.cut) faults.push("the token is cut");
  const sequence = untagged(choice);
  if (!first && choice.tag !== derContext(1)) {
    throw malformed(
      `tag 0x${choice.tag.toString(16)} is neither negTokenInit nor negTokenResp`,
      choice.start,
    );
  }
  if (sequence === null || sequence.tag !== DER_SEQUENCE)
    throw malformed("a token without its sequence", choice.body);
  const reading = { faults, inner };
  return within<SpnegoToken>(sequence, () =>
    first ? readInit(sequence, reading) : readResp(sequence, reading),
  );
}

function readInit(sequence: Tlv, reading: Reading): NegTokenInit {
  const { faults } = reading;
  const list = field(sequence, 0, "mechTypes");
  let mechTypes: string[] = [];
  if (list !== null && list.tag === DER_SEQUENCE) mechTypes = within(list, () => readMechTypes(list, faults));
  else faults.push("mechTypes: missing");
  // Tag [3] is the MIC for [RFC 4178] (an OCTET STRING) and negHints for NegTokenInit2 (a SEQUENCE).
  const third = field(sequence, 3, "negHints");
  const hints = third !== null && third.tag === DER_SEQUENCE ? third : null;
  return {
    kind: hints !== null ? "negTokenInit2" : "negTokenInit",
    mechTypes,
    mechTypesDer: list === null || list.cut ? null : encoding(list),
    reqFlags: flagBits(field(sequence, 1, "reqFlags"), showFlags),
    mechToken: token(field(sequence, 2, "mechToken"), reading),
    negHints: hints === null ? null : within(hints, readHints),
    mechListMIC: token(field(sequence, hints !== null ? 4 : 3, "mechListMIC"), reading),
    faults,
  };
}

function readMechTypes(list: Tlv, faults: string[]): string[] {
  const mechTypes: string[] = [];
  for (const item of children(list, "MechType")) {
    const oid = objectId(item, showMechanism);
    if (oid === null) faults.push("mechTypes: an element is no object identifier");
    else mechTypes.push(oid);
  }
  return mechTypes;
}

function readHints(hints: Tlv | null): NegTokenInit["negHints"] {
  return {
    hintName: derText(field(hints, 0, "hintName")),
    hintAddress: derBytes(field(hints, 1, "hintAddress")),
  };
}

function readResp(sequence: Tlv, reading: Reading): NegTokenResp {
  const state = integer(field(sequence, 0, "negState"), showState);
  return {
    kind: "negTokenResp",
    state: state === null ? null : (STATES[state] ?? `0x${state.toString(16)}`),
    supportedMech: objectId(field(sequence, 1, "supportedMech"), showMechanism),
    responseToken: token(field(sequence, 2, "responseToken"), reading),
    mechListMIC: token(field(sequence, 3, "mechListMIC"), reading),
    faults: reading.faults,
  };
}

function token(tlv: Tlv | null, { faults, inner }: Reading): Uint8Array | null {
  if (tlv === null) return null;
  const bytes = isOctets(tlv) ? content(tlv) : null;
  if (bytes === null) faults.push(`${tlv.name}: not an octet string`);
  if (tlv.cut) faults.push(`${tlv.name}: cut after ${content(tlv).length} bytes`);
  if (bytes !== null && bytes.length > 0 && inner !== null) inside(tlv, inner, tlv.name);
  else derBytes(tlv);
  return bytes;
}
