/**
 * The fields of an auth_value: a token of a handshake with the tokens inside of it, or what protects one PDU.
 *
 * Not handled: what is enciphered in a token (tickets, authenticators); what the mechanisms of NegoEx exchange; TLS beyond its
 * records.
 */
import {
  AUTH_TYPE_KERBEROS,
  AUTH_TYPE_NETLOGON,
  AUTH_TYPE_SPNEGO,
} from "../../dissectors/dcerpc/security.js";
import { readGssToken } from "../../dissectors/kerberos/gss.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { readNlAuthMessage } from "../../dissectors/netlogon/messages.js";
import { readNlAuthSignature } from "../../dissectors/netlogon/signature.js";
import { isNtlm, readNtlmMessage } from "../../dissectors/ntlmssp/messages.js";
import { readExtendedSignature, readPlainSignature } from "../../dissectors/ntlmssp/sealing.js";
import { readTlsRecords } from "../../dissectors/rdp/tls-record.js";
import { readNegoEx } from "../../dissectors/spnego/negoex.js";
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
} from "../../dissectors/spnego/tokens.js";
import { verifierMechanism } from "../../dissectors/spnego/verifier.js";
import { WireError } from "../../dissectors/wire/errors.js";
import type { Reader } from "../../dissectors/wire/reader.js";

/** [MS-RPCE] 2.2.1.1.7. */
const AUTH_TYPE_SCHANNEL = 14;
/** Sequence numbers of NTLM that are in the clear count messages; enciphered ones are any number. */
const LARGEST_COUNT = 0x00ffffff;
const KERBEROS: readonly string[] = [OID_KERBEROS, OID_MS_KERBEROS, OID_KERBEROS_U2U];

/** Reads all of `r`. `verifies`: it stands behind a stub. Throws WireError where it is none of its kind. */
export function readToken(r: Reader, authType: number, verifies: boolean): void {
  if (verifies) readVerifier(r, authType);
  else if (authType === AUTH_TYPE_NETLOGON) r.part("NL_AUTH_MESSAGE", readNlAuthMessage, undefined);
  else if (authType === AUTH_TYPE_SCHANNEL) readTlsRecords(r);
  else readMechanism(r, authType === AUTH_TYPE_SPNEGO || authType === AUTH_TYPE_KERBEROS);
}

/** A token of a handshake where nothing says of which mechanism it is, all of `r`. */
export function readHandshakeToken(r: Reader): void {
  readMechanism(r, true);
}

/**
 * A message with what protects it in front, as other protocols than RPC have it: reads that, and the message with it where it is
 * enciphered; else `r` stands before the message then.
 */
export function readProtected(r: Reader): void {
  const first = r.ahead().bytes(Math.min(16, r.left));
  const mechanism = verifierMechanism(first);
  if (mechanism === "ntlmssp") {
    r.window(16, "signature").part("NTLMSSP_MESSAGE_SIGNATURE", readSignature, first);
  } else if (mechanism === "kerberos") {
    // [RFC 4121] 4.2.4: not sealed, the checksum was turned to the front of the message.
    const clear = first[0] === 0x05 && (first[2]! & 0x02) === 0;
    const token = (clear ? r.window(16, "token") : r).part("GSS-API token", readGssToken, undefined);
    if (clear && "EC" in token && token.EC === token.RRC) r.bytes(token.EC, "SGN_CKSUM");
  }
}

function readVerifier(r: Reader, authType: number): void {
  const bytes = r.ahead().rest();
  const mechanism = verifierMechanism(bytes);
  if (authType === AUTH_TYPE_NETLOGON) r.part("NL_AUTH_SIGNATURE", readNlAuthSignature, undefined);
  else if (authType === AUTH_TYPE_SCHANNEL) readTlsRecords(r);
  else if (mechanism === "ntlmssp") r.part("NTLMSSP_MESSAGE_SIGNATURE", readSignature, bytes);
  else if (mechanism === "kerberos") r.part("GSS-API token", readGssToken, undefined);
}

/** [MS-NLMP] 2.2.2.9: of which of its two forms it is says the sequence number, which is in the clear with extended session security. */
function readSignature(r: Reader, bytes: Uint8Array): void {
  const count = bytes[12]! + bytes[13]! * 0x100 + bytes[14]! * 0x10000 + bytes[15]! * 0x1000000;
  if (count <= LARGEST_COUNT) readExtendedSignature(r);
  else readPlainSignature(r);
}

/** `framed`: SPNEGO or Kerberos, with their frames or without. */
function readMechanism(r: Reader, framed: boolean): void {
  const bytes = r.ahead().rest();
  if (isNtlm(bytes)) readNtlm(r);
  else if (framed && isNegoEx(bytes)) r.part("NegoEx", readNegoEx, undefined);
  else if (framed) {
    const mechanism = isFramed(bytes) ? (readGssFrame(r.ahead())?.mechanism ?? null) : null;
    if (mechanism === OID_SPNEGO || (mechanism === null && isSpnego(bytes)))
      r.part("SPNEGO", readNegotiation, undefined);
    else if (mechanism === null) r.part("Kerberos", readKerberos, undefined);
    else if (KERBEROS.includes(mechanism)) r.part("Kerberos", readFramed, undefined);
    else r.part(mechanismName(mechanism), readOther, undefined);
  }
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes[0] === 0x60;
}

function readNtlm(r: Reader): void {
  r.part("NTLMSSP", readMessage, undefined);
}

function readMessage(r: Reader): void {
  readNtlmMessage(r);
}

function readNegotiation(r: Reader): void {
  readSpnego(r, readInner);
}

/** What cannot be read of a token inside of another is named as such: it costs no more. */
function readInner(r: Reader, field: string | undefined): void {
  const { offset } = r;
  try {
    if (field === "mechListMIC") readVerifier(r, AUTH_TYPE_SPNEGO);
    else readMechanism(r, true);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
  }
  r.unread("undecoded", offset, r.end);
}

function readFramed(r: Reader): void {
  const frame = readGssFrame(r);
  if (frame !== null) readKerberos(frame.inner);
}

function readOther(r: Reader): void {
  const frame = readGssFrame(r);
  if (frame !== null && isNtlm(frame.inner.ahead().rest())) readNtlm(frame.inner);
}
