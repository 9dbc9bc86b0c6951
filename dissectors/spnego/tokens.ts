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
  firstChild,
  flagBits,
  integer,
  objectId,
  readTlv,
  type Tlv,
} from "../wire/der.js";
import { malformed } from "../wire/errors.js";
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

/** [RFC 2743] 3.1 InitialContextToken: the mechanism and the bytes behind it; null where it is none. */
export function readGssFrame(
  bytes: Uint8Array,
): { mechanism: string; inner: Uint8Array; cut: boolean } | null {
  if (bytes[0] !== derApplication(0)) return null;
  const frame = readTlv(bytes);
  const oid = readTlv(bytes, frame.body, frame.end);
  const mechanism = objectId(oid);
  if (oid.tag !== DER_OID || mechanism === null)
    throw malformed("no mechanism in the GSS-API frame", oid.start);
  return { mechanism, inner: bytes.subarray(oid.end, frame.end), cut: frame.cut };
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

/**
 * One token, with its GSS-API frame or (as some senders do) without. Throws WireError where it is no token of
 * SPNEGO; inside one, what is cut or missing is null and leaves a sentence in `faults`.
 */
export function readSpnego(bytes: Uint8Array): SpnegoToken {
  const faults: string[] = [];
  let inner = bytes;
  const frame = readGssFrame(bytes);
  if (frame !== null) {
    if (frame.mechanism !== OID_SPNEGO)
      throw malformed(`the GSS-API frame is of ${mechanismName(frame.mechanism)}`);
    inner = frame.inner;
  }
  const choice = readTlv(inner);
  if (frame?.cut === true || choice.cut) faults.push("the token is cut");
  const sequence = firstChild(choice);
  if (choice.tag !== derContext(0) && choice.tag !== derContext(1)) {
    throw malformed(
      `tag 0x${choice.tag.toString(16)} is neither negTokenInit nor negTokenResp`,
      choice.start,
    );
  }
  if (sequence === null || sequence.tag !== DER_SEQUENCE)
    throw malformed("a token without its sequence", choice.body);
  return choice.tag === derContext(0) ? readInit(sequence, faults) : readResp(sequence, faults);
}

function readInit(sequence: Tlv, faults: string[]): NegTokenInit {
  const list = field(sequence, 0);
  const mechTypes: string[] = [];
  if (list !== null && list.tag === DER_SEQUENCE) {
    for (const item of children(list)) {
      const oid = objectId(item);
      if (oid === null) faults.push("mechTypes: an element is no object identifier");
      else mechTypes.push(oid);
    }
  } else faults.push("mechTypes: missing");
  // Tag [3] is the MIC for [RFC 4178] (an OCTET STRING) and negHints for NegTokenInit2 (a SEQUENCE).
  const third = field(sequence, 3);
  const hints = third !== null && third.tag === DER_SEQUENCE ? third : null;
  return {
    kind: hints !== null ? "negTokenInit2" : "negTokenInit",
    mechTypes,
    mechTypesDer: list === null || list.cut ? null : encoding(list),
    reqFlags: flagBits(field(sequence, 1)),
    mechToken: token(field(sequence, 2), "mechToken", faults),
    negHints:
      hints === null ? null : { hintName: derText(field(hints, 0)), hintAddress: derBytes(field(hints, 1)) },
    mechListMIC: token(hints !== null ? field(sequence, 4) : third, "mechListMIC", faults),
    faults,
  };
}

function readResp(sequence: Tlv, faults: string[]): NegTokenResp {
  const state = integer(field(sequence, 0));
  return {
    kind: "negTokenResp",
    state: state === null ? null : (STATES[state] ?? `0x${state.toString(16)}`),
    supportedMech: objectId(field(sequence, 1)),
    responseToken: token(field(sequence, 2), "responseToken", faults),
    mechListMIC: token(field(sequence, 3), "mechListMIC", faults),
    faults,
  };
}

function token(tlv: Tlv | null, name: string, faults: string[]): Uint8Array | null {
  if (tlv === null) return null;
  const bytes = derBytes(tlv);
  if (bytes === null) faults.push(`${name}: not an octet string`);
  if (tlv.cut) faults.push(`${name}: cut after ${content(tlv).length} bytes`);
  return bytes;
}
