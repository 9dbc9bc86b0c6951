/**
 * One thing from bytes in hand, without a capture around it: a PDU, the stub of a call, a security token. (A connection
 * string and an invitation are read by dissectors/rai as they are.) Pure: nothing is remembered from one call to the next.
 */

import { credibleHeader, ptypeName } from "../dissectors/dcerpc/header.js";
import { type Pdu, readPdu } from "../dissectors/dcerpc/pdu.js";
import { readVerificationTrailer, type VerificationTrailer } from "../dissectors/dcerpc/verification.js";
import { type OrpcThat, type OrpcThis, readOrpcThat, readOrpcThis } from "../dissectors/dcom/orpc.js";
import { type KerberosMessage, readKerberos } from "../dissectors/kerberos/messages.js";
import { NATIVES } from "../dissectors/natives/table.js";
import { decodeRequest, decodeResponse } from "../dissectors/ndr/decode.js";
import type { DecodedSide, DecodeNote, Value } from "../dissectors/ndr/decoded.js";
import { isNtlm, type NtlmMessage, readNtlmMessage } from "../dissectors/ntlmssp/messages.js";
import {
  isNegoEx,
  isSpnego,
  mechanismName,
  OID_KERBEROS,
  OID_KERBEROS_U2U,
  OID_MS_KERBEROS,
  OID_SPNEGO,
  readGssFrame,
  readSpnego,
  type SpnegoToken,
} from "../dissectors/spnego/tokens.js";
import { malformed, WireError } from "../dissectors/wire/errors.js";
import { Reader } from "../dissectors/wire/reader.js";
import { type InterfaceTable, shippedInterfaces } from "./interfaces.js";

/** A PDU, and the runs of bytes inside it that are for others to decode. */
export interface DecodedPdu extends Pdu {
  /** The specification's name of `header.ptype`, as `bind_ack`. */
  type: string;
  /** Parameters of a request, a response or a fault, sealed or not; null in other PDUs. */
  stub: Uint8Array | null;
  /** The auth_value behind the sec_trailer: a security token, or a verifier; null where there is none. */
  token: Uint8Array | null;
}

/**
 * Decodes the connection-oriented PDU that begins at the first byte ([C706] 12.6.4, [MS-RPCE] 2.2.2). Throws WireError
 * where no header is there; what else is wrong or cut is reported by `error` and `complete`.
 */
export function decodePdu(bytes: Uint8Array): DecodedPdu {
  if (credibleHeader(bytes, 0, bytes.length, true) === "no") throw malformed("no header of a DCE/RPC PDU");
  const pdu = readPdu(new Reader(bytes));
  const { body, auth } = pdu;
  return {
    ...pdu,
    type: ptypeName(pdu.header.ptype),
    stub: body !== null && "stubStart" in body ? bytes.subarray(body.stubStart, body.stubEnd) : null,
    token: auth === null ? null : bytes.subarray(auth.tokenStart, auth.tokenEnd),
  };
}

/** Which parameters a stub holds. */
export interface StubOf {
  /** UUID or name of an interface that the table describes. */
  interface: string;
  opnum: number;
  direction: "request" | "response";
  /** Integer representation of the drep; little-endian where absent. */
  littleEndian?: boolean;
  /** NDR 2.0 where absent. */
  transferSyntax?: "ndr" | "ndr64";
  /** Of a response: the values of its request, which may be sizes of its arrays. */
  request?: { readonly [parameter: string]: Value };
  /** What describes the interface; the shipped descriptions where absent. */
  interfaces?: InterfaceTable;
}

export interface DecodedStub {
  interface: { uuid: string; name: string };
  method: string;
  /** [MS-DCOM] 2.2.13: what an object's interface has in front of its parameters; null where there is none. */
  orpcThis: OrpcThis | null;
  orpcThat: OrpcThat | null;
  /** By the IDL's names; those before a fault are kept. */
  values: { [parameter: string]: Value };
  /** Of a response. */
  returned: Value | undefined;
  /** [MS-RPCE] 2.2.2.13, behind the parameters of a request. */
  trailer: VerificationTrailer | null;
  /** What was noticed while decoding. */
  notes: DecodeNote[];
  /** Bytes behind the last parameter. */
  left: number;
  /** Why decoding stopped early, or null. `path` names the parameter. */
  error: WireError | null;
}

/**
 * Decodes the parameters of one side of a call, whole and not sealed. Throws RangeError where the table does not describe
 * such a method; what is wrong with the bytes is reported by `error`.
 */
export function decodeStub(stub: Uint8Array, of: StubOf): DecodedStub {
  const table = of.interfaces ?? shippedInterfaces();
  const iface = table.find(of.interface.toLowerCase()) ?? table.named(of.interface);
  if (iface === null) throw new RangeError(`no interface ${of.interface} is described`);
  const method = iface.methods[of.opnum];
  if (method === undefined) throw new RangeError(`${iface.name} has no method with opnum ${of.opnum}`);
  const asked = of.direction === "request";
  const trailer = asked ? readVerificationTrailer(new Reader(stub)) : null;
  const r = new Reader(stub, of.littleEndian ?? true, 0, trailer?.start ?? stub.length, "stub");
  const result: DecodedStub = {
    interface: { uuid: iface.uuid, name: iface.name },
    method: method.name,
    orpcThis: null,
    orpcThat: null,
    values: {},
    returned: undefined,
    trailer,
    notes: [],
    left: 0,
    error: null,
  };
  let side: DecodedSide;
  try {
    if (iface.object && asked) result.orpcThis = readOrpcThis(r);
    if (iface.object && !asked) result.orpcThat = readOrpcThat(r);
    const context = {
      syntax: of.transferSyntax ?? "ndr",
      natives: NATIVES,
      types: table.types,
      interfaceName: table.interfaceName,
    } as const;
    side = asked ? decodeRequest(method, r, context) : decodeResponse(method, r, context, { ...of.request });
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    return { ...result, left: r.left, error: fault };
  }
  const { values, returned, notes, left, error } = side;
  return { ...result, values, returned, notes, left, error };
}

/** A token of a handshake, by its mechanism. SPNEGO's holds that of another. */
export type DecodedToken =
  | { mechanism: "spnego"; message: SpnegoToken; inner: DecodedToken | null }
  | { mechanism: "ntlmssp"; message: NtlmMessage }
  | { mechanism: "kerberos"; message: KerberosMessage }
  /** Named and not read: NegoEx, or what a GSS-API frame says that it is. */
  | { mechanism: "other"; name: string };

/**
 * Decodes a security token of SPNEGO [RFC 4178], NTLMSSP [MS-NLMP] or Kerberos [RFC 4120], with or without a GSS-API frame.
 * Throws WireError where it is none; what is wrong inside is in the message's `faults`.
 */
export function decodeToken(token: Uint8Array): DecodedToken {
  if (isNtlm(token)) return { mechanism: "ntlmssp", message: readNtlmMessage(new Reader(token)) };
  if (isNegoEx(token)) return { mechanism: "other", name: "NegoEx" };
  const frame = readGssFrame(new Reader(token));
  if (frame === null ? isSpnego(token) : frame.mechanism === OID_SPNEGO) {
    const message = readSpnego(new Reader(token));
    const inner = message.kind === "negTokenResp" ? message.responseToken : message.mechToken;
    return {
      mechanism: "spnego",
      message,
      inner: inner === null || inner.length === 0 ? null : decodeToken(inner),
    };
  }
  if (frame === null) return { mechanism: "kerberos", message: readKerberos(new Reader(token)) };
  if (KERBEROS.includes(frame.mechanism))
    return { mechanism: "kerberos", message: readKerberos(frame.inner) };
  const inner = frame.inner.rest();
  return isNtlm(inner) ? decodeToken(inner) : { mechanism: "other", name: mechanismName(frame.mechanism) };
}

const KERBEROS = [OID_KERBEROS, OID_MS_KERBEROS, OID_KERBEROS_U2U];
